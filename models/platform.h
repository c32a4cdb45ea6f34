/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_PLATFORM_H
#define CAPSIM_MODELS_PLATFORM_H

#include "capsim/engine.h"
#include "capsim/heap.h"
#include "capsim/metric.h"
#include "capsim/model.h"
#include "capsim/rng.h"
#include "capsim/scenario.h"

#include "meters.h"
#include "program.h"
#include "sharing.h"
#include "station.h"

/*
 * The platform of one replication: what the model files share.  Everything
 * refers to everything else by index, so arrays may grow.
 */

enum cs_stage {
    CS_STAGE_INSTANCE_WAIT,
    CS_STAGE_COLD_START,
    CS_STAGE_CPU,
    CS_STAGE_WAIT,
    CS_STAGE_DB_WAIT,
    CS_STAGE_QUERY,
    CS_STAGE_CALL,
    CS_STAGE_NETWORK,
    CS_STAGES
};

/* Why a request was answered as it was; `reason` in the results. */
enum cs_reason {
    CS_REASON_OK,
    CS_REASON_FUNCTION_ERROR,
    CS_REASON_RATE_LIMITED,
    CS_REASON_QUEUE_FULL,
    CS_REASON_QUEUE_TIMEOUT,
    CS_REASON_MAX_DURATION,
    CS_REASON_POOL_EXHAUSTED,
    CS_REASON_CONNECTIONS_REFUSED,
    CS_REASON_BACKEND_TIMEOUT,
    CS_REASON_STATEMENT_TIMEOUT,
    CS_REASON_DEPENDENCY_ERROR,
    CS_REASON_DEPENDENCY_TIMEOUT,
    CS_REASON_DEPENDENCY_FULL,
    CS_REASON_GAVE_UP,
    CS_REASON_UNFINISHED,
    CS_REASONS
};

/* Where a request is: which of its timers or queues would have to be undone. */
enum cs_whereabouts {
    CS_AT_NOWHERE,
    CS_AT_TIMER,         /* its own timer will go on with it */
    CS_AT_INSTANCE_WAIT, /* in its cell's queue */
    CS_AT_STARTING,      /* waits for its instance to start */
    CS_AT_CPU,           /* shares its instance's CPU */
    CS_AT_CONNECTION_WAIT,
    CS_AT_CONNECTING, /* waits for the connection that it opens */
    CS_AT_BACKEND_WAIT,
    CS_AT_SERVER, /* shares the database server */
    CS_AT_GRANT   /* has what it waited for, goes on at this instant */
};

enum cs_unit_kind { CS_UNIT_SLOT, CS_UNIT_CONNECTION, CS_UNIT_CLIENT, CS_UNIT_BACKEND, CS_UNIT_CALL };

/* Something a request holds; released last taken first returned. */
struct cs_unit {
    enum cs_unit_kind kind;
    uint32_t owner; /* database or dependency */
    uint32_t unit;  /* connection's index in the pool */
    cs_time since;
};

enum { CS_MAX_UNITS = 4 };

enum cs_fate { CS_FATE_FINE, CS_FATE_ERROR, CS_FATE_TIMEOUT };

struct cs_request {
    uint64_t number; /* of the candidate, within its source: its identity */
    uint64_t user;   /* over all tiers; CS_ANONYMOUS */
    cs_time sent;    /* by the client */
    cs_time entered; /* the region */
    cs_time give_up_at;
    cs_time rtt;
    cs_time asked;      /* for a connection, a query or a call */
    cs_time need;       /* of the query: its time alone on the server */
    cs_time rest;       /* the way home of a query, or of a call after its first byte */
    cs_time first_byte; /* at the client; CS_NEVER: not yet */
    cs_time stage_since;
    cs_time stage_time[CS_STAGES];
    struct cs_unit unit[CS_MAX_UNITS];
    uint32_t n_units;
    uint32_t generation; /* grants to a request that is gone are dropped */
    uint32_t source, function, tier, zone, region;
    uint32_t cell, instance;
    uint32_t pc, loop; /* next operation; repetitions done of the present loop */
    uint32_t tries;    /* failed attempts at the present acquisition */
    uint32_t job;        /* in a shared processor */
    uint32_t connection; /* that it opens */
    uint32_t timer, patience_timer;
    enum cs_stage stage;
    enum cs_whereabouts at;
    enum cs_fate fate; /* of the call under way */
    bool is_measured, is_settled, is_answered, has_begun;
};

