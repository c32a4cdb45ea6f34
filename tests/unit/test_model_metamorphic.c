/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a change of a scenario must do to its results: nothing, or exactly so much. */
#include "model_compare.h"

/* In the middle of a day: arrivals are drawn by the day. */
#define HEAD(duration, lead_in)                                                          \
    "capsim: 1\nname: test\nhorizon: { start: 2025-10-06T12:00:00Z, duration: " duration \
    ", lead_in: " lead_in ", sample: 1s }\n"                                             \
    "replications: 2\nseed: 11\n"
#define MINUTE HEAD("60s", "10s")
#define FLEET(settings) "fleets: { f: { " settings " } }\n"
#define ROOMY FLEET("min_instances: 1, max_instances: 1, concurrency: 10000")
#define DATABASE(rest) \
    "databases:\n  db:\n" rest "    queries: { point: { exponential: { mean: 200ms } } }\n"
#define FUNCTIONS(steps) "functions: { r: { fleet: f, steps: [ " steps " ] } }\n"
#define QUERY FUNCTIONS("{ query: point }")
#define WAIT FUNCTIONS("{ wait: { exponential: { mean: 200ms } } }")
#define TRAFFIC "traffic: { t: { rate: 18/s, mix: { r: 100% } } }\n"
#define POOLED(rest) MINUTE ROOMY DATABASE("    pool: { max: 4" rest " }\n") QUERY TRAFFIC
#define QUEUED(settings) MINUTE FLEET("max_instances: 4, queue: {}" settings) WAIT TRAFFIC

/* ---- more never hurts, where nobody gives up ---- */

/* A smaller load has some of the requests; each of them is served no later. */
Test(model_metamorphic, fewer_others_make_nobody_wait_longer)
{
    static const char *const texts[][2] = {
        {POOLED(""), POOLED("") "load: 0.95\n"},
        {QUEUED(""), QUEUED("") "load: 0.95\n"},
    };
    for (int i = 0; i < 2; i++)
        expect_no_one_later(texts[i][0], texts[i][1]);
}

Test(model_metamorphic, shorter_services_make_nobody_wait_longer_for_an_instance)
{
    expect_no_one_later(QUEUED(""), MINUTE FLEET("max_instances: 4, queue: {}") FUNCTIONS(
                                        "{ wait: { exponential: { mean: 190ms } } }") TRAFFIC);
}

/* ---- what should make no difference ---- */

#define BESIDE(rest)                                      \
    MINUTE FLEET("max_instances: 4, queue: {}") WAIT rest \
        "traffic: { t: { rate: 18/s, mix: { r: 100% }, tiers: none } }\n"

Test(model_metamorphic, an_unused_resource_of_each_kind)
{
    static const char *const texts[] = {
        BESIDE("regions: { r1: {}, r2: { max_instances: 7 } }\n"
               "zones: { z: { share: 100% } }\n"
               "network: { rtt: { z: { r1: 0ms, r2: 9ms }, r1: { r2: 5ms } } }\n"),
        BESIDE("rate_limits: { u: { algorithm: sliding_log, scope: instance, limits: "
               "{ x: { per_second: 1 } } } }\ntiers: { x: { users: 5 } }\n"),
        BESIDE("dependencies: { d: { latency: 1s, max_concurrency: 1 } }\n"),
        BESIDE("tiers: { x: { users: 5 }, y: { users: 7 } }\n"),
        BESIDE("databases: { db: { pool: { max: 2, min: 1, idle_timeout: 1s }, "
               "gateway: { pool_size: 1, max_clients: 1 }, server: { "
               "max_connections: 1, vcpus: 1 }, queries: { q: 1s } } }\n"),
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_same(QUEUED(""), texts[i], NULL);
}

Test(model_metamorphic, a_function_of_no_share)
{
    expect_same(QUEUED(""),
                MINUTE
                "fleets: { f: { max_instances: 4, queue: {} }, g: { min_instances: 3 } }\n"
                "functions: { r: { fleet: f, steps: [ { wait: { exponential: { mean: "
                "200ms } } } ] }, s: { fleet: g, steps: [ { wait: 1s } ] } }\n"
                "traffic: { t: { rate: 18/s, mix: { r: 100%, s: 0% } } }\n",
                NULL);
}

/* Draws go by the step's number, so the limit comes last. */
#define LIMITED(scope)                                                                  \
    MINUTE                                                                              \
    "fleets: { f: { max_instances: 4, queue: {} } }\n"                                  \
    "functions: { r: { fleet: f, steps: [ { wait: { exponential: { mean: 200ms } } }, " \
    "{ limit: u } ] } }\n"                                                              \
    "rate_limits: { u: { algorithm: sliding_log, scope: " scope                         \
    ", limits: { x: { per_second: 1000000 } } } }\n"                                    \
    "tiers: { x: { users: 50 } }\n" TRAFFIC

Test(model_metamorphic, a_limit_of_users_that_never_binds)
{
    static const char *const texts[] = {LIMITED("instance"), LIMITED("region"),
                                        LIMITED("global")};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct compared result = compare_texts(QUEUED(""), texts[i], NULL);

        cr_expect_gt(result.both, 800);
        cr_expect_eq(result.earlier + result.later, 0); /* users differ: it has tiers */
    }
}

