/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: an instance starts, is busy while it has requests, and is idle
 *             otherwise.
 * Equation:   none; which warm instance is next is a key in a heap.
 * Source:     Wang et al., Peeking Behind the Curtains of Serverless
 *             Platforms (USENIX ATC 2018), for reuse.
 * Leaves out: -
 */
#include "platform.h"

#include <stdlib.h>

#include "capsim/array.h"

static void on_instance(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor instance_actor = {"instance", on_instance};

static void cpu_done(void *self, uint32_t customer)
{
    struct cs_model *model = self;

    cs_cpu_done(model, &model->request[customer]);
}

static struct cs_instance *new_instance(struct cs_model *model, struct cs_cell *cell)
{
    struct cs_instance *instance = CS_NEW(struct cs_instance);

    instance->model = model;
    instance->cell = cell->index;
    instance->local = cell->n_instances;
    instance->timer = cs_timer_new(&model->engine, CS_TREE_FAR, &instance_actor, instance, 0);
    instance->pool = CS_NEW_ARRAY(struct cs_pool *, model->scenario->n_databases + 1);
    CS_GROW(cell->instance, cell->n_instances + 1, cell->instance_capacity);
    CS_GROW(cell->free_local, cell->n_instances + 1, cell->free_capacity);
    cell->instance[cell->n_instances++] = instance;
    return instance;
}

void cs_instance_free(struct cs_instance *instance)
{
    for (uint32_t d = 0; d < instance->model->scenario->n_databases; d++)
        cs_pool_free(instance->pool[d]);
    free(instance->pool);
    free(instance->breaker);
    if (instance->has_cpu)
        cs_sharing_release(&instance->cpu);
    free(instance);
}

/* ---- states ---- */

void cs_instance_set_state(struct cs_model *model, struct cs_instance *instance,
                           enum cs_instance_state state)
{
    const struct cs_cell *cell = &model->cell[instance->cell];
    const struct cs_prices *prices = &model->scenario->prices;
    cs_time now = model->engine.now;
    int billed = cs_cost_is_billed(prices, state) - cs_cost_is_billed(prices, instance->state);

    if (billed != 0)
        cs_fan_add(&cell->memory_rows, billed * (int64_t)instance->config->memory_bytes, now);
    if (instance->state != CS_INSTANCE_GONE)
        cs_fan_add(&cell->state_rows[instance->state], -1, now);
    if (state != CS_INSTANCE_GONE)
        cs_fan_add(&cell->state_rows[state], 1, now);
    instance->state = state;
}

/* Against the caps. */
static void count_alive(struct cs_model *model, struct cs_cell *cell, int change)
{
    cell->alive += change;
    model->region[cell->region].instances += change;
}

/* What it is made of, from now on. */
static void configure(struct cs_model *model, struct cs_instance *instance,
                      const struct cs_fleet *fleet)
{
    double cpus = fleet->vcpus < fleet->cpu_threads ? fleet->vcpus : fleet->cpu_threads;

    instance->config = fleet;
    instance->cpu_rate = fleet->vcpus > 0.0 ? (cpus < 1.0 ? cpus : 1.0) : 0.0;
    if (fleet->concurrency == 1 || instance->cpu_rate == 0.0)
        return;
    if (!instance->has_cpu)
        cs_sharing_init(&instance->cpu, &model->engine, cpus, 0.0, 0.0, cpu_done, model);
    instance->has_cpu = true;
    instance->cpu.cpus = cpus;
}

struct cs_instance *cs_instance_start(struct cs_model *model, struct cs_cell *cell)
{
    struct cs_instance *instance = cell->n_free > 0
                                       ? cell->instance[cell->free_local[--cell->n_free]]
                                       : new_instance(model, cell);

    configure(model, instance, cell->config);
    instance->is_closed = instance->is_frozen = instance->is_out_of_memory = false;
    instance->ordinal = cell->ordinals++;
    instance->serial = model->serials++;
    instance->idle_periods = 0;
    instance->active = 0;
    instance->start_first = instance->start_last = CS_NOBODY;
    instance->idle_prev = instance->idle_next = CS_NOBODY;
    instance->first_request = CS_NOBODY;
    count_alive(model, cell, 1);
    cs_fan_add(&cell->alive_rows, 1, model->engine.now);
    cell->starting++;
    cs_scaler_starting(model, instance, 1);
    cs_instance_set_state(model, instance, CS_INSTANCE_STARTING);
    cs_heap_put(&cell->joinable, instance->local, instance->ordinal);
    if (instance->config->cold_start == NULL) {
        cs_timer_cancel(&model->engine, instance->timer);
        return instance;
    }
    struct cs_draw draw;

    cs_draw_init(&draw, model->scenario->seed, cell->cold_stream, instance->ordinal, 0, 0,
                 model->replication);
    cs_timer_set(&model->engine, instance->timer,
                 model->engine.now + cs_dist_time(instance->config->cold_start, &draw),
                 CS_CLASS_RELEASE, CS_INSTANCE_STARTED);
    return instance;
}

static void open_pools(struct cs_model *model, struct cs_instance *instance)
{
    for (uint32_t d = 0; d < model->scenario->n_databases; d++)
        if (instance->pool[d] != NULL)
            cs_pool_open(model, instance->pool[d], instance);
}

/* ---- the order of reuse ---- */

static uint64_t reuse_key(const struct cs_cell *cell, const struct cs_instance *instance)
{
    switch (cell->config->reuse) {
    case CS_REUSE_LAST_USED:
        return UINT64_MAX - instance->offered;
    case CS_REUSE_LONGEST_IDLE:
        return instance->offered;
    case CS_REUSE_ROUND_ROBIN:
        return instance->turn;
    case CS_REUSE_NEWEST:
        return UINT64_MAX - instance->ordinal;
    case CS_REUSE_OLDEST:
        return instance->ordinal;
    case CS_REUSE_LEAST_BUSY:
        return instance->active;
    case CS_REUSE_RANDOM:
        return 0;
    }
    return 0;
}

/* Place it among those with a free slot.  In turn means by the last request
 * that it was given; giving one back does not count. */
static void offer(struct cs_cell *cell, struct cs_instance *instance, bool was_given)
{
    if (was_given)
        instance->turn = ++cell->offers;
    if (instance->active >= instance->config->concurrency || instance->is_closed) {
        cs_heap_remove(&cell->warm, instance->local);
        return;
    }
    instance->offered = ++cell->offers;
    cs_heap_put(&cell->warm, instance->local, reuse_key(cell, instance));
}

void cs_instances_reorder(struct cs_cell *cell)
{
    for (uint32_t i = 0; i < cell->n_instances; i++)
        if (cs_heap_has(&cell->warm, i))
            cs_heap_put(&cell->warm, i, reuse_key(cell, cell->instance[i]));
}

void cs_instance_load(struct cs_model *model, struct cs_instance *instance, int change)
{
    struct cs_cell *cell = &model->cell[instance->cell];

    if (change > 0)
        instance->active++;
    else
        instance->active--;
    if (instance->state != CS_INSTANCE_STARTING)
        cs_memory_change(model, instance, change, 0);
    if (instance->is_closed && instance->active == 0) {
        cs_instance_retire(model, instance);
        return;
    }
    if (instance->state == CS_INSTANCE_STARTING) {
        if (instance->active < instance->config->concurrency && !instance->is_closed)
            cs_heap_put(&cell->joinable, instance->local, instance->ordinal);
        else
            cs_heap_remove(&cell->joinable, instance->local);
        return;
    }
    offer(cell, instance, change > 0);
    if (instance->active == 0) {
        cs_keep_begin(model, instance);
    } else if (instance->state == CS_INSTANCE_IDLE) {
        cs_keep_end(model, instance);
        cs_instance_set_state(model, instance, CS_INSTANCE_BUSY);
    }
}

/* What it adds to what there is: slots and vCPUs. */
static void count_capacity(struct cs_model *model, const struct cs_instance *instance, int sign)
{
    struct cs_cell *cell = &model->cell[instance->cell];
    const struct cs_fleet *config = instance->config;

    cs_share_add(&cell->slot_share, 0, sign * (int64_t)config->concurrency, model->engine.now);
    if (instance->cpu_rate > 0.0)
        cs_share_add(&cell->cpu_share, 0, sign * (int64_t)(config->vcpus * 1e6),
                     model->engine.now);
}

void cs_instance_warm(struct cs_model *model, struct cs_instance *instance)
{
    struct cs_cell *cell = &model->cell[instance->cell];

    cell->starting--;
    cs_scaler_starting(model, instance, -1);
    cs_heap_remove(&cell->joinable, instance->local);
    count_capacity(model, instance, 1);
    cs_memory_warm(model, instance);
    cs_pools_count_potential(model, instance, 1);
    open_pools(model, instance);
    offer(cell, instance, true);
    if (instance->active == 0)
        cs_keep_begin(model, instance);
    else
        cs_instance_set_state(model, instance, CS_INSTANCE_BUSY);
}

void cs_instance_retire(struct cs_model *model, struct cs_instance *instance)
{
    struct cs_cell *cell = &model->cell[instance->cell];

    CS_ENGINE_ASSERT(&model->engine, instance->active == 0);
    if (instance->state == CS_INSTANCE_IDLE)
        cs_keep_unlink(cell, instance);
    bool was_warm = instance->state != CS_INSTANCE_STARTING;

    if (was_warm) {
        count_capacity(model, instance, -1);
        cs_pools_count_potential(model, instance, -1);
    } else {
        cell->starting--;
        cs_scaler_starting(model, instance, -1);
    }
    cs_heap_remove(&cell->warm, instance->local);
    cs_heap_remove(&cell->joinable, instance->local);
    cs_timer_cancel(&model->engine, instance->timer);
    for (uint32_t d = 0; d < model->scenario->n_databases; d++)
        if (instance->pool[d] != NULL)
            cs_pool_close(model, instance->pool[d]);
    if (was_warm)
        cs_memory_gone(model, instance);
    cs_breakers_drop(model, instance);
    cs_instance_set_state(model, instance, CS_INSTANCE_GONE);
    cs_fan_add(&cell->alive_rows, -1, model->engine.now);
    if (!instance->is_closed)
        count_alive(model, cell, -1);
    cell->free_local[cell->n_free++] = instance->local;
}

void cs_instance_close(struct cs_model *model, struct cs_instance *instance)
{
    struct cs_cell *cell = &model->cell[instance->cell];

    if (instance->is_closed)
        return;
    if (instance->active == 0) {
        cs_instance_retire(model, instance);
        return;
    }
    instance->is_closed = true;
    count_alive(model, cell, -1);
    cs_heap_remove(&cell->warm, instance->local);
    cs_heap_remove(&cell->joinable, instance->local);
}

void cs_instance_kill(struct cs_model *model, struct cs_instance *instance,
                      enum cs_reason reason)
{
    struct cs_cell *cell = &model->cell[instance->cell];
    uint64_t serial = instance->serial;

    cs_instance_close(model, instance);
    while (instance->serial == serial && instance->state != CS_INSTANCE_GONE)
        cs_request_end(model, &model->request[instance->first_request], 502, reason);
    cs_fleet_capacity_freed(model, cell->region);
    cs_fleet_keep_minimum(model, cell);
}

static void on_instance(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_instance *instance = self;

    (void)arg;
    if (kind == CS_INSTANCE_STARTED)
        cs_fleet_started(instance->model, instance);
    else
        cs_keep_expired(instance->model, instance);
}
