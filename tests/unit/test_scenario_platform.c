/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include <math.h>

#include "test_scenario.h"

/* The whole format, as far as it is simulated, in one file. */
static const char platform[] =
    "capsim: 1                               # format version\n"
    "name: oriva\n"
    "title: Oriva platform, scaling runbook 1.0.0\n"
    "horizon:\n"
    "  start: 2025-10-06T00:00:00Z\n"
    "  duration: 24h\n"
    "  lead_in: 1h\n"
    "  sample: 10s\n"
    "replications: 40\n"
    "seed: 1\n"
    "load: 1.0\n"
    "zones:\n"
    "  us-east: { share: 45%, utc_offset: -5h }\n"
    "  us-west: { share: 20%, utc_offset: -8h }\n"
    "  europe:  { share: 25%, utc_offset: +1h }\n"
    "  apac:    { share: 10%, utc_offset: +5.5h }\n"
    "regions:\n"
    "  iad1: { max_instances: 100 }\n"
    "  sfo1: { max_instances: 100 }\n"
    "  fra1: { max_instances: 100 }\n"
    "network:\n"
    "  routing: nearest\n"
    "  rtt:\n"
    "    us-east: { iad1: 12ms, sfo1: 65ms, fra1: 95ms }\n"
    "    us-west: { iad1: 62ms, sfo1: 15ms, fra1: 145ms }\n"
    "    europe:  { iad1: 90ms, sfo1: 140ms, fra1: { lognormal: { p50: 15ms, p95: 40ms } } }\n"
    "    apac:    { iad1: 210ms, sfo1: 160ms, fra1: 250ms }\n"
    "    iad1:    { sfo1: 63ms, fra1: 91ms, syd1: 200ms }\n"
    "tiers:\n"
    "  free:       { users: 8000, activity: { zipf: 1.1 } }\n"
    "  premium:    { users: 900,  activity: { zipf: 1.0 } }\n"
    "  enterprise: { users: 100,  activity: { zipf: 0.8 } }\n"
    "rate_limits:\n"
    "  user:\n"
    "    algorithm: sliding_log\n"
    "    scope: instance\n"
    "    retry_after: 0s\n"
    "    limits:\n"
    "      free:       { per_second: 5,   per_minute: 100,  per_hour: 1000 }\n"
    "      premium:    { per_second: 20,  per_minute: 500,  per_hour: 10000 }\n"
    "      enterprise: { per_second: 100, per_minute: 5000, per_hour: 100000 }\n"
    "fleets:\n"
    "  api:\n"
    "    memory: 1024MB\n"
    "    vcpus: auto\n"
    "    cpu_threads: 1\n"
    "    concurrency: 1\n"
    "    cold_start: { lognormal: { p50: 613ms, p95: 800ms } }\n"
    "    idle_timeout: { uniform: { min: 5m, max: 15m } }\n"
    "    min_instances: 0\n"
    "    max_instances: unlimited\n"
    "    reuse: last_used\n"
    "    queue: { limit: 0, timeout: 0s }\n"
    "    cancel_abandoned: false\n"
    "  chat: { like: api, memory: 2048MB, freeze: true, regions: [iad1, sfo1], "
    "pool: { supabase: { max: 30 } } }\n"
    "databases:\n"
    "  supabase:\n"
    "    region: iad1\n"
    "    pool:\n"
    "      max: 20\n"
    "      min: 2\n"
    "      idle_timeout: 30s\n"
    "      connect_timeout: 5s\n"
    "      retries: { max: 3, backoff: { initial: 100ms, factor: 2, max: 2s, jitter: full } }\n"
    "      connect: { lognormal: { p50: 30ms, p95: 80ms } }\n"
    "    gateway:\n"
    "      max_clients: 200\n"
    "      pool_size: 15\n"
    "      mode: transaction\n"
    "      wait_timeout: 60s\n"
    "    server:\n"
    "      max_connections: 60\n"
    "      vcpus: 2\n"
    "      contention: { usl: { alpha: 0.03, beta: 0.0005 } }\n"
    "      statement_timeout: 8s\n"
    "    queries:\n"
    "      point:  { lognormal: { p50: 4ms, p95: 15ms } }\n"
    "      write:  { lognormal: { p50: 8ms, p95: 25ms } }\n"
    "      search: { lognormal: { p50: 90ms, p95: 300ms } }\n"
    "dependencies:\n"
    "  openai:\n"
    "    first_byte: { lognormal: { p50: 1.8s, p95: 3s } }\n"
    "    tokens: { lognormal: { p50: 129, p95: 451 } }\n"
    "    tokens_per_second: 63\n"
    "    error_rate: 0.5%\n"
    "    timeout: 25s\n"
    "    max_concurrency: 500\n"
    "    fallback: none\n"
    "  anthropic: { like: openai, fallback: none }\n"
    "functions:\n"
    "  health:\n"
    "    fleet: api\n"
    "    max_duration: 10s\n"
    "    steps: [ { query: point } ]\n"
    "  profile:\n"
    "    fleet: api\n"
    "    max_duration: 10s\n"
    "    errors: { 404: 2%, 500: 0.01% }\n"
    "    steps: [ { limit: user }, { cpu: 3ms }, { query: supabase.point, count: 3 } ]\n"
    "  chat:\n"
    "    fleet: chat\n"
    "    max_duration: 30s\n"
    "    steps:\n"
    "      - limit: user\n"
    "      - cpu: { lognormal: { p50: 6ms, p95: 15ms } }\n"
    "      - { query: point, count: 10 }\n"
    "      - { call: openai, stream: true }\n"
    "      - respond\n"
    "      - { query: write, count: 2 }\n"
    "traffic:\n"
    "  weekday:\n"
    "    rate: 12/s\n"
    "    daily:  [0.35, 0.30, 0.3, 0.3, 0.3, 0.4, 0.6, 0.9, 1.2, 1.5, 1.6, 1.6, 1.5, "
    "1.5, 1.5, 1.5, 1.4, 1.3, 1.2, 1.1, 1, 0.9, 0.7, 0.5]\n"
    "    weekly: [1, 1.02, 1.05, 1.03, 1, 0.7, 0.65]\n"
    "    mix: { chat: 40%, profile: 55%, health: 5% }\n"
    "    tiers: { free: 80%, premium: 17%, enterprise: 3% }\n"
    "clients:\n"
    "  patience: 60s\n"
    "slos:\n"
    "  availability: { target: \"success >= 99.9%\", window: 30d }\n"
    "  latency_p95:  { target: \"p(95) < 1000ms\",   window: 24h, of: { fleet: api } }\n"
    "  latency_p99:  { target: \"p(99) < 3000ms\",   window: 24h, of: { fleet: api } }\n"
    "  error_rate:   { target: \"errors < 1%\",      window: 24h, attain: 90% }\n"
    "  database:     { target: \"database_up >= 99.95%\", window: 30d, "
    "of: { database: supabase } }\n"
    "  chat_answer:  { target: \"first_byte p(95) < 4s\", window: 24h, "
    "of: { function: chat } }\n"
    "  all_p95:      { target: \"p(95) < 1000ms\",   window: 24h, gate: false }\n"
    "  quick:        { target: \"under 300ms >= 99%\", window: 24h, "
    "of: { function: profile } }\n";