Test(model_metamorphic, limits_that_never_bind_are_no_limits)
{
    expect_same(QUEUED(""), QUEUED(", idle_timeout: unlimited, cancel_abandoned: true"), NULL);
    expect_same(QUEUED(""), QUEUED("") "regions: { here: { max_instances: 4 } }\n", NULL);
    expect_same(POOLED(""), POOLED(", connect_timeout: unlimited, min: 3, idle_timeout: 9d"),
                NULL);
    expect_same(POOLED(""), POOLED(", connect_timeout: unlimited, retries: { max: 5 }"), NULL);
}

#define CALLED(settings)                                                           \
    MINUTE FLEET("max_instances: 4, queue: {}")                                    \
        FUNCTIONS("{ call: d }") "dependencies: { d: { latency: { exponential: { " \
                                 "mean: 200ms } }" settings " } }\n" TRAFFIC

Test(model_metamorphic, caps_of_a_dependency_that_never_bind)
{
    expect_same(CALLED(""), CALLED(", max_concurrency: 4, timeout: 10d, error_rate: 0%"), NULL);
}

#define IMPATIENT(rest)                                                             \
    MINUTE ROOMY DATABASE("    pool: { max: 4, connect_timeout: 100ms" rest " }\n") \
        QUERY TRAFFIC

Test(model_metamorphic, retrying_never_is_not_retrying)
{
    expect_same(IMPATIENT(""),
                IMPATIENT(", retries: { max: 0, backoff: { initial: 50ms, factor: 3, max: 1s, "
                          "jitter: full } }"),
                NULL);
}

/* Where each has a CPU of its own, sharing takes the step's time, to a ns or two. */
static void expect_equal_but_for(const char *a, const char *b, cs_time tolerance)
{
    struct stage one, two;
    int both = 0, differ = 0;

    run_all(&one, a, NULL);
    run_all(&two, b, NULL);
    for (int i = 0; i < STAGE_REQUESTS; i++) {
        both += one.heard[i].times > 0 && two.heard[i].times > 0;
        differ += one.heard[i].times != two.heard[i].times ||
                  one.heard[i].code != two.heard[i].code ||
                  llabs(one.heard[i].end - two.heard[i].end) > tolerance;
    }
    cr_expect_gt(both, 800);
    cr_expect_eq(differ, 0, "%d of %d", differ, both);
    stage_close(&one);
    stage_close(&two);
}

#define COMPUTED(settings)                                       \
    MINUTE FLEET("max_instances: 1, concurrency: 1000" settings) \
        FUNCTIONS("{ cpu: { exponential: { mean: 200ms } } }") TRAFFIC
#define SERVED(server)            \
    MINUTE ROOMY DATABASE(server) \
    QUERY TRAFFIC

Test(model_metamorphic, cpus_enough_for_all_are_no_sharing)
{
    expect_equal_but_for(COMPUTED(""), COMPUTED(", vcpus: 1000"), 2);
    expect_equal_but_for(SERVED(""),
                         SERVED("    server: { vcpus: 1000, contention: { usl: { "
                                "alpha: 0, beta: 0 } } }\n"),
                         2);
}

/* ---- names and places ---- */

/* Who is alike may change names and places in the file: draws go by the source. */
Test(model_metamorphic, a_function_and_a_fleet_by_other_names)
{
    expect_same(QUEUED(""),
                MINUTE "fleets: { zz: { max_instances: 4, queue: {} } }\n"
                       "functions: { aa: { fleet: zz, steps: [ { wait: { exponential: { mean: "
                       "200ms } } } ] } }\n"
                       "traffic: { t: { rate: 18/s, mix: { aa: 100% } } }\n",
                NULL);
}

