/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_SCENARIO_H
#define CAPSIM_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "capsim/arena.h"
#include "capsim/demand.h"
#include "capsim/dist.h"
#include "capsim/edge.h"
#include "capsim/incident.h"
#include "capsim/limits.h"
#include "capsim/objective.h"
#include "capsim/time.h"

/*
 * A validated scenario: plain data, one arena, read-only once loaded and shared
 * by all threads.  Everything that refers to something else does so by index;
 * names serve output alone.  SI units (seconds only inside distributions,
 * bytes, per second), shares of 1, times in ns.  Ranges are checked by the
 * loader: the models assert them at most.
 */

#define CS_UNLIMITED INT64_MAX
#define CS_NONE UINT32_MAX

struct cs_backoff {
    cs_time initial, max;
    double factor;    /* >= 1 */
    bool full_jitter; /* uniform in (0, delay) instead of delay */
};

struct cs_retries {
    uint32_t max; /* beyond the first attempt */
    struct cs_backoff backoff;
};

/* ---- who asks ---- */

struct cs_zone {
    const char *name;
    double share; /* sums to 1 over zones */
    cs_time utc_offset;
};

struct cs_region {
    const char *name;
    int64_t max_instances; /* over all fleets; or CS_UNLIMITED */
    double weight;         /* weighted routing: share of requests; 0: takes none */
    uint32_t turn;         /* failover: 0 is tried first; CS_NONE: never */
};

struct cs_tier {
    const char *name;
    uint64_t users;
    double zipf_exponent, zipf_shift; /* of the activity; 0: all alike */
    struct cs_zipf activity;          /* of `users` ranks */
    uint64_t first_user;              /* users are numbered over all tiers from here */
};

struct cs_client_retry {
    bool exists;
    bool on_code[200]; /* from 400 on; 499: gave up */
    bool honour_retry_after;
    uint32_t max; /* beyond the first attempt */
    struct cs_backoff backoff;
};

struct cs_clients {
    const struct cs_dist *patience; /* NULL: they wait for ever */
    struct cs_client_retry retry;
};

/* ---- where it runs ---- */

enum cs_reuse {
    CS_REUSE_LAST_USED,
    CS_REUSE_LONGEST_IDLE,
    CS_REUSE_NEWEST,
    CS_REUSE_OLDEST,
    CS_REUSE_RANDOM,
    CS_REUSE_LEAST_BUSY,
    CS_REUSE_ROUND_ROBIN
};

/* The client pool of one database in each instance of a fleet (node-postgres' rules). */
struct cs_pool_config {
    bool exists; /* false: queries go straight to the gateway or server */
    uint32_t max, min;
    cs_time idle_timeout;    /* CS_NEVER: connections stay */
    cs_time connect_timeout; /* from asking; CS_NEVER: no limit; 0: does not wait */
    struct cs_retries retries;
    uint32_t connect_round_trips;
    const struct cs_dist *connect; /* on top of the round trips; NULL: nothing */
};

/* A token bucket of instance starts, for the fleet in each region; starts full. */
struct cs_start_burst {
    bool exists; /* false: as many as there is room for start at once */
    double rate_per_s;
    uint32_t burst; /* >= 1 */
};

/* Start `add` instances when the mean of `measure` over the trailing window is above. */
enum cs_scale_measure { CS_SCALE_CPU, CS_SCALE_MEMORY, CS_SCALE_SLOTS };
enum { CS_SCALE_MEASURES = 3 };
struct cs_scale_rule {
    enum cs_scale_measure measure;
    bool or_equal; /* >= instead of > */
    double threshold;
    cs_time window, cooldown; /* window > 0 */
    uint32_t add;             /* >= 1 */
};

/* What fills an instance's memory, in bytes; above `memory` it is killed. */
struct cs_memory_use {
    bool exists;
    double base, per_request, per_connection;
};

struct cs_fleet {
    const char *name;
    double memory_bytes;  /* 0: not given */
    double vcpus;         /* of an instance; 0: no CPU sharing */
    double cpu_threads;   /* CPUs that one instance's code can use; +infinity: all */
    uint32_t concurrency; /* requests an instance serves at once, >= 1 */
    const struct cs_dist *cold_start;     /* NULL: starts at once */
    const struct cs_dist *idle_timeout;   /* NULL: stays for ever */
    int64_t min_instances, max_instances; /* per region */
    enum cs_reuse reuse;
    int64_t queue_limit;                 /* waiting per region; 0: 503 at the cap */
    const struct cs_dist *queue_timeout; /* NULL: waits for ever */
    bool cancel_abandoned;
    bool freeze;                 /* an idle instance's timers stand still */
    bool *in_region;             /* n_regions: where the fleet may run */
    struct cs_pool_config *pool; /* n_databases: its own override or the database's */
    struct cs_start_burst start_burst;
    struct cs_scale_rule *scale_out;
    uint32_t n_scale_out;
    struct cs_memory_use memory_use; /* exists: memory_bytes > 0 */
};

