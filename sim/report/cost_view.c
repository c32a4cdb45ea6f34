/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/cost_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/view.h"

bool cs_cost_is(const struct cs_result_metric *metric)
{
    return strcmp(metric->name, "cost") == 0 && !isnan(metric->value.mean);
}

const char *cs_cost_item(char buf[CS_HUMAN_SIZE], const struct cs_result_metric *cost)
{
    static const struct {
        const char *item, *words;
    } known[] = {
        {"gb_hours", "memory"}, {"cpu_hours", "CPU"}, {"connection_hours", "connections"}};
    const char *item = cs_view_label(cost, "item");

    snprintf(buf, CS_HUMAN_SIZE, "%.80s", item != NULL ? item : "in all");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(buf, known[i].item) == 0)
            snprintf(buf, CS_HUMAN_SIZE, "%s", known[i].words);
    if (strncmp(buf, "database:", 9) == 0)
        buf[8] = ' ';
    return buf;
}

const struct cs_result_metric *cs_cost_monthly(const struct cs_result *result,
                                               const struct cs_result_metric *cost)
{
    char label[CS_HUMAN_SIZE];
    const char *const labels[] = {label};

    if (cost->n_labels > 0)
        snprintf(label, sizeof label, "item=%.80s", cost->label[0].value);
    return cs_result_find(result, "cost_per_month", cost->stat, labels, cost->n_labels);
}
