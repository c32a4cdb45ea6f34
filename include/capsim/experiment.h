/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_EXPERIMENT_H
#define CAPSIM_EXPERIMENT_H

#include <stdatomic.h>

#include "capsim/result.h"
#include "capsim/scenario.h"

struct cs_progress {
    uint64_t done, total; /* replications */
};

struct cs_run_options {
    unsigned jobs;       /* threads; 0: one a processor */
    const char *command; /* goes into the result to reproduce it; may be NULL */
    const char *version;
    /* Called from one thread at a time, after each replication; may be NULL. */
    void (*progress)(void *self, struct cs_progress progress);
    void *progress_self;
    /* Non-zero asks to stop after the replications under way; may be NULL. */
    const atomic_int *stop;
};

/*
 * Simulate all replications of a scenario over threads and estimate.  The same
 * scenario gives the same result, whatever the number of jobs.  Never NULL;
 * free with cs_result_free.
 */
struct cs_result *cs_experiment_run(const struct cs_scenario *scenario,
                                    const struct cs_run_options *options);

/*
 * The exit status a result asks for: 0 every gating SLO met (or not
 * exercised), 3 one is missed, 4 one is undecided and none missed.
 */
int cs_experiment_exit_status(const struct cs_result *result);

#endif
