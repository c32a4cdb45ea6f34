/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_SCHEMA_ROWS_H
#define SCENARIO_SCHEMA_ROWS_H

#include "scenario/schema.h"

/* Short forms for the rows of the table, and its parts that lie in other files. */
#define AT(type, member) \
    .offset = offsetof(struct type, member), .width = sizeof(((struct type *)0)->member)
#define SAME .offset = 0, .second = CS_NOWHERE
#define LATER(name, text)                               \
    {                                                   \
        .key = name, .type = CS_TYPE_LATER, .doc = text \
    }
#define LIKE                                                      \
    {                                                             \
        .key = "like", .type = CS_TYPE_LOADER, .flags = CS_FIXED, \
        .doc = "start from another of this section"               \
    }
#define SCHEMA(name, noun, rows, bytes) \
    const struct cs_schema name = {     \
        .what = noun, .field = rows, .n = sizeof rows / sizeof rows[0], .size = bytes}

#define TIMES .type = CS_TYPE_QUANTITY, .dim = CS_DIM_TIME
#define NUMBER .type = CS_TYPE_QUANTITY, .dim = CS_DIM_NUMBER
#define SHARE .type = CS_TYPE_QUANTITY, .dim = CS_DIM_SHARE, .max = 1
#define COUNT .type = CS_TYPE_COUNT
#define CUSTOM(name) .type = CS_TYPE_CUSTOM, .bind = cs_bind_##name, .dump = cs_dump_##name
#define JSON_SHARES \
    "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/share\"}}"
#define JSON_NUMBERS(n) \
    "{\"type\":\"array\",\"items\":{\"type\":\"number\"},\"minItems\":" n ",\"maxItems\":" n "}"

/* Beside the fixed keys, `databases.NAME`, in either notation. */
#define CS_PRICES_JSON                                                                   \
    "{\"type\":\"object\",\"properties\":{\"currency\":{\"type\":\"string\"},"           \
    "\"billed\":{\"enum\":[\"life\",\"busy\"]},\"databases\":{\"type\":\"object\","      \
    "\"additionalProperties\":{\"type\":\"string\"}}},\"patternProperties\":{"           \
    "\"^(gb_hour|cpu_hour|million_invocations|connection_hour)$\":{\"type\":\"number\"," \
    "\"minimum\":0},\"^databases[.]\":{\"type\":\"string\","                             \
    "\"pattern\":\"^[0-9.]+ ?/(hour|day|month)$\"}},\"additionalProperties\":false}"

extern const struct cs_schema cs_schema_limiter, cs_schema_database, cs_schema_dependency,
    cs_schema_fleet, cs_schema_inputs, cs_schema_alert, cs_schema_dashboard, cs_schema_zone,
    cs_schema_region, cs_schema_network, cs_schema_tier, cs_schema_function, cs_schema_source,
    cs_schema_clients, cs_schema_start_burst, cs_schema_memory_use, cs_schema_backoff,
    cs_schema_cdn, cs_schema_cache, cs_schema_prices;

#endif
