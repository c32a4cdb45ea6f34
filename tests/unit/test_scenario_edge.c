/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The edge, routing and prices: what is bound, hashed and estimated. */
#include <criterion/criterion.h>

#include <math.h>

#include "capsim/theory.h"
#include "scenario/validate.h"
#include "scenario/zero_load.h"
#include "test_scenario.h"

#define PLACES                                            \
    "zones: { us: { share: 75% }, eu: { share: 25% } }\n" \
    "regions: { iad1: {}, sfo1: {}, fra1: {} }\n"
#define RTT                                                \
    "rtt: { us: { iad1: 10ms, sfo1: 20ms, fra1: 90ms },\n" \
    "  eu: { iad1: 80ms, sfo1: 150ms, fra1: 5ms } }"
#define CACHE \
    "cache: { ttl: 30s, keys: { count: 1000, zipf: 0.9 }, stale_while_revalidate: 60s }"
#define PLATFORM(network, cache, prices)                                                    \
    TEST_SMALL_HEAD PLACES                                                                  \
        "network: { " network RTT " }\n"                                                    \
        "cdn: { hit_time: 8ms }\n"                                                          \
        "tiers: { free: { users: 10 } }\n"                                                  \
        "rate_limits: { user: { algorithm: sliding_log, scope: global,\n"                   \
        "  limits: { free: { per_second: 5 } } } }\n"                                       \
        "databases: { supabase: { queries: { point: 4ms } },\n"                             \
        "  other: { queries: { z: 1ms } } }\n"                                              \
        "fleets: { f: { memory: 1024MB }, g: { memory: 1024MB, regions: [sfo1, fra1] } }\n" \
        "functions:\n"                                                                      \
        "  page: { fleet: f, " cache " steps: [ { wait: 100ms } ] }\n"                      \
        "  own: { fleet: g, cache: { ttl: 10s },\n"                                         \
        "    steps: [ { limit: user }, { wait: 100ms } ] }\n"                               \
        "traffic:\n"                                                                        \
        "  users: { rate: 3/s, mix: { page: 50%, own: 50% } }\n"                            \
        "  bots: { rate: 1/s, mix: { page: 50%, own: 50% }, tiers: none }\n" prices

static void load(struct loaded *loaded, const char *text)
{
    *loaded = load_text(text);
    cr_assert_not_null(loaded->scenario, "%s", loaded->said);
}

Test(scenario_edge, a_cache_and_its_defaults)
{
    struct loaded loaded;

    load(&loaded, PLATFORM("", CACHE ",", ""));
    const struct cs_scenario *s = loaded.scenario;
    const struct cs_cache *page = &s->function[0].cache, *own = &s->function[1].cache;

    cr_expect_float_eq(cs_dist_mean(s->cdn.hit_time), 0.008, 1e-15);
    cr_expect(page->exists && own->exists);
    cr_expect_eq(page->ttl, 30 * CS_S);
    cr_expect_eq(page->stale_while_revalidate, CS_MIN);
    cr_expect_eq(page->keys, 1000);
    cr_expect_eq(page->popularity.n, 1000);
    cr_expect_float_eq(page->zipf_exponent, 0.9, 1e-15);
    cr_expect_eq(own->keys, 1);
    cr_expect_eq(own->stale_while_revalidate, 0);
    loaded_release(&loaded);
    load(&loaded, PLATFORM("", "", ""));
    cr_expect_not(loaded.scenario->function[0].cache.exists);
    loaded_release(&loaded);
}

/* Only what bots ask for, a quarter, may be answered at the edge: the others are users. */
Test(scenario_edge, what_the_edge_is_expected_to_answer)
{
    struct loaded loaded;

    load(&loaded, PLATFORM("", "cache: { ttl: 2s, stale_while_revalidate: 1s },", ""));
    const struct cs_cache *page = &loaded.scenario->function[0].cache;
    const struct cs_cache *own = &loaded.scenario->function[1].cache;
    double stale =
        0.75 * cs_theory_ttl_hits(0.375, 2, 1) + 0.25 * cs_theory_ttl_hits(0.125, 2, 1);
    double fresh =
        0.75 * cs_theory_ttl_hits(0.375, 2, 0) + 0.25 * cs_theory_ttl_hits(0.125, 2, 0);
    double bots =
        0.75 * cs_theory_ttl_hits(0.375, 10, 0) + 0.25 * cs_theory_ttl_hits(0.125, 10, 0);

    cr_expect_float_eq(page->hit_share, stale / 4, 1e-12);
    cr_expect_float_eq(page->origin_share, 1 - fresh / 4, 1e-12);
    cr_expect_float_eq(own->hit_share, bots / 4, 1e-12);
    cr_expect_float_eq(own->origin_share, 1 - bots / 4, 1e-12);
    cr_expect_float_eq(cs_work_rate(loaded.scenario, 0), 2.0, 1e-12);
    cr_expect_float_eq(cs_work_invocations(loaded.scenario, 0), 2.0 * page->origin_share,
                       1e-12);
    double mean_s, erlang = cs_work_load(loaded.scenario, 0, &mean_s);

    cr_expect_float_eq(erlang, 0.1 * 2.0 * page->origin_share, 1e-12);
    loaded_release(&loaded);
}

