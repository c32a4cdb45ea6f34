/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_EXPLAIN_VIEW_H
#define CAPSIM_REPORT_EXPLAIN_VIEW_H

#include "capsim/result.h"

/* What the summary and the page say alike of a result's explanation. */

/* "waiting for an instance" for instance_wait, or the stage's own name. */
const char *cs_stage_words(const char *stage);

/* "Saturates first: ..., at 1.8x the traffic of the busy hour", or why nothing
 * does.  free() it. */
char *cs_saturation_sentence(const struct cs_result *result);

/* "1.8x (1.7–1.9x)"; buf: CS_HUMAN_SIZE. */
const char *cs_load_text(char *buf, const struct cs_estimate *load);

/* "790–834 ms", or that the inputs' part is below the simulation's. */
const char *cs_input_text(char *buf, const struct cs_explain_input *input);
const char *cs_input_words(const struct cs_explain_input *input);

/* Rows of the busy hour; NULL where the result has none. */
struct cs_busy_hour {
    const struct cs_result_metric *mean, *p95, *p99, *errors;
};
struct cs_busy_hour cs_busy_hour(const struct cs_result *result);

/* What the table of resources cannot tell. */
extern const char *const cs_saturation_leaves_out;

#endif
