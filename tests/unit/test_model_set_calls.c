/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is set of calls, databases and pools, by hand-made traces; and what that says of
 * objectives. */
#include "model_fixture.h"

/* ---- calls, failures ---- */

#define CALLS(dependency, events)                                                     \
    STAGE_HEAD "fleets: { f: { concurrency: 9, min_instances: 1 } }\n"                \
               "dependencies: { x: { latency: 1ms, " dependency " } }\n"              \
               "databases: { d: { server: { failures: { every: 60d, repair: 1s } }, " \
               "queries: { q: 1ms } } }\n"                                            \
               "functions:\n"                                                         \
               "  g: { fleet: f, steps: [ { call: x } ] }\n"                          \
               "  q: { fleet: f, steps: [ { query: q } ] }\n"                         \
               "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\nevents:\n" events

/* One a minute, taken at 0.  At 2 s a thirtieth of it is back, and from then on one comes
 * a second: there is one again at 2 + 29/30. */
Test(calls, a_rate_that_is_set_finds_as_many_tokens_missing)
{
    struct stage stage;

    stage_open(&stage, CALLS("rate_limit: 1/min",
                             "  - { at: 2s, set: { dependencies.x.rate_limit: 1/s } }\n"
                             "  - { at: 4s, set: { dependencies.x.rate_limit: 40/s } }\n"
                             "  - { at: 5s, set: { dependencies.x.rate_limit: 1/s } }\n"));
    uint32_t a = stage_send(&stage, 0, "g");
    uint32_t b = stage_send(&stage, 1000, "g");
    uint32_t c = stage_send(&stage, 2966, "g");
    uint32_t d = stage_send(&stage, 2967, "g");

    stage_run(&stage, 5 * CS_S - 1);
    for (int i = 0; i < 40; i++) /* all that a second's worth holds */
        (void)stage_send(&stage, 4999.5, "g");
    uint32_t e = stage_send(&stage, 5900, "g");
    uint32_t f = stage_send(&stage, 6000, "g");

    stage_run(&stage, 9 * CS_S);
    FINE(&stage, a, 1);
    HEARD(&stage, b, 502, CS_REASON_DEPENDENCY_LIMITED, 1000);
    HEARD(&stage, c, 502, CS_REASON_DEPENDENCY_LIMITED, 2966);
    FINE(&stage, d, 2968);
    HEARD(&stage, e, 502, CS_REASON_DEPENDENCY_LIMITED, 5900);
    FINE(&stage, f, 6001);
    stage_close(&stage);
}

/* Its state goes with it, and nothing that began under it opens it. */
Test(calls, a_breaker_that_is_taken_away_lets_all_through)
{
    struct stage stage;

#define BROKEN                                                                           \
    "set: { dependencies.x.circuit_breaker: { failures: 1, open: 50m, scope: global }, " \
    "dependencies.x.error_rate: 100% } }\n"
    stage_open(&stage,
               CALLS("", "  - { at: 1s, for: 9s, " BROKEN "  - { at: 20s, for: 9s, " BROKEN));
    uint32_t a = stage_send(&stage, 2000, "g");
    uint32_t b = stage_send(&stage, 3000, "g");
    uint32_t c = stage_send(&stage, 11000, "g");
    uint32_t d = stage_send(&stage, 28999.5, "g"); /* ends when there is none any more */
    uint32_t e = stage_send(&stage, 29001, "g");

    stage_run(&stage, CS_MIN);
    HEARD(&stage, a, 502, CS_REASON_DEPENDENCY_ERROR, 2001);
    HEARD(&stage, b, 503, CS_REASON_BREAKER_OPEN, 3000);
    FINE(&stage, c, 11001);
    HEARD(&stage, d, 502, CS_REASON_DEPENDENCY_ERROR, 29000.5);
    FINE(&stage, e, 29002);
    cr_expect_eq(count_of(stage.model, "breaker_opened_total", NULL), 1);
    stage_close(&stage);
}

/* Two months to the next failure, until at 10 s it is 5 s: down from 15 to 16, and again
 * from 21 on. */
Test(failures, that_are_set_come_from_then_on)
{
    struct stage stage;

    stage_open(&stage,
               CALLS("", "  - { at: 10s, set: { databases.d.server.failures.every: 5s } }\n"));
    uint32_t a = stage_send(&stage, 14990, "q");
    uint32_t b = stage_send(&stage, 15500, "q");
    uint32_t c = stage_send(&stage, 16500, "q");
    uint32_t d = stage_send(&stage, 21500, "q");

    stage_run(&stage, CS_MIN);
    FINE(&stage, a, 14991);
    HEARD(&stage, b, 503, CS_REASON_DATABASE_DOWN, 15500);
    FINE(&stage, c, 16501);
    HEARD(&stage, d, 503, CS_REASON_DATABASE_DOWN, 21500);
    stage_close(&stage);
}