static struct loaded loaded;

static void setup(void)
{
    loaded = load_text(platform);
    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
}

static void teardown(void)
{
    loaded_release(&loaded);
}

TestSuite(scenario_platform, .init = setup, .fini = teardown, .timeout = 30);

Test(scenario_platform, horizon)
{
    const struct cs_horizon *h = &loaded.scenario->horizon;

    cr_expect_eq(h->start_unix_s, 1759708800); /* date -u -d 2025-10-06 +%s */
    cr_expect_eq(h->duration, CS_DAY);
    cr_expect_eq(h->lead_in, CS_HOUR);
    cr_expect_eq(h->sample, 10 * CS_S);
    cr_expect_eq(loaded.scenario->replications, 40);
}

Test(scenario_platform, places)
{
    const struct cs_scenario *s = loaded.scenario;

    cr_assert_eq(s->n_zones, 4);
    cr_assert_eq(s->n_regions, 3);
    cr_expect_eq(s->zone[0].utc_offset, -5 * CS_HOUR);
    cr_expect_eq(s->zone[3].utc_offset, 330 * CS_MIN);
    cr_expect_float_eq(s->zone[0].share, 0.45, 1e-15);
    cr_expect_eq(s->region[1].max_instances, 100);
    cr_expect_float_eq(cs_dist_mean(s->zone_rtt[1 * 3 + 2]), 0.145, 1e-15);
    cr_expect_eq(s->zone_rtt[2 * 3 + 2]->kind, CS_DIST_LOGNORMAL);
    cr_expect_float_eq(cs_dist_mean(s->region_rtt[2 * 3 + 0]), 0.091, 1e-15, "symmetric");
    cr_expect_null(s->region_rtt[0]);
}

