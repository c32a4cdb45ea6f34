/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/report.h"
#include "report/human.h"
#include "report/json_reader.h"

static void read_metric(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_result_metric *metric = &r->result->metric[i];

    metric->name = cs_reader_text(r, row, "name");
    metric->n_labels = cs_reader_labels(r, row, metric->label);
    metric->stat = cs_reader_text(r, row, "stat");
    metric->unit = cs_reader_text(r, row, "unit");
    metric->value = cs_reader_estimate(r, row);
}

static void read_series(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_result_series *series = &r->result->series[i];
    size_t n = SIZE_MAX;

    series->name = cs_reader_text(r, row, "name");
    series->n_labels = cs_reader_labels(r, row, series->label);
    series->stat = cs_reader_text(r, row, "stat");
    series->unit = cs_reader_text(r, row, "unit");
    series->t0_s = cs_reader_number(r, row, "t0");
    series->step_s = cs_reader_number(r, row, "step_s");
    if (!(series->step_s > 0) || !isfinite(series->t0_s))
        cs_reader_fail(r, "\"step_s\" is not above 0, or \"t0\" is missing");
    series->mean = cs_reader_numbers(r, row, "mean", &n);
    series->p5 = cs_reader_numbers(r, row, "p5", &n);
    series->p50 = cs_reader_numbers(r, row, "p50", &n);
    series->p95 = cs_reader_numbers(r, row, "p95", &n);
    series->n = n == SIZE_MAX ? 0 : n;
}

static enum cs_verdict verdict(struct cs_reader *r, json_t *row)
{
    static const enum cs_verdict all[] = {CS_MET, CS_MISSED, CS_UNDECIDED, CS_NOT_EXERCISED};
    const char *word = cs_reader_text(r, row, "verdict");

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(word, cs_verdict_word(all[i])) == 0)
            return all[i];
    cs_reader_fail(r, "\"verdict\" is no verdict");
    return CS_UNDECIDED;
}

static struct cs_result_split split_of(struct cs_reader *r, json_t *object)
{
    if (json_is_null(object))
        return (struct cs_result_split){.is_split = false};
    return (struct cs_result_split){
        .is_split = true,
        .worse = cs_reader_estimate(r, cs_reader_get(r, object, "worse")),
        .better_mean = cs_reader_number(r, object, "better_mean"),
        .worse_mean = cs_reader_number(r, object, "worse_mean"),
    };
}

static void read_slo(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_result_slo *slo = &r->result->slo[i];

    slo->name = cs_reader_text(r, row, "name");
    slo->target = cs_reader_text(r, row, "target");
    slo->of = cs_reader_text(r, row, "of");
    slo->window_s = cs_reader_number(r, row, "window_s");
    slo->threshold = cs_reader_number(r, row, "threshold");
    slo->unit = cs_reader_text(r, row, "unit");
    slo->value = cs_reader_estimate(r, cs_reader_get(r, row, "value"));
    slo->attainment = cs_reader_estimate(r, cs_reader_get(r, row, "attainment"));
    slo->attain = cs_reader_number(r, row, "attain");
    slo->windows = cs_reader_count(r, row, "windows");
    slo->windows_met = cs_reader_count(r, row, "windows_met");
    slo->gate = cs_reader_flag(r, row, "gate");
    slo->verdict = verdict(r, row);
    slo->median = cs_reader_estimate(r, cs_reader_get(r, row, "median"));
    slo->split = split_of(r, cs_reader_get(r, row, "split"));
    slo->needed = cs_reader_count(r, row, "needed");
    slo->doubt = cs_reader_number(r, row, "doubt");
    slo->burn = cs_reader_estimate(r, cs_reader_get(r, row, "burn"));
    slo->budget_left = cs_reader_estimate(r, cs_reader_get(r, row, "budget_left"));
    slo->p_exhausted = cs_reader_estimate(r, cs_reader_get(r, row, "p_exhausted"));
    slo->note = cs_reader_text(r, row, "note");
}

static void read_cap(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_result_cap *cap = &r->result->cap[i];

    cap->series = cs_reader_text(r, row, "series");
    cap->name = cs_reader_text(r, row, "name");
    cap->n_labels = cs_reader_labels(r, row, cap->label);
    cap->value = cs_reader_number(r, row, "value");
}

static void read_check(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_result_check *check = &r->result->check[i];

    check->name = cs_reader_text(r, row, "name");
    check->ok = cs_reader_flag(r, row, "ok");
    check->detail = cs_reader_text(r, row, "detail");
}

static void read_assumption(struct cs_reader *r, json_t *row, size_t i)
{
    r->result->assumption[i] = cs_reader_text_of(r, row, "assumptions");
}

static void read_off(struct cs_reader *r, json_t *row, size_t i)
{
    r->result->off[i] = cs_reader_text_of(r, row, "off");
}

static json_t *list_of(struct cs_reader *r, json_t *root, const char *key, size_t *n)
{
    json_t *array = cs_reader_get(r, root, key);

    if (!json_is_array(array))
        cs_reader_fail(r, "\"%s\" is not an array", key);
    *n = json_array_size(array);
    return array;
}

static void read_rows(struct cs_reader *r, json_t *array, const char *key,
                      void (*row)(struct cs_reader *, json_t *, size_t))
{
    r->list = key;
    for (r->row = 0; r->row < json_array_size(array) && !r->failed; r->row++)
        row(r, json_array_get(array, r->row), r->row);
    r->list = NULL;
}

