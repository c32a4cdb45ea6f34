/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test_scenario.h"

#include <criterion/criterion.h>
#include <math.h>

#include "capsim/experiment.h"
#include "capsim/refit.h"
#include "capsim/theory.h"
#include "experiment/explain.h"

/* y = input + simulation, both normal, of known variances. */
static void synthesize(double *y, size_t groups, size_t each, double input_sd,
                       double simulation_sd, uint64_t seed)
{
    struct cs_dist z = cs_dist_uniform(0, 1);

    for (size_t g = 0; g < groups; g++) {
        struct cs_draw draw;

        cs_draw_init(&draw, seed, 0, g, 0, 0, 0);
        double group = 0;
        for (int k = 0; k < 12; k++) /* a sum of 12 uniforms has variance 1 */
            group += cs_dist_sample(&z, &draw) - 0.5;
        for (size_t i = 0; i < each; i++) {
            double noise = 0;
            for (int k = 0; k < 12; k++)
                noise += cs_dist_sample(&z, &draw) - 0.5;
            y[g * each + i] = 10 + input_sd * group + simulation_sd * noise;
        }
    }
}

/* Catches variances that are swapped, not divided by the replications, or biased.
 * Relative error of a variance from n values: sqrt(2 / n). */
Test(experiment_inputs, variances_are_recovered)
{
    enum { GROUPS = 4000, EACH = 3 };
    static double y[GROUPS * EACH];

    synthesize(y, GROUPS, EACH, 2.0, 1.0, 1);
    struct cs_anova a = cs_anova(y, GROUPS, EACH);
    cr_expect_float_eq(a.between / 4, 1.0, 4.5 * sqrt(2.0 / GROUPS) * 1.1);
    cr_expect_float_eq(a.within, 1.0, 4.5 * sqrt(2.0 / (GROUPS * (EACH - 1))));
    cr_expect_float_eq(a.mean, 10.0, 4.5 * 2.1 / sqrt(GROUPS));
    /* 95 % of what comes from the inputs, the noise taken out. */
    cr_expect_float_eq(a.hi - a.lo, 2 * 1.96 * 2.0, 0.35);
}

