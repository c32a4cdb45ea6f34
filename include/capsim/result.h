/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_RESULT_H
#define CAPSIM_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capsim/arena.h"
#include "capsim/estimate.h"
#include "capsim/explain.h"

/*
 * What an experiment found: plain data, one arena.  result.json is this struct
 * written out, and everything else (text, CSV, figures, HTML) is rendered from
 * it, so reading result.json back must give the same struct.  SI units and
 * shares of 1.  A missing number or interval end is NaN here, null in JSON.
 */

struct cs_result_label {
    const char *key, *value;
};

enum { CS_RESULT_MAX_LABELS = 4 };

struct cs_result_metric {
    const char *name;
    struct cs_result_label label[CS_RESULT_MAX_LABELS];
    unsigned n_labels;
    /* mean p50 p90 p95 p99 p999 max count ratio time_mean time_p95 busy_hour */
    const char *stat;
    const char *unit; /* seconds, 1 (a share), requests, instances, connections, ... */
    struct cs_estimate value;
};

/* Across replications at each step: median and the 5 % and 95 % quantiles. */
struct cs_result_series {
    const char *name;
    struct cs_result_label label[CS_RESULT_MAX_LABELS];
    unsigned n_labels;
    const char *stat;
    const char *unit;
    double t0_s, step_s; /* of the first step's start, from the measured window's */
    size_t n;
    double *mean, *p5, *p50, *p95; /* NaN where nothing was observed */
};

enum cs_verdict { CS_MET, CS_MISSED, CS_UNDECIDED, CS_NOT_EXERCISED };

/* Values of replications that fall into two groups: collapse or not. */
struct cs_result_split {
    bool is_split;
    struct cs_estimate worse;       /* probability of the worse group, exact binomial */
    double better_mean, worse_mean; /* of the value, in each group */
};

struct cs_result_slo {
    const char *name;
    const char *target; /* as written */
    const char *of;     /* "fleet: api", or "" for all requests */
    const char *unit;   /* of value: seconds or 1 */
    double window_s;
    double threshold;              /* the target's right-hand side, SI */
    struct cs_estimate value;      /* mean over windows, t interval */
    struct cs_estimate attainment; /* share of windows that meet it, exact binomial */
    double attain;                 /* the share that is asked for */
    uint64_t windows, windows_met;
    bool gate;
    enum cs_verdict verdict;
    struct cs_estimate median;    /* of replications' values, by order statistics */
    struct cs_result_split split; /* of gating ones: then `value` describes no window */
    /* Replications in all that would decide, were the share of windows met to
     * stay; 0: it is decided, or none would. */
    uint64_t needed;
    /* The least joint error at which the verdict would hold together with those
     * of the other gating objectives (Holm); NaN: it does not gate or nothing
     * exercised it. */
    double doubt;
    /* Error budget of a target on a share of requests; all NaN, n = 0, where it
     * has none (times; nothing exercised it).  Budgets spent a window; what is
     * left of one, 1 - burn; windows that spent all of theirs, exact binomial. */
    struct cs_estimate burn, budget_left, p_exhausted;
    const char *note; /* why no interval, what was assumed; "" when nothing to say */
};

/* An alert rule, replayed on the measured window of each replication. */
struct cs_result_alert {
    const char *name, *expr; /* as written */
    const char *of;          /* "fleet: api", or "" */
    const char *severity;    /* info, warning, critical */
    double for_s;
    struct cs_estimate fired;       /* times (pages) a measured window */
    struct cs_estimate time_firing; /* seconds of a measured window */
    struct cs_estimate first_at;    /* seconds from its start, where it fired; n counts those */
    struct cs_estimate ever;        /* replications in which it fired, exact binomial */
    const char *note;
};

/* Shares of the measured window's time in each state of a dashboard. */
struct cs_result_health {
    const char *name, *of;
    const char *warning_expr, *critical_expr; /* as written; "": none */
    struct cs_estimate healthy, warning, critical;
    const char *note;
};

/* An event of the scenario, and how long the metrics took to settle after it. */
struct cs_result_event {
    const char *name, *what;
    double at_s;                /* from the start of the measured window */
    double for_s;               /* NaN: it stays, or is an instant */
    struct cs_estimate settled; /* share of replications in which all metrics settled */
    struct cs_estimate settle;  /* seconds from its end until they all had, where they did */
};

/* A limit to draw beside a series: connections against every cap. */
struct cs_result_cap {
    const char *series; /* name of the series it bounds */
    const char *name;   /* "gateway max_clients", "server max_connections" */
    struct cs_result_label label[CS_RESULT_MAX_LABELS];
    unsigned n_labels;
    double value;
};

struct cs_result_check {
    const char *name;
    bool ok;
    const char *detail;
};

/* When replications went on until they were precise enough. */
struct cs_result_stopping {
    uint64_t min, max;      /* replications; equal: a fixed number */
    uint64_t looks, looked; /* that were planned, that were taken */
    double asked, achieved; /* largest relative half-width of objectives' values; NaN: none */
    bool is_reached;
};

/* All gating objectives that something exercised, together. */
struct cs_result_joint {
    uint64_t n, decided;        /* verdicts; those that hold jointly, at 95 % */
    struct cs_estimate all_met; /* share of replications in which all hold, exact binomial */
};

enum cs_estimand { CS_TERMINATING, CS_STEADY };

struct cs_result {
    struct cs_arena *arena; /* owns everything below */
    const char *name, *title, *hash;
    const char *version;
    const char *command; /* that reproduces it */
    double start_unix_s; /* of the measured window */
    double duration_s, lead_in_s, sample_s;
    uint64_t seed, replications;
    uint64_t requests, events; /* simulated, all replications, lead-in included */
    enum cs_estimand estimand; /* what every number is an estimate of */
    double confidence;         /* of each interval: 0.95; more where looks share the 5 % */
    bool is_interrupted;
    const char *trouble; /* the world's, which kept replications from running; NULL: none */
    struct cs_result_stopping stopping;
    struct cs_result_joint joint;

    struct cs_result_metric *metric;
    size_t n_metrics;
    struct cs_result_series *series;
    size_t n_series;
    struct cs_result_slo *slo;
    size_t n_slos;
    struct cs_result_alert *alert;
    size_t n_alerts;
    struct cs_result_health *health;
    size_t n_health;
    struct cs_result_event *event;
    size_t n_events;
    struct cs_result_cap *cap;
    size_t n_caps;
    struct cs_result_check *check;
    size_t n_checks;
    struct cs_explain explain;
    const char **assumption; /* what was taken for granted, a sentence each */
    size_t n_assumptions;
    const char **off; /* mechanisms that the scenario leaves out */
    size_t n_off;
};

/* An empty result with its own arena. */
struct cs_result *cs_result_new(void);
void cs_result_free(struct cs_result *result);

/* The metric with this name, stat and exactly these labels ("key=value", n of
 * them, any order), or NULL.  Linear: for reports, tests and verify. */
const struct cs_result_metric *cs_result_find(const struct cs_result *result, const char *name,
                                              const char *stat, const char *const *labels,
                                              size_t n_labels);

const char *cs_estimand_word(enum cs_estimand estimand); /* "terminating", as in JSON */
const char *cs_verdict_sign(enum cs_verdict verdict);    /* "✔ met" */
const char *cs_verdict_word(enum cs_verdict verdict);    /* "met", as in JSON */

#endif
