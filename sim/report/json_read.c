/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/report.h"
#include "report/human.h"

/* The first problem stops the reading: a result is written by a program, so
 * one wrong field says that the file is another thing. */
struct reader {
    struct cs_result *result;
    const char *list; /* "metrics", with `row`: where a problem is */
    size_t row;
    char *error;
    size_t error_size;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static void fail(struct reader *r, const char *fmt, ...)
{
    char text[192];
    va_list args;

    if (r->failed)
        return;
    r->failed = true;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (r->list == NULL)
        snprintf(r->error, r->error_size, "not a capsim result: %s", text);
    else
        snprintf(r->error, r->error_size, "not a capsim result: %s[%zu]: %s", r->list, r->row,
                 text);
}

static json_t *get(struct reader *r, json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL)
        fail(r, "\"%s\" is missing", key);
    return value;
}

static const char *text_of(struct reader *r, json_t *value, const char *key)
{
    if (!json_is_string(value)) {
        fail(r, "\"%s\" is not text", key);
        return "";
    }
    return cs_arena_strdup(r->result->arena, json_string_value(value));
}

static const char *text(struct reader *r, json_t *object, const char *key)
{
    return text_of(r, get(r, object, key), key);
}

static double number_of(struct reader *r, json_t *value, const char *key)
{
    if (json_is_null(value))
        return (double)NAN;
    if (!json_is_number(value))
        fail(r, "\"%s\" is not a number", key);
    return json_number_value(value);
}

static double number(struct reader *r, json_t *object, const char *key)
{
    return number_of(r, get(r, object, key), key);
}

static uint64_t count(struct reader *r, json_t *object, const char *key)
{
    json_t *value = get(r, object, key);

    if (json_is_integer(value) && json_integer_value(value) >= 0)
        return (uint64_t)json_integer_value(value);
    if (json_is_string(value)) {
        const char *digits = json_string_value(value);
        char *end;

        errno = 0;
        unsigned long long n = strtoull(digits, &end, 10);
        if (*digits >= '0' && *digits <= '9' && *end == '\0' && errno == 0)
            return n;
    }
    fail(r, "\"%s\" is not a count", key);
    return 0;
}

static bool flag(struct reader *r, json_t *object, const char *key)
{
    json_t *value = get(r, object, key);

    if (!json_is_boolean(value))
        fail(r, "\"%s\" is neither true nor false", key);
    return json_is_true(value);
}

static struct cs_estimate estimate_of(struct reader *r, json_t *object)
{
    return (struct cs_estimate){.mean = number(r, object, "mean"),
                                .lo = number(r, object, "lo"),
                                .hi = number(r, object, "hi"),
                                .n = (size_t)count(r, object, "n")};
}

static unsigned labels(struct reader *r, json_t *object, struct cs_result_label *label)
{
    json_t *all = get(r, object, "labels"), *value;
    const char *key;
    unsigned n = 0;

    if (!json_is_object(all) || json_object_size(all) > CS_RESULT_MAX_LABELS) {
        fail(r, "\"labels\" is not an object of at most %d", CS_RESULT_MAX_LABELS);
        return 0;
    }
    json_object_foreach(all, key, value)
    {
        label[n].key = cs_arena_strdup(r->result->arena, key);
        label[n].value = text_of(r, value, key);
        n++;
    }
    return n;
}

static double *numbers(struct reader *r, json_t *object, const char *key, size_t *n)
{
    json_t *array = get(r, object, key);
    size_t size = json_array_size(array);

    if (!json_is_array(array) || (*n != SIZE_MAX && *n != size)) {
        fail(r, "\"%s\" is not an array as long as the others", key);
        return NULL;
    }
    double *value = CS_ARENA_ARRAY(r->result->arena, double, size > 0 ? size : 1);

    for (size_t i = 0; i < size; i++)
        value[i] = number_of(r, json_array_get(array, i), key);
    *n = size;
    return value;
}

static void read_metric(struct reader *r, json_t *row, size_t i)
{
    struct cs_result_metric *metric = &r->result->metric[i];

    metric->name = text(r, row, "name");
    metric->n_labels = labels(r, row, metric->label);
    metric->stat = text(r, row, "stat");
    metric->unit = text(r, row, "unit");
    metric->value = estimate_of(r, row);
}

static void read_series(struct reader *r, json_t *row, size_t i)
{
    struct cs_result_series *series = &r->result->series[i];
    size_t n = SIZE_MAX;

    series->name = text(r, row, "name");
    series->n_labels = labels(r, row, series->label);
    series->stat = text(r, row, "stat");
    series->unit = text(r, row, "unit");
    series->t0_s = number(r, row, "t0");
    series->step_s = number(r, row, "step_s");
    if (!(series->step_s > 0) || !isfinite(series->t0_s))
        fail(r, "\"step_s\" is not above 0, or \"t0\" is missing");
    series->mean = numbers(r, row, "mean", &n);
    series->p5 = numbers(r, row, "p5", &n);
    series->p50 = numbers(r, row, "p50", &n);
    series->p95 = numbers(r, row, "p95", &n);
    series->n = n == SIZE_MAX ? 0 : n;
}

