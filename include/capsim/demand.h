/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_DEMAND_H
#define CAPSIM_DEMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "capsim/time.h"

/*
 * What an open source of a scenario (capsim/scenario.h) is made of: how its rate
 * changes, or the file that it replays.  Plain data; capsim/shape.h knows what it
 * means.
 */

/* The rate point by point, from the start of the measured window. */
struct cs_profile {
    uint32_t n;        /* 0: none */
    const cs_time *at; /* strictly ascending */
    const double *rate_per_s;
    bool is_step;
    cs_time repeat; /* all begins again so long after the first point; 0: the last holds */
};

/* Growth compounds: the rate is multiplied by e^(g t), t from horizon.start.  g is
 * drawn once a replication: its quantiles are linear in the standard normal. */
struct cs_growth {
    uint32_t n;          /* points; 0: none, 1: g is known */
    const double *score; /* standard normal quantiles, ascending */
    const double *per_s; /* g there, ascending */
};

struct cs_date_factor {
    int64_t day; /* since 1970-01-01 */
    double factor;
};

/* Two states with exponential sojourns of these means. */
struct cs_burst {
    bool exists;
    double factor; /* of the rate while high, >= 1 */
    cs_time high, low;
};

/* A CSV file that is replayed, a row a request.  It was read through once, and
 * must still be the same file when it is replayed. */
struct cs_trace {
    const char *path; /* absolute; NULL: none */
    const char *name; /* as the scenario says it */
    char sha256[65];
    uint64_t rows, device, inode;
    int64_t bytes, modified_ns;
    cs_time first, last;   /* from the start of the measured window */
    uint64_t *by_function; /* n_functions */
    uint64_t unnamed;      /* rows that do not say their function */
    uint32_t *by_slot;     /* rows of the window by slots of this length */
    uint32_t n_slots;
    cs_time slot;
    bool has_function, has_tier, has_user, has_zone; /* columns */
};

#endif