Test(scenario_edge, the_lead_in_fills_the_edge)
{
    struct loaded loaded =
        load_text("capsim: 1\nname: x\nhorizon: { duration: 2h }\nfleets: { f: {} }\n"
                  "functions: { p: { fleet: f, cache: { ttl: 777s }, steps: [] } }\n"
                  "traffic: { t: { rate: 1/s, mix: { p: 100% } } }\n");

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(loaded.scenario->horizon.lead_in, 777 * CS_S);
    loaded_release(&loaded);
}

/* ---- routing ---- */

Test(scenario_edge, nearest_is_the_default)
{
    struct loaded loaded;

    load(&loaded, PLATFORM("", "", ""));
    cr_expect_eq(loaded.scenario->routing, CS_ROUTING_NEAREST);
    cr_expect_eq(cs_work_region(loaded.scenario, 0, 0), 0);
    cr_expect_eq(cs_work_region(loaded.scenario, 0, 1), 2);
    cr_expect_eq(cs_work_region(loaded.scenario, 1, 0), 1, "where its fleet may run");
    cr_expect(cs_work_share(loaded.scenario, 1, 0, 1) == 1.0);
    cr_expect(cs_work_share(loaded.scenario, 1, 0, 0) == 0.0);
    loaded_release(&loaded);
}

Test(scenario_edge, weights)
{
    struct loaded loaded;

    load(&loaded,
         PLATFORM("routing: weighted, weights: { iad1: 60%, fra1: 30%, sfo1: 10% }, ", "", ""));
    const struct cs_scenario *s = loaded.scenario;

    cr_expect_float_eq(s->region[2].weight, 0.3, 1e-15);
    cr_expect_float_eq(cs_work_share(s, 0, 1, 0), 0.6, 1e-12);
    cr_expect_float_eq(cs_work_share(s, 1, 1, 2), 0.75, 1e-12, "of its fleet's regions");
    cr_expect(cs_work_share(s, 1, 1, 0) == 0.0);
    cr_expect_eq(cs_work_region(s, 1, 0), 2);
    loaded_release(&loaded);

    load(&loaded, PLATFORM("routing: weighted, ", "", ""));
    for (uint32_t r = 0; r < 3; r++)
        cr_expect_float_eq(loaded.scenario->region[r].weight, 1.0 / 3, 1e-15, "all alike");
    cr_expect_float_eq(cs_work_share(loaded.scenario, 1, 1, 2), 0.5, 1e-12);
    loaded_release(&loaded);
}

Test(scenario_edge, order)
{
    struct loaded loaded;

    load(&loaded, PLATFORM("routing: failover, order: [fra1, iad1], ", "", ""));
    cr_expect_eq(cs_work_region(loaded.scenario, 0, 0), 2);
    cr_expect_eq(loaded.scenario->region[0].turn, 1);
    cr_expect_eq(loaded.scenario->region[1].turn, CS_NONE);
    loaded_release(&loaded);
    load(&loaded, PLATFORM("routing: failover, ", "", ""));
    cr_expect_eq(cs_work_region(loaded.scenario, 0, 1), 0, "as declared");
    cr_expect_eq(cs_work_region(loaded.scenario, 1, 1), 1);
    loaded_release(&loaded);
}

/* ---- prices ---- */

#define PRICES "prices: { currency: EUR, gb_hour: 0.18, databases.supabase: 10/month }\n"

Test(scenario_edge, prices)
{
    struct loaded loaded;

    load(&loaded, PLATFORM("", "", PRICES));
    const struct cs_prices *prices = &loaded.scenario->prices;

    cr_expect(prices->exists);
    cr_expect_str_eq(prices->currency, "EUR");
    cr_expect_float_eq(prices->gb_hour, 0.18, 1e-15);
    cr_expect(isnan(prices->cpu_hour) && isnan(prices->million_invocations) &&
              isnan(prices->connection_hour));
    cr_expect_not(prices->is_busy_billed);
    cr_expect_float_eq(prices->database_s[0], 10.0 / 2592000, 1e-18);
    cr_expect(isnan(prices->database_s[1]));
    loaded_release(&loaded);
}

