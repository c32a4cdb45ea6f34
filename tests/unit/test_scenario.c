/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include <math.h>

#include "test_scenario.h"

TestSuite(scenario, .timeout = 30);

Test(scenario, defaults_are_the_absence_of_mechanisms)
{
    struct loaded loaded = load_text(TEST_SMALL);
    const struct cs_scenario *s = loaded.scenario;

    cr_assert_not_null(s, "%s", loaded.said);
    cr_expect_eq(s->replications, 20);
    cr_expect_eq(s->seed, 1);
    cr_expect_float_eq(s->load, 1, 0);
    cr_expect_eq(s->horizon.start_unix_s, 1704067200); /* Monday 2024-01-01 */
    cr_expect_eq(s->horizon.sample, 10 * CS_S);
    cr_assert_eq(s->n_zones, 1);
    cr_assert_eq(s->n_regions, 1);
    cr_expect(!s->zones_declared && !s->regions_declared);
    cr_expect_null(s->zone_rtt);
    cr_expect_null(s->fleet[0].cold_start);
    cr_expect_null(s->fleet[0].idle_timeout);
    cr_expect_null(s->fleet[0].queue_timeout);
    cr_expect_eq(s->fleet[0].queue_limit, CS_UNLIMITED);
    cr_expect_eq(s->fleet[0].vcpus, 0.0);
    cr_expect(isinf(s->fleet[0].cpu_threads));
    cr_expect_eq(s->fleet[0].reuse, CS_REUSE_LAST_USED);
    cr_expect_eq(s->function[0].max_duration, CS_NEVER);
    cr_expect_null(s->clients.patience);
    cr_expect_eq(s->source[0].n_tiers, 0);
    cr_expect_eq(s->n_slos, 0);
    loaded_release(&loaded);
}

/* A fleet that is M/M/20 at 90 %: 20 relaxation times of 0.2 s over
 * (sqrt 20 - sqrt 18)^2, as computed by hand. */
Test(scenario, automatic_lead_in)
{
    struct loaded loaded = load_set(TEST_SMALL, "horizon.lead_in=auto");

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect(loaded.scenario->horizon.lead_in_is_auto);
    cr_expect_eq(loaded.scenario->horizon.lead_in, 76 * CS_S);
    loaded_release(&loaded);
}

struct dist_case {
    const char *text;
    enum cs_dist_kind kind;
    double mean;
};

/* Means by the distributions' own formulas, worked out beside them. */
Test(scenario, every_distribution)
{
    static const struct dist_case cases[] = {
        {"250ms", CS_DIST_CONSTANT, 0.25},
        {"{constant: 1.5s}", CS_DIST_CONSTANT, 1.5},
        {"{exponential: {mean: 4ms}}", CS_DIST_EXPONENTIAL, 0.004},
        {"{uniform: {min: 2s, max: 5s}}", CS_DIST_UNIFORM, 3.5},
        /* sigma = ln 2 / 1.644853627, mean = exp(sigma^2 / 2) */
        {"{lognormal: {p50: 1s, p95: 2s}}", CS_DIST_LOGNORMAL, 1.09285166},
        {"{lognormal: {mean: 3s, cv: 0.5}}", CS_DIST_LOGNORMAL, 3},
        {"{gamma: {mean: 2s, cv: 0.7}}", CS_DIST_GAMMA, 2},
        {"{erlang: {mean: 2s, k: 3}}", CS_DIST_ERLANG, 2},
        {"{weibull: {mean: 2s, shape: 1.7}}", CS_DIST_WEIBULL, 2},
        {"{pareto: {min: 1s, shape: 3}}", CS_DIST_PARETO, 1.5},
        {"{hyperexponential: {mean: 2s, cv: 3}}", CS_DIST_HYPEREXPONENTIAL, 2},
        /* 0..1 to p50, 1..2 to p90, 2..4 to max: .5 * .5 + .4 * 1.5 + .1 * 3 */
        {"{quantiles: {p50: 1s, p90: 2s, max: 4s}}", CS_DIST_QUANTILES, 1.15},
        {"{mixture: [{weight: 0.9, exponential: {mean: 1s}}, {weight: 0.1, constant: 5s}]}",
         CS_DIST_MIXTURE, 1.4},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct loaded loaded = load_dist(cases[i].text);
        cr_assert_not_null(loaded.scenario, "%s", loaded.said);
        const struct cs_dist *dist = loaded.scenario->function[0].step[0].time;
        cr_expect_eq(dist->kind, cases[i].kind, "%s", cases[i].text);
        cr_expect_float_eq(cs_dist_mean(dist), cases[i].mean, 1e-6, "%s: %g", cases[i].text,
                           cs_dist_mean(dist));
        loaded_release(&loaded);
    }
}

