/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_JSON_WRITER_H
#define CAPSIM_REPORT_JSON_WRITER_H

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "capsim/check.h"
#include "capsim/result.h"
#include "report/escape.h"

/* Values of result.json.  An absent number is null. */

/* Nine digits: far more than any interval supports, and a double read back from
 * them prints as the same nine. */
enum { DUMP_FLAGS = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9) };

static inline json_t *of_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static inline json_t *of_text(const char *text)
{
    char *clean = cs_utf8_clean(text);
    json_t *value = json_string(clean);

    free(clean);
    return value;
}

/* JSON integers end at 2^63 - 1 here; what passes it is written as text. */
static inline json_t *of_count(uint64_t count)
{
    char digits[32];

    if (count <= INT64_MAX)
        return json_integer((json_int_t)count);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    return json_string(digits);
}

static inline void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        cs_out_of_memory(sizeof(json_t *));
}

static inline void set_estimate(json_t *object, const struct cs_estimate *estimate)
{
    set(object, "mean", of_number(estimate->mean));
    set(object, "lo", of_number(estimate->lo));
    set(object, "hi", of_number(estimate->hi));
    set(object, "n", of_count(estimate->n));
}

static inline json_t *of_estimate(const struct cs_estimate *estimate)
{
    json_t *object = json_object();

    set_estimate(object, estimate);
    return object;
}

static inline json_t *of_labels(const struct cs_result_label *label, unsigned n)
{
    json_t *object = json_object();

    for (unsigned i = 0; i < n; i++) {
        char *key = cs_utf8_clean(label[i].key);

        set(object, key, of_text(label[i].value));
        free(key);
    }
    return object;
}

static inline json_t *of_numbers(const double *value, size_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(array, of_number(value[i])) != 0)
            cs_out_of_memory(sizeof(json_t *));
    return array;
}

static inline void put(FILE *out, json_t *value)
{
    /* A failed write shows in ferror, which the caller looks at once. */
    (void)json_dumpf(value, out, DUMP_FLAGS);
    json_decref(value);
}

/* One row a line, so that a change in one is a change in one line. */
static inline void put_list(FILE *out, const char *key, const struct cs_result *result,
                            size_t n, json_t *(*row)(const struct cs_result *, size_t))
{
    fprintf(out, ",\n\"%s\": [", key);
    for (size_t i = 0; i < n && !ferror(out); i++) {
        fputs(i == 0 ? "\n" : ",\n", out);
        put(out, row(result, i));
    }
    fputs("]", out);
}

/* explain, saturation, twins and inputs (json_explain.c). */
void cs_json_explain(const struct cs_result *result, FILE *out);

#endif
