/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_DATABASE_H
#define CAPSIM_MODELS_DATABASE_H

#include "capsim/scenario.h"

#include "meters.h"
#include "request.h"
#include "sharing.h"
#include "station.h"

struct cs_instance;

/* Connection pools, and the gateway and server behind them. */

enum cs_connection_state {
    CS_CONNECTION_NONE,
    CS_CONNECTION_OPENING,
    CS_CONNECTION_IDLE,
    CS_CONNECTION_ACTIVE
};

struct cs_connection {
    enum cs_connection_state state;
    bool has_timer, will_fail;
    uint32_t timer;             /* of opening */
    uint32_t opener;            /* request that caused it ... */
    uint32_t opener_generation; /* ... if it is still the same */
    cs_time opened;             /* when it began to count */
    cs_time idle_since;         /* in the instance's waking time */
};

/* One instance's connections to one database. */
struct cs_pool {
    struct cs_model *model;
    struct cs_instance *instance;
    const struct cs_pool_config *config;
    uint32_t database, cell;
    uint64_t ordinal;         /* of the instance, for the draws */
    uint64_t openings;        /* ever */
    struct cs_station active; /* connections in use; its queue is the pool's */
    struct cs_connection *connection;
    uint32_t capacity; /* of the array */
    uint32_t total;    /* opening, idle and active */
    uint32_t *idle;    /* stack: the last used on top, the longest idle below */
    uint32_t n_idle;
    uint32_t timer;               /* the longest idle one's */
    cs_time frozen_since, frozen; /* the latter in all: off the clock */
    bool is_frozen, is_open;
    struct cs_pool_rows *rows;
};

/* The rows that a fleet's pools in a region feed. */
struct cs_pool_rows {
    struct cs_fan total, active, idle, waiting;
    struct cs_share_fan share, open_share;
    struct cs_counts errors;
    struct cs_little little_waiting, little_active;
    uint64_t connect_stream;
};

struct cs_database_state {
    const struct cs_database *config;
    struct cs_model *model;
    struct cs_station clients;  /* connections to the gateway or server */
    struct cs_station backends; /* of the gateway */
    struct cs_little little_clients, little_backends, little_backend_wait;
    struct cs_fan clients_rows, running_rows, backend_wait_rows;
    struct cs_sharing server;
    bool has_sharing;
    struct cs_deadlines statements;  /* statement_timeout, where queries share */
    struct cs_share_fan worst_share; /* of the pool with most connections in use */
    uint32_t *pools_with;            /* pools by number of active connections */
    uint32_t most_active;
    struct cs_fan_times *query_time;    /* by query */
    uint64_t *hour_work, hour_capacity; /* ns of queries begun in the busy hour, and what the
                                           server can give; NULL: it shares nothing */
};

/* pool.c */
/* True when the request has a connection, of its pool or of its own; otherwise it
 * waits or has ended. */
bool cs_pool_acquire(struct cs_model *model, struct cs_request *request, uint32_t database);
/* The connection that it took last is lost: closed, and its place is free. */
void cs_pool_lose(struct cs_model *model, struct cs_request *request);
void cs_pool_give_back(struct cs_model *model, struct cs_request *request, uint32_t database,
                       uint32_t connection, cs_time since);
/* Its connect_timeout has passed, or its attempt was refused. */
void cs_pool_ask_failed(struct cs_model *model, struct cs_request *request);
/* Leave the queue, or the connection that opens for it. */
void cs_pool_stop_waiting(struct cs_model *model, struct cs_request *request);
bool cs_pool_nobody_waits(struct cs_model *model, const struct cs_request *request,
                          uint32_t database);
bool cs_pool_exists(const struct cs_model *model, const struct cs_request *request,
                    uint32_t database);

/* connection.c: a pool's connections */
struct cs_pool *cs_pool_of(struct cs_model *model, struct cs_instance *instance,
                           uint32_t database);
enum cs_opening { CS_OPEN, CS_OPENING, CS_REFUSED };
enum cs_opening cs_connection_open(struct cs_model *model, struct cs_pool *pool,
                                   struct cs_request *request);
/* It is closed; the caller has taken it out of the idle or active ones. */
void cs_connection_drop(struct cs_model *model, struct cs_pool *pool, uint32_t connection);
/* To the longest waiting, or idle. */
void cs_connection_free(struct cs_model *model, struct cs_pool *pool, uint32_t connection);
void cs_connection_use(struct cs_model *model, struct cs_pool *pool, uint32_t connection,
                       struct cs_request *request);
void cs_pool_open(struct cs_model *model, struct cs_pool *pool,
                  const struct cs_instance *instance);
void cs_pool_close(struct cs_model *model, struct cs_pool *pool);
void cs_pool_freeze(struct cs_model *model, struct cs_pool *pool);
void cs_pool_thaw(struct cs_model *model, struct cs_pool *pool);
void cs_pool_free(struct cs_pool *pool);
void cs_pool_pulse(struct cs_model *model, struct cs_pool *pool);
void cs_pool_count_active(struct cs_model *model, struct cs_pool *pool, int change);

/* database.c: gateway and server */
void cs_databases_wire(struct cs_model *model);
void cs_databases_release(struct cs_model *model);
/* A connection to the gateway or server, opened or dropped; false: refused. */
bool cs_database_connect(struct cs_model *model, uint32_t database);
void cs_database_disconnect(struct cs_model *model, uint32_t database, cs_time since);
/* The same for a request without a pool, which ends when it is refused. */
bool cs_database_dial(struct cs_model *model, struct cs_request *request, uint32_t database);
/* True when the request has what it needs to run a query; otherwise it waits
 * or has ended. */
bool cs_database_admit(struct cs_model *model, struct cs_request *request, uint32_t database);
/* The gateway's wait_timeout has passed. */
void cs_database_waited(struct cs_model *model, struct cs_request *request);
void cs_database_release_backend(struct cs_model *model, uint32_t database, cs_time since);
void cs_database_execute(struct cs_model *model, struct cs_request *request, uint32_t database,
                         cs_time time);
/* The query is over, or is given up. */
void cs_database_executed(struct cs_model *model, struct cs_request *request,
                          uint32_t database);
void cs_database_leave_server(struct cs_model *model, struct cs_request *request);
uint32_t cs_request_database(const struct cs_model *model, const struct cs_request *request);

#endif