Test(scenario, quantile_keys)
{
    struct loaded loaded =
        load_dist("{quantiles: {min: 1s, p50: 2s, p99.9: 8s, p9999: 9s, max: 10s}}");

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    const struct cs_dist *dist = loaded.scenario->function[0].step[0].time;
    cr_assert_eq(dist->n, 5);
    cr_expect_float_eq(dist->p[2], 0.999, 1e-12);
    cr_expect_float_eq(dist->p[3], 0.9999, 1e-12);
    cr_expect_eq(dist->x[0], 1.0);
    loaded_release(&loaded);
}

static struct loaded load_samples(const char *rows)
{
    struct folder folder;

    folder_init(&folder);
    (void)folder_write(&folder, "x.csv", rows);
    struct cs_load_options options = {
        .path = folder_write(&folder, "s.yaml",
                             TEST_SMALL_HEAD
                             "fleets: { f: {} }\n"
                             "functions: { serve: { fleet: f, steps: [ { wait: "
                             "{samples: {file: x.csv}} } ] } }\n"
                             "traffic: { open: { rate: 1/s, mix: { serve: 100% } } }\n")};
    struct loaded loaded = load_with(&options);
    folder_release(&folder);
    return loaded;
}

Test(scenario, samples)
{
    struct loaded with_units = load_samples("4ms\r\n2ms\n\n1s");
    struct loaded with_header = load_samples("ms\n4\n2\n1s\n");

    cr_assert_not_null(with_units.scenario, "%s", with_units.said);
    cr_assert_not_null(with_header.scenario, "%s", with_header.said);
    const struct cs_dist *dist = with_units.scenario->function[0].step[0].time;
    cr_assert_eq(dist->n, 3);
    cr_expect_float_eq(cs_dist_mean(dist), 1.006 / 3, 1e-12);
    cr_expect_str_eq(with_units.scenario->hash, with_header.scenario->hash);
    loaded_release(&with_units);
    loaded_release(&with_header);

    struct loaded wrong = load_samples("4ms\n5\n6 apples\n");
    cr_expect_null(wrong.scenario);
    cr_expect_not_null(strstr(wrong.said, "x.csv:2:1: error: row 2"), "%s", wrong.said);
    cr_expect_not_null(strstr(wrong.said, "row 3"), "%s", wrong.said);
    loaded_release(&wrong);
}

struct value_case {
    const char *set;
    bool is_good;
};