Test(scenario_edge, a_setting_of_a_price_goes_over_the_file)
{
    struct loaded loaded =
        load_set(PLATFORM("", "", PRICES), "prices.databases.supabase=24/day");

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_float_eq(loaded.scenario->prices.database_s[0], 1.0 / 3600, 1e-18);
    loaded_release(&loaded);
    loaded = load_set(PLATFORM("", "", PRICES), "prices.gb_hour=0.2");
    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_float_eq(loaded.scenario->prices.gb_hour, 0.2, 1e-15);
    cr_expect_str_eq(loaded.scenario->prices.currency, "EUR");
    loaded_release(&loaded);
    loaded = load_text(PLATFORM("", "",
                                "prices: { databases.supabase: 10/month, "
                                "databases: { supabase: 5/month } }\n"));
    cr_expect_null(loaded.scenario);
    cr_expect_not_null(strstr(loaded.said, "prices.databases.supabase: given twice"));
    loaded_release(&loaded);
}

/* Catches a setting that the hash leaves out. */
Test(scenario_edge, the_hash_sees_every_setting)
{
    static const char *const text[] = {
        PLATFORM("", "", ""),
        PLATFORM("", CACHE ",", ""),
        PLATFORM("",
                 "cache: { ttl: 30s, keys: { count: 1000, zipf: 0.8 }, "
                 "stale_while_revalidate: 60s },",
                 ""),
        PLATFORM("", "cache: { ttl: 30s, keys: 1000, stale_while_revalidate: 60s },", ""),
        PLATFORM("", "cache: { ttl: 30s, keys: { count: 1000, zipf: 0.9 } },", ""),
        PLATFORM("", "cache: { ttl: 31s, keys: { count: 1000, zipf: 0.9 } },", ""),
        PLATFORM("routing: failover, ", "", ""),
        PLATFORM("routing: failover, order: [sfo1, iad1, fra1], ", "", ""),
        PLATFORM("routing: weighted, weights: { iad1: 50%, sfo1: 50% }, ", "", ""),
        PLATFORM("routing: weighted, weights: { iad1: 40%, sfo1: 60% }, ", "", ""),
        PLATFORM("", "", "prices: {}\n"),
        PLATFORM("", "", "prices: { currency: EUR }\n"),
        PLATFORM("", "", "prices: { billed: busy }\n"),
        PLATFORM("", "", "prices: { gb_hour: 1 }\n"),
        PLATFORM("", "", "prices: { cpu_hour: 1 }\n"),
        PLATFORM("", "", "prices: { connection_hour: 1 }\n"),
        PLATFORM("", "", "prices: { million_invocations: 1 }\n"),
        PLATFORM("", "", "prices: { databases.supabase: 10/month }\n"),
        PLATFORM("", "", "prices: { databases.other: 10/month }\n"),
    };
    enum { N = sizeof text / sizeof text[0] };
    char hash[N][65];

    for (size_t i = 0; i < N; i++) {
        struct loaded loaded;

        load(&loaded, text[i]);
        strcpy(hash[i], loaded.scenario->hash);
        loaded_release(&loaded);
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(hash[i], hash[k], "%zu %zu", i, k);
    }
}

/* ---- at zero load ---- */

#define FAST "slos: { fast: { target: \"mean < 1s\", window: 1h, of: { function: page } } }\n"

static double zero_load(const char *text)
{
    struct loaded loaded;

    load(&loaded, text);
    double value = cs_zero_load(loaded.scenario, &loaded.scenario->slo[0]);

    loaded_release(&loaded);
    return value;
}

/* From us 110 ms, from eu 105 ms; a hit takes 8 ms.  Within 3 %, as its header says. */
Test(scenario_edge, zero_load_knows_the_edge_and_the_weights)
{
    double whole = zero_load(PLATFORM("", "", FAST));
    double bots =
        0.75 * cs_theory_ttl_hits(0.375, 2, 0) + 0.25 * cs_theory_ttl_hits(0.125, 2, 0);
    double hit = bots / 4; /* who has a user passes the edge */
    double cached = zero_load(PLATFORM("", "cache: { ttl: 2s },", FAST));
    double weighted = zero_load(PLATFORM(
        "routing: weighted, weights: { iad1: 50%, sfo1: 25%, fra1: 25% }, ", "", FAST));

    cr_expect_float_eq(whole, 0.75 * 0.110 + 0.25 * 0.105, 0.003);
    cr_expect_float_eq(cached, hit * 0.008 + (1 - hit) * whole, 0.003);
    cr_expect_float_eq(weighted,
                       0.1 + 0.75 * (0.5 * 0.010 + 0.25 * 0.020 + 0.25 * 0.090) +
                           0.25 * (0.5 * 0.080 + 0.25 * 0.150 + 0.25 * 0.005),
                       0.004);
}
