/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/schema_rows.h"

static const struct cs_choice new_user_words[] = {{"never", 0}, {"iteration", 1}, {NULL, 0}};

#define JSON_GROWTH                                                   \
    "{\"anyOf\":[{\"$ref\":\"#/$defs/growth\"},{\"type\":\"object\"," \
    "\"minProperties\":2,\"additionalProperties\":{\"$ref\":\"#/$defs/growth\"}}]}"
#define JSON_CALENDAR \
    "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\",\"minimum\":0}}"
#define JSON_POINTS                                                                    \
    "{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"array\",\"minItems\":2," \
    "\"maxItems\":2}}"

/* The shortest sojourn and repetition: each costs a draw of arrivals. */
#define SHORTEST 1e-3

static const struct cs_field burst_rows[] = {
    {.key = "factor",
     NUMBER,
     AT(cs_burst, factor),
     .min = 1,
     .max = 1e6,
     .flags = CS_REQUIRED,
     .doc = "of the rate in the high state"},
    {.key = "high",
     TIMES,
     AT(cs_burst, high),
     .min = SHORTEST,
     .max = 366 * 86400.0,
     .flags = CS_REQUIRED,
     .doc = "mean time in the high state"},
    {.key = "low",
     TIMES,
     AT(cs_burst, low),
     .min = SHORTEST,
     .max = 366 * 86400.0,
     .flags = CS_REQUIRED,
     .doc = "mean time in the low state"},
};
SCHEMA(cs_schema_burst, "burst", burst_rows, 0);

static const struct cs_choice joins[] = {{"linear", false}, {"step", true}, {NULL, 0}};

static const struct cs_field profile_rows[] = {
    {.key = "points",
     CUSTOM(points),
     .flags = CS_REQUIRED,
     .json = JSON_POINTS,
     .doc = "[time, rate] each, times from the start of the measured window"},
    {.key = "join",
     .type = CS_TYPE_CHOICE,
     AT(cs_profile, is_step),
     .choice = joins,
     .fallback = "linear",
     .doc = "how points are joined: `linear` or `step`"},
    {.key = "repeat",
     TIMES,
     AT(cs_profile, repeat),
     .min = SHORTEST,
     .max = 366 * 86400.0,
     .doc = "after this time it begins again; absent: the last value holds"},
};
SCHEMA(cs_schema_profile, "profile", profile_rows, 0);

static const struct cs_field trace_rows[] = {
    {.key = "file",
     CUSTOM(trace_file),
     .flags = CS_FIXED | CS_REQUIRED,
     .json = "{\"type\":\"string\"}",
     .doc = "CSV whose first row names its columns: time, function, tier, user, zone"},
};
static SCHEMA(trace, "trace", trace_rows, 0);

/* What says how many come: one of them. */
static const char *const demand[] = {"rate", "profile", "users", "trace", NULL};
static const char *const without_mix[] = {"users", "session", "trace", NULL};

