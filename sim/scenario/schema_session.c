/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/schema_rows.h"

/* Closed traffic: how many virtual users, and what each does. */

/* Its owner dumps what becomes of it. */
#define DRAFT(name) .type = CS_TYPE_CUSTOM, .bind = cs_bind_##name

static const struct cs_field stage_rows[] = {
    {.key = "duration",
     TIMES,
     AT(cs_stage_of_users, duration),
     .flags = CS_REQUIRED,
     .doc = "how long the way to the target takes"},
    {.key = "target",
     COUNT,
     AT(cs_stage_of_users, target),
     .max = 1e6,
     .flags = CS_REQUIRED,
     .doc = "virtual users at its end"},
};
SCHEMA(cs_schema_stage, "stage", stage_rows, sizeof(struct cs_stage_of_users));

static const struct cs_field users_rows[] = {
    {.key = "start",
     COUNT,
     AT(cs_users, start),
     .max = 1e6,
     .fallback = "0",
     .doc = "virtual users before the first stage"},
    {.key = "stages",
     DRAFT(stages),
     .json = "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}",
     .flags = CS_REQUIRED,
     .doc = "straight lines from one number of users to the next"},
};
SCHEMA(cs_schema_users, "users", users_rows, 0);

static const struct cs_field repeat_rows[] = {
    {.key = "do",
     DRAFT(session_body),
     .json = "{\"type\":\"array\"}",
     .flags = CS_REQUIRED,
     .doc = "what is done each time"},
    {.key = "min",
     COUNT,
     AT(cs_repeat_draft, min),
     .max = 65535,
     .fallback = "0",
     .doc = "rounds at least; uniform between min and max"},
    {.key = "max",
     COUNT,
     AT(cs_repeat_draft, max),
     .min = 1,
     .max = 65535,
     .doc = "rounds at most"},
    {.key = "count",
     COUNT,
     AT(cs_repeat_draft, count),
     .min = 1,
     .max = 65535,
     .doc = "rounds, in place of min and max"},
};
SCHEMA(cs_schema_repeat, "repeat", repeat_rows, sizeof(struct cs_repeat_draft));

static const struct cs_field session_rows[] = {
    {.key = "do",
     DRAFT(session_body),
     .json = "{\"type\":\"array\"}",
     .doc = "what is done with that probability"},
    {.key = "think",
     .type = CS_TYPE_DIST,
     .dim = CS_DIM_TIME,
     AT(cs_session_draft, think),
     .doc = "a pause"},
    {.key = "with", SHARE, AT(cs_session_draft, with), .doc = "the probability of `do`"},
    {.key = "repeat",
     DRAFT(session_repeat),
     .json = "{\"type\":\"object\"}",
     .doc = "`do` several times"},
};
SCHEMA(cs_schema_session, "session step", session_rows, sizeof(struct cs_session_draft));
