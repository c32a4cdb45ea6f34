/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test_scenario.h"

#include <criterion/criterion.h>
#include <math.h>

#include "experiment/build.h"

/* Replications made up by hand: what comes of them is known by hand too. */

static const char text[] =
    "capsim: 1\nname: small\nhorizon: { duration: 60s, lead_in: 0s, sample: 20s }\n"
    "fleets: { f: { max_instances: 1 } }\n"
    "functions: { serve: { fleet: f, steps: [ { wait: 1s } ] } }\n"
    "traffic: { open: { rate: 1/s, mix: { serve: 100% } } }\n"
    "slos: { easy: { target: \"success >= 40%\", window: 20s } }\n";

enum { MADE = 3 };

struct made {
    struct loaded loaded;
    struct cs_pooled pooled;
    struct cs_summary summary[MADE];
    struct cs_result *result;
};

/* Replication r has r + 1 in every row and step. */
static void make(struct made *made)
{
    *made = (struct made){.loaded = load_text(text), .result = cs_result_new()};
    cr_assert_not_null(made->loaded.scenario, "%s", made->loaded.said);
    cs_pooled_init(&made->pooled, made->loaded.scenario);
    for (size_t r = 0; r < MADE; r++) {
        struct cs_summary *summary = &made->summary[r];
        size_t n = made->pooled.n_series * made->pooled.n_steps;

        summary->row = calloc(made->pooled.n_rows, sizeof *summary->row);
        summary->series = calloc(n, sizeof *summary->series);
        summary->slo = calloc(made->loaded.scenario->n_slos, sizeof *summary->slo);
        for (size_t i = 0; i < made->pooled.n_rows; i++)
            summary->row[i] = (double)(r + 1);
        for (size_t i = 0; i < n; i++)
            summary->series[i] = (float)(r + 1);
    }
}

static void unmake(struct made *made)
{
    for (size_t r = 0; r < MADE; r++)
        cs_summary_release(&made->summary[r], made->loaded.scenario->n_slos);
    cs_pooled_release(&made->pooled);
    cs_result_free(made->result);
    loaded_release(&made->loaded);
}

/* t at 97.5 % with 2 degrees of freedom is 4.302653. */
Test(experiment_build, rows_become_estimates)
{
    struct made made;

    make(&made);
    for (size_t r = 0; r < MADE; r++)
        made.summary[r].row[2] = nan("");
    made.summary[0].row[3] = nan("");
    for (size_t i = 0; i < made.pooled.n_metrics; i++)
        if (made.pooled.hist[i] != NULL)
            cs_hist_add_n(made.pooled.hist[i], CS_S, 100);
    cs_build_metrics(made.result, &made.pooled, made.summary, MADE);
    cr_assert_eq(made.result->n_metrics, made.pooled.n_rows);

    const struct cs_result_metric *row = made.result->metric;
    cr_assert_str_eq(row[0].name, "request_duration_seconds");
    cr_assert_str_eq(row[0].stat, "mean");
    cr_assert_str_eq(row[1].stat, "p50");
    cr_expect_float_eq(row[0].value.mean, 2.0, 1e-12);
    cr_expect_float_eq(row[0].value.hi, 2.0 + 4.302653 / sqrt(3.0), 1e-5);
    cr_expect_eq(row[0].value.n, 3);
    /* Pooled 1 s, sections 1, 2 and 3 s about it; no time is below 0. */
    cr_expect_float_eq(row[1].value.mean, 1.0, 1e-12);
    cr_expect_float_eq(row[1].value.hi, 1.0 + 4.302653 * sqrt(5.0 / 2 / 3), 1e-5);
    cr_expect(row[1].value.lo == 0.0);
    cr_expect_eq(row[2].value.n, 0, "no replication saw any");
    cr_expect_eq(row[3].value.n, 2);
    unmake(&made);
}

Test(experiment_build, a_row_that_nothing_rests_on_stays)
{
    struct made made;

    make(&made);
    for (size_t r = 0; r < MADE; r++)
        made.summary[r].row[0] = made.summary[r].row[1] = nan("");
    cs_build_metrics(made.result, &made.pooled, made.summary, MADE);
    for (size_t i = 0; i < 2; i++) {
        cr_expect(isnan(made.result->metric[i].value.mean));
        cr_expect(isnan(made.result->metric[i].value.lo));
        cr_expect_eq(made.result->metric[i].value.n, 0);
    }
    unmake(&made);
}

Test(experiment_build, steps_become_bands)
{
    struct made made;

    make(&made);
    made.summary[0].series[1] = NAN;
    for (size_t r = 0; r < MADE; r++)
        made.summary[r].series[2] = NAN;
    cs_build_series(made.result, &made.pooled, made.summary, MADE);

    const struct cs_result_series *series = &made.result->series[0];
    cr_expect_float_eq(series->mean[0], 2.0, 1e-12);
    cr_expect_float_eq(series->p5[0], 1.1, 1e-12);
    cr_expect_float_eq(series->p50[0], 2.0, 1e-12);
    cr_expect_float_eq(series->p95[0], 2.9, 1e-12);
    cr_expect_float_eq(series->mean[1], 2.5, 1e-12);
    cr_expect(isnan(series->mean[2]) && isnan(series->p50[2]));
    unmake(&made);
}

