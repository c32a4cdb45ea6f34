/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every setting that may change in flight, twice: set at the very start it is the same
 * as in the file, to the last bit of every metric; set half way it makes a difference.
 * Catches settings that are read once and kept, that reach nobody, or lack their rows.
 */
#include <math.h>

#include "model_fixture.h"

#define HEAD                                                                         \
    "capsim: 1\nname: all\nhorizon: { duration: 60s, lead_in: 0s, sample: 1s }\n"    \
    "replications: 2\nseed: 3\n"                                                     \
    "zones: { near: { share: 60% }, far: { share: 40%, utc_offset: 1h } }\n"         \
    "regions: { one: { max_instances: 30 }, two: { max_instances: 30 } }\n"          \
    "tiers: { a: { users: 60 }, b: { users: 60 } }\n"                                \
    "network: { rtt: { near: { one: 10ms, two: 40ms }, far: { one: 60ms, two: 20ms " \
    "},\n  one: { two: 30ms } } }\n"

static const char rich[] = HEAD
    "rate_limits:\n"
    "  log: { scope: region, retry_after: 300ms, limits: { a: { per_second: 2, per_minute: 40 "
    "} } }\n"
    "  bucket: { algorithm: token_bucket, scope: global, retry_after: window, limits: { b: { "
    "rate: 1/s, burst: 3 } } }\n"
    "databases:\n"
    "  d: { region: one, pool: { max: 3, min: 1, idle_timeout: 200ms, connect_timeout: 150ms, "
    "connect_round_trips: 1,\n"
    "    connect: { exponential: { mean: 20ms } }, retries: { max: 1, backoff: { initial: "
    "20ms, jitter: full } } },\n"
    "    gateway: { max_clients: 9, pool_size: 4, wait_timeout: 100ms },\n"
    "    server: { max_connections: 50, vcpus: 2, contention: { usl: { alpha: 0.05, beta: "
    "0.001 } }, statement_timeout: 300ms,\n"
    "      failures: { every: { exponential: { mean: 20s } }, repair: { exponential: { mean: "
    "500ms } } } },\n"
    "    queries: { q: { exponential: { mean: 40ms } } } }\n"
    "dependencies:\n"
    "  x: { first_byte: { exponential: { mean: 100ms } }, tokens: { exponential: { mean: 20 } "
    "}, tokens_per_second: 200,\n"
    "    error_rate: 20%, timeout: 400ms, max_concurrency: 6, rate_limit: 25/s,\n"
    "    retries: { max: 1, backoff: { initial: 30ms, factor: 2, max: 1s, jitter: full } },\n"
    "    circuit_breaker: { failures: 2, open: 400ms, probes: 1, scope: region }, fallback: y "
    "}\n"
    "  y: { latency: { exponential: { mean: 80ms } }, error_rate: 10% }\n"
    "fleets:\n"
    "  f: { memory: 1024MB, vcpus: 1, cpu_threads: 1, concurrency: 3, cold_start: { "
    "exponential: { mean: 200ms } },\n"
    "    idle_timeout: { exponential: { mean: 2s } }, max_instances: 12, reuse: last_used,\n"
    "    queue: { limit: 10, timeout: { exponential: { mean: 300ms } } }, start_burst: { rate: "
    "2/s, burst: 4 },\n"
    "    scale_out: [ { when: cpu > 30%, for: 5s, add: 1, cooldown: 5s } ],\n"
    "    memory_use: { base: 100MB, per_request: 300MB, per_connection: 10MB } }\n"
    "  g: { memory: 512MB, cold_start: 50ms, idle_timeout: 3s, max_instances: 5, queue: { "
    "limit: 5 } }\n"
    "cdn: { hit_time: 5ms }\n"
    "functions:\n"
    "  page: { fleet: g, max_duration: 200ms, cache: { ttl: 2s, keys: 5, "
    "stale_while_revalidate: 500ms }, errors: { 500: 2% }, steps: [ { wait: { exponential: { "
    "mean: 60ms } } } ] }\n"
    "  chat: { fleet: f, max_duration: 900ms, errors: { 404: 3% }, steps: [ { limit: log }, { "
    "limit: bucket }, { cpu: { exponential: { mean: 20ms } } }, { query: q, count: 2 }, { "
    "call: "
    "x, stream: true }, { query: q } ] }\n"
    "traffic:\n"
    "  t: { rate: 70/s, mix: { chat: 80%, page: 20% }, tiers: { a: 50%, b: 50% }, burst: { "
    "factor: 2, high: 5s, low: 5s } }\n"
    "  u: { rate: 20/s, mix: { page: 100% }, tiers: none }\n"
    "  v: { profile: { points: [ [0s, 5/s], [60s, 10/s] ] }, mix: { chat: 100% }, tiers: { a: "
    "100% } }\n"
    "clients: { patience: { exponential: { mean: 700ms } }, retry: { codes: [429, 500, 502, "
    "503, gave_up], max: 1, backoff: { initial: 200ms, jitter: full } } }\n";

