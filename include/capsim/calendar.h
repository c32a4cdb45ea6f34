/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CALENDAR_H
#define CAPSIM_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capsim/time.h"

/*
 * The event queue: a winner tree over slots.  A slot is one entity's timer and
 * has at most one pending event, so setting, moving and cancelling it are the
 * same walk from leaf to root: no tombstones, no search.  The root is the next
 * event.  The number of slots doubles with the population.
 *
 * There are two trees.  Timers that go off all the time (requests, shared
 * processors, sources) stand in the near one, which stays small; timers that
 * are many and seldom go off (idle timeouts) in the far one.
 *
 * Order is total, over both: (time, class, sequence).  Sequence numbers are
 * handed out here, one a schedule, so equal times and classes are first come,
 * first served, on every machine.
 */

/* What comes first at one instant. */
enum cs_class {
    CS_CLASS_SET,     /* settings, outages */
    CS_CLASS_RELEASE, /* something ends and frees what it held */
    CS_CLASS_GRANT,   /* a waiter gets what was freed */
    CS_CLASS_EXPIRY,  /* a timeout fires */
    CS_CLASS_ARRIVAL,
    CS_CLASS_SAMPLE /* windows close, series step */
};

typedef unsigned __int128 cs_key; /* time:60 | class:4 | sequence:40 | slot:24 */
#define CS_KEY_NONE (~(cs_key)0)
#define CS_SLOT_BITS 24

enum cs_tree { CS_TREE_NEAR, CS_TREE_FAR, CS_TREES };

struct cs_calendar {
    struct cs_calendar_tree {
        cs_key *node;   /* [1] is the root, [width + place] the leaves */
        uint32_t width; /* leaves, a power of two */
        uint32_t used;  /* places handed out */
    } tree[CS_TREES];
    uint64_t sequence;
};

void cs_calendar_init(struct cs_calendar *calendar);
void cs_calendar_release(struct cs_calendar *calendar);

/* A new slot: twice its place in its tree, plus the tree.  Never given back
 * (owners keep theirs with the object they recycle).  Amortised O(1). */
uint32_t cs_calendar_slot(struct cs_calendar *calendar, enum cs_tree tree);

static inline struct cs_calendar_tree *cs_calendar_tree_of(struct cs_calendar *calendar,
                                                           uint32_t slot)
{
    return &calendar->tree[slot & 1u];
}

static inline cs_key *cs_calendar_leaf(const struct cs_calendar *calendar, uint32_t slot)
{
    const struct cs_calendar_tree *tree = &calendar->tree[slot & 1u];

    return &tree->node[tree->width + (slot >> 1)];
}

/*
 * From leaf to root.  Without a branch on the keys in the near tree; in the far
 * one, whose timers seldom come near its root, what does not change a node ends
 * the walk, as it changes none above it.
 */
static inline void cs_calendar_walk(struct cs_calendar_tree *tree, uint32_t place, cs_key key,
                                    bool is_far)
{
    cs_key *node = tree->node;
    uint32_t k = tree->width + place;

    node[k] = key;
    while (k > 1) {
        cs_key sibling = node[k ^ 1];
        key = sibling < key ? sibling : key;
        k >>= 1;
        if (is_far && node[k] == key)
            return;
        node[k] = key;
    }
}

static inline void cs_calendar_put(struct cs_calendar *calendar, uint32_t slot, cs_key key)
{
    struct cs_calendar_tree *tree = cs_calendar_tree_of(calendar, slot);

    if ((slot & 1u) == CS_TREE_NEAR)
        cs_calendar_walk(tree, slot >> 1, key, false);
    else
        cs_calendar_walk(tree, slot >> 1, key, true);
}

static inline cs_key cs_calendar_key(cs_time at, enum cs_class class, uint64_t sequence,
                                     uint32_t slot)
{
    uint64_t high = (uint64_t)at << 4 | (uint64_t) class;

    return (cs_key)high << 64 | sequence << CS_SLOT_BITS | slot;
}

/* A sequence number for an event whose place in line is taken now but whose
 * slot is set later. */
static inline uint64_t cs_calendar_ticket(struct cs_calendar *calendar)
{
    return calendar->sequence++;
}

/* Schedule, or move, the slot's event.  0 <= at <= CS_TIME_LIMIT.  O(log n). */
static inline void cs_calendar_set(struct cs_calendar *calendar, uint32_t slot, cs_time at,
                                   enum cs_class class)
{
    cs_calendar_put(calendar, slot,
                    cs_calendar_key(at, class, cs_calendar_ticket(calendar), slot));
}

/* Cancel it; legal when nothing is pending.  O(log n). */
static inline void cs_calendar_clear(struct cs_calendar *calendar, uint32_t slot)
{
    cs_calendar_put(calendar, slot, CS_KEY_NONE);
}

/*
 * Half of a cancel, for the slot that is next: its event is gone, but the tree
 * above does not know.  Before the next look at the tree the slot must be set
 * or cleared; other slots may be set and cleared in between.  O(1).
 */
static inline void cs_calendar_take(struct cs_calendar *calendar, uint32_t slot)
{
    *cs_calendar_leaf(calendar, slot) = CS_KEY_NONE;
}

static inline bool cs_calendar_is_set(const struct cs_calendar *calendar, uint32_t slot)
{
    return *cs_calendar_leaf(calendar, slot) != CS_KEY_NONE;
}

/* The next event's key, CS_KEY_NONE when there is none.  O(1). */
static inline cs_key cs_calendar_next(const struct cs_calendar *calendar)
{
    cs_key near = calendar->tree[CS_TREE_NEAR].node[1],
           far = calendar->tree[CS_TREE_FAR].node[1];

    return near < far ? near : far;
}

static inline cs_time cs_key_time(cs_key key)
{
    return (cs_time)((uint64_t)(key >> 64) >> 4);
}

static inline enum cs_class cs_key_class(cs_key key)
{
    return (enum cs_class)((uint64_t)(key >> 64) & 15u);
}

static inline uint32_t cs_key_slot(cs_key key)
{
    return (uint32_t)key & ((1u << CS_SLOT_BITS) - 1);
}

/* When the slot's event is due, CS_NEVER when none is pending. */
static inline cs_time cs_calendar_due(const struct cs_calendar *calendar, uint32_t slot)
{
    cs_key key = *cs_calendar_leaf(calendar, slot);

    return key == CS_KEY_NONE ? CS_NEVER : cs_key_time(key);
}

#endif
