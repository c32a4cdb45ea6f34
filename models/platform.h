/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_PLATFORM_H
#define CAPSIM_MODELS_PLATFORM_H

#include "capsim/engine.h"
#include "capsim/metric.h"
#include "capsim/model.h"
#include "capsim/replay.h"
#include "capsim/rng.h"
#include "capsim/scenario.h"
#include "capsim/shape.h"

#include "breakdown.h"
#include "cdn.h"
#include "database.h"
#include "dependency.h"
#include "fleet.h"
#include "limiter.h"
#include "meters.h"
#include "program.h"
#include "request.h"
#include "sampler.h"
#include "station.h"
#include "watch.h"

/*
 * The platform of one replication: what the model files share.  Everything
 * refers to everything else by index, so arrays may grow.
 */

/* ---- who asks ---- */

struct cs_closed;
/* Candidates of layer k of the load are numbered from k << CS_LAYER_SHIFT on. */
enum { CS_LAYER_SHIFT = 48 };

struct cs_source_state {
    const struct cs_source *config;
    struct cs_model *model;
    uint32_t index, layer, timer;
    double multiple;     /* of this layer: 1, less in the last, 0 beyond */
    uint64_t number;     /* of the candidate that is due */
    struct cs_draw draw; /* its own: the gap is drawn */
    double *zone_rate;   /* by zone, as cs_modulation_clock found them last */
    double sup_per_s;    /* bound of the rate until segment_end */
    cs_time segment_end; /* of one piece of the profile, one state, at most a day */
    double day_sup;      /* bound until day_end of all but profile and burst */
    cs_time day_end;
    double day_factor, growth_per_s; /* as drawn */
    struct {
        bool has_begun, is_high;
        uint64_t sojourn; /* number of the next */
        cs_time end;      /* of the present */
    } burst;
    struct cs_replay *replay; /* of layer 0 of a trace; else NULL */
    struct cs_replay_row row; /* that is due */
    uint64_t arrival_stream, request_stream, step_stream, network_stream, patience_stream,
        queue_stream, outcome_stream, backoff_stream, retry_stream, leak_stream, route_stream,
        cache_stream, call_retry_stream;
    struct cs_closed *closed; /* its virtual users; NULL: an open source */
};

/* ---- objectives ---- */

struct cs_slo_window {
    struct cs_hist *hist; /* quantile and mean */
    uint64_t all, errors, limited, under;
    uint64_t open; /* requests that arrived in it and are not settled */
    cs_time down;  /* how long its database was down in it */
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
    cs_time down_since; /* its database; CS_NEVER: it is up */
};

struct cs_events;
struct cs_aftermath;

struct cs_model {
    const struct cs_scenario *scenario; /* the version of it that holds now */
    uint32_t replication;
    struct cs_engine engine;
    struct cs_registry *registry;
    struct cs_meters meters;
    struct cs_breakdown_state breakdown;

    struct cs_request *request;
    uint32_t n_requests, request_capacity;
    uint32_t *free_request;
    uint32_t n_free, free_capacity;
    uint32_t n_ghosts;                      /* ended, but still in a gateway's queue */
    struct cs_wait_node *wait;              /* by request: in a station's queue */
    struct cs_deadline_node *duration_node; /* by request */
    struct cs_deadline_node *patience_node;
    struct cs_deadline_node *statement_node;
    uint32_t node_capacity;
    struct cs_deadlines *duration_list; /* by function; used where limited */
    struct cs_deadlines patience_list;

    struct cs_client *client; /* those who wait to ask again, and free ones */
    uint32_t n_clients, client_capacity;
    uint32_t *free_client;
    uint32_t n_free_clients, free_client_capacity;

    struct cs_program *program;     /* by function */
    struct cs_source_state *source; /* sources times layers */
    uint32_t n_sources, n_layers;
    struct cs_cell *cell; /* fleet * n_regions + region */
    uint64_t serials;
    struct cs_region_state *region;
    uint32_t *route; /* region by zone * n_fleets + fleet; CS_NONE: all are down */
    struct cs_cdn cdn;
    struct cs_limiters *limiters;
    struct cs_database_state *database;
    struct cs_pool_rows *pool_rows; /* database * cells + cell */
    struct cs_dependency_state *dependency;
    struct cs_slo_state *slo;
    struct cs_watches *watches; /* NULL: no alert and no dashboard */
    char (*cost_item)[80];      /* names of databases' items; NULL: no prices */
    struct cs_events *events;
    struct cs_aftermath *aftermath; /* by event */

    cs_time start, end; /* of the measured window */
    cs_time hour_end;   /* of its busy hour */
    uint32_t window_timer, step_timer, hour_timer;
    uint64_t requests;                  /* ever */
    uint64_t generated, answered, gone; /* requests made, answered, ended */
    uint64_t users_begun, users_over;   /* first attempts sent, last answers had */
    uint64_t retries;                   /* decided on */
    uint64_t unfinished_clients;        /* that the run's end kept from asking again */
    uint64_t unfinished_users;          /* of the window, without a last answer */
    uint64_t open_measured;             /* measured requests that have not ended */
    uint64_t open_users;                /* begun in the window and not over */
    uint64_t unfinished;
    int64_t waiting_at_start, waiting_at_end; /* of the window, in all queues */
    bool is_unstable, is_window_over;
    char trouble[256]; /* the world's, which ended the run; "": none */
    struct cs_little system;
    struct cs_sampler sampler;
    struct cs_model_check check[16];
    size_t n_checks;
};

static inline uint32_t cs_request_id(const struct cs_model *model,
                                     const struct cs_request *request)
{
    return (uint32_t)(request - model->request);
}

