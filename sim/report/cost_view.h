/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_COST_VIEW_H
#define CAPSIM_REPORT_COST_VIEW_H

#include <stdbool.h>

#include "capsim/result.h"
#include "report/human.h"

/* What the summary and the page share of the bill. */

/* Whether the row is a line of the bill, or its total: priced, of a window. */
bool cs_cost_is(const struct cs_result_metric *metric);
/* "memory", "database main", "in all". */
const char *cs_cost_item(char buf[CS_HUMAN_SIZE], const struct cs_result_metric *cost);
/* The same line for a month of 30 days; NULL: there is none. */
const struct cs_result_metric *cs_cost_monthly(const struct cs_result *result,
                                               const struct cs_result_metric *cost);

#endif
