/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Wiring of fleets: their rows, streams and stations, and the warm minimum.
 */
#include <stdio.h>
#include <stdlib.h>

#include "capsim/array.h"

#include "platform.h"

static void wire_rows(struct cs_model *model, struct cs_cell *cell)
{
    static const unsigned all[] = {0, 1, 2, 3};
    static const unsigned by_state[] = {4, 5, 6, 7};
    static const char *const state_name[] = {NULL, "starting", "busy", "idle"};
    const unsigned stats = CS_STAT_BIT(CS_STAT_TIME_MEAN) | CS_STAT_BIT(CS_STAT_TIME_P95) |
                           CS_STAT_BIT(CS_STAT_BUSY_HOUR) | CS_STAT_BIT(CS_STAT_MAX);
    struct cs_labels labels = CS_LABELS({"fleet", cell->config->name},
                                        {"region", cs_region_label(model, cell->region)});

    cs_fan_build(&cell->alive_rows, model, "instances", "instances", stats, labels, all, 4);
    for (int state = CS_INSTANCE_STARTING; state <= CS_INSTANCE_IDLE; state++) {
        labels.label[2] = (struct cs_label){"state", state_name[state]};
        cs_fan_build(&cell->state_rows[state], model, "instances", "instances", stats, labels,
                     by_state, 4);
    }
    cs_fan_build(&cell->queue_rows, model, "instance_queue", "requests",
                 CS_STAT_BIT(CS_STAT_TIME_MEAN) | CS_STAT_BIT(CS_STAT_MAX), labels, all, 4);
    labels.label[2] = (struct cs_label){NULL, NULL};
    cs_counts_build(&cell->cold_starts, model, "cold_starts_total", "starts", labels, all, 4,
                    &model->meters.measured);
    cs_counts_build(&cell->invocations, model, "invocations_total", "invocations", labels, all,
                    4, &model->meters.measured);
    /* Rules act by fleet and region, so they need that row too. */
    bool has_rules = cs_scenario_ever_has(model->scenario, CS_HAS_RULES, cell->fleet, 0);
    uint32_t n_rows = has_rules ? 4 : 3;

    cs_share_build(&cell->slot_share, model, "slot_utilization", stats, labels, all, n_rows,
                   NULL, NULL);
    if (cs_scenario_ever_has(model->scenario, CS_HAS_CPU, cell->fleet, 0))
        cs_share_build(&cell->cpu_share, model, "cpu_utilization", stats, labels, all, n_rows,
                       NULL, NULL);
    cs_memory_wire(model, cell);
    if (has_rules)
        cs_counts_build(&cell->scale_outs, model, "scale_outs_total", "instances", labels, all,
                        4, &model->meters.measured);
    cs_cost_wire_cell(model, cell, labels);
}

static void wire_cell(struct cs_model *model, struct cs_cell *cell)
{
    const struct cs_fleet *fleet = cell->config;
    struct cs_scenario const *scenario = model->scenario;
    char name[256];

    snprintf(name, sizeof name, "%s/%s", fleet->name, scenario->region[cell->region].name);
    cell->cold_stream = cs_stream_id(CS_PURPOSE_COLD_START, name);
    cell->idle_stream = cs_stream_id(CS_PURPOSE_IDLE, name);
    cell->reuse_stream = cs_stream_id(CS_PURPOSE_REUSE, name);
    cell->idle_first = cell->idle_last = CS_NOBODY;
    cs_heap_init(&cell->warm);
    cs_heap_init(&cell->joinable);
    cs_station_init(&cell->slots, &model->wait, CS_UNLIMITED, fleet->queue_limit);
    wire_rows(model, cell);
    cell->slots.waiting_rows = &cell->queue_rows;
    cell->slots.little_busy = &cell->little_slots;
    cell->slots.little_waiting = &cell->little_queue;
    cs_starts_wire(model, cell);
    cs_scaler_wire(model, cell);
}

/* The fleet's minimum is warm from the start. */
static void start_minimum(struct cs_model *model, struct cs_cell *cell)
{
    const struct cs_fleet *fleet = cell->config;

    if (!fleet->in_region[cell->region])
        return;
    for (int64_t i = 0; i < fleet->min_instances && cs_region_has_room(model, cell->region);
         i++) {
        struct cs_instance *instance = cs_instance_start(model, cell);

        cs_timer_cancel(&model->engine, instance->timer);
        cs_instance_warm(model, instance);
    }
}

void cs_fleets_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    uint32_t n = scenario->n_fleets * scenario->n_regions;

    model->cell = CS_NEW_ARRAY(struct cs_cell, n);
    model->region = CS_NEW_ARRAY(struct cs_region_state, scenario->n_regions);
    for (uint32_t i = 0; i < n; i++) {
        struct cs_cell *cell = &model->cell[i];

        cell->index = i;
        cell->fleet = i / scenario->n_regions;
        cell->region = i % scenario->n_regions;
        cell->config = &scenario->fleet[cell->fleet];
        wire_cell(model, cell);
    }
    for (uint32_t i = 0; i < n; i++)
        start_minimum(model, &model->cell[i]);
}

void cs_fleets_release(struct cs_model *model)
{
    uint32_t n = model->scenario->n_fleets * model->scenario->n_regions;

    for (uint32_t c = 0; c < n; c++) {
        struct cs_cell *cell = &model->cell[c];

        for (uint32_t i = 0; i < cell->n_instances; i++)
            cs_instance_free(cell->instance[i]);
        cs_scaler_release(cell);
        free(cell->instance);
        free(cell->free_local);
        cs_heap_release(&cell->warm);
        cs_heap_release(&cell->joinable);
    }
    free(model->cell);
    free(model->region);
}
