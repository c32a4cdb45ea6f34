/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test_scenario.h"

#include <criterion/criterion.h>
#include <math.h>

#include "capsim/experiment.h"
#include "experiment/explain.h"

#define HEAD                                                                        \
    "capsim: 1\nname: twin\nhorizon: { duration: 10m, lead_in: 2m, sample: 10s }\n" \
    "replications: 10\nseed: 7\n"
#define FLEET(rest) "fleets: { f: { min_instances: 1, max_instances: 1, " rest " } }\n"
#define FOREVER "queue: { limit: unlimited }"
#define SERVE(step) "functions: { serve: { fleet: f, steps: [ " step " ] } }\n"
#define POOL                                                         \
    "databases: { db: { pool: { max: 5, connect_timeout: 100ms },\n" \
    "  queries: { point: { exponential: { mean: 200ms } } } } }\n"
#define EXPONENTIAL "{ wait: { exponential: { mean: 200ms } } }"
#define TRAFFIC(rate, rest) \
    "traffic: { open: { rate: " rate ", mix: { serve: 100% }" rest " } }\n"

static struct cs_result *run_loaded(struct loaded loaded)
{
    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    struct cs_result *result =
        cs_experiment_run(loaded.scenario, &(struct cs_run_options){.jobs = 2});

    loaded_release(&loaded);
    return result;
}

static struct cs_result *run(const char *text)
{
    return run_loaded(load_text(text));
}

/*
 * Every row within z < 4.5 of its formula; t at 97.5 % with 9 degrees of
 * freedom is 2.262, so that a half-width is 2.262 standard errors.  Catches a
 * formula for another system, or one beside the wrong number.
 */
static void expect_twins(const char *text, size_t n, const char *quantity,
                         enum cs_twin_kind kind)
{
    struct cs_result *result = run(text);
    bool is_found = false;

    cr_assert_eq(result->explain.n_twins, n, "%s: %zu rows", quantity, result->explain.n_twins);
    for (size_t i = 0; i < n; i++) {
        const struct cs_explain_twin *twin = &result->explain.twin[i];
        double half = (twin->simulated.hi - twin->simulated.lo) / 2;

        is_found |= strcmp(twin->quantity, quantity) == 0 && twin->kind == kind;
        cr_expect_gt(twin->theory, 0.0);
        if (twin->kind == CS_TWIN_EXACT)
            cr_expect_lt(fabs(twin->simulated.mean - twin->theory), 4.5 / 2.262 * half + 1e-12,
                         "%s: %g, simulated %g -+ %g", twin->quantity, twin->theory,
                         twin->simulated.mean, half);
        else
            cr_expect_lt(fabs(twin->simulated.mean / twin->theory - 1), 0.05);
    }
    cr_expect(is_found, "%s", quantity);
    cs_result_free(result);
}

static void expect_none(const char *text)
{
    struct cs_result *result = run(text);

    cr_expect_eq(result->explain.n_twins, 0, "%s: %s", text,
                 result->explain.n_twins > 0 ? result->explain.twin[0].quantity : "");
    cs_result_free(result);
}

Test(experiment_explain, queues_have_their_formulas)
{
    const char *mmc =
        HEAD FLEET("concurrency: 20, " FOREVER) SERVE(EXPONENTIAL) TRAFFIC("80/s", "");
    const char *mg1 = HEAD FLEET("concurrency: 1, " FOREVER)
        SERVE("{ wait: { uniform: { min: 100ms, max: 300ms } } }") TRAFFIC("3/s", "");
    const char *mgc = HEAD FLEET("concurrency: 5, " FOREVER)
        SERVE("{ wait: { gamma: { mean: 200ms, cv: 0.7 } } }") TRAFFIC("20/s", "");

    expect_twins(mmc, 3, "p95 of response", CS_TWIN_EXACT);
    expect_twins(mg1, 1, "mean response", CS_TWIN_EXACT);
    expect_twins(mgc, 1, "mean response", CS_TWIN_APPROXIMATION);
}

Test(experiment_explain, losses_have_their_formulas)
{
    const char *loss = HEAD FLEET("concurrency: 5, queue: { limit: 0 }")
        SERVE("{ wait: { uniform: { min: 100ms, max: 300ms } } }") TRAFFIC("20/s", "");
    const char *room = HEAD FLEET("concurrency: 5, queue: { limit: 3 }") SERVE(EXPONENTIAL)
        TRAFFIC("20/s", "");
    const char *timeout =
        HEAD FLEET("concurrency: 5, queue: { limit: unlimited, timeout: 100ms }")
            SERVE(EXPONENTIAL) TRAFFIC("22/s", "");
    const char *impatient = HEAD FLEET(
        "concurrency: 5, queue: { limit: unlimited, timeout: { exponential: { mean: 1s } } }")
        SERVE(EXPONENTIAL) TRAFFIC("22/s", "");

    expect_twins(loss, 1, "share refused (503)", CS_TWIN_EXACT);
    expect_twins(room, 1, "share refused (503)", CS_TWIN_EXACT);
    expect_twins(timeout, 1, "share refused (503)", CS_TWIN_EXACT);
    expect_twins(impatient, 1, "share refused (503)", CS_TWIN_EXACT);
}

