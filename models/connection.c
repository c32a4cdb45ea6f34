/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a connection opens for the caller that caused it, is used by one
 *             request at a time and closes when idle too long.
 * Equation:   opening takes connect_round_trips x RTT + connect.
 * Source:     node-postgres' pg-pool, index.js.
 * Leaves out: a greatest age or number of uses of a connection.
 */
#include "platform.h"

#include <stdlib.h>

#include "capsim/array.h"

enum { CONNECTION_SETTLED, POOL_IDLE_LONG };

/* An event's arg for a connection's timer is its index. */
static void on_pool(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor pool_actor = {"pool", on_pool};

struct cs_pool *cs_pool_of(struct cs_model *model, struct cs_instance *instance,
                           uint32_t database)
{
    struct cs_pool *pool = instance->pool[database];

    if (pool != NULL)
        return pool;
    const struct cs_cell *cell = &model->cell[instance->cell];
    uint32_t n_cells = model->scenario->n_fleets * model->scenario->n_regions;

    pool = instance->pool[database] = CS_NEW(struct cs_pool);
    pool->model = model;
    pool->instance = instance;
    pool->database = database;
    pool->cell = cell->index;
    pool->rows = &model->pool_rows[database * n_cells + cell->index];
    cs_station_init(&pool->active, &model->wait, 0, CS_UNLIMITED);
    pool->active.busy_rows = &pool->rows->active;
    pool->active.waiting_rows = &pool->rows->waiting;
    pool->active.little_busy = &pool->rows->little_active;
    pool->active.little_waiting = &pool->rows->little_waiting;
    pool->timer = cs_timer_new(&model->engine, CS_TREE_FAR, &pool_actor, pool, 0);
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

static void count_total(struct cs_model *model, struct cs_pool *pool, int change)
{
    pool->total = change > 0 ? pool->total + 1 : pool->total - 1;
    cs_fan_add(&pool->rows->total, change, model->engine.now);
    cs_share_follow(&pool->rows->open_share, model->engine.now);
    cs_memory_change(model, pool->instance, 0, change);
}

static void count_idle(struct cs_model *model, struct cs_pool *pool, int change)
{
    cs_fan_add(&pool->rows->idle, change, model->engine.now);
}

/* The pool with most in use: its number falls by one at a time, so the
 * greatest does too. */
static void count_active(struct cs_model *model, struct cs_pool *pool, int change)
{
    struct cs_database_state *database = &model->database[pool->database];
    uint32_t before = (uint32_t)(change > 0 ? pool->active.busy - 1 : pool->active.busy + 1);
    uint32_t after = (uint32_t)pool->active.busy;

    cs_share_follow(&pool->rows->share, model->engine.now);
    cs_share_follow(&pool->rows->open_share, model->engine.now);
    database->pools_with[before]--;
    database->pools_with[after]++;
    uint32_t most = after > database->most_active ? after : database->most_active;

    while (most > 0 && database->pools_with[most] == 0)
        most--;
    if (most != database->most_active)
        cs_share_add(&database->worst_share, (int64_t)most - (int64_t)database->most_active, 0,
                     model->engine.now);
    database->most_active = most;
}

/* ---- the life of a pool ---- */

/* As many places as the instance that now has it is configured for. */
static void configure(struct cs_pool *pool, const struct cs_pool_config *config)
{
    uint32_t before = pool->capacity, capacity = pool->capacity;

    pool->config = config;
    pool->active.capacity = config->max;
    CS_GROW(pool->connection, config->max, pool->capacity);
    CS_GROW(pool->idle, config->max, capacity);
    for (uint32_t c = before; c < pool->capacity; c++)
        pool->connection[c] = (struct cs_connection){.state = CS_CONNECTION_NONE};
}

void cs_pool_open(struct cs_model *model, struct cs_pool *pool,
                  const struct cs_instance *instance)
{
    if (pool->is_open || !instance->config->pool[pool->database].exists)
        return;
    configure(pool, &instance->config->pool[pool->database]);
    pool->is_open = true;
    pool->is_frozen = false;
    pool->frozen = 0;
    pool->ordinal = instance->ordinal;
    pool->openings = 0;
    pool->n_idle = 0;
    model->database[pool->database].pools_with[0]++;
    cs_share_add(&pool->rows->share, 0, pool->config->max, model->engine.now);
}

void cs_connection_drop(struct cs_model *model, struct cs_pool *pool, uint32_t c)
{
    struct cs_connection *connection = &pool->connection[c];

    cs_database_disconnect(model, pool->database, connection->opened);
    count_total(model, pool, -1);
    connection->state = CS_CONNECTION_NONE;
}

void cs_pool_close(struct cs_model *model, struct cs_pool *pool)
{
    if (!pool->is_open)
        return;
    for (uint32_t c = 0; c < pool->config->max; c++) {
        struct cs_connection *connection = &pool->connection[c];

        CS_ENGINE_ASSERT(&model->engine, connection->state != CS_CONNECTION_ACTIVE);
        if (connection->state == CS_CONNECTION_NONE)
            continue;
        if (connection->state == CS_CONNECTION_IDLE)
            count_idle(model, pool, -1);
        else
            cs_timer_cancel(&model->engine, connection->timer);
        cs_connection_drop(model, pool, c);
    }
    pool->n_idle = 0;
    cs_timer_cancel(&model->engine, pool->timer);
    cs_share_add(&pool->rows->share, 0, -(int64_t)pool->config->max, model->engine.now);
    model->database[pool->database].pools_with[0]--;
    pool->is_open = false;
}

/* ---- idle connections ---- */

/* The clock of the instance: it stands still while it is frozen. */
static cs_time waking_time(const struct cs_model *model, const struct cs_pool *pool)
{
    return (pool->is_frozen ? pool->frozen_since : model->engine.now) - pool->frozen;
}

/* One timer for the longest idle connection; like an instance's, it is not
 * moved at each use but looks again when it fires. */
static void arm_idle_timer(struct cs_model *model, struct cs_pool *pool)
{
    if (pool->config->idle_timeout == CS_NEVER || pool->is_frozen || pool->n_idle == 0 ||
        pool->total <= pool->config->min || cs_timer_is_set(&model->engine, pool->timer))
        return;
    cs_time due =
        pool->connection[pool->idle[0]].idle_since + pool->config->idle_timeout + pool->frozen;

    cs_timer_set(&model->engine, pool->timer, due > model->engine.now ? due : model->engine.now,
                 CS_CLASS_EXPIRY, POOL_IDLE_LONG);
}

static void idle_long(struct cs_model *model, struct cs_pool *pool)
{
    cs_time limit = waking_time(model, pool) - pool->config->idle_timeout;
    uint32_t gone = 0;

    while (gone < pool->n_idle && pool->total > pool->config->min &&
           pool->connection[pool->idle[gone]].idle_since <= limit) {
        count_idle(model, pool, -1);
        cs_connection_drop(model, pool, pool->idle[gone++]);
    }
    pool->n_idle -= gone;
    for (uint32_t i = 0; i < pool->n_idle; i++)
        pool->idle[i] = pool->idle[i + gone];
    arm_idle_timer(model, pool);
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
    arm_idle_timer(model, pool);
}

/* ---- using connections ---- */

void cs_connection_use(struct cs_model *model, struct cs_pool *pool, uint32_t c,
                       struct cs_request *request)
{
    pool->connection[c].state = CS_CONNECTION_ACTIVE;
    cs_station_take(&pool->active, model->engine.now);
    count_active(model, pool, 1);
    cs_request_hold_unit(model, request, CS_UNIT_CONNECTION, pool->database, c);
}

void cs_connection_free(struct cs_model *model, struct cs_pool *pool, uint32_t c)
{
    uint32_t next = cs_station_next(&pool->active, model->engine.now);

    if (next != CS_NOBODY) {
        struct cs_request *request = &model->request[next];

        cs_connection_use(model, pool, c, request);
        cs_request_grant(model, request);
        return;
    }
    pool->connection[c].state = CS_CONNECTION_IDLE;
    pool->connection[c].idle_since = waking_time(model, pool);
    pool->idle[pool->n_idle++] = c;
    count_idle(model, pool, 1);
    arm_idle_timer(model, pool);
}

void cs_pool_count_active(struct cs_model *model, struct cs_pool *pool, int change)
{
    count_active(model, pool, change);
}

/* ---- opening ---- */

static cs_time opening_time(struct cs_model *model, struct cs_pool *pool)
{
    const struct cs_scenario *scenario = model->scenario;
    uint32_t here = model->cell[pool->cell].region;
    const struct cs_dist *rtt =
        cs_scenario_region_rtt(scenario, here, scenario->database[pool->database].region);
    struct cs_draw draw;
    cs_time time = 0;

    cs_draw_init(&draw, scenario->seed, pool->rows->connect_stream, pool->ordinal, 0,
                 (uint32_t)pool->openings++, model->replication);
    if (rtt != NULL)
        time += (cs_time)pool->config->connect_round_trips * cs_dist_time(rtt, &draw);
    if (pool->config->connect != NULL)
        time += cs_dist_time(pool->config->connect, &draw);
    return time;
}

static uint32_t free_place(const struct cs_pool *pool)
{
    uint32_t c = 0;

    while (pool->connection[c].state != CS_CONNECTION_NONE)
        c++;
    return c;
}

enum cs_opening cs_connection_open(struct cs_model *model, struct cs_pool *pool,
                                   struct cs_request *request)
{
    cs_time now = model->engine.now, limit = pool->config->connect_timeout;
    cs_time time = opening_time(model, pool);

    if ((limit == 0 && time > 0) || !cs_database_connect(model, pool->database))
        return CS_REFUSED;
    uint32_t c = free_place(pool);
    struct cs_connection *connection = &pool->connection[c];

    connection->opened = now;
    count_total(model, pool, 1);
    if (time == 0) {
        cs_connection_use(model, pool, c, request);
        return CS_OPEN;
    }
    connection->state = CS_CONNECTION_OPENING;
    connection->opener = cs_request_id(model, request);
    connection->opener_generation = request->generation;
    connection->will_fail = time > limit;
    if (!connection->has_timer) {
        connection->timer = cs_timer_new(&model->engine, CS_TREE_FAR, &pool_actor, pool, c);
        connection->has_timer = true;
    }
    cs_timer_set(&model->engine, connection->timer, now + (time > limit ? limit : time),
                 connection->will_fail ? CS_CLASS_EXPIRY : CS_CLASS_RELEASE,
                 CONNECTION_SETTLED);
    request->at = CS_AT_CONNECTING;
    request->connection = c;
    return CS_OPENING;
}

/* Who asked for this connection, if it still waits for it. */
static struct cs_request *opener_of(struct cs_model *model, const struct cs_pool *pool,
                                    uint32_t c)
{
    const struct cs_connection *connection = &pool->connection[c];
    struct cs_request *request = &model->request[connection->opener];

    return request->generation == connection->opener_generation &&
                   request->at == CS_AT_CONNECTING && request->connection == c
               ? request
               : NULL;
}

/* Open connections for those who wait while there is room for more. */
void cs_pool_pulse(struct cs_model *model, struct cs_pool *pool)
{
    while (pool->active.waiting > 0 && pool->total < pool->config->max) {
        struct cs_request *request =
            &model->request[cs_station_next(&pool->active, model->engine.now)];

        switch (cs_connection_open(model, pool, request)) {
        case CS_OPEN:
            cs_request_grant(model, request);
            break;
        case CS_OPENING: /* its timer goes on from when it asked */
            break;
        case CS_REFUSED:
            cs_timer_cancel(&model->engine, request->timer);
            cs_pool_ask_failed(model, request);
            break;
        }
    }
}

static void settled(struct cs_model *model, struct cs_pool *pool, uint32_t c)
{
    struct cs_connection *connection = &pool->connection[c];
    struct cs_request *request = opener_of(model, pool, c);

    if (connection->will_fail) {
        cs_connection_drop(model, pool, c);
        cs_pool_pulse(model, pool);
        if (request != NULL) {
            cs_timer_cancel(&model->engine, request->timer);
            cs_pool_ask_failed(model, request);
        }
    } else if (request != NULL) { /* nobody freed it: no grant */
        cs_timer_cancel(&model->engine, request->timer);
        request->at = CS_AT_NOWHERE;
        cs_connection_use(model, pool, c, request);
        cs_program_run(model, request);
    } else {
        cs_connection_free(model, pool, c);
    }
}

static void on_pool(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_pool *pool = self;

    if (kind == POOL_IDLE_LONG)
        idle_long(pool->model, pool);
    else
        settled(pool->model, pool, (uint32_t)arg);
}