/* Nothing is limited, queues or ends: what comes into being does so in flight. */
static const char plain[] = HEAD
    "rate_limits: { log: { limits: { a: { per_hour: 100000 } } } }\n"
    "databases: { d: { region: one, queries: { q: { exponential: { mean: 40ms } } } } }\n"
    "dependencies: { x: { first_byte: { exponential: { mean: 100ms } }, error_rate: 20% }, "
    "y: { "
    "latency: 80ms } }\n"
    "fleets:\n"
    "  f: { concurrency: 3, idle_timeout: 300ms, queue: {} }\n  g: { queue: {} }\n"
    "functions:\n"
    "  page: { fleet: g, steps: [ { wait: { exponential: { mean: 60ms } } } ] }\n"
    "  chat: { fleet: f, steps: [ { limit: log }, { cpu: { exponential: { mean: 20ms } } }, { "
    "query: q, count: 2 }, { call: x } ] }\n"
    "traffic: { t: { burst: { factor: 3, high: 3s, low: 5s }, rate: 20/s, mix: { chat: 80%, "
    "page: 20% }, tiers: { a: 50%, b: 50% } } }\n";

static const struct setting {
    const char *base, *path, *value;
} setting[] = {
    {rich, "load", "1.5"},
    {rich, "regions.one.max_instances", "4"},
    {rich, "network.routing", "failover"},
    {rich, "network.rtt.near.one", "35ms"},
    {rich, "network.rtt.one.two", "90ms"},
    {rich, "rate_limits.log.retry_after", "window"},
    {rich, "rate_limits.log.limits.a.per_second", "1"},
    {rich, "rate_limits.log.limits.a.per_minute", "20"},
    {rich, "rate_limits.log.limits.a.per_hour", "45"},
    {rich, "rate_limits.log.limits.b", "{ per_second: 1 }"},
    {rich, "rate_limits.bucket.limits.b.rate", "2/s"},
    {rich, "rate_limits.bucket.limits.b.burst", "1"},
    {rich, "rate_limits.bucket.limits.a", "{ rate: 1/s, burst: 2 }"},
    {rich, "databases.d.pool.max", "1"},
    {rich, "databases.d.pool.min", "3"},
    {rich, "databases.d.pool.idle_timeout", "50ms"},
    {rich, "databases.d.pool.connect_timeout", "40ms"},
    {rich, "databases.d.pool.connect_round_trips", "4"},
    {rich, "databases.d.pool.connect", "60ms"},
    {rich, "databases.d.pool.retries.max", "3"},
    {rich, "databases.d.pool.retries.backoff.initial", "60ms"},
    {rich, "databases.d.pool.retries.backoff.factor", "5"},
    {rich, "databases.d.pool.retries.backoff.max", "5ms"},
    {rich, "databases.d.pool.retries.backoff.jitter", "none"},
    {rich, "databases.d.gateway.max_clients", "5"},
    {rich, "databases.d.gateway.pool_size", "2"},
    {rich, "databases.d.gateway.wait_timeout", "20ms"},
    {rich, "databases.d.gateway.drop_abandoned", "true"},
    {rich, "databases.d.server.max_connections", "3"},
    {rich, "databases.d.server.vcpus", "1"},
    {rich, "databases.d.server.contention.usl.alpha", "0.4"},
    {rich, "databases.d.server.contention.usl.beta", "0.1"},
    {rich, "databases.d.server.statement_timeout", "60ms"},
    {rich, "databases.d.server.failures.repair", "3s"},
    {rich, "databases.d.queries.q", "20ms"},
    {rich, "dependencies.x.first_byte", "150ms"},
    {rich, "dependencies.x.tokens", "30"},
    {rich, "dependencies.x.tokens_per_second", "80"},
    {rich, "dependencies.x.error_rate", "60%"},
    {rich, "dependencies.x.timeout", "200ms"},
    {rich, "dependencies.x.max_concurrency", "2"},
    {rich, "dependencies.x.rate_limit", "6/s"},
    {rich, "dependencies.x.retries.max", "0"},
    {rich, "dependencies.x.retries.backoff.initial", "90ms"},
    {rich, "dependencies.x.retries.backoff.max", "2ms"},
    {rich, "dependencies.x.retries.backoff.jitter", "none"},
    {rich, "dependencies.x.circuit_breaker.failures", "1"},
    {rich, "dependencies.x.circuit_breaker.open", "2s"},
    {rich, "dependencies.x.circuit_breaker.probes", "5"},
    {rich, "dependencies.x.circuit_breaker.scope", "global"},
    {rich, "dependencies.x.fallback", "none"},
    {rich, "dependencies.y.latency", "200ms"},
    {rich, "fleets.f.memory", "2048MB"},
    {rich, "fleets.f.vcpus", "0.3"},
    {rich, "fleets.f.cpu_threads", "0.4"},
    {rich, "fleets.f.concurrency", "2"},
    {rich, "fleets.f.cold_start", "900ms"},
    {rich, "fleets.f.idle_timeout", "300ms"},
    {rich, "fleets.f.idle_timeout", "unlimited"},
    {rich, "fleets.f.max_instances", "3"},
    {rich, "fleets.f.reuse", "longest_idle"},
    {rich, "fleets.f.queue.limit", "2"},
    {rich, "fleets.f.queue.timeout", "20ms"},
    {rich, "fleets.f.cancel_abandoned", "true"},
    {rich, "fleets.f.freeze", "true"},
    {rich, "fleets.f.pool", "{ d: { max: 1 } }"},
    {rich, "fleets.f.start_burst.rate", "0.2/s"},
    {rich, "fleets.f.start_burst.burst", "1"},
    {rich, "fleets.f.scale_out",
     "[ { when: cpu > 5%, for: 5s, add: 2 }, { when: memory > 90%, for: 9s } ]"},
    {rich, "fleets.f.memory_use.base", "500MB"},
    {rich, "fleets.f.memory_use.per_request", "400MB"},
    {rich, "fleets.f.memory_use.per_connection", "90MB"},
    {rich, "cdn.hit_time", "15ms"},
    {rich, "functions.page.max_duration", "50ms"},
    {rich, "functions.chat.max_duration", "unlimited"},
    {rich, "functions.page.errors", "{ 500: 30% }"},
    {rich, "functions.page.cache.ttl", "300ms"},
    {rich, "functions.page.cache.stale_while_revalidate", "3s"},
    {rich, "traffic.t.mix", "{ chat: 20%, page: 80% }"},
    {rich, "traffic.t.tiers", "{ a: 80%, b: 20% }"},
    {rich, "traffic.u.tiers", "{ b: 100% }"},
    {rich, "clients.patience", "300ms"},
    {rich, "clients.patience", "unlimited"},
    {rich, "clients.retry.codes", "[503]"},
    {rich, "clients.retry.max", "3"},
    {rich, "clients.retry.backoff.initial", "20ms"},
    {rich, "clients.retry.backoff.max", "2ms"},
    {rich, "clients.retry.backoff.jitter", "none"},
    {rich, "clients.retry.honour_retry_after", "false"},
    /* what was not there before */
    {plain, "rate_limits.log.limits.b", "{ per_second: 1 }"},
    {plain, "databases.d.pool", "{ max: 1, connect: 30ms, connect_timeout: 60ms }"},
    {plain, "databases.d.gateway", "{ max_clients: 3, pool_size: 1 }"},
    {plain, "databases.d.server", "{ vcpus: 1, statement_timeout: 90ms }"},
    {plain, "databases.d.server.contention.usl.beta", "0.002"},
    {plain, "databases.d.server.max_connections", "2"},
    {plain, "databases.d.server.failures", "{ every: 9s, repair: 2s }"},
    {plain, "dependencies.x", "{ tokens: 30, tokens_per_second: 200 }"},
    {plain, "dependencies.x.timeout", "100ms"},
    {plain, "dependencies.x.max_concurrency", "2"},
    {plain, "dependencies.x.rate_limit", "9/s"},
    {plain, "dependencies.x.retries.max", "2"},
    {plain, "dependencies.x.circuit_breaker", "{ failures: 2, open: 1s, scope: global }"},
    {plain, "dependencies.x.fallback", "y"},
    {plain, "fleets.f.vcpus", "0.5"},
    {plain, "fleets.f.memory", "512MB"},
    {plain, "fleets.f.cold_start", "300ms"},
    {plain, "fleets.f.max_instances", "3"},
    {plain, "fleets.f", "{ max_instances: 3, queue: { limit: 0 } }"},
    {plain, "fleets.f.start_burst", "{ rate: 1/s, burst: 2 }"},
    {plain, "fleets.f.scale_out", "[ { when: slots > 5%, for: 5s, add: 2 } ]"},
    {plain, "fleets.f", "{ memory: 1GB, memory_use: { base: 500MB, per_request: 250MB } }"},
    {plain, "functions.page.max_duration", "60ms"},
    {plain, "functions.page.errors", "{ 503: 20% }"},
    {plain, "clients.patience", "150ms"},
    {plain, "clients.patience", "{ exponential: { mean: 200ms } }"},
    {plain, "clients.retry", "{ codes: [500, 502], max: 2 }"},
};