Test(experiment_explain, elastic_fleets_pools_and_processors_have_theirs)
{
    const char *elastic =
        HEAD "fleets: { f: { concurrency: 1, idle_timeout: 2s } }\n" SERVE(EXPONENTIAL)
            TRAFFIC("20/s", "");
    const char *sharing = HEAD FLEET("concurrency: 10000, vcpus: 1, cpu_threads: 1")
        SERVE("{ cpu: { hyperexponential: { mean: 100ms, cv: 2 } } }") TRAFFIC("6/s", "");
    const char *pool =
        HEAD FLEET("concurrency: 10000") POOL SERVE("{ query: point }") TRAFFIC("22/s", "");

    expect_twins(elastic, 5, "share of cold starts", CS_TWIN_EXACT);
    expect_twins(sharing, 1, "mean response", CS_TWIN_EXACT);
    expect_twins(pool, 1, "share that waits too long", CS_TWIN_EXACT);
}

/* Each user sends on its own scale: the mean user's rate would say 0. */
Test(experiment_explain, limits_have_theirs)
{
    const char *text =
        HEAD "tiers: { free: { users: 50, activity: { zipf: 1.1 } } }\n"
             "rate_limits: { user: { algorithm: sliding_log, scope: global, "
             "limits: { free: { per_minute: 60 } } } }\n" FLEET("concurrency: 10000")
                 SERVE("{ limit: user }") TRAFFIC("300/min", ", tiers: { free: 100% }");

    expect_twins(text, 1, "share limited (429)", CS_TWIN_EXACT);
}

/* One thing more, and the formula is of another system. */
Test(experiment_explain, what_is_not_close_has_none)
{
    const char *fleet = FLEET("concurrency: 20, " FOREVER);
    char text[2048];
    static const char *const more[] = {
        "clients: { patience: 5s }\n",
        "zones: { z: { share: 100% } }\nregions: { r: {} }\n"
        "network: { rtt: { z: { r: 10ms } } }\n",
    };

    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        snprintf(text, sizeof text, "%s%s%s%s%s", HEAD, fleet, SERVE(EXPONENTIAL),
                 TRAFFIC("20/s", ""), more[i]);
        expect_none(text);
    }
    snprintf(text, sizeof text, "%s%s%s%s", HEAD, fleet, SERVE(EXPONENTIAL ", { wait: 1ms }"),
             TRAFFIC("20/s", ""));
    expect_none(text);
    snprintf(text, sizeof text, "%s%s%s%s", HEAD, fleet, SERVE(EXPONENTIAL),
             TRAFFIC("20/s", ", weekly: [1, 1, 1, 1, 1, 2, 2]"));
    expect_none(text);
    snprintf(text, sizeof text, "%s%s%s%s", HEAD, FLEET("concurrency: 2, " FOREVER),
             SERVE(EXPONENTIAL), TRAFFIC("11/s", ""));
    expect_none(text); /* more than it can serve */
}

Test(experiment_explain, the_great_platform_has_none)
{
    static const char *const set[] = {"horizon.duration=5m", "horizon.lead_in=1m",
                                      "replications=2"};
    static const char *const presets[] = {"configs/presets"};
    struct cs_load_options options = {.path = "configs/oriva.yaml",
                                      .set = set,
                                      .n_sets = 3,
                                      .preset_dir = presets,
                                      .n_preset_dirs = 1};
    struct cs_result *result = run_loaded(load_with(&options));

    cr_expect_eq(result->explain.n_twins, 0);
    cr_expect_gt(result->explain.n_resources, 3);
    cr_expect_gt(result->explain.n_stages, 4);
    cs_result_free(result);
}

/* Offered 4 Erlang on 5 instances, 1 Erlang on a pool of 2 and on 2 vCPUs: used
 * up at 5/4, 2 and 2 times that. */
