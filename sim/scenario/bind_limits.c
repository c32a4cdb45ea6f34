/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "scenario/bind.h"
#include "scenario/dump.h"

/* ---- a token bucket, exactly ---- */

/* The most a bucket holds, in its units: a limiter then has room above it. */
#define MOST_UNITS 0x1p60

static uint64_t divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* The rate as `count` in `period` ns, where that is what the text said: up to six
 * decimals in any of the units.  A double is that number to 1 part in 2^52. */
static bool exact_rate(double per_s, double period_s, struct cs_token_bucket *bucket)
{
    for (double scale = 1; scale <= 1e6; scale *= 10) {
        double count = per_s * period_s * scale;

        if (count > 0x1p50)
            return false;
        if (count < 0.5 || fabs(count - round(count)) > 0x1p-50 * count)
            continue;
        uint64_t gain = (uint64_t)llround(count);
        uint64_t cost = (uint64_t)(period_s * 1e9) * (uint64_t)scale;
        uint64_t by = divisor(gain, cost);

        bucket->gain = gain / by;
        bucket->cost = cost / by;
        return (double)bucket->cost * bucket->burst <= MOST_UNITS;
    }
    return false;
}

static bool fill_bucket(const struct cs_tier_limits *limits, struct cs_token_bucket *bucket)
{
    static const double period_s[] = {1, 60, 3600, 86400};

    bucket->burst = limits->burst;
    for (size_t i = 0; i < sizeof period_s / sizeof period_s[0]; i++)
        if (exact_rate(limits->rate_per_s, period_s[i], bucket)) {
            bucket->size = bucket->cost * bucket->burst;
            return true;
        }
    *bucket = (struct cs_token_bucket){0};
    return false;
}

/* ---- the limits of a tier ---- */

/* Keys that are not for the algorithm. */
static bool keys_fit(struct cs_bind *bind, const struct cs_node *node,
                     const struct cs_place *place, bool is_bucket)
{
    bool fit = true;

    for (size_t i = 0; node->kind == CS_NODE_MAP && i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        bool of_bucket = strcmp(pair->key, "rate") == 0 || strcmp(pair->key, "burst") == 0;

        if (of_bucket == is_bucket || cs_schema_find(&cs_schema_tier_limits, pair->key) == NULL)
            continue;
        cs_diag_error(bind->diag, &pair->mark,
                      is_bucket ? "%s: \"%s\" is not for a token_bucket, which has `rate` and "
                                  "`burst`"
                                : "%s: \"%s\" is for `algorithm: token_bucket`; windows have "
                                  "per_second, per_minute, per_hour and per_day",
                      cs_place_text(bind, place), pair->key);
        fit = false;
    }
    return fit;
}

static void put_windows(const struct cs_tier_limits *limits, struct cs_tier_limit *tier)
{
    static const cs_time window[] = {CS_S, CS_MIN, CS_HOUR, CS_DAY};
    uint32_t count[] = {limits->per_second, limits->per_minute, limits->per_hour,
                        limits->per_day};

    for (size_t w = 0; w < CS_MAX_LIMITS; w++)
        if (count[w] > 0)
            tier->limit[tier->n++] = (struct cs_rate_limit){count[w], window[w]};
}

static void put_bucket(struct cs_bind *bind, const struct cs_node *node,
                       const struct cs_place *place, const struct cs_tier_limits *limits,
                       struct cs_tier_limit *tier)
{
    const struct cs_pair *rate = cs_node_find(node, "rate");
    const struct cs_pair *burst = cs_node_find(node, "burst");

    if (rate == NULL || burst == NULL)
        cs_diag_error(bind->diag, &node->mark,
                      "missing key \"%s\" in %s: a token_bucket has both, such as "
                      "{rate: 100/min, burst: 20}",
                      rate == NULL ? "rate" : "burst", cs_place_text(bind, place));
    else if (limits->rate_per_s > 0 && limits->burst > 0 && !fill_bucket(limits, &tier->bucket))
        cs_diag_error(bind->diag, &rate->mark,
                      "%s: this rate cannot be kept exactly with a burst of %u; round it to "
                      "fewer digits",
                      cs_place_text(bind, place), (unsigned)limits->burst);
}

