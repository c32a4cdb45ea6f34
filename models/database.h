/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_DATABASE_H
#define CAPSIM_MODELS_DATABASE_H

#include "capsim/scenario.h"

#include "breakdown.h"
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
    bool is_timed;              /* idle, and its idle timer runs */
    bool is_leaked;             /* in use for ever: its user has not given it back */
    uint32_t timer;             /* of opening */
    uint32_t opener;            /* request that caused it ... */
    uint32_t opener_generation; /* ... if it is still the same */
    cs_time opened;             /* when it began to count */
    cs_time used_since;         /* when leaked */
    cs_time idle_since;         /* in the instance's waking time */
    uint64_t ticket;            /* its idle timer's place in line */
};

/* One instance's connections to one database. */
struct cs_pool {
    uint32_t group; /* of its max */
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
    uint32_t timer;               /* of the idle ones ... */
    uint64_t ticket;              /* ... and which of their timers it is set for */
    cs_time frozen_since, frozen; /* the latter in all: off the clock */
    bool is_frozen, is_open;
    struct cs_pool_rows *rows;
};

/* The rows that a fleet's pools in a region feed. */
struct cs_pool_rows {
    struct cs_fan total, active, idle, waiting;
    struct cs_fan potential; /* max, summed over the instances ... */
    bool is_asked;           /* ... where some function of the fleet uses the database */
    struct cs_share_fan share, open_share;
    struct cs_counts errors;
    struct cs_little little_waiting, little_active;
    __int128 leaked; /* since when, summed over the leaked connections */
    uint64_t connect_stream;
};

