/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* realpath */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/replay.h"
#include "scenario/bind.h"
#include "scenario/dump.h"
#include "scenario/files.h"

/* A trace is read through once, a row at a time: every row must be sound before
 * anything runs, and what the estimates need is counted. */

enum { MOST_PROBLEMS = 10, SLOTS = 5760 };

static void prepare(struct cs_bind *bind, struct cs_trace *trace)
{
    cs_time duration = bind->scenario->horizon.duration;

    trace->slot = duration > 0 ? (duration + SLOTS - 1) / SLOTS : 1;
    trace->n_slots = duration > 0 ? (uint32_t)((duration + trace->slot - 1) / trace->slot) : 1;
    trace->by_slot = CS_ARENA_ARRAY(bind->arena, uint32_t, trace->n_slots);
    trace->by_function =
        CS_ARENA_ARRAY(bind->arena, uint64_t, bind->scenario->n_functions + 1u);
}

static void count_row(struct cs_trace *trace, const struct cs_replay_row *row)
{
    if (trace->rows == 0)
        trace->first = row->at;
    trace->last = row->at;
    trace->rows++;
    if (row->function == CS_NONE)
        trace->unnamed++;
    else
        trace->by_function[row->function]++;
    if (row->at >= 0 && row->at / trace->slot < trace->n_slots)
        trace->by_slot[row->at / trace->slot]++;
}

/* What the row leaves open and the source does not say either; NULL: nothing. */
static const char *left_open(const struct cs_source *source, const struct cs_replay_row *row)
{
    if (row->function == CS_NONE && source->n_mix == 0)
        return "function, and there is no `mix` to draw it from";
    return NULL;
}

static void read_through(struct cs_bind *bind, const struct cs_node *node,
                         struct cs_source *source, struct cs_replay *replay)
{
    struct cs_trace *trace = &source->trace;
    struct cs_replay_row row;
    enum cs_replay_status status;
    unsigned problems = 0;

    while ((status = cs_replay_next(replay, &row)) != CS_REPLAY_END) {
        const char *open = status == CS_REPLAY_ROW ? left_open(source, &row) : NULL;
        if (status == CS_REPLAY_ROW && open == NULL) {
            count_row(trace, &row);
            continue;
        }
        if (open != NULL)
            cs_diag_error(bind->diag, &node->mark, "%s, row %llu: it does not say its %s",
                          trace->name, (unsigned long long)row.line, open);
        else
            cs_diag_error(bind->diag, &node->mark, "%s, %s", trace->name,
                          cs_replay_problem(replay));
        if (status == CS_REPLAY_UNREADABLE || ++problems == MOST_PROBLEMS)
            return;
    }
    if (trace->rows == 0 && problems == 0)
        cs_diag_error(bind->diag, &node->mark, "%s: there are no rows in it", trace->name);
}

/* It cannot change in flight, and is read once. */
static void copy_from(const struct cs_scenario *base, struct cs_source *source)
{
    for (uint32_t i = 0; i < base->n_sources; i++)
        if (strcmp(base->source[i].name, source->name) == 0)
            source->trace = base->source[i].trace;
}

void cs_bind_trace_file(struct cs_bind *bind, const struct cs_node *node,
                        const struct cs_place *place, void *base)
{
    struct cs_source *source = base;
    struct cs_trace *trace = &source->trace;

    (void)place;
    if (bind->base != NULL) {
        copy_from(bind->base, source);
        return;
    }
    const char *path = cs_files_below(bind->scratch, bind->folder, node, bind->diag);
    char *absolute = path != NULL ? realpath(path, NULL) : NULL;
    if (path == NULL)
        return;
    struct cs_replay *replay =
        absolute != NULL ? cs_replay_new(bind->scenario, absolute, true) : NULL;
    if (replay == NULL) {
        cs_diag_world(bind->diag, &node->mark, "cannot read %s: %s", path, strerror(errno));
        free(absolute);
        return;
    }
    trace->path = cs_arena_strdup(bind->arena, absolute);
    trace->name = cs_arena_strdup(bind->arena, node->value);
    free(absolute);
    prepare(bind, trace);
    read_through(bind, node, source, replay);
    cs_replay_identify(replay, trace);
    cs_replay_hash(replay, trace->sha256);
    cs_replay_free(replay);
}

void cs_dump_trace_file(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_source *source = base;

    (void)s;
    cs_sink_print(sink, "%s\n", source->trace.path != NULL ? source->trace.sha256 : "none");
}
