/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: asking and counting are one step; nothing comes between them.
 * Equation:   sliding log: refused iff the L-th last acceptance is later than
 *             now - window; fixed window: iff more than L came in this window,
 *             refused ones counted; token bucket: iff less than one token is there.
 * Source:     with Poisson requests M/D/L/L, E[(N - L)+] of Poisson N, and
 *             M/D/1/b (include/capsim/theory.h).
 * Leaves out: races between the two steps, as a store far away has them.
 */
#include "limit_table.h"

#include "capsim/check.h"

/* A raised maximum is a new ratio. */
static void raise_reach(struct cs_limit_reach *reach, uint32_t which, uint64_t used,
                        uint64_t limit)
{
    double ratio = (double)used / (double)limit;

    reach->most[which] = used;
    reach->ratio = ratio > reach->ratio ? ratio : reach->ratio;
}

static uint32_t window_index(cs_time window)
{
    return window == CS_S ? 0 : window == CS_MIN ? 1 : window == CS_HOUR ? 2 : 3;
}

/* ---- sliding log ---- */

static cs_time longest_window(const struct cs_tier_limit *limits)
{
    return limits->n > 0 ? limits->limit[limits->n - 1].window : 0;
}

/* What was accepted within each window, now that the last was recorded.  Most
 * calls find the maximum unbeaten, at one look. */
static void log_reach(const struct cs_limit_table *table, const struct cs_limit_entry *entry,
                      const struct cs_limit_ask *ask, struct cs_limit_reach *reach)
{
    for (uint32_t i = 0; i < ask->limits->n; i++) {
        const struct cs_rate_limit *limit = &ask->limits->limit[i];
        uint32_t which = window_index(limit->window);
        uint64_t most = reach->most[which], before = most;

        while (most < entry->log.count &&
               cs_limit_nth_last(table, entry, most + 1) > ask->now - limit->window)
            most++;
        if (most > before)
            raise_reach(reach, which, most, limit->count);
    }
}

static bool ask_log(struct cs_limit_table *table, struct cs_limit_entry *entry,
                    const struct cs_limit_ask *ask, cs_time *wait, struct cs_limit_reach *reach)
{
    cs_time longest = 0;

    for (uint32_t i = 0; i < ask->limits->n; i++) {
        struct cs_rate_limit limit = ask->limits->limit[i];

        if (entry->log.count < limit.count)
            continue;
        cs_time left = cs_limit_nth_last(table, entry, limit.count) + limit.window - ask->now;

        longest = left > longest ? left : longest;
    }
    *wait = longest;
    if (longest > 0)
        return false;
    cs_limit_record(table, entry, ask->now, ask->now - longest_window(ask->limits));
    if (reach != NULL)
        log_reach(table, entry, ask, reach);
    return true;
}

/* ---- fixed windows ---- */

/*
 * The first window starts with the user's first request, and the next begin where
 * the one before ends, as long as there are requests in them; after one without
 * any, the next starts with the next request.
 */
static void turn_window(struct cs_limit_windows *windows, uint32_t which, cs_time now,
                        cs_time window)
{
    cs_time since = now - windows->start[which];

    if (windows->count[which] == 0 || since >= 2 * window)
        windows->start[which] = now;
    else if (since >= window)
        windows->start[which] += window;
    else
        return;
    windows->count[which] = 0;
}

static bool ask_windows(struct cs_limit_windows *windows, const struct cs_limit_ask *ask,
                        cs_time *wait, struct cs_limit_reach *reach)
{
    cs_time longest = 0;

    for (uint32_t i = 0; i < ask->limits->n; i++) {
        struct cs_rate_limit limit = ask->limits->limit[i];
        uint32_t which = window_index(limit.window);

        turn_window(windows, which, ask->now, limit.window);
        uint32_t count = ++windows->count[which];

        if (count > limit.count) {
            cs_time left = windows->start[which] + limit.window - ask->now;

            longest = left > longest ? left : longest;
            count = limit.count;
        }
        if (reach != NULL && count > reach->most[which])
            raise_reach(reach, which, count, limit.count);
    }
    *wait = longest;
    return longest == 0;
}

static void charge_windows(struct cs_limit_windows *windows, const struct cs_limit_ask *ask,
                           struct cs_limit_reach *reach)
{
    for (uint32_t i = 0; i < ask->limits->n; i++) {
        struct cs_rate_limit limit = ask->limits->limit[i];
        uint32_t which = window_index(limit.window);

        turn_window(windows, which, ask->now, limit.window);
        uint32_t count = ++windows->count[which];

        if (reach != NULL && count > reach->most[which])
            raise_reach(reach, which, count, limit.count);
    }
}

/* ---- token buckets ---- */