/* Pools that are alike in max. */
struct cs_pool_group {
    uint32_t max, most; /* connections in use in any of them, at most */
    uint32_t *with;     /* how many have 0 .. max in use */
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
    bool has_statements;
    struct cs_deadlines statements;  /* statement_timeout, where queries share */
    struct cs_share_fan worst_share; /* of the pool with most of its max in use */
    struct cs_pool_group *group;     /* of pools of one max, in any fleet or version */
    uint32_t n_groups, group_capacity;
    int64_t worst_whole, worst; /* a full pool, and that pool, in parts that all maxes divide */
    struct cs_fan_times *query_time; /* by query */
    /* What events and its own failures do to it. */
    double slow;             /* factor on the time of queries that begin */
    double leak_probability; /* of a connection at the end of its use */
    uint32_t down_causes;    /* it is up when there is none */
    struct cs_fan up_rows;
    struct cs_counts failures;
    uint32_t failure_timer; /* of its own failures */
    uint64_t failure_stream;
    uint64_t incidents; /* of its own, so far */
    uint32_t changes;   /* of the time between them, so far */
    bool is_failed;
    struct cs_hour_use hour_work; /* ns of queries begun, of what the server can give */
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
/* Giving its connection back would be to get it back at once: nobody waits for it,
 * nothing would close or leak it. */
bool cs_pool_may_keep(struct cs_model *model, const struct cs_request *request,
                      uint32_t database);
bool cs_pool_exists(const struct cs_model *model, const struct cs_request *request,
                    uint32_t database);

/* connection.c: opening and using a pool's connections */
enum cs_opening { CS_OPEN, CS_OPENING, CS_REFUSED };
enum cs_opening cs_connection_open(struct cs_model *model, struct cs_pool *pool,
                                   struct cs_request *request);
/* The opening comes to nothing: who caused it has failed to get a connection. */
void cs_connection_fail(struct cs_model *model, struct cs_pool *pool, uint32_t connection);
/* It is closed; the caller has taken it out of the idle or active ones. */
void cs_connection_drop(struct cs_model *model, struct cs_pool *pool, uint32_t connection);
/* To the longest waiting, or idle. */
void cs_connection_free(struct cs_model *model, struct cs_pool *pool, uint32_t connection);
void cs_connection_use(struct cs_model *model, struct cs_pool *pool, uint32_t connection,
                       struct cs_request *request);
/* Open connections for those who wait while there is room for more. */
void cs_pool_pulse(struct cs_model *model, struct cs_pool *pool);

/* idle.c: connections that nobody uses, and their timers */
void cs_idle_init(struct cs_model *model, struct cs_pool *pool);
void cs_idle_put(struct cs_model *model, struct cs_pool *pool, uint32_t connection);
/* The last used; there must be one. */
uint32_t cs_idle_take(struct cs_model *model, struct cs_pool *pool);
/* Close the longest idle; there must be one. */
void cs_idle_close(struct cs_model *model, struct cs_pool *pool);
void cs_pool_freeze(struct cs_model *model, struct cs_pool *pool);
void cs_pool_thaw(struct cs_model *model, struct cs_pool *pool);

/* pool_life.c: from the instance's start to its end */
struct cs_pool *cs_pool_of(struct cs_model *model, struct cs_instance *instance,
                           uint32_t database);
void cs_pool_open(struct cs_model *model, struct cs_pool *pool,
                  const struct cs_instance *instance);
void cs_pool_close(struct cs_model *model, struct cs_pool *pool);
void cs_pool_free(struct cs_pool *pool);
/* The database is gone: idle, opening and leaked connections drop, and whoever
 * waits is refused.  Requests have given back theirs. */
void cs_pool_cut(struct cs_model *model, struct cs_pool *pool);
/* One that a request used since then is never given back: it counts as in use, and
 * goes with its pool. */
void cs_pool_leak(struct cs_model *model, struct cs_pool *pool, uint32_t connection,
                  cs_time since);
void cs_pool_count_total(struct cs_model *model, struct cs_pool *pool, int change);
void cs_pool_count_active(struct cs_model *model, struct cs_pool *pool, int change);
/* What an instance's pools may open, when it is warm (1) and when it goes (-1). */
void cs_pools_count_potential(struct cs_model *model, const struct cs_instance *instance,
                              int sign);

/* database.c: connections to it, and the gateway's backends */
/* A connection to the gateway or server, opened or dropped; false: refused. */
bool cs_database_connect(struct cs_model *model, uint32_t database);
void cs_database_disconnect(struct cs_model *model, uint32_t database, cs_time since);
/* A connection that comes free is closed: the database is down, or there are more
 * than a lowered cap allows. */
bool cs_database_sheds(const struct cs_model *model, uint32_t database);
/* The same for a request without a pool, which ends when it is refused. */
bool cs_database_dial(struct cs_model *model, struct cs_request *request, uint32_t database);
/* True when the request has what it needs to run a query; otherwise it waits
 * or has ended. */
bool cs_database_admit(struct cs_model *model, struct cs_request *request, uint32_t database);
/* The gateway's wait_timeout has passed, for a request or its ghost. */
void cs_database_waited(struct cs_model *model, struct cs_request *request);
/* It ends while it waits for a backend.  True: it stays in the queue as a ghost, until
 * it is reached or its wait_timeout has passed; its record is kept so long. */
bool cs_database_stop_waiting(struct cs_model *model, struct cs_request *request);
void cs_database_release_backend(struct cs_model *model, uint32_t database, cs_time since);
/* Backends to those who wait, while there are any. */
void cs_database_serve(struct cs_model *model, uint32_t database);
/* Whoever is in the queue is a ghost: forget them. */
void cs_database_forget(struct cs_model *model, uint32_t database);
bool cs_database_is_session(const struct cs_database_state *state);
uint32_t cs_request_database(const struct cs_model *model, const struct cs_request *request);

/* server.c: running queries */
void cs_server_wire(struct cs_model *model, uint32_t database);
/* Queries share it, or slow each other down. */
bool cs_server_shares(const struct cs_server_config *server);
void cs_server_reconfigure(struct cs_model *model, uint32_t database);
void cs_database_execute(struct cs_model *model, struct cs_request *request, uint32_t database,
                         cs_time time);
/* The query is over; or its request ends while it runs. */
void cs_database_executed(struct cs_model *model, uint32_t database);
void cs_database_leave_server(struct cs_model *model, struct cs_request *request);

/* uptime.c: failures of its own, and outages that events make */
void cs_uptime_wire(struct cs_model *model, uint32_t database);
/* Its settings were `before` until now: another time between failures counts from now. */
void cs_uptime_reconfigure(struct cs_model *model, uint32_t database,
                           const struct cs_server_config *before);
/*
 * One more cause (a failure, an outage) for it to be down, or one less.  When it goes
 * down, requests that hold a connection to it end at once (500), all its connections
 * drop, and none opens until it is up: an acquisition fails, and is retried as the pool
 * says; without a pool the request is answered 503.  May end any number of requests.
 */
void cs_database_set_down(struct cs_model *model, uint32_t database, bool is_down);
/* 1 or 0; of CS_NONE: 1 when all are up. */
double cs_database_up(const struct cs_model *model, uint32_t database);

/* database_wire.c */
void cs_databases_wire(struct cs_model *model);
void cs_databases_release(struct cs_model *model);
/*
 * model->scenario has changed in flight: caps, timeouts and the server's size are
 * taken from it at once.  Who waits is served where a cap has grown; above a lowered
 * one idle connections close at once, and others when they come free.  Queries that
 * run keep the statement_timeout that they began with.  Pools are their instances'.
 */
void cs_databases_reconfigure(struct cs_model *model);
/* The group of pools of this max. */
uint32_t cs_database_group(const struct cs_database_state *state, uint32_t max);
struct cs_pool_rows *cs_pool_rows(const struct cs_model *model, uint32_t database,
                                  uint32_t cell);

#endif
