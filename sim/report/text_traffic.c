/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "report/conclude.h"
#include "report/human.h"
#include "report/table.h"
#include "report/text.h"
#include "report/view.h"

enum { NAME_WIDTH = 36 };

static const char *const counts[] = {
    "requests_total",
    "user_requests_total",
    "retries_total",
    "cdn_hits_total",
    "cold_starts_total",
    "scale_outs_total",
    "oom_kills_total",
    "rate_limited_total",
    "rate_limited_shadow_total",
    "db_pool_connection_errors",
    "database_failures_total",
    "dependency_attempts_total",
    "dependency_fallbacks_total",
    "breaker_opened_total",
    "breaker_short_circuited_total",
};

enum { N_COUNTS = sizeof counts / sizeof counts[0] };

/* Totals, every code of requests, and of users' the one that they want. */
static bool is_shown(const struct cs_view *view, const struct cs_view_row *row)
{
    const struct cs_result_metric *metric = row->metric;
    const char *code = cs_view_label(metric, "code");

    if (metric->n_labels == 0)
        return true;
    if (code == NULL || !cs_view_is_brief(view, row))
        return false;
    return strcmp(metric->name, "requests_total") == 0 ||
           (strcmp(metric->name, "user_requests_total") == 0 && strcmp(code, "200") == 0);
}

static void add_name(struct cs_table *table, const struct cs_result_metric *metric)
{
    const char *code = cs_view_label(metric, "code");
    char words[CS_HUMAN_SIZE];

    if (code != NULL)
        snprintf(words, sizeof words, "  answered %.40s", code);
    else
        snprintf(words, sizeof words, "%.60s",
                 strcmp(metric->name, "requests_total") == 0 ? "requests a window"
                                                             : cs_view_words(metric->name));
    cs_table_add(table, words, NAME_WIDTH);
}

static void add_cell(struct cs_table *table, const struct cs_result_metric *metric)
{
    char text[CS_HUMAN_SIZE];

    cs_table_add(
        table, metric == NULL ? "" : cs_human_value(text, metric->value.mean, metric->unit), 0);
}

void cs_text_traffic(const struct cs_result *result, FILE *out, int color)
{
    static const char *const stat[] = {"count", "ratio"};
    const char *name[N_COUNTS];
    size_t n = cs_view_on(result, counts, N_COUNTS, name);
    struct cs_view view = {0};
    struct cs_table table;

    if (n > 0)
        cs_view_select(&view, result, name, n, stat, 2);
    cs_table_init(&table, "lrrr");
    for (size_t i = 0; i < view.n; i++) {
        const struct cs_view_row *row = &view.row[i];
        char text[CS_HUMAN_SIZE];

        if (!is_shown(&view, row))
            continue;
        add_name(&table, row->metric);
        add_cell(&table, row->cell[0]);
        add_cell(&table, row->cell[1]);
        cs_table_add(&table, cs_conclude_within(text, row->cell, 2), 0);
    }
    if (table.n_cells > 0) {
        fprintf(out, "\n%sTraffic%s\n", color ? "\033[1m" : "", color ? "\033[0m" : "");
        cs_table_print(&table, out, color);
    }
    cs_table_release(&table);
    cs_view_release(&view);
}
