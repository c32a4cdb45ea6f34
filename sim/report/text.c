/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/check.h"
#include "capsim/report.h"
#include "report/conclude.h"
#include "report/escape.h"
#include "report/human.h"
#include "report/table.h"
#include "report/text.h"
#include "report/view.h"

enum { WIDTH = 80, NAME_MAX_WIDTH = 28, TEXT_MAX = 400, ROWS_MAX = 24 };

static const char *color_of(enum cs_verdict verdict)
{
    switch (verdict) {
    case CS_MET:
        return "\033[32m";
    case CS_MISSED:
        return "\033[31;1m";
    case CS_UNDECIDED:
        return "\033[33m";
    case CS_NOT_EXERCISED:
        return "\033[2m";
    }
    return "";
}

static void put_heading(FILE *out, const char *text, int color)
{
    fprintf(out, "\n%s%s%s\n", color ? "\033[1m" : "", text, color ? "\033[0m" : "");
}

/* Its lines after the first are indented as well. */
void cs_text_wrapped(FILE *out, const char *mark, const char *text)
{
    char *safe = NULL;
    size_t size = 0, column = 2 + cs_utf8_length(mark);
    FILE *copy = open_memstream(&safe, &size);

    if (copy == NULL)
        cs_out_of_memory(strlen(text));
    cs_escape_term(copy, text, TEXT_MAX);
    if (fclose(copy) != 0)
        cs_out_of_memory(size);
    fprintf(out, "  %s", mark);
    for (char *save = NULL, *word = strtok_r(safe, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save)) {
        size_t len = cs_utf8_length(word);

        if (column + 1 + len > WIDTH && column > 4) {
            fputs("\n   ", out);
            column = 3;
        }
        fprintf(out, " %s", word);
        column += 1 + len;
    }
    fputc('\n', out);
    free(safe);
}

static void put_head(const struct cs_result *result, FILE *out, int color)
{
    char a[CS_HUMAN_SIZE], b[CS_HUMAN_SIZE], c[CS_HUMAN_SIZE];
    char *sentence = cs_view_sentence(result);
    enum cs_verdict verdict = cs_view_verdict(result);
    char sign[8];

    snprintf(sign, sizeof sign, "%.*s", (int)strcspn(cs_verdict_sign(verdict), " "),
             cs_verdict_sign(verdict));
    fprintf(out, "%s%s %s%s\n", color ? color_of(verdict) : "", sign, sentence,
            color ? "\033[0m" : "");
    free(sentence);
    if (*result->title != '\0') {
        fputs("  ", out);
        cs_escape_term(out, result->title, WIDTH - 2);
        fputc('\n', out);
    }
    fprintf(out, "  %s from %s UTC, after %s of lead-in;", cs_human_span(a, result->duration_s),
            cs_clock_day(b, result->start_unix_s), cs_human_span(c, result->lead_in_s));
    fprintf(out, " %" PRIu64 " replication%s, seed %" PRIu64 "\n", result->replications,
            result->replications == 1 ? "" : "s", result->seed);
    fprintf(out, "  %s requests and %s events simulated\n", cs_human_count(a, result->requests),
            cs_human_count(b, result->events));
}

static void add_attainment(struct cs_table *table, const struct cs_result_slo *slo)
{
    char share[CS_HUMAN_SIZE], asked[CS_HUMAN_SIZE], text[2 * CS_HUMAN_SIZE];

    if (slo->windows == 0) {
        cs_table_add(table, "–", 0);
        cs_table_add(table, "", 0);
        return;
    }
    cs_human_interval(share, &slo->attainment, "1");
    if (share[0] == '\0')
        cs_human_value(share, slo->attainment.mean, "1");
    snprintf(text, sizeof text, "%" PRIu64 "/%" PRIu64 " (%s)", slo->windows_met, slo->windows,
             share);
    cs_table_add(table, text, 0);
    cs_table_add(table, cs_human_value(asked, slo->attain, "1"), 0);
}