/* ---- what could fail an objective ---- */

#define JUDGED(rest)                                                                   \
    STAGE_HEAD "regions: { r: {}, s: {} }\n"                                           \
               "fleets: { f: { regions: [r], queue: {} }, other: { regions: [s] } }\n" \
               "functions:\n  g: { fleet: f, steps: [ { query: q } ] }\n"              \
               "traffic: { t: { rate: 1/s, mix: { g: 100% } } }\n"                     \
               "slos: { e: { target: errors < 1%, window: 1h } }\n" rest
#define NO_LIMIT "databases: { d: { queries: { q: 1ms } } }\n"

Test(exercised, by_events_by_what_they_set_and_by_sessions)
{
    static const struct {
        const char *text;
        bool is_exercised;
    } judged[] = {
        {JUDGED(NO_LIMIT), false},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, deploy: all } ]\n"), false},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, for: 1m, outage: { region: r } } ]\n"), true},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, for: 1m, outage: { region: s } } ]\n"), false},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, for: 1m, outage: { database: d } } ]\n"), true},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, error_burst: { rate: 9% } } ]\n"), true},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, error_burst: { fleet: other, rate: 9% } } ]\n"),
         false},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, error_burst: { rate: 9%, code: 404 } } ]\n"),
         false},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, set: { clients.patience: 1s } } ]\n"), true},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, set: { functions.g.max_duration: 1s } } ]\n"),
         true},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, set: { fleets.f.memory: 1GB } } ]\n"), false},
        {JUDGED("databases: { d: { gateway: { mode: session, pool_size: 3 }, queries: { q: "
                "1ms } } }\n"),
         true},
        {JUDGED("databases: { d: { gateway: { mode: transaction, pool_size: 3 }, queries: { "
                "q: 1ms } } }\n"),
         false},
    };

    for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
        struct cs_scenario *scenario = load_or_fail(judged[i].text);

        cr_expect_eq(cs_slo_is_exercised(scenario, &scenario->slo[0]), judged[i].is_exercised,
                     "case %zu", i);
        cs_scenario_free(scenario);
    }
}

/* ---- the worst pool ---- */

static double worst_at(struct stage *stage, double ms)
{
    const struct cs_database_state *database = &stage->model->database[0];

    stage_run(stage, (cs_time)(ms * (double)CS_MS));
    return (double)database->worst / (double)database->worst_whole;
}

/* Ten for each instance of f, two for h; from 1 s on one for new ones of f.  Worst is
 * who has most of its own in use: at first a of f, 3 of 10; then h, 2 of 2. */
Test(pools, the_worst_is_held_against_its_own_max)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD
               "fleets: { f: { concurrency: 9 }, h: { like: f, pool: { d: { max: 2 } } } }\n"
               "databases: { d: { pool: { max: 10 }, queries: { q: 100ms } } }\n"
               "functions:\n  g: { fleet: f, steps: [ { query: q } ] }\n"
               "  h: { fleet: h, steps: [ { query: q } ] }\n"
               "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\nevents:\n"
               "  - { at: 1s, set: { databases.d.pool.max: 1 }, deploy: all }\n");
    for (int i = 0; i < 3; i++)
        (void)stage_send(&stage, 10, "g");
    cr_expect_float_eq(worst_at(&stage, 15), 0.3, 1e-12);
    (void)stage_send(&stage, 20, "h");
    cr_expect_float_eq(worst_at(&stage, 25), 0.5, 1e-12);
    (void)stage_send(&stage, 30, "h");
    cr_expect_float_eq(worst_at(&stage, 35), 1.0, 1e-12);
    cr_expect_float_eq(worst_at(&stage, 500), 0.0, 1e-12);
    (void)stage_send(&stage, 990, "g"); /* on the old one */
    (void)stage_send(&stage, 1010, "h");
    cr_expect_float_eq(worst_at(&stage, 1015), 0.5, 1e-12);
    (void)stage_send(&stage, 1020, "g");
    cr_expect_float_eq(worst_at(&stage, 1025), 1.0, 1e-12);
    cr_expect_float_eq(worst_at(&stage, 3000), 0.0, 1e-12);
    stage_close(&stage);
}