/* What the bucket lacks at `now`: nothing is rounded, so no part of a token is ever
 * lost to one who asks often. */
static uint64_t missing_at(const struct cs_limit_entry *entry,
                           const struct cs_token_bucket *bucket, cs_time now)
{
    unsigned __int128 gained = (unsigned __int128)(now - entry->last) * bucket->gain;

    return gained >= entry->missing ? 0 : entry->missing - (uint64_t)gained;
}

static bool ask_bucket(struct cs_limit_entry *entry, const struct cs_limit_ask *ask,
                       cs_time *wait, struct cs_limit_reach *reach)
{
    const struct cs_token_bucket *bucket = &ask->limits->bucket;
    uint64_t missing = missing_at(entry, bucket, ask->now) + bucket->cost;
    bool accepted = missing <= bucket->size;

    *wait =
        accepted ? 0 : (cs_time)((missing - bucket->size + bucket->gain - 1) / bucket->gain);
    entry->missing = accepted ? missing : missing - bucket->cost;
    if (reach != NULL && entry->missing > reach->most[0])
        raise_reach(reach, 0, entry->missing, bucket->size);
    return accepted;
}

/* It may lack more than it can hold; one who was away for `keep` starts anew. */
static void charge_bucket(struct cs_limit_entry *entry, const struct cs_limit_ask *ask,
                          cs_time keep, struct cs_limit_reach *reach)
{
    const struct cs_token_bucket *bucket = &ask->limits->bucket;
    uint64_t missing = ask->now - entry->last > keep ? 0 : missing_at(entry, bucket, ask->now);

    if (missing <= UINT64_MAX - bucket->cost)
        missing += bucket->cost;
    entry->missing = missing;
    if (reach != NULL && missing > reach->most[0])
        raise_reach(reach, 0, missing, bucket->size);
}

void cs_limit_rescale(struct cs_limit_table *table, uint32_t tier,
                      const struct cs_token_bucket *from, const struct cs_token_bucket *to,
                      cs_time now)
{
    if (table->algorithm != CS_LIMIT_TOKEN_BUCKET || from->cost == 0 || to->cost == 0)
        return;
    for (uint32_t i = table->oldest; i != UINT32_MAX; i = table->entry[i].newer) {
        struct cs_limit_entry *entry = &table->entry[i];

        if (entry->tier != tier)
            continue;
        unsigned __int128 missing =
            (unsigned __int128)missing_at(entry, from, now) * to->cost / from->cost;

        entry->missing = missing > to->size ? to->size : (uint64_t)missing;
        entry->last = now;
    }
}

/* ---- all of them ---- */

cs_time cs_limit_keep(enum cs_limit_algorithm algorithm, const struct cs_tier_limit *tier)
{
    switch (algorithm) {
    case CS_LIMIT_SLIDING_LOG:
        return longest_window(tier);
    case CS_LIMIT_FIXED_WINDOW:
        return 2 * longest_window(tier);
    case CS_LIMIT_TOKEN_BUCKET:
        if (tier->bucket.cost > 0)
            return (cs_time)((tier->bucket.size + tier->bucket.gain - 1) / tier->bucket.gain);
    }
    return 0;
}

bool cs_limit_ask(struct cs_limit_table *table, const struct cs_limit_ask *ask, cs_time *wait,
                  struct cs_limit_reach *reach)
{
    uint32_t id = cs_limit_find(table, ask);
    struct cs_limit_entry *entry = &table->entry[id];
    bool accepted = true;

    switch (table->algorithm) {
    case CS_LIMIT_SLIDING_LOG:
        accepted = ask_log(table, entry, ask, wait, reach);
        break;
    case CS_LIMIT_FIXED_WINDOW:
        accepted = ask_windows(&table->windows[id], ask, wait, reach);
        break;
    case CS_LIMIT_TOKEN_BUCKET:
        accepted = ask_bucket(entry, ask, wait, reach);
        break;
    }
    entry->last = ask->now;
    return accepted;
}

void cs_limit_charge(struct cs_limit_table *table, const struct cs_limit_ask *ask,
                     struct cs_limit_reach *reach)
{
    uint32_t id = cs_limit_find(table, ask);
    struct cs_limit_entry *entry = &table->entry[id];

    switch (table->algorithm) {
    case CS_LIMIT_SLIDING_LOG:
        cs_limit_record(table, entry, ask->now, ask->now - longest_window(ask->limits));
        if (reach != NULL)
            log_reach(table, entry, ask, reach);
        break;
    case CS_LIMIT_FIXED_WINDOW:
        charge_windows(&table->windows[id], ask, reach);
        break;
    case CS_LIMIT_TOKEN_BUCKET:
        charge_bucket(entry, ask, table->keep, reach);
        break;
    }
    entry->last = ask->now;
}