Test(experiment_inputs, noise_alone_is_not_input)
{
    enum { GROUPS = 4000, EACH = 2 };
    static double y[GROUPS * EACH];

    synthesize(y, GROUPS, EACH, 0.0, 1.0, 2);
    struct cs_anova a = cs_anova(y, GROUPS, EACH);
    /* The estimate scatters about 0 by about sqrt(2 / 4000) / 2 * 2. */
    cr_expect_lt(a.between, 4.5 * 0.02);
    for (size_t i = 0; i < GROUPS * EACH; i++)
        y[i] = 3;
    a = cs_anova(y, GROUPS, EACH);
    cr_expect_eq(a.between, 0.0);
    cr_expect_eq(a.within, 0.0);
    cr_expect_eq(a.lo, 3.0);
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/*
 * The mean service of M/M/20 from n values: the analytic p95 of other samples,
 * at rho 0.9: +48/-13 % for n = 1000, +8/-5 % for 10,000; at 0.8, n = 1000: +9/-7 %.
 * Catches a bootstrap whose width does not follow n.
 */
static void expect_width(double lambda, uint32_t n, double above, double below, double within)
{
    enum { DRAWS = 8000 };
    static double p95[DRAWS];
    struct cs_arena *arena = cs_arena_new();
    struct cs_dist service = cs_dist_exponential(0.2);
    double point = cs_theory_mmc_quantile(lambda, 0.2, 20, 0.95);

    service.fitted_n = n;
    for (uint64_t i = 0; i < DRAWS; i++) {
        struct cs_draw draw;

        cs_draw_init(&draw, 3, 0, i, 0, 0, 0);
        struct cs_dist fitted = cs_dist_refit(&service, arena, &draw);
        p95[i] = cs_theory_mmc_quantile(lambda, cs_dist_mean(&fitted), 20, 0.95) / point - 1;
    }
    qsort(p95, DRAWS, sizeof p95[0], by_value);
    cr_expect_float_eq(p95[DRAWS * 975 / 1000], above, within * above, "n %u: %+.3f", n,
                       p95[DRAWS * 975 / 1000]);
    cr_expect_float_eq(-p95[DRAWS * 25 / 1000], below, within * below, "n %u: %+.3f", n,
                       p95[DRAWS * 25 / 1000]);
    cs_arena_free(arena);
}

Test(experiment_inputs, widths_of_an_mm20)
{
    expect_width(90, 1000, 0.48, 0.13, 0.12);
    expect_width(90, 10000, 0.08, 0.05, 0.15);
    expect_width(80, 1000, 0.09, 0.07, 0.15);
}

#define QUEUE(service)                                                               \
    "capsim: 1\nname: queue\nhorizon: { duration: 2m, lead_in: 10s, sample: 10s }\n" \
    "replications: 4\nseed: 5\ninputs: { bootstraps: 40, replications: 3 }\n"        \
    "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 1000 } }\n"     \
    "functions: { serve: { fleet: f, steps: [ { wait: " service " } ] } }\n"         \
    "traffic: { open: { rate: 100/s, mix: { serve: 100% } } }\n"                     \
    "slos: { quick: { target: \"mean < 1s\", window: 2m } }\n"

static struct cs_result *run(const char *text, unsigned jobs)
{
    struct loaded loaded = load_text(text);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    struct cs_result *result =
        cs_experiment_run(loaded.scenario, &(struct cs_run_options){.jobs = jobs});
    loaded_release(&loaded);
    return result;
}

Test(experiment_inputs, without_n_there_is_nothing)
{
    struct cs_result *result = run(QUEUE("{ exponential: { mean: 200ms } }"), 1);

    cr_expect_eq(result->explain.fitted, 0);
    cr_expect_eq(result->explain.n_inputs, 0);
    cs_result_free(result);
}

/* Nobody waits: the mean answer is the mean service, whose estimate from 400
 * values scatters by 5 %; from the simulation alone, by 1 % in 12,000 requests. */
Test(experiment_inputs, rows_and_their_widths)
{
    struct cs_result *a = run(QUEUE("{ exponential: { mean: 200ms, n: 400 } }"), 1);
    struct cs_result *b = run(QUEUE("{ exponential: { mean: 200ms, n: 400 } }"), 2);

    cr_assert_eq(a->explain.n_inputs, 5);
    cr_expect_eq(a->explain.fitted, 1);
    cr_expect_eq(a->explain.bootstraps, 40);
    cr_expect_str_eq(a->explain.input[0].name, "request_duration_seconds");
    cr_expect_str_eq(a->explain.input[0].stat, "mean");
    cr_expect_str_eq(a->explain.input[4].name, "objective quick");
    for (size_t i = 0; i < 5; i += 4) {
        const struct cs_explain_input *row = &a->explain.input[i];

        /* sd of 0.2 / sqrt(400), from 40 values: 1 +- 0.11. */
        cr_expect_float_eq(row->input_sd / 0.01, 1.0, 4.5 * 0.115);
        cr_expect_float_eq(row->simulation_sd / (0.2 / sqrt(12000)), 1.0, 4.5 * 0.08);
        cr_expect_lt(row->lo, 0.195);
        cr_expect_gt(row->hi, 0.205);
    }
    cr_expect(isnan(a->explain.input[3].lo)); /* no errors, with any sample */
    for (size_t i = 0; i < 5; i++) {
        cr_expect(memcmp(&a->explain.input[i].input_sd, &b->explain.input[i].input_sd,
                         sizeof(double)) == 0);
        cr_expect_float_eq(a->explain.input[i].value.mean, b->explain.input[i].value.mean, 0);
    }
    cs_result_free(a);
    cs_result_free(b);
}

/* Two fleets by `like` have one cold start measured; another n is another sample;
 * what another key does leaves the draws alone. */
Test(experiment_inputs, equal_distributions_are_one_sample)
{
    const char *text =
        "capsim: 1\nname: shared\nhorizon: { duration: 1m }\n"
        "fleets:\n  a: { cold_start: { lognormal: { p50: 1s, p95: 2s, n: 50 } } }\n"
        "  b: { like: a }\n  c: { cold_start: { lognormal: { p50: 1s, p95: 2s, n: 60 } } }\n"
        "functions: { f: { fleet: a, steps: [ { wait: 1s } ] } }\n"
        "traffic: { open: { rate: 1/s, mix: { f: 100% } } }\n";
    struct loaded loaded = load_text(text);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(cs_scenario_fitted(loaded.scenario), 2);
    struct cs_scenario *one = cs_scenario_refit(loaded.scenario, 1);
    struct cs_scenario *again = cs_scenario_refit(loaded.scenario, 1);
    struct cs_scenario *two = cs_scenario_refit(loaded.scenario, 2);

    cr_expect_eq(one->fleet[0].cold_start->a, one->fleet[1].cold_start->a);
    cr_expect_neq(one->fleet[0].cold_start->a, one->fleet[2].cold_start->a);
    cr_expect_neq(one->fleet[0].cold_start->a, loaded.scenario->fleet[0].cold_start->a);
    cr_expect_eq(one->fleet[0].cold_start->a, again->fleet[0].cold_start->a);
    cr_expect_neq(one->fleet[0].cold_start->a, two->fleet[0].cold_start->a);
    cr_expect_eq(one->function[0].step[0].time, loaded.scenario->function[0].step[0].time);
    cs_scenario_free(one);
    cs_scenario_free(again);
    cs_scenario_free(two);
    loaded_release(&loaded);
}

/* Another n is another result, so it must be another hash. */
Test(experiment_inputs, n_is_part_of_the_scenario)
{
    struct loaded without = load_dist("{ exponential: { mean: 1s } }");
    struct loaded with = load_dist("{ exponential: { mean: 1s, n: 100 } }");
    struct loaded more = load_dist("{ quantiles: { p50: 1s, max: 2s, n: 7 } }");

    cr_assert(without.scenario != NULL && with.scenario != NULL);
    cr_assert_not_null(more.scenario, "%s", more.said);
    cr_expect_str_neq(without.scenario->hash, with.scenario->hash);
    cr_expect_eq(cs_scenario_fitted(without.scenario), 0);
    cr_expect_eq(with.scenario->function[0].step[0].time->fitted_n, 100);
    cr_expect_eq(more.scenario->function[0].step[0].time->fitted_n, 7);
    loaded_release(&without);
    loaded_release(&with);
    loaded_release(&more);
}
