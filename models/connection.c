/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a connection opens for the caller that caused it and is used by
 *             one request at a time.
 * Equation:   opening takes connect_round_trips x RTT + connect.
 * Source:     node-postgres' pg-pool, index.js.
 * Leaves out: a greatest age or number of uses of a connection.
 */
#include "platform.h"

/* An event's arg is the connection's index. */
static void on_settled(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor connection_actor = {"connection", on_settled};

void cs_connection_drop(struct cs_model *model, struct cs_pool *pool, uint32_t c)
{
    struct cs_connection *connection = &pool->connection[c];

    cs_database_disconnect(model, pool->database, connection->opened);
    cs_pool_count_total(model, pool, -1);
    connection->state = CS_CONNECTION_NONE;
}

/* ---- using connections ---- */

void cs_connection_use(struct cs_model *model, struct cs_pool *pool, uint32_t c,
                       struct cs_request *request)
{
    pool->connection[c].state = CS_CONNECTION_ACTIVE;
    cs_station_take(&pool->active, model->engine.now);
    cs_pool_count_active(model, pool, 1);
    cs_request_hold_unit(model, request, CS_UNIT_CONNECTION, pool->database, c);
}

void cs_connection_free(struct cs_model *model, struct cs_pool *pool, uint32_t c)
{
    uint32_t next = cs_station_next(&pool->active, model->engine.now);

    if (next == CS_NOBODY) {
        cs_idle_put(model, pool, c);
        return;
    }
    struct cs_request *request = &model->request[next];

    cs_connection_use(model, pool, c, request);
    cs_request_grant(model, request);
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
    cs_pool_count_total(model, pool, 1);
    if (time == 0) {
        cs_connection_use(model, pool, c, request);
        return CS_OPEN;
    }
    connection->state = CS_CONNECTION_OPENING;
    connection->opener = cs_request_id(model, request);
    connection->opener_generation = request->generation;
    connection->will_fail = time > limit;
    if (!connection->has_timer) {
        connection->timer =
            cs_timer_new(&model->engine, CS_TREE_FAR, &connection_actor, pool, c);
        connection->has_timer = true;
    }
    cs_timer_set(&model->engine, connection->timer, now + (time > limit ? limit : time),
                 connection->will_fail ? CS_CLASS_EXPIRY : CS_CLASS_RELEASE, 0);
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

void cs_connection_fail(struct cs_model *model, struct cs_pool *pool, uint32_t c)
{
    struct cs_request *request = opener_of(model, pool, c);

    cs_timer_cancel(&model->engine, pool->connection[c].timer);
    cs_connection_drop(model, pool, c);
    cs_pool_pulse(model, pool);
    if (request == NULL)
        return;
    cs_timer_cancel(&model->engine, request->timer);
    cs_pool_ask_failed(model, request);
}

static void settled(struct cs_model *model, struct cs_pool *pool, uint32_t c)
{
    struct cs_request *request = opener_of(model, pool, c);

    if (pool->connection[c].will_fail) {
        cs_connection_fail(model, pool, c);
    } else if (request != NULL) { /* nobody freed it: no grant */
        cs_timer_cancel(&model->engine, request->timer);
        request->at = CS_AT_NOWHERE;
        cs_connection_use(model, pool, c, request);
        cs_program_run(model, request);
    } else {
        cs_connection_free(model, pool, c);
    }
}

static void on_settled(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_pool *pool = self;

    (void)kind;
    settled(pool->model, pool, (uint32_t)arg);
}
