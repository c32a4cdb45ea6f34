/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: requests of an instance ask its pool for a connection, first
 *             come, first served, and give it back when the query is over.
 * Equation:   M/M/c+D for a pool of c with connect_timeout D.
 * Source:     node-postgres' pg-pool, index.js; Barrer (1957) for +D.
 * Leaves out: a limit on the number who wait.
 */
#include "platform.h"

bool cs_pool_exists(const struct cs_model *model, const struct cs_request *request,
                    uint32_t database)
{
    return cs_instance_of(model, request)->config->pool[database].exists;
}

static struct cs_pool *pool_of(struct cs_model *model, const struct cs_request *request,
                               uint32_t database)
{
    return cs_pool_of(model, cs_instance_of(model, request), database);
}

bool cs_pool_may_keep(struct cs_model *model, const struct cs_request *request,
                      uint32_t database)
{
    return pool_of(model, request, database)->active.waiting == 0 &&
           model->database[database].leak_probability <= 0.0 &&
           !cs_database_sheds(model, database);
}

static void join_queue(struct cs_model *model, struct cs_request *request, struct cs_pool *pool)
{
    cs_station_wait(&pool->active, cs_request_id(model, request), model->engine.now);
    request->at = CS_AT_CONNECTION_WAIT;
    if (pool->config->connect_timeout != CS_NEVER)
        cs_request_limit(model, request, model->engine.now + pool->config->connect_timeout,
                         CS_REQUEST_CONNECT_TIMEOUT);
}

bool cs_pool_acquire(struct cs_model *model, struct cs_request *request, uint32_t database)
{
    if (!cs_pool_exists(model, request, database))
        return cs_database_dial(model, request, database);
    struct cs_pool *pool = pool_of(model, request, database);

    cs_request_stage(model, request, CS_STAGE_DB_WAIT);
    if (pool->n_idle > 0) {
        cs_connection_use(model, pool, cs_idle_take(model, pool), request);
        return true;
    }
    if (pool->total < pool->config->max) {
        switch (cs_connection_open(model, pool, request)) {
        case CS_OPEN:
            return true;
        case CS_OPENING:
            return false;
        case CS_REFUSED:
            cs_pool_ask_failed(model, request);
            return false;
        }
    }
    if (pool->config->connect_timeout == 0)
        cs_pool_ask_failed(model, request);
    else
        join_queue(model, request, pool);
    return false;
}

/* One draw a use: the operation and its repetition tell a request's uses apart. */
static bool is_leaked(const struct cs_model *model, const struct cs_request *request,
                      uint32_t database)
{
    double p = model->database[database].leak_probability;

    if (p <= 0.0 || model->database[database].down_causes > 0)
        return false;
    struct cs_draw draw =
        cs_request_draw(model, request, model->source[request->source].leak_stream,
                        request->pc << 16 | (request->loop & 0xffffu));

    return cs_draw_uniform(&draw) < p;
}

void cs_pool_give_back(struct cs_model *model, struct cs_request *request, uint32_t database,
                       uint32_t connection, cs_time since)
{
    struct cs_pool *pool = pool_of(model, request, database);

    if (is_leaked(model, request, database)) {
        cs_pool_leak(model, pool, connection, since);
        return;
    }
    cs_station_release(&pool->active, since, model->engine.now);
    cs_pool_count_active(model, pool, -1);
    if (!cs_database_sheds(model, database)) {
        cs_connection_free(model, pool, connection);
        return;
    }
    cs_connection_drop(model, pool, connection);
    if (model->database[database].down_causes == 0) /* else its pools are cut after this */
        cs_pool_pulse(model, pool);
}

void cs_pool_lose(struct cs_model *model, struct cs_request *request)
{
    struct cs_unit unit = request->unit[--request->n_units];

    CS_ENGINE_ASSERT(&model->engine, unit.kind == CS_UNIT_CONNECTION);
    struct cs_pool *pool = pool_of(model, request, unit.owner);

    cs_station_release(&pool->active, unit.since, model->engine.now);
    cs_pool_count_active(model, pool, -1);
    cs_connection_drop(model, pool, unit.unit);
    cs_pool_pulse(model, pool);
}

void cs_pool_stop_waiting(struct cs_model *model, struct cs_request *request)
{
    struct cs_pool *pool = pool_of(model, request, cs_request_database(model, request));

    if (request->at == CS_AT_CONNECTION_WAIT)
        cs_station_abandon(&pool->active, cs_request_id(model, request), model->engine.now);
    request->at = CS_AT_NOWHERE; /* a connection that opens for it goes on */
}

static cs_time backoff(const struct cs_model *model, const struct cs_request *request,
                       const struct cs_backoff *config)
{
    struct cs_draw draw =
        cs_request_draw(model, request, model->source[request->source].backoff_stream,
                        request->pc << 24 | (request->loop & 0xffffu) << 8 | request->tries);

    return cs_backoff_delay(config, request->tries - 1, &draw);
}

void cs_pool_ask_failed(struct cs_model *model, struct cs_request *request)
{
    struct cs_pool *pool = pool_of(model, request, cs_request_database(model, request));

    if (request->is_measured)
        cs_counts_add(&pool->rows->errors);
    if (request->tries++ >= pool->config->retries.max) {
        request->at = CS_AT_NOWHERE;
        cs_request_end(model, request, 500,
                       model->database[pool->database].down_causes > 0
                           ? CS_REASON_DATABASE_DOWN
                           : CS_REASON_POOL_EXHAUSTED);
        return;
    }
    request->at = CS_AT_TIMER;
    cs_timer_set(&model->engine, request->timer,
                 model->engine.now + backoff(model, request, &pool->config->retries.backoff),
                 CS_CLASS_RELEASE, CS_REQUEST_RETRY_CONNECT);
}
