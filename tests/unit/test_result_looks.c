/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test_scenario.h"

#include <criterion/criterion.h>
#include <math.h>

#include "capsim/experiment.h"
#include "experiment/build.h"
#include "experiment/looks.h"

/* ---- looks ---- */

Test(result_looks, counts_grow_by_a_third_at_most)
{
    static const uint64_t golden[] = {20, 26, 34, 45, 59, 77, 101, 132, 172, 200};
    uint64_t n = 20;

    for (size_t i = 0; i < 10; i++) {
        cr_expect_eq(n, golden[i], "%d", (int)n);
        n = cs_looks_next(n, 200);
    }
    cr_expect_eq(cs_looks_count(20, 200), 10);
    cr_expect_eq(cs_looks_count(20, 20), 1);
    cr_expect_eq(cs_looks_count(2, 3), 2);
    cr_expect_eq(cs_looks_next(2, 100), 3, "always at least one more");
}

static struct cs_result_slo slo_of(double mean, double half, enum cs_verdict verdict, bool gate)
{
    return (struct cs_result_slo){
        .value = {mean, mean - half, mean + half, 20}, .verdict = verdict, .gate = gate};
}

Test(result_looks, precision_is_of_what_gates)
{
    struct cs_result_slo slo[] = {slo_of(2.0, 0.1, CS_MET, true),
                                  slo_of(4.0, 0.1, CS_MISSED, true),
                                  slo_of(1.0, 0.9, CS_UNDECIDED, false)};
    struct cs_result result = {.slo = slo, .n_slos = 3};

    cr_expect_float_eq(cs_looks_precision(&result), 0.05, 1e-12);
    cr_expect(cs_looks_are_enough(&result, 0.0500001));
    cr_expect(!cs_looks_are_enough(&result, 0.0499999));
    slo[1].verdict = CS_UNDECIDED;
    cr_expect(!cs_looks_are_enough(&result, 0.5), "a verdict is open");
    slo[1] = slo_of(4.0, (double)NAN, CS_NOT_EXERCISED, true);
    cr_expect(cs_looks_are_enough(&result, 0.0500001));
    slo[0].gate = slo[1].gate = false;
    cr_expect_float_eq(cs_looks_precision(&result), 0.9, 1e-12, "none gates: all count");
    slo[0].value.lo = slo[0].value.mean;
    slo[2] = slo[0];
    cr_expect_float_eq(cs_looks_precision(&result), 0.05, 1e-12, "the longer half counts");
    slo[0].value.n = 1;
    cr_expect(isinf(cs_looks_precision(&result)));
}

/* ---- whole runs that stop ---- */

#define LOSS(replications, target, attain)                                                  \
    "capsim: 1\nname: loss\n"                                                               \
    "horizon: { duration: 200s, lead_in: 20s, sample: 1s }\nseed: 5\n"                      \
    "replications: " replications "\n"                                                      \
    "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 5, "                   \
    "queue: { limit: 0 } } }\n"                                                             \
    "functions: { serve: { fleet: f, steps: [ { wait: { exponential: { mean: 1s } } } ] } " \
    "}\n"                                                                                   \
    "traffic: { open: { rate: 4/s, mix: { serve: 100% } } }\n"                              \
    "slos:\n  lost: { target: \"errors < " target "\", window: 200s, attain: " attain " }\n"

static struct cs_result *run(const char *text, unsigned jobs)
{
    struct loaded loaded = load_text(text);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    struct cs_result *result =
        cs_experiment_run(loaded.scenario, &(struct cs_run_options){.jobs = jobs});

    loaded_release(&loaded);
    return result;
}

static const struct cs_result_check *check_of(const struct cs_result *result, const char *name)
{
    for (size_t i = 0; i < result->n_checks; i++)
        if (strcmp(result->check[i].name, name) == 0)
            return &result->check[i];
    cr_assert_fail("no check %s", name);
    return NULL;
}

/* Erlang B of 4 in 5 is 19.9 %: the target of 40 % is met in every window. */
Test(result_looks, a_run_stops_when_it_is_precise)
{
    const char *text = LOSS("{ min: 6, max: 60, precision: 5% }", "40%", "30%");
    struct cs_result *one = run(text, 1), *two = run(text, 3);

    cr_expect(one->stopping.is_reached && !one->is_interrupted);
    cr_expect(one->replications > 6 && one->replications < 60, "%d", (int)one->replications);
    cr_expect(one->stopping.achieved <= 0.05 && one->stopping.achieved > 0.02);
    cr_expect_eq(one->stopping.looks, 10);
    cr_expect_float_eq(one->confidence, 0.995, 1e-12);
    cr_expect_eq(one->slo->value.n, one->replications);
    cr_expect_eq(one->slo->verdict, CS_MET);
    cr_expect_eq(one->replications, two->replications);
    cr_expect(memcmp(&one->slo->value, &two->slo->value, sizeof one->slo->value) == 0);
    cr_expect(one->metric[0].value.lo == two->metric[0].value.lo);
    /* The same number at once gives the same values, with intervals of 95 %. */
    char fixed[64];
    snprintf(fixed, sizeof fixed, "replications=%d", (int)one->replications);
    struct loaded loaded = load_set(text, fixed);
    struct cs_result *plain = cs_experiment_run(loaded.scenario, &(struct cs_run_options){0});
    cr_expect(plain->slo->value.mean == one->slo->value.mean);
    cr_expect(plain->slo->value.hi < one->slo->value.hi);
    cr_expect(plain->confidence == 0.95 && isnan(plain->stopping.asked));
    loaded_release(&loaded);
    cs_result_free(plain);
    cs_result_free(one);
    cs_result_free(two);
}

