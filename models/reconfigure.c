/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a setting changes for everybody at one instant.
 * Equation:   none.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: configuration that reaches instances one by one, but for deployments.
 */
#include "event.h"

#include "platform.h"

/* The one to spare first: the longest idle, else the last started. */
static struct cs_instance *spare(struct cs_cell *cell)
{
    struct cs_instance *last = NULL;

    if (cell->idle_first != CS_NOBODY)
        return cell->instance[cell->idle_first];
    for (uint32_t i = 0; i < cell->n_instances; i++) {
        struct cs_instance *instance = cell->instance[i];

        if (instance->state != CS_INSTANCE_GONE && !instance->is_closed &&
            (last == NULL || instance->ordinal > last->ordinal))
            last = instance;
    }
    return last;
}

static struct cs_cell *fullest(struct cs_model *model, uint32_t region)
{
    struct cs_cell *most = NULL;

    for (uint32_t f = 0; f < model->scenario->n_fleets; f++) {
        struct cs_cell *cell = &model->cell[f * model->scenario->n_regions + region];

        if (most == NULL || cell->alive > most->alive)
            most = cell;
    }
    return most;
}

static void reconfigure_fleets(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    uint32_t n_regions = scenario->n_regions, n = scenario->n_fleets * n_regions;

    for (uint32_t c = 0; c < n; c++) {
        struct cs_cell *cell = &model->cell[c];
        const struct cs_fleet *before = cell->config;

        cell->config = &scenario->fleet[cell->fleet];
        cell->slots.limit = cell->config->queue_limit;
        cs_starts_reconfigure(model, cell, before);
        cs_scaler_reconfigure(model, cell, before);
        if (cell->config->reuse != before->reuse)
            cs_instances_reorder(cell);
        while (cell->alive > cell->config->max_instances)
            cs_instance_close(model, spare(cell));
    }
    for (uint32_t r = 0; r < n_regions; r++) {
        while (model->region[r].instances > scenario->region[r].max_instances) {
            struct cs_instance *idle = cs_fleet_longest_idle(model, r, NULL);

            cs_instance_close(model, idle != NULL ? idle : spare(fullest(model, r)));
        }
        cs_fleet_capacity_freed(model, r);
    }
    for (uint32_t c = 0; c < n; c++) {
        cs_fleet_keep_minimum(model, &model->cell[c]);
        cs_keep_reconfigure(model, &model->cell[c]);
    }
}

void cs_model_reconfigure(struct cs_model *model, const struct cs_scenario *version)
{
    model->scenario = version;
    for (uint32_t f = 0; f < version->n_functions; f++)
        model->duration_list[f].length = version->function[f].max_duration;
    cs_clients_reconfigure(model);
    cs_limiters_reconfigure(model);
    cs_routes_refresh(model);
    cs_dependencies_reconfigure(model);
    reconfigure_fleets(model);
    cs_sources_reconfigure(model);
    cs_databases_reconfigure(model);
}
