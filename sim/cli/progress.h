/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CLI_PROGRESS_H
#define CAPSIM_CLI_PROGRESS_H

#include <stdbool.h>

#include "capsim/experiment.h"

/*
 * Progress on standard error: a bar with the time left where a person looks at
 * a terminal, a line every 30 s elsewhere, nothing when quiet.
 */
struct cs_progress_bar {
    bool is_quiet, is_live, is_drawn;
    double start_s, last_s; /* of a clock that never runs back */
};

void cs_progress_bar_init(struct cs_progress_bar *bar, bool quiet);
/* Clear the bar's line. */
void cs_progress_bar_end(struct cs_progress_bar *bar);

/* A cs_run_options.progress; self is the bar. */
void cs_progress_bar_show(void *self, struct cs_progress progress);

#endif
