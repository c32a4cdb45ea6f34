/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/escape.h"
#include "report/html.h"
#include "report/human.h"
#include "report/view.h"

static void open_table(const char *caption, const char *const *head, size_t n, FILE *out)
{
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table>\n"
            "<caption>%s</caption>\n<thead><tr><td></td>",
            caption, caption);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "<th scope=\"col\">%s</th>", head[i]);
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void close_table(FILE *out)
{
    fputs("</tbody>\n</table>\n</div>\n", out);
}

static void put_name(const struct cs_result_metric *metric, FILE *out)
{
    fprintf(out, "<th scope=\"row\"%s>", metric->n_labels > 0 ? " class=\"part\"" : "");
    if (metric->n_labels == 0) {
        cs_escape_html(out, cs_view_words(metric->name), CS_HTML_NAME);
    } else {
        for (unsigned i = 0; i < metric->n_labels; i++) {
            fputs(i > 0 ? ", " : "", out);
            cs_escape_html(out, metric->label[i].key, CS_HTML_NAME);
            fputs(metric->n_labels > 1 ? "&nbsp;" : " ", out); /* a pair stays together */
            cs_escape_html(out, metric->label[i].value, CS_HTML_NAME);
        }
    }
    fputs("</th>", out);
}

static void put_cell(const struct cs_result_metric *metric, FILE *out)
{
    char value[CS_HUMAN_SIZE], interval[CS_HUMAN_SIZE];

    if (metric == NULL) {
        fputs("<td></td>", out);
        return;
    }
    cs_human_interval(interval, &metric->value, cs_view_unit(metric));
    fprintf(out, "<td>%s", cs_human_mean(value, &metric->value, cs_view_unit(metric)));
    if (interval[0] != '\0')
        fprintf(out, "<small>%s</small>", interval);
    fputs("</td>", out);
}

static void put_row(const struct cs_view_row *row, size_t n_stats, FILE *out)
{
    fputs("<tr>", out);
    put_name(row->metric, out);
    for (size_t s = 0; s < n_stats; s++)
        put_cell(row->cell[s], out);
    fputs("</tr>\n", out);
}

/* A part needs its total above it to say what it is part of. */
static bool is_first_of_name(const struct cs_view *view, size_t i)
{
    return i == 0 || strcmp(view->row[i].metric->name, view->row[i - 1].metric->name) != 0;
}

static void put_rows(const struct cs_view *view, bool brief, size_t n_stats, FILE *out)
{
    for (size_t i = 0; i < view->n; i++) {
        const struct cs_view_row *row = &view->row[i];

        if (is_first_of_name(view, i) && (row->metric->n_labels > 0 || !brief)) {
            fprintf(out, "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%zu\">",
                    n_stats + 1);
            cs_escape_html(out, cs_view_words(row->metric->name), CS_HTML_NAME);
            fputs("</th></tr>\n", out);
        }
        if (cs_view_is_brief(view, row) == brief)
            put_row(row, n_stats, out);
    }
}

static bool has_rest(const struct cs_view *view)
{
    for (size_t i = 0; i < view->n; i++)
        if (!cs_view_is_brief(view, &view->row[i]))
            return true;
    return false;
}

static void put_view(const struct cs_view *view, const char *caption, const char *rest,
                     const char *const *head, size_t n_stats, FILE *out)
{
    open_table(caption, head, n_stats, out);
    put_rows(view, true, n_stats, out);
    close_table(out);
    if (!has_rest(view))
        return;
    fprintf(out, "<details>\n<summary>%s</summary>\n", rest);
    open_table(rest, head, n_stats, out);
    put_rows(view, false, n_stats, out);
    close_table(out);
    fputs("</details>\n", out);
}

void cs_html_levels(const struct cs_result *result, FILE *out)
{
    static const char *const head[] = {"Mean", "p95 of the time", "Busiest hour", "Most"};
    struct cs_view view;

    cs_view_levels(&view, result);
    if (view.n == 0)
        fputs("<p>Nothing was recorded.</p>\n", out);
    else
        put_view(&view, "Use of each resource, with 95 % intervals",
                 "By fleet, region and state", head, 4, out);
    cs_view_release(&view);
}

void cs_html_latency(const struct cs_result *result, FILE *out)
{
    static const char *const name[] = {"request_duration_seconds",    "first_byte_seconds",
                                       "server_duration_seconds",     "stage_seconds",
                                       "dependency_duration_seconds", "db_query_seconds"};
    static const char *const stat[] = {"mean", "p50", "p90", "p95", "p99", "max"};
    static const char *const head[] = {"Mean", "p50", "p90", "p95", "p99", "Most"};
    struct cs_view view;

    cs_view_select(&view, result, name, 6, stat, 6);
    if (view.n == 0)
        fputs("<p>Nothing was recorded.</p>\n", out);
    else
        put_view(&view, "Times, with 95 % intervals", "Every combination", head, 6, out);
    cs_view_release(&view);
}

