/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"

/* ---- words ---- */

const char *cs_build_subject(struct cs_arena *arena, const struct cs_scenario *scenario,
                             struct cs_subject scope)
{
    uint32_t i = scope.index;

    switch (scope.of) {
    case CS_OF_ALL:
        return "";
    case CS_OF_FUNCTION:
        return cs_arena_printf(arena, "function: %s", scenario->function[i].name);
    case CS_OF_FLEET:
        return cs_arena_printf(arena, "fleet: %s", scenario->fleet[i].name);
    case CS_OF_DATABASE:
        return cs_arena_printf(arena, "database: %s", scenario->database[i].name);
    case CS_OF_DEPENDENCY:
        return cs_arena_printf(arena, "dependency: %s", scenario->dependency[i].name);
    case CS_OF_REGION:
        return cs_arena_printf(arena, "region: %s", scenario->region[i].name);
    case CS_OF_ZONE:
        return cs_arena_printf(arena, "zone: %s", scenario->zone[i].name);
    case CS_OF_TIER:
        return cs_arena_printf(arena, "tier: %s", scenario->tier[i].name);
    }
    return "";
}

static const char *severity_word(enum cs_severity severity)
{
    switch (severity) {
    case CS_SEVERITY_INFO:
        return "info";
    case CS_SEVERITY_WARNING:
        return "warning";
    case CS_SEVERITY_CRITICAL:
        return "critical";
    }
    return "";
}

/* Ranges are whole samples in the model. */
static const char *note_ranges(struct cs_arena *arena, const struct cs_expr *expr,
                               cs_time sample)
{
    for (uint32_t i = 0; i < expr->n; i++)
        if (expr->term[i].range % sample != 0)
            return cs_arena_printf(arena, "a range is rounded up to whole samples of %s",
                                   cs_build_span(arena, sample));
    return "";
}

/* ---- alerts ---- */

static const char *note_alert(struct cs_result *result, const struct cs_result_alert *to,
                              const struct cs_alert *alert, const struct cs_scenario *scenario,
                              size_t n)
{
    const char *note = note_ranges(result->arena, &alert->expr, scenario->horizon.sample);

    if (n == 1)
        return cs_build_also(result->arena, note, "one replication gives no interval");
    if (to->ever.mean == 0.0)
        return cs_build_also(result->arena, note,
                             "it never fired: no interval but that of the share");
    if (isnan(to->fired.lo) || isnan(to->time_firing.lo))
        return cs_build_also(result->arena, note,
                             "what was the same in every replication has no interval");
    return note;
}

static void build_alert(struct cs_result *result, struct cs_result_alert *to,
                        const struct cs_scenario *scenario, const struct cs_summary *summary,
                        size_t n, uint32_t a)
{
    const struct cs_alert *alert = &scenario->alert[a];
    double *fired = CS_NEW_ARRAY(double, n), *firing = CS_NEW_ARRAY(double, n),
           *first = CS_NEW_ARRAY(double, n);
    uint64_t ever = 0;

    for (size_t r = 0; r < n; r++) {
        const struct cs_alert_outcome *outcome = &summary[r].alert[a];

        fired[r] = (double)outcome->fired;
        firing[r] = cs_time_s(outcome->firing);
        first[r] = outcome->fired > 0 ? cs_time_s(outcome->first) : __builtin_nan("");
        ever += outcome->fired > 0;
    }
    *to = (struct cs_result_alert){
        .name = cs_arena_strdup(result->arena, alert->name),
        .expr = cs_arena_strdup(result->arena, alert->expr.text),
        .of = cs_build_subject(result->arena, scenario, alert->of),
        .severity = severity_word(alert->severity),
        .for_s = cs_time_s(alert->hold),
        .fired = cs_build_within(cs_estimate_mean(fired, n, result->confidence), HUGE_VAL),
        .time_firing = cs_build_within(cs_estimate_mean(firing, n, result->confidence),
                                       result->duration_s),
        .first_at =
            cs_build_within(cs_estimate_mean(first, n, result->confidence), result->duration_s),
        .ever = cs_estimate_share(ever, n, result->confidence),
    };
    to->note = note_alert(result, to, alert, scenario, n);
    free(fired);
    free(firing);
    free(first);
}

