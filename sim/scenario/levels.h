/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_LEVELS_H
#define SCENARIO_LEVELS_H

#include "capsim/scenario.h"

/*
 * The levels that an expression can name: those of the results, and what each
 * needs in the scenario to be there at all.
 */
enum cs_level_source {
    CS_LEVEL_FLEET,
    CS_LEVEL_CPU,
    CS_LEVEL_MEMORY,
    CS_LEVEL_POOL,
    CS_LEVEL_DATABASE,
    CS_LEVEL_BREAKER,
    CS_LEVEL_USERS
};

struct cs_level_name {
    const char *name;
    bool is_share;
    enum cs_level_source source;
};

extern const struct cs_level_name cs_levels[];
extern const size_t cs_levels_n;

/* NULL: no such level. */
const struct cs_level_name *cs_levels_find(const char *name);

/* Check the expressions of alerts and dashboards against the whole scenario:
 * that every level is there for what they are of. */
struct cs_bind;
void cs_validate_watches(struct cs_bind *bind);

#endif