/* ---- what it uses ---- */

enum cs_gateway_mode { CS_GATEWAY_TRANSACTION, CS_GATEWAY_SESSION };

struct cs_gateway_config {
    bool exists;
    int64_t max_clients; /* connections; more are refused at once */
    int64_t pool_size;   /* backends */
    enum cs_gateway_mode mode;
    cs_time wait_timeout; /* for a backend */
    bool drop_abandoned;  /* a waiter whose request has ended leaves the queue at once */
};

struct cs_server_config {
    bool exists;
    int64_t max_connections;
    double vcpus; /* 0: as many as queries run */
    double usl_alpha, usl_beta;
    cs_time statement_timeout;
    const struct cs_dist *failure_every, *repair; /* up time, down time; NULL: never fails */
};

struct cs_query {
    const char *name;
    const struct cs_dist *time;
};

struct cs_database {
    const char *name;
    uint32_t region; /* CS_NONE: no distance */
    struct cs_pool_config pool;
    struct cs_gateway_config gateway;
    struct cs_server_config server;
    struct cs_query *query;
    uint32_t n_queries;
};

struct cs_dependency {
    const char *name;
    const struct cs_dist *latency; /* the whole answer; or NULL and the three below */
    const struct cs_dist *first_byte;
    const struct cs_dist *tokens; /* NULL: the answer ends with its first byte */
    double tokens_per_second;
    double error_rate;       /* an error comes at the first byte */
    cs_time timeout;         /* of the whole call, its retries included */
    int64_t max_concurrency; /* more are refused: CS_UNLIMITED */
    double rate_limit_per_s; /* the provider's; more are refused: +infinity */
    struct cs_retries retries;
    struct cs_breaker_config { /* counts attempts */
        bool exists;
        int64_t failures; /* in a row that open it; CS_UNLIMITED: none do */
        cs_time open;     /* for this long nothing is let through, then `probes` at once */
        uint32_t probes;
        enum cs_limit_scope scope;
    } breaker;
    uint32_t fallback; /* another dependency; CS_NONE */
};

/* ---- what it does ---- */

enum cs_step_kind {
    CS_STEP_LIMIT,
    CS_STEP_CPU,
    CS_STEP_WAIT,
    CS_STEP_QUERY,
    CS_STEP_CALL,
    CS_STEP_RESPOND,
    CS_STEP_TRANSACTION, /* a connection is held from here ... */
    CS_STEP_COMMIT       /* ... to here; they do not nest */
};

struct cs_step {
    enum cs_step_kind kind;
    uint32_t target;            /* limiter, database or dependency */
    uint32_t query;             /* of the database */
    uint32_t count;             /* >= 1, one after another */
    bool stream;                /* call: the client has its first byte with the dependency's */
    bool is_held;               /* query: on the connection of the transaction around it */
    const struct cs_dist *time; /* cpu: vCPU seconds; wait: seconds */
};

/* It takes a connection to the database, or runs on one. */
static inline bool cs_step_asks(const struct cs_step *step, uint32_t database)
{
    return (step->kind == CS_STEP_QUERY || step->kind == CS_STEP_TRANSACTION) &&
           step->target == database;
}

struct cs_outcome {
    int code; /* HTTP, 400..599 */
    double probability;
};

struct cs_function {
    const char *name;
    uint32_t fleet;
    struct cs_cache cache;
    cs_time max_duration;       /* CS_NEVER */
    struct cs_outcome *outcome; /* of the code itself; the rest answers 200 */
    uint32_t n_outcomes;
    struct cs_step *step;
    uint32_t n_steps;
};

struct cs_horizon {
    int64_t start_unix_s; /* of the measured window, UTC */
    cs_time duration, lead_in, sample;
    bool lead_in_is_auto; /* lead_in was computed */
    bool is_steady;       /* for ever at this load; else a window with a beginning */
};

/* Uncertainty of the distributions that were fitted to samples. */
struct cs_inputs {
    uint32_t bootstraps;   /* scenarios with refitted distributions; 0: none */
    uint32_t replications; /* of each, >= 2 */
};

struct cs_scenario {
    struct cs_arena *arena; /* owns everything */
    const char *path, *name, *title;
    char hash[65]; /* SHA-256 of every setting, defaults filled in, in hex */
    struct cs_horizon horizon;
    uint32_t replications;     /* the most */
    uint32_t min_replications; /* the fewest; equal to the most unless precision > 0 */
    double precision;          /* asked of objectives' values, relative; 0: not asked */
    uint64_t seed;
    double load;
    double max_load; /* the greatest that `load` may become in flight; 0: load */
    struct cs_inputs inputs;