/* A note once, with all the objectives that it is about. */
static void put_notes(const struct cs_result *result, FILE *out)
{
    for (size_t i = 0; i < result->n_slos; i++) {
        const char *note = result->slo[i].note;
        char text[TEXT_MAX];
        size_t first = 0;

        while (strcmp(result->slo[first].note, note) != 0)
            first++;
        if (*note == '\0' || first < i)
            continue;
        int n = snprintf(text, sizeof text, "%.60s", result->slo[i].name);

        for (size_t k = i + 1; k < result->n_slos && n < TEXT_MAX / 2; k++)
            if (strcmp(result->slo[k].note, note) == 0)
                n +=
                    snprintf(text + n, sizeof text - (size_t)n, ", %.60s", result->slo[k].name);
        snprintf(text + n, sizeof text - (size_t)n, ": %.300s", note);
        cs_text_wrapped(out, "-", text);
    }
}

static void put_slos(const struct cs_result *result, FILE *out, int color)
{
    struct cs_table table;
    bool any_reported = false;
    static const char *const head[] = {"", "", "target", "value", "windows met", "asked"};

    if (result->n_slos == 0)
        return;
    put_heading(out, "Objectives", color);
    cs_table_init(&table, "lllllr");
    for (size_t i = 0; i < 6; i++)
        cs_table_add(&table, head[i], 0);
    for (size_t i = 0; i < result->n_slos; i++) {
        const struct cs_result_slo *slo = &result->slo[i];
        char value[CS_HUMAN_SIZE], name[256];

        cs_table_add(&table, cs_verdict_sign(slo->verdict), 0);
        cs_table_color(&table, color_of(slo->verdict));
        snprintf(name, sizeof name, "%.200s%s", slo->name, slo->gate ? "" : " *");
        cs_table_add(&table, name, NAME_MAX_WIDTH);
        cs_table_add(&table, slo->target, NAME_MAX_WIDTH);
        cs_table_add(&table, cs_conclude_value(value, slo), 0);
        add_attainment(&table, slo);
        any_reported = any_reported || !slo->gate;
    }
    cs_table_print(&table, out, color);
    cs_table_release(&table);
    if (any_reported)
        fputs("  * reported, decides nothing\n", out);
    put_notes(result, out);
}

static void add_row_name(struct cs_table *table, const struct cs_result_metric *metric)
{
    char name[256];

    if (metric->n_labels == 0)
        snprintf(name, sizeof name, "%.120s", cs_view_words(metric->name));
    else
        snprintf(name, sizeof name, "%.80s, %.120s", cs_view_words(metric->name),
                 metric->label[0].value);
    cs_table_add(table, name, NAME_MAX_WIDTH + 20);
}

static const char *cell_text(char *buf, const struct cs_result_metric *metric)
{
    return metric == NULL ? "" : cs_human_value(buf, metric->value.mean, cs_view_unit(metric));
}

/* A summary is read in ten seconds: totals, and the one split that explains
 * each.  The page and result.json have every row. */
static bool is_summary(const struct cs_view *view, const struct cs_view_row *row)
{
    const struct cs_result_metric *metric = row->metric;
    bool by_fleet = strcmp(metric->name, "instances") == 0;
    bool by_function = strcmp(metric->name, "request_duration_seconds") == 0;

    if (strcmp(metric->name, "database_up") == 0)
        return metric->n_labels == 1 && metric->value.mean < 1;
    if (metric->n_labels == 0)
        return true;
    if (!cs_view_is_brief(view, row))
        return false;
    return cs_view_label(metric, "state") != NULL ||
           (by_fleet && cs_view_label(metric, "fleet") != NULL) ||
           (by_function && cs_view_label(metric, "function") != NULL);
}