/* A target in the midst of the values: no verdict, and the most is run. */
Test(result_looks, an_open_verdict_goes_on_to_the_most)
{
    struct cs_result *result =
        run(LOSS("{ min: 5, max: 12, precision: 50% }", "20%", "50%"), 2);

    cr_expect_eq(result->slo->verdict, CS_UNDECIDED);
    cr_expect_eq(result->replications, 12);
    cr_expect(!result->stopping.is_reached && !result->is_interrupted);
    cr_expect(result->stopping.achieved < 0.5);
    cr_expect_eq(result->stopping.looked, result->stopping.looks);
    cr_expect(result->slo->needed == 0 || result->slo->needed > 12);
    cr_expect_not_null(strstr(result->slo->note, "would decide"));
    cs_result_free(result);
}

/* ---- guards ---- */

/* M/M/1 at rho 0.9, mu = 5: tau = 1.9 / (5 * 0.01) = 38 s. */
#define QUEUE(duration, lead_in, steady)                                                    \
    "capsim: 1\nname: queue\nhorizon: { duration: " duration ", lead_in: " lead_in          \
    ", sample: 1s, steady: " steady " }\nseed: 3\nreplications: 40\n"                       \
    "fleets: { f: { min_instances: 1, max_instances: 1, queue: { limit: unlimited } } }\n"  \
    "functions: { serve: { fleet: f, steps: [ { wait: { exponential: { mean: 200ms } } } ]" \
    " } }\n"                                                                                \
    "traffic: { open: { rate: 4.5/s, mix: { serve: 100% } } }\n"

Test(result_looks, a_short_run_is_told)
{
    struct cs_result *result = run(QUEUE("200s", "800s", "true"), 2);

    cr_expect(!check_of(result, "run length")->ok);
    cr_expect_not_null(strstr(check_of(result, "run length")->detail, "optimistic"));
    cr_expect(check_of(result, "lead-in")->ok, "%s", check_of(result, "lead-in")->detail);
    cr_expect_eq(result->estimand, CS_STEADY);
    cs_result_free(result);
    result = run(QUEUE("200s", "800s", "false"), 2);
    cr_expect(check_of(result, "run length")->ok, "a window is as long as it is");
    cr_expect_not_null(strstr(check_of(result, "run length")->detail, "fewer than 100"));
    cr_expect_eq(result->estimand, CS_TERMINATING);
    cs_result_free(result);
    result = run(QUEUE("3h", "800s", "false"), 2);
    cr_expect_not_null(strstr(check_of(result, "run length")->detail,
                              "a replication of 10800 s is "), /* not 1.08e+04 */
                       "%s", check_of(result, "run length")->detail);
    cs_result_free(result);
    result = run(LOSS("20", "40%", "30%"), 2);
    cr_expect(strstr(check_of(result, "run length")->detail, "fewer") == NULL);
    cs_result_free(result);
}

/* From empty it takes some 10 relaxation times, 1 / (5 (1 - sqrt .9)^2) = 76 s
 * each, until the mean path is level. */
Test(result_looks, a_short_lead_in_is_told)
{
    struct cs_result *result = run(QUEUE("1500s", "5s", "true"), 2);

    cr_expect(!check_of(result, "lead-in")->ok);
    cr_expect_not_null(strstr(check_of(result, "lead-in")->detail, "beyond the lead-in"));
    cs_result_free(result);
    result = run(QUEUE("1500s", "0s", "false"), 2);
    cr_expect(check_of(result, "lead-in")->ok, "the start is part of the window");
    cs_result_free(result);
}

/* A loss system is level after a few seconds; of 60 runs with too long a
 * lead-in none may be blamed (the bound is 1 in 1000 for each). */
Test(result_looks, a_good_lead_in_is_not_blamed)
{
    for (int seed = 1; seed <= 60; seed++) {
        char set[32];
        snprintf(set, sizeof set, "seed=%d", seed);
        struct loaded loaded = load_set(LOSS("8", "40%", "30%"), set);
        struct cs_result *result =
            cs_experiment_run(loaded.scenario, &(struct cs_run_options){0});
        cr_expect(check_of(result, "lead-in")->ok, "seed %d: %s", seed,
                  check_of(result, "lead-in")->detail);
        cs_result_free(result);
        loaded_release(&loaded);
    }
}

/* ---- outcomes and verdicts together, on replications made up by hand ---- */

enum { MADE = 20 };

