/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts and dashboards as the loader reads them. */
#include <criterion/criterion.h>
#include <string.h>

#include "test_scenario.h"

#define WATCHED(alerts) TEST_SMALL "slos: { s: { target: \"errors < 1%\" } }\n" alerts

static struct loaded load(const char *text)
{
    struct loaded loaded = load_text(text);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    return loaded;
}

Test(scenario_watch, terms_keep_measure_range_and_join)
{
    struct loaded loaded =
        load(WATCHED("alerts:\n"
                     "  a: { expr: \"server p(99.5, 2m) >= 1.5s or limited<1% and "
                     "instance_queue > 20\", for: 90s, severity: critical, of: { fleet: f } }\n"
                     "  b: { expr: under 300ms(1m) <= 99% }\n"
                     "health: { h: { critical: \"success(30s) < 99%\" } }\n"));
    const struct cs_scenario *s = loaded.scenario;
    const struct cs_alert *a = &s->alert[0];
    const struct cs_term *t = a->expr.term;

    cr_assert_eq(s->n_alerts, 2);
    cr_assert_eq(a->expr.n, 3);
    cr_expect_eq(a->hold, 90 * CS_S);
    cr_expect_eq(a->severity, CS_SEVERITY_CRITICAL);
    cr_expect_eq(a->of.of, CS_OF_FLEET);
    cr_expect_eq(a->of.index, 0);
    cr_expect_eq(t[0].measure, CS_MEASURE_QUANTILE);
    cr_expect_eq(t[0].latency, CS_LATENCY_SERVER);
    cr_expect_float_eq(t[0].quantile, 0.995, 1e-12);
    cr_expect_eq(t[0].range, 2 * CS_MIN);
    cr_expect_eq(t[0].compare, CS_GE);
    cr_expect_float_eq(t[0].threshold, 1.5, 1e-12);
    cr_expect_not(t[0].is_alternative);
    cr_expect_eq(t[1].measure, CS_MEASURE_LIMITED);
    cr_expect_eq(t[1].range, 5 * CS_MIN, "the default range");
    cr_expect(t[1].is_alternative);
    cr_expect_str_eq(t[2].level, "instance_queue");
    cr_expect_eq(t[2].range, 0);
    cr_expect_float_eq(t[2].threshold, 20, 0);
    cr_expect_not(t[2].is_alternative);
    cr_expect_eq(s->alert[1].severity, CS_SEVERITY_WARNING);
    cr_expect_eq(s->alert[1].hold, 0);
    cr_expect_eq(s->alert[1].expr.term[0].under, 300 * CS_MS);
    cr_expect_eq(s->alert[1].expr.term[0].range, CS_MIN);
    cr_expect_eq(s->n_dashboards, 1);
    cr_expect_eq(s->dashboard[0].warning.n, 0);
    cr_expect_eq(s->dashboard[0].critical.term[0].measure, CS_MEASURE_SUCCESS);
    loaded_release(&loaded);
}

/* Catches a setting that the hash leaves out, and spelling that it takes in. */
Test(scenario_watch, the_hash_is_of_what_is_meant)
{
    static const char *const same[] = {
        WATCHED("alerts: { a: { expr: \"errors(1m) > 5%\", for: 5m } }\n"),
        WATCHED("alerts: { a: { for: 300s, expr: \" errors(60s)  >  5% \" } }\n"),
    };
    static const char *const other[] = {
        WATCHED("alerts: { a: { expr: \"errors(2m) > 5%\", for: 5m } }\n"),
        WATCHED("alerts: { a: { expr: \"errors(1m) >= 5%\", for: 5m } }\n"),
        WATCHED("alerts: { a: { expr: \"errors(1m) > 5%\", for: 6m } }\n"),
        WATCHED("alerts: { a: { expr: \"errors(1m) > 5%\", for: 5m, of: { fleet: f } } }\n"),
        WATCHED("alerts: { a: { expr: \"errors(1m) > 5%\", for: 5m, severity: info } }\n"),
        WATCHED("health: { a: { warning: \"errors(1m) > 5%\" } }\n"),
        WATCHED("health: { a: { critical: \"errors(1m) > 5%\" } }\n"),
        WATCHED(""),
    };
    char hash[8][65];
    struct loaded first = load(same[0]), second = load(same[1]);

    cr_expect_str_eq(first.scenario->hash, second.scenario->hash);
    for (size_t i = 0; i < 8; i++) {
        struct loaded loaded = load(other[i]);

        strcpy(hash[i], loaded.scenario->hash);
        cr_expect_str_neq(hash[i], first.scenario->hash, "%zu", i);
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(hash[i], hash[k], "%zu %zu", i, k);
        loaded_release(&loaded);
    }
    loaded_release(&first);
    loaded_release(&second);
}

/* Of the database or dependency a level may be; a share of requests may not. */
Test(scenario_watch, what_a_watch_is_of_must_have_what_it_asks)
{
    static const char *const wrong[][2] = {
        {"alerts: { a: { expr: \"cpu_utilization > 80%\" } }\n", "nothing in the scenario"},
        {"alerts: { a: { expr: \"db_connections > 8\" } }\n", "nothing in the scenario"},
        {"alerts: { a: { expr: \"database_up < 100%\" } }\n", "there is no database"},
        {"health: { h: {} }\n", "`warning`, `critical` or both"},
        {"alerts: { a: { expr: \"errors(1m) > 5%\", of: { fleet: g } } }\n", "unknown fleet"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[2048];

        (void)snprintf(text, sizeof text, "%s%s", TEST_SMALL, wrong[i][0]);
        struct loaded loaded = load_text(text);

        cr_expect_null(loaded.scenario, "%s", wrong[i][0]);
        cr_expect_not_null(strstr(loaded.said, wrong[i][1]), "%s", loaded.said);
        loaded_release(&loaded);
    }
}

/* A reader must know what slows down without the file beside him. */
Test(scenario_watch, events_say_what_they_are)
{
    static const char *const what[] = {"queries of db x 5; calls x 2", "calls to api x 3",
                                       "CPU time of f x 4", "outage of database db"};
    struct loaded loaded = load_text(
        "capsim: 1\nname: t\nhorizon: { duration: 1h }\nreplications: 1\n"
        "fleets: { f: { memory: 1769MB } }\ndatabases: { db: { queries: { q: 1ms } } }\n"
        "dependencies: { api: { latency: 1s } }\n"
        "functions: { g: { fleet: f, steps: [ { cpu: 1ms }, { query: q }, { call: api } ] } }\n"
        "traffic: { t: { rate: 1/s, mix: { g: 100% } } }\n"
        "events:\n  - { at: 1m, for: 1m, slow: { queries: 5, database: db, calls: 2 } }\n"
        "  - { at: 5m, for: 1m, slow: { calls: 3, dependency: api } }\n"
        "  - { at: 9m, for: 1m, slow: { cpu: 4, fleet: f } }\n"
        "  - { at: 12m, for: 1m, outage: { database: db } }\n");

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    for (size_t i = 0; i < 4; i++)
        cr_expect_str_eq(loaded.scenario->event[i].what, what[i]);
    loaded_release(&loaded);
}