#define PLACES(regions, fleets, rtts, sources)                                      \
    MINUTE "regions: { " regions " }\nfleets: { " fleets " }\n"                     \
           "zones: { za: { share: 60% }, zb: { share: 40% } }\n"                    \
           "network: { rtt: { " rtts " } }\n"                                       \
           "databases: { db: { region: r1, gateway: { pool_size: 3, wait_timeout: " \
           "300ms }, queries: { point: { exponential: { mean: 150ms } } } } }\n"    \
           "functions: { r: { fleet: f, steps: [ { query: point } ] }, "            \
           "s: { fleet: g, steps: [ { wait: 80ms }, { query: point } ] } }\n"       \
           "traffic: { " sources " }\nclients: { patience: 2s }\n"
#define SETTINGS                                                                  \
    "{ max_instances: 3, cold_start: { exponential: { mean: 90ms } }, "           \
    "idle_timeout: { exponential: { mean: 700ms } }, queue: { limit: 9, timeout:" \
    " { exponential: { mean: 400ms } } } }"
#define RTTS_A "za: { r1: 5ms, r2: 60ms }, zb: { r1: 50ms, r2: 7ms }, r1: { r2: 55ms }"
#define RTTS_B "r2: { r1: 55ms }, zb: { r2: 7ms, r1: 50ms }, za: { r2: 60ms, r1: 5ms }"
#define T "t: { rate: 18/s, mix: { r: 70%, s: 30% } }"
#define U "u: { rate: 4/s, mix: { s: 100% } }"

/* Regions, fleets, functions, sources and distances in another order. */
Test(model_metamorphic, another_order_in_the_file)
{
    static const char *const sources[] = {"t", "u"};
    const char *one = PLACES("r1: { max_instances: 5 }, r2: {}",
                             "f: " SETTINGS ", g: " SETTINGS, RTTS_A, T ", " U);
    const char *two = PLACES("r2: {}, r1: { max_instances: 5 }",
                             "g: " SETTINGS ", f: " SETTINGS, RTTS_B, U ", " T);

    for (int i = 0; i < 2; i++) {
        struct compared result = compare_texts(one, two, sources[i]);

        cr_expect_gt(result.both, 200);
        cr_expect_eq(result.differ, 0, "%s: %d of %d differ", sources[i], result.differ,
                     result.both);
    }
}

/* ---- time in another unit ---- */

#define IN_UNITS(duration, lead_in, fleet, step, rate)                         \
    HEAD(duration, lead_in)                                                    \
    "fleets: { f: { " fleet " } }\nfunctions: { r: { fleet: f, steps: [ " step \
    " ] } }\ntraffic: { t: { rate: " rate ", mix: { r: 100% } } }\n"
#define STEP(mean) "{ wait: { exponential: { mean: " mean " } } }"

/*
 * Twice as long in all: each gap and each service is rounded once, so that the
 * k-th candidate is sent within k + 1 ns of twice as late.  Where nobody waits
 * for another a service is within 1 ns; where they queue, a busy period adds as
 * many at most again.
 */
static void expect_scaled(const char *text, const char *scaled, int factor, bool is_alone)
{
    struct stage one, two;
    int both = 0;

    run_all(&one, text, NULL);
    run_all(&two, scaled, NULL);
    for (int i = 0; i < STAGE_REQUESTS; i++) {
        const struct heard *x = &one.heard[i], *y = &two.heard[i];
        cs_time sent = y->sent - factor * x->sent;
        cs_time time = y->end - y->sent - factor * (x->end - x->sent);
        cs_time limit = (cs_time)factor * (is_alone ? 1 : 2 * (i + 1));

        cr_expect_eq(x->times, y->times, "request %d", i);
        if (x->times == 0)
            continue;
        both++;
        cr_expect(x->code == y->code && llabs(sent) <= factor * (i + 1) && llabs(time) <= limit,
                  "request %d: sent %lld, time %lld ns off", i, (long long)sent,
                  (long long)time);
    }
    cr_expect_gt(both, 800);
    stage_close(&one);
    stage_close(&two);
}

