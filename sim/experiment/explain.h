/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_EXPERIMENT_EXPLAIN_H
#define CAPSIM_EXPERIMENT_EXPLAIN_H

#include "capsim/experiment.h"

#include "summary.h"

/*
 * What requests are explained apart: all of them (scope 0), then each function
 * or fleet that a latency objective is about.
 */
struct cs_scope {
    enum cs_of of;
    uint32_t index;
};
/* Into arena; at least one. */
size_t cs_scopes(const struct cs_scenario *scenario, struct cs_arena *arena,
                 struct cs_scope **out);

/* Slowest requests of a scope: at or above this quantile of their duration. */
#define CS_SLOW_SHARE 0.05

/* One replication's shares, for the interval; its bins go into the pool.  The
 * caller holds pooled->lock in cs_stages_pool. */
void cs_stages_take(struct cs_summary *summary, const struct cs_scenario *scenario,
                    const struct cs_model *model);
void cs_stages_pool(struct cs_pooled *pooled, const struct cs_scenario *scenario,
                    const struct cs_model *model);
/* From the pool and `n` replications to result->explain.stage. */
void cs_build_stages(struct cs_result *result, const struct cs_scenario *scenario,
                     const struct cs_pooled *pooled, const struct cs_summary *summary,
                     size_t n);

/* From the metrics of the result, which must be there: resources, and formulas
 * that the scenario is close to. */
void cs_build_resources(struct cs_result *result, const struct cs_scenario *scenario);
void cs_build_twins(struct cs_result *result, const struct cs_scenario *scenario);

/*
 * Simulate scenarios with refitted distributions, where some carry their n, and
 * separate what comes from the inputs.  A stop leaves this part out.
 */
void cs_build_inputs(struct cs_result *result, const struct cs_scenario *scenario,
                     const struct cs_run_options *options);

/*
 * One-way analysis of variance (Searle, Casella and McCulloch 1992, 3.5) of
 * groups * each values y[group * each + i], groups >= 2, each >= 2: variance
 * between groups (not below 0) and within, and the interval that holds 95 % of
 * the groups' means once what is due to the variance within is taken out (means
 * drawn to their common mean by the square root of the share of their variance
 * that is between groups).
 */
struct cs_anova {
    double between, within, mean, lo, hi;
};
struct cs_anova cs_anova(const double *y, size_t groups, size_t each);

#endif