    /* There is always one zone and one region; `declared` says whether the
     * file named them (labels are only shown then). */
    struct cs_zone *zone;
    uint32_t n_zones;
    bool zones_declared;
    struct cs_region *region;
    uint32_t n_regions;
    bool regions_declared;
    /* Round-trip times in seconds; NULL: none.  zone_rtt[z * n_regions + r],
     * region_rtt[a * n_regions + b]. */
    const struct cs_dist **zone_rtt;
    const struct cs_dist **region_rtt;
    enum cs_routing routing;

    struct cs_tier *tier;
    uint32_t n_tiers;
    struct cs_limiter *limiter;
    uint32_t n_limiters;
    struct cs_fleet *fleet;
    uint32_t n_fleets;
    struct cs_database *database;
    uint32_t n_databases;
    struct cs_dependency *dependency;
    uint32_t n_dependencies;
    struct cs_cdn_config cdn;
    struct cs_function *function;
    uint32_t n_functions;
    struct cs_source *source;
    uint32_t n_sources;
    struct cs_clients clients;
    struct cs_prices prices;
    struct cs_slo *slo;
    uint32_t n_slos;
    struct cs_alert *alert;
    uint32_t n_alerts;
    struct cs_dashboard *dashboard;
    uint32_t n_dashboards;
    struct cs_event *event;     /* in the order of the file */
    struct cs_version *version; /* in the order of time; the scenario itself comes before */
    struct cs_plan *plan;       /* checked with the scenario; a run of it leaves them out */
    uint32_t n_events, n_versions, n_plans;
};

/* The round trip between a zone and a region, or two regions; NULL: none. */
static inline const struct cs_dist *cs_scenario_zone_rtt(const struct cs_scenario *scenario,
                                                         uint32_t zone, uint32_t region)
{
    return scenario->zone_rtt == NULL ? NULL
                                      : scenario->zone_rtt[zone * scenario->n_regions + region];
}

static inline const struct cs_dist *cs_scenario_region_rtt(const struct cs_scenario *scenario,
                                                           uint32_t from, uint32_t to)
{
    return scenario->region_rtt == NULL || to == CS_NONE
               ? NULL
               : scenario->region_rtt[from * scenario->n_regions + to];
}

/* It fails of its own, or an event takes it down. */
static inline bool cs_scenario_can_go_down(const struct cs_scenario *scenario,
                                           uint32_t database)
{
    for (uint32_t i = 0; i < scenario->n_events; i++)
        if (scenario->event[i].outage.exists && scenario->event[i].outage.database == database)
            return true;
    return scenario->database[database].server.failure_every != NULL;
}

/* Whether routing can send anything of the fleet there. */
static inline bool cs_scenario_may_route(const struct cs_scenario *scenario,
                                         const struct cs_fleet *fleet, uint32_t region)
{
    const struct cs_region *r = &scenario->region[region];

    if (!fleet->in_region[region])
        return false;
    return scenario->routing == CS_ROUTING_WEIGHTED   ? r->weight > 0.0
           : scenario->routing == CS_ROUTING_FAILOVER ? r->turn != CS_NONE
                                                      : true;
}

/* ---- loading (sim/scenario) ---- */

struct cs_diagnostics;

struct cs_load_options {
    const char *path;       /* a file, or "-" for standard input */
    const char *const *set; /* PATH=VALUE, laid over the file in order */
    size_t n_sets;
    const char *const *preset_dir; /* where `use:` looks, in order */
    size_t n_preset_dirs;
};

/*
 * Load, merge, bind and check.  Every problem of the input goes to `diag`, with
 * its place; NULL when there is an error among them (warnings do not count).
 */
struct cs_scenario *cs_scenario_load(const struct cs_load_options *options,
                                     struct cs_diagnostics *diag);
void cs_scenario_free(struct cs_scenario *scenario);

struct cs_diagnostics *cs_diagnostics_new(void);
void cs_diagnostics_free(struct cs_diagnostics *diag);
size_t cs_diagnostics_errors(const struct cs_diagnostics *diag);
size_t cs_diagnostics_warnings(const struct cs_diagnostics *diag);
/* True when the trouble was the world's (file not readable): exit 1, not 2. */
bool cs_diagnostics_is_world(const struct cs_diagnostics *diag);
/* file:line:col: error: text, the line, a caret; then the count. */
void cs_diagnostics_print(const struct cs_diagnostics *diag, FILE *out);

/* What would be simulated, what is off, what can never bind or hold, and the
 * estimated requests, events, time and memory: `capsim check`'s answer. */
void cs_scenario_describe(const struct cs_scenario *scenario, FILE *out);
/* Mechanisms that the scenario leaves out, and what can never bind or hold: a
 * sentence each, into arena; returns the count. */
size_t cs_scenario_off(const struct cs_scenario *scenario, struct cs_arena *arena,
                       const char ***out);
size_t cs_scenario_warnings(const struct cs_scenario *scenario, struct cs_arena *arena,
                            const char ***out);
/* The JSON Schema of the format, from the one table. */
void cs_scenario_schema(FILE *out);

#endif
