/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: an instance goes when it was idle for the idle timeout, which it draws
 *             anew each time it becomes idle, unless its fleet's minimum needs it.
 * Equation:   gone at idle_since + timeout, by the setting that holds then.
 * Source:     Wang et al., Peeking Behind the Curtains of Serverless
 *             Platforms (USENIX ATC 2018), for keep-alive.
 * Leaves out: platforms that keep an instance for longer the more it is used.
 */
#include "platform.h"

static void link_idle(struct cs_cell *cell, struct cs_instance *instance)
{
    instance->idle_prev = cell->idle_last;
    instance->idle_next = CS_NOBODY;
    if (cell->idle_last == CS_NOBODY)
        cell->idle_first = instance->local;
    else
        cell->instance[cell->idle_last]->idle_next = instance->local;
    cell->idle_last = instance->local;
}

void cs_keep_unlink(struct cs_cell *cell, const struct cs_instance *instance)
{
    if (instance->idle_prev == CS_NOBODY)
        cell->idle_first = instance->idle_next;
    else
        cell->instance[instance->idle_prev]->idle_next = instance->idle_next;
    if (instance->idle_next == CS_NOBODY)
        cell->idle_last = instance->idle_prev;
    else
        cell->instance[instance->idle_next]->idle_prev = instance->idle_prev;
}

static void set_frozen(struct cs_model *model, struct cs_instance *instance, bool is_frozen)
{
    instance->is_frozen = is_frozen;
    for (uint32_t d = 0; d < model->scenario->n_databases; d++) {
        if (instance->pool[d] == NULL)
            continue;
        if (is_frozen)
            cs_pool_freeze(model, instance->pool[d]);
        else
            cs_pool_thaw(model, instance->pool[d]);
    }
}

/*
 * The timer is not touched at each use: it fires at most once an idle timeout,
 * looks whether the instance has really been idle for so long, and is set to
 * when it will have been.  It must fire by the time that is due now.
 */
static void fire_by(struct cs_model *model, struct cs_instance *instance)
{
    cs_time now = model->engine.now;
    cs_time at = instance->idle_due > now ? instance->idle_due : now;

    if (at < cs_calendar_due(&model->engine.calendar, instance->timer))
        cs_timer_set(&model->engine, instance->timer, at, CS_CLASS_EXPIRY,
                     CS_INSTANCE_IDLE_LONG);
}

/* One draw a period, so the same setting says the same again. */
static void work_out_due(struct cs_model *model, struct cs_instance *instance)
{
    const struct cs_cell *cell = &model->cell[instance->cell];
    const struct cs_dist *timeout = cell->config->idle_timeout;
    struct cs_draw draw;

    instance->idle_due = CS_NEVER;
    if (timeout == NULL)
        return;
    cs_draw_init(&draw, model->scenario->seed, cell->idle_stream, instance->ordinal, 0,
                 (uint32_t)instance->idle_periods - 1, model->replication);
    instance->idle_due = instance->idle_since + cs_dist_time(timeout, &draw);
}

void cs_keep_begin(struct cs_model *model, struct cs_instance *instance)
{
    struct cs_cell *cell = &model->cell[instance->cell];

    cs_instance_set_state(model, instance, CS_INSTANCE_IDLE);
    instance->idle_since = model->engine.now;
    instance->idle_periods++;
    link_idle(cell, instance);
    if (cell->config->freeze)
        set_frozen(model, instance, true);
    work_out_due(model, instance);
    fire_by(model, instance);
}

void cs_keep_end(struct cs_model *model, struct cs_instance *instance)
{
    cs_keep_unlink(&model->cell[instance->cell], instance);
    if (instance->is_frozen)
        set_frozen(model, instance, false);
}

/* One of the fleet's minimum is looked at again later. */
static cs_time next_look(const struct cs_model *model, const struct cs_cell *cell)
{
    cs_time mean = cs_time_from_s(cs_dist_mean(cell->config->idle_timeout));

    return model->engine.now + (mean > CS_S ? mean : CS_S);
}

void cs_keep_expired(struct cs_model *model, struct cs_instance *instance)
{
    struct cs_cell *cell = &model->cell[instance->cell];
    cs_time now = model->engine.now, due = instance->idle_due;
    bool is_needed = cell->alive <= cell->config->min_instances;

    if (instance->state != CS_INSTANCE_IDLE || due == CS_NEVER)
        return; /* set again when it is idle next */
    if (now < due || is_needed) {
        cs_timer_set(&model->engine, instance->timer, due > now ? due : next_look(model, cell),
                     CS_CLASS_EXPIRY, CS_INSTANCE_IDLE_LONG);
        return;
    }
    cs_instance_retire(model, instance);
    cs_fleet_capacity_freed(model, cell->region);
}

void cs_keep_reconfigure(struct cs_model *model, struct cs_cell *cell)
{
    for (uint32_t i = cell->idle_first; i != CS_NOBODY; i = cell->instance[i]->idle_next) {
        struct cs_instance *instance = cell->instance[i];

        if (instance->is_frozen != cell->config->freeze)
            set_frozen(model, instance, cell->config->freeze);
        work_out_due(model, instance);
        fire_by(model, instance);
    }
}
