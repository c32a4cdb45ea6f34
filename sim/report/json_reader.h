/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_JSON_READER_H
#define CAPSIM_REPORT_JSON_READER_H

#include <jansson.h>

#include "capsim/result.h"

/*
 * Reads the members of a result's objects.  What is wrong gives an empty value.
 *
 * The first problem stops the reading: a result is written by a program, so
 * one wrong field says that the file is another thing.
 */
struct cs_reader {
    struct cs_result *result;
    const char *list; /* "metrics", with `row`: where a problem is */
    size_t row;
    char *error;
    size_t error_size;
    bool failed;
};

__attribute__((format(printf, 2, 3))) void cs_reader_fail(struct cs_reader *r, const char *fmt,
                                                          ...);
json_t *cs_reader_get(struct cs_reader *r, json_t *object, const char *key);
/* Strings are copied into the result's arena. */
const char *cs_reader_text_of(struct cs_reader *r, json_t *value, const char *key);
const char *cs_reader_text(struct cs_reader *r, json_t *object, const char *key);
/* null is NaN. */
double cs_reader_number_of(struct cs_reader *r, json_t *value, const char *key);
double cs_reader_number(struct cs_reader *r, json_t *object, const char *key);
uint64_t cs_reader_count(struct cs_reader *r, json_t *object, const char *key);
bool cs_reader_flag(struct cs_reader *r, json_t *object, const char *key);
/* The members mean, lo, hi and n of an object. */
struct cs_estimate cs_reader_estimate(struct cs_reader *r, json_t *object);
unsigned cs_reader_labels(struct cs_reader *r, json_t *object, struct cs_result_label *label);
/* An array of *n numbers, or of any length where *n is SIZE_MAX; sets *n. */
double *cs_reader_numbers(struct cs_reader *r, json_t *object, const char *key, size_t *n);

/* Rows of alerts and health (json_read_watch.c). */
void cs_reader_alert(struct cs_reader *r, json_t *row, size_t i);
void cs_reader_health(struct cs_reader *r, json_t *row, size_t i);
void cs_reader_event(struct cs_reader *r, json_t *row, size_t i);
/* Rows of explain, saturation, twins and inputs, and the head of the last
 * (json_explain.c). */
void cs_reader_stage(struct cs_reader *r, json_t *row, size_t i);
void cs_reader_resource(struct cs_reader *r, json_t *row, size_t i);
void cs_reader_twin(struct cs_reader *r, json_t *row, size_t i);
void cs_reader_input(struct cs_reader *r, json_t *row, size_t i);
void cs_reader_refitted(struct cs_reader *r, json_t *root);

#endif
