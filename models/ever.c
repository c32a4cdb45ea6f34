/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What there is a row for: rows are wired once, so whatever an event brings in
 * flight has its rows from the start.
 */
#include "platform.h"

static bool has(const struct cs_scenario *scenario, enum cs_mechanism what, uint32_t index,
                uint32_t database)
{
    switch (what) {
    case CS_HAS_RETRY:
        return scenario->clients.retry.exists;
    case CS_HAS_CPU:
        return scenario->fleet[index].vcpus > 0.0;
    case CS_HAS_MEMORY:
        return scenario->fleet[index].memory_bytes > 0.0;
    case CS_HAS_MEMORY_USE:
        return scenario->fleet[index].memory_use.exists;
    case CS_HAS_RULES:
        return scenario->fleet[index].n_scale_out > 0;
    case CS_HAS_POOL:
        return scenario->fleet[index].pool[database].exists;
    case CS_HAS_SERVER:
        return cs_server_shares(&scenario->database[database].server);
    case CS_HAS_PLACES:
        return cs_dependency_has_places(&scenario->dependency[index]);
    case CS_HAS_RATE:
        return cs_dependency_has_rate(&scenario->dependency[index]);
    case CS_HAS_BREAKER:
        return scenario->dependency[index].breaker.exists;
    }
    return false;
}

bool cs_scenario_ever_has(const struct cs_scenario *scenario, enum cs_mechanism what,
                          uint32_t index, uint32_t database)
{
    bool found = has(scenario, what, index, database);

    for (uint32_t v = 0; !found && v < scenario->n_versions; v++)
        found = has(scenario->version[v].scenario, what, index, database);
    return found;
}