static void put_rows(const struct cs_view *view, const char *const *head, size_t n_stats,
                     FILE *out, int color)
{
    struct cs_table table;
    size_t shown = 0;

    CS_ASSERT(n_stats == 4);
    cs_table_init(&table, "lrrrrr");
    cs_table_add(&table, "", 0);
    for (size_t s = 0; s < n_stats; s++)
        cs_table_add(&table, head[s], 0);
    cs_table_add(&table, "within", 0);
    for (size_t i = 0; i < view->n && shown < ROWS_MAX; i++) {
        const struct cs_view_row *row = &view->row[i];
        char value[CS_HUMAN_SIZE];

        if (!is_summary(view, row))
            continue;
        shown++;
        add_row_name(&table, row->metric);
        for (size_t s = 0; s < n_stats; s++)
            cs_table_add(&table, cell_text(value, row->cell[s]), 0);
        cs_table_add(&table, cs_conclude_within(value, row->cell, n_stats), 0);
    }
    if (shown > 0)
        cs_table_print(&table, out, color);
    cs_table_release(&table);
}

static void put_levels(const struct cs_result *result, FILE *out, int color)
{
    static const char *const head[] = {"mean", "p95", "busy hour", "max"};
    struct cs_view view;

    cs_view_levels(&view, result);
    if (view.n > 0) {
        put_heading(out, "Utilisation", color);
        put_rows(&view, head, 4, out, color);
    }
    cs_view_release(&view);
}

static void put_latency(const struct cs_result *result, FILE *out, int color)
{
    static const char *const name[] = {"request_duration_seconds", "first_byte_seconds",
                                       "db_query_seconds", "dependency_duration_seconds"};
    static const char *const stat[] = {"mean", "p50", "p95", "p99"};
    struct cs_view view;

    cs_view_select(&view, result, name, 4, stat, 4);
    if (view.n > 0) {
        put_heading(out, "Latency", color);
        put_rows(&view, stat, 4, out, color);
        cs_text_busy_hour(result, out);
    }
    cs_view_release(&view);
}

static void put_certainty(const struct cs_result *result, FILE *out, int color)
{
    char sentence[CS_CONCLUDE_MAX][CS_CONCLUDE_SIZE];
    size_t n = cs_conclude(result, sentence);

    put_heading(out, "Certainty", color);
    for (size_t i = 0; i < n; i++)
        cs_text_wrapped(out, "-", sentence[i]);
    cs_text_wrapped(out, "-",
                    "In the tables below, \"within\" is the widest interval of a row: its "
                    "half-width in parts of the value.");
}

static void put_checks(const struct cs_result *result, FILE *out, int color)
{
    if (result->n_checks == 0)
        return;
    put_heading(out, "Checks", color);
    if (cs_view_checks_ok(result)) {
        fprintf(out, "  all %zu hold\n", result->n_checks);
        return;
    }
    for (size_t i = 0; i < result->n_checks; i++) {
        char text[TEXT_MAX];

        if (result->check[i].ok)
            continue;
        snprintf(text, sizeof text, "%.80s: %.300s", result->check[i].name,
                 result->check[i].detail);
        cs_text_wrapped(out, "✖", text);
    }
}

static void put_sentences(const char *heading, const char **sentence, size_t n, FILE *out,
                          int color)
{
    enum { SHOWN = 5 };

    if (n == 0)
        return;
    put_heading(out, heading, color);
    for (size_t i = 0; i < n && i < SHOWN; i++)
        cs_text_wrapped(out, "-", sentence[i]);
    if (n > SHOWN)
        fprintf(out, "  and %zu more in the report\n", n - SHOWN);
}

int cs_report_text(const struct cs_result *result, FILE *out, int color)
{
    put_head(result, out, color);
    put_slos(result, out, color);
    cs_text_budgets(result, out, color);
    cs_text_events(result, out, color);
    cs_text_alerts(result, out, color);
    cs_text_health(result, out, color);
    put_certainty(result, out, color);
    put_levels(result, out, color);
    cs_text_traffic(result, out, color);
    cs_text_costs(result, out, color);
    put_latency(result, out, color);
    cs_text_explain(result, out, color);
    put_checks(result, out, color);
    put_sentences("Assumed", result->assumption, result->n_assumptions, out, color);
    put_sentences("Left out", result->off, result->n_off, out, color);
    return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
