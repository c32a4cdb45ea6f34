/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Once warm, the simulation allocates nothing: everything is recycled.  This
 * test is linked with --wrap=malloc, calloc and realloc.
 */
#include "model_fixture.h"

static bool is_counting;
static uint64_t allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations += is_counting;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    allocations += is_counting;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    allocations += is_counting;
    return __real_realloc(block, size);
}

static uint64_t allocated_between(struct cs_model *model, cs_time from, cs_time to)
{
    cs_engine_run(&model->engine, from);
    allocations = 0;
    is_counting = true;
    cs_engine_run(&model->engine, to);
    is_counting = false;
    return allocations;
}

/* Every mechanism, and enough load that each is at work all the time. */
static const char everything[] =
    "capsim: 1\nname: everything\n"
    "horizon: { duration: 3h, lead_in: 5m, sample: 1m }\nreplications: 2\nseed: 3\n"
    "zones: { near: { share: 70% }, far: { share: 30% } }\n"
    "regions: { one: { max_instances: 14 }, two: { max_instances: 12 } }\n"
    "network: { rtt: { near: { one: 10ms, two: 80ms },\n"
    "                  far: { one: 90ms, two: { uniform: { min: 15ms, max: 25ms } } },\n"
    "                  one: { two: 70ms } } }\n"
    "clients: { patience: { exponential: { mean: 8s } }, retry: { codes: [429, 503, gave_up], "
    "max: 2, backoff: { initial: 1s, jitter: full } } }\n"
    "tiers: { free: { users: 2000, activity: { zipf: 1.0 } }, paid: { users: 200 } }\n"
    "rate_limits:\n"
    "  user: { algorithm: sliding_log, scope: instance, limits: { free: { per_second: 2, "
    "per_minute: 20 }, paid: { per_minute: 60 } }, shadow: { free: { per_second: 1 } } }\n"
    "  all: { algorithm: fixed_window, scope: global, retry_after: window, "
    "limits: { free: { per_minute: 30 } } }\n"
    "  calls: { algorithm: token_bucket, scope: region, limits: { free: { rate: 20/min, "
    "burst: 3 } } }\n"
    "fleets:\n"
    "  f: { max_instances: 12, cold_start: { lognormal: { p50: 300ms, p95: 800ms } }, "
    "idle_timeout: { uniform: "
    "{ min: 2s, max: 6s } }, freeze: true, memory: 1GB, vcpus: auto, "
    "queue: { limit: 5, timeout: { exponential: { mean: 1s } } }, cancel_abandoned: true }\n"
    "  g: { concurrency: 3, vcpus: 1, cold_start: 200ms, idle_timeout: 3s, max_instances: 4, "
    "memory: 512MB, memory_use: { base: 200MB, per_request: 90MB, per_connection: 16MB }, "
    "start_burst: { rate: 30/min, burst: 3 }, scale_out: [ { when: slots > 50%, for: 20s }, "
    "{ when: memory > 60%, for: 1s, cooldown: 9s } ], "
    "reuse: least_busy, queue: { limit: 50, timeout: 2s } }\n"
    "databases:\n"
    "  db:\n"
    "    region: one\n"
    "    pool: { max: 3, min: 1, idle_timeout: 1s, connect_timeout: 500ms, "
    "connect: { exponential: { mean: 60ms } }, "
    "retries: { max: 2, backoff: { initial: 50ms, jitter: full } } }\n"
    "    gateway: { max_clients: 40, pool_size: 6, wait_timeout: 300ms }\n"
    "    server: { max_connections: 60, vcpus: 2, statement_timeout: 200ms, "
    "contention: { usl: { alpha: 0.02, beta: 0.001 } }, "
    "failures: { every: { exponential: { mean: 20m } }, repair: 5s } }\n"
    "    queries: { read: { lognormal: { p50: 10ms, p95: 60ms } } }\n"
    "  rest:\n"
    "    gateway: { max_clients: 4, pool_size: 2, wait_timeout: 100ms }\n"
    "    queries: { list: { exponential: { mean: 100ms } } }\n"
    "dependencies:\n"
    "  d: { first_byte: { exponential: { mean: 200ms } }, tokens: { gamma: "
    "{ mean: 50, cv: 1 } }, tokens_per_second: 100, error_rate: 2%, timeout: 1s, "
    "max_concurrency: 6 }\n"
    "  e: { latency: 50ms, error_rate: 20%, rate_limit: 4/s, retries: { max: 1, backoff: { "
    "initial: 20ms, jitter: full } }, circuit_breaker: { failures: 4, open: 500ms } }\n"
    "  h: { latency: 50ms, error_rate: 30%, timeout: 60ms, fallback: e, "
    "circuit_breaker: { failures: 3, open: 1s, probes: 2, scope: region } }\n"
    "functions:\n"
    "  page: { fleet: f, max_duration: 2s, steps: [ { cpu: 5ms }, "
    "{ limit: user }, { transaction: db, do: [ { query: read, count: 2 }, { cpu: 1ms } ] }, "
    "{ respond: true }, { query: read } ] }\n"
    "  list: { fleet: g, errors: { 404: 3% }, steps: [ { query: list }, { call: h } ] }\n"
    "  chat: { fleet: g, max_duration: 1500ms, "
    "steps: [ { cpu: { exponential: { mean: 20ms } } }, "
    "{ limit: all }, { limit: calls }, { query: read }, "
    "{ call: d, stream: true }, { wait: 10ms } ] }\n"
    "traffic:\n"
    "  pages: { rate: 40/s, mix: { page: 70%, chat: 15%, list: 15% }, "
    "tiers: { free: 80%, paid: 20% } }\n"
    "  bots: { rate: 3/s, mix: { page: 100% }, tiers: none }\n"
    "  loop: { users: { start: 5, stages: [ { duration: 1h, target: 20 }, { duration: 2h, "
    "target: 10 } ] }, new_user: iteration, tiers: { paid: 100% }, session: [ page, { think: "
    "2s }, { repeat: { min: 0, max: 2, do: [ list ] } }, { with: 10%, do: [ chat ] } ] }\n"
    "  tide: { profile: { points: [[0s, 1/s], [5m, 4/s]], repeat: 10m }, growth: 8%/month, "
    "day_factor: { gamma: { mean: 1, cv: 0.2 } }, burst: { factor: 2, high: 10s, low: 1m }, "
    "mix: { list: 100% }, tiers: none }\n"
    "slos: { fast: { target: p(95) < 2s, window: 1d }, well: { target: errors < 5%, "
    "window: 1d } }\n"
    "events:\n"
    "  - { at: 20m, for: 10m, outage: { region: two } }\n"
    "  - { at: 40m, for: 10m, error_burst: { rate: 10% }, slow: { queries: 2, calls: 2 } }\n"
    "  - { at: 60m, for: 5m, attack: { rate: 20/s, users: 9, mix: { page: 100% } } }\n"
    "  - { at: 70m, set: { fleets.f.max_instances: 13 }, deploy: all }\n"
    "  - { at: 130m, for: 5m, outage: { region: two } }\n"
    "  - { at: 140m, deploy: { rolling: 5m } }\n"
    "  - { at: 150m, for: 5m, leak: { database: db, probability: 1% }, slow: { cpu: 2 } }\n";

