/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/schema_rows.h"

static const struct cs_field source_rows[] = {
    {.key = "rate",
     .type = CS_TYPE_QUANTITY,
     .dim = CS_DIM_RATE,
     AT(cs_source, rate_per_s),
     .max = 1e7,
     .flags = CS_REQUIRED,
     .doc = "requests, as the mean over the shape"},
    {.key = "daily",
     CUSTOM(daily),
     .json = JSON_NUMBERS("24"),
     .doc = "24 hourly points of each zone's clock, joined linearly; scaled to mean 1"},
    {.key = "weekly",
     CUSTOM(weekly),
     .json = JSON_NUMBERS("7"),
     .doc = "factors from Monday to Sunday; scaled to mean 1"},
    {.key = "mix",
     CUSTOM(mix),
     .json = JSON_SHARES,
     .flags = CS_REQUIRED,
     .doc = "functions and their shares"},
    {.key = "tiers",
     CUSTOM(source_tiers),
     .json = "{\"oneOf\":[{\"const\":\"none\"}," JSON_SHARES "]}",
     .doc = "tiers and their shares; `none`: anonymous"},
    LATER("profile", "the rate point by point"),
    LATER("users", "closed traffic"),
    LATER("session", "what a virtual user does"),
    LATER("new_user", "when a virtual user changes"),
    LATER("trace", "replay of a file"),
    LATER("growth", "over months"),
    LATER("calendar", "factors of single days"),
    LATER("day_factor", "days that differ more than Poisson says"),
    LATER("burst", "two-state modulation"),
    LIKE,
};
SCHEMA(cs_schema_source, "traffic source", source_rows, sizeof(struct cs_source));

static const struct cs_field clients_rows[] = {
    {.key = "patience",
     .type = CS_TYPE_DIST,
     .dim = CS_DIM_TIME,
     AT(cs_clients, patience),
     .flags = CS_OR_UNLIMITED,
     .doc = "a client gives up after it; absent: never"},
    LATER("retry", "clients that ask again"),
};
SCHEMA(cs_schema_clients, "clients", clients_rows, 0);