Test(scenario, ranges_and_units)
{
    static const struct value_case cases[] = {
        {"horizon.duration=1e3s", true},
        {"horizon.duration=1.5 h", true},
        {"horizon.duration=2w", true},
        {"horizon.duration=0s", false},
        {"horizon.duration=-1s", false},
        {"horizon.duration=1h30m", false},
        {"horizon.duration=nan", false},
        {"horizon.duration=infs", false},
        {"horizon.duration=10", false},
        {"horizon.duration=1000d", false},
        {"horizon.lead_in=0s", true},
        {"replications=1", true},
        {"replications=0", false},
        {"replications=010", false},
        {"replications=0x10", false},
        {"replications=1_000", false},
        {"load=0", true},
        {"load=1.5e0", true},
        {"load=-1", false},
        {"load=.5", false},
        {"load=1e999", false},
        {"fleets.f.memory=1.5GB", true},
        {"fleets.f.memory=512MiB", true},
        {"fleets.f.memory=5s", false},
        {"fleets.f.vcpus=auto", false},
        {"fleets.f.vcpus=0", false},
        {"fleets.f.freeze=yes", false},
        {"fleets.f.freeze=true", true},
        {"fleets.f.max_instances=unlimited", true},
        {"fleets.f.concurrency=unlimited", false},
        {"fleets.f.min_instances=2", false},
        {"traffic.open.rate=100/min", true},
        {"traffic.open.rate=100/fortnight", false},
        {"traffic.open.mix.serve=99.9%", false},
        {"clients.patience=60s", true},
        {"clients.patience=unlimited", true},
        {"clients.patience={exponential: {mean: 60s}}", true},
        {"name=../../etc", false},
        {"capsim=2", false},
        {"seed=18446744073709551615", false},
        {"seed=9007199254740992", true},
        {"horizon.start=2024-02-29T12:00:00Z", true},
        {"horizon.start=2023-02-29T12:00:00Z", false},
        {"horizon.start=2024-02-29T12:00:00+01:00", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct loaded loaded = load_set(TEST_SMALL, cases[i].set);
        cr_expect_eq(loaded.scenario != NULL, cases[i].is_good, "%s: %s", cases[i].set,
                     loaded.said);
        cr_expect_eq(cs_diagnostics_errors(loaded.diag) == 0, cases[i].is_good);
        loaded_release(&loaded);
    }
}

Test(scenario, values_after_set)
{
    struct loaded loaded = load_set(TEST_SMALL, "traffic.open.rate=90/min");

    cr_assert_not_null(loaded.scenario);
    cr_expect_float_eq(loaded.scenario->source[0].rate_per_s, 1.5, 1e-15);
    loaded_release(&loaded);
    loaded = load_set(TEST_SMALL, "fleets.f.queue.timeout=613ms");
    cr_assert_not_null(loaded.scenario);
    cr_expect_eq(cs_time_from_s(loaded.scenario->fleet[0].queue_timeout->a), 613 * CS_MS);
    loaded_release(&loaded);
}

Test(scenario, queue_with_a_timeout_alone_is_unlimited)
{
    struct loaded loaded = load_text(
        TEST_SMALL_HEAD "fleets: { f: { queue: { timeout: 5s } }, g: {} }\n"
                        "functions: { serve: { fleet: f, steps: [ { wait: 1s } ] } }\n"
                        "traffic: { open: { rate: 1/s, mix: { serve: 100% } } }\n");

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(loaded.scenario->fleet[0].queue_limit, CS_UNLIMITED);
    cr_expect_eq(loaded.scenario->fleet[1].queue_limit, 0);
    loaded_release(&loaded);
}

Test(scenario, tiers_of_traffic)
{
    static const char one[] = TEST_SMALL "tiers: { free: { users: 10 } }\n";
    static const char two[] = TEST_SMALL "tiers: { free: { users: 10 }, paid: { users: 5 } }\n";
    struct loaded loaded = load_text(one);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(loaded.scenario->source[0].n_tiers, 1, "the only tier");
    loaded_release(&loaded);
    loaded = load_text(two);
    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(loaded.scenario->source[0].n_tiers, 2, "all, by their number of users");
    cr_expect_float_eq(loaded.scenario->source[0].tier[0].cumulative, 10.0 / 15.0, 1e-12);
    loaded_release(&loaded);
    loaded = load_set(two, "traffic.open.tiers=none");
    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(loaded.scenario->source[0].n_tiers, 0);
    loaded_release(&loaded);
}

Test(scenario, warns_of_overload)
{
    struct loaded loaded = load_set(TEST_SMALL, "traffic.open.rate=101/s");
    struct cs_arena *arena = cs_arena_new();
    const char **line = NULL;

    cr_assert_not_null(loaded.scenario);
    cr_assert_eq(cs_scenario_warnings(loaded.scenario, arena, &line), 1);
    cr_expect_not_null(strstr(line[0], "need 20.2 slots on average and the caps allow 20"));
    cs_arena_free(arena);
    loaded_release(&loaded);
}