Test(model_memory, the_warm_loop_allocates_nothing)
{
    struct cs_scenario *scenario = load_or_fail(everything);
    struct cs_model *model = cs_model_new(scenario, 0);

    cr_expect_eq(allocated_between(model, 2 * CS_HOUR, 3 * CS_HOUR), 0);
    cs_model_run(model);
    all_checks_hold(model);
    for (int r = 0; r < CS_REASONS; r++)
        if (r != CS_REASON_UNFINISHED)
            cr_expect_gt(*model->meters.by_reason[r], 0, "no request ended for reason %d", r);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* Hits, misses, refreshes and regions drawn by weight. */
static const char edge[] =
    "capsim: 1\nname: edge\nhorizon: { duration: 3h, lead_in: 5m, sample: 1m }\n"
    "replications: 2\nseed: 3\n"
    "zones: { near: { share: 70% }, far: { share: 30% } }\nregions: { one: {}, two: {} }\n"
    "network: { routing: weighted, weights: { one: 60%, two: 40% }, rtt: {\n"
    "  near: { one: 10ms, two: 80ms }, far: { one: 90ms, two: 20ms } } }\n"
    "cdn: { hit_time: { exponential: { mean: 8ms } } }\n"
    "fleets: { f: { memory: 1GB, max_instances: 2, idle_timeout: 2s, queue: { limit: 4 } } }\n"
    "functions: { page: { fleet: f, errors: { 500: 5% }, cache: { ttl: 5s, keys: { count: 400, "
    "zipf: 0.9 }, stale_while_revalidate: 10s }, steps: [ { wait: 50ms } ] } }\n"
    "traffic: { t: { rate: 60/s, mix: { page: 100% } } }\n"
    "prices: { gb_hour: 1, billed: busy }\n";

Test(model_memory, the_warm_edge_allocates_nothing)
{
    struct cs_scenario *scenario = load_or_fail(edge);
    struct cs_model *model = cs_model_new(scenario, 0);

    cr_expect_eq(allocated_between(model, 2 * CS_HOUR, 3 * CS_HOUR), 0);
    cs_model_run(model);
    all_checks_hold(model);
    cr_expect_gt(count_of(model, "cdn_hits_total", NULL), 100000);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* The counting counts. */
Test(model_memory, the_cold_loop_allocates)
{
    struct cs_scenario *scenario = load_or_fail(everything);
    struct cs_model *model = cs_model_new(scenario, 0);

    cr_expect_gt(allocated_between(model, 0, CS_MIN), 10);
    cs_model_free(model);
    cs_scenario_free(scenario);
}
