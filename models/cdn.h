/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_CDN_H
#define CAPSIM_MODELS_CDN_H

#include "capsim/heap.h"
#include "capsim/time.h"

#include "meters.h"

/* What the edge keeps: an entry for each zone, function and key. */
struct cs_cdn_entry {
    cs_time stored; /* when the answer passed the edge */
    bool is_there;
    bool is_refreshing; /* a request of the edge's own is on its way */
};

struct cs_cdn {
    struct cs_cdn_entry *entry;
    uint32_t n_entries;
    uint32_t *first;    /* by function: of its entries, zone by zone; CS_NONE: not kept */
    struct cs_heap due; /* answers on their way from a region to the edge, by arrival */
    struct cs_cdn_due {
        uint32_t entry;
        bool is_refresh;
    } * due_for; /* by its number there */
    uint32_t n_due, due_capacity;
    uint32_t *free_due;
    uint32_t n_free_due, free_due_capacity;
    uint32_t epoch;         /* purges so far */
    uint64_t refreshes;     /* requests of its own */
    struct cs_counts *hits; /* by function */
};

struct cs_model;
struct cs_request;

/* Whether answers can come from the edge, in a time of its own. */
bool cs_cdn_exists(const struct cs_scenario *scenario);
void cs_cdn_wire(struct cs_model *model);
void cs_cdn_release(struct cs_model *model);
/* Nothing is kept any more, nor what was asked for before: a deploy. */
void cs_cdn_purge(struct cs_model *model);
/*
 * A request that has just been sent and routed, at the edge of its zone; is_up: there
 * is a region for it.  True when the edge answers it (and `request` may have moved);
 * false: it goes on to its region.
 */
bool cs_edge_takes(struct cs_model *model, struct cs_request *request, bool is_up);
/* The edge's own answer is there. */
void cs_edge_answer(struct cs_model *model, struct cs_request *request);
/* A region has answered a request that passed the edge; the last byte is back there
 * at `at`. */
void cs_cdn_answered(struct cs_model *model, const struct cs_request *request, int code,
                     cs_time at);

#endif
