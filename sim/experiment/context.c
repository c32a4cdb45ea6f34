/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

/* ---- caps beside series ---- */

static void add_cap(struct cs_result *result, const char *series, const char *name,
                    const char *key, const char *value, int64_t limit)
{
    if (limit == CS_UNLIMITED)
        return;
    struct cs_result_cap *cap = &result->cap[result->n_caps++];

    *cap = (struct cs_result_cap){.series = series, .name = name, .value = (double)limit};
    if (key != NULL) {
        cap->label[0] = (struct cs_result_label){key, cs_arena_strdup(result->arena, value)};
        cap->n_labels = 1;
    }
}

static void add_caps(struct cs_result *result, const struct cs_scenario *scenario)
{
    size_t most = 3 * (size_t)scenario->n_databases + scenario->n_regions;

    result->cap = CS_ARENA_ARRAY(result->arena, struct cs_result_cap, most);
    for (uint32_t d = 0; d < scenario->n_databases; d++) {
        const struct cs_database *database = &scenario->database[d];

        if (database->gateway.exists) {
            add_cap(result, "db_connections", "gateway max_clients", "database", database->name,
                    database->gateway.max_clients);
            add_cap(result, "db_backends_active", "gateway pool_size", "database",
                    database->name, database->gateway.pool_size);
        }
        if (database->server.exists)
            add_cap(result, database->gateway.exists ? "db_backends_active" : "db_connections",
                    "server max_connections", "database", database->name,
                    database->server.max_connections);
    }
    for (uint32_t r = 0; scenario->regions_declared && r < scenario->n_regions; r++)
        add_cap(result, "instances", "region max_instances", "region", scenario->region[r].name,
                scenario->region[r].max_instances);
}

/* ---- what was taken for granted ---- */

static const char *reuse_text(enum cs_reuse reuse)
{
    switch (reuse) {
    case CS_REUSE_LAST_USED:
        return "last used";
    case CS_REUSE_LONGEST_IDLE:
        return "longest idle";
    case CS_REUSE_NEWEST:
        return "newest";
    case CS_REUSE_OLDEST:
        return "oldest";
    case CS_REUSE_RANDOM:
        return "random";
    case CS_REUSE_LEAST_BUSY:
        return "least busy";
    case CS_REUSE_ROUND_ROBIN:
        return "round robin";
    }
    return "";
}

const char *cs_build_span(struct cs_arena *arena, cs_time t)
{
    static const struct {
        cs_time length;
        const char *name;
    } unit[] = {{CS_DAY, "d"}, {CS_HOUR, "h"}, {CS_MIN, "min"}, {CS_S, "s"}};
    size_t i = 0;

    while (i < 3 && t < unit[i].length)
        i++;
    return cs_arena_printf(arena, "%.4g %s", (double)t / (double)unit[i].length, unit[i].name);
}

static void assume(struct cs_result *result, const char *sentence)
{
    result->assumption[result->n_assumptions++] = sentence;
}

static void assume_fleets(struct cs_result *result, const struct cs_scenario *scenario)
{
    for (uint32_t f = 0; f < scenario->n_fleets; f++) {
        const struct cs_fleet *fleet = &scenario->fleet[f];

        assume(result,
               cs_arena_printf(result->arena,
                               "Fleet %s: the warm instance to be reused is the %s one; "
                               "%u request%s at once on an instance.",
                               fleet->name, reuse_text(fleet->reuse), fleet->concurrency,
                               fleet->concurrency == 1 ? "" : "s"));
    }
}

static void add_assumptions(struct cs_result *result, const struct cs_scenario *scenario)
{
    const struct cs_horizon *horizon = &scenario->horizon;
    const char **warnings;
    size_t n = cs_scenario_warnings(scenario, result->arena, &warnings);

    result->assumption =
        CS_ARENA_ARRAY(result->arena, const char *, 2 + scenario->n_fleets + n);
    assume(result,
           cs_arena_printf(result->arena,
                           scenario->horizon.is_steady
                               ? "Steady state: the same load for ever, seen through "
                                 "replications of %s each, begun %s earlier (lead-in%s) with "
                                 "empty queues."
                               : "Terminating windows: each replication is the same %s, begun "
                                 "%s earlier (lead-in%s) with empty queues, and is independent "
                                 "of the others.",
                           cs_build_span(result->arena, horizon->duration),
                           cs_build_span(result->arena, horizon->lead_in),
                           horizon->lead_in_is_auto ? ", chosen by the program" : ""));
    assume(result,
           result->explain.bootstraps == 0
               ? "Inputs are taken as exact: intervals are of the simulation alone."
               : "Distributions with n are uncertain, their effect is shown apart; every other "
                 "input is taken as exact.");
    assume_fleets(result, scenario);
    for (size_t i = 0; i < n; i++)
        assume(result, warnings[i]);
}

void cs_build_context(struct cs_result *result, const struct cs_scenario *scenario)
{
    add_caps(result, scenario);
    add_assumptions(result, scenario);
    result->n_off = cs_scenario_off(scenario, result->arena, &result->off);
}