/* ---- dashboards ---- */

static struct cs_estimate share_of_time(const struct cs_result *result,
                                        const struct cs_summary *summary, size_t n, uint32_t d,
                                        int state)
{
    double *y = CS_NEW_ARRAY(double, n);

    for (size_t r = 0; r < n; r++) {
        const struct cs_health_outcome *time = &summary[r].health[d];
        cs_time whole = time->healthy + time->warning + time->critical;
        cs_time part = state == 0 ? time->healthy : state == 1 ? time->warning : time->critical;

        y[r] = (double)part / (double)whole;
    }
    struct cs_estimate share = cs_build_within(cs_estimate_mean(y, n, result->confidence), 1.0);

    free(y);
    return share;
}

static void build_health(struct cs_result *result, struct cs_result_health *to,
                         const struct cs_scenario *scenario, const struct cs_summary *summary,
                         size_t n, uint32_t d)
{
    const struct cs_dashboard *dashboard = &scenario->dashboard[d];
    const char *warning = dashboard->warning.text, *critical = dashboard->critical.text;

    *to = (struct cs_result_health){
        .name = cs_arena_strdup(result->arena, dashboard->name),
        .of = cs_build_subject(result->arena, scenario, dashboard->of),
        .warning_expr = cs_arena_strdup(result->arena, warning != NULL ? warning : ""),
        .critical_expr = cs_arena_strdup(result->arena, critical != NULL ? critical : ""),
        .healthy = share_of_time(result, summary, n, d, 0),
        .warning = share_of_time(result, summary, n, d, 1),
        .critical = share_of_time(result, summary, n, d, 2),
    };
    to->note = note_ranges(result->arena, &dashboard->warning, scenario->horizon.sample);
    if (*to->note == '\0')
        to->note = note_ranges(result->arena, &dashboard->critical, scenario->horizon.sample);
    if (n == 1)
        to->note = cs_build_also(result->arena, to->note, "one replication gives no interval");
    else if (isnan(to->healthy.lo) || isnan(to->warning.lo) || isnan(to->critical.lo))
        to->note =
            cs_build_also(result->arena, to->note,
                          "a share that was the same in every replication has no interval");
}

void cs_build_watches(struct cs_result *result, const struct cs_scenario *scenario,
                      const struct cs_summary *summary, size_t n)
{
    result->alert = CS_ARENA_ARRAY(result->arena, struct cs_result_alert, scenario->n_alerts);
    result->health =
        CS_ARENA_ARRAY(result->arena, struct cs_result_health, scenario->n_dashboards);
    result->n_alerts = scenario->n_alerts;
    result->n_health = scenario->n_dashboards;
    for (uint32_t a = 0; a < scenario->n_alerts; a++)
        build_alert(result, &result->alert[a], scenario, summary, n, a);
    for (uint32_t d = 0; d < scenario->n_dashboards; d++)
        build_health(result, &result->health[d], scenario, summary, n, d);
}

/* ---- kept of a replication ---- */

void cs_summary_take_watches(struct cs_summary *summary, const struct cs_scenario *scenario,
                             const struct cs_model *model)
{
    summary->alert = CS_NEW_ARRAY(struct cs_alert_outcome, scenario->n_alerts + 1);
    summary->health = CS_NEW_ARRAY(struct cs_health_outcome, scenario->n_dashboards + 1);
    for (uint32_t a = 0; a < scenario->n_alerts; a++)
        summary->alert[a] = cs_model_alert(model, a);
    for (uint32_t d = 0; d < scenario->n_dashboards; d++)
        summary->health[d] = cs_model_health(model, d);
}
