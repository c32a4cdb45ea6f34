/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TEST_MODEL_INSTANT_H
#define TEST_MODEL_INSTANT_H

#include "model_fixture.h"

/*
 * Tests of what happens at one instant, at which all instances of the first fleet
 * may be killed, before all else or after it; and of the end, when nothing may be
 * held any more.
 */

enum { AT = 100 }; /* ms */
enum kill { NO_KILL, KILL_FIRST, KILL_LAST, KILLS };

static inline void kill_all(struct stage *stage)
{
    struct cs_cell *cell = &stage->model->cell[0];
    uint32_t n = cell->n_instances;

    for (uint32_t i = 0; i < n; i++)
        if (cell->instance[i]->state != CS_INSTANCE_GONE)
            cs_instance_kill(stage->model, cell->instance[i], CS_REASON_OUT_OF_MEMORY);
    cs_fleet_capacity_freed(stage->model, cell->region);
}

static inline void nothing_is_held(const struct cs_model *model, const char *what)
{
    const struct cs_scenario *scenario = model->scenario;
    int64_t open = 0;

    cr_expect_eq(model->generated, model->gone, "%s", what);
    cr_expect_eq(model->generated, model->answered, "%s", what);
    cr_expect_eq(model->cell[0].slots.busy, 0, "%s", what);
    cr_expect_eq(cs_waiting(model), 0, "%s", what);
    for (uint32_t i = 0; i < model->cell[0].n_instances; i++) {
        const struct cs_instance *instance = model->cell[0].instance[i];

        cr_expect(instance->state == CS_INSTANCE_GONE || instance->state == CS_INSTANCE_IDLE,
                  "%s: instance %u", what, i);
        cr_expect_eq(instance->active, 0, "%s", what);
        for (uint32_t d = 0; d < scenario->n_databases; d++)
            if (instance->pool[d] != NULL && instance->pool[d]->is_open)
                open += instance->pool[d]->total;
    }
    for (uint32_t d = 0; d < scenario->n_databases; d++) {
        const struct cs_database_state *database = &model->database[d];

        cr_expect_eq(database->clients.busy, open, "%s: connections", what);
        cr_expect_eq(database->backends.busy, 0, "%s: backends", what);
        cr_expect_eq(model->pool_rows[d].little_active.present, 0, "%s: in use", what);
        cr_expect(!database->has_sharing || database->server.jobs.n == 0, "%s: jobs", what);
    }
    for (uint32_t d = 0; d < scenario->n_dependencies; d++)
        cr_expect_eq(model->dependency[d].calls.busy, 0, "%s: calls", what);
}

static inline void finish(struct stage *stage, const char *what)
{
    for (uint32_t i = 0; i < stage->n; i++)
        cr_expect_eq(stage->heard[i].times, 1, "%s: request %u ended %u times", what, i,
                     stage->heard[i].times);
    nothing_is_held(stage->model, what);
    stage_finish(stage);
}

/* All before the instant and, if so, the kill that is first at it. */
static inline void run_to(struct stage *stage, enum kill kill)
{
    stage_run(stage, AT * CS_MS - 1);
    stage->model->engine.now = AT * CS_MS;
    if (kill == KILL_FIRST)
        kill_all(stage);
}

#endif