static void put_shares(const struct cs_result *result, const char *const *name, size_t n_names,
                       const char *caption, FILE *out)
{
    static const char *const stat[] = {"count", "ratio"};
    static const char *const head[] = {"In a window", "Share of requests"};
    struct cs_view view = {0};

    if (n_names > 0)
        cs_view_select(&view, result, name, n_names, stat, 2);
    if (view.n > 0)
        put_view(&view, caption, "Every combination", head, 2, out);
    cs_view_release(&view);
}

void cs_html_traffic(const struct cs_result *result, FILE *out)
{
    static const char *const all[] = {"requests_total",
                                      "user_requests_total",
                                      "user_attempts_total",
                                      "retries_total",
                                      "cdn_hits_total",
                                      "invocations_total",
                                      "cold_starts_total",
                                      "scale_outs_total",
                                      "oom_kills_total",
                                      "rate_limited_total",
                                      "db_pool_connection_errors",
                                      "database_failures_total"};
    static const char *const calls[] = {"dependency_attempts_total",
                                        "dependency_fallbacks_total", "breaker_opened_total",
                                        "breaker_short_circuited_total"};
    const char *name[12];
    size_t n = cs_view_on(result, all, 12, name);

    put_shares(result, name, n, "Requests and what became of them, with 95 % intervals", out);
    n = cs_view_on(result, calls, 4, name);
    put_shares(result, name, n, "Calls to others, with 95 % intervals", out);
}

void cs_html_limits(const struct cs_result *result, FILE *out)
{
    static const char *const name[] = {"limited_users", "active_users",
                                       "rate_limited_shadow_total", "effective_limit_ratio"};
    static const char *const stat[] = {"count", "ratio"}, *const most[] = {"max"};
    static const char *const head[] = {"In a window", "Share"};
    static const char *const head_most[] = {"Most of a user, over the limit"};
    struct cs_view view;

    cs_view_select(&view, result, name, 3, stat, 2);
    if (view.n > 0)
        put_view(&view, "Users and limits, with 95 % intervals", "By tier", head, 2, out);
    cs_view_release(&view);
    cs_view_select(&view, result, name + 3, 1, most, 1);
    if (view.n > 0)
        put_view(&view, "Limits reached on all instances together", "By tier", head_most, 1,
                 out);
    cs_view_release(&view);
}

void cs_html_checks(const struct cs_result *result, FILE *out)
{
    if (result->n_checks == 0) {
        fputs("<p>No check was run.</p>\n", out);
        return;
    }
    fputs("<ul class=\"checks\">\n", out);
    for (size_t i = 0; i < result->n_checks; i++) {
        const struct cs_result_check *check = &result->check[i];

        fprintf(out, "<li class=\"%s\"><b>%s ", check->ok ? "met" : "missed",
                check->ok ? "✔" : "✖");
        cs_escape_html(out, check->name, CS_HTML_NAME);
        fprintf(out, "</b>%s ", check->ok ? "" : " fails:");
        cs_escape_html(out, check->detail, CS_HTML_TEXT);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

void cs_html_sentences(const char **sentence, size_t n, const char *if_none, FILE *out)
{
    if (n == 0) {
        fprintf(out, "<p>%s</p>\n", if_none);
        return;
    }
    fputs("<ul>\n", out);
    for (size_t i = 0; i < n; i++) {
        fputs("<li>", out);
        cs_escape_html(out, sentence[i], CS_HTML_TEXT);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

static void put_fact(FILE *out, const char *term, const char *text)
{
    fprintf(out, "<div><dt>%s</dt><dd><code>", term);
    cs_escape_html(out, text, 0);
    fputs("</code></dd></div>\n", out);
}

void cs_html_reproduce(const struct cs_result *result, FILE *out)
{
    char number[CS_HUMAN_SIZE];

    fputs("<dl>\n", out);
    if (*result->command != '\0')
        put_fact(out, "Command", result->command);
    put_fact(out, "Scenario", result->name);
    put_fact(out, "Hash of every setting (SHA-256)", result->hash);
    snprintf(number, sizeof number, "%" PRIu64, result->seed);
    put_fact(out, "Seed", number);
    snprintf(number, sizeof number, "%" PRIu64, result->replications);
    put_fact(out, "Replications", number);
    put_fact(out, "Version of capsim", result->version);
    fputs("</dl>\n", out);
}
