/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/scenario.h"
#include "scenario/notes.h"

void cs_note(struct cs_notes *notes, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (notes->n == notes->cap) {
        size_t cap = cs_grow_capacity(notes->cap, notes->n + 1);
        const char **line = CS_ARENA_ARRAY(notes->arena, const char *, cap);
        if (notes->n > 0)
            memcpy(line, notes->line, notes->n * sizeof *line);
        notes->line = line;
        notes->cap = cap;
    }
    notes->line[notes->n++] = cs_arena_strdup(notes->arena, text);
}

static bool changes(const struct cs_source *source)
{
    return source->has_daily || source->has_weekly || source->profile.n > 0 ||
           source->trace.path != NULL || source->burst.exists || source->growth.n > 0 ||
           source->n_calendar > 0 || source->day_factor != NULL || source->users.n_stages > 0;
}

static void off_demand(const struct cs_scenario *s, struct cs_notes *notes)
{
    bool has_shape = false;

    for (uint32_t i = 0; i < s->n_sources; i++)
        has_shape = has_shape || changes(&s->source[i]);
    if (!has_shape)
        cs_note(notes,
                "Traffic has no daily or weekly shape: its rate is the same all the time.");
    if (s->zone_rtt == NULL)
        cs_note(notes, "No network: distance between users and functions takes no time.");
    if (s->n_tiers == 0)
        cs_note(notes, "No tiers: requests are anonymous.");
    if (s->n_limiters == 0)
        cs_note(notes, "No rate limits.");
    if (s->clients.patience == NULL)
        cs_note(notes, "Clients have no limit to their patience.");
    if (!s->clients.retry.exists)
        cs_note(notes, "Clients do not retry: a failed request is not sent again.");
}

static void off_fleet(const struct cs_fleet *f, struct cs_notes *notes)
{
    if (f->cold_start == NULL)
        cs_note(notes, "Fleet %s: no cold_start, so instances start at once.", f->name);
    if (f->idle_timeout == NULL)
        cs_note(notes, "Fleet %s: no idle_timeout, so instances stay for ever.", f->name);
    if (f->vcpus <= 0)
        cs_note(notes, "Fleet %s: no memory or vcpus, so requests do not share a processor.",
                f->name);
    if (f->memory_bytes > 0 && !f->memory_use.exists)
        cs_note(notes, "Fleet %s: no memory_use, so its memory never runs out.", f->name);
    if (f->cold_start != NULL && !f->start_burst.exists)
        cs_note(notes, "Fleet %s: no start_burst, so any number of instances start at once.",
                f->name);
    if (f->queue_limit == 0)
        cs_note(notes, "Fleet %s: no queue, so a request beyond the caps is answered 503.",
                f->name);
}

static void off_database(const struct cs_scenario *s, uint32_t d, struct cs_notes *notes)
{
    const struct cs_database *db = &s->database[d];
    bool has_pool = db->pool.exists;

    for (uint32_t f = 0; f < s->n_fleets; f++)
        has_pool = has_pool || s->fleet[f].pool[d].exists;
    if (!has_pool)
        cs_note(notes, "Database %s: no pool in the instances, so queries go straight on.",
                db->name);
    if (!db->gateway.exists)
        cs_note(notes, "Database %s: no gateway in front of the server.", db->name);
    if (!db->server.exists)
        cs_note(notes, "Database %s: no server, so queries take their time and share nothing.",
                db->name);
    if (!cs_scenario_can_go_down(s, d))
        cs_note(notes, "Database %s: it does not fail.", db->name);
}

static void off_dependency(const struct cs_dependency *d, struct cs_notes *notes)
{
    bool can_try_again = d->retries.max > 0 || d->fallback != CS_NONE;

    if (d->timeout == CS_NEVER)
        cs_note(notes, "Dependency %s: calls have no timeout.", d->name);
    if (!can_try_again && !d->breaker.exists)
        cs_note(notes, "Dependency %s: no retries, fallback or circuit_breaker.", d->name);
    else if (!can_try_again)
        cs_note(notes, "Dependency %s: no retries or fallback.", d->name);
    else if (!d->breaker.exists)
        cs_note(notes, "Dependency %s: no circuit_breaker.", d->name);
}

size_t cs_scenario_off(const struct cs_scenario *s, struct cs_arena *arena, const char ***out)
{
    struct cs_notes notes = {.arena = arena};

    off_demand(s, &notes);
    for (uint32_t f = 0; f < s->n_fleets; f++)
        off_fleet(&s->fleet[f], &notes);
    for (uint32_t f = 0; f < s->n_functions; f++)
        if (s->function[f].max_duration == CS_NEVER)
            cs_note(&notes, "Function %s: no max_duration.", s->function[f].name);
    for (uint32_t f = 0; f < s->n_functions; f++)
        if (s->function[f].cache.exists && s->cdn.hit_time == NULL)
            cs_note(&notes,
                    "Function %s: no cdn.hit_time, so an answer of the edge takes no time.",
                    s->function[f].name);
    for (uint32_t d = 0; d < s->n_databases; d++)
        off_database(s, d, &notes);
    for (uint32_t d = 0; d < s->n_dependencies; d++)
        off_dependency(&s->dependency[d], &notes);
    *out = notes.line;
    return notes.n;
}
