/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_TEXT_H
#define CAPSIM_REPORT_TEXT_H

#include <stdio.h>

#include "capsim/result.h"

/* Parts of the summary; nothing where the result has nothing to say. */
void cs_text_budgets(const struct cs_result *result, FILE *out, int color);
void cs_text_alerts(const struct cs_result *result, FILE *out, int color);
void cs_text_health(const struct cs_result *result, FILE *out, int color);
/* What happened on the clock, and the time until the metrics settled after it. */
void cs_text_events(const struct cs_result *result, FILE *out, int color);
/* Requests, answers, and what each mechanism did where it is on. */
void cs_text_traffic(const struct cs_result *result, FILE *out, int color);
/* What is paid, by item. */
void cs_text_costs(const struct cs_result *result, FILE *out, int color);
void cs_text_busy_hour(const struct cs_result *result, FILE *out);
void cs_text_explain(const struct cs_result *result, FILE *out, int color);

/* A paragraph behind `mark`, broken at spaces to the summary's width. */
void cs_text_wrapped(FILE *out, const char *mark, const char *text);

#endif