static void read_stopping(struct cs_reader *r, json_t *object)
{
    struct cs_result_stopping *stopping = &r->result->stopping;

    if (json_is_null(object))
        return;
    stopping->min = cs_reader_count(r, object, "min");
    stopping->max = cs_reader_count(r, object, "max");
    stopping->looks = cs_reader_count(r, object, "looks");
    stopping->looked = cs_reader_count(r, object, "looked");
    stopping->asked = cs_reader_number(r, object, "precision_asked");
    stopping->achieved = cs_reader_number(r, object, "precision");
    stopping->is_reached = cs_reader_flag(r, object, "reached");
}

static void read_joint(struct cs_reader *r, json_t *object)
{
    r->result->joint = (struct cs_result_joint){
        .n = cs_reader_count(r, object, "objectives"),
        .decided = cs_reader_count(r, object, "decided"),
        .all_met = cs_reader_estimate(r, cs_reader_get(r, object, "all_met")),
    };
}

static enum cs_estimand estimand(struct cs_reader *r, json_t *run)
{
    const char *word = cs_reader_text(r, run, "estimand");

    if (strcmp(word, cs_estimand_word(CS_STEADY)) == 0)
        return CS_STEADY;
    if (strcmp(word, cs_estimand_word(CS_TERMINATING)) != 0)
        cs_reader_fail(r, "\"estimand\" is neither terminating nor steady");
    return CS_TERMINATING;
}

static void read_head(struct cs_reader *r, json_t *root)
{
    struct cs_result *result = r->result;
    json_t *scenario = cs_reader_get(r, root, "scenario"), *run = cs_reader_get(r, root, "run");

    if (cs_reader_count(r, root, "capsim") != 1)
        cs_reader_fail(r, "its format is not version 1");
    result->name = cs_reader_text(r, scenario, "name");
    result->title = cs_reader_text(r, scenario, "title");
    result->hash = cs_reader_text(r, scenario, "hash");
    result->version = cs_reader_text(r, run, "version");
    result->command = cs_reader_text(r, run, "command");
    if (!cs_clock_parse(cs_reader_text(r, run, "start"), &result->start_unix_s))
        cs_reader_fail(r, "\"start\" is not a time in UTC");
    result->duration_s = cs_reader_number(r, run, "duration_s");
    result->lead_in_s = cs_reader_number(r, run, "lead_in_s");
    result->sample_s = cs_reader_number(r, run, "sample_s");
    result->seed = cs_reader_count(r, run, "seed");
    result->replications = cs_reader_count(r, run, "replications");
    result->estimand = estimand(r, run);
    result->confidence = cs_reader_number(r, run, "confidence");
    result->is_interrupted = cs_reader_flag(r, run, "interrupted");
    read_stopping(r, cs_reader_get(r, run, "stopping"));
    result->requests = cs_reader_count(r, run, "requests");
    result->events = cs_reader_count(r, run, "events");
}

#define READ_LIST(r, root, key, field, n_field, row)                                      \
    do {                                                                                  \
        json_t *list_ = list_of((r), (root), (key), &(r)->result->n_field);               \
        (r)->result->field = cs_arena_array((r)->result->arena, (r)->result->n_field + 1, \
                                            sizeof *(r)->result->field);                  \
        read_rows((r), list_, (key), (row));                                              \
    } while (0)

static void read_all(struct cs_reader *r, json_t *root)
{
    read_head(r, root);
    READ_LIST(r, root, "metrics", metric, n_metrics, read_metric);
    READ_LIST(r, root, "series", series, n_series, read_series);
    READ_LIST(r, root, "slos", slo, n_slos, read_slo);
    read_joint(r, cs_reader_get(r, root, "joint"));
    READ_LIST(r, root, "alerts", alert, n_alerts, cs_reader_alert);
    READ_LIST(r, root, "health", health, n_health, cs_reader_health);
    READ_LIST(r, root, "events", event, n_events, cs_reader_event);
    READ_LIST(r, root, "explain", explain.stage, explain.n_stages, cs_reader_stage);
    READ_LIST(r, root, "saturation", explain.resource, explain.n_resources, cs_reader_resource);
    READ_LIST(r, root, "twins", explain.twin, explain.n_twins, cs_reader_twin);
    cs_reader_refitted(r, root);
    READ_LIST(r, root, "inputs", explain.input, explain.n_inputs, cs_reader_input);
    READ_LIST(r, root, "caps", cap, n_caps, read_cap);
    READ_LIST(r, root, "checks", check, n_checks, read_check);
    READ_LIST(r, root, "assumptions", assumption, n_assumptions, read_assumption);
    READ_LIST(r, root, "off", off, n_off, read_off);
}

struct cs_result *cs_result_read(const char *path, char *error, size_t error_size)
{
    struct cs_reader r = {.error = error, .error_size = error_size};
    FILE *in = fopen(path, "rb");
    json_error_t where;

    if (in == NULL) {
        snprintf(error, error_size, "%s", strerror(errno));
        return NULL;
    }
    json_t *root = json_loadf(in, JSON_REJECT_DUPLICATES, &where);
    bool is_unreadable = ferror(in) != 0;

    fclose(in);
    if (root == NULL) {
        if (is_unreadable)
            snprintf(error, error_size, "cannot be read");
        else
            snprintf(error, error_size, "not JSON: line %d, column %d: %s", where.line,
                     where.column, where.text);
        return NULL;
    }
    r.result = cs_result_new();
    read_all(&r, root);
    json_decref(root);
    if (!r.failed)
        return r.result;
    cs_result_free(r.result);
    return NULL;
}
