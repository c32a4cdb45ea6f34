/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_FLEET_H
#define CAPSIM_MODELS_FLEET_H

#include "capsim/engine.h"
#include "capsim/heap.h"
#include "capsim/scenario.h"

#include "meters.h"
#include "request.h"
#include "scaling.h"
#include "sharing.h"
#include "station.h"

/* Fleets and their instances: who gets which, and the life of one. */

enum cs_instance_state {
    CS_INSTANCE_GONE,
    CS_INSTANCE_STARTING,
    CS_INSTANCE_BUSY,
    CS_INSTANCE_IDLE
};

struct cs_instance {
    struct cs_model *model;
    const struct cs_fleet *config; /* what it is made of: as it was when it started */
    uint64_t ordinal;              /* within its cell, for ever */
    uint64_t serial;               /* within the model, for ever: the limiter's key */
    uint64_t idle_periods;
    uint64_t turn;        /* of the last request that it was given, in its cell */
    uint64_t offered;     /* when it last had a free slot after a change, likewise */
    uint32_t cell, local; /* local: its place in the cell, recycled */
    uint32_t active;      /* requests that hold or are promised a slot */
    uint32_t timer;       /* start, then idle */
    enum cs_instance_state state;
    bool is_closed;          /* takes nothing new, counts against no cap, goes when empty */
    bool is_frozen, has_cpu; /* has_cpu: `cpu` has been initialised */
    bool is_out_of_memory;   /* will be killed at this instant */
    int64_t memory_used;     /* bytes, while it is warm; 0 without memory_use */
    double cpu_rate;         /* vCPUs that one request alone runs at; 0: no CPU */
    cs_time idle_since, idle_due;
    uint32_t idle_prev, idle_next;    /* of its cell, longest idle first */
    uint32_t start_first, start_last; /* requests that wait for its start */
    uint32_t first_request;           /* of those that hold a slot */
    struct cs_sharing cpu;            /* used when concurrency > 1 */
    struct cs_pool **pool;            /* by database; made when first needed */
    struct cs_breaker *breaker;       /* by dependency; likewise, all at once */
};

/* A deployment of a cell that is under way, or the last. */
struct cs_deploy_state {
    struct cs_model *model; /* NULL: never one */
    uint64_t first_new;     /* ordinals from here on are new */
    cs_time since, length;
    int64_t n, replaced;
    uint32_t timer;
};

/* A fleet in a region. */
struct cs_cell {
    const struct cs_fleet *config;
    uint32_t index, fleet, region;
    uint64_t ordinals; /* handed out */
    int64_t alive;     /* against the caps: starting, busy and idle, but not closed */
    int64_t starting;
    struct cs_station slots; /* requests in instances; its queue is the fleet's */
    struct cs_little little_slots, little_queue;
    struct cs_instance **instance; /* by local number */
    uint32_t n_instances, instance_capacity;
    uint32_t *free_local;
    uint32_t n_free, free_capacity;
    struct cs_heap warm;     /* instances with a free slot, by reuse rule */
    struct cs_heap joinable; /* starting instances with room, oldest first */
    uint32_t idle_first, idle_last;
    uint64_t offers; /* counts for the reuse rules that go by time */
    uint64_t uses;   /* random's draws */
    uint64_t cold_stream, idle_stream, reuse_stream;
    double slow_cpu;   /* factor on CPU times */
    double burst_rate; /* share of its requests that fail with burst_code */
    uint32_t burst_code;
    struct cs_deploy_state deploy;
    struct cs_fan alive_rows, queue_rows, state_rows[4]; /* by cs_instance_state */
    struct cs_share_fan slot_share, cpu_share, memory_share;
    struct cs_fan memory_rows; /* bytes that are paid for */
    struct cs_counts cold_starts, invocations, oom_kills, scale_outs;
    struct cs_start_bucket starts;
    struct cs_scaler *scaler; /* NULL: no rules */
};