Test(experiment_build, a_check_holds_when_it_holds_everywhere)
{
    struct cs_result *result = cs_result_new();
    struct cs_model_check one[] = {{"flow", true, "5 = 5"}, {"little", true, "7 = 7"}};
    struct cs_model_check two[] = {{"flow", true, "6 = 6"}, {"little", false, "7 is not 8"}};
    struct cs_summary summary[] = {{.check = one, .n_checks = 2},
                                   {.check = two, .n_checks = 2}};

    cs_build_checks(result, summary, 2);
    cr_assert_eq(result->n_checks, 3);
    cr_expect(result->check[0].ok);
    cr_expect_not_null(strstr(result->check[0].detail, "2 replications"));
    cr_expect(!result->check[1].ok);
    cr_expect_str_eq(result->check[1].detail, "replication 2: 7 is not 8");
    cr_expect(result->check[2].ok);
    cs_build_checks(result, summary, 1);
    cr_expect(result->check[1].ok);
    cr_expect(!result->check[2].ok, "one replication has no interval");
    cs_result_free(result);
}

/* Two windows with requests, one without. */
static struct cs_summary_slo three_windows(void)
{
    struct cs_summary_slo windows = {.n_windows = 3,
                                     .value = calloc(3, sizeof(double)),
                                     .met = calloc(3, sizeof(bool)),
                                     .empty = calloc(3, sizeof(bool))};

    windows.value[0] = windows.value[2] = 0.5;
    windows.value[1] = nan("");
    windows.met[0] = windows.met[1] = windows.empty[1] = true;
    return windows;
}

Test(experiment_build, empty_windows_count_as_met_and_are_told)
{
    struct made made;

    make(&made);
    made.summary[0].slo[0] = three_windows();
    cs_build_slos(made.result, made.loaded.scenario, made.summary, 1);
    const struct cs_result_slo *easy = made.result->slo;
    cr_expect_eq(easy->windows, 3);
    cr_expect_eq(easy->windows_met, 2);
    cr_expect_eq(easy->value.n, 2);
    cr_expect_float_eq(easy->value.mean, 0.5, 1e-12);
    cr_expect_str_eq(easy->note, "1 of 3 windows had no such request and counts as met; the "
                                 "value was always the same: no interval; at this share about "
                                 "4 more replications would decide");
    unmake(&made);
}

/* A platform that nobody asked anything has met nothing. */
Test(experiment_build, windows_all_empty_exercise_nothing)
{
    struct made made;

    make(&made);
    made.summary[0].slo[0] = three_windows();
    for (size_t w = 0; w < 3; w++) {
        made.summary[0].slo[0].value[w] = nan("");
        made.summary[0].slo[0].met[w] = made.summary[0].slo[0].empty[w] = true;
    }
    cs_build_slos(made.result, made.loaded.scenario, made.summary, 1);
    cr_expect_eq(made.result->slo->verdict, CS_NOT_EXERCISED);
    cr_expect_str_eq(made.result->slo->note, "no window had such a request");
    unmake(&made);
}

Test(experiment_build, an_interval_stays_within_its_limits)
{
    struct cs_estimate wide = {.mean = 0.5, .lo = -1.0, .hi = 2.0, .n = 2};
    struct cs_estimate none = {.mean = 0.5, .lo = nan(""), .hi = nan(""), .n = 1};
    struct cs_estimate share = cs_build_within(wide, 1.0),
                       time = cs_build_within(wide, HUGE_VAL);

    cr_expect(share.lo == 0.0 && share.hi == 1.0 && share.mean == 0.5);
    cr_expect(time.lo == 0.0 && time.hi == 2.0);
    cr_expect(isnan(cs_build_within(none, 1.0).lo) && isnan(cs_build_within(none, 1.0).hi));
}

/* 0.5 in one replication and 0.6 in the other; t at 97.5 % with 1 degree of
 * freedom is 12.706205. */
Test(experiment_build, a_value_rests_on_the_means_of_replications)
{
    struct made made;

    make(&made);
    made.summary[0].slo[0] = three_windows();
    made.summary[1].slo[0] = three_windows();
    made.summary[1].slo[0].value[2] = 0.7;
    cs_build_slos(made.result, made.loaded.scenario, made.summary, 2);
    const struct cs_result_slo *easy = made.result->slo;
    cr_expect_eq(easy->windows, 6);
    cr_expect_eq(easy->value.n, 2);
    cr_expect_float_eq(easy->value.mean, 0.55, 1e-12);
    cr_expect(easy->value.hi == 1.0, "0.55 + 12.7 * 0.05 is no share");
    cr_expect(easy->value.lo == 0.0);
    cr_expect_str_eq(easy->note, "2 of 6 windows had no such request and count as met; "
                                 "at this share about 3 more replications would decide");
    unmake(&made);
}
