/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/schema_rows.h"

static const struct cs_field start_burst_rows[] = {
    {.key = "rate",
     .type = CS_TYPE_QUANTITY,
     .dim = CS_DIM_RATE,
     AT(cs_start_burst, rate_per_s),
     .min = 1e-8,
     .max = 1e8,
     .flags = CS_REQUIRED,
     .doc = "starts that are added over time"},
    {.key = "burst",
     COUNT,
     AT(cs_start_burst, burst),
     .min = 1,
     .max = 1e9,
     .flags = CS_REQUIRED,
     .doc = "starts at once, at most"},
};
SCHEMA(cs_schema_start_burst, "start burst", start_burst_rows, 0);

static const struct cs_field scale_rule_rows[] = {
    {.key = "when",
     CUSTOM(scale_when),
     AT(cs_scale_rule, measure),
     .flags = CS_REQUIRED,
     .json = "{\"type\":\"string\"}",
     .doc = "cpu, memory or slots, > or >=, and a share: cpu > 80%"},
    {.key = "for",
     TIMES,
     AT(cs_scale_rule, window),
     .max = 3600,
     .flags = CS_REQUIRED | CS_POSITIVE,
     .doc = "the trailing window that the mean is over"},
    {.key = "add",
     COUNT,
     AT(cs_scale_rule, add),
     .min = 1,
     .max = 1e6,
     .fallback = "1",
     .doc = "instances to start"},
    {.key = "cooldown",
     TIMES,
     AT(cs_scale_rule, cooldown),
     .fallback = "0s",
     .doc = "after starting some, the rule rests for so long"},
};
SCHEMA(cs_schema_scale_rule, "rule", scale_rule_rows, sizeof(struct cs_scale_rule));

#define SIZE .type = CS_TYPE_QUANTITY, .dim = CS_DIM_SIZE, .max = 0x1p50, .fallback = "0B"
static const struct cs_field memory_use_rows[] = {
    {.key = "base", SIZE, AT(cs_memory_use, base), .doc = "of an instance that serves nobody"},
    {.key = "per_request",
     SIZE,
     AT(cs_memory_use, per_request),
     .doc = "more for each request on it"},
    {.key = "per_connection",
     SIZE,
     AT(cs_memory_use, per_connection),
     .doc = "more for each connection of its pools, opening ones included"},
};
SCHEMA(cs_schema_memory_use, "memory use", memory_use_rows, 0);