/* Set at the start these draw or start anew, so that it is only nearly the same. */
static const struct setting lucky[] = {
    {rich, "databases.d.server.failures.every", "5s"},
    {rich, "fleets.f.min_instances", "6"},
    {plain, "fleets.f.min_instances", "9"},
    {rich, "traffic.t.rate", "90/s"},
    {plain, "traffic.t.rate", "90/s"},
    {rich, "traffic.t.daily", "[1,2,3,4,1,2,3,4,1,2,3,4,1,2,3,4,1,2,3,4,1,2,3,4]"},
    {plain, "traffic.t.daily", "[1,2,3,4,1,2,3,4,1,2,3,4,1,2,3,4,1,2,3,4,1,2,3,4]"},
    {rich, "traffic.t.weekly", "[2, 1, 1, 1, 1, 1, 1]"},
    {plain, "traffic.t.weekly", "[2, 1, 1, 1, 1, 1, 1]"},
    {rich, "traffic.t.calendar", "{ 2024-01-01: 2 }"},
    {plain, "traffic.t.calendar", "{ 2024-01-01: 2 }"},
    {rich, "traffic.v.profile.points", "[ [0s, 20/s] ]"},
    {rich, "traffic.v.profile.join", "step"},
    {rich, "traffic.v.profile.repeat", "70s"},
    {plain, "traffic.t.day_factor", "{ gamma: { mean: 1, cv: 0.8 } }"},
};