#define CS_ANONYMOUS UINT64_MAX

/* ---- fleets ---- */

enum cs_instance_state { CS_INSTANCE_GONE, CS_INSTANCE_STARTING, CS_INSTANCE_BUSY, CS_INSTANCE_IDLE };

struct cs_instance {
    struct cs_model *model;
    uint64_t ordinal; /* within its cell, for ever */
    uint64_t serial;  /* within the model, for ever: the limiter's key */
    uint64_t idle_periods;
    uint32_t cell, local; /* local: its place in the cell, recycled */
    uint32_t active;      /* requests that hold or are promised a slot */
    uint32_t timer;       /* start, then idle */
    enum cs_instance_state state;
    cs_time idle_since, idle_due;
    uint32_t idle_prev, idle_next;    /* of its cell, longest idle first */
    uint32_t start_first, start_last; /* requests that wait for its start */
    struct cs_sharing cpu;            /* used when concurrency > 1 */
    struct cs_pool **pool;            /* by database; made when first needed */
};

/* A fleet in a region. */
struct cs_cell {
    const struct cs_fleet *config;
    uint32_t index, fleet, region;
    uint64_t ordinals; /* handed out */
    int64_t alive, starting;
    struct cs_station slots; /* requests in instances; its queue is the fleet's */
    struct cs_little little_slots, little_queue;
    struct cs_instance **instance; /* by local number */
    uint32_t n_instances, instance_capacity;
    uint32_t *free_local;
    uint32_t n_free, free_capacity;
    struct cs_heap warm;     /* instances with a free slot, by reuse rule */
    struct cs_heap joinable; /* starting instances with room, oldest first */
    uint32_t idle_first, idle_last;
    uint64_t uses; /* for the reuse rules that go by time, and random's draws */
    uint64_t cold_stream, idle_stream, reuse_stream;
    double cpu_rate; /* vCPUs that one request alone runs at; 0: no CPU */
    struct cs_fan alive_rows, queue_rows, state_rows[4]; /* by cs_instance_state */
    struct cs_share_fan slot_share, cpu_share;
    struct cs_counts cold_starts, invocations;
};

struct cs_region_state {
    int64_t instances;
};

/* ---- databases ---- */

enum cs_connection_state { CS_CONNECTION_NONE, CS_CONNECTION_OPENING, CS_CONNECTION_IDLE, CS_CONNECTION_ACTIVE };

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
    const struct cs_pool_config *config;
    uint32_t database, cell;
    uint64_t ordinal;  /* of the instance, for the draws */
    uint64_t openings; /* ever */
    struct cs_station active; /* connections in use; its queue is the pool's */
    struct cs_connection *connection;
    uint32_t total;  /* opening, idle and active */
    uint32_t *idle;  /* stack: the last used on top, the longest idle below */
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
    struct cs_deadlines statements; /* statement_timeout, where queries share */
    struct cs_share_fan worst_share; /* of the pool with most connections in use */
    uint32_t *pools_with;            /* pools by number of active connections */
    uint32_t most_active;
    struct cs_fan_times *query_time; /* by query */
};

struct cs_dependency_state {
    const struct cs_dependency *config;
    struct cs_station calls;
    struct cs_little little_calls;
    struct cs_fan_times time;
};

/* ---- who asks ---- */

struct cs_source_state {
    const struct cs_source *config;
    struct cs_model *model;
    uint32_t index, layer, timer;
    double multiple;  /* of this layer: 1, less in the last */
    uint64_t number;  /* of the candidate that is due */
    double sup_per_s; /* bound of the rate today */
    cs_time day_end;
    uint64_t arrival_stream, request_stream, step_stream, network_stream, patience_stream,
        queue_stream, outcome_stream, backoff_stream;
};

/* ---- objectives ---- */

struct cs_slo_window {
    struct cs_hist *hist; /* quantile and mean */
    uint64_t all, errors, limited, under;
    uint64_t open; /* requests that arrived in it and are not settled */
    bool is_past;
};

