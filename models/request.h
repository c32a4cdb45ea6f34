/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_REQUEST_H
#define CAPSIM_MODELS_REQUEST_H

#include "capsim/engine.h"
#include "capsim/rng.h"

struct cs_model;

/* A request: what it is, where it is, what it holds. */

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
    CS_REASON_OUT_OF_MEMORY,
    CS_REASON_REGION_DOWN,
    CS_REASON_DATABASE_DOWN,
    CS_REASON_DEPENDENCY_LIMITED,
    CS_REASON_BREAKER_OPEN,
    CS_REASON_ERROR_BURST,
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

enum cs_unit_kind {
    CS_UNIT_SLOT,
    CS_UNIT_CONNECTION,
    CS_UNIT_CLIENT,
    CS_UNIT_BACKEND,
    CS_UNIT_CALL
};

/* Something a request holds; released last taken first returned. */
struct cs_unit {
    enum cs_unit_kind kind;
    uint32_t owner; /* database or dependency */
    uint32_t unit;  /* connection's index in the pool */
    cs_time since;
};

/* A slot, a transaction's connection and backend, and those of a query of another
 * database within it. */
enum { CS_MAX_UNITS = 5 };

enum cs_fate { CS_FATE_FINE, CS_FATE_ERROR };

struct cs_breaker;

/* A call that a request makes: of a dependency, then perhaps of its fallback. */
struct cs_call {
    uint32_t dependency;
    uint16_t depth, tries;      /* fallbacks taken; retries made of this dependency */
    uint32_t pc;                /* where a call goes on that has its first byte */
    uint32_t prev, next;        /* of the attempts under way at the dependency, oldest first */
    uint32_t epoch;             /* of the breaker, when the attempt began */
    struct cs_breaker *breaker; /* that waits for the attempt's outcome; or NULL */
    bool is_under_way, has_streamed;
};

struct cs_request {
    uint64_t number;    /* of the candidate, within its source: its identity */
    uint64_t user;      /* over all tiers; CS_ANONYMOUS */
    cs_time sent;       /* by the client */
    cs_time first_sent; /* its first attempt */
    cs_time entered;    /* the region */
    cs_time give_up_at;
    cs_time rtt;
    cs_time retry_after; /* what its answer tells the client; CS_NEVER: nothing */
    cs_time asked;       /* for a connection, a query, or of a dependency */
    cs_time need;        /* of the query: its time alone on the server */
    cs_time rest;        /* the way home of a query, or of a call after its first byte */
    cs_time first_byte;  /* at the client; CS_NEVER: not yet */
    cs_time stage_since;
    cs_time stage_time[CS_STAGES];
    struct cs_unit unit[CS_MAX_UNITS];
    uint32_t n_units;
    uint32_t generation; /* grants to a request that is gone are dropped */
    uint32_t source, function, tier, zone, region;
    uint32_t attempt;      /* 0: the first; in the key of every draw */
    uint32_t virtual_user; /* of its source, who waits for the last answer; CS_NONE */
    uint32_t cell, instance;
    uint32_t on_prev, on_next;  /* of those that hold a slot of the same instance */
    uint32_t pc, loop;          /* next operation; repetitions done of the present loop */
    uint32_t tries;             /* failed attempts at the present acquisition */
    uint32_t transaction_tries; /* those of the transaction under way */
    uint32_t job;               /* in a shared processor; CS_NONE: its own timer */
    uint32_t connection;        /* that it opens */
    uint32_t timer;
    uint32_t patience_timer; /* CS_NONE: it never needed one */
    enum cs_stage stage;
    enum cs_whereabouts at;
    enum cs_fate fate; /* of the attempt under way */
    struct cs_call call;
    uint32_t entry, epoch; /* of the edge's cache, where its answer may be kept; CS_NONE */
    bool is_measured, is_settled, is_answered, has_begun, is_shadow_limited;
    bool is_ghost;   /* it has ended; the gateway that it waited for has not noticed */
    bool is_edge;    /* the edge answers it: it never comes to a region */
    bool is_refresh; /* the edge's own: no client waits, it counts as what it uses alone */
};

#define CS_ANONYMOUS UINT64_MAX

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
    CS_REQUEST_GIVE_UP,
    CS_REQUEST_EDGE_ANSWERS,
    CS_REQUEST_RETRY_CALL,
    CS_REQUEST_CALL_TIMEOUT
};
extern const struct cs_actor cs_request_actor;
struct cs_request *cs_request_new(struct cs_model *model);
/* It reaches its region now. */
void cs_request_enter(struct cs_model *model, struct cs_request *request);
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
/* Answer (unless it has been) and end: whatever it waits for is undone, what
 * it holds goes back. */
void cs_request_end(struct cs_model *model, struct cs_request *request, int code,
                    enum cs_reason reason);
/* The gateway has: its record is free again. */
void cs_request_forget(struct cs_model *model, struct cs_request *request);
struct cs_draw cs_request_draw(const struct cs_model *model, const struct cs_request *request,
                               uint64_t stream, uint32_t step);

/*
 * client.c: what the client does.  One that waits to ask again has no request
 * under way: this is what outlives the last one.
 */
struct cs_client {
    uint64_t number, user;
    cs_time first_sent;
    uint32_t source, function, tier, zone, attempt, virtual_user;
    uint32_t timer;
    int code; /* of the attempt before */
    bool is_waiting;
};
/* Sent just now by a client; everything it is has been filled in. */
void cs_request_send(struct cs_model *model, struct cs_request *request);
/* The two ends of that, for who stands between: it exists from now on; it sets out
 * for its region. */
void cs_request_depart(struct cs_model *model, struct cs_request *request);
void cs_request_travel(struct cs_model *model, struct cs_request *request);
/* The client's first byte leaves the region now. */
void cs_request_first_byte(struct cs_model *model, struct cs_request *request);
/* The answer leaves the region now; the request goes on (respond). */
void cs_request_answer(struct cs_model *model, struct cs_request *request, int code,
                       enum cs_reason reason);
/* Its client's patience is over. */
void cs_request_give_up(struct cs_model *model, struct cs_request *request);
/* It, or the client that waits to ask again, could not end before the run did. */
void cs_request_unfinished(struct cs_model *model, struct cs_request *request);
void cs_clients_unfinished(struct cs_model *model);
void cs_clients_wire(struct cs_model *model);
/* The patience of model->scenario, for what is sent from now on. */
void cs_clients_reconfigure(struct cs_model *model);
void cs_clients_release(struct cs_model *model);

/* route.c: its region and cell; false when every region that could take it is down,
 * and they are those that would if none were. */
bool cs_request_route(struct cs_model *model, struct cs_request *request);
void cs_routes_wire(struct cs_model *model);
void cs_routes_release(struct cs_model *model);
/* After a change of any region[].is_down, or of the routing's settings. */
void cs_routes_refresh(struct cs_model *model);

/* settle.c: what the client saw goes to the meters and objectives */
void cs_request_settle(struct cs_model *model, struct cs_request *request, int code,
                       enum cs_reason reason, cs_time last_byte);
/* What the user ended up with, by the code of its last attempt (the request). */
void cs_user_request_settle(struct cs_model *model, const struct cs_request *request, int code);

#endif
