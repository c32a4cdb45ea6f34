/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold between two runs, request by request. */
#include "model_compare.h"

#define HEAD                                                                        \
    "capsim: 1\nname: test\nhorizon: { duration: 60s, lead_in: 10s, sample: 1s }\n" \
    "replications: 2\nseed: 7\n"
#define ONE_INSTANCE \
    "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 10000 } }\n"
#define NO_LIMIT "fleets: { f: {} }\n"
#define QUERIES "    queries: { point: { exponential: { mean: 200ms } } }\n"
#define QUERY "functions: { r: { fleet: f, steps: [ { query: point } ] } }\n"
#define WAIT \
    "functions: { r: { fleet: f, steps: [ { wait: { exponential: { mean: 200ms } } } ] } }\n"
#define TRAFFIC(rate) "traffic: { t: { rate: " rate ", mix: { r: 100% } } }\n"
#define POOL(max)                                                \
    HEAD ONE_INSTANCE "databases:\n  db:\n    pool: { max: " max \
                      " }\n" QUERIES QUERY TRAFFIC("18/s")

/* ---- more never hurts, where nobody gives up ---- */

Test(model_properties, a_greater_pool_makes_nobody_wait_longer)
{
    expect_no_one_later(POOL("4"), POOL("5"));
}

#define GATEWAY(size)                                                      \
    HEAD ONE_INSTANCE "databases:\n  db:\n    gateway: { pool_size: " size \
                      " }\n" QUERIES QUERY TRAFFIC("18/s")

Test(model_properties, more_backends_make_nobody_wait_longer)
{
    expect_no_one_later(GATEWAY("4"), GATEWAY("5"));
}

#define CAP(max) \
    HEAD "fleets: { f: { max_instances: " max ", queue: {} } }\n" WAIT TRAFFIC("18/s")

Test(model_properties, more_instances_make_nobody_wait_longer)
{
    expect_no_one_later(CAP("4"), CAP("5"));
}

Test(model_properties, shorter_services_make_nobody_wait_longer)
{
    expect_no_one_later(
        POOL("4"), HEAD ONE_INSTANCE
        "databases:\n  db:\n    pool: { max: 4 }\n"
        "    queries: { point: { exponential: { mean: 190ms } } }\n" QUERY TRAFFIC("18/s"));
}

/* Processor sharing among those on an instance: with more vCPUs each works faster. */
#define CPUS(vcpus)                                                                         \
    HEAD "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 4, queue: {}, "   \
         "vcpus: " vcpus " } }\n"                                                           \
         "functions: { r: { fleet: f, steps: [ { cpu: { exponential: { mean: 50ms } } } ] " \
         "} }\n" TRAFFIC("18/s")

static double mean_end(const char *text)
{
    struct stage stage;
    double sum = 0.0;

    run_all(&stage, text, NULL);
    for (int i = 0; i < STAGE_REQUESTS; i++)
        sum += cs_time_s(stage.heard[i].end);
    stage_close(&stage);
    return sum;
}

Test(model_properties, more_vcpus_are_never_worse_on_the_mean)
{
    double least = mean_end(CPUS("1"));

    for (int i = 0; i < 3; i++) {
        static const char *const text[] = {CPUS("1.3"), CPUS("2"), CPUS("4")};
        double mean = mean_end(text[i]);

        cr_expect_lt(mean, least, "%d", i);
        least = mean;
    }
    cr_expect_eq(compare_texts(CPUS("4"), CPUS("8"), NULL).differ, 0); /* one CPU each */
}

/* ---- what should make no difference ---- */

Test(model_properties, the_same_again)
{
    expect_same(POOL("4"), POOL("4"), NULL);
}

Test(model_properties, an_unused_resource)
{
    expect_same(POOL("4"), POOL("4") "dependencies: { d: { latency: 1s } }\n", NULL);
    expect_same(CAP("4"),
                HEAD "fleets: { f: { max_instances: 4, queue: {} }, "
                     "g: { min_instances: 5 } }\n" WAIT TRAFFIC("18/s"),
                NULL);
}

Test(model_properties, limits_that_never_bind_are_no_limits)
{
    expect_same(CAP("4"),
                HEAD "fleets: { f: { max_instances: 4, idle_timeout: 100d, queue: "
                     "{ limit: 100000, timeout: 10d } } }\n" WAIT TRAFFIC(
                         "18/s") "clients: { patience: 10d }\n",
                NULL);
    expect_same(
        POOL("4"),
        HEAD ONE_INSTANCE
        "databases:\n  db:\n    pool: { max: 4, connect_timeout: 10d, idle_timeout: 10d }\n"
        "    gateway: { max_clients: 1000, pool_size: 1000, wait_timeout: 10d }\n"
        "    server: { max_connections: 1000, statement_timeout: 10d }\n" QUERIES QUERY TRAFFIC(
            "18/s"),
        NULL);
}

