/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model_fixture.h"

/* What belongs to the measured window to its last instant. */

#define QUEUE(rate)                                                                           \
    "capsim: 1\nname: w\nhorizon: { duration: 1h, lead_in: 5m }\n"                            \
    "fleets: { f: { min_instances: 1, max_instances: 1, queue: { limit: unlimited } } }\n"    \
    "functions: { s: { fleet: f, steps: [ { wait: { exponential: { mean: 100ms } } } ] } }\n" \
    "traffic: { open: { rate: " rate ", mix: { s: 100% } } }\n"

static struct cs_model *run(const char *text, struct cs_scenario **scenario)
{
    *scenario = load_or_fail(text);
    struct cs_model *model = cs_model_new(*scenario, 0);

    cs_model_run(model);
    return model;
}

/* With flat traffic the busy hour is the window: it must agree with the mean.
 * Catches an hour that the end of the window cuts off. */
Test(model_window, the_busy_hour_may_end_with_the_window)
{
    struct cs_scenario *scenario;
    struct cs_model *model = run(QUEUE("5/s"), &scenario);
    const struct cs_registry *registry = cs_model_registry(model);
    size_t rows = 0;

    for (size_t i = 0; i < cs_registry_metrics(registry); i++) {
        const struct cs_metric *metric = cs_registry_metric(registry, i);

        if ((metric->stats & CS_STAT_BIT(CS_STAT_BUSY_HOUR)) == 0)
            continue;
        double hour = cs_metric_value(registry, metric, CS_STAT_BUSY_HOUR);
        double mean = cs_metric_value(registry, metric, CS_STAT_TIME_MEAN);

        cr_expect(hour == mean, "%s: %g, not %g", metric->name, hour, mean);
        rows++;
    }
    cr_expect_gt(rows, 5);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* Catches a last step that the end of the window leaves out. */
Test(model_window, series_have_their_last_point)
{
    struct cs_scenario *scenario;
    struct cs_model *model = run(QUEUE("5/s"), &scenario);
    const struct cs_registry *registry = cs_model_registry(model);
    size_t last = cs_registry_steps(registry) - 1;

    for (size_t i = 0; i < cs_registry_n_series(registry); i++) {
        const struct cs_series *series = cs_registry_series(registry, i);

        if (series->kind == CS_SERIES_LEVEL || series->kind == CS_SERIES_RATE)
            cr_expect(!isnan(series->value[last]), "%s", series->name);
    }
    cs_model_free(model);
    cs_scenario_free(scenario);
}

static bool is_stable(const char *text)
{
    struct cs_scenario *scenario;
    struct cs_model *model = run(text, &scenario);
    const struct cs_model_check *checks;
    size_t n = cs_model_checks(model, &checks), i = 0;

    while (i < n && strcmp(checks[i].name, "stable") != 0)
        i++;
    cr_assert_lt(i, n);
    bool ok = checks[i].ok;

    cs_model_free(model);
    cs_scenario_free(scenario);
    return ok;
}

/* An overload that drains after the window is still an overload. */
Test(model_window, a_backlog_that_grows_is_told)
{
    cr_expect(is_stable(QUEUE("9/s")));
    cr_expect(!is_stable(QUEUE("11/s")));
    cr_expect(!is_stable(QUEUE("30/s")));
}

/* A leaver that names another's time of entry balances the sum of sojourns; the
 * census of who is there does not agree.  Catches a check that cannot fail. */
Test(model_window, a_census_finds_a_mistimed_customer)
{
    struct cs_scenario *scenario = load_or_fail(QUEUE("9/s"));

    for (cs_time shift = 0; shift <= 1; shift++) {
        struct cs_model *model = cs_model_new(scenario, 0);
        const struct cs_model_check *checks;

        model->system.entries += shift;
        cs_model_run(model);
        size_t n = cs_model_checks(model, &checks), i = 0;

        while (i < n && strcmp(checks[i].name, "little: census") != 0)
            i++;
        cr_assert_lt(i, n);
        cr_expect_eq(checks[i].ok, shift == 0);
        cs_model_free(model);
    }
    cs_scenario_free(scenario);
}
