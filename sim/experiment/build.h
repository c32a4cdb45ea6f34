/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_EXPERIMENT_BUILD_H
#define CAPSIM_EXPERIMENT_BUILD_H

#include "capsim/experiment.h"

#include "summary.h"

/* From `n` finished replications to estimates.  Each fills its part of result
 * and allocates in its arena. */
void cs_build_metrics(struct cs_result *result, const struct cs_pooled *pooled,
                      const struct cs_summary *summary, size_t n);
void cs_build_series(struct cs_result *result, const struct cs_pooled *pooled,
                     const struct cs_summary *summary, size_t n);
void cs_build_checks(struct cs_result *result, const struct cs_summary *summary, size_t n);
void cs_build_slos(struct cs_result *result, const struct cs_scenario *scenario,
                   const struct cs_summary *summary, size_t n);
/* What each replication came to (or each window, when there is one replication):
 * *count values of objective s, NaN where nothing was judged.  free() it. */
double *cs_build_values(const struct cs_summary *summary, size_t n, size_t s, size_t *count);
/* Median, two-sided outcomes, replications still needed, and the notes on them. */
void cs_build_outcome(struct cs_result *result, struct cs_result_slo *slo,
                      const struct cs_scenario *scenario, const struct cs_summary *summary,
                      size_t n, size_t s);
/* After the objectives: how sure their verdicts are together. */
void cs_build_joint(struct cs_result *result, const struct cs_summary *summary, size_t n);
/* Is a replication long enough, and its lead-in: adds to the checks. */
void cs_build_guards(struct cs_result *result, const struct cs_scenario *scenario,
                     const struct cs_summary *summary, size_t n);
/* After the objectives: their error budgets. */
void cs_build_budgets(struct cs_result *result, const struct cs_scenario *scenario,
                      const struct cs_summary *summary, size_t n);
void cs_build_watches(struct cs_result *result, const struct cs_scenario *scenario,
                      const struct cs_summary *summary, size_t n);
/* After the metrics: how long each event's aftermath was. */
void cs_build_events(struct cs_result *result, const struct cs_scenario *scenario);
/* "fleet: api", or "" for everything. */
const char *cs_build_subject(struct cs_arena *arena, const struct cs_scenario *scenario,
                             struct cs_subject scope);
/* A note, and one more after it. */
const char *cs_build_also(struct cs_arena *arena, const char *note, const char *more);
/* Student's interval knows no limits: its part between 0 and `most`, which the
 * quantity cannot pass. */
struct cs_estimate cs_build_within(struct cs_estimate estimate, double most);
/* "10 min": a time in its own unit. */
const char *cs_build_span(struct cs_arena *arena, cs_time t);
/* Caps, assumptions and what is off: from the scenario alone. */
void cs_build_context(struct cs_result *result, const struct cs_scenario *scenario);

/*
 * The verdict: met when the whole interval of the attainment is at or above
 * what is asked for, missed when all of it is below, else undecided.
 */
enum cs_verdict cs_verdict_of(struct cs_estimate attainment, double attain);

#endif
