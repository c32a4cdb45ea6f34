/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "report/explain_view.h"
#include "report/human.h"
#include "report/table.h"
#include "report/text.h"

enum { NAME_WIDTH = 64, TEXT = 2 * CS_HUMAN_SIZE, RESOURCES_MAX = 5 };

static void put_heading(FILE *out, const char *text, int color)
{
    fprintf(out, "\n%s%s%s\n", color ? "\033[1m" : "", text, color ? "\033[0m" : "");
}

static void add(struct cs_table *table, const char *text)
{
    cs_table_add(table, text, NAME_WIDTH);
}

static void add_estimate(struct cs_table *table, const struct cs_estimate *estimate,
                         const char *unit)
{
    char text[CS_HUMAN_SIZE];

    add(table, cs_human_estimate(text, estimate, unit));
}

static void put_busy_hour(const struct cs_result *result, FILE *out)
{
    struct cs_busy_hour hour = cs_busy_hour(result);
    char p95[CS_HUMAN_SIZE], p99[CS_HUMAN_SIZE], errors[CS_HUMAN_SIZE];

    if (hour.p95 == NULL || hour.p99 == NULL || hour.errors == NULL)
        return;
    fprintf(out, "  busy hour: p95 %s, p99 %s,\n",
            cs_human_estimate(p95, &hour.p95->value, "seconds"),
            cs_human_estimate(p99, &hour.p99->value, "seconds"));
    fprintf(out, "  errors %s\n", cs_human_estimate(errors, &hour.errors->value, "1"));
}

static void put_stages(const struct cs_result *result, FILE *out, int color)
{
    const struct cs_explain *explain = &result->explain;
    struct cs_table table;

    if (explain->n_stages == 0)
        return;
    put_heading(out, "Where the time goes", color);
    cs_table_init(&table, "lll");
    add(&table, "");
    add(&table, "slowest 5 %");
    add(&table, "all requests");
    for (size_t i = 0; i < explain->n_stages; i++) {
        const struct cs_explain_stage *stage = &explain->stage[i];

        if (*stage->of != '\0' || (stage->all.mean < 0.0005 && stage->slow.mean < 0.0005))
            continue;
        add(&table, cs_stage_words(stage->stage));
        add_estimate(&table, &stage->slow, "1");
        add_estimate(&table, &stage->all, "1");
    }
    cs_table_print(&table, out, color);
    cs_table_release(&table);
}

static void put_resources(const struct cs_result *result, FILE *out, int color)
{
    const struct cs_explain *explain = &result->explain;
    char *sentence = cs_saturation_sentence(result);
    struct cs_table table;

    put_heading(out, "What is used up first", color);
    cs_text_wrapped(out, "-", sentence);
    free(sentence);
    cs_table_init(&table, "lll");
    if (explain->n_resources > 0) {
        add(&table, "");
        add(&table, "busy hour");
        add(&table, "used up at");
    }
    for (size_t i = 0; i < explain->n_resources && i < RESOURCES_MAX; i++) {
        const struct cs_explain_resource *resource = &explain->resource[i];
        char load[CS_HUMAN_SIZE];

        add(&table, resource->where);
        add_estimate(&table, &resource->utilization, "1");
        add(&table, cs_load_text(load, &resource->load));
    }
    if (explain->n_resources > 0)
        cs_table_print(&table, out, color);
    cs_table_release(&table);
}

static void put_twins(const struct cs_result *result, FILE *out, int color)
{
    const struct cs_explain *explain = &result->explain;
    struct cs_table table;

    if (explain->n_twins == 0)
        return;
    put_heading(out, "Theory beside it", color);
    cs_table_init(&table, "lllll");
    for (size_t i = 0; i < explain->n_twins; i++) {
        const struct cs_explain_twin *twin = &explain->twin[i];
        char theory[CS_HUMAN_SIZE];

        add(&table, twin->where);
        add(&table, twin->quantity);
        add(&table, cs_human_value(theory, twin->theory, twin->unit));
        add_estimate(&table, &twin->simulated, twin->unit);
        add(&table, cs_twin_word(twin->kind));
    }
    cs_table_print(&table, out, color);
    cs_table_release(&table);
}

static void put_inputs(const struct cs_result *result, FILE *out, int color)
{
    const struct cs_explain *explain = &result->explain;
    struct cs_table table;

    if (explain->n_inputs == 0)
        return;
    put_heading(out, "With other samples of the inputs", color);
    fprintf(out,
            "  %" PRIu64 " distribution%s n; %" PRIu64 " scenarios of %" PRIu64
            " replications with refitted ones\n",
            explain->fitted, explain->fitted == 1 ? " carries" : "s carry", explain->bootstraps,
            explain->bootstrap_replications);
    cs_table_init(&table, "llll");
    add(&table, "");
    add(&table, "");
    add(&table, "simulation");
    add(&table, "inputs");
    for (size_t i = 0; i < explain->n_inputs; i++) {
        const struct cs_explain_input *input = &explain->input[i];
        char text[CS_HUMAN_SIZE];

        add(&table, cs_input_words(input));
        add(&table, input->stat);
        add_estimate(&table, &input->value, input->unit);
        add(&table, cs_input_text(text, input));
    }
    cs_table_print(&table, out, color);
    cs_table_release(&table);
}

void cs_text_busy_hour(const struct cs_result *result, FILE *out)
{
    put_busy_hour(result, out);
}

void cs_text_explain(const struct cs_result *result, FILE *out, int color)
{
    put_stages(result, out, color);
    put_resources(result, out, color);
    put_twins(result, out, color);
    put_inputs(result, out, color);
}
