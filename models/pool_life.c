/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a pool lives as long as its instance, is made as that instance was
 *             configured, and takes its connections with it.
 * Equation:   total = opening + idle + active <= max.
 * Source:     node-postgres' pg-pool, index.js.
 * Leaves out: -
 */
#include "platform.h"

#include <stdlib.h>

#include "capsim/array.h"

struct cs_pool *cs_pool_of(struct cs_model *model, struct cs_instance *instance,
                           uint32_t database)
{
    struct cs_pool *pool = instance->pool[database];

    if (pool != NULL)
        return pool;
    const struct cs_cell *cell = &model->cell[instance->cell];

    pool = instance->pool[database] = CS_NEW(struct cs_pool);
    pool->model = model;
    pool->instance = instance;
    pool->database = database;
    pool->cell = cell->index;
    pool->rows = cs_pool_rows(model, database, cell->index);
    cs_station_init(&pool->active, &model->wait, 0, CS_UNLIMITED);
    pool->active.busy_rows = &pool->rows->active;
    pool->active.waiting_rows = &pool->rows->waiting;
    pool->active.little_busy = &pool->rows->little_active;
    pool->active.little_waiting = &pool->rows->little_waiting;
    cs_idle_init(model, pool);
    cs_pool_open(model, pool, instance);
    return pool;
}

void cs_pool_free(struct cs_pool *pool)
{
    if (pool == NULL)
        return;
    free(pool->connection);
    free(pool->idle);
    free(pool);
}

/* ---- counting ---- */

void cs_pool_count_total(struct cs_model *model, struct cs_pool *pool, int change)
{
    pool->total = change > 0 ? pool->total + 1 : pool->total - 1;
    cs_fan_add(&pool->rows->total, change, model->engine.now);
    cs_share_follow(&pool->rows->open_share, model->engine.now);
    cs_memory_change(model, pool->instance, 0, change);
}

static int64_t worst_of(const struct cs_database_state *database)
{
    int64_t worst = 0;

    for (uint32_t g = 0; g < database->n_groups; g++) {
        const struct cs_pool_group *group = &database->group[g];
        int64_t part = (int64_t)((__int128)group->most * database->worst_whole / group->max);

        worst = part > worst ? part : worst;
    }
    return worst;
}

/* The pool with most in use of its like: its number falls by one at a time, so the
 * greatest does too. */
void cs_pool_count_active(struct cs_model *model, struct cs_pool *pool, int change)
{
    struct cs_database_state *database = &model->database[pool->database];
    struct cs_pool_group *group = &database->group[pool->group];
    uint32_t before = (uint32_t)(change > 0 ? pool->active.busy - 1 : pool->active.busy + 1);
    uint32_t after = (uint32_t)pool->active.busy;

    cs_share_follow(&pool->rows->share, model->engine.now);
    cs_share_follow(&pool->rows->open_share, model->engine.now);
    group->with[before]--;
    group->with[after]++;
    uint32_t most = after > group->most ? after : group->most;

    while (most > 0 && group->with[most] == 0)
        most--;
    if (most == group->most)
        return;
    group->most = most;
    int64_t worst = worst_of(database);

    if (worst != database->worst)
        cs_share_add(&database->worst_share, worst - database->worst, 0, model->engine.now);
    database->worst = worst;
}

void cs_pools_count_potential(struct cs_model *model, const struct cs_instance *instance,
                              int sign)
{
    if (model->pool_rows == NULL)
        return; /* the warm minimum, which the wiring counts */
    for (uint32_t d = 0; d < model->scenario->n_databases; d++) {
        const struct cs_pool_config *config = &instance->config->pool[d];
        const struct cs_pool_rows *rows = cs_pool_rows(model, d, instance->cell);

        if (config->exists && rows->is_asked)
            cs_fan_add(&rows->potential, sign * (int64_t)config->max, model->engine.now);
    }
}

/* ---- from the instance's start to its end ---- */

/* As many places as the instance that now has it is configured for. */
static void configure(struct cs_model *model, struct cs_pool *pool,
                      const struct cs_pool_config *config)
{
    uint32_t before = pool->capacity, capacity = pool->capacity;

    pool->config = config;
    pool->active.capacity = config->max;
    CS_GROW(pool->connection, config->max, pool->capacity);
    CS_GROW(pool->idle, config->max, capacity);
    for (uint32_t c = before; c < pool->capacity; c++)
        pool->connection[c] = (struct cs_connection){.state = CS_CONNECTION_NONE};
    pool->group = cs_database_group(&model->database[pool->database], config->max);
}

void cs_pool_open(struct cs_model *model, struct cs_pool *pool,
                  const struct cs_instance *instance)
{
    if (pool->is_open || !instance->config->pool[pool->database].exists)
        return;
    configure(model, pool, &instance->config->pool[pool->database]);
    pool->is_open = true;
    pool->is_frozen = false;
    pool->frozen = 0;
    pool->ordinal = instance->ordinal;
    pool->openings = 0;
    pool->n_idle = 0;
    model->database[pool->database].group[pool->group].with[0]++;
    cs_share_add(&pool->rows->share, 0, pool->config->max, model->engine.now);
}

/* One in use that no request holds: it was never given back. */
static void drop_leaked(struct cs_model *model, struct cs_pool *pool, uint32_t c)
{
    struct cs_connection *connection = &pool->connection[c];

    CS_ENGINE_ASSERT(&model->engine, connection->is_leaked);
    connection->is_leaked = false;
    pool->rows->leaked -= connection->used_since;
    cs_station_release(&pool->active, connection->used_since, model->engine.now);
    cs_pool_count_active(model, pool, -1);
    cs_connection_drop(model, pool, c);
}

void cs_pool_leak(struct cs_model *model, struct cs_pool *pool, uint32_t c, cs_time since)
{
    struct cs_connection *connection = &pool->connection[c];

    CS_ENGINE_ASSERT(&model->engine, connection->state == CS_CONNECTION_ACTIVE);
    connection->is_leaked = true;
    connection->used_since = since;
    pool->rows->leaked += since;
}

/* Close all of a pool whose requests have given back what they held. */
static void drop_all(struct cs_model *model, struct cs_pool *pool)
{
    while (pool->n_idle > 0)
        cs_idle_close(model, pool);
    cs_timer_cancel(&model->engine, pool->timer);
    for (uint32_t c = 0; c < pool->config->max; c++)
        if (pool->connection[c].state == CS_CONNECTION_ACTIVE)
            drop_leaked(model, pool, c);
}

void cs_pool_close(struct cs_model *model, struct cs_pool *pool)
{
    if (!pool->is_open)
        return;
    drop_all(model, pool);
    for (uint32_t c = 0; c < pool->config->max; c++)
        if (pool->connection[c].state == CS_CONNECTION_OPENING) {
            cs_timer_cancel(&model->engine, pool->connection[c].timer);
            cs_connection_drop(model, pool, c);
        }
    cs_share_add(&pool->rows->share, 0, -(int64_t)pool->config->max, model->engine.now);
    model->database[pool->database].group[pool->group].with[0]--;
    pool->is_open = false;
}

void cs_pool_cut(struct cs_model *model, struct cs_pool *pool)
{
    drop_all(model, pool);
    for (uint32_t c = 0; pool->is_open && c < pool->config->max; c++)
        if (pool->connection[c].state == CS_CONNECTION_OPENING)
            cs_connection_fail(model, pool, c);
    if (pool->is_open)
        cs_pool_pulse(model, pool);
}
