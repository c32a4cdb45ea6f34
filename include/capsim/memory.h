/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MEMORY_H
#define CAPSIM_MEMORY_H

#include "capsim/scenario.h"

/*
 * The most memory, in bytes, that an instance of the fleet can come to need: with
 * all its slots taken, and in each pool that its functions use a connection for
 * each of them, as far as the pool goes.  0 without `memory_use`.
 */
static inline double cs_memory_most(const struct cs_scenario *scenario, uint32_t fleet)
{
    const struct cs_fleet *config = &scenario->fleet[fleet];
    const struct cs_memory_use *use = &config->memory_use;
    double connections = 0.0;

    if (!use->exists)
        return 0.0;
    for (uint32_t d = 0; d < scenario->n_databases; d++) {
        const struct cs_pool_config *pool = &config->pool[d];
        bool is_used = false;

        for (uint32_t f = 0; f < scenario->n_functions; f++)
            for (uint32_t i = 0; i < scenario->function[f].n_steps; i++)
                is_used |= scenario->function[f].fleet == fleet &&
                           scenario->function[f].step[i].kind == CS_STEP_QUERY &&
                           scenario->function[f].step[i].target == d;
        if (is_used && pool->exists)
            connections += pool->max < config->concurrency ? pool->max : config->concurrency;
    }
    return use->base + use->per_request * config->concurrency +
           use->per_connection * connections;
}

#endif