Test(model_metamorphic, everything_takes_twice_and_eight_times_as_long)
{
    expect_scaled(IN_UNITS("60s", "10s", "idle_timeout: 1s", STEP("200ms"), "18/s"),
                  IN_UNITS("120s", "20s", "idle_timeout: 2s", STEP("400ms"), "9/s"), 2, true);
    expect_scaled(
        IN_UNITS("60s", "10s", "max_instances: 4, queue: {}", STEP("200ms"), "18/s"),
        IN_UNITS("480s", "80s", "max_instances: 4, queue: {}", STEP("1600ms"), "2.25/s"), 8,
        false);
}

/* ---- one window or two ---- */

#define WINDOW(duration, lead_in)                                                  \
    HEAD(duration, lead_in)                                                        \
    FLEET("max_instances: 6, cold_start: { exponential: { mean: 300ms } }, "       \
          "idle_timeout: 1s, queue: { limit: 3, timeout: 200ms }, concurrency: 2") \
    DATABASE("    pool: { max: 1, connect: 20ms, connect_timeout: 150ms }\n")      \
    QUERY "traffic: { t: { rate: 40/s, mix: { r: 100% } } }\nclients: { patience: 1s }\n"

/* Counts of two windows in a row add up to those of both together; so do levels,
 * as means over time. */
Test(model_metamorphic, two_windows_are_one_of_twice_the_length)
{
    struct stage whole, first, second;

    run_all(&whole, WINDOW("60s", "0s"), NULL);
    run_all(&first, WINDOW("30s", "0s"), NULL);
    run_all(&second, WINDOW("30s", "30s"), NULL);
    const struct cs_registry *a = cs_model_registry(whole.model);
    const struct cs_registry *b = cs_model_registry(first.model);
    const struct cs_registry *c = cs_model_registry(second.model);
    size_t counts = 0, levels = 0;

    for (size_t i = 0; i < cs_registry_metrics(a); i++) {
        const struct cs_metric *m = cs_registry_metric(a, i);
        const char *name = m->name;

        if (m->stats & CS_STAT_BIT(CS_STAT_COUNT)) {
            double u = cs_metric_value(a, m, CS_STAT_COUNT);
            double v = cs_metric_value(b, cs_registry_metric(b, i), CS_STAT_COUNT);
            double w = cs_metric_value(c, cs_registry_metric(c, i), CS_STAT_COUNT);

            cr_expect_eq((int64_t)u, (int64_t)(v + w), "%s: %g, and %g + %g", name, u, v, w);
            counts += v > 0.0 && w > 0.0;
        }
        if (m->stats & CS_STAT_BIT(CS_STAT_TIME_MEAN) && strstr(name, "utilization") == NULL) {
            double u = cs_metric_value(a, m, CS_STAT_TIME_MEAN);
            double v = cs_metric_value(b, cs_registry_metric(b, i), CS_STAT_TIME_MEAN);
            double w = cs_metric_value(c, cs_registry_metric(c, i), CS_STAT_TIME_MEAN);

            cr_expect_float_eq(u, (v + w) / 2.0, 1e-9, "%s: %g, and %g, %g", name, u, v, w);
            levels += v > 0.0 && w > 0.0;
        }
    }
    cr_expect_gt(counts, 10);
    cr_expect_gt(levels, 10);
    stage_close(&whole);
    stage_close(&first);
    stage_close(&second);
}

Test(model_metamorphic, every_metric_the_same_again)
{
    struct stage one, two;

    run_all(&one, WINDOW("60s", "10s"), NULL);
    run_all(&two, WINDOW("60s", "10s"), NULL);
    expect_same_metrics(one.model, two.model);
    stage_close(&one);
    stage_close(&two);
}

/* ---- instances that stay ---- */

/* As many cold starts as there ever were requests at once. */
Test(model_metamorphic, what_stays_starts_once_for_each_at_once)
{
    struct stage stage;
    int most = 0;

    run_all(&stage, HEAD("60s", "0s") FLEET("cold_start: 30ms") WAIT TRAFFIC, NULL);
    for (int i = 0; i < STAGE_REQUESTS; i++) {
        int present = 0; /* at the instant at which this one is sent */

        for (int k = 0; k < STAGE_REQUESTS && stage.heard[i].times > 0; k++)
            present += stage.heard[k].times > 0 && stage.heard[k].sent <= stage.heard[i].sent &&
                       stage.heard[k].end > stage.heard[i].sent;
        most = present > most ? present : most;
    }
    cr_expect_gt(most, 8);
    cr_expect_eq(count_of(stage.model, "cold_starts_total", NULL), (uint64_t)most);
    stage_close(&stage);
}
