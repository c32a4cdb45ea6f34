/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_EXPLAIN_H
#define CAPSIM_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "capsim/estimate.h"

/*
 * Why a result is what it is: where the time goes, what is used up first, what
 * theory says beside the simulation, and how much the inputs leave open.  Part
 * of a cs_result, in its arena; NaN is null in JSON, as there.
 */

/* The share of the time of requests that is spent in a stage. */
struct cs_explain_stage {
    const char *of;          /* "function: chat", "fleet: api"; "" for all requests */
    const char *stage;       /* as in stage_seconds */
    struct cs_estimate slow; /* of the requests at or above the p95 of their duration */
    struct cs_estimate all;
};

/*
 * A resource in the busy hour.  By the utilisation law (Denning and Buzen 1978)
 * its use grows as throughput does, so `load` times the traffic, 1 / utilization,
 * is the asymptotic bound at which it is used up.
 */
struct cs_explain_resource {
    const char *where; /* "gateway pool_size of supabase" */
    const char *unit;  /* of capacity: instances, connections, vCPUs, ... */
    double capacity;
    struct cs_estimate utilization; /* share of the capacity in the busy hour */
    struct cs_estimate load;        /* multiple of the traffic; +inf is NaN: never */
};

/* A formula for a part of the scenario that is close to a known model. */
enum cs_twin_kind { CS_TWIN_EXACT, CS_TWIN_APPROXIMATION, CS_TWIN_BOUND };
struct cs_explain_twin {
    const char *where, *quantity, *unit;
    double theory;
    struct cs_estimate simulated;
    const char *source; /* the model and who found its formula */
    enum cs_twin_kind kind;
};
const char *cs_twin_word(enum cs_twin_kind kind); /* "exact", as in JSON */

/*
 * One number under other samples of the inputs.  value is of the given inputs,
 * with the interval of the simulation alone; lo to hi holds 95 % of what it
 * would be with the parameters that other samples of the same sizes had given.
 */
struct cs_explain_input {
    const char *name; /* of the metric, or "objective NAME" */
    const char *stat, *unit;
    struct cs_estimate value;
    double lo, hi;
    double input_sd, simulation_sd; /* one-way analysis of variance; of one replication */
};

struct cs_explain {
    struct cs_explain_stage *stage;
    size_t n_stages;
    struct cs_explain_resource *resource; /* the first to be used up first */
    size_t n_resources;
    struct cs_explain_twin *twin;
    size_t n_twins;
    struct cs_explain_input *input;
    size_t n_inputs;
    /* Distributions that carry n, scenarios drawn and replications of each. */
    uint64_t fitted, bootstraps, bootstrap_replications;
};

#endif
