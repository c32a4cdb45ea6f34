/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_TRAIL_H
#define CAPSIM_MODELS_TRAIL_H

#include "capsim/hist.h"
#include "capsim/time.h"

/*
 * Trailing windows: what was settled in the last n samples, for several n at
 * once.  A request costs an addition or two; a sample costs what changed in it
 * and what leaves each window, and no request is ever looked at again.
 *
 * Memory: a tally for each sample of the longest window, a histogram for each
 * window that needs times, and for each sample its touched bins: never more
 * than its requests, nor than the bins there are.
 */

struct cs_tally {
    uint64_t all, errors, limited; /* requests, 5xx or given up, 429 */
    uint64_t under;                /* answered well within the trail's time */
    uint64_t timed;                /* with a duration */
    __int128 sum;                  /* of the durations, ns */
};

struct cs_trail_range {
    uint32_t n;           /* samples */
    struct cs_tally sum;  /* over the last n ended samples */
    struct cs_hist times; /* likewise; empty where the trail has none */
};

struct cs_trail {
    struct cs_tally now; /* of the sample under way: its owner adds to it */
    bool has_times;
    struct cs_trail_range *range;
    uint32_t n_ranges, longest;

    uint64_t ended;        /* samples */
    struct cs_tally *past; /* longest + 1 of them, by number of the sample */
    uint64_t *first_bin;   /* of each of them, in the log */
    struct cs_hist shape;  /* bins of the sample under way */
    uint32_t *touched, n_touched;
    struct cs_trail_bin {
        uint32_t bin, count;
    } * log;            /* a ring; capacity a power of two */
    uint64_t log_end;   /* ever written */
    uint64_t log_begin; /* still needed */
    uint64_t log_capacity;
};

/* Add a window of n samples (or find it); its index.  Before the first step. */
uint32_t cs_trail_want(struct cs_trail *trail, uint32_t n);
void cs_trail_release(struct cs_trail *trail);

/* After all windows are wanted and has_times is known. */
void cs_trail_start(struct cs_trail *trail);

/* A duration of the sample under way, ns >= 0; what else it is goes to `now`. */
static inline void cs_trail_time(struct cs_trail *trail, int64_t ns)
{
    uint32_t bin = cs_hist_bin(&trail->shape, ns);

    if (trail->shape.count[bin]++ == 0)
        trail->touched[trail->n_touched++] = bin;
}

/* The sample under way has ended: every window moves on by it. */
void cs_trail_step(struct cs_trail *trail);
/* Forget what has been counted: the first sample begins now. */
void cs_trail_restart(struct cs_trail *trail);

#endif
