/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrivals against what the rate says: counts, dispersion, levels. */
#include "traffic_fixture.h"

#include "capsim/theory.h"

/* ---- counts a bin ---- */

struct point {
    double t, rate;
};

/* Integral of what points joined so mean, by hand: the rate at the middle of very short
 * steps. */
static double integral(const struct point *p, int n, bool is_step, double from, double to)
{
    enum { STEPS = 2000 };
    double sum = 0.0;

    for (int k = 0; k < STEPS; k++) {
        double t = from + (to - from) * (k + 0.5) / STEPS;
        int i = n - 1;

        while (i > 0 && p[i].t > t)
            i--;
        double rate = p[i].rate;

        if (!is_step && i + 1 < n)
            rate += (p[i + 1].rate - rate) * (t - p[i].t) / (p[i + 1].t - p[i].t);
        sum += rate * (to - from) / STEPS;
    }
    return sum;
}

/* Pearson's statistic over bins of 5 s and many replications; it catches a rate that is
 * early or late by a fraction of a bin, and arrivals that are not Poisson. */
static void expect_counts(const char *text, const struct point *p, int n, bool is_step)
{
    enum { BINS = 30, RUNS = 60 };
    struct cs_scenario *scenario = load_or_fail(text);
    double chi = 0.0;

    for (uint32_t r = 0; r < RUNS; r++) {
        struct cs_model *model = cs_model_new(scenario, r);
        cs_time start = scenario->horizon.lead_in;
        uint64_t before = made_until(model, start);

        for (int b = 0; b < BINS; b++) {
            double mean = integral(p, n, is_step, 5.0 * b, 5.0 * (b + 1));
            uint64_t now = made_until(model, start + (b + 1) * 5 * CS_S);

            chi += pow((double)(now - before) - mean, 2) / mean;
            before = now;
        }
        cs_model_free(model);
    }
    double z = z_of(chi, BINS * RUNS, sqrt(2.0 * BINS * RUNS));

    cr_expect_lt(fabs(z), 4.5, "chi-square %g on %d bins", chi, BINS * RUNS);
    cs_scenario_free(scenario);
}

#define POINTS "points: [[10s, 5/s], [40s, 80/s], [47s, 10/s], [90s, 30/s]]"
static const struct point points[] = {{0, 5}, {10, 5}, {40, 80}, {47, 10}, {90, 30}};

Test(model_traffic, counts_of_a_profile)
{
    expect_counts(SCENE("duration: 150s, lead_in: 20s", "profile: { " POINTS " }"), points, 5,
                  false);
    expect_counts(SCENE("duration: 150s, lead_in: 20s", "profile: { " POINTS ", join: step }"),
                  points, 5, true);
}

/* A round of 90 s from the first point on: joined back to it, from 30 to 5 at once where
 * the points fill the round. */
Test(model_traffic, counts_of_a_profile_that_repeats)
{
    static const struct point round[] = {{0, 5},   {10, 5},   {40, 80},  {47, 10}, {90, 30},
                                         {100, 5}, {130, 80}, {137, 10}, {180, 30}};

    expect_counts(SCENE("duration: 150s, lead_in: 20s", "profile: { " POINTS ", repeat: 90s }"),
                  round, 9, false);
}

