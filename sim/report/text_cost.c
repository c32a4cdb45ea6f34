/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "report/human.h"
#include "report/table.h"
#include "report/text.h"
#include "report/view.h"

enum { NAME_WIDTH = 28 };

static void add_money(struct cs_table *table, const struct cs_result_metric *metric)
{
    char text[CS_HUMAN_SIZE];

    cs_table_add(
        table, metric != NULL ? cs_human_estimate(text, &metric->value, metric->unit) : "", 0);
}

static const char *item_of(const struct cs_result_metric *metric, char words[CS_HUMAN_SIZE])
{
    const char *item = cs_view_label(metric, "item");

    snprintf(words, CS_HUMAN_SIZE, "%.80s", item != NULL ? item : "in all");
    for (char *c = words; *c != '\0'; c++)
        *c = *c == '_' || *c == ':' ? ' ' : *c;
    return words;
}

/* The other row of the same item. */
static const struct cs_result_metric *monthly(const struct cs_result *result,
                                              const struct cs_result_metric *cost)
{
    char label[CS_HUMAN_SIZE];
    const char *const labels[] = {label};

    if (cost->n_labels > 0)
        snprintf(label, sizeof label, "item=%.80s", cost->label[0].value);
    return cs_result_find(result, "cost_per_month", cost->stat, labels, cost->n_labels);
}

void cs_text_costs(const struct cs_result *result, FILE *out, int color)
{
    struct cs_table table;
    const char *currency = NULL;

    cs_table_init(&table, "lll");
    cs_table_add(&table, "", 0);
    cs_table_add(&table, "a window", 0);
    cs_table_add(&table, "a month of 30 days", 0);
    for (size_t i = 0; i < result->n_metrics; i++) {
        const struct cs_result_metric *metric = &result->metric[i];
        char words[CS_HUMAN_SIZE];

        if (strcmp(metric->name, "cost") != 0 || isnan(metric->value.mean))
            continue;
        currency = metric->unit;
        cs_table_add(&table, item_of(metric, words), NAME_WIDTH);
        add_money(&table, metric);
        add_money(&table, monthly(result, metric));
    }
    if (currency != NULL) {
        fprintf(out, "\n%sCost in %.16s%s\n", color ? "\033[1m" : "", currency,
                color ? "\033[0m" : "");
        cs_table_print(&table, out, color);
    }
    cs_table_release(&table);
}
