/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "report/json_reader.h"
#include "report/json_writer.h"

/* ---- writing ---- */

static json_t *of_stage(const struct cs_result *result, size_t i)
{
    const struct cs_explain_stage *stage = &result->explain.stage[i];
    json_t *object = json_object();

    set(object, "of", of_text(stage->of));
    set(object, "stage", of_text(stage->stage));
    set(object, "share_of_time", of_estimate(&stage->slow));
    set(object, "share_of_time_all", of_estimate(&stage->all));
    return object;
}

static json_t *of_resource(const struct cs_result *result, size_t i)
{
    const struct cs_explain_resource *resource = &result->explain.resource[i];
    json_t *object = json_object();

    set(object, "where", of_text(resource->where));
    set(object, "unit", of_text(resource->unit));
    set(object, "capacity", of_number(resource->capacity));
    set(object, "utilization", of_estimate(&resource->utilization));
    set(object, "load", of_estimate(&resource->load));
    return object;
}

static json_t *of_twin(const struct cs_result *result, size_t i)
{
    const struct cs_explain_twin *twin = &result->explain.twin[i];
    json_t *object = json_object();

    set(object, "where", of_text(twin->where));
    set(object, "quantity", of_text(twin->quantity));
    set(object, "unit", of_text(twin->unit));
    set(object, "theory", of_number(twin->theory));
    set(object, "simulated", of_estimate(&twin->simulated));
    set(object, "source", of_text(twin->source));
    set(object, "kind", json_string(cs_twin_word(twin->kind)));
    return object;
}

static json_t *of_input(const struct cs_result *result, size_t i)
{
    const struct cs_explain_input *input = &result->explain.input[i];
    json_t *object = json_object(), *interval = json_object();

    set(object, "name", of_text(input->name));
    set(object, "stat", of_text(input->stat));
    set(object, "unit", of_text(input->unit));
    set(object, "value", of_estimate(&input->value));
    set(interval, "lo", of_number(input->lo));
    set(interval, "hi", of_number(input->hi));
    set(object, "input", interval);
    set(object, "input_sd", of_number(input->input_sd));
    set(object, "simulation_sd", of_number(input->simulation_sd));
    return object;
}

void cs_json_explain(const struct cs_result *result, FILE *out)
{
    const struct cs_explain *explain = &result->explain;
    json_t *object = json_object();

    put_list(out, "explain", result, explain->n_stages, of_stage);
    put_list(out, "saturation", result, explain->n_resources, of_resource);
    put_list(out, "twins", result, explain->n_twins, of_twin);
    set(object, "distributions", of_count(explain->fitted));
    set(object, "bootstraps", of_count(explain->bootstraps));
    set(object, "replications", of_count(explain->bootstrap_replications));
    fputs(",\n\"refitted\": ", out);
    put(out, object);
    put_list(out, "inputs", result, explain->n_inputs, of_input);
}

/* ---- reading ---- */

static struct cs_estimate estimate(struct cs_reader *r, json_t *row, const char *key)
{
    return cs_reader_estimate(r, cs_reader_get(r, row, key));
}

void cs_reader_stage(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_explain_stage *stage = &r->result->explain.stage[i];

    stage->of = cs_reader_text(r, row, "of");
    stage->stage = cs_reader_text(r, row, "stage");
    stage->slow = estimate(r, row, "share_of_time");
    stage->all = estimate(r, row, "share_of_time_all");
}

void cs_reader_resource(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_explain_resource *resource = &r->result->explain.resource[i];

    resource->where = cs_reader_text(r, row, "where");
    resource->unit = cs_reader_text(r, row, "unit");
    resource->capacity = cs_reader_number(r, row, "capacity");
    resource->utilization = estimate(r, row, "utilization");
    resource->load = estimate(r, row, "load");
}

static enum cs_twin_kind kind(struct cs_reader *r, json_t *row)
{
    static const enum cs_twin_kind all[] = {CS_TWIN_EXACT, CS_TWIN_APPROXIMATION,
                                            CS_TWIN_BOUND};
    const char *word = cs_reader_text(r, row, "kind");

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(word, cs_twin_word(all[i])) == 0)
            return all[i];
    cs_reader_fail(r, "\"kind\" is none of a formula");
    return CS_TWIN_EXACT;
}

void cs_reader_twin(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_explain_twin *twin = &r->result->explain.twin[i];

    twin->where = cs_reader_text(r, row, "where");
    twin->quantity = cs_reader_text(r, row, "quantity");
    twin->unit = cs_reader_text(r, row, "unit");
    twin->theory = cs_reader_number(r, row, "theory");
    twin->simulated = estimate(r, row, "simulated");
    twin->source = cs_reader_text(r, row, "source");
    twin->kind = kind(r, row);
}

void cs_reader_input(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_explain_input *input = &r->result->explain.input[i];
    json_t *interval = cs_reader_get(r, row, "input");

    input->name = cs_reader_text(r, row, "name");
    input->stat = cs_reader_text(r, row, "stat");
    input->unit = cs_reader_text(r, row, "unit");
    input->value = estimate(r, row, "value");
    input->lo = cs_reader_number(r, interval, "lo");
    input->hi = cs_reader_number(r, interval, "hi");
    input->input_sd = cs_reader_number(r, row, "input_sd");
    input->simulation_sd = cs_reader_number(r, row, "simulation_sd");
}

void cs_reader_refitted(struct cs_reader *r, json_t *root)
{
    struct cs_explain *explain = &r->result->explain;
    json_t *object = cs_reader_get(r, root, "refitted");

    explain->fitted = cs_reader_count(r, object, "distributions");
    explain->bootstraps = cs_reader_count(r, object, "bootstraps");
    explain->bootstrap_replications = cs_reader_count(r, object, "replications");
}
