/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: who has not asked for `keep` is as good as a user never seen.
 * Equation:   none.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: what a limiter in memory costs its instance.
 */
#include "limit_table.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/check.h"

/*
 * Rings are cut from one array, in powers of two, and recycled by size.  Entries
 * are keyed by place and user: an instance that is gone has a serial that never
 * comes again, and its entries are dropped from the old end of the list in order
 * of use like all others.
 */
enum { FIRST_RING = 4, FIRST_BUCKETS = 1024 };

#define NONE UINT32_MAX

static uint64_t hash_of(uint64_t place, uint64_t user)
{
    uint64_t h = (place + 1) * 0x9e3779b97f4a7c15u ^ (user + 1) * 0xc2b2ae3d27d4eb4fu;

    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

static uint32_t *bucket_of(struct cs_limit_table *table, uint64_t place, uint64_t user)
{
    return &table->bucket[hash_of(place, user) & (table->n_buckets - 1)];
}

static void grow_buckets(struct cs_limit_table *table)
{
    uint32_t n = table->n_buckets == 0 ? FIRST_BUCKETS : 2 * table->n_buckets;

    free(table->bucket);
    table->bucket = CS_NEW_ARRAY(uint32_t, n);
    table->n_buckets = n;
    for (uint32_t i = 0; i < n; i++)
        table->bucket[i] = NONE;
    for (uint32_t i = table->oldest; i != NONE; i = table->entry[i].newer) {
        uint32_t *bucket = bucket_of(table, table->entry[i].place, table->entry[i].user);

        table->entry[i].hash_next = *bucket;
        *bucket = i;
    }
}

static void unlink_entry(struct cs_limit_table *table, const struct cs_limit_entry *entry)
{
    if (entry->newer == NONE)
        table->newest = entry->older;
    else
        table->entry[entry->newer].older = entry->older;
    if (entry->older == NONE)
        table->oldest = entry->newer;
    else
        table->entry[entry->older].newer = entry->newer;
}

static void link_newest(struct cs_limit_table *table, uint32_t id)
{
    struct cs_limit_entry *entry = &table->entry[id];

    entry->older = table->newest;
    entry->newer = NONE;
    if (table->newest == NONE)
        table->oldest = id;
    else
        table->entry[table->newest].newer = id;
    table->newest = id;
}

/* ---- rings ---- */

static uint32_t *free_rings(struct cs_limit_table *table, uint32_t capacity)
{
    return &table->free_ring[__builtin_ctz(capacity / FIRST_RING)];
}

static uint32_t take_ring(struct cs_limit_table *table, uint32_t capacity)
{
    uint32_t *first = free_rings(table, capacity), ring = *first;

    if (ring != NONE) {
        *first = (uint32_t)table->stamp[ring];
        return ring;
    }
    CS_ASSERT(table->n_stamps < NONE - capacity);
    ring = table->n_stamps;
    table->n_stamps += capacity;
    CS_GROW(table->stamp, table->n_stamps, table->stamp_capacity);
    return ring;
}

static void give_ring(struct cs_limit_table *table, const struct cs_limit_entry *entry)
{
    if (table->algorithm != CS_LIMIT_SLIDING_LOG || entry->log.capacity == 0)
        return;
    uint32_t *first = free_rings(table, entry->log.capacity);

    table->stamp[entry->log.ring] = *first;
    *first = entry->log.ring;
}

static void grow_ring(struct cs_limit_table *table, struct cs_limit_entry *entry)
{
    uint32_t old = entry->log.capacity, capacity = old == 0 ? FIRST_RING : 2 * old;
    uint32_t ring = take_ring(table, capacity);

    for (uint32_t i = 0; i < entry->log.count; i++)
        table->stamp[ring + i] =
            table->stamp[entry->log.ring + ((entry->log.first + i) & (old - 1))];
    give_ring(table, entry);
    entry->log.ring = ring;
    entry->log.capacity = capacity;
    entry->log.first = 0;
}

cs_time cs_limit_nth_last(const struct cs_limit_table *table,
                          const struct cs_limit_entry *entry, uint64_t n)
{
    uint32_t i =
        (entry->log.first + entry->log.count - (uint32_t)n) & (entry->log.capacity - 1);

    return table->stamp[entry->log.ring + i];
}

void cs_limit_record(struct cs_limit_table *table, struct cs_limit_entry *entry, cs_time now,
                     cs_time from)
{
    uint32_t mask = entry->log.capacity - 1;

    while (entry->log.count > 0 && table->stamp[entry->log.ring + entry->log.first] <= from) {
        entry->log.first = (entry->log.first + 1) & mask;
        entry->log.count--;
    }
    if (entry->log.count == entry->log.capacity)
        grow_ring(table, entry);
    mask = entry->log.capacity - 1;
    table->stamp[entry->log.ring + ((entry->log.first + entry->log.count++) & mask)] = now;
}

/* ---- entries ---- */

static void drop_oldest(struct cs_limit_table *table)
{
    uint32_t id = table->oldest;
    struct cs_limit_entry *entry = &table->entry[id];
    uint32_t *link = bucket_of(table, entry->place, entry->user);

    while (*link != id)
        link = &table->entry[*link].hash_next;
    *link = entry->hash_next;
    unlink_entry(table, entry);
    give_ring(table, entry);
    entry->hash_next = table->free_entry;
    table->free_entry = id;
    table->used--;
}

static uint32_t take_entry(struct cs_limit_table *table)
{
    uint32_t id = table->free_entry;

    table->used++;
    if (id != NONE) {
        table->free_entry = table->entry[id].hash_next;
        return id;
    }
    CS_GROW(table->entry, table->n_entries + 1, table->entry_capacity);
    if (table->algorithm == CS_LIMIT_FIXED_WINDOW)
        CS_GROW(table->windows, table->n_entries + 1, table->windows_capacity);
    return table->n_entries++;
}

static uint32_t new_entry(struct cs_limit_table *table, const struct cs_limit_ask *ask)
{
    while (table->oldest != NONE && table->entry[table->oldest].last < ask->now - table->keep)
        drop_oldest(table);
    uint32_t id = take_entry(table);

    if (table->used > table->n_buckets)
        grow_buckets(table);
    uint32_t *bucket = bucket_of(table, ask->place, ask->user);

    table->entry[id] = (struct cs_limit_entry){.place = ask->place,
                                               .user = ask->user,
                                               .tier = ask->tier,
                                               .last = ask->now,
                                               .hash_next = *bucket};
    if (table->algorithm == CS_LIMIT_FIXED_WINDOW)
        table->windows[id] = (struct cs_limit_windows){0};
    *bucket = id;
    return id;
}

uint32_t cs_limit_find(struct cs_limit_table *table, const struct cs_limit_ask *ask)
{
    uint32_t id = *bucket_of(table, ask->place, ask->user);

    while (id != NONE &&
           (table->entry[id].user != ask->user || table->entry[id].place != ask->place))
        id = table->entry[id].hash_next;
    if (id == NONE)
        id = new_entry(table, ask);
    else
        unlink_entry(table, &table->entry[id]);
    link_newest(table, id);
    return id;
}

void cs_limit_table_init(struct cs_limit_table *table, enum cs_limit_algorithm algorithm)
{
    *table = (struct cs_limit_table){
        .algorithm = algorithm, .free_entry = NONE, .newest = NONE, .oldest = NONE};
    for (uint32_t k = 0; k < CS_LIMIT_RINGS; k++)
        table->free_ring[k] = NONE;
    grow_buckets(table);
}

void cs_limit_table_release(struct cs_limit_table *table)
{
    free(table->stamp);
    free(table->windows);
    free(table->entry);
    free(table->bucket);
}