Test(scenario_platform, limits_by_tier)
{
    const struct cs_scenario *s = loaded.scenario;

    cr_assert_eq(s->n_tiers, 3);
    cr_expect_eq(s->tier[2].first_user, 8900);
    cr_expect_eq(s->tier[0].activity.n, 8000);
    cr_expect_float_eq(s->tier[0].zipf_exponent, 1.1, 1e-15);
    cr_assert_eq(s->limiter[0].tier[1].n, 3);
    cr_expect_eq(s->limiter[0].tier[1].limit[1].count, 500);
    cr_expect_eq(s->limiter[0].tier[1].limit[2].window, CS_HOUR);
    cr_expect_eq(s->limiter[0].algorithm, CS_LIMIT_SLIDING_LOG);
    cr_expect_eq(s->limiter[0].retry, CS_RETRY_AFTER_TIME);
    cr_expect_null(s->limiter[0].shadow);
}

Test(scenario_platform, fleets_and_like)
{
    const struct cs_fleet *api = &loaded.scenario->fleet[0], *chat = &loaded.scenario->fleet[1];

    cr_expect_float_eq(api->vcpus, 1024.0 / 1769.0, 1e-12);
    cr_expect_float_eq(chat->vcpus, 2048.0 / 1769.0, 1e-12);
    cr_expect_eq(api->max_instances, CS_UNLIMITED);
    cr_expect_eq(api->queue_limit, 0);
    cr_expect_not(api->freeze);
    cr_expect(chat->freeze);
    cr_expect_float_eq(cs_dist_quantile(chat->cold_start, 0.95), 0.8, 1e-9, "from api");
    cr_expect(chat->in_region[0] && chat->in_region[1] && !chat->in_region[2]);
    cr_expect(api->in_region[2]);
    cr_expect_eq(api->pool[0].max, 20);
    cr_expect_eq(chat->pool[0].max, 30, "its own");
    cr_expect_eq(chat->pool[0].min, 2, "the database's");
    cr_expect_eq(chat->pool[0].connect_timeout, 5 * CS_S);
}

Test(scenario_platform, database)
{
    const struct cs_database *db = &loaded.scenario->database[0];

    cr_expect_eq(db->region, 0);
    cr_expect_eq(db->pool.retries.max, 3);
    cr_expect_eq(db->pool.retries.backoff.initial, 100 * CS_MS);
    cr_expect(db->pool.retries.backoff.full_jitter);
    cr_expect_eq(db->pool.connect_round_trips, 6);
    cr_expect_eq(db->gateway.pool_size, 15);
    cr_expect_eq(db->gateway.mode, CS_GATEWAY_TRANSACTION);
    cr_expect_eq(db->server.statement_timeout, 8 * CS_S);
    cr_expect_float_eq(db->server.usl_beta, 0.0005, 1e-18);
    cr_expect_eq(db->n_queries, 3);
    cr_expect_float_eq(cs_dist_quantile(db->query[1].time, 0.5), 0.008, 1e-12);
}

Test(scenario_platform, steps)
{
    const struct cs_function *chat = &loaded.scenario->function[2];
    const struct cs_function *profile = &loaded.scenario->function[1];

    cr_assert_eq(chat->n_steps, 6);
    cr_expect_eq(chat->fleet, 1);
    cr_expect_eq(chat->max_duration, 30 * CS_S);
    cr_expect_eq(chat->step[0].kind, CS_STEP_LIMIT);
    cr_expect_eq(chat->step[2].count, 10);
    cr_expect_eq(chat->step[3].kind, CS_STEP_CALL);
    cr_expect(chat->step[3].stream);
    cr_expect_eq(chat->step[4].kind, CS_STEP_RESPOND);
    cr_expect_eq(chat->step[5].query, 1);
    cr_assert_eq(profile->n_outcomes, 2);
    cr_expect_eq(profile->outcome[0].code, 404);
    cr_expect_float_eq(profile->outcome[1].probability, 0.0001, 1e-18);
}

