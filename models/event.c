/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: an incident begins and ends at instants of the clock, whatever the
 *             platform does; those that last together add up.
 * Equation:   factors of slowness multiply; failures combine as 1 - (1-a)(1-b).
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: incidents that depend on the state of the platform.
 */
#include "event.h"

#include <stdlib.h>

#include "capsim/array.h"

#include "platform.h"

enum { EVENT_BEGINS, EVENT_ENDS, EVENT_VERSION };

struct cs_events {
    struct cs_model *model;
    const struct cs_scenario *scenario; /* as the file has it: it has the events */
    bool *lasts;                        /* by event */
};

/* ---- what lasts, worked out anew at each edge ---- */

static bool is_of(uint32_t named, uint32_t index)
{
    return named == CS_NONE || named == index;
}

static void refresh_fleets(struct cs_events *events)
{
    struct cs_model *model = events->model;
    uint32_t n = model->scenario->n_fleets * model->scenario->n_regions;

    for (uint32_t c = 0; c < n; c++) {
        struct cs_cell *cell = &model->cell[c];
        double fine = 1.0;

        cell->slow_cpu = 1.0;
        for (uint32_t i = 0; i < events->scenario->n_events; i++) {
            const struct cs_event *event = &events->scenario->event[i];

            if (!events->lasts[i])
                continue;
            if (event->slow.exists && is_of(event->slow.fleet, cell->fleet))
                cell->slow_cpu *= event->slow.cpu;
            if (event->error_burst.exists && is_of(event->error_burst.fleet, cell->fleet)) {
                fine *= 1.0 - event->error_burst.rate;
                cell->burst_code = event->error_burst.code;
            }
        }
        cell->burst_rate = 1.0 - fine;
    }
}

static void refresh_databases(struct cs_events *events)
{
    struct cs_model *model = events->model;

    for (uint32_t d = 0; d < model->scenario->n_databases; d++) {
        double slow = 1.0, kept = 1.0;

        for (uint32_t i = 0; i < events->scenario->n_events; i++) {
            const struct cs_event *event = &events->scenario->event[i];

            if (!events->lasts[i])
                continue;
            if (event->slow.exists && is_of(event->slow.database, d))
                slow *= event->slow.queries;
            if (event->leak.exists && event->leak.database == d)
                kept *= 1.0 - event->leak.probability;
        }
        model->database[d].slow = slow;
        model->database[d].leak_probability = 1.0 - kept;
    }
}

static void refresh_dependencies(struct cs_events *events)
{
    struct cs_model *model = events->model;

    for (uint32_t d = 0; d < model->scenario->n_dependencies; d++) {
        model->dependency[d].slow = 1.0;
        for (uint32_t i = 0; i < events->scenario->n_events; i++) {
            const struct cs_event *event = &events->scenario->event[i];

            if (events->lasts[i] && event->slow.exists && is_of(event->slow.dependency, d))
                model->dependency[d].slow *= event->slow.calls;
        }
    }
}

static void refresh(struct cs_events *events)
{
    refresh_fleets(events);
    refresh_databases(events);
    refresh_dependencies(events);
}

/* ---- edges ---- */

static void deploy(struct cs_model *model, const struct cs_deploy *config)
{
    cs_cdn_purge(model);
    for (uint32_t f = 0; f < model->scenario->n_fleets; f++)
        if (config->of_fleet[f])
            cs_fleet_deploy(model, f, config->rolling);
}

static void roll_back(struct cs_model *model, const struct cs_error_burst *burst)
{
    cs_cdn_purge(model);
    for (uint32_t f = 0; f < model->scenario->n_fleets; f++)
        if (is_of(burst->fleet, f))
            cs_fleet_deploy(model, f, 0);
}

static void set_down(struct cs_model *model, const struct cs_outage *outage, bool is_down)
{
    if (outage->region != CS_NONE)
        cs_region_set_down(model, outage->region, is_down);
    if (outage->database != CS_NONE)
        cs_database_set_down(model, outage->database, is_down);
    if (outage->dependency != CS_NONE)
        cs_dependency_set_down(model, outage->dependency, is_down);
}

static void begin(struct cs_events *events, uint32_t i)
{
    const struct cs_event *event = &events->scenario->event[i];

    events->lasts[i] = true;
    refresh(events);
    if (event->outage.exists)
        set_down(events->model, &event->outage, true);
    if (event->deploy.exists)
        deploy(events->model, &event->deploy);
}

static void end(struct cs_events *events, uint32_t i)
{
    const struct cs_event *event = &events->scenario->event[i];

    events->lasts[i] = false;
    refresh(events);
    if (event->outage.exists)
        set_down(events->model, &event->outage, false);
    if (event->error_burst.exists && event->error_burst.rollback)
        roll_back(events->model, &event->error_burst);
}

static void on_edge(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_events *events = self;

    switch (kind) {
    case EVENT_BEGINS:
        begin(events, (uint32_t)arg);
        break;
    case EVENT_ENDS:
        end(events, (uint32_t)arg);
        break;
    case EVENT_VERSION:
        cs_model_reconfigure(events->model, events->scenario->version[arg].scenario);
        break;
    }
}

static const struct cs_actor event_actor = {"event", on_edge};

static void at(struct cs_events *events, cs_time when, uint32_t kind, uint32_t index)
{
    struct cs_model *model = events->model;
    uint32_t timer = cs_timer_new(&model->engine, CS_TREE_FAR, &event_actor, events, index);

    cs_timer_set(&model->engine, timer, model->start + when, CS_CLASS_SET, kind);
}

/* Settings first: a deployment of the same instant brings them. */
void cs_events_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    struct cs_events *events = model->events = CS_NEW(struct cs_events);

    events->model = model;
    events->scenario = scenario;
    events->lasts = CS_NEW_ARRAY(bool, scenario->n_events + 1u);
    for (uint32_t i = 0; i < scenario->n_versions; i++)
        at(events, scenario->version[i].at, EVENT_VERSION, i);
    for (uint32_t i = 0; i < scenario->n_events; i++) {
        const struct cs_event *event = &scenario->event[i];

        at(events, event->at, EVENT_BEGINS, i);
        if (event->length != CS_NEVER)
            at(events, event->at + event->length, EVENT_ENDS, i);
    }
    refresh(events);
}

void cs_events_release(struct cs_model *model)
{
    free(model->events->lasts);
    free(model->events);
}
