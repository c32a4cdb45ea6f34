/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_DUMP_H
#define SCENARIO_DUMP_H

#include <stdio.h>

#include "capsim/scenario.h"

/*
 * A scenario's settings in one canonical text, a line each, with defaults
 * filled in and numbers at full precision (17 digits).  Comments, the order of
 * keys, units and includes do not show in it; only zones, regions and tiers
 * keep their order, because users are drawn and numbered along it.  Path and
 * title are not in it.
 */
struct cs_sink;
__attribute__((format(printf, 2, 3))) void cs_sink_print(struct cs_sink *sink, const char *fmt,
                                                         ...);
void cs_sink_dist(struct cs_sink *sink, const struct cs_dist *dist);
/* All rows of a map, under the sink's present path. */
struct cs_schema;
void cs_dump_map(struct cs_sink *sink, const struct cs_scenario *scenario,
                 const struct cs_schema *schema, const void *base);

/* SHA-256 of that text, in hex. */
void cs_dump_hash(const struct cs_scenario *scenario, char out[65]);

#endif
