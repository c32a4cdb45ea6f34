/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a limiter counts accepted requests of a user in the trailing
 *             second, minute and hour; a rejected one is not counted.
 * Equation:   reject iff the L-th last acceptance is later than now - window.
 * Source:     sliding-window log; with Poisson requests it is M/D/L/L.
 * Leaves out: fixed windows and token buckets.
 */
#include "platform.h"

#include <stdlib.h>

#include "capsim/array.h"

/*
 * One table for all users of a limiter.  A user's log is a ring that only ever
 * needs as many acceptances as the greatest limit, and starts small.  Rings are
 * cut from one array, in powers of two, and recycled by size.  Entries are keyed
 * by where the state lives (instance, region or the whole platform) and the
 * user: an instance that is gone has a serial that never comes again, and what
 * nobody has asked for during the longest window is dropped from the old end of
 * a list in order of use.
 */
struct entry {
    uint64_t place, user;
    cs_time last;  /* asked for */
    uint32_t ring; /* where it begins among the stamps */
    uint32_t first, count, capacity;
    uint32_t newer, older; /* in order of use */
    uint32_t hash_next;
};

enum { FIRST_RING = 4, RING_SIZES = 30 };

struct cs_limiter_state {
    const struct cs_limiter *config;
    cs_time *longest; /* window by tier */
    cs_time keep;     /* the longest of all */
    struct entry *entry;
    uint32_t n_entries, entry_capacity;
    uint32_t free_entry;
    uint32_t newest, oldest;
    uint32_t *bucket;
    uint32_t n_buckets, used;
    cs_time *stamp;
    uint32_t n_stamps, stamp_capacity;
    uint32_t free_ring[RING_SIZES]; /* by size; the next one is in its first stamp */
};

#define NONE UINT32_MAX