struct cs_slo_state {
    const struct cs_slo *config;
    struct cs_model *model;
    bool *of_function; /* functions that it is about */
    size_t n_windows;
    cs_time window; /* config's, or the horizon when that is shorter */
    struct cs_slo_window *open_window;
    double *value;
    bool *met, *empty;
    uint32_t timer;
    size_t next_past;
};

struct cs_limiter_state;

struct cs_model {
    const struct cs_scenario *scenario;
    uint32_t replication;
    struct cs_engine engine;
    struct cs_registry *registry;
    struct cs_meters meters;

    struct cs_request *request;
    uint32_t n_requests, request_capacity;
    uint32_t *free_request;
    uint32_t n_free, free_capacity;
    struct cs_wait_node *wait;             /* by request: in a station's queue */
    struct cs_deadline_node *duration_node; /* by request */
    struct cs_deadline_node *patience_node;
    struct cs_deadline_node *statement_node;
    uint32_t node_capacity;
    struct cs_deadlines *duration_list; /* by function; used where limited */
    struct cs_deadlines patience_list;

    struct cs_program *program; /* by function */
    struct cs_source_state *source; /* sources times layers */
    uint32_t n_sources;
    struct cs_cell *cell; /* fleet * n_regions + region */
    uint64_t serials;
    struct cs_region_state *region;
    uint32_t *route; /* region by zone * n_fleets + fleet */
    struct cs_limiter_state *limiter;
    struct cs_database_state *database;
    struct cs_pool_rows *pool_rows; /* database * cells + cell */
    struct cs_dependency_state *dependency;
    struct cs_slo_state *slo;

    cs_time start, end; /* of the measured window */
    cs_time hour_end;   /* of its busy hour */
    uint32_t window_timer, step_timer, hour_timer;
    uint64_t requests; /* ever */
    uint64_t generated, answered, gone; /* requests made, answered, ended */
    uint64_t open_measured; /* measured requests that have not ended */
    uint64_t unfinished;
    bool is_unstable;
    struct cs_little system;
    struct cs_model_check check[16];
    size_t n_checks;
};

/* request.c: a request's life */
enum cs_request_event {
    CS_REQUEST_ENTER,
    CS_REQUEST_GO_ON,
    CS_REQUEST_GRANTED,
    CS_REQUEST_CPU_DONE,
    CS_REQUEST_QUEUE_TIMEOUT,
    CS_REQUEST_CONNECT_TIMEOUT,
    CS_REQUEST_RETRY_CONNECT,
    CS_REQUEST_BACKEND_TIMEOUT,
    CS_REQUEST_STATEMENT_TIMEOUT,
    CS_REQUEST_MAX_DURATION,
    CS_REQUEST_GIVE_UP
};
extern const struct cs_actor cs_request_actor;
struct cs_request *cs_request_new(struct cs_model *model);
/* Sent just now by a client; everything it is has been filled in. */
void cs_request_send(struct cs_model *model, struct cs_request *request);
/* The stage from now on; the time since the last call goes to the one before. */
void cs_request_stage(struct cs_model *model, struct cs_request *request, enum cs_stage stage);
/* Go on after `delay` with the next operation (class release). */
void cs_request_hold(struct cs_model *model, struct cs_request *request, cs_time delay);
/* Its own timer, for a limit on what it waits for. */
void cs_request_limit(struct cs_model *model, struct cs_request *request, cs_time at,
                      enum cs_request_event event);
/* It has what it waited for: go on at this instant. */
void cs_request_grant(struct cs_model *model, struct cs_request *request);
void cs_request_hold_unit(struct cs_model *model, struct cs_request *request,
                          enum cs_unit_kind kind, uint32_t owner, uint32_t unit);
/* Give back the unit taken last (which must be of this kind). */
void cs_request_release_unit(struct cs_model *model, struct cs_request *request,
                             enum cs_unit_kind kind);
/* The client's first byte leaves the region now. */
void cs_request_first_byte(struct cs_model *model, struct cs_request *request);
/* The answer leaves the region now; the request goes on (respond). */
void cs_request_answer(struct cs_model *model, struct cs_request *request, int code,
                       enum cs_reason reason);
