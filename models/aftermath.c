/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: after an event a metric settles where it stays until the next one.
 * Equation:   from the end of the event (the instant of one that stays) to the first
 *             step from which on the metric keeps to its band: capsim/settle.h.
 * Source:     the runbook's "watch 15 minutes" after a change.
 * Leaves out: metrics that return to where they were before; a new level counts.
 */
#include "event.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/settle.h"

#include "platform.h"

/* What is watched: series without labels, and what is no change of them. */
static const struct {
    const char *name, *stat;
    double least;
} watched[] = {
    {"request_duration_seconds", "p95", 1e-3},
    {"error_ratio", NULL, 2e-3},
    {"limited_ratio", NULL, 2e-3},
    {"instances", NULL, 1.0},
    {"db_pool_waiting_requests", NULL, 1.0},
    {"db_connections", NULL, 1.0},
};

enum { WATCHED = sizeof watched / sizeof watched[0] };

struct cs_aftermath {
    const struct cs_scenario *scenario; /* as the file has it */
    struct {
        double *seconds, *settled; /* until all have settled; whether they did */
        double *of[WATCHED];       /* NULL: there is no such series */
    } * event;
    size_t series[WATCHED];
};

static size_t find_series(const struct cs_registry *registry, int w)
{
    size_t n = cs_registry_n_series(registry);

    for (size_t i = 0; i < n; i++) {
        const struct cs_series *series = cs_registry_series(registry, i);

        if (series->labels.label[0].key == NULL && strcmp(series->name, watched[w].name) == 0 &&
            (watched[w].stat == NULL || strcmp(series->stat, watched[w].stat) == 0))
            return i;
    }
    return n;
}

void cs_aftermath_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;

    if (scenario->n_events == 0)
        return;
    struct cs_aftermath *after = model->aftermath = CS_NEW(struct cs_aftermath);

    after->scenario = scenario;
    after->event = cs_calloc(scenario->n_events, sizeof *after->event);
    for (int w = 0; w < WATCHED; w++)
        after->series[w] = find_series(model->registry, w);
    for (uint32_t i = 0; i < scenario->n_events; i++) {
        struct cs_labels labels = CS_LABELS({"event", scenario->event[i].name});

        after->event[i].seconds =
            cs_metric_figure(model->registry, "event_settle_seconds", "seconds", labels);
        after->event[i].settled =
            cs_metric_figure(model->registry, "event_settled", "1", labels);
        for (int w = 0; w < WATCHED; w++) {
            if (after->series[w] == cs_registry_n_series(model->registry))
                continue;
            labels.label[1] = (struct cs_label){"metric", watched[w].name};
            after->event[i].of[w] =
                cs_metric_figure(model->registry, "event_settle_seconds", "seconds", labels);
        }
    }
}

void cs_aftermath_release(struct cs_model *model)
{
    if (model->aftermath == NULL)
        return;
    free(model->aftermath->event);
    free(model->aftermath);
}

static cs_time ends_at(const struct cs_event *event)
{
    cs_time rolling = event->deploy.exists ? event->deploy.rolling : 0;
    cs_time length = event->length == CS_NEVER ? 0 : event->length;

    return event->at + (length > rolling ? length : rolling);
}

/* The first edge of another event after `from`; the window's end when there is none. */
static cs_time next_edge(const struct cs_model *model, uint32_t but, cs_time from)
{
    const struct cs_scenario *scenario = model->aftermath->scenario;
    cs_time next = model->end - model->start;

    for (uint32_t i = 0; i < scenario->n_events; i++) {
        const cs_time edge[] = {scenario->event[i].at, ends_at(&scenario->event[i])};

        for (int e = 0; i != but && e < 2; e++)
            if (edge[e] > from && edge[e] < next)
                next = edge[e];
    }
    return next;
}

void cs_aftermath_run(struct cs_model *model)
{
    struct cs_aftermath *after = model->aftermath;
    cs_time step = cs_registry_step_length(model->registry);

    for (uint32_t i = 0; after != NULL && i < after->scenario->n_events; i++) {
        cs_time from = ends_at(&after->scenario->event[i]);
        size_t first = (size_t)((from + step - 1) / step);
        size_t last = (size_t)(next_edge(model, i, from) / step);
        double longest = 0.0;

        for (int w = 0; w < WATCHED; w++) {
            if (after->event[i].of[w] == NULL)
                continue;
            const float *value = cs_registry_series(model->registry, after->series[w])->value;
            int points = value == NULL || last <= first
                             ? -1
                             : cs_settle(value + first, last - first, watched[w].least);
            double seconds = points < 0 ? (double)NAN : points * cs_time_s(step);

            *after->event[i].of[w] = seconds;
            longest = seconds > longest || isnan(seconds) ? seconds : longest;
            if (isnan(longest))
                break;
        }
        *after->event[i].seconds = longest;
        *after->event[i].settled = isnan(longest) ? 0.0 : 1.0;
    }
}