/* After the window the run goes on until all that was measured has ended. */
static inline void cs_model_may_stop(struct cs_model *model)
{
    if (model->is_window_over && model->open_measured == 0 && model->open_users == 0)
        cs_engine_stop(&model->engine);
}

static inline bool cs_model_is_busy_hour(const struct cs_model *model)
{
    return model->engine.now >= model->breakdown.hour_start &&
           model->engine.now < model->breakdown.hour_end;
}

/* Nothing is simulated beyond it. */
static inline cs_time cs_model_limit(const struct cs_model *model)
{
    cs_time duration = model->end - model->start;

    return model->end + (duration > 2 * CS_HOUR ? duration : 2 * CS_HOUR);
}

static inline struct cs_instance *cs_instance_of(const struct cs_model *model,
                                                 const struct cs_request *request)
{
    return model->cell[request->cell].instance[request->instance];
}

/* ever.c: whether the fleet or dependency `index`, or the database, has it: in the file or by
 * what an event sets */
enum cs_mechanism {
    CS_HAS_RETRY, /* the clients do */
    CS_HAS_CPU,
    CS_HAS_MEMORY,
    CS_HAS_MEMORY_USE,
    CS_HAS_RULES,
    CS_HAS_POOL, /* of the database, in the fleet */
    CS_HAS_SERVER,
    CS_HAS_PLACES,
    CS_HAS_RATE,
    CS_HAS_BREAKER
};
bool cs_scenario_ever_has(const struct cs_scenario *scenario, enum cs_mechanism what,
                          uint32_t index, uint32_t database);

/* source.c */
void cs_sources_wire(struct cs_model *model);
void cs_sources_release(struct cs_model *model);
/* Expected arrivals a second about `t` over all sources, for the busy hour: by the
 * clock, growth at its median, day factors and bursts at their means. */
double cs_sources_rate(const struct cs_scenario *scenario, cs_time t);
/*
 * model->scenario was swapped for one with the same sources, in the same order, whose
 * rates, shapes or load differ: from now on they hold.  Layers were wired for the
 * greatest load, max_load of the scenario at the start.  A source whose rate is as it
 * was keeps the candidate that is due; another draws its next number from now on.  Days,
 * growth and bursts keep their luck; a trace goes on with its file.  The scenario before
 * must still be there.
 */
void cs_sources_reconfigure(struct cs_model *model);

/* modulation.c: the rate of a source between chance and clock */
void cs_modulation_start(struct cs_source_state *state);
/* The segment that starts at `from`: its end and the bound of the rate in it. */
void cs_modulation_segment(struct cs_source_state *state, cs_time from);
/* The same, from now on, after the settings changed. */
void cs_modulation_restart(struct cs_source_state *state);
/* What the zones' clocks make of `base` now: the sum of state->zone_rate. */
double cs_modulation_clock(struct cs_source_state *state, double base);
/* Rate of the source now, at load 1; *clock: what the zones share of it by their clocks. */
double cs_modulation_rate(struct cs_source_state *state, double *clock);

/* trace.c */
void cs_trace_start(struct cs_source_state *state); /* of layer 0 */
void cs_trace_row(struct cs_source_state *state);   /* its row is due */

/* A request of the source's layer, with what is known of it; source.c draws the rest. */
struct cs_arrival {
    uint32_t function, tier, zone; /* CS_NONE: drawn */
    uint64_t user;                 /* CS_NO_USER: drawn */
};
void cs_source_send(struct cs_source_state *state, const struct cs_arrival *arrival);
/* The candidate's own draws of a stream. */
struct cs_draw cs_source_draw(const struct cs_source_state *state, uint64_t stream);

/* closed.c: virtual users.  Wire after the source's streams are known. */
void cs_closed_wire(struct cs_source_state *state);
void cs_closed_release(struct cs_source_state *state);
/* The load has been set: there are as many as there would be at it. */
void cs_closed_reconfigure(struct cs_source_state *state);
/* Requests a second at `t`, load 1, of as many users as there should be, without contention. */
double cs_closed_rate(const struct cs_scenario *scenario, const struct cs_source *source,
                      cs_time t);
/* The request's virtual user has the last answer to it at `at` >= now. */
void cs_virtual_user_answered(struct cs_model *model, const struct cs_request *request,
                              cs_time at);
/* Every virtual user that is there thinks, or is one of the `waiting` for an answer. */
bool cs_closed_holds(const struct cs_model *model, uint64_t waiting);

/* backoff.c: before the retry after failure number `failures`, from 0. */
cs_time cs_backoff_delay(const struct cs_backoff *config, uint32_t failures,
                         struct cs_draw *draw);

/* program.c */
void cs_program_run(struct cs_model *model, struct cs_request *request);

/* cost.c: after all rows that cost something */
void cs_costs_wire(struct cs_model *model);
void cs_costs_release(struct cs_model *model);

/* checks.c: who waits anywhere; the invariants, at the end of a run */
int64_t cs_waiting(const struct cs_model *model);
void cs_checks_run(struct cs_model *model);

/* slo.c */
void cs_slos_wire(struct cs_model *model);
void cs_slos_release(struct cs_model *model);
void cs_slos_end(struct cs_model *model); /* after the run */
void cs_slos_open(struct cs_model *model, const struct cs_request *request);
/* It has gone down, or is up again. */
void cs_slos_database(struct cs_model *model, uint32_t database, bool is_up);
void cs_slos_settle(struct cs_model *model, const struct cs_request *request, int code,
                    cs_time last_byte);

#endif
