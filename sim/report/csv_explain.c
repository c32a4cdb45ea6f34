/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "report/csv.h"
#include "report/escape.h"

/* One table, a row a number: `what` says of which kind. */
static void put_row(FILE *out, const char *what, const char *where, const char *item,
                    const char *unit, const struct cs_estimate *value)
{
    const double number[] = {value->mean, value->lo, value->hi};
    const char *text[] = {what, where, item, unit};

    for (size_t i = 0; i < 4; i++) {
        cs_escape_csv(out, text[i]);
        fputc(',', out);
    }
    for (size_t i = 0; i < 3; i++) {
        if (isfinite(number[i]))
            fprintf(out, "%.9g", number[i]);
        fputc(',', out);
    }
    fprintf(out, "%zu\r\n", value->n);
}

static void put_number(FILE *out, const char *what, const char *where, const char *item,
                       const char *unit, double value)
{
    const struct cs_estimate estimate = {
        .mean = value, .lo = (double)NAN, .hi = (double)NAN, .n = 0};

    put_row(out, what, where, item, unit, &estimate);
}

static void put_inputs(const struct cs_explain *explain, FILE *out)
{
    for (size_t i = 0; i < explain->n_inputs; i++) {
        const struct cs_explain_input *input = &explain->input[i];
        const struct cs_estimate interval = {
            .mean = input->value.mean, .lo = input->lo, .hi = input->hi};

        put_row(out, "simulation", input->name, input->stat, input->unit, &input->value);
        put_row(out, "input", input->name, input->stat, input->unit, &interval);
        put_number(out, "input_sd", input->name, input->stat, input->unit, input->input_sd);
        put_number(out, "simulation_sd", input->name, input->stat, input->unit,
                   input->simulation_sd);
    }
}

int cs_csv_explain(const struct cs_result *result, FILE *out)
{
    const struct cs_explain *explain = &result->explain;

    fputs("what,where,item,unit,mean,lo,hi,n\r\n", out);
    for (size_t i = 0; i < explain->n_stages; i++) {
        const struct cs_explain_stage *stage = &explain->stage[i];

        put_row(out, "share_of_time", stage->of, stage->stage, "1", &stage->slow);
        put_row(out, "share_of_time_all", stage->of, stage->stage, "1", &stage->all);
    }
    for (size_t i = 0; i < explain->n_resources; i++) {
        const struct cs_explain_resource *resource = &explain->resource[i];

        put_number(out, "capacity", resource->where, "", resource->unit, resource->capacity);
        put_row(out, "utilization", resource->where, "", "1", &resource->utilization);
        put_row(out, "load", resource->where, "", "1", &resource->load);
    }
    for (size_t i = 0; i < explain->n_twins; i++) {
        const struct cs_explain_twin *twin = &explain->twin[i];

        put_number(out, "theory", twin->where, twin->quantity, twin->unit, twin->theory);
        put_row(out, "simulated", twin->where, twin->quantity, twin->unit, &twin->simulated);
    }
    put_inputs(explain, out);
    return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
