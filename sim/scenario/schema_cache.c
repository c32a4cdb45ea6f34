/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/schema_rows.h"

static const struct cs_field cdn_rows[] = {
    {.key = "hit_time",
     .type = CS_TYPE_DIST,
     .dim = CS_DIM_TIME,
     AT(cs_cdn_config, hit_time),
     .doc = "from sending to the last byte of an answer of the edge"},
};
SCHEMA(cs_schema_cdn, "cdn", cdn_rows, sizeof(struct cs_cdn_config));

static const struct cs_field keys_rows[] = {
    {.key = "count",
     COUNT,
     AT(cs_cache, keys),
     .min = 1,
     .max = 1e6,
     .flags = CS_REQUIRED,
     .doc = "how many there are"},
    {.key = "zipf",
     NUMBER,
     AT(cs_cache, zipf_exponent),
     .max = 20,
     .fallback = "0",
     .doc = "exponent of their popularity: weight rank^-zipf"},
};
SCHEMA(cs_schema_cache_keys, "keys", keys_rows, 0);

static const struct cs_field cache_rows[] = {
    {.key = "ttl",
     TIMES,
     AT(cs_cache, ttl),
     .flags = CS_REQUIRED | CS_POSITIVE,
     .doc = "how long an answer is fresh, from when it passes the edge"},
    {.key = "keys",
     CUSTOM(cache_keys),
     .offset = offsetof(struct cs_cache, keys),
     .fallback = "1",
     .flags = CS_FIXED,
     .child = &cs_schema_cache_keys,
     .json = "{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000},"
             "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
             "\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000},"
             "\"zipf\":{\"type\":\"number\",\"minimum\":0,\"maximum\":20}},"
             "\"required\":[\"count\"]}]}",
     .doc = "different things to ask for: a number, or {count, zipf}"},
    {.key = "stale_while_revalidate",
     TIMES,
     AT(cs_cache, stale_while_revalidate),
     .fallback = "0s",
     .doc = "for so long after that it is still answered, while one request refreshes it"},
};
SCHEMA(cs_schema_cache, "cache", cache_rows, sizeof(struct cs_cache));
