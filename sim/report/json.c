/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "capsim/check.h"
#include "capsim/report.h"
#include "report/escape.h"
#include "report/human.h"

/* Nine digits: far more than any interval supports, and a double read back from
 * them prints as the same nine. */
enum { DUMP_FLAGS = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9) };

static json_t *of_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *of_text(const char *text)
{
    char *clean = cs_utf8_clean(text);
    json_t *value = json_string(clean);

    free(clean);
    return value;
}

/* JSON integers end at 2^63 - 1 here; what passes it is written as text. */
static json_t *of_count(uint64_t count)
{
    char digits[32];

    if (count <= INT64_MAX)
        return json_integer((json_int_t)count);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    return json_string(digits);
}

static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        cs_out_of_memory(sizeof(json_t *));
}

static void set_estimate(json_t *object, const struct cs_estimate *estimate)
{
    set(object, "mean", of_number(estimate->mean));
    set(object, "lo", of_number(estimate->lo));
    set(object, "hi", of_number(estimate->hi));
    set(object, "n", of_count(estimate->n));
}

static json_t *of_estimate(const struct cs_estimate *estimate)
{
    json_t *object = json_object();

    set_estimate(object, estimate);
    return object;
}

static json_t *of_labels(const struct cs_result_label *label, unsigned n)
{
    json_t *object = json_object();

    for (unsigned i = 0; i < n; i++) {
        char *key = cs_utf8_clean(label[i].key);

        set(object, key, of_text(label[i].value));
        free(key);
    }
    return object;
}

static json_t *of_numbers(const double *value, size_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(array, of_number(value[i])) != 0)
            cs_out_of_memory(sizeof(json_t *));
    return array;
}

static json_t *of_scenario(const struct cs_result *result)
{
    json_t *object = json_object();

    set(object, "name", of_text(result->name));
    set(object, "title", of_text(result->title));
    set(object, "hash", of_text(result->hash));
    return object;
}

static json_t *of_run(const struct cs_result *result)
{
    char start[CS_HUMAN_SIZE];
    json_t *object = json_object();

    set(object, "version", of_text(result->version));
    set(object, "command", of_text(result->command));
    set(object, "start", of_text(cs_clock_format(start, result->start_unix_s)));
    set(object, "duration_s", of_number(result->duration_s));
    set(object, "lead_in_s", of_number(result->lead_in_s));
    set(object, "sample_s", of_number(result->sample_s));
    set(object, "seed", of_count(result->seed));
    set(object, "replications", of_count(result->replications));
    set(object, "requests", of_count(result->requests));
    set(object, "events", of_count(result->events));
    return object;
}

static json_t *of_metric(const struct cs_result *result, size_t i)
{
    const struct cs_result_metric *metric = &result->metric[i];
    json_t *object = json_object();

    set(object, "name", of_text(metric->name));
    set(object, "labels", of_labels(metric->label, metric->n_labels));
    set(object, "stat", of_text(metric->stat));
    set(object, "unit", of_text(metric->unit));
    set_estimate(object, &metric->value);
    return object;
}

static json_t *of_series(const struct cs_result *result, size_t i)
{
    const struct cs_result_series *series = &result->series[i];
    json_t *object = json_object();

    set(object, "name", of_text(series->name));
    set(object, "labels", of_labels(series->label, series->n_labels));
    set(object, "stat", of_text(series->stat));
    set(object, "unit", of_text(series->unit));
    set(object, "t0", of_number(series->t0_s));
    set(object, "step_s", of_number(series->step_s));
    set(object, "mean", of_numbers(series->mean, series->n));
    set(object, "p5", of_numbers(series->p5, series->n));
    set(object, "p50", of_numbers(series->p50, series->n));
    set(object, "p95", of_numbers(series->p95, series->n));
    return object;
}

static json_t *of_slo(const struct cs_result *result, size_t i)
{
    const struct cs_result_slo *slo = &result->slo[i];
    json_t *object = json_object();

    set(object, "name", of_text(slo->name));
    set(object, "target", of_text(slo->target));
    set(object, "of", of_text(slo->of));
    set(object, "window_s", of_number(slo->window_s));
    set(object, "threshold", of_number(slo->threshold));
    set(object, "unit", of_text(slo->unit));
    set(object, "value", of_estimate(&slo->value));
    set(object, "attainment", of_estimate(&slo->attainment));
    set(object, "attain", of_number(slo->attain));
    set(object, "windows", of_count(slo->windows));
    set(object, "windows_met", of_count(slo->windows_met));
    set(object, "gate", json_boolean(slo->gate));
    set(object, "verdict", json_string(cs_verdict_word(slo->verdict)));
    set(object, "note", of_text(slo->note));
    return object;
}

static json_t *of_cap(const struct cs_result *result, size_t i)
{
    const struct cs_result_cap *cap = &result->cap[i];
    json_t *object = json_object();

    set(object, "series", of_text(cap->series));
    set(object, "name", of_text(cap->name));
    set(object, "labels", of_labels(cap->label, cap->n_labels));
    set(object, "value", of_number(cap->value));
    return object;
}

static json_t *of_check(const struct cs_result *result, size_t i)
{
    const struct cs_result_check *check = &result->check[i];
    json_t *object = json_object();

    set(object, "name", of_text(check->name));
    set(object, "ok", json_boolean(check->ok));
    set(object, "detail", of_text(check->detail));
    return object;
}

static json_t *of_assumption(const struct cs_result *result, size_t i)
{
    return of_text(result->assumption[i]);
}

static json_t *of_off(const struct cs_result *result, size_t i)
{
    return of_text(result->off[i]);
}

static void put(FILE *out, json_t *value)
{
    /* A failed write shows in ferror, which the caller looks at once. */
    (void)json_dumpf(value, out, DUMP_FLAGS);
    json_decref(value);
}

/* One row a line, so that a change in one is a change in one line. */
static void put_list(FILE *out, const char *key, const struct cs_result *result, size_t n,
                     json_t *(*row)(const struct cs_result *, size_t))
{
    fprintf(out, ",\n\"%s\": [", key);
    for (size_t i = 0; i < n && !ferror(out); i++) {
        fputs(i == 0 ? "\n" : ",\n", out);
        put(out, row(result, i));
    }
    fputs("]", out);
}

int cs_report_json(const struct cs_result *result, FILE *out)
{
    fputs("{\"capsim\": 1,\n\"scenario\": ", out);
    put(out, of_scenario(result));
    fputs(",\n\"run\": ", out);
    put(out, of_run(result));
    put_list(out, "metrics", result, result->n_metrics, of_metric);
    put_list(out, "series", result, result->n_series, of_series);
    put_list(out, "slos", result, result->n_slos, of_slo);
    put_list(out, "caps", result, result->n_caps, of_cap);
    put_list(out, "checks", result, result->n_checks, of_check);
    put_list(out, "assumptions", result, result->n_assumptions, of_assumption);
    put_list(out, "off", result, result->n_off, of_off);
    fputs("}\n", out);
    return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
