/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts, health and error budgets, from replications to estimates. */
#include "test_scenario.h"

#include <criterion/criterion.h>
#include <math.h>

#include "capsim/experiment.h"
#include "experiment/build.h"

#define WATCHED                                                                              \
    "capsim: 1\nname: watched\n"                                                             \
    "horizon: { duration: 20m, lead_in: 2m, sample: 7s }\nreplications: 12\nseed: 5\n"       \
    "fleets: { f: { min_instances: 1, concurrency: 100 } }\n"                                \
    "functions: { serve: { fleet: f, errors: { 500: 2%, 429: 10% }, steps: [ { wait: 1ms } " \
    "] } }\n"                                                                                \
    "traffic: { open: { rate: 5/s, mix: { serve: 100% } } }\n"                               \
    "slos:\n"                                                                                \
    "  floor: { target: \"success >= 98%\", window: 10m }\n"                                 \
    "  ceiling: { target: \"errors < 1%\", window: 10m }\n"                                  \
    "  quick: { target: \"under 1s >= 90%\", window: 10m }\n"                                \
    "  time: { target: \"p(95) < 1s\", window: 10m }\n"                                      \
    "  none: { target: \"success >= 100%\", window: 10m }\n"                                 \
    "alerts:\n"                                                                              \
    "  some: { expr: \"errors(1m) > 4%\", for: 20s, severity: critical }\n"                  \
    "  ever: { expr: \"limited(70s) > 0%\", of: { function: serve } }\n"                     \
    "  never: { expr: \"errors(1m) > 90%\" }\n"                                              \
    "health: { d: { warning: \"errors(1m) > 2%\", critical: \"errors(1m) > 4%\" } }\n"

static struct cs_result *run(void)
{
    struct loaded loaded = load_text(WATCHED);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    struct cs_result *result =
        cs_experiment_run(loaded.scenario, &(struct cs_run_options){.jobs = 2, .version = "1"});

    loaded_release(&loaded);
    return result;
}

/* Catches a budget of the wrong side, and one made up for what has none. */
Test(experiment_watch, the_budget_is_what_the_target_allows)
{
    struct cs_result *result = run();
    const struct cs_result_slo *floor = &result->slo[0], *ceiling = &result->slo[1];
    const double allowed[] = {0.02, 0.01, 0.1};

    for (size_t i = 0; i < 3; i++) {
        const struct cs_result_slo *slo = &result->slo[i];
        double wrong = i == 1 ? slo->value.mean : 1 - slo->value.mean;

        cr_expect_float_eq(slo->burn.mean, wrong / allowed[i], 1e-9);
        cr_expect_float_eq(slo->budget_left.mean, 1 - slo->burn.mean, 1e-12);
        cr_expect_float_eq(slo->budget_left.hi, 1 - slo->burn.lo, 1e-12);
        cr_expect_float_eq(slo->budget_left.lo, 1 - slo->burn.hi, 1e-12);
        cr_expect_eq(slo->burn.n, 12);
    }
    /* 2 of the 90 in a hundred that are not 429s. */
    cr_expect(floor->burn.mean > 0.9 && floor->burn.mean < 1.35, "%g", floor->burn.mean);
    cr_expect(ceiling->burn.mean > 1.8 && ceiling->burn.mean < 2.7);
    /* A window that spends its budget is one that does not meet the target. */
    cr_expect_eq(ceiling->p_exhausted.n, 24);
    cr_expect_float_eq(ceiling->p_exhausted.mean, 1 - ceiling->attainment.mean, 1e-12);
    cr_expect_lt(ceiling->p_exhausted.lo, ceiling->p_exhausted.mean + 1e-12);
    for (size_t i = 3; i < 5; i++) {
        cr_expect(isnan(result->slo[i].burn.mean));
        cr_expect(isnan(result->slo[i].p_exhausted.mean));
        cr_expect_eq(result->slo[i].budget_left.n, 0);
    }
    cs_result_free(result);
}

Test(experiment_watch, alerts_have_pages_times_and_a_share_of_windows)
{
    struct cs_result *result = run();
    const struct cs_result_alert *some = &result->alert[0], *ever = &result->alert[1],
                                 *never = &result->alert[2];

    cr_assert_eq(result->n_alerts, 3);
    cr_expect_str_eq(some->severity, "critical");
    cr_expect_str_eq(ever->of, "function: serve");
    cr_expect_gt(some->fired.mean, 0);
    cr_expect_gt(some->time_firing.mean, 0);
    cr_expect_lt(some->time_firing.lo, some->time_firing.mean);
    cr_expect_eq(some->first_at.n, (size_t)lround(some->ever.mean * 12));
    cr_expect_not_null(strstr(some->note, "rounded up to whole samples of 7 s"));
    /* One look at the start sees the lead-in; it holds to the end. */
    cr_expect_float_eq(ever->fired.mean, 1, 0);
    cr_expect_float_eq(ever->time_firing.mean, 1200, 1e-9);
    cr_expect_float_eq(ever->first_at.mean, 0, 0);
    cr_expect(isnan(ever->fired.lo));
    cr_expect_not_null(strstr(ever->note, "no interval"));
    cr_expect_null(strstr(ever->note, "rounded"));
    cr_expect_float_eq(never->ever.mean, 0, 0);
    /* Clopper-Pearson for 0 of 12: 1 - 0.025^(1/12). */
    cr_expect_float_eq(never->ever.hi, 1 - pow(0.025, 1.0 / 12), 1e-9);
    cr_expect(isnan(never->first_at.mean));
    cr_expect_eq(never->first_at.n, 0);
    cs_result_free(result);
}

Test(experiment_watch, health_shares_are_all_of_the_time)
{
    struct cs_result *result = run();
    const struct cs_result_health *d = &result->health[0];

    cr_assert_eq(result->n_health, 1);
    cr_expect_float_eq(d->healthy.mean + d->warning.mean + d->critical.mean, 1, 1e-12);
    cr_expect_gt(d->warning.mean, 0);
    cr_expect_gt(d->healthy.mean, 0);
    cr_expect_lt(d->healthy.lo, d->healthy.mean);
    cr_expect_str_eq(d->critical_expr, "errors(1m) > 4%");
    cs_result_free(result);
}

/* The timeline's mean over time is the alert's: replications firing at a step. */
Test(experiment_watch, the_series_is_the_share_of_replications_that_fire)
{
    struct cs_result *result = run();
    double seconds = 0;
    size_t found = 0;

    for (size_t i = 0; i < result->n_series; i++) {
        const struct cs_result_series *series = &result->series[i];

        if (strcmp(series->name, "alert_firing") != 0 ||
            strcmp(series->label[0].value, "some") != 0)
            continue;
        found++;
        for (size_t k = 0; k < series->n; k++) {
            double end = fmin(1200, (double)(k + 1) * series->step_s);

            seconds += series->mean[k] * (end - (double)k * series->step_s);
        }
    }
    cr_assert_eq(found, 1);
    cr_expect_float_eq(seconds, result->alert[0].time_firing.mean, 1e-3);
    cs_result_free(result);
}
