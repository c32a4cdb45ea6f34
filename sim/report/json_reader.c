/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/json_reader.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"

void cs_reader_fail(struct cs_reader *r, const char *fmt, ...)
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

json_t *cs_reader_get(struct cs_reader *r, json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL)
        cs_reader_fail(r, "\"%s\" is missing", key);
    return value;
}

const char *cs_reader_text_of(struct cs_reader *r, json_t *value, const char *key)
{
    if (!json_is_string(value)) {
        cs_reader_fail(r, "\"%s\" is not text", key);
        return "";
    }
    return cs_arena_strdup(r->result->arena, json_string_value(value));
}

const char *cs_reader_text(struct cs_reader *r, json_t *object, const char *key)
{
    return cs_reader_text_of(r, cs_reader_get(r, object, key), key);
}

double cs_reader_number_of(struct cs_reader *r, json_t *value, const char *key)
{
    if (json_is_null(value))
        return (double)NAN;
    if (!json_is_number(value))
        cs_reader_fail(r, "\"%s\" is not a number", key);
    return json_number_value(value);
}

double cs_reader_number(struct cs_reader *r, json_t *object, const char *key)
{
    return cs_reader_number_of(r, cs_reader_get(r, object, key), key);
}

uint64_t cs_reader_count(struct cs_reader *r, json_t *object, const char *key)
{
    json_t *value = cs_reader_get(r, object, key);

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
    cs_reader_fail(r, "\"%s\" is not a count", key);
    return 0;
}

bool cs_reader_flag(struct cs_reader *r, json_t *object, const char *key)
{
    json_t *value = cs_reader_get(r, object, key);

    if (!json_is_boolean(value))
        cs_reader_fail(r, "\"%s\" is neither true nor false", key);
    return json_is_true(value);
}

struct cs_estimate cs_reader_estimate(struct cs_reader *r, json_t *object)
{
    return (struct cs_estimate){.mean = cs_reader_number(r, object, "mean"),
                                .lo = cs_reader_number(r, object, "lo"),
                                .hi = cs_reader_number(r, object, "hi"),
                                .n = (size_t)cs_reader_count(r, object, "n")};
}

unsigned cs_reader_labels(struct cs_reader *r, json_t *object, struct cs_result_label *label)
{
    json_t *all = cs_reader_get(r, object, "labels"), *value;
    const char *key;
    unsigned n = 0;

    if (!json_is_object(all) || json_object_size(all) > CS_RESULT_MAX_LABELS) {
        cs_reader_fail(r, "\"labels\" is not an object of at most %d", CS_RESULT_MAX_LABELS);
        return 0;
    }
    json_object_foreach(all, key, value)
    {
        label[n].key = cs_arena_strdup(r->result->arena, key);
        label[n].value = cs_reader_text_of(r, value, key);
        n++;
    }
    return n;
}

double *cs_reader_numbers(struct cs_reader *r, json_t *object, const char *key, size_t *n)
{
    json_t *array = cs_reader_get(r, object, key);
    size_t size = json_array_size(array);

    if (!json_is_array(array) || (*n != SIZE_MAX && *n != size)) {
        cs_reader_fail(r, "\"%s\" is not an array as long as the others", key);
        return NULL;
    }
    double *value = CS_ARENA_ARRAY(r->result->arena, double, size > 0 ? size : 1);

    for (size_t i = 0; i < size; i++)
        value[i] = cs_reader_number_of(r, json_array_get(array, i), key);
    *n = size;
    return value;
}
