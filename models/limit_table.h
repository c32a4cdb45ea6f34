/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_LIMIT_TABLE_H
#define CAPSIM_MODELS_LIMIT_TABLE_H

#include "capsim/scenario.h"

/*
 * What one limiter remembers of its users: an entry for each user at each place
 * (an instance, a region, the whole platform).  An entry that nobody has asked
 * for during `keep` says nothing any more and is dropped, so the table holds
 * those who are active; what is dropped is recycled.
 *
 * A sliding log has a ring of stamps in each entry, as long as it has to be; a
 * fixed window has a start and a count for each limit, a token bucket one number.
 */
struct cs_limit_entry {
    uint64_t place, user; /* what looking for it reads stands together */
    uint32_t hash_next;
    uint32_t newer, older; /* in order of use */
    uint32_t tier;
    cs_time last; /* asked for */
    union {
        struct {
            uint32_t ring; /* where it begins among the stamps */
            uint32_t first, count, capacity;
        } log;
        uint64_t missing; /* units that the bucket lacks, at `last` */
    };
};

/* By length: a second, a minute, an hour. */
struct cs_limit_windows {
    cs_time start[CS_MAX_LIMITS];
    uint32_t count[CS_MAX_LIMITS]; /* 0: no window yet */
};

enum { CS_LIMIT_RINGS = 30 };

struct cs_limit_table {
    enum cs_limit_algorithm algorithm;
    cs_time keep;
    struct cs_limit_entry *entry;
    uint32_t n_entries, entry_capacity;
    struct cs_limit_windows *windows; /* by entry; fixed windows */
    uint32_t windows_capacity;
    uint32_t free_entry, used;
    uint32_t newest, oldest;
    uint32_t *bucket;
    uint32_t n_buckets;
    cs_time *stamp;
    uint32_t n_stamps, stamp_capacity;
    uint32_t free_ring[CS_LIMIT_RINGS]; /* by size; the next one is in its first stamp */
};

/* The greatest use of one limit that a user made: of each window's count, or of
 * the bucket's units; ratio is of the limit. */
struct cs_limit_reach {
    uint64_t most[CS_MAX_LIMITS];
    double ratio;
};

void cs_limit_table_init(struct cs_limit_table *table, enum cs_limit_algorithm algorithm);
void cs_limit_table_release(struct cs_limit_table *table);
/* How long an entry of this tier says something after it was last asked for. */
cs_time cs_limit_keep(enum cs_limit_algorithm algorithm, const struct cs_tier_limit *tier);

/* Who asks, of what limits. */
struct cs_limit_ask {
    const struct cs_tier_limit *limits;
    uint64_t place, user;
    uint32_t tier;
    cs_time now; /* not before that of the last call */
};

/*
 * May it pass?  It is counted as the algorithm has it.
 *
 * wait   when it is refused: how long until it would be accepted, if nothing else
 *        comes; > 0
 * reach  raised by what is in use now; NULL: not asked for
 *
 * O(1), and once in a while the cost of growing.
 */
bool cs_limit_ask(struct cs_limit_table *table, const struct cs_limit_ask *ask, cs_time *wait,
                  struct cs_limit_reach *reach);
/* Count one that was accepted elsewhere, and refuse nothing; reach may be NULL. */
void cs_limit_charge(struct cs_limit_table *table, const struct cs_limit_ask *ask,
                     struct cs_limit_reach *reach);
/* The buckets of a tier have other numbers from `now` on: what is missing in each
 * stays the same number of requests, but for what it cannot lack any more. */
void cs_limit_rescale(struct cs_limit_table *table, uint32_t tier,
                      const struct cs_token_bucket *from, const struct cs_token_bucket *to,
                      cs_time now);

/* The entry, made when there is none, and now the newest.  Its `last` is as it was;
 * a new one has last = now. */
uint32_t cs_limit_find(struct cs_limit_table *table, const struct cs_limit_ask *ask);

/* ---- a ring of stamps ---- */

/* The n-th last (1 = the last); n <= count. */
cs_time cs_limit_nth_last(const struct cs_limit_table *table,
                          const struct cs_limit_entry *entry, uint64_t n);
/* Append now, and drop what is not later than `from`. */
void cs_limit_record(struct cs_limit_table *table, struct cs_limit_entry *entry, cs_time now,
                     cs_time from);

#endif
