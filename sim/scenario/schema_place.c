/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/schema_rows.h"

static const struct cs_field zone_rows[] = {
    {.key = "share",
     SHARE,
     AT(cs_zone, share),
     .flags = CS_REQUIRED,
     .doc = "of all users; sums to 100% over the zones"},
    {.key = "utc_offset",
     .type = CS_TYPE_QUANTITY,
     .dim = CS_DIM_OFFSET,
     AT(cs_zone, utc_offset),
     .min = -12 * 3600.0,
     .max = 14 * 3600.0,
     .fallback = "0h",
     .doc = "the zone's clock against UTC"},
    LIKE,
};
SCHEMA(cs_schema_zone, "zone", zone_rows, sizeof(struct cs_zone));

static const struct cs_field region_rows[] = {
    {.key = "max_instances",
     COUNT,
     AT(cs_region, max_instances),
     .min = 1,
     .flags = CS_OR_UNLIMITED,
     .fallback = "unlimited",
     .doc = "instances of all its fleets together"},
    LIKE,
};
SCHEMA(cs_schema_region, "region", region_rows, sizeof(struct cs_region));

static const struct cs_choice routing_words[] = {{"nearest", CS_ROUTING_NEAREST},
                                                 {"weighted", CS_ROUTING_WEIGHTED},
                                                 {"failover", CS_ROUTING_FAILOVER},
                                                 {NULL, 0}};
static const struct cs_field network_rows[] = {
    {.key = "routing",
     .type = CS_TYPE_CHOICE,
     AT(cs_scenario, routing),
     .fallback = "nearest",
     .choice = routing_words,
     .doc = "which region takes a request, among those that are up"},
    {.key = "weights",
     CUSTOM(weights),
     .json = JSON_SHARES,
     .doc = "weighted: share of requests by region; sums to 100%; absent: all alike"},
    {.key = "order",
     CUSTOM(order),
     .json = "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":1}",
     .doc = "failover: regions, first choice first; absent: all, as declared"},
    {.key = "rtt",
     CUSTOM(rtt),
     .json = "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\","
             "\"additionalProperties\":{\"$ref\":\"#/$defs/time_dist\"}}}",
     .doc = "round-trip times between zones and regions, symmetric"},
};
SCHEMA(cs_schema_network, "network", network_rows, 0);

static const struct cs_field activity_rows[] = {
    {.key = "zipf",
     NUMBER,
     AT(cs_tier, zipf_exponent),
     .max = 20,
     .fallback = "0",
     .doc = "exponent: weight (rank + shift)^-zipf"},
    {.key = "shift",
     NUMBER,
     AT(cs_tier, zipf_shift),
     .max = 1e9,
     .fallback = "0",
     .doc = "added to the rank"},
};
static SCHEMA(activity, "activity", activity_rows, 0);

static const struct cs_field tier_rows[] = {
    {.key = "users",
     COUNT,
     AT(cs_tier, users),
     .min = 1,
     .max = 1e7,
     .flags = CS_REQUIRED,
     .doc = "how many there are"},
    {.key = "activity",
     .type = CS_TYPE_MAP,
     SAME,
     .child = &activity,
     .doc = "how unequally they ask; absent: all alike"},
    LIKE,
};
SCHEMA(cs_schema_tier, "tier", tier_rows, sizeof(struct cs_tier));
