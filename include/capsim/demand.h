/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_DEMAND_H
#define CAPSIM_DEMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "capsim/dist.h"
#include "capsim/time.h"

/*
 * Who asks, when: the sources of traffic of a scenario (capsim/scenario.h).  Plain data;
 * capsim/shape.h knows what the rate of an open one comes to.
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

struct cs_share {
    uint32_t index;    /* of the function or tier */
    double cumulative; /* ascending, the last is 1 */
};

/* What a virtual user does in an iteration: operations in order, with jumps. */
enum cs_session_code {
    CS_SESSION_REQUEST,
    CS_SESSION_THINK,
    CS_SESSION_WITH,   /* else jump */
    CS_SESSION_REPEAT, /* draws how often; jumps when it is never */
    CS_SESSION_AGAIN,  /* the block's end: jump to its first while there are rounds left */
    CS_SESSION_END
};

struct cs_session_op {
    enum cs_session_code code;
    uint32_t function;          /* REQUEST */
    uint32_t jump;              /* WITH, REPEAT, AGAIN: an operation */
    uint32_t loop;              /* REPEAT, AGAIN: how deep, below CS_SESSION_DEPTH */
    uint32_t min, max;          /* REPEAT: rounds, uniform */
    double share;               /* WITH */
    double times;               /* of the operation in an iteration, as a mean */
    const struct cs_dist *time; /* THINK */
};

enum { CS_SESSION_DEPTH = 8, CS_MAX_VIRTUAL_USERS = 1 << 20 };

struct cs_stage_of_users {
    cs_time duration;
    uint32_t target;
};

/* Closed traffic: virtual users that wait for their answers. */
struct cs_users {
    bool exists;
    bool new_each_iteration;         /* a virtual user is somebody else each time */
    uint32_t start;                  /* all of them, where there are no stages */
    struct cs_stage_of_users *stage; /* from the window's start on; NULL: constant */
    uint32_t n_stages;
    struct cs_session_op *op;
    uint32_t n_ops;
    double requests, iteration_s; /* of an iteration without contention, means */
};

/*
 * An open source: non-homogeneous Poisson arrivals of a rate or profile, or a
 * trace; or a closed one.  What is not said of a trace's row is drawn as for any
 * other request.
 */
struct cs_source {
    const char *name;
    struct cs_users users;
    double rate_per_s; /* mean over the shape, load 1, all zones */
    double daily[24];  /* at i:00 of the zone's clock, joined linearly, mean 1 */
    double weekly[7];  /* from Monday, mean 1 */
    bool has_daily, has_weekly;
    struct cs_profile profile; /* in place of rate_per_s */
    struct cs_growth growth;
    struct cs_date_factor *calendar; /* days of each zone's clock, ascending */
    uint32_t n_calendar;
    const struct cs_dist *day_factor; /* one value a UTC day; NULL: 1 */
    struct cs_burst burst;
    struct cs_trace trace; /* in place of a rate */
    /* From the start of the measured window: active while from <= t < to; both 0: always. */
    cs_time from, to;
    uint64_t own_users, first_own_user; /* not 0: users are these, all alike */
    struct cs_share *mix;               /* functions; none: a trace's rows say it */
    uint32_t n_mix;
    struct cs_share *tier; /* none: anonymous, passes user limits */
    uint32_t n_tiers;
};

#endif
