/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODEL_H
#define CAPSIM_MODEL_H

#include "capsim/breakdown.h"
#include "capsim/metric.h"
#include "capsim/scenario.h"
#include "capsim/steady.h"

/*
 * One replication of a scenario.  Models share nothing but the read-only
 * scenario: as many as wanted, in any threads, in any interleaving.
 */
struct cs_model;

/* Wire everything; nothing is simulated yet.  Never NULL. */
struct cs_model *cs_model_new(const struct cs_scenario *scenario, uint32_t replication);
void cs_model_free(struct cs_model *model);

/* Lead-in, measured window, and on until every measured request has ended. */
void cs_model_run(struct cs_model *model);

/* The world's trouble that ended the run, or kept it from starting (a trace that is
 * not the file that was checked); NULL: none.  With it nothing below means anything. */
const char *cs_model_trouble(const struct cs_model *model);

/* After the run. */
const struct cs_registry *cs_model_registry(const struct cs_model *model);
uint64_t cs_model_requests(const struct cs_model *model); /* lead-in included */
uint64_t cs_model_events(const struct cs_model *model);

/* The number of requests in the system from the start of the lead-in: means
 * over steps of `step` ns, the same steps in every replication. */
struct cs_model_path {
    const double *mean;
    size_t n;
    cs_time step;
};
struct cs_model_path cs_model_path(const struct cs_model *model);
/* Its variances in the measured window, for the autocorrelation time. */
struct cs_correlation_parts cs_model_correlation(const struct cs_model *model);

/* Time by stage and function of the measured requests that were answered, 429s
 * left out; the words for the stages, as in stage_seconds. */
const struct cs_breakdown *cs_model_breakdown(const struct cs_model *model);
const char *cs_model_stage_name(size_t stage);

/* What an objective came to: one value and one yes or no for each whole window
 * of the horizon (or one for a shorter horizon). */
struct cs_slo_outcome {
    size_t n_windows;
    const double *value; /* SI; NaN: no request in that window */
    const bool *met;
    const bool *empty; /* nothing to judge: such a window counts as met */
};
struct cs_slo_outcome cs_model_slo(const struct cs_model *model, size_t slo);

/*
 * What an alert and a dashboard came to in the measured window, looked at every
 * `sample` of it from its start on; no alert is pending when it starts.
 */
struct cs_alert_outcome {
    uint64_t fired; /* times that it began to fire */
    cs_time firing; /* in all */
    cs_time first;  /* from the window's start; CS_NEVER: it never fired */
};
struct cs_health_outcome {
    cs_time healthy, warning, critical; /* add up to the window */
};
struct cs_alert_outcome cs_model_alert(const struct cs_model *model, size_t alert);
struct cs_health_outcome cs_model_health(const struct cs_model *model, size_t dashboard);

/* Whether anything that the scenario models could make the objective fail. */
bool cs_slo_is_exercised(const struct cs_scenario *scenario, const struct cs_slo *slo);

/* Invariants of the run: integers that must agree to the last unit. */
struct cs_model_check {
    const char *name; /* "flow", "little: instances", ... the same in every replication */
    bool ok;
    char detail[160];
};
size_t cs_model_checks(const struct cs_model *model, const struct cs_model_check **checks);

#endif
