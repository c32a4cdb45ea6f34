/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: the edge is where the zone's users are.  A request for a key is answered
 *             there while the key's last 200 answer is fresh (younger than ttl), or
 *             stale and within stale_while_revalidate, when one request of the
 *             edge's own fetches it anew.  Requests that miss go on, each for itself.
 * Equation:   TTL: hits / requests = x / (1 + x), x = rate of the key * ttl.
 * Source:     RFC 9111 4.2 (fresh: lifetime greater than age), RFC 5861 3.
 * Leaves out: the edge's size, answers other than 200, joining misses that are
 *             under way for the same key, revalidation by validators.
 */
#include "platform.h"

#include <stdlib.h>

#include "capsim/array.h"

/* What arrives at this instant counts as there. */
static void take_arrivals(struct cs_model *model)
{
    struct cs_cdn *cdn = &model->cdn;

    while (cdn->due.n > 0 && cs_heap_top(&cdn->due)->key <= (uint64_t)model->engine.now) {
        const struct cs_heap_entry *top = cs_heap_top(&cdn->due);
        uint32_t id = top->id;

        struct cs_cdn_entry *entry = &cdn->entry[cdn->due_for[id].entry];

        entry->stored = (cs_time)top->key;
        entry->is_there = true;
        entry->is_refreshing &= !cdn->due_for[id].is_refresh;
        cs_heap_remove(&cdn->due, id);
        cdn->free_due[cdn->n_free_due++] = id;
    }
}

static void expect(struct cs_cdn *cdn, struct cs_cdn_due due, cs_time at)
{
    if (cdn->n_free_due == 0) {
        CS_GROW(cdn->due_for, cdn->n_due + 1, cdn->due_capacity);
        CS_GROW(cdn->free_due, cdn->n_due + 1, cdn->free_due_capacity);
        cdn->free_due[cdn->n_free_due++] = cdn->n_due++;
    }
    uint32_t id = cdn->free_due[--cdn->n_free_due];

    cdn->due_for[id] = due;
    cs_heap_put(&cdn->due, id, (uint64_t)at);
}

void cs_cdn_answered(struct cs_model *model, const struct cs_request *request, int code,
                     cs_time at)
{
    struct cs_cdn *cdn = &model->cdn;

    if (request->epoch != cdn->epoch)
        return;
    if (code == 200)
        expect(cdn, (struct cs_cdn_due){request->entry, request->is_refresh}, at);
    else if (request->is_refresh)
        cdn->entry[request->entry].is_refreshing = false;
}

void cs_cdn_purge(struct cs_model *model)
{
    struct cs_cdn *cdn = &model->cdn;

    while (cdn->due.n > 0) {
        uint32_t id = cs_heap_top(&cdn->due)->id;

        cs_heap_remove(&cdn->due, id);
        cdn->free_due[cdn->n_free_due++] = id;
    }
    for (uint32_t i = 0; i < cdn->n_entries; i++)
        cdn->entry[i] = (struct cs_cdn_entry){0};
    cdn->epoch++;
}

/* ---- asking ---- */

static uint32_t key_of(const struct cs_model *model, const struct cs_request *request,
                       const struct cs_cache *cache)
{
    struct cs_draw draw;

    if (cache->keys == 1)
        return 0;
    cs_draw_init(&draw, model->scenario->seed, model->source[request->source].cache_stream,
                 request->number, 0, 0, model->replication);
    return (uint32_t)cs_zipf_sample(&cache->popularity, cs_draw_u64(&draw));
}

/* After hit_time; an answer beats the patience that ends at the same instant. */
static void answer_later(struct cs_model *model, struct cs_request *request, bool is_error)
{
    const struct cs_dist *hit_time = model->scenario->cdn.hit_time;
    cs_time delay = 0;

    if (hit_time != NULL) {
        struct cs_draw draw =
            cs_request_draw(model, request, model->source[request->source].network_stream, 0);

        delay = cs_dist_time(hit_time, &draw);
    }
    request->is_edge = true;
    request->fate = is_error ? CS_FATE_ERROR : CS_FATE_FINE;
    request->at = CS_AT_TIMER;
    cs_timer_set(&model->engine, request->timer, model->engine.now + delay, CS_CLASS_RELEASE,
                 CS_REQUEST_EDGE_ANSWERS);
}