/* Tokens for more starts than there are, memory for more requests, a rule on a
 * processor that nobody uses. */
Test(model_properties, scaling_that_never_binds_is_none)
{
#define NO_REUSE "max_instances: 4, idle_timeout: 0s, cold_start: 20ms, vcpus: 1, queue: {}"
    const char *plain = HEAD "fleets: { f: { " NO_REUSE " } }\n" WAIT TRAFFIC("18/s");

    expect_same(plain,
                HEAD "fleets: { f: { " NO_REUSE ", start_burst: { rate: 1/s, burst: 1000000 } "
                     "} }\n" WAIT TRAFFIC("18/s"),
                NULL);
    expect_same(plain,
                HEAD "fleets: { f: { " NO_REUSE ", memory: 1GB, memory_use: { base: 1000MB, "
                     "per_request: 24MB } } }\n" WAIT TRAFFIC("18/s"),
                NULL);
    expect_same(plain,
                HEAD "fleets: { f: { " NO_REUSE ", scale_out: [ { when: cpu > 1%, for: 3s } ] "
                     "} }\n" WAIT TRAFFIC("18/s"),
                NULL);
}

#define TWO(other)                                                                  \
    HEAD NO_LIMIT WAIT "traffic:\n  other: { rate: " other ", mix: { r: 100% } }\n" \
                       "  t: { rate: 18/s, mix: { r: 100% } }\n"

/* Its draws are its own: only what is shared could tell, and here nothing is. */
Test(model_properties, another_source_changes_no_request)
{
    expect_same(HEAD NO_LIMIT WAIT TRAFFIC("18/s"), TWO("25/s"), "t");
    expect_same(TWO("5/s"), TWO("50/s"), "t");
}

/* Arrives once in 100 years: never. */
Test(model_properties, a_source_that_sends_nothing)
{
    expect_same(CAP("4"),
                HEAD "fleets: { f: { max_instances: 4, queue: {} } }\n" WAIT
                     "traffic:\n  other: { rate: 0.000001/d, mix: { r: 100% } }\n"
                     "  t: { rate: 18/s, mix: { r: 100% } }\n",
                "t");
}

/* ---- load ---- */

#define LOAD(load) HEAD "load: " load "\n" NO_LIMIT WAIT TRAFFIC("12/s")

/* All who come at load 1 come at a greater one too, at the same instant with
 * the same service; a smaller load has some of them. */
Test(model_properties, the_requests_of_a_load_are_among_those_of_a_greater)
{
    struct stage one, more, less;

    run_all(&one, LOAD("1"), NULL);
    run_all(&more, LOAD("1.3"), NULL);
    run_all(&less, LOAD("0.5"), NULL);
    struct compared up = compare(&one, &more), down = compare(&one, &less);

    cr_expect_gt(up.both, 600);
    cr_expect_eq(up.differ, 0); /* of layer 0 */
    cr_expect_gt(cs_model_requests(more.model), cs_model_requests(one.model) * 5 / 4);
    cr_expect_eq(down.earlier + down.later, 0);
    cr_expect(down.both > up.both * 2 / 5 && down.both < up.both * 3 / 5, "%d of %d", down.both,
              up.both);
    stage_close(&one);
    stage_close(&more);
    stage_close(&less);
}

/* ---- replications share nothing ---- */

Test(model_properties, two_models_in_turns_are_as_two_apart)
{
    struct cs_scenario *scenario = load_or_fail(POOL("4"));
    struct cs_model *a = cs_model_new(scenario, 0), *b = cs_model_new(scenario, 1);
    struct cs_model *a2 = cs_model_new(scenario, 0), *b2 = cs_model_new(scenario, 1);

    for (cs_time t = 0; t < 60 * CS_S; t += 7 * CS_MS) {
        cs_engine_run(&a->engine, t);
        cs_engine_run(&b->engine, t + 3 * CS_S);
    }
    cs_model_run(b);
    cs_model_run(a);
    cs_model_run(a2);
    cs_model_run(b2);
    expect_same_metrics(a, a2);
    expect_same_metrics(b, b2);
    cr_expect_eq(cs_model_events(a), cs_model_events(a2));
    cr_expect_neq(cs_model_events(a), cs_model_events(b));
    cs_model_free(a);
    cs_model_free(b);
    cs_model_free(a2);
    cs_model_free(b2);
    cs_scenario_free(scenario);
}