struct cs_region_state {
    int64_t instances; /* against its cap */
    uint32_t outages;  /* that last */
    bool is_down;
    uint32_t route_step; /* of the draws for weighted routing: by its name */
};

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
/* Start what is missing to the fleet's minimum, where there is room. */
void cs_fleet_keep_minimum(struct cs_model *model, struct cs_cell *cell);
/* False too when it is down. */
bool cs_region_has_room(const struct cs_model *model, uint32_t region);
/* The longest idle instance of the region that its fleet can spare, but for those of
 * `but`, which may be NULL; NULL: there is none. */
struct cs_instance *cs_fleet_longest_idle(struct cs_model *model, uint32_t region,
                                          const struct cs_cell *but);
/* An instance is gone: the longest waiting of the region may start another. */
void cs_fleet_capacity_freed(struct cs_model *model, uint32_t region);

/* Start an instance for whoever comes; false when the caps or start_burst forbid it. */
bool cs_fleet_start_idle(struct cs_model *model, struct cs_cell *cell);
/* Who waits starts instances, while there are tokens and room. */
void cs_fleet_serve_waiting(struct cs_model *model, struct cs_cell *cell);

/* instance.c: the life of one */
enum cs_instance_event { CS_INSTANCE_STARTED, CS_INSTANCE_IDLE_LONG };
struct cs_instance *cs_instance_start(struct cs_model *model, struct cs_cell *cell);
/* Gone: nothing is on it, its connections drop. */
void cs_instance_retire(struct cs_model *model, struct cs_instance *instance);
/*
 * It takes nothing new and goes when what it runs has ended, at once when that is
 * nothing.  Against the caps it is gone now; who waits for room is not served yet:
 * see cs_fleet_capacity_freed.
 */
void cs_instance_close(struct cs_model *model, struct cs_instance *instance);
/* It is gone now: its requests end with 502, its connections drop. */
void cs_instance_kill(struct cs_model *model, struct cs_instance *instance,
                      enum cs_reason reason);
void cs_instance_warm(struct cs_model *model, struct cs_instance *instance);
/* A request more or less on it: state, reuse order and idle timer follow. */
void cs_instance_load(struct cs_model *model, struct cs_instance *instance, int change);
void cs_instance_free(struct cs_instance *instance);
void cs_instance_set_state(struct cs_model *model, struct cs_instance *instance,
                           enum cs_instance_state state);
/* The order of reuse is another one from now on. */
void cs_instances_reorder(struct cs_cell *cell);

/* keep.c: idle instances.  It becomes idle; it is used again. */
void cs_keep_begin(struct cs_model *model, struct cs_instance *instance);
void cs_keep_end(struct cs_model *model, struct cs_instance *instance);
/* It goes while it is idle. */
void cs_keep_unlink(struct cs_cell *cell, const struct cs_instance *instance);
/* Its timer fires. */
void cs_keep_expired(struct cs_model *model, struct cs_instance *instance);
/* After a change of idle_timeout, freeze or the minimum: they hold for the idle too. */
void cs_keep_reconfigure(struct cs_model *model, struct cs_cell *cell);

/* Whether an instance's memory is paid for. */
static inline bool cs_cost_is_billed(const struct cs_prices *prices,
                                     enum cs_instance_state state)
{
    return state == CS_INSTANCE_BUSY || (state != CS_INSTANCE_GONE && !prices->is_busy_billed);
}

/* cost.c */
/* After its other rows: labels fleet and region. */
void cs_cost_wire_cell(struct cs_model *model, struct cs_cell *cell, struct cs_labels labels);

/* cpu.c: CPU steps on an instance */
void cs_cpu_run(struct cs_model *model, struct cs_request *request, double seconds);
void cs_cpu_leave(struct cs_model *model, struct cs_request *request);
void cs_cpu_done(struct cs_model *model, struct cs_request *request);

#endif