static struct cs_tier_limit *bind_tiers(struct cs_bind *bind, const struct cs_node *node,
                                        const struct cs_place *place, bool is_bucket)
{
    uint32_t n_tiers = bind->scenario->n_tiers;
    struct cs_tier_limit *made =
        CS_ARENA_ARRAY(bind->arena, struct cs_tier_limit, n_tiers + 1u);

    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return made;
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        struct cs_place at = {place, pair->key};
        struct cs_tier_limits limits = {0};
        uint32_t tier = cs_bind_ref(bind, CS_SECTION_TIERS, pair->key, &pair->mark);

        cs_bind_map(bind, &cs_schema_tier_limits, pair->value, &at, &limits, true);
        if (!keys_fit(bind, pair->value, &at, is_bucket) || tier == CS_NONE ||
            pair->value->kind != CS_NODE_MAP)
            continue;
        if (is_bucket)
            put_bucket(bind, pair->value, &at, &limits, &made[tier]);
        else
            put_windows(&limits, &made[tier]);
    }
    return made;
}

void cs_bind_limits(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_limiter *limiter = base;

    limiter->tier = bind_tiers(bind, node, place, limiter->algorithm == CS_LIMIT_TOKEN_BUCKET);
}

void cs_bind_shadow_limits(struct cs_bind *bind, const struct cs_node *node,
                           const struct cs_place *place, void *base)
{
    struct cs_limiter *limiter = base;

    limiter->shadow =
        bind_tiers(bind, node, place, limiter->algorithm == CS_LIMIT_TOKEN_BUCKET);
}

void cs_bind_retry_after(struct cs_bind *bind, const struct cs_node *node,
                         const struct cs_place *place, void *base)
{
    struct cs_limiter *limiter = base;
    double si = 0;

    if (node->kind == CS_NODE_SCALAR && strcmp(node->value, "window") == 0) {
        limiter->retry = CS_RETRY_AFTER_WINDOW;
    } else if (node->kind == CS_NODE_SCALAR && isalpha((unsigned char)node->value[0])) {
        cs_bind_refuse(bind, node, place, "neither a time nor `window`", "30s");
    } else if (cs_bind_quantity(bind, node, place, CS_DIM_TIME, 0, cs_dim_max(CS_DIM_TIME),
                                &si)) {
        limiter->retry = CS_RETRY_AFTER_TIME;
        limiter->retry_after = cs_time_from_s(si);
    }
}

/* ---- into the hash ---- */

static void dump_tiers(struct cs_sink *sink, const struct cs_scenario *s,
                       const struct cs_tier_limit *tier)
{
    for (uint32_t t = 0; t < s->n_tiers; t++) {
        const struct cs_token_bucket *bucket = &tier[t].bucket;

        for (uint32_t w = 0; w < tier[t].n; w++)
            cs_sink_print(sink, "%s %u %lld\n", s->tier[t].name,
                          (unsigned)tier[t].limit[w].count, (long long)tier[t].limit[w].window);
        if (bucket->cost > 0)
            cs_sink_print(sink, "%s %llu %llu %u\n", s->tier[t].name,
                          (unsigned long long)bucket->gain, (unsigned long long)bucket->cost,
                          (unsigned)bucket->burst);
    }
}

void cs_dump_limits(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_limiter *limiter = base;

    dump_tiers(sink, s, limiter->tier);
}

void cs_dump_shadow_limits(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_limiter *limiter = base;

    if (limiter->shadow != NULL)
        dump_tiers(sink, s, limiter->shadow);
    cs_sink_print(sink, "\n");
}

void cs_dump_retry_after(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_limiter *limiter = base;

    (void)s;
    cs_sink_print(sink, "%d %lld\n", (int)limiter->retry, (long long)limiter->retry_after);
}
