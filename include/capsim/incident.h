/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_INCIDENT_H
#define CAPSIM_INCIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "capsim/time.h"

/*
 * The part of a scenario (capsim/scenario.h) that happens on the clock: incidents
 * and changes.  Plain data.  One event may be several things at once, such as a
 * setting and the deployment that brings it.
 */

struct cs_scenario;

/* Every instance of these fleets is replaced by a cold one, at once or evenly over
 * `rolling`; the CDN is emptied. */
struct cs_deploy {
    bool exists;
    bool *of_fleet; /* n_fleets */
    cs_time rolling;
};

/* Factors on the times of what begins while it lasts; an index of CS_NONE means all. */
struct cs_slowness {
    bool exists;
    double queries, calls, cpu;
    uint32_t database, dependency, fleet;
};

/* What is down; CS_NONE: not that. */
struct cs_outage {
    bool exists;
    uint32_t region, database, dependency;
};

/* A bad deployment: requests of the fleet fail with `code` at the end of their work. */
struct cs_error_burst {
    bool exists;
    uint32_t fleet; /* CS_NONE: all */
    double rate;
    uint32_t code;
    bool rollback; /* a deployment of the fleet ends it */
};

/* Connections are not given back. */
struct cs_leak {
    bool exists;
    uint32_t database;
    double probability; /* for each use of a connection */
};

struct cs_event {
    const char *name; /* the file's, or made from what it is; unique */
    const char *what; /* "outage of region iad1", for people */
    cs_time at;       /* from the start of the measured window, >= 0 */
    cs_time length;   /* CS_NEVER: it stays */
    struct cs_deploy deploy;
    struct cs_slowness slow;
    struct cs_outage outage;
    struct cs_error_burst error_burst;
    struct cs_leak leak;
    bool has_attack; /* an open source of its own carries it */
    bool has_set;    /* a version of the scenario carries it */
};

/* The scenario as its settings are from `at` on, until the next version: the base
 * with the `set` of every event that lasts laid over it, in the order of the events. */
struct cs_version {
    cs_time at; /* from the start of the measured window */
    const struct cs_scenario *scenario;
};

/* A change that is considered: the scenario with it, from the lead-in on. */
struct cs_plan {
    const char *name, *title;
    const struct cs_scenario *scenario; /* without plans of its own */
};

#endif