Test(experiment_explain, resources_by_the_utilisation_law)
{
    struct cs_result *result =
        run(HEAD
            "fleets: { f: { min_instances: 5, max_instances: 10, concurrency: 1 } }\n"
            "databases: { db: { gateway: { pool_size: 8, max_clients: 1000 },\n"
            "  server: { vcpus: 2, max_connections: 60 }, queries: { point: 50ms } } }\n" SERVE(
                "{ wait: 150ms }, { query: point }") TRAFFIC("20/s", ""));
    const struct cs_explain *explain = &result->explain;

    cr_assert_geq(explain->n_resources, 3);
    cr_expect_str_eq(explain->resource[0].where, "server vCPUs of db");
    cr_expect_float_eq(explain->resource[0].utilization.mean, 0.5, 0.01);
    cr_expect_float_eq(explain->resource[0].load.mean, 2.0, 0.04);
    for (size_t i = 0; i < explain->n_resources; i++) {
        const struct cs_explain_resource *r = &explain->resource[i];

        if (i > 0)
            cr_expect_leq(r->utilization.mean, explain->resource[i - 1].utilization.mean);
        cr_expect_float_eq(r->load.mean * r->utilization.mean, 1.0, 1e-12);
        cr_expect_float_eq(r->load.lo * r->utilization.hi, 1.0, 1e-12);
        if (strcmp(r->where, "max_instances of fleet f") == 0)
            cr_expect_float_eq(r->utilization.mean, 0.4, 0.03);
    }
    cs_result_free(result);
}

/* One request in twenty-five takes 4 s of another kind: the slowest 5 % hold all
 * of these, and a fifth of them are of the rest. */
Test(experiment_explain, time_of_the_slow_by_stage)
{
    struct cs_result *result =
        run(HEAD "fleets: { f: {} }\n"
                 "databases: { db: { queries: { long: 4s } } }\n"
                 "functions:\n  quick: { fleet: f, steps: [ { wait: 1s } ] }\n"
                 "  slow: { fleet: f, steps: [ { query: long } ] }\n"
                 "traffic: { open: { rate: 50/s, mix: { quick: 96%, slow: 4% } } }\n"
                 "slos:\n"
                 "  long: { target: \"p(95) < 9s\", window: 1h, of: { function: slow } }\n");
    double rest = 0;
    bool has_query = false, has_scope = false;

    for (size_t i = 0; i < result->explain.n_stages; i++) {
        const struct cs_explain_stage *stage = &result->explain.stage[i];

        if (*stage->of != '\0') {
            has_scope = true;
            cr_expect_str_eq(stage->of, "function: slow");
            cr_expect_str_eq(stage->stage, "query");
            cr_expect_float_eq(stage->slow.mean, 1.0, 1e-12);
        } else if (strcmp(stage->stage, "query") == 0) {
            has_query = true;
            cr_expect_float_eq(stage->slow.mean, 16.0 / 17, 0.01);
            cr_expect_float_eq(stage->all.mean, 0.16 / 1.12, 0.01);
            cr_expect_lt(stage->slow.lo, stage->slow.mean);
        } else {
            rest += stage->slow.mean;
        }
    }
    cr_expect(has_query && has_scope);
    cr_expect_float_eq(rest, 1.0 / 17, 0.01);
    cs_result_free(result);
}

/* Traffic has its peak in one hour, when the one server is busiest: what was sent
 * then waits longer than what was sent in all the day. */
Test(experiment_explain, busy_hour_is_worse_than_the_mean)
{
    struct cs_result *result =
        run("capsim: 1\nname: day\nhorizon: { duration: 6h, lead_in: 10m, sample: 10m }\n"
            "replications: 3\n" FLEET("concurrency: 1, queue: { limit: 2 }") SERVE(EXPONENTIAL)
                TRAFFIC("6/s", ", daily: [1, 1, 9, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "
                               "1, 1, 1, 1, 1, 1, 1]"));
    const char *name = "request_duration_seconds";

    for (size_t i = 0; i < 2; i++) {
        const struct cs_result_metric *day =
            cs_result_find(result, name, i == 0 ? "mean" : "p95", NULL, 0);
        const struct cs_result_metric *hour =
            cs_result_find(result, name, i == 0 ? "busy_hour_mean" : "busy_hour_p95", NULL, 0);

        cr_assert(day != NULL && hour != NULL);
        cr_expect(!isnan(hour->value.mean));
    }
    const struct cs_result_metric *all =
        cs_result_find(result, "errors_total", "ratio", NULL, 0);
    const struct cs_result_metric *hour =
        cs_result_find(result, "errors_total", "busy_hour_ratio", NULL, 0);
    cr_expect_gt(hour->value.mean, 1.1 * all->value.mean);
    cr_expect_lt(hour->value.mean, 1.0);
    cs_result_free(result);
}
