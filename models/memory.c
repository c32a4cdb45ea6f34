/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: what an instance's memory holds is known by its requests and
 *             connections; above what it has, it is killed.
 * Equation:   used = base + per_request x requests + per_connection x connections.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: memory that is given back late or never, swapping, requests that differ;
 *             what an opening connection lets its request do in no time at all is done.
 */
#include "platform.h"

static void on_memory(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor memory_actor = {"memory", on_memory};

void cs_memory_wire(struct cs_model *model, struct cs_cell *cell)
{
    static const unsigned all[] = {0, 1, 2, 3};
    const unsigned stats = CS_STAT_BIT(CS_STAT_TIME_MEAN) | CS_STAT_BIT(CS_STAT_TIME_P95) |
                           CS_STAT_BIT(CS_STAT_BUSY_HOUR) | CS_STAT_BIT(CS_STAT_MAX);
    struct cs_labels labels = CS_LABELS({"fleet", cell->config->name},
                                        {"region", cs_region_label(model, cell->region)});

    if (!cs_scenario_ever_has(model->scenario, CS_HAS_MEMORY_USE, cell->fleet, 0))
        return;
    cs_share_build(&cell->memory_share, model, "memory_utilization", stats, labels, all, 4,
                   NULL, NULL);
    cs_counts_build(&cell->oom_kills, model, "oom_kills_total", "instances", labels, all, 4,
                    &model->meters.measured);
}

/* It takes nothing more; who has caused it goes on, and ends by the grant. */
static void run_out(struct cs_model *model, struct cs_instance *instance)
{
    struct cs_cell *cell = &model->cell[instance->cell];
    cs_time now = model->engine.now;

    instance->is_out_of_memory = true;
    if (now >= model->start && now < model->end)
        cs_counts_add(&cell->oom_kills);
    cs_engine_grant(&model->engine, &memory_actor, instance, 0, instance->serial);
    if (instance->active > 0)
        cs_instance_close(model, instance);
}

static void add(struct cs_model *model, struct cs_instance *instance, int64_t bytes)
{
    instance->memory_used += bytes;
    cs_share_add(&model->cell[instance->cell].memory_share, bytes, 0, model->engine.now);
    if (instance->memory_used > (int64_t)instance->config->memory_bytes &&
        !instance->is_out_of_memory)
        run_out(model, instance);
}

void cs_memory_change(struct cs_model *model, struct cs_instance *instance, int requests,
                      int connections)
{
    const struct cs_memory_use *use = &instance->config->memory_use;

    if (use->exists)
        add(model, instance,
            requests * (int64_t)use->per_request + connections * (int64_t)use->per_connection);
}

void cs_memory_warm(struct cs_model *model, struct cs_instance *instance)
{
    const struct cs_memory_use *use = &instance->config->memory_use;

    if (!use->exists)
        return;
    cs_share_add(&model->cell[instance->cell].memory_share, 0,
                 (int64_t)instance->config->memory_bytes, model->engine.now);
    add(model, instance, (int64_t)use->base + instance->active * (int64_t)use->per_request);
}

void cs_memory_gone(struct cs_model *model, struct cs_instance *instance)
{
    if (instance->config->memory_use.exists)
        cs_share_add(&model->cell[instance->cell].memory_share, -instance->memory_used,
                     -(int64_t)instance->config->memory_bytes, model->engine.now);
    instance->memory_used = 0;
}

/* Its last request may have left at this instant, and it with that. */
static void on_memory(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_instance *instance = self;
    struct cs_model *model = instance->model;

    struct cs_cell *cell = &model->cell[instance->cell];

    (void)kind;
    if (instance->serial == arg && instance->state != CS_INSTANCE_GONE) {
        cs_instance_kill(model, instance, CS_REASON_OUT_OF_MEMORY);
        return;
    }
    cs_fleet_capacity_freed(model, cell->region);
    cs_fleet_keep_minimum(model, cell);
}
