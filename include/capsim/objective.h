/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_OBJECTIVE_H
#define CAPSIM_OBJECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "capsim/time.h"

/*
 * The part of a scenario (capsim/scenario.h) that asks something of what is
 * simulated: objectives, alerts, dashboards.  Plain data, as the rest of it.
 */

/* ---- what is asked of it ---- */

enum cs_measure {
    CS_MEASURE_QUANTILE, /* p(N) */
    CS_MEASURE_MEAN,
    CS_MEASURE_UNDER, /* share answered well within a time */
    CS_MEASURE_SUCCESS,
    CS_MEASURE_ERRORS,
    CS_MEASURE_LIMITED,
    CS_MEASURE_DATABASE_UP
};

enum cs_latency { CS_LATENCY_CLIENT, CS_LATENCY_FIRST_BYTE, CS_LATENCY_SERVER };
enum cs_compare { CS_LT, CS_LE, CS_GT, CS_GE };
enum cs_of {
    CS_OF_ALL,
    CS_OF_FUNCTION,
    CS_OF_FLEET,
    CS_OF_DATABASE,
    CS_OF_DEPENDENCY,
    CS_OF_REGION,
    CS_OF_ZONE,
    CS_OF_TIER
};

struct cs_slo {
    const char *name;
    const char *target; /* as written */
    enum cs_measure measure;
    enum cs_latency latency;
    double quantile; /* 0.95 for p(95) */
    cs_time under;   /* of CS_MEASURE_UNDER */
    enum cs_compare compare;
    double threshold; /* SI */
    cs_time window;
    double attain; /* share of windows that must meet it */
    enum cs_of of;
    uint32_t of_index; /* in the array that `of` names */
    bool gate;
};

/* ---- what is watched ---- */

/*
 * One comparison.  A level (a name of the results' levels) is taken at the
 * instant; a measure of requests over the trailing range, by when a request was
 * settled, each attempt for itself.
 */
struct cs_term {
    const char *level; /* NULL: a measure */
    enum cs_measure measure;
    enum cs_latency latency;
    double quantile;
    cs_time under;
    cs_time range;
    enum cs_compare compare;
    double threshold;
    bool is_alternative; /* `or` stands before it; else `and` */
};

/* Terms joined by `and`, which binds tighter, and `or`. */
struct cs_expr {
    const char *text; /* as written; NULL: none, and never true */
    struct cs_term *term;
    uint32_t n;
};

struct cs_subject {
    enum cs_of of;
    uint32_t index; /* in the array that `of` names */
};

enum cs_severity { CS_SEVERITY_INFO, CS_SEVERITY_WARNING, CS_SEVERITY_CRITICAL };

struct cs_alert {
    const char *name;
    struct cs_expr expr;
    cs_time hold; /* true for so long before it fires */
    enum cs_severity severity;
    struct cs_subject of;
};

struct cs_dashboard {
    const char *name;
    struct cs_expr warning, critical;
    struct cs_subject of;
};

#endif
