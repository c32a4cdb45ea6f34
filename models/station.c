/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: units are alike; who waits is served first come, first served.
 * Equation:   L = lambda W, checked as integers (Little 1961).
 * Source:     Kleinrock, Queueing Systems I (1975), chapter 2.
 * Leaves out: priorities and preemption.
 */
#include "station.h"

#include "capsim/check.h"

#include "meters.h"

bool cs_little_holds(struct cs_little *little, cs_time now)
{
    cs_little_advance(little, now);
    __int128 latest = (__int128)little->present * now; /* all present entered just now */

    return !little->is_broken && little->present >= 0 && little->entries >= 0 &&
           little->entries <= latest &&
           little->area == little->sojourns + latest - little->entries;
}

void cs_station_init(struct cs_station *station, struct cs_wait_node **nodes, int64_t capacity,
                     int64_t limit)
{
    *station = (struct cs_station){.capacity = capacity,
                                   .limit = limit,
                                   .first = CS_NOBODY,
                                   .last = CS_NOBODY,
                                   .nodes = nodes};
}

void cs_station_take(struct cs_station *station, cs_time now)
{
    station->busy++;
    if (station->busy_rows != NULL)
        cs_fan_add(station->busy_rows, 1, now);
    if (station->little_busy != NULL)
        cs_little_enter(station->little_busy, now);
}

bool cs_station_seize(struct cs_station *station, cs_time now)
{
    if (station->busy >= station->capacity || station->waiting > 0)
        return false;
    cs_station_take(station, now);
    return true;
}

void cs_station_release(struct cs_station *station, cs_time since, cs_time now)
{
    CS_ASSERT(station->busy > 0);
    station->busy--;
    if (station->busy_rows != NULL)
        cs_fan_add(station->busy_rows, -1, now);
    if (station->little_busy != NULL)
        cs_little_leave(station->little_busy, since, now);
}

bool cs_station_wait(struct cs_station *station, uint32_t id, cs_time now)
{
    struct cs_wait_node *nodes = *station->nodes;

    if (station->waiting >= station->limit)
        return false;
    CS_ASSERT(!nodes[id].is_waiting);
    nodes[id] = (struct cs_wait_node){
        .prev = station->last, .next = CS_NOBODY, .since = now, .is_waiting = true};
    if (station->last == CS_NOBODY)
        station->first = id;
    else
        nodes[station->last].next = id;
    station->last = id;
    station->waiting++;
    if (station->waiting_rows != NULL)
        cs_fan_add(station->waiting_rows, 1, now);
    if (station->little_waiting != NULL)
        cs_little_enter(station->little_waiting, now);
    return true;
}

void cs_station_abandon(struct cs_station *station, uint32_t id, cs_time now)
{
    struct cs_wait_node *nodes = *station->nodes;
    struct cs_wait_node *node = &nodes[id];

    CS_ASSERT(node->is_waiting && station->waiting > 0);
    if (node->prev == CS_NOBODY)
        station->first = node->next;
    else
        nodes[node->prev].next = node->next;
    if (node->next == CS_NOBODY)
        station->last = node->prev;
    else
        nodes[node->next].prev = node->prev;
    node->is_waiting = false;
    station->waiting--;
    if (station->waiting_rows != NULL)
        cs_fan_add(station->waiting_rows, -1, now);
    if (station->little_waiting != NULL)
        cs_little_leave(station->little_waiting, node->since, now);
}

uint32_t cs_station_next(struct cs_station *station, cs_time now)
{
    uint32_t id = station->first;

    if (id != CS_NOBODY)
        cs_station_abandon(station, id, now);
    return id;
}
