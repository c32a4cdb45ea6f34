/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a deployment replaces instances in the order in which they were
 *             started; an old one finishes what it runs and takes nothing new.
 * Equation:   rolling over T: the k-th of n is replaced k T / n after the start.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: traffic split by share, checks of health before going on.
 */
#include "event.h"

#include "platform.h"

static void on_tick(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor deploy_actor = {"deployment", on_tick};

/* The oldest instance that is of before the deployment; NULL: none is left. */
static struct cs_instance *oldest_old(struct cs_cell *cell)
{
    struct cs_instance *oldest = NULL;

    for (uint32_t i = 0; i < cell->n_instances; i++) {
        struct cs_instance *instance = cell->instance[i];

        if (instance->state == CS_INSTANCE_GONE || instance->is_closed ||
            instance->ordinal >= cell->deploy.first_new)
            continue;
        if (oldest == NULL || instance->ordinal < oldest->ordinal)
            oldest = instance;
    }
    return oldest;
}

/* Close old ones until `target` of them have been replaced or are gone. */
static void replace(struct cs_cell *cell, int64_t target)
{
    struct cs_deploy_state *deploy = &cell->deploy;
    struct cs_model *model = deploy->model;

    while (deploy->replaced < target) {
        struct cs_instance *old = oldest_old(cell);

        deploy->replaced++;
        if (old == NULL)
            continue;
        cs_instance_close(model, old);
        cs_fleet_capacity_freed(model, cell->region);
        cs_fleet_keep_minimum(model, cell);
    }
}

static void tick_next(struct cs_cell *cell)
{
    struct cs_deploy_state *deploy = &cell->deploy;
    int64_t next = deploy->replaced + 1;

    if (next > deploy->n)
        return;
    cs_time after = (cs_time)((__int128)deploy->length * next / deploy->n);

    cs_timer_set(&deploy->model->engine, deploy->timer, deploy->since + after, CS_CLASS_SET, 0);
}

static void on_tick(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_cell *cell = self;

    (void)kind;
    (void)arg;
    replace(cell, cell->deploy.replaced + 1);
    tick_next(cell);
}

static void deploy_cell(struct cs_model *model, struct cs_cell *cell, cs_time rolling)
{
    struct cs_deploy_state *deploy = &cell->deploy;

    replace(cell, deploy->n); /* one under way */
    if (deploy->model == NULL)
        deploy->timer = cs_timer_new(&model->engine, CS_TREE_FAR, &deploy_actor, cell, 0);
    cs_timer_cancel(&model->engine, deploy->timer);
    deploy->model = model;
    deploy->first_new = cell->ordinals;
    deploy->since = model->engine.now;
    deploy->length = rolling;
    deploy->n = cell->alive;
    deploy->replaced = 0;
    if (rolling == 0)
        replace(cell, deploy->n);
    else
        tick_next(cell);
}

void cs_fleet_deploy(struct cs_model *model, uint32_t fleet, cs_time rolling)
{
    uint32_t n_regions = model->scenario->n_regions;

    for (uint32_t r = 0; r < n_regions; r++)
        deploy_cell(model, &model->cell[fleet * n_regions + r], rolling);
}
