/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_EXPERIMENT_SUMMARY_H
#define CAPSIM_EXPERIMENT_SUMMARY_H

#include <pthread.h>

#include "capsim/arena.h"
#include "capsim/model.h"

/*
 * What is kept of one replication once its model is gone: plain numbers.  A
 * row is one statistic of one metric, in the order of the registry.
 */
struct cs_summary_slo {
    size_t n_windows;
    double *value;
    bool *met, *empty;
};

struct cs_summary {
    bool is_done;
    double *row;   /* n_rows */
    float *series; /* n_series * n_steps */
    struct cs_summary_slo *slo;
    struct cs_alert_outcome *alert;   /* n_alerts */
    struct cs_health_outcome *health; /* n_dashboards */
    struct cs_model_check *check;
    size_t n_checks;
    double *path; /* n_path means over path_step of the number in the system */
    size_t n_path;
    cs_time path_step;
    struct cs_correlation_parts correlation; /* of the same number, in the window */
    uint64_t requests, events;
    double *stage; /* shares of time, see explain.h */
};

/* The shape that all replications share, and the histograms of all together. */
struct cs_pooled {
    struct cs_model *shape; /* wired, not run: names and labels of rows */
    size_t n_rows, n_metrics, n_series, n_steps;
    struct cs_hist **hist;        /* by metric; NULL where it is not of times */
    struct cs_breakdown_bin *bin; /* by function */
    pthread_mutex_t lock;
};

void cs_pooled_init(struct cs_pooled *pooled, const struct cs_scenario *scenario);
void cs_pooled_release(struct cs_pooled *pooled);

/* Take everything from a model that has run; its histograms go into the pool. */
void cs_summary_take(struct cs_summary *summary, struct cs_pooled *pooled,
                     const struct cs_scenario *scenario, const struct cs_model *model);
void cs_summary_take_watches(struct cs_summary *summary, const struct cs_scenario *scenario,
                             const struct cs_model *model); /* watch.c */
void cs_summary_release(struct cs_summary *summary, size_t n_slos);

#endif