/* The base, with PATH: VALUE in the file (at < 0), or set at `at` seconds. */
static struct cs_model *run(const struct setting *s, double at, struct cs_scenario **scenario)
{
    static char text[16384], option[1024], path[32];
    const char *set[] = {option};
    struct cs_load_options options = {.path = path, .set = set, .n_sets = at < 0.0};
    struct cs_diagnostics *diag = cs_diagnostics_new();

    strcpy(path, "/tmp/capsim-model-XXXXXX");
    snprintf(option, sizeof option, "%s=%s", s->path, s->value);
    if (at < 0.0)
        snprintf(text, sizeof text, "%s", s->base);
    else
        snprintf(text, sizeof text, "%sevents: [ { at: %gs, set: { %s: %s } } ]\n", s->base, at,
                 s->path, s->value);
    int fd = mkstemp(path);

    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    *scenario = cs_scenario_load(&options, diag);
    unlink(path);
    if (*scenario == NULL)
        cs_diagnostics_print(diag, stderr);
    cs_diagnostics_free(diag);
    cr_assert(*scenario != NULL, "%s: %s", s->path, s->value);
    struct cs_model *model = cs_model_new(*scenario, 0);

    cs_model_run(model);
    all_checks_hold(model);
    return model;
}

static bool same_labels(const struct cs_metric *a, const struct cs_metric *b)
{
    for (int k = 0; k < CS_MAX_LABELS; k++) {
        const struct cs_label *x = &a->labels.label[k], *y = &b->labels.label[k];

        if ((x->key == NULL) != (y->key == NULL) ||
            (x->key != NULL &&
             (strcmp(x->key, y->key) != 0 || strcmp(x->value, y->value) != 0)))
            return false;
    }
    return true;
}