Test(scenario_platform, traffic_is_scaled_to_mean_one)
{
    const struct cs_source *source = &loaded.scenario->source[0];
    double day = 0, week = 0;

    for (int i = 0; i < 24; i++)
        day += source->daily[i] / 24;
    for (int i = 0; i < 7; i++)
        week += source->weekly[i] / 7;
    cr_expect_float_eq(day, 1, 1e-12);
    cr_expect_float_eq(week, 1, 1e-12);
    cr_expect_float_eq(source->daily[1] / source->daily[0], 0.30 / 0.35, 1e-12);
    cr_assert_eq(source->n_mix, 3);
    /* By name: chat 40 %, health 5 %, profile 55 %. */
    cr_expect_eq(source->mix[1].index, 0);
    cr_expect_float_eq(source->mix[1].cumulative, 0.45, 1e-12);
    cr_expect_eq(source->mix[2].cumulative, 1.0);
    cr_expect_eq(source->n_tiers, 3);
}

Test(scenario_platform, objectives)
{
    const struct cs_slo *slo = loaded.scenario->slo;

    cr_assert_eq(loaded.scenario->n_slos, 8);
    cr_expect_eq(slo[0].measure, CS_MEASURE_SUCCESS);
    cr_expect_eq(slo[0].compare, CS_GE);
    cr_expect_float_eq(slo[0].threshold, 0.999, 1e-15);
    cr_expect_eq(slo[0].window, 30 * CS_DAY);
    cr_expect_float_eq(slo[0].attain, 0.9, 1e-15);
    cr_expect_float_eq(slo[1].quantile, 0.95, 1e-15);
    cr_expect_float_eq(slo[1].threshold, 1, 1e-15);
    cr_expect_eq(slo[1].of, CS_OF_FLEET);
    cr_expect_eq(slo[4].of_index, 0);
    cr_expect_eq(slo[5].latency, CS_LATENCY_FIRST_BYTE);
    cr_expect_not(slo[6].gate);
    cr_expect_eq(slo[7].measure, CS_MEASURE_UNDER);
    cr_expect_eq(slo[7].under, 300 * CS_MS);
    cr_expect_str_eq(slo[7].target, "under 300ms >= 99%");
}

static bool has_line(const char **line, size_t n, const char *part)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(line[i], part) != NULL)
            return true;
    return false;
}

Test(scenario_platform, warnings_and_description)
{
    struct cs_arena *arena = cs_arena_new();
    const char **line = NULL;
    char *text = NULL;
    size_t size = 0, n = cs_scenario_warnings(loaded.scenario, arena, &line);

    cr_expect(has_line(line, n, "can never queue"));
    cr_expect(has_line(line, n, "all_p95 (p(95) < 1000ms): missed even at zero load"));
    cr_expect_not(has_line(line, n, "quick (under"));
    cr_expect_not(has_line(line, n, "latency_p95 (p(95) < 1000ms): missed"));
    FILE *out = open_memstream(&text, &size);
    cs_scenario_describe(loaded.scenario, out);
    fclose(out);
    /* 40 times 25 h of the shape, summed in steps of 10 s elsewhere: 44,086,924.04. */
    cr_expect_not_null(strstr(text, "44,086,924 requests"), "%s", text);
    free(text);
    cs_arena_free(arena);
}

/* A count of ten digits had its first four in one group. */
Test(scenario_platform, a_great_count_is_rounded)
{
    struct loaded more = load_set(platform, "replications=1000");
    char *text = NULL;
    size_t size = 0;

    cr_assert_not_null(more.scenario, "%s", more.said);
    FILE *out = open_memstream(&text, &size);
    cs_scenario_describe(more.scenario, out);
    fclose(out);
    cr_expect_not_null(strstr(text, "1.1e+09 requests"), "%s", text);
    free(text);
    loaded_release(&more);
}
