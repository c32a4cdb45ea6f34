/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/levels.h"

#include <string.h>

#include "scenario/bind.h"

const struct cs_level_name cs_levels[] = {
    {"instances", false, CS_LEVEL_FLEET},
    {"instance_queue", false, CS_LEVEL_FLEET},
    {"slot_utilization", true, CS_LEVEL_FLEET},
    {"cpu_utilization", true, CS_LEVEL_CPU},
    {"memory_utilization", true, CS_LEVEL_MEMORY},
    {"db_pool_utilization", true, CS_LEVEL_POOL},
    {"db_pool_open_utilization", true, CS_LEVEL_POOL},
    {"db_pool_total_connections", false, CS_LEVEL_POOL},
    {"db_pool_active_connections", false, CS_LEVEL_POOL},
    {"db_pool_idle_connections", false, CS_LEVEL_POOL},
    {"db_pool_waiting_requests", false, CS_LEVEL_POOL},
    {"db_connections_potential", false, CS_LEVEL_POOL},
    {"db_connections", false, CS_LEVEL_DATABASE},
    {"db_backends_active", false, CS_LEVEL_DATABASE},
    {"db_backends_waiting", false, CS_LEVEL_DATABASE},
    {"breaker_open", false, CS_LEVEL_BREAKER},
    {"virtual_users", false, CS_LEVEL_USERS},
};
const size_t cs_levels_n = sizeof cs_levels / sizeof cs_levels[0];

const struct cs_level_name *cs_levels_find(const char *name)
{
    for (size_t i = 0; i < cs_levels_n; i++)
        if (strcmp(cs_levels[i].name, name) == 0)
            return &cs_levels[i];
    return NULL;
}

static bool has_pool(const struct cs_scenario *s, const struct cs_subject *of)
{
    for (uint32_t f = 0; f < s->n_fleets; f++)
        for (uint32_t d = 0; d < s->n_databases; d++)
            if (s->fleet[f].pool[d].exists && (of->of != CS_OF_FLEET || of->index == f) &&
                (of->of != CS_OF_DATABASE || of->index == d))
                return true;
    return false;
}

static bool has_cpu(const struct cs_scenario *s, const struct cs_subject *of)
{
    for (uint32_t f = 0; f < s->n_fleets; f++)
        if (s->fleet[f].vcpus > 0 && (of->of != CS_OF_FLEET || of->index == f))
            return true;
    return false;
}

static bool has_memory(const struct cs_scenario *s, const struct cs_subject *of)
{
    for (uint32_t f = 0; f < s->n_fleets; f++)
        if (s->fleet[f].memory_use.exists && (of->of != CS_OF_FLEET || of->index == f))
            return true;
    return false;
}

static bool has_breaker(const struct cs_scenario *s, const struct cs_subject *of)
{
    for (uint32_t d = 0; d < s->n_dependencies; d++)
        if (s->dependency[d].breaker.exists && (of->of != CS_OF_DEPENDENCY || of->index == d))
            return true;
    return false;
}

static bool has_virtual_users(const struct cs_scenario *s)
{
    for (uint32_t i = 0; i < s->n_sources; i++)
        if (s->source[i].users.exists)
            return true;
    return false;
}

static bool is_there(const struct cs_scenario *s, const struct cs_level_name *level,
                     const struct cs_subject *of)
{
    switch (level->source) {
    case CS_LEVEL_FLEET:
        return true;
    case CS_LEVEL_CPU:
        return has_cpu(s, of);
    case CS_LEVEL_MEMORY:
        return has_memory(s, of);
    case CS_LEVEL_POOL:
        return has_pool(s, of);
    case CS_LEVEL_DATABASE:
        return s->n_databases > 0;
    case CS_LEVEL_BREAKER:
        return has_breaker(s, of);
    case CS_LEVEL_USERS:
        return has_virtual_users(s);
    }
    return false;
}