static const struct cs_metric *twin(const struct cs_model *model, const struct cs_metric *of)
{
    const struct cs_registry *registry = cs_model_registry(model);

    for (size_t i = 0; i < cs_registry_metrics(registry); i++) {
        const struct cs_metric *metric = cs_registry_metric(registry, i);

        if (metric->stats == of->stats && strcmp(metric->name, of->name) == 0 &&
            same_labels(metric, of))
            return metric;
    }
    return NULL;
}

/* Figures of `a` that `b` has not, or has otherwise. */
static uint32_t differing(const struct cs_model *a, const struct cs_model *b, const char **name)
{
    const struct cs_registry *registry = cs_model_registry(a);
    uint32_t n = 0;

    for (size_t i = 0; i < cs_registry_metrics(registry); i++) {
        const struct cs_metric *x = cs_registry_metric(registry, i), *y = twin(b, x);
        bool differs = y == NULL;

        for (int s = 0; s < CS_STATS && !differs; s++) {
            if ((x->stats & CS_STAT_BIT(s)) == 0)
                continue;
            double v = cs_metric_value(registry, x, (enum cs_stat)s);
            double w = cs_metric_value(cs_model_registry(b), y, (enum cs_stat)s);

            differs = isnan(v) != isnan(w) || v < w || v > w;
        }
        if (differs && n++ == 0)
            *name = x->name;
    }
    return n;
}

struct runs {
    struct cs_model *in_file, *at_start, *half_way, *never;
    struct cs_scenario *scenario[4];
};

static void open_runs(struct runs *runs, const struct setting *s)
{
    const struct setting none = {s->base, "seed", "3"};

    runs->in_file = run(s, -1.0, &runs->scenario[0]);
    runs->at_start = run(s, 0.0, &runs->scenario[1]);
    runs->half_way = run(s, 30.0, &runs->scenario[2]);
    runs->never = run(&none, -1.0, &runs->scenario[3]);
}

static void close_runs(struct runs *runs)
{
    cs_model_free(runs->in_file);
    cs_model_free(runs->at_start);
    cs_model_free(runs->half_way);
    cs_model_free(runs->never);
    for (int k = 0; k < 4; k++)
        cs_scenario_free(runs->scenario[k]);
}

Test(set, of_anything_is_the_same_at_the_start_and_tells_half_way, .timeout = 600)
{
    for (size_t i = 0; i < sizeof setting / sizeof setting[0]; i++) {
        const struct setting *s = &setting[i];
        const char *name = "";
        struct runs runs;

        open_runs(&runs, s);
        uint32_t n = differing(runs.in_file, runs.at_start, &name);

        cr_expect_eq(n, 0, "%s: %s: %u rows at the start, first %s", s->path, s->value, n,
                     name);
        cr_expect_gt(differing(runs.never, runs.half_way, &name), 0, "%s: %s", s->path,
                     s->value);
        close_runs(&runs);
    }
}

/* Poisson counts of both, at 4.5 sigma (twice their variance, for bursts). */
Test(set, of_what_has_luck_of_its_own_is_nearly_the_same, .timeout = 600)
{
    for (size_t i = 0; i < sizeof lucky / sizeof lucky[0]; i++) {
        const struct setting *s = &lucky[i];
        const char *name = "";
        struct runs runs;

        open_runs(&runs, s);
        double a = (double)count_of(runs.in_file, "user_requests_total", NULL);
        double b = (double)count_of(runs.at_start, "user_requests_total", NULL);

        cr_expect(fabs(a - b) < 4.5 * sqrt(2.0 * (a + b)), "%s: %g and %g", s->path, a, b);
        cr_expect_gt(differing(runs.never, runs.half_way, &name), 0, "%s: %s", s->path,
                     s->value);
        close_runs(&runs);
    }
}
