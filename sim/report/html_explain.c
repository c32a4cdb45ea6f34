/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/explain_view.h"
#include "report/html.h"
#include "report/human.h"

static void open_table(FILE *out, const char *caption, const char *const *head, size_t n)
{
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table>\n"
            "<caption>%s</caption>\n<thead><tr><td></td>",
            caption, caption);
    for (size_t i = 0; i < n; i++)
        if (*head[i] == '\0')
            fputs("<td></td>", out);
        else
            fprintf(out, "<th scope=\"col\">%s</th>", head[i]);
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void close_table(FILE *out)
{
    fputs("</tbody>\n</table>\n</div>\n", out);
}

static void open_row(FILE *out, const char *name, const char *detail)
{
    fputs("<tr><th scope=\"row\">", out);
    cs_escape_html(out, name, CS_HTML_NAME);
    if (*detail != '\0') {
        fputs(" <small>", out);
        cs_escape_html(out, detail, CS_HTML_NAME);
        fputs("</small>", out);
    }
    fputs("</th>", out);
}

static void put_text(FILE *out, const char *text)
{
    fputs("<td>", out);
    cs_escape_html(out, text, CS_HTML_TEXT);
    fputs("</td>", out);
}

static void put_estimate(FILE *out, const struct cs_estimate *estimate, const char *unit)
{
    char value[CS_HUMAN_SIZE], interval[CS_HUMAN_SIZE];

    cs_human_interval(interval, estimate, unit);
    fprintf(out, "<td>%s", cs_human_mean(value, estimate, unit));
    if (interval[0] != '\0')
        fprintf(out, "<small>%s</small>", interval);
    fputs("</td>", out);
}

/* A bar of the shares, widths in thousandths; its table says the same in words. */
static void put_bar(FILE *out, double share)
{
    double width = share > 0.0 ? fmin(share, 1.0) * 1000.0 : 0.0;

    fprintf(out,
            "<td class=\"time\"><svg class=\"bar\" viewBox=\"0 0 1000 1\" "
            "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"share\" "
            "width=\"%.0f\" height=\"1\"/></svg></td>",
            width);
}

static void put_stage(FILE *out, const struct cs_explain_stage *stage)
{
    open_row(out, cs_stage_words(stage->stage), "");
    put_estimate(out, &stage->slow, "1");
    put_bar(out, stage->slow.mean);
    put_estimate(out, &stage->all, "1");
    fputs("</tr>\n", out);
}

/* All requests, then apart what objectives are about: a group each. */
static void put_stages(const struct cs_result *result, FILE *out)
{
    static const char *const head[] = {"Slowest 5 %", "", "All requests"};
    const struct cs_explain *explain = &result->explain;
    const char *of = "";
    size_t i = 0;

    open_table(out, "Share of the time of requests, with 95 % intervals", head, 3);
    for (; i < explain->n_stages && *explain->stage[i].of == '\0'; i++)
        put_stage(out, &explain->stage[i]);
    close_table(out);
    if (i == explain->n_stages)
        return;
    fputs("<details>\n<summary>By objective</summary>\n", out);
    open_table(out, "By objective", head, 3);
    for (; i < explain->n_stages; i++) {
        if (strcmp(of, explain->stage[i].of) != 0) {
            of = explain->stage[i].of;
            fputs("<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"4\">", out);
            cs_escape_html(out, of, CS_HTML_NAME);
            fputs("</th></tr>\n", out);
        }
        put_stage(out, &explain->stage[i]);
    }
    close_table(out);
    fputs("</details>\n", out);
}

static void put_resources(const struct cs_result *result, FILE *out)
{
    static const char *const head[] = {"Capacity", "Busy hour", "Used up at"};
    const struct cs_explain *explain = &result->explain;
    char *sentence = cs_saturation_sentence(result);

    fputs("<p><b>", out);
    cs_escape_html(out, sentence, CS_HTML_TEXT);
    fputs("</b></p>\n", out);
    free(sentence);
    if (explain->n_resources == 0)
        return;
    open_table(out, "Use of what has a cap in the busy hour, with 95 % intervals", head, 3);
    for (size_t i = 0; i < explain->n_resources; i++) {
        const struct cs_explain_resource *resource = &explain->resource[i];
        char capacity[CS_HUMAN_SIZE], load[CS_HUMAN_SIZE], text[2 * CS_HUMAN_SIZE];
        bool is_share = strcmp(resource->unit, "1") == 0;

        open_row(out, resource->where, "");
        cs_human_value(capacity, resource->capacity, resource->unit);
        snprintf(text, sizeof text, "%s %s", is_share ? "–" : capacity,
                 is_share ? "" : resource->unit);
        put_text(out, text);
        put_estimate(out, &resource->utilization, "1");
        put_text(out, cs_load_text(load, &resource->load));
        fputs("</tr>\n", out);
    }
    close_table(out);
    fprintf(out, "<p class=\"note\">%s</p>\n", cs_saturation_leaves_out);
}