void cs_edge_answer(struct cs_model *model, struct cs_request *request)
{
    request->entered = model->engine.now;
    if (request->fate == CS_FATE_FINE)
        cs_request_end(model, request, 200, CS_REASON_OK);
    else
        cs_request_end(model, request, 502, CS_REASON_REGION_DOWN);
}

/* The same request, from the edge: nobody waits for its answer, and it is counted as
 * what it uses alone. */
static void refresh(struct cs_model *model, uint32_t of)
{
    struct cs_request *request = cs_request_new(model); /* may move the array */
    const struct cs_request *asked = &model->request[of];

    if (request == NULL)
        return;
    request->number = asked->number;
    request->source = asked->source;
    request->function = asked->function;
    request->zone = asked->zone;
    request->region = asked->region;
    request->cell = asked->cell;
    request->attempt = asked->attempt;
    request->user = CS_ANONYMOUS;
    request->entry = asked->entry;
    request->epoch = asked->epoch;
    request->is_refresh = request->is_settled = true;
    model->cdn.entry[asked->entry].is_refreshing = true;
    model->cdn.refreshes++;
    cs_request_depart(model, request);
    cs_request_travel(model, request);
}

static bool is_kept(const struct cs_cache *cache, const struct cs_request *request)
{
    return cache->exists && request->user == CS_ANONYMOUS;
}

bool cs_edge_takes(struct cs_model *model, struct cs_request *request, bool is_up)
{
    const struct cs_cache *cache = &model->scenario->function[request->function].cache;
    struct cs_cdn *cdn = &model->cdn;

    if (is_kept(cache, request)) {
        take_arrivals(model);
        request->entry = cdn->first[request->function] + request->zone * cache->keys +
                         key_of(model, request, cache);
        request->epoch = cdn->epoch;
        const struct cs_cdn_entry *entry = &cdn->entry[request->entry];
        cs_time age = model->engine.now - entry->stored;

        if (entry->is_there && age < cache->ttl + cache->stale_while_revalidate) {
            if (request->is_measured)
                cs_counts_add(&cdn->hits[request->function]);
            answer_later(model, request, false);
            if (age >= cache->ttl && !entry->is_refreshing && is_up)
                refresh(model, cs_request_id(model, request));
            return true;
        }
    }
    if (!is_up)
        answer_later(model, request, true);
    return !is_up;
}

/* ---- wiring ---- */

bool cs_cdn_exists(const struct cs_scenario *scenario)
{
    bool exists = scenario->cdn.hit_time != NULL;

    for (uint32_t f = 0; f < scenario->n_functions; f++)
        exists |= scenario->function[f].cache.exists;
    return exists;
}

static void wire_counts(struct cs_model *model, uint32_t f)
{
    const struct cs_scenario *scenario = model->scenario;
    uint64_t *asked = model->meters.requests[CS_BY_FUNCTION].all[f];
    struct cs_labels labels = CS_LABELS({"function", scenario->function[f].name});
    static const unsigned of_all[] = {0}, of_function[] = {1};
    const uint64_t *all = &model->meters.measured;

    cs_counts_build(&model->cdn.hits[f], model, "cdn_hits_total", "requests", labels, of_all, 1,
                    all);
    cs_counts_build(&model->cdn.hits[f], model, "cdn_hits_total", "requests", labels,
                    of_function, 1, asked != NULL ? asked : all);
}

void cs_cdn_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    struct cs_cdn *cdn = &model->cdn;

    cs_heap_init(&cdn->due);
    cdn->first = CS_NEW_ARRAY(uint32_t, scenario->n_functions + 1);
    cdn->hits = CS_NEW_ARRAY(struct cs_counts, scenario->n_functions + 1);
    for (uint32_t f = 0; f < scenario->n_functions; f++) {
        const struct cs_cache *cache = &scenario->function[f].cache;

        wire_counts(model, f);
        cdn->first[f] = cache->exists ? cdn->n_entries : CS_NONE;
        cdn->n_entries += cache->exists ? cache->keys * scenario->n_zones : 0;
    }
    cdn->entry = CS_NEW_ARRAY(struct cs_cdn_entry, cdn->n_entries + 1);
}

void cs_cdn_release(struct cs_model *model)
{
    struct cs_cdn *cdn = &model->cdn;

    cs_heap_release(&cdn->due);
    free(cdn->entry);
    free(cdn->first);
    free(cdn->due_for);
    free(cdn->free_due);
    free(cdn->hits);
}
