/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_STATION_H
#define CAPSIM_MODELS_STATION_H

#include <stdbool.h>
#include <stdint.h>

#include "capsim/time.h"

/*
 * Little's law as integers: the integral of the number present must equal the
 * sojourns of those who left plus the time so far of those still there, to the
 * nanosecond.  The integral follows the count, the sojourns follow each
 * customer's own time of entry.  That sum balances whatever entry time a leaver
 * names, so those times must also cancel out whenever nobody is present: a lost,
 * doubled or mistimed customer shows then.
 */
struct cs_little {
    int64_t present;
    cs_time since;
    __int128 area, sojourns, entries; /* entries: sum of entry times of those present */
    bool is_broken;
};

static inline void cs_little_advance(struct cs_little *little, cs_time now)
{
    little->area += (__int128)little->present * (now - little->since);
    little->since = now;
}

static inline void cs_little_enter(struct cs_little *little, cs_time now)
{
    cs_little_advance(little, now);
    little->present++;
    little->entries += now;
}

static inline void cs_little_leave(struct cs_little *little, cs_time entered, cs_time now)
{
    cs_little_advance(little, now);
    little->present--;
    little->entries -= entered;
    little->sojourns += now - entered;
    little->is_broken |= little->present <= 0 && (little->present < 0 || little->entries != 0);
}

bool cs_little_holds(struct cs_little *little, cs_time now);

/*
 * The one queueing core: a number of like units and a first-come queue of
 * those who wait for one.  Instance slots, connections, clients, backends and
 * dependency slots are all stations; what owns one adds a lifecycle and says
 * which unit it is.
 *
 * Who waits is an id into an array of nodes that all stations share: an id
 * waits at most at one station at a time, and can leave its queue in O(1).
 */
struct cs_wait_node {
    uint32_t prev, next;
    cs_time since;
    bool is_waiting;
};

#define CS_NOBODY UINT32_MAX

struct cs_fan;

struct cs_station {
    int64_t capacity; /* units; may be CS_UNLIMITED, may be changed at any time */
    int64_t busy;
    int64_t waiting, limit; /* limit: of the queue */
    uint32_t first, last;
    struct cs_wait_node **nodes;
    /* Followed where not NULL: levels of the registry, and Little's law. */
    const struct cs_fan *busy_rows, *waiting_rows;
    struct cs_little *little_busy, *little_waiting;
};

void cs_station_init(struct cs_station *station, struct cs_wait_node **nodes, int64_t capacity,
                     int64_t limit);

/* Take a unit; false when none is free or others wait for one. */
bool cs_station_seize(struct cs_station *station, cs_time now);
/* Take a unit past the queue: for one that was promised to this customer. */
void cs_station_take(struct cs_station *station, cs_time now);
/* Give a unit back that was taken at `since`. */
void cs_station_release(struct cs_station *station, cs_time since, cs_time now);
/* Join the queue; false when it is full. */
bool cs_station_wait(struct cs_station *station, uint32_t id, cs_time now);
/* Leave the queue without having been served. */
void cs_station_abandon(struct cs_station *station, uint32_t id, cs_time now);
/* The longest waiting leaves the queue to be served; CS_NOBODY when none. */
uint32_t cs_station_next(struct cs_station *station, cs_time now);

#endif