static void put_twins(const struct cs_result *result, FILE *out)
{
    static const char *const head[] = {"Quantity", "Theory", "Simulated", "Formula"};
    const struct cs_explain *explain = &result->explain;

    if (explain->n_twins == 0)
        return;
    fputs("<h3>Theory beside it</h3>\n", out);
    open_table(out, "Parts of the scenario that a formula describes", head, 4);
    for (size_t i = 0; i < explain->n_twins; i++) {
        const struct cs_explain_twin *twin = &explain->twin[i];
        char theory[CS_HUMAN_SIZE], formula[512];

        open_row(out, twin->where, "");
        put_text(out, twin->quantity);
        put_text(out, cs_human_value(theory, twin->theory, twin->unit));
        put_estimate(out, &twin->simulated, twin->unit);
        snprintf(formula, sizeof formula, "%.400s: %s", twin->source, cs_twin_word(twin->kind));
        put_text(out, formula);
        fputs("</tr>\n", out);
    }
    close_table(out);
}

static void put_inputs(const struct cs_result *result, FILE *out)
{
    static const char *const head[] = {"Value, simulation alone", "Other samples of the inputs",
                                       "Share of variance"};
    const struct cs_explain *explain = &result->explain;

    if (explain->n_inputs == 0)
        return;
    fprintf(out,
            "<h3>With other samples of the inputs</h3>\n<p class=\"note\">%" PRIu64
            " distribution%s how many values were fitted. Each of %" PRIu64
            " scenarios has them refitted to another sample of that size and is replicated "
            "%" PRIu64 " times; the interval holds 95 %% of what comes of it.</p>\n",
            explain->fitted, explain->fitted == 1 ? " says" : "s say", explain->bootstraps,
            explain->bootstrap_replications);
    open_table(out, "What the simulation and what the inputs leave open", head, 3);
    for (size_t i = 0; i < explain->n_inputs; i++) {
        const struct cs_explain_input *input = &explain->input[i];
        double a = input->input_sd * input->input_sd;
        double b = input->simulation_sd * input->simulation_sd;
        char text[CS_HUMAN_SIZE], share[CS_HUMAN_SIZE];

        open_row(out, cs_input_words(input), input->stat);
        put_estimate(out, &input->value, input->unit);
        put_text(out, cs_input_text(text, input));
        put_text(out, a + b > 0.0 ? cs_human_value(share, a / (a + b), "1") : "–");
        fputs("</tr>\n", out);
    }
    close_table(out);
}

static void put_hour_cell(FILE *out, const struct cs_result_metric *metric)
{
    if (metric == NULL)
        fputs("<td>–</td>", out);
    else
        put_estimate(out, &metric->value, metric->unit);
}

static void put_busy_hour(const struct cs_result *result, FILE *out)
{
    static const char *const head[] = {"Mean", "p95", "p99", "Errors"};
    const char *name = "request_duration_seconds";
    struct cs_busy_hour hour = cs_busy_hour(result);

    if (hour.p95 == NULL)
        return;
    open_table(out, "Requests sent in the busy hour beside all, with 95 % intervals", head, 4);
    open_row(out, "busy hour", "");
    put_hour_cell(out, hour.mean);
    put_hour_cell(out, hour.p95);
    put_hour_cell(out, hour.p99);
    put_hour_cell(out, hour.errors);
    fputs("</tr>\n", out);
    open_row(out, "all of the window", "");
    put_hour_cell(out, cs_result_find(result, name, "mean", NULL, 0));
    put_hour_cell(out, cs_result_find(result, name, "p95", NULL, 0));
    put_hour_cell(out, cs_result_find(result, name, "p99", NULL, 0));
    put_hour_cell(out, cs_result_find(result, "errors_total", "ratio", NULL, 0));
    fputs("</tr>\n", out);
    close_table(out);
}

void cs_html_explain(const struct cs_result *result, FILE *out)
{
    fputs("<h3>Where the time goes</h3>\n", out);
    if (result->explain.n_stages == 0)
        fputs("<p>No request took any time.</p>\n", out);
    else
        put_stages(result, out);
    fputs("<h3>The busy hour</h3>\n", out);
    put_busy_hour(result, out);
    fputs("<h3>What is used up first</h3>\n", out);
    put_resources(result, out);
    put_twins(result, out);
    put_inputs(result, out);
}
