/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a region that goes down takes with it every instance and request in
 *             it, at one instant; it comes back empty.
 * Equation:   none.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: regions that are slow or lose a part of their requests.
 */
#include "event.h"

#include "platform.h"

static void kill_all(struct cs_model *model, struct cs_cell *cell)
{
    for (uint32_t i = 0; i < cell->n_instances; i++)
        if (cell->instance[i]->state != CS_INSTANCE_GONE)
            cs_instance_kill(model, cell->instance[i], CS_REASON_REGION_DOWN);
    while (cell->slots.first != CS_NOBODY)
        cs_request_end(model, &model->request[cell->slots.first], 502, CS_REASON_REGION_DOWN);
}

void cs_region_set_down(struct cs_model *model, uint32_t region, bool is_down)
{
    struct cs_region_state *state = &model->region[region];
    bool was_down = state->outages > 0;

    state->outages = is_down ? state->outages + 1 : state->outages - 1;
    state->is_down = state->outages > 0;
    if (state->is_down == was_down)
        return;
    cs_routes_refresh(model);
    for (uint32_t f = 0; f < model->scenario->n_fleets; f++) {
        struct cs_cell *cell = &model->cell[f * model->scenario->n_regions + region];

        if (state->is_down)
            kill_all(model, cell);
        else
            cs_fleet_keep_minimum(model, cell);
    }
}
