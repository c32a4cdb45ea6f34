/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "capsim/theory.h"
#include "scenario/dump.h"
#include "scenario/validate.h"

#define MAX_ENTRIES 4000000.0

void cs_bind_cache_keys(struct cs_bind *bind, const struct cs_node *node,
                        const struct cs_place *place, void *base)
{
    struct cs_cache *cache = base;
    struct cs_node count = *node;
    struct cs_pair pair = {.key = "count", .mark = node->mark, .value = &count};
    struct cs_node map = {
        .kind = CS_NODE_MAP, .mark = node->mark, .pair = &pair, .n = 1, .cap = 1};

    cache->keys = 1;
    cs_bind_map(bind, &cs_schema_cache_keys, node->kind == CS_NODE_SCALAR ? &map : node, place,
                base, true);
}

void cs_dump_cache_keys(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    cs_dump_map(sink, s, &cs_schema_cache_keys, base);
}

/* ---- what follows ---- */

/* Requests a second whose answer may come from the edge, and those that never do. */
static double rate_at_edge(const struct cs_scenario *s, uint32_t f, double *passing)
{
    double all = cs_work_rate(s, f), with_user = 0;

    for (uint32_t i = 0; i < s->n_sources; i++)
        if (s->source[i].n_tiers > 0)
            with_user += cs_work_source_rate(s, &s->source[i], f);
    *passing = with_user;
    return all - with_user;
}

/* Each key at each zone's edge is a renewal process: an answer is fetched, lives for
 * ttl, and the next request after that fetches again. */
static void estimate(const struct cs_scenario *s, uint32_t f)
{
    struct cs_cache *cache = &s->function[f].cache;
    double passing, rate = rate_at_edge(s, f, &passing), norm = 0, hits = 0, fetches = 0;
    double ttl = cs_time_s(cache->ttl), stale = cs_time_s(cache->stale_while_revalidate);

    for (uint32_t k = 0; k < cache->keys; k++)
        norm += pow(k + 1.0, -cache->zipf_exponent);
    for (uint32_t k = 0; k < cache->keys; k++) {
        double of_key = pow(k + 1.0, -cache->zipf_exponent) / norm;
        for (uint32_t z = 0; z < s->n_zones; z++) {
            double share = s->zone[z].share * of_key;
            hits += share * cs_theory_ttl_hits(share * rate, ttl, stale);
            fetches += share * (1 - cs_theory_ttl_hits(share * rate, ttl, 0));
        }
    }
    double all = rate + passing;
    cache->hit_share = all > 0 ? hits * rate / all : 0;
    cache->origin_share = all > 0 ? (fetches * rate + passing) / all : 1;
}

void cs_validate_caches(struct cs_bind *bind)
{
    const struct cs_scenario *s = bind->scenario;
    double entries = 0;

    for (uint32_t f = 0; f < s->n_functions; f++) {
        struct cs_cache *cache = &s->function[f].cache;
        if (!cache->exists)
            continue;
        if (bind->base != NULL && !bind->base->function[f].cache.exists)
            cs_diag_error(bind->diag, cs_bind_mark(bind, "functions"),
                          "functions.%s: a cache cannot come into being while it runs",
                          s->function[f].name);
        entries += (double)cache->keys * s->n_zones;
    }
    if (entries > MAX_ENTRIES) {
        cs_diag_error(bind->diag, cs_bind_mark(bind, "functions"),
                      "functions: %.2g entries of caches (keys x zones); the most is 4e6",
                      entries);
        return;
    }
    for (uint32_t f = 0; f < s->n_functions; f++) {
        struct cs_cache *cache = &s->function[f].cache;
        if (!cache->exists)
            continue;
        cache->popularity = cs_zipf_new(bind->arena, cache->keys, cache->zipf_exponent, 0);
        estimate(s, f);
    }
}
