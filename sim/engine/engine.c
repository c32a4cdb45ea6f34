/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "capsim/array.h"

void cs_engine_init(struct cs_engine *engine, uint64_t seed, uint32_t replication)
{
    *engine = (struct cs_engine){
        .ready_capacity = 64,
        .ready = CS_NEW_ARRAY(struct cs_handler, 64),
        .seed = seed,
        .replication = replication,
    };
    cs_calendar_init(&engine->calendar);
}

void cs_engine_release(struct cs_engine *engine)
{
    cs_calendar_release(&engine->calendar);
    free(engine->timer);
    free(engine->ready);
}

uint32_t cs_timer_new(struct cs_engine *engine, enum cs_tree tree, const struct cs_actor *actor,
                      void *self, uint64_t arg)
{
    uint32_t slot = cs_calendar_slot(&engine->calendar, tree);

    CS_GROW(engine->timer, slot + 1, engine->timer_capacity);
    engine->timer[slot] = (struct cs_handler){.actor = actor, .self = self, .arg = arg};
    return slot;
}

static void grow_ring(struct cs_engine *engine)
{
    uint32_t old = engine->ready_capacity;
    struct cs_handler *ring = CS_NEW_ARRAY(struct cs_handler, 2 * (size_t)old);

    for (uint32_t i = 0; i < engine->ready_count; i++)
        ring[i] = engine->ready[(engine->ready_first + i) & (old - 1)];
    free(engine->ready);
    engine->ready = ring;
    engine->ready_first = 0;
    engine->ready_capacity = 2 * old;
}

void cs_engine_grant(struct cs_engine *engine, const struct cs_actor *actor, void *self,
                     uint32_t kind, uint64_t arg)
{
    if (engine->ready_count == engine->ready_capacity)
        grow_ring(engine);
    uint32_t at = (engine->ready_first + engine->ready_count++) & (engine->ready_capacity - 1);

    engine->ready[at] =
        (struct cs_handler){.actor = actor, .self = self, .kind = kind, .arg = arg};
}

/* A grant goes before every calendar event that is not an earlier class of
 * this very instant. */
static bool grant_is_next(const struct cs_engine *engine, cs_key next)
{
    uint64_t instant = (uint64_t)engine->now << 4 | CS_CLASS_GRANT;

    return engine->ready_count != 0 && (uint64_t)(next >> 64) >= instant;
}

static void dispatch(struct cs_engine *engine)
{
    engine->events++;
    engine->current.actor->on_event(engine->current.self, engine->current.kind,
                                    engine->current.arg);
}

static void run_grant(struct cs_engine *engine)
{
    engine->current = engine->ready[engine->ready_first];
    engine->ready_first = (engine->ready_first + 1) & (engine->ready_capacity - 1);
    engine->ready_count--;
    dispatch(engine);
}

/* Most events set their own timer again: it leaves the calendar for good only
 * afterwards, and only if it was not. */
static void run_timer(struct cs_engine *engine, cs_key key)
{
    uint32_t slot = cs_key_slot(key);

    CS_ENGINE_ASSERT(engine, cs_key_time(key) >= engine->now);
    engine->now = cs_key_time(key);
    engine->current = engine->timer[slot];
    cs_calendar_take(&engine->calendar, slot);
    dispatch(engine);
    if (!cs_calendar_is_set(&engine->calendar, slot))
        cs_calendar_clear(&engine->calendar, slot);
}

void cs_engine_run(struct cs_engine *engine, cs_time until)
{
    while (!engine->is_stopped) {
        cs_key next = cs_calendar_next(&engine->calendar);

        if (grant_is_next(engine, next)) {
            run_grant(engine);
            continue;
        }
        if (next == CS_KEY_NONE || cs_key_time(next) > until)
            return;
        run_timer(engine, next);
    }
}

void cs_engine_assert_failed(const struct cs_engine *engine, const char *cond, const char *file,
                             int line)
{
    fprintf(stderr,
            "capsim: %s:%d: assertion failed: %s\n"
            "  at %.9f s in %s, event %" PRIu32 " (%" PRIu64 "), seed %" PRIu64
            ", replication %" PRIu32 "\n",
            file, line, cond, cs_time_s(engine->now),
            engine->current.actor != NULL ? engine->current.actor->name : "nothing",
            engine->current.kind, engine->current.arg, engine->seed, engine->replication);
    abort();
}