static bool can_be_of(const struct cs_level_name *level, enum cs_of of)
{
    switch (of) {
    case CS_OF_ALL:
        return true;
    case CS_OF_FLEET:
    case CS_OF_REGION:
        return level->source <= CS_LEVEL_POOL;
    case CS_OF_DATABASE:
        return level->source == CS_LEVEL_POOL || level->source == CS_LEVEL_DATABASE;
    case CS_OF_DEPENDENCY:
        return level->source == CS_LEVEL_BREAKER;
    case CS_OF_FUNCTION:
    case CS_OF_ZONE:
    case CS_OF_TIER:
        return false;
    }
    return false;
}

static const char *of_word(enum cs_of of)
{
    switch (of) {
    case CS_OF_ALL:
        return "all";
    case CS_OF_FUNCTION:
        return "function";
    case CS_OF_FLEET:
        return "fleet";
    case CS_OF_DATABASE:
        return "database";
    case CS_OF_DEPENDENCY:
        return "dependency";
    case CS_OF_REGION:
        return "region";
    case CS_OF_ZONE:
        return "zone";
    case CS_OF_TIER:
        return "tier";
    }
    return "";
}

/* A model keeps a record of each sample of the longest range. */
enum { MAX_SAMPLES_A_RANGE = 100000 };

static void check_term(struct cs_bind *bind, const struct cs_mark *mark, const char *key,
                       const struct cs_term *term, const struct cs_subject *of)
{
    const struct cs_level_name *level =
        term->level == NULL ? NULL : cs_levels_find(term->level);
    bool is_of_requests = of->of != CS_OF_DATABASE && of->of != CS_OF_DEPENDENCY;

    if (level == NULL && term->measure == CS_MEASURE_DATABASE_UP) {
        if (bind->scenario->n_databases == 0)
            cs_diag_error(bind->diag, mark, "%s: there is no database", key);
    } else if (level == NULL && !is_of_requests) {
        cs_diag_error(bind->diag, mark,
                      "%s: a measure of requests of a %s is not simulated by "
                      "this version",
                      key, of_word(of->of));
    } else if (level != NULL && !can_be_of(level, of->of)) {
        cs_diag_error(bind->diag, mark, "%s: %s is not known of a %s", key, level->name,
                      of_word(of->of));
    } else if (level != NULL && !is_there(bind->scenario, level, of)) {
        cs_diag_error(bind->diag, mark, "%s: nothing in the scenario has %s", key, level->name);
    } else if (term->range / MAX_SAMPLES_A_RANGE > bind->scenario->horizon.sample) {
        cs_diag_error(bind->diag, mark,
                      "%s: a range has at most 100000 samples (horizon.sample)", key);
    }
}

static void check_expr(struct cs_bind *bind, const char *section, const char *name,
                       const char *key, const struct cs_expr *expr, const struct cs_subject *of)
{
    const char *path = cs_arena_printf(bind->scratch, "%s.%s.%s", section, name, key);

    for (uint32_t t = 0; t < expr->n && of->index != CS_NONE; t++)
        check_term(bind, cs_bind_mark(bind, path), key, &expr->term[t], of);
}

static void check_dashboard(struct cs_bind *bind, const struct cs_dashboard *d)
{
    const char *path = cs_arena_printf(bind->scratch, "health.%s", d->name);

    check_expr(bind, "health", d->name, "warning", &d->warning, &d->of);
    check_expr(bind, "health", d->name, "critical", &d->critical, &d->of);
    if (d->warning.n == 0 && d->critical.n == 0 && cs_diagnostics_errors(bind->diag) == 0)
        cs_diag_error(bind->diag, cs_bind_mark(bind, path),
                      "%s: `warning`, `critical` or both are wanted", path);
}

void cs_validate_watches(struct cs_bind *bind)
{
    const struct cs_scenario *s = bind->scenario;

    for (uint32_t i = 0; i < s->n_alerts; i++)
        check_expr(bind, "alerts", s->alert[i].name, "expr", &s->alert[i].expr,
                   &s->alert[i].of);
    for (uint32_t i = 0; i < s->n_dashboards; i++)
        check_dashboard(bind, &s->dashboard[i]);
}
