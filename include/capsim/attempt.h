/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_ATTEMPT_H
#define CAPSIM_ATTEMPT_H

#include "capsim/scenario.h"

/* An attempt at the dependency can fail, for a reason that the scenario gives: for
 * one that leaves time for another, or at all. */
static inline bool cs_scenario_attempt_can_err(const struct cs_scenario *scenario,
                                               uint32_t dependency)
{
    const struct cs_dependency *d = &scenario->dependency[dependency];
    bool is_ever_down = false;

    for (uint32_t i = 0; i < scenario->n_events; i++)
        is_ever_down |= scenario->event[i].outage.exists &&
                        scenario->event[i].outage.dependency == dependency;
    return is_ever_down || d->error_rate > 0.0 || d->max_concurrency != CS_UNLIMITED ||
           d->rate_limit_per_s < (double)CS_UNLIMITED;
}

static inline bool cs_scenario_attempt_can_fail(const struct cs_scenario *scenario,
                                                uint32_t dependency)
{
    return cs_scenario_attempt_can_err(scenario, dependency) ||
           scenario->dependency[dependency].timeout != CS_NEVER;
}

#endif