/* Answer (unless it has been) and end: whatever it waits for is undone, what
 * it holds goes back. */
void cs_request_end(struct cs_model *model, struct cs_request *request, int code,
                    enum cs_reason reason);
struct cs_draw cs_request_draw(const struct cs_model *model, const struct cs_request *request,
                               uint64_t stream, uint32_t step);
static inline uint32_t cs_request_id(const struct cs_model *model,
                                     const struct cs_request *request)
{
    return (uint32_t)(request - model->request);
}

/* settle.c: what the client saw goes to the meters and objectives */
void cs_request_settle(struct cs_model *model, struct cs_request *request, int code,
                       enum cs_reason reason, cs_time last_byte);

/* source.c */
void cs_sources_wire(struct cs_model *model);
/* Expected arrivals a second at `t` over all sources, for the busy hour. */
double cs_sources_rate(const struct cs_scenario *scenario, cs_time t);

/* program.c */
void cs_program_run(struct cs_model *model, struct cs_request *request);

/* fleet.c: who gets which instance */
void cs_fleets_wire(struct cs_model *model);
void cs_fleets_release(struct cs_model *model);
void cs_fleet_enter(struct cs_model *model, struct cs_request *request);
/* It has its slot: the function begins. */
void cs_fleet_begin(struct cs_model *model, struct cs_request *request);
void cs_fleet_leave(struct cs_model *model, struct cs_request *request, cs_time since);
/* Leave the queue, or the starting instance. */
void cs_fleet_stop_waiting(struct cs_model *model, struct cs_request *request);
void cs_fleet_started(struct cs_model *model, struct cs_instance *instance);
/* An instance is gone: the longest waiting of the region may start another. */
void cs_fleet_capacity_freed(struct cs_model *model, uint32_t region);

/* instance.c: the life of one */
struct cs_instance *cs_instance_start(struct cs_model *model, struct cs_cell *cell);
/* Out of the pool of warm ones for good; it must be idle. */
void cs_instance_retire(struct cs_model *model, struct cs_instance *instance);
void cs_instance_warm(struct cs_model *model, struct cs_instance *instance);
/* A request more or less on it: state, reuse order and idle timer follow. */
void cs_instance_load(struct cs_model *model, struct cs_instance *instance, int change);
void cs_instance_free(struct cs_instance *instance);
static inline struct cs_instance *cs_instance_of(const struct cs_model *model,
                                                 const struct cs_request *request)
{
    return model->cell[request->cell].instance[request->instance];
}

/* cpu.c: CPU steps on an instance */
void cs_cpu_run(struct cs_model *model, struct cs_request *request, double seconds);
void cs_cpu_leave(struct cs_model *model, struct cs_request *request);
void cs_cpu_done(struct cs_model *model, struct cs_request *request);

/* limiter.c: false when the request is over a limit */
void cs_limiters_wire(struct cs_model *model);
void cs_limiters_release(struct cs_model *model);
bool cs_limiter_admit(struct cs_model *model, uint32_t limiter,
                      const struct cs_request *request);

/* pool.c */
/* True when the request has a connection (or needs none); otherwise it waits or
 * has ended. */
bool cs_pool_acquire(struct cs_model *model, struct cs_request *request, uint32_t database);
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
/* To the longest waiting, or idle. */
void cs_connection_free(struct cs_model *model, struct cs_pool *pool, uint32_t connection);
void cs_connection_use(struct cs_model *model, struct cs_pool *pool, uint32_t connection,
                       struct cs_request *request);
void cs_pool_open(struct cs_model *model, struct cs_pool *pool, uint64_t ordinal);
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

/* dependency.c */
void cs_dependencies_wire(struct cs_model *model);
void cs_dependencies_release(struct cs_model *model);
bool cs_dependency_call(struct cs_model *model, struct cs_request *request,
                        const struct cs_op *op);

/* slo.c */
void cs_slos_wire(struct cs_model *model);
void cs_slos_release(struct cs_model *model);
void cs_slos_open(struct cs_model *model, const struct cs_request *request);
void cs_slos_settle(struct cs_model *model, const struct cs_request *request, int code,
                    cs_time last_byte);

#endif
