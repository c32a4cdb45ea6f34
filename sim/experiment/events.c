/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#include <math.h>

static struct cs_estimate figure_of(const struct cs_result *result, const char *name,
                                    const char *event)
{
    const char *label = cs_arena_printf(result->arena, "event=%s", event);
    const struct cs_result_metric *metric = cs_result_find(result, name, "mean", &label, 1);

    return metric != NULL ? metric->value
                          : (struct cs_estimate){
                                .mean = (double)NAN, .lo = (double)NAN, .hi = (double)NAN};
}

void cs_build_events(struct cs_result *result, const struct cs_scenario *scenario)
{
    result->event =
        CS_ARENA_ARRAY(result->arena, struct cs_result_event, scenario->n_events + 1u);
    result->n_events = scenario->n_events;
    for (uint32_t i = 0; i < scenario->n_events; i++) {
        const struct cs_event *event = &scenario->event[i];

        result->event[i] = (struct cs_result_event){
            .name = cs_arena_strdup(result->arena, event->name),
            .what = cs_arena_strdup(result->arena, event->what),
            .at_s = cs_time_s(event->at),
            .for_s = event->length == CS_NEVER ? (double)NAN : cs_time_s(event->length),
            .settled = cs_build_within(figure_of(result, "event_settled", event->name), 1.0),
            .settle = figure_of(result, "event_settle_seconds", event->name),
        };
    }
}
