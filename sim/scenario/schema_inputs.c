/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/schema_rows.h"

static const struct cs_field inputs_rows[] = {
    {.key = "bootstraps",
     COUNT,
     AT(cs_inputs, bootstraps),
     .max = 10000,
     .fallback = "50",
     .doc = "scenarios with refitted distributions; 0: inputs are taken as exact"},
    {.key = "replications",
     COUNT,
     AT(cs_inputs, replications),
     .min = 2,
     .max = 1000,
     .fallback = "2",
     .doc = "of each of these scenarios"},
};
SCHEMA(cs_schema_inputs, "inputs", inputs_rows, 0);