static uint64_t hash_of(uint64_t place, uint64_t user)
{
    uint64_t h = (place + 1) * 0x9e3779b97f4a7c15u ^ (user + 1) * 0xc2b2ae3d27d4eb4fu;

    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

static uint32_t *bucket_of(struct cs_limiter_state *state, uint64_t place, uint64_t user)
{
    return &state->bucket[hash_of(place, user) & (state->n_buckets - 1)];
}

static void grow_table(struct cs_limiter_state *state)
{
    uint32_t n = state->n_buckets == 0 ? 1024 : 2 * state->n_buckets;

    free(state->bucket);
    state->bucket = CS_NEW_ARRAY(uint32_t, n);
    state->n_buckets = n;
    for (uint32_t i = 0; i < n; i++)
        state->bucket[i] = NONE;
    for (uint32_t i = state->oldest; i != NONE; i = state->entry[i].newer) {
        uint32_t *bucket = bucket_of(state, state->entry[i].place, state->entry[i].user);

        state->entry[i].hash_next = *bucket;
        *bucket = i;
    }
}

static void unlink_entry(struct cs_limiter_state *state, const struct entry *entry)
{
    if (entry->newer == NONE)
        state->newest = entry->older;
    else
        state->entry[entry->newer].older = entry->older;
    if (entry->older == NONE)
        state->oldest = entry->newer;
    else
        state->entry[entry->older].newer = entry->newer;
}

static void link_newest(struct cs_limiter_state *state, uint32_t id)
{
    struct entry *entry = &state->entry[id];

    entry->older = state->newest;
    entry->newer = NONE;
    if (state->newest == NONE)
        state->oldest = id;
    else
        state->entry[state->newest].newer = id;
    state->newest = id;
}

static uint32_t *free_rings(struct cs_limiter_state *state, uint32_t capacity)
{
    return &state->free_ring[__builtin_ctz(capacity / FIRST_RING)];
}

static uint32_t take_ring(struct cs_limiter_state *state, uint32_t capacity)
{
    uint32_t *first = free_rings(state, capacity), ring = *first;

    if (ring != NONE) {
        *first = (uint32_t)state->stamp[ring];
        return ring;
    }
    CS_ASSERT(state->n_stamps < NONE - capacity);
    ring = state->n_stamps;
    state->n_stamps += capacity;
    CS_GROW(state->stamp, state->n_stamps, state->stamp_capacity);
    return ring;
}

static void give_ring(struct cs_limiter_state *state, const struct entry *entry)
{
    if (entry->capacity == 0)
        return;
    uint32_t *first = free_rings(state, entry->capacity);

    state->stamp[entry->ring] = *first;
    *first = entry->ring;
}

static void grow_ring(struct cs_limiter_state *state, struct entry *entry)
{
    uint32_t old = entry->capacity, capacity = old == 0 ? FIRST_RING : 2 * old;
    uint32_t ring = take_ring(state, capacity);

    for (uint32_t i = 0; i < entry->count; i++)
        state->stamp[ring + i] = state->stamp[entry->ring + ((entry->first + i) & (old - 1))];
    give_ring(state, entry);
    entry->ring = ring;
    entry->capacity = capacity;
    entry->first = 0;
}

static void drop_oldest(struct cs_limiter_state *state)
{
    uint32_t id = state->oldest;
    struct entry *entry = &state->entry[id];
    uint32_t *link = bucket_of(state, entry->place, entry->user);

    while (*link != id)
        link = &state->entry[*link].hash_next;
    *link = entry->hash_next;
    unlink_entry(state, entry);
    give_ring(state, entry);
    entry->hash_next = state->free_entry;
    state->free_entry = id;
    state->used--;
}

static uint32_t take_entry(struct cs_limiter_state *state)
{
    uint32_t id = state->free_entry;

    state->used++;
    if (id != NONE) {
        state->free_entry = state->entry[id].hash_next;
        return id;
    }
    CS_GROW(state->entry, state->n_entries + 1, state->entry_capacity);
    return state->n_entries++;
}

static struct entry *find(struct cs_limiter_state *state, uint64_t place, uint64_t user,
                          cs_time now)
{
    uint32_t id;

    for (id = *bucket_of(state, place, user); id != NONE; id = state->entry[id].hash_next)
        if (state->entry[id].user == user && state->entry[id].place == place)
            break;
    if (id != NONE) {
        unlink_entry(state, &state->entry[id]);
    } else {
        while (state->oldest != NONE && state->entry[state->oldest].last < now - state->keep)
            drop_oldest(state);
        id = take_entry(state);
        if (state->used > state->n_buckets)
            grow_table(state);
        uint32_t *bucket = bucket_of(state, place, user);

        state->entry[id] = (struct entry){.place = place, .user = user, .hash_next = *bucket};
        *bucket = id;
    }
    link_newest(state, id);
    state->entry[id].last = now;
    return &state->entry[id];
}

/* The n-th last acceptance (1 = the last). */
static cs_time nth_last(const struct cs_limiter_state *state, const struct entry *entry,
                        uint32_t n)
{
    uint32_t i = (entry->first + entry->count - n) & (entry->capacity - 1);

    return state->stamp[entry->ring + i];
}

static void record(struct cs_limiter_state *state, struct entry *entry, cs_time now,
                   cs_time window)
{
    uint32_t mask = entry->capacity - 1;

    while (entry->count > 0 && state->stamp[entry->ring + entry->first] <= now - window) {
        entry->first = (entry->first + 1) & mask;
        entry->count--;
    }
    if (entry->count == entry->capacity)
        grow_ring(state, entry);
    mask = entry->capacity - 1;
    state->stamp[entry->ring + ((entry->first + entry->count++) & mask)] = now;
}

static uint64_t place_of(const struct cs_model *model, const struct cs_limiter *limiter,
                         const struct cs_request *request)
{
    switch (limiter->scope) {
    case CS_SCOPE_INSTANCE:
        return cs_instance_of(model, request)->serial;
    case CS_SCOPE_REGION:
        return request->region;
    case CS_SCOPE_GLOBAL:
        return 0;
    }
    return 0;
}

bool cs_limiter_admit(struct cs_model *model, uint32_t limiter,
                      const struct cs_request *request)
{
    struct cs_limiter_state *state = &model->limiter[limiter];
    cs_time now = model->engine.now;

    if (request->user == CS_ANONYMOUS || state->config->tier[request->tier].n == 0)
        return true;
    struct entry *entry =
        find(state, place_of(model, state->config, request), request->user, now);

    for (uint32_t i = 0; i < state->config->tier[request->tier].n; i++) {
        struct cs_rate_limit limit = state->config->tier[request->tier].limit[i];

        if (limit.count == 0 || (entry->count >= limit.count &&
                                 nth_last(state, entry, limit.count) > now - limit.window))
            return false;
    }
    record(state, entry, now, state->longest[request->tier]);
    return true;
}

void cs_limiters_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;

    model->limiter = CS_NEW_ARRAY(struct cs_limiter_state, scenario->n_limiters + 1);
    for (uint32_t i = 0; i < scenario->n_limiters; i++) {
        struct cs_limiter_state *state = &model->limiter[i];

        *state =
            (struct cs_limiter_state){.config = &scenario->limiter[i],
                                      .free_entry = NONE,
                                      .newest = NONE,
                                      .oldest = NONE,
                                      .longest = CS_NEW_ARRAY(cs_time, scenario->n_tiers + 1)};
        for (uint32_t k = 0; k < RING_SIZES; k++)
            state->free_ring[k] = NONE;
        grow_table(state);
        for (uint32_t t = 0; t < scenario->n_tiers; t++)
            for (uint32_t k = 0; k < state->config->tier[t].n; k++) {
                cs_time window = state->config->tier[t].limit[k].window;

                state->longest[t] = window > state->longest[t] ? window : state->longest[t];
                state->keep = window > state->keep ? window : state->keep;
            }
    }
}

void cs_limiters_release(struct cs_model *model)
{
    for (uint32_t i = 0; i < model->scenario->n_limiters; i++) {
        struct cs_limiter_state *state = &model->limiter[i];

        free(state->stamp);
        free(state->entry);
        free(state->bucket);
        free(state->longest);
    }
    free(model->limiter);
}
