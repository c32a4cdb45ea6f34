/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/schema_rows.h"

#define PART(name)                                                  \
    .type = CS_TYPE_MAP, .offset = offsetof(struct cs_event, name), \
    .second = offsetof(struct cs_event, name.exists)
#define OF(struct_name, member, section) \
    .type = CS_TYPE_REF, AT(struct_name, member), .to = CS_SECTION_##section

static const struct cs_field deploy_rows[] = {
    {.key = "fleets",
     CUSTOM(deploy_fleets),
     .json = "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",
     .doc = "which; absent: all"},
    {.key = "rolling",
     TIMES,
     AT(cs_deploy, rolling),
     .max = 30 * 86400.0,
     .fallback = "0s",
     .doc = "instances are replaced evenly over this time; 0s: at once"},
};
SCHEMA(cs_schema_deploy, "deployment", deploy_rows, 0);

static const struct cs_field slow_rows[] = {
    {.key = "queries",
     NUMBER,
     AT(cs_slowness, queries),
     .max = 1e6,
     .flags = CS_POSITIVE,
     .fallback = "1",
     .doc = "factor on the time of queries"},
    {.key = "calls",
     NUMBER,
     AT(cs_slowness, calls),
     .max = 1e6,
     .flags = CS_POSITIVE,
     .fallback = "1",
     .doc = "factor on the time of calls"},
    {.key = "cpu",
     NUMBER,
     AT(cs_slowness, cpu),
     .max = 1e6,
     .flags = CS_POSITIVE,
     .fallback = "1",
     .doc = "factor on CPU time"},
    {.key = "database",
     OF(cs_slowness, database, DATABASES),
     .doc = "of the queries; absent: all"},
    {.key = "dependency",
     OF(cs_slowness, dependency, DEPENDENCIES),
     .doc = "of the calls; absent: all"},
    {.key = "fleet", OF(cs_slowness, fleet, FLEETS), .doc = "of the CPU time; absent: all"},
};
static SCHEMA(slow, "slowness", slow_rows, 0);

static const struct cs_field outage_rows[] = {
    {.key = "region",
     OF(cs_outage, region, REGIONS),
     .doc = "its instances; databases stay up"},
    {.key = "database", OF(cs_outage, database, DATABASES), .doc = "its server"},
    {.key = "dependency", OF(cs_outage, dependency, DEPENDENCIES), .doc = "every call fails"},
};
static SCHEMA(outage, "outage", outage_rows, 0);

static const struct cs_field burst_rows[] = {
    {.key = "fleet", OF(cs_error_burst, fleet, FLEETS), .doc = "absent: all"},
    {.key = "rate",
     SHARE,
     AT(cs_error_burst, rate),
     .flags = CS_REQUIRED | CS_POSITIVE,
     .doc = "share of its requests that fail"},
    {.key = "code",
     COUNT,
     AT(cs_error_burst, code),
     .min = 400,
     .max = 599,
     .fallback = "500",
     .doc = "their answer"},
    {.key = "rollback",
     .type = CS_TYPE_BOOL,
     AT(cs_error_burst, rollback),
     .fallback = "false",
     .doc = "a deployment of the fleet ends it"},
};
static SCHEMA(burst, "error burst", burst_rows, 0);

static const struct cs_field leak_rows[] = {
    {.key = "database",
     OF(cs_leak, database, DATABASES),
     .flags = CS_REQUIRED,
     .doc = "whose connections"},
    {.key = "probability",
     SHARE,
     AT(cs_leak, probability),
     .flags = CS_REQUIRED | CS_POSITIVE,
     .doc = "that one is not given back after its use"},
};
static SCHEMA(leak, "leak", leak_rows, 0);

static const struct cs_field attack_rows[] = {
    {.key = "rate",
     .type = CS_TYPE_QUANTITY,
     .dim = CS_DIM_RATE,
     AT(cs_attack_draft, source.rate_per_s),
     .max = 1e7,
     .flags = CS_REQUIRED,
     .doc = "of its requests, on top of the traffic"},
    {.key = "users",
     COUNT,
     AT(cs_attack_draft, users),
     .min = 1,
     .max = 1e7,
     .doc = "who send them, all alike and nobody else; absent: anonymous"},
    {.key = "tier", OF(cs_attack_draft, tier, TIERS), .doc = "of its users; absent: the first"},
    {.key = "mix",
     CUSTOM(mix),
     .json = JSON_SHARES,
     .flags = CS_REQUIRED,
     .doc = "functions and their shares"},
};
SCHEMA(cs_schema_attack, "attack", attack_rows, 0);

static const struct cs_field event_rows[] = {
    {.key = "name", .type = CS_TYPE_TEXT, AT(cs_event, name), .doc = "in results and figures"},
    {.key = "at",
     CUSTOM(event_at),
     AT(cs_event, at),
     .flags = CS_REQUIRED,
     .json = "{\"type\":\"string\"}",
     .doc = "from the window's start (+20m), or the next such clock time, UTC (\"09:30\")"},
    {.key = "for",
     TIMES,
     AT(cs_event, length),
     .flags = CS_POSITIVE | CS_OR_UNLIMITED,
     .fallback = "unlimited",
     .doc = "how long it lasts"},
    {.key = "deploy",
     CUSTOM(deploy),
     .offset = offsetof(struct cs_event, deploy),
     .child = &cs_schema_deploy,
     .json = "{\"anyOf\":[{\"const\":\"all\"},{\"type\":\"object\"}]}",
     .doc = "new instances for old ones: `all`, or {fleets, rolling}"},
    {.key = "slow", PART(slow), .child = &slow, .doc = "factors on times"},
    {.key = "outage", PART(outage), .child = &outage, .doc = "what is down"},
    {.key = "error_burst", PART(error_burst), .child = &burst, .doc = "a bad deployment"},
    {.key = "leak", PART(leak), .child = &leak, .doc = "connections that stay in use"},
    {.key = "attack",
     CUSTOM(attack),
     AT(cs_event, has_attack),
     .child = &cs_schema_attack,
     .json = "{\"type\":\"object\"}",
     .doc = "one more open source, with users of its own"},
    {.key = "set",
     CUSTOM(set),
     AT(cs_event, has_set),
     .json = "{\"type\":\"object\"}",
     .doc = "settings by their path, from then on"},
};
SCHEMA(cs_schema_event, "event", event_rows, sizeof(struct cs_event));
