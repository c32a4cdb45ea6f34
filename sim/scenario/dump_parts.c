/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/dump.h"
#include "scenario/schema.h"

void cs_dump_start(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_horizon *horizon = base;

    (void)s;
    cs_sink_print(sink, "%lld\n", (long long)horizon->start_unix_s);
}

void cs_dump_lead_in(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_horizon *horizon = base;

    (void)s;
    cs_sink_print(sink, "%lld\n", (long long)horizon->lead_in);
}

void cs_dump_rtt(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    size_t zones = s->zone_rtt != NULL ? s->n_zones : 0;
    size_t regions = s->region_rtt != NULL ? s->n_regions : 0;

    (void)base;
    for (size_t i = 0; i < zones * s->n_regions; i++)
        cs_sink_dist(sink, s->zone_rtt[i]);
    for (size_t i = 0; i < regions * regions; i++)
        cs_sink_dist(sink, s->region_rtt[i]);
}

void cs_dump_queries(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_database *database = base;
    const struct cs_query *last = NULL;

    (void)s;
    /* By name: each pass takes the least that is above the last. */
    for (uint32_t n = 0; n < database->n_queries; n++) {
        const struct cs_query *next = NULL;
        for (uint32_t q = 0; q < database->n_queries; q++) {
            const struct cs_query *query = &database->query[q];
            if ((last == NULL || strcmp(query->name, last->name) > 0) &&
                (next == NULL || strcmp(query->name, next->name) < 0))
                next = query;
        }
        cs_sink_print(sink, "%s ", next->name);
        cs_sink_dist(sink, next->time);
        last = next;
    }
}

void cs_dump_fleet_regions(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_fleet *fleet = base;

    for (uint32_t r = 0; r < s->n_regions; r++)
        cs_sink_print(sink, "%s %d\n", s->region[r].name, fleet->in_region[r] ? 1 : 0);
}

void cs_dump_fleet_pools(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_fleet *fleet = base;
    const struct cs_database *last = NULL;

    for (uint32_t n = 0; n < s->n_databases; n++) {
        const struct cs_database *next = NULL;
        for (uint32_t d = 0; d < s->n_databases; d++) {
            const struct cs_database *database = &s->database[d];
            if ((last == NULL || strcmp(database->name, last->name) > 0) &&
                (next == NULL || strcmp(database->name, next->name) < 0))
                next = database;
        }
        const struct cs_pool_config *pool = &fleet->pool[next - s->database];
        cs_sink_print(sink, "%s %d {\n", next->name, pool->exists ? 1 : 0);
        cs_dump_map(sink, s, &cs_schema_pool, pool);
        cs_sink_print(sink, "}\n");
        last = next;
    }
}

void cs_dump_queue(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    cs_dump_map(sink, s, &cs_schema_queue, base);
}

void cs_dump_outcomes(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_function *function = base;

    (void)s;
    for (uint32_t i = 0; i < function->n_outcomes; i++)
        cs_sink_print(sink, "%d %.17g\n", function->outcome[i].code,
                      function->outcome[i].probability);
}

static const char *target_name(const struct cs_scenario *s, const struct cs_step *step)
{
    switch (step->kind) {
    case CS_STEP_LIMIT:
        return s->limiter[step->target].name;
    case CS_STEP_QUERY:
    case CS_STEP_TRANSACTION:
    case CS_STEP_COMMIT:
        return s->database[step->target].name;
    case CS_STEP_CALL:
        return s->dependency[step->target].name;
    case CS_STEP_CPU:
    case CS_STEP_WAIT:
    case CS_STEP_RESPOND:
        break;
    }
    return "";
}

void cs_dump_steps(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_function *function = base;

    for (uint32_t i = 0; i < function->n_steps; i++) {
        const struct cs_step *step = &function->step[i];
        const char *query = step->kind == CS_STEP_QUERY
                                ? s->database[step->target].query[step->query].name
                                : "";
        cs_sink_print(sink, "step %d %s.%s %u %d ", (int)step->kind, target_name(s, step),
                      query, (unsigned)step->count, step->stream ? 1 : 0);
        cs_sink_dist(sink, step->time);
    }
}

void cs_dump_daily(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_source *source = base;

    (void)s;
    for (size_t i = 0; source->has_daily && i < 24; i++)
        cs_sink_print(sink, "%.17g\n", source->daily[i]);
}

void cs_dump_weekly(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_source *source = base;

    (void)s;
    for (size_t i = 0; source->has_weekly && i < 7; i++)
        cs_sink_print(sink, "%.17g\n", source->weekly[i]);
}

void cs_dump_mix(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_source *source = base;

    for (uint32_t i = 0; i < source->n_mix; i++)
        cs_sink_print(sink, "%s %.17g\n", s->function[source->mix[i].index].name,
                      source->mix[i].cumulative);
}

void cs_dump_source_tiers(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_source *source = base;

    for (uint32_t i = 0; i < source->n_tiers; i++)
        cs_sink_print(sink, "%s %.17g\n", s->tier[source->tier[i].index].name,
                      source->tier[i].cumulative);
}

void cs_dump_target(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_slo *slo = base;

    (void)s;
    cs_sink_print(sink, "%d %d %.17g %lld %d %.17g\n", (int)slo->measure, (int)slo->latency,
                  slo->quantile, (long long)slo->under, (int)slo->compare, slo->threshold);
}

static const char *of_name(const struct cs_scenario *s, const struct cs_slo *slo)
{
    switch (slo->of) {
    case CS_OF_ALL:
        return "";
    case CS_OF_FUNCTION:
        return s->function[slo->of_index].name;
    case CS_OF_FLEET:
        return s->fleet[slo->of_index].name;
    case CS_OF_DATABASE:
        return s->database[slo->of_index].name;
    case CS_OF_DEPENDENCY:
        return s->dependency[slo->of_index].name;
    case CS_OF_REGION:
        return s->region[slo->of_index].name;
    case CS_OF_ZONE:
        return s->zone[slo->of_index].name;
    case CS_OF_TIER:
        return s->tier[slo->of_index].name;
    }
    return "";
}

void cs_dump_of(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_slo *slo = base;

    cs_sink_print(sink, "%d %s\n", (int)slo->of, of_name(s, slo));
}
