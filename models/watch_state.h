/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_WATCH_STATE_H
#define CAPSIM_MODELS_WATCH_STATE_H

#include "capsim/engine.h"
#include "capsim/model.h"

#include "alert.h"
#include "trail.h"
#include "watch.h"

/* What watch_wire.c builds and watch.c looks at. */

/* Requests that several terms may ask about. */
struct cs_watch_source {
    struct cs_subject of;
    enum cs_latency latency;
    cs_time under; /* CS_MEASURE_UNDER; 0: none */
    bool *of_function;
    struct cs_trail trail;
};

struct cs_watch_term {
    uint32_t source, range;
    const struct cs_level *part, *whole; /* a level; whole: it is a share of it */
};

struct cs_watch_expr {
    const struct cs_expr *config;
    struct cs_watch_term *term;
    double *value;
};

struct cs_alert_state {
    struct cs_watch_expr expr;
    struct cs_alert_run run;
    struct cs_level firing; /* 0 or 1, for the series */
};

struct cs_dashboard_state {
    struct cs_watch_expr warning, critical;
    struct cs_health_outcome time;
    struct cs_level is_warning, is_critical; /* 0 or 1, for the series */
};

struct cs_watches {
    struct cs_model *model;
    struct cs_watch_source *source;
    size_t source_capacity;
    uint32_t n_sources, timer;
    struct cs_alert_state *alert;
    struct cs_dashboard_state *dashboard;
    cs_time sample;
};

/* A sample ends; the first only begins one. */
enum cs_watch_event { CS_WATCH_RESTART, CS_WATCH_STEP };
extern const struct cs_actor cs_watch_actor;

#endif
