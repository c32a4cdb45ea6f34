/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a connection that nobody uses stays open until it is asked for, the
 *             last used first, or its own timer closes it.
 * Equation:   the timer runs for idle_timeout from the release, if the pool then has
 *             more than min connections; it closes one only if that is still so.
 * Source:     node-postgres' pg-pool, index.js (_release, _isAboveMin).
 * Leaves out: -
 */
#include "platform.h"

static void on_idle_long(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor idle_actor = {"idle connections", on_idle_long};

void cs_idle_init(struct cs_model *model, struct cs_pool *pool)
{
    pool->timer = cs_timer_new(&model->engine, CS_TREE_FAR, &idle_actor, pool, 0);
}

/* The clock of the instance: it stands still while it is frozen. */
static cs_time waking_time(const struct cs_model *model, const struct cs_pool *pool)
{
    return (pool->is_frozen ? pool->frozen_since : model->engine.now) - pool->frozen;
}

/*
 * All timers of a pool are of one length and so come due in the order of release,
 * which is that of the stack from below.  One calendar entry serves them: it is set
 * for the first, or for an earlier one that has been used since; then it fires for
 * nothing and is set to the first.  Each keeps the place in line of its release.
 */
static void set_timer(struct cs_model *model, struct cs_pool *pool, uint32_t c)
{
    const struct cs_connection *connection = &pool->connection[c];
    cs_time due = connection->idle_since + pool->config->idle_timeout + pool->frozen;

    pool->ticket = connection->ticket;
    cs_calendar_put(&model->engine.calendar, pool->timer,
                    cs_calendar_key(due < CS_TIME_LIMIT ? due : CS_TIME_LIMIT, CS_CLASS_EXPIRY,
                                    connection->ticket, pool->timer));
}

/* Where in the stack the first is whose timer runs; n_idle: nowhere. */
static uint32_t first_timed(const struct cs_pool *pool)
{
    uint32_t i = 0;

    while (i < pool->n_idle && !pool->connection[pool->idle[i]].is_timed)
        i++;
    return i;
}

static bool is_above_min(const struct cs_pool *pool)
{
    return pool->total > pool->config->min;
}

/* Take it out of the stack at this place and close it. */
static void close_at(struct cs_model *model, struct cs_pool *pool, uint32_t place)
{
    uint32_t c = pool->idle[place];

    pool->n_idle--;
    for (uint32_t i = place; i < pool->n_idle; i++)
        pool->idle[i] = pool->idle[i + 1];
    cs_fan_add(&pool->rows->idle, -1, model->engine.now);
    cs_connection_drop(model, pool, c);
}

static void on_idle_long(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_pool *pool = self;
    struct cs_model *model = pool->model;
    uint32_t first = first_timed(pool);

    (void)kind;
    (void)arg;
    if (first < pool->n_idle && pool->connection[pool->idle[first]].ticket == pool->ticket) {
        pool->connection[pool->idle[first]].is_timed = false;
        if (is_above_min(pool))
            close_at(model, pool, first);
        first = first_timed(pool);
    }
    if (first < pool->n_idle)
        set_timer(model, pool, pool->idle[first]);
}

void cs_idle_put(struct cs_model *model, struct cs_pool *pool, uint32_t c)
{
    struct cs_connection *connection = &pool->connection[c];

    connection->state = CS_CONNECTION_IDLE;
    connection->idle_since = waking_time(model, pool);
    connection->is_timed = pool->config->idle_timeout != CS_NEVER && is_above_min(pool);
    pool->idle[pool->n_idle++] = c;
    cs_fan_add(&pool->rows->idle, 1, model->engine.now);
    if (!connection->is_timed)
        return;
    connection->ticket = cs_calendar_ticket(&model->engine.calendar);
    if (!pool->is_frozen && !cs_timer_is_set(&model->engine, pool->timer))
        set_timer(model, pool, c);
}

uint32_t cs_idle_take(struct cs_model *model, struct cs_pool *pool)
{
    cs_fan_add(&pool->rows->idle, -1, model->engine.now);
    return pool->idle[--pool->n_idle];
}

void cs_idle_close(struct cs_model *model, struct cs_pool *pool)
{
    close_at(model, pool, 0);
}

void cs_pool_freeze(struct cs_model *model, struct cs_pool *pool)
{
    if (!pool->is_open || pool->is_frozen)
        return;
    cs_timer_cancel(&model->engine, pool->timer);
    pool->is_frozen = true;
    pool->frozen_since = model->engine.now;
}

void cs_pool_thaw(struct cs_model *model, struct cs_pool *pool)
{
    if (!pool->is_frozen)
        return;
    pool->is_frozen = false;
    pool->frozen += model->engine.now - pool->frozen_since;
    uint32_t first = first_timed(pool);

    if (first < pool->n_idle)
        set_timer(model, pool, pool->idle[first]);
}