static const struct cs_field source_rows[] = {
    {.key = "rate",
     CUSTOM(source_rate),
     .json = "{\"$ref\":\"#/$defs/rate\"}",
     .doc = "requests, as the mean over the shape"},
    {.key = "profile",
     .type = CS_TYPE_MAP,
     .offset = offsetof(struct cs_source, profile),
     .second = CS_NOWHERE,
     .child = &cs_schema_profile,
     .doc = "the rate point by point"},
    {.key = "daily",
     CUSTOM(daily),
     .json = JSON_NUMBERS("24"),
     .doc = "24 hourly points of each zone's clock, joined linearly; scaled to mean 1"},
    {.key = "weekly",
     CUSTOM(weekly),
     .json = JSON_NUMBERS("7"),
     .doc = "factors from Monday to Sunday; scaled to mean 1"},
    {.key = "growth",
     CUSTOM(growth),
     .json = JSON_GROWTH,
     .doc = "compounds from horizon.start on; quantiles: drawn once a replication"},
    {.key = "calendar",
     CUSTOM(calendar),
     .json = JSON_CALENDAR,
     .doc = "factors of single days of each zone's clock"},
    {.key = "day_factor",
     .type = CS_TYPE_DIST,
     .dim = CS_DIM_NUMBER,
     AT(cs_source, day_factor),
     .max = 1e6,
     .doc = "one factor a day (of UTC): days differ more than Poisson says"},
    {.key = "burst",
     .type = CS_TYPE_MAP,
     .offset = offsetof(struct cs_source, burst),
     .second = offsetof(struct cs_source, burst.exists),
     .child = &cs_schema_burst,
     .doc = "extra load at times: two-state modulation"},
    {.key = "mix",
     CUSTOM(mix),
     .json = JSON_SHARES,
     .flags = CS_REQUIRED,
     .unless = without_mix,
     .doc = "functions and their shares"},
    {.key = "tiers",
     CUSTOM(source_tiers),
     .json = "{\"oneOf\":[{\"const\":\"none\"}," JSON_SHARES "]}",
     .doc = "tiers and their shares; `none`: anonymous"},
    /* After mix and tiers, which stand in for what its rows do not say. */
    {.key = "trace",
     .type = CS_TYPE_MAP,
     SAME,
     .child = &trace,
     .flags = CS_FIXED,
     .doc = "replay of a file, a row a request"},
    {.key = "users",
     CUSTOM(users),
     .flags = CS_FIXED,
     .json = "{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"object\"}]}",
     .doc = "closed traffic: virtual users; or {start, stages: [{duration, target}]}"},
    {.key = "session",
     CUSTOM(session),
     .flags = CS_FIXED,
     .json = "{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"object\"]}}",
     .doc =
         "what a virtual user does, again and again: functions, {think}, {repeat}, {with, do}"},
    {.key = "new_user",
     .type = CS_TYPE_CHOICE,
     AT(cs_source, users.new_each_iteration),
     .flags = CS_FIXED,
     .fallback = "never",
     .choice = new_user_words,
     .doc = "when a virtual user becomes somebody else"},
    LIKE,
};
const struct cs_schema cs_schema_source = {.what = "traffic source",
                                           .field = source_rows,
                                           .n = sizeof source_rows / sizeof source_rows[0],
                                           .size = sizeof(struct cs_source),
                                           .one_of = demand};

static const struct cs_field retry_rows[] = {
    {.key = "codes",
     CUSTOM(retry_codes),
     .json = "{\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":\"integer\",\"minimum\":400,"
             "\"maximum\":599},{\"const\":\"gave_up\"}]}}",
     .flags = CS_REQUIRED,
     .doc = "answers after which a client asks again; gave_up: after its patience"},
    {.key = "max",
     COUNT,
     AT(cs_client_retry, max),
     .max = 100,
     .flags = CS_REQUIRED,
     .doc = "beyond the first attempt"},
    {.key = "backoff",
     .type = CS_TYPE_MAP,
     .offset = offsetof(struct cs_client_retry, backoff),
     .second = CS_NOWHERE,
     .child = &cs_schema_backoff,
     .doc = "delays between attempts"},
    {.key = "honour_retry_after",
     .type = CS_TYPE_BOOL,
     AT(cs_client_retry, honour_retry_after),
     .fallback = "true",
     .doc = "the answer's Retry-After, where there is one, in place of the backoff"},
};
static SCHEMA(retry, "retry", retry_rows, 0);

static const struct cs_field clients_rows[] = {
    {.key = "patience",
     .type = CS_TYPE_DIST,
     .dim = CS_DIM_TIME,
     AT(cs_clients, patience),
     .flags = CS_OR_UNLIMITED,
     .doc = "a client gives up after it; absent: never"},
    {.key = "retry",
     .type = CS_TYPE_MAP,
     .offset = offsetof(struct cs_clients, retry),
     .second = offsetof(struct cs_clients, retry.exists),
     .child = &retry,
     .doc = "clients that ask again; absent: they do not"},
};
SCHEMA(cs_schema_clients, "clients", clients_rows, 0);