static enum cs_verdict verdict(struct reader *r, json_t *row)
{
    static const enum cs_verdict all[] = {CS_MET, CS_MISSED, CS_UNDECIDED, CS_NOT_EXERCISED};
    const char *word = text(r, row, "verdict");

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(word, cs_verdict_word(all[i])) == 0)
            return all[i];
    fail(r, "\"verdict\" is no verdict");
    return CS_UNDECIDED;
}

static void read_slo(struct reader *r, json_t *row, size_t i)
{
    struct cs_result_slo *slo = &r->result->slo[i];

    slo->name = text(r, row, "name");
    slo->target = text(r, row, "target");
    slo->of = text(r, row, "of");
    slo->window_s = number(r, row, "window_s");
    slo->threshold = number(r, row, "threshold");
    slo->unit = text(r, row, "unit");
    slo->value = estimate_of(r, get(r, row, "value"));
    slo->attainment = estimate_of(r, get(r, row, "attainment"));
    slo->attain = number(r, row, "attain");
    slo->windows = count(r, row, "windows");
    slo->windows_met = count(r, row, "windows_met");
    slo->gate = flag(r, row, "gate");
    slo->verdict = verdict(r, row);
    slo->note = text(r, row, "note");
}

static void read_cap(struct reader *r, json_t *row, size_t i)
{
    struct cs_result_cap *cap = &r->result->cap[i];

    cap->series = text(r, row, "series");
    cap->name = text(r, row, "name");
    cap->n_labels = labels(r, row, cap->label);
    cap->value = number(r, row, "value");
}

static void read_check(struct reader *r, json_t *row, size_t i)
{
    struct cs_result_check *check = &r->result->check[i];

    check->name = text(r, row, "name");
    check->ok = flag(r, row, "ok");
    check->detail = text(r, row, "detail");
}

static void read_assumption(struct reader *r, json_t *row, size_t i)
{
    r->result->assumption[i] = text_of(r, row, "assumptions");
}

static void read_off(struct reader *r, json_t *row, size_t i)
{
    r->result->off[i] = text_of(r, row, "off");
}

static json_t *list_of(struct reader *r, json_t *root, const char *key, size_t *n)
{
    json_t *array = get(r, root, key);

    if (!json_is_array(array))
        fail(r, "\"%s\" is not an array", key);
    *n = json_array_size(array);
    return array;
}

static void read_rows(struct reader *r, json_t *array, const char *key,
                      void (*row)(struct reader *, json_t *, size_t))
{
    r->list = key;
    for (r->row = 0; r->row < json_array_size(array) && !r->failed; r->row++)
        row(r, json_array_get(array, r->row), r->row);
    r->list = NULL;
}

static void read_head(struct reader *r, json_t *root)
{
    struct cs_result *result = r->result;
    json_t *scenario = get(r, root, "scenario"), *run = get(r, root, "run");

    if (count(r, root, "capsim") != 1)
        fail(r, "its format is not version 1");
    result->name = text(r, scenario, "name");
    result->title = text(r, scenario, "title");
    result->hash = text(r, scenario, "hash");
    result->version = text(r, run, "version");
    result->command = text(r, run, "command");
    if (!cs_clock_parse(text(r, run, "start"), &result->start_unix_s))
        fail(r, "\"start\" is not a time in UTC");
    result->duration_s = number(r, run, "duration_s");
    result->lead_in_s = number(r, run, "lead_in_s");
    result->sample_s = number(r, run, "sample_s");
    result->seed = count(r, run, "seed");
    result->replications = count(r, run, "replications");
    result->requests = count(r, run, "requests");
    result->events = count(r, run, "events");
}

#define READ_LIST(r, root, key, field, n_field, row)                                      \
    do {                                                                                  \
        json_t *list_ = list_of((r), (root), (key), &(r)->result->n_field);               \
        (r)->result->field = cs_arena_array((r)->result->arena, (r)->result->n_field + 1, \
                                            sizeof *(r)->result->field);                  \
        read_rows((r), list_, (key), (row));                                              \
    } while (0)

static void read_all(struct reader *r, json_t *root)
{
    read_head(r, root);
    READ_LIST(r, root, "metrics", metric, n_metrics, read_metric);
    READ_LIST(r, root, "series", series, n_series, read_series);
    READ_LIST(r, root, "slos", slo, n_slos, read_slo);
    READ_LIST(r, root, "caps", cap, n_caps, read_cap);
    READ_LIST(r, root, "checks", check, n_checks, read_check);
    READ_LIST(r, root, "assumptions", assumption, n_assumptions, read_assumption);
    READ_LIST(r, root, "off", off, n_off, read_off);
}

struct cs_result *cs_result_read(const char *path, char *error, size_t error_size)
{
    struct reader r = {.error = error, .error_size = error_size};
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