static const char two_slos[] =
    "capsim: 1\nname: two\nhorizon: { duration: 60s, lead_in: 0s, sample: 20s }\n"
    "fleets: { f: { max_instances: 1 } }\n"
    "functions: { serve: { fleet: f, steps: [ { wait: 1s } ] } }\n"
    "traffic: { open: { rate: 1/s, mix: { serve: 100% } } }\n"
    "slos:\n"
    "  fast: { target: \"mean < 2s\", window: 60s, attain: 50% }\n"
    "  sure: { target: \"success >= 40%\", window: 60s, attain: 50% }\n";

static struct cs_result *conclude(const double *fast, const bool *fast_met,
                                  const bool *sure_met)
{
    struct loaded loaded = load_text(two_slos);
    struct cs_summary summary[MADE] = {{0}};
    struct cs_result *result = cs_result_new();
    static const bool no = false;
    double half = 0.5;
    struct cs_summary_slo slo[MADE][2];

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    for (size_t r = 0; r < MADE; r++) {
        double *value = calloc(2, sizeof *value);
        bool *flag = calloc(4, sizeof *flag);
        value[0] = fast[r];
        value[1] = half;
        flag[0] = fast_met[r];
        flag[1] = sure_met[r];
        flag[2] = flag[3] = no;
        slo[r][0] = (struct cs_summary_slo){
            .n_windows = 1, .value = value, .met = flag, .empty = flag + 2};
        slo[r][1] = (struct cs_summary_slo){
            .n_windows = 1, .value = value + 1, .met = flag + 1, .empty = flag + 3};
        summary[r].slo = slo[r];
    }
    cs_build_slos(result, loaded.scenario, summary, MADE);
    for (size_t r = 0; r < MADE; r++) {
        free(slo[r][0].value);
        free(slo[r][0].met);
    }
    loaded_release(&loaded);
    return result;
}

/* 5 of 20 collapse to some 30 s: 25 %, by Clopper and Pearson 8.657 to
 * 49.105 % (tails .025 of the binomial, by bisection in fractions). */
Test(result_looks, two_outcomes_are_a_probability)
{
    double fast[MADE];
    bool met[MADE], all[MADE];

    for (int r = 0; r < MADE; r++) {
        bool is_bad = r % 4 == 3;
        fast[r] = is_bad ? 30.0 + 0.1 * r : 0.5 + 0.001 * r;
        met[r] = !is_bad;
        all[r] = true;
    }
    struct cs_result *result = conclude(fast, met, all);
    const struct cs_result_split *split = &result->slo[0].split;
    cr_assert(split->is_split);
    cr_expect(split->worse.mean == 0.25);
    cr_expect_float_eq(split->worse.lo, 0.08657, 1e-5);
    cr_expect_float_eq(split->worse.hi, 0.49105, 1e-5);
    cr_expect_float_eq(split->worse_mean, 31.1, 1e-9);
    cr_expect(split->better_mean < 0.6);
    cr_expect_not_null(strstr(result->slo[0].note, "two outcomes"));
    cr_expect(!result->slo[1].split.is_split);
    /* Together: fast and sure both hold in 15 of 20. */
    cr_expect(result->joint.all_met.mean == 0.75);
    cr_expect_eq(result->joint.all_met.n, MADE);
    cr_expect_eq(result->joint.n, 2);
    cs_result_free(result);
}

/* 15 and 20 of 20 against 50 %: tails 2 * 0.020695 and 2 * 2^-20.  Alone both
 * are met; for Holm's two the worse needs no more than its own 0.0414.  With
 * one more in doubt it would not do. */
Test(result_looks, verdicts_hold_together)
{
    double fast[MADE];
    bool met[MADE], sure[MADE];

    for (int r = 0; r < MADE; r++) {
        fast[r] = 1.0 + 0.01 * (r * 7 % MADE);
        met[r] = r >= 5;
        sure[r] = true;
    }
    struct cs_result *result = conclude(fast, met, sure);
    cr_expect_eq(result->slo[0].verdict, CS_MET);
    cr_expect_float_eq(result->slo[0].doubt, 0.04138946533203125, 1e-12);
    cr_expect_float_eq(result->slo[1].doubt, 4 * ldexp(1, -20), 1e-15);
    cr_expect_eq(result->joint.decided, 2);
    cs_result_free(result);
    for (int r = 0; r < MADE; r++)
        sure[r] = r < 15;
    result = conclude(fast, met, sure);
    cr_expect_eq(result->slo[0].verdict, CS_MET);
    cr_expect_eq(result->slo[1].verdict, CS_MET);
    cr_expect_float_eq(result->slo[0].doubt, 2 * 0.04138946533203125, 1e-12);
    cr_expect_eq(result->joint.decided, 0, "each alone, but not both");
    cr_expect(result->joint.all_met.mean == 0.5);
    /* The median of 1.00 .. 1.19 in steps of 0.01, from the 6th to the 15th. */
    cr_expect_float_eq(result->slo[0].median.mean, 1.095, 1e-12);
    cr_expect_float_eq(result->slo[0].median.lo, 1.05, 1e-12);
    cr_expect_float_eq(result->slo[0].median.hi, 1.14, 1e-12);
    cs_result_free(result);
}
