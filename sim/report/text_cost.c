/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/cost_view.h"
#include "report/human.h"
#include "report/table.h"
#include "report/text.h"

enum { NAME_WIDTH = 28 };

static void add_money(struct cs_table *table, const struct cs_result_metric *metric)
{
    char text[CS_HUMAN_SIZE];

    cs_table_add(
        table, metric != NULL ? cs_human_estimate(text, &metric->value, metric->unit) : "", 0);
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

        if (!cs_cost_is(metric))
            continue;
        currency = metric->unit;
        cs_table_add(&table, cs_cost_item(words, metric), NAME_WIDTH);
        add_money(&table, metric);
        add_money(&table, cs_cost_monthly(result, metric));
    }
    if (currency != NULL) {
        fprintf(out, "\n%sCost in %.16s%s\n", color ? "\033[1m" : "", currency,
                color ? "\033[0m" : "");
        cs_table_print(&table, out, color);
    }
    cs_table_release(&table);
}