/* The lead-in holds the first value. */
Test(model_traffic, a_profile_in_the_lead_in)
{
    struct cs_scenario *scenario = load_or_fail(
        SCENE("duration: 1m, lead_in: 1000s", "profile: { points: [[0s, 4/s], [9s, 90/s]] }"));
    struct cs_model *model = cs_model_new(scenario, 0);

    cr_expect_lt(fabs(z_of((double)made_until(model, 1000 * CS_S), 4000, sqrt(4000))), 4.5);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* ---- bursts ---- */

/* A known case: 20/s and 2/s, left at .5 and .1 a second, in 10 s: mean 50, variance
 * over mean 26.0124.  Batches of one replication each give the error. */
Test(model_traffic, dispersion_of_bursts)
{
    enum { RUNS = 40, BINS = 500 };
    struct cs_scenario *scenario = load_or_fail(
        SCENE("duration: 5000s, lead_in: 0s", "rate: 2/s, burst: { factor: 10, high: 2s, "
                                              "low: 10s }"));
    double theory = cs_theory_mmpp2_dispersion(20, 2, .5, .1, 10), sum = 0, squares = 0;
    double all = 0.0;

    cr_expect_float_eq(theory, 26.0124, 5e-5);
    for (uint32_t r = 0; r < RUNS; r++) {
        struct cs_model *model = cs_model_new(scenario, r);
        double s = 0.0, s2 = 0.0;
        uint64_t before = 0;

        for (int b = 1; b <= BINS; b++) {
            uint64_t now = made_until(model, b * 10 * CS_S);
            double count = (double)(now - before);

            s += count;
            s2 += count * count;
            before = now;
        }
        double mean = s / BINS, dispersion = (s2 / BINS - mean * mean) / mean;

        all += mean;
        sum += dispersion;
        squares += dispersion * dispersion;
        cs_model_free(model);
    }
    double mean = sum / RUNS, error = sqrt((squares / RUNS - mean * mean) / (RUNS - 1));

    cr_expect_float_eq(all / RUNS, 50, 4.5 * sqrt(50 * theory / (RUNS * BINS)) * 1.5);
    cr_expect_lt(fabs(z_of(mean, theory, error)), 4.5, "%g and %g, error %g", mean, theory,
                 error);
    cs_scenario_free(scenario);
}

/* Found high at the start as often as in the long run: 3 of 4. */
Test(model_traffic, bursts_start_as_they_are_found)
{
    enum { RUNS = 2000 };
    struct cs_scenario *scenario = load_or_fail(
        SCENE("duration: 1s, lead_in: 0s", "rate: 2/s, burst: { factor: 10, high: 3h, low: "
                                           "1h }"));
    int high = 0;

    for (uint32_t r = 0; r < RUNS; r++) {
        struct cs_model *model = cs_model_new(scenario, r);

        high += model->source[0].burst.is_high;
        cs_model_free(model);
    }
    cr_expect_lt(fabs(z_of(high, RUNS * .75, sqrt(RUNS * .75 * .25))), 4.5, "%d", high);
    cs_scenario_free(scenario);
}

/* ---- the number in M_t/M/infinity ---- */

/* 10 (1 + .5 sin) with period 10 s, service 1 s, a quarter into the period: 13.584784.
 * It catches a rate that is shifted, and a profile whose rounds drift. */
Test(model_traffic, level_under_a_sinusoid)
{
    enum { PIECES = 100, ROUNDS = 400, RUNS = 12 };
    static char text[8192];
    char *s = text;
    const double pi = 3.14159265358979323846;
    double sum = 0.0;

    strcpy(text, "capsim: 1\nname: test\nhorizon: { duration: 4050s, lead_in: 0s }\n"
                 "replications: 2\nseed: 7\n" PLATFORM
                 "traffic: { t: { mix: { a: 100% }, tiers: none, profile: { repeat: 10s, "
                 "points: [");
    s += strlen(s);
    for (int i = 0; i < PIECES; i++)
        s += sprintf(s, "%s[%dms, %.9f/s]", i > 0 ? ", " : "", i * 10000 / PIECES,
                     10 + 5 * sin(2 * pi * i / PIECES));
    s += sprintf(s, "] } } }\n");
    struct cs_scenario *scenario = load_or_fail(text);
    double theory = cs_theory_mt_minf(10, .5, 10, 1, 2.5);

    cr_expect_float_eq(theory, 13.584784, 5e-7);
    for (uint32_t r = 0; r < RUNS; r++) {
        struct cs_model *model = cs_model_new(scenario, r);

        for (int k = 2; k < ROUNDS + 2; k++) {
            (void)made_until(model, k * 10 * CS_S + 2500 * CS_MS);
            sum += (double)(model->generated - model->gone);
        }
        cs_model_free(model);
    }
    double n = ROUNDS * RUNS, z = z_of(sum / n, theory, sqrt(theory / n));

    cr_expect_lt(fabs(z), 4.5, "%g and %g", sum / n, theory);
    cs_scenario_free(scenario);
}

/* ---- days ---- */

/* Counts of days have variance m + (m cv)^2, and successive days nothing in common. */
Test(model_traffic, days_that_differ)
{
    enum { RUNS = 4, DAYS = 360 };
    struct cs_scenario *scenario = load_or_fail(
        "capsim: 1\nname: test\nhorizon: { duration: 360d, lead_in: 0s, sample: 1d }\n"
        "replications: 2\nseed: 7\n" PLATFORM SOURCE(
            "rate: 100/d, day_factor: { gamma: { mean: 1, cv: 0.5 } }"));
    double s = 0, s2 = 0, product = 0, n = RUNS * DAYS;

    for (uint32_t r = 0; r < RUNS; r++) {
        struct cs_model *model = cs_model_new(scenario, r);
        uint64_t before = 0;
        double last = 100;

        for (int d = 1; d <= DAYS; d++) {
            uint64_t now = made_until(model, d * CS_DAY);
            double count = (double)(now - before);

            s += count;
            s2 += (count - 100) * (count - 100);
            product += (count - 100) * (last - 100);
            last = count;
            before = now;
        }
        cs_model_free(model);
    }
    double variance = 100 + 2500;

    cr_expect_lt(fabs(z_of(s / n, 100, sqrt(variance / n))), 4.5, "mean %g", s / n);
    /* Kurtosis of a gamma with cv .5: 3 + 6 / 4. */
    cr_expect_lt(fabs(z_of(s2 / n, variance, variance * sqrt(3.5 / n))), 4.5, "variance %g",
                 s2 / n);
    cr_expect_lt(fabs(product / n / variance * sqrt(n)), 4.5, "correlation %g",
                 product / n / variance);
    cs_scenario_free(scenario);
}

/* Midnight is each zone's own: of the 28th, the west has 19 h and the east 23 h in the 24
 * h from 22:00 UTC on, and a day that is 0 sends nobody.  It catches a calendar on UTC. */
Test(model_traffic, a_calendar_on_the_clock_of_the_zone)
{
    struct cs_scenario *scenario = load_or_fail(
        SCENE("duration: 24h, lead_in: 0s", "rate: 1/s, calendar: { 2025-11-28: 0 }"));
    struct cs_model *model = cs_model_new(scenario, 0);
    /* East: 1 h to its midnight, then none; west: 7 h, then none. */
    double mean = 3600 * (.6 * 1 + .4 * 7);

    double made = (double)made_until(model, 24 * CS_HOUR);
    cr_expect_lt(fabs(z_of(made, mean, sqrt(mean))), 4.5, "%g and %g", made, mean);
    cs_model_free(model);
    model = cs_model_new(scenario, 0);
    uint64_t at_7h = made_until(model, 7 * CS_HOUR);
    cr_expect_eq(made_until(model, 24 * CS_HOUR), at_7h);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* ---- growth ---- */

/* Each replication grows by its own number, for good: counts of the last day follow it. */
Test(model_traffic, growth_is_drawn_once_a_replication)
{
    enum { RUNS = 400 };
    struct cs_scenario *scenario = load_or_fail(
        SCENE("duration: 1h, lead_in: 0s",
              "rate: 1/s, growth: { p10: 4%/month, p50: 8%/month, p90: 14%/month }"));
    const struct cs_growth *growth = &scenario->source[0].growth;
    int below[3] = {0};

    for (uint32_t r = 0; r < RUNS; r++) {
        struct cs_model *model = cs_model_new(scenario, r);

        for (int i = 0; i < 3; i++)
            below[i] += model->source[0].growth_per_s < growth->per_s[i];
        cs_model_free(model);
    }
    for (int i = 0; i < 3; i++) {
        double p = i == 0 ? .1 : i == 1 ? .5 : .9;

        cr_expect_lt(fabs(z_of(below[i], RUNS * p, sqrt(RUNS * p * (1 - p)))), 4.5, "%d of %d",
                     below[i], RUNS);
    }
    cs_scenario_free(scenario);
}

/* ---- one source or several ---- */

/* A source of two functions is two sources: no covariance between their counts.  It
 * catches draws that are shared between a request's gap and its function. */
Test(model_traffic, functions_of_a_source_are_independent)
{
    enum { BINS = 3000 };
    struct cs_scenario *scenario =
        load_or_fail(SCENE("duration: 30000s, lead_in: 0s", "rate: 2/s"));
    struct cs_model *model = cs_model_new(scenario, 0);
    double product = 0.0, before[2] = {0};

    for (int b = 1; b <= BINS; b++) {
        double now[2];

        (void)made_until(model, b * 10 * CS_S);
        now[0] = (double)count_of(model, "requests_total", "function=a");
        now[1] = (double)count_of(model, "requests_total", "function=b");
        product += (now[0] - before[0] - 14) * (now[1] - before[1] - 6);
        before[0] = now[0];
        before[1] = now[1];
    }
    cr_expect_lt(fabs(product / sqrt(BINS * 14.0 * 6.0)), 4.5, "%g", product / BINS);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* Users of its own, all alike: chi-square on 20 of them. */
Test(model_traffic, users_of_its_own)
{
    struct cs_scenario *scenario =
        load_or_fail(SCENE("duration: 400s, lead_in: 0s", "rate: 9/s"));
    struct stage stage;
    double chi = 0.0, n = 0.0;
    int seen[20] = {0};

    scenario->source[0].own_users = 20;
    scenario->source[0].first_own_user = 1000;
    stage_run_scenario(&stage, scenario, NULL);
    for (int i = 0; i < STAGE_REQUESTS; i++) {
        if (stage.heard[i].times == 0)
            continue;
        cr_assert(stage.heard[i].user >= 1000 && stage.heard[i].user < 1020);
        seen[stage.heard[i].user - 1000]++;
        n++;
    }
    for (int u = 0; u < 20; u++)
        chi += pow(seen[u] - n / 20, 2) / (n / 20);
    cr_expect_gt(n, 3000);
    cr_expect_lt(fabs(z_of(chi, 19, sqrt(38))), 4.5, "%g", chi);
    stage_close(&stage);
}
