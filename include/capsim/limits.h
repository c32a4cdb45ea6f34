/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_LIMITS_H
#define CAPSIM_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "capsim/time.h"

/* Rate limits of users, as a scenario has them: part of struct cs_scenario. */

enum cs_limit_scope { CS_SCOPE_INSTANCE, CS_SCOPE_REGION, CS_SCOPE_GLOBAL };

enum cs_limit_algorithm { CS_LIMIT_SLIDING_LOG, CS_LIMIT_FIXED_WINDOW, CS_LIMIT_TOKEN_BUCKET };

/* What a 429 tells its client. */
enum cs_retry_after { CS_RETRY_UNSAID, CS_RETRY_AFTER_TIME, CS_RETRY_AFTER_WINDOW };

struct cs_rate_limit {
    uint32_t count; /* at most, within window */
    cs_time window;
};

/* A token bucket in whole numbers, so that nothing is rounded: it gains `gain`
 * units a ns, a request takes `cost` of them, and `size` is the most it holds. */
struct cs_token_bucket {
    uint64_t gain, cost, size; /* size is burst times cost, at most 2^60 */
    uint32_t burst;
};

enum { CS_MAX_LIMITS = 4 }; /* per second, minute, hour, day */

struct cs_tier_limit {
    struct cs_rate_limit limit[CS_MAX_LIMITS]; /* sliding log, fixed window */
    uint32_t n;
    struct cs_token_bucket bucket; /* token bucket; cost 0: none */
};

static inline bool cs_tier_is_limited(const struct cs_tier_limit *tier)
{
    return tier->n > 0 || tier->bucket.cost > 0;
}

struct cs_limiter {
    const char *name;
    enum cs_limit_algorithm algorithm;
    enum cs_limit_scope scope;
    enum cs_retry_after retry;
    cs_time retry_after;          /* CS_RETRY_AFTER_TIME */
    struct cs_tier_limit *tier;   /* n_tiers of them */
    struct cs_tier_limit *shadow; /* counts what it would refuse; NULL: there is none */
};

#endif
