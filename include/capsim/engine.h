/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_ENGINE_H
#define CAPSIM_ENGINE_H

#include "capsim/calendar.h"
#include "capsim/check.h"

/*
 * The event loop: simulated time, timers and same-instant grants.  It knows
 * actors and order, no model.  One engine a replication; no state outside it.
 */

/* What events are sent to: one const object a model file. */
struct cs_actor {
    const char *name; /* shown when an assertion fails */
    void (*on_event)(void *self, uint32_t kind, uint64_t arg);
};

struct cs_handler {
    const struct cs_actor *actor;
    void *self;
    uint64_t arg;
    uint32_t kind;
};

struct cs_engine {
    cs_time now;
    struct cs_calendar calendar;
    struct cs_handler *timer; /* by slot */
    uint32_t timer_capacity;
    struct cs_handler *ready; /* a ring of grants at `now`, a power of two long */
    uint32_t ready_capacity, ready_first, ready_count;
    uint64_t events;
    bool is_stopped;
    struct cs_handler current; /* for the assertion's message */
    uint64_t seed;
    uint32_t replication;
};

void cs_engine_init(struct cs_engine *engine, uint64_t seed, uint32_t replication);
void cs_engine_release(struct cs_engine *engine);

/* A timer that sends (self, kind, arg) when it fires; kind is given when it is
 * set.  Timers live as long as the engine.  Near: goes off all the time; far:
 * one of many that seldom do. */
uint32_t cs_timer_new(struct cs_engine *engine, enum cs_tree tree, const struct cs_actor *actor,
                      void *self, uint64_t arg);

/* Set, or move, a timer to fire at `at` >= now. */
static inline void cs_timer_set(struct cs_engine *engine, uint32_t timer, cs_time at,
                                enum cs_class class, uint32_t kind)
{
    CS_ASSERT_DEBUG(at >= engine->now);
    engine->timer[timer].kind = kind;
    cs_calendar_set(&engine->calendar, timer, at < CS_TIME_LIMIT ? at : CS_TIME_LIMIT, class);
}

static inline void cs_timer_cancel(struct cs_engine *engine, uint32_t timer)
{
    cs_calendar_clear(&engine->calendar, timer);
}

static inline bool cs_timer_is_set(const struct cs_engine *engine, uint32_t timer)
{
    return cs_calendar_is_set(&engine->calendar, timer);
}

/*
 * Send (self, kind, arg) at this instant, after what is still being released
 * and before any timeout: how a freed unit reaches the next waiter without
 * recursion.  Amortised O(1).
 */
void cs_engine_grant(struct cs_engine *engine, const struct cs_actor *actor, void *self,
                     uint32_t kind, uint64_t arg);

/* Run until stopped, or nothing is left, or the next event is after `until`. */
void cs_engine_run(struct cs_engine *engine, cs_time until);

static inline void cs_engine_stop(struct cs_engine *engine)
{
    engine->is_stopped = true;
}

/* Like CS_ASSERT, but tells time, actor, event, seed and replication. */
#define CS_ENGINE_ASSERT(engine, cond) \
    (__builtin_expect(!!(cond), 1)     \
         ? (void)0                     \
         : cs_engine_assert_failed((engine), #cond, __FILE__, __LINE__))
_Noreturn void cs_engine_assert_failed(const struct cs_engine *engine, const char *cond,
                                       const char *file, int line);

/*
 * Deadlines: timeouts of one length.  They come due in the order in which they
 * were armed, so a list serves: arming and cancelling are O(1), and at most one of
 * the list sits in the calendar.  Each deadline keeps the place in line that it had
 * when it was armed.  The length may be changed at any time for those armed from
 * then on; after a cut, arming walks past the longer ones still in the list.
 *
 * Entities (ids) share one array of nodes; an id is in at most one list over
 * that array at a time.
 */
struct cs_deadline_node {
    cs_time at;
    uint64_t sequence;
    uint32_t prev, next;
    bool is_armed;
};

struct cs_deadlines {
    struct cs_engine *engine;
    struct cs_deadline_node **nodes; /* the array, where its owner may move it */
    cs_time length;
    uint32_t first, last;
    uint32_t timer;
    uint64_t armed; /* the sequence that the timer is set for */
    uint32_t kind;  /* sent to the actor, with the id as arg */
    const struct cs_actor *actor;
    void *self;
};

/* A deadline list; must not move once it is in use. */
void cs_deadlines_init(struct cs_deadlines *list, struct cs_engine *engine,
                       struct cs_deadline_node **nodes, cs_time length,
                       const struct cs_actor *actor, void *self, uint32_t kind);
/* Arm id's deadline at now + length.  It must not be armed. */
void cs_deadline_arm(struct cs_deadlines *list, uint32_t id);
/* Legal when it is not armed. */
void cs_deadline_cancel(struct cs_deadlines *list, uint32_t id);

#endif
