/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/engine.h"

#define NONE UINT32_MAX

/*
 * The timer is set for the first of the list, or for an earlier one that was
 * cancelled: then it fires for nothing and is set to the first.  That happens
 * at most once in the length of the list, and spares the calendar nearly all
 * deadlines, which are met.
 */
static void set_timer(struct cs_deadlines *list)
{
    const struct cs_deadline_node *node = &(*list->nodes)[list->first];

    list->armed = node->sequence;
    cs_calendar_put(&list->engine->calendar, list->timer,
                    cs_calendar_key(node->at, CS_CLASS_EXPIRY, node->sequence, list->timer));
}

static void unlink_node(struct cs_deadlines *list, uint32_t id)
{
    struct cs_deadline_node *nodes = *list->nodes;
    struct cs_deadline_node *node = &nodes[id];

    if (node->prev == NONE)
        list->first = node->next;
    else
        nodes[node->prev].next = node->next;
    if (node->next == NONE)
        list->last = node->prev;
    else
        nodes[node->next].prev = node->prev;
    node->is_armed = false;
}

static void on_first_due(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_deadlines *list = self;
    uint32_t id = list->first;

    (void)kind;
    (void)arg;
    if (id == NONE)
        return;
    bool is_due = (*list->nodes)[id].sequence == list->armed;

    if (is_due)
        unlink_node(list, id);
    if (list->first != NONE)
        set_timer(list);
    if (is_due)
        list->actor->on_event(list->self, list->kind, id);
}

static const struct cs_actor deadlines_actor = {"deadlines", on_first_due};

void cs_deadlines_init(struct cs_deadlines *list, struct cs_engine *engine,
                       struct cs_deadline_node **nodes, cs_time length,
                       const struct cs_actor *actor, void *self, uint32_t kind)
{
    *list = (struct cs_deadlines){.engine = engine,
                                  .nodes = nodes,
                                  .length = length,
                                  .first = NONE,
                                  .last = NONE,
                                  .kind = kind,
                                  .actor = actor,
                                  .self = self};
    list->timer = cs_timer_new(engine, CS_TREE_FAR, &deadlines_actor, list, 0);
}

void cs_deadline_arm(struct cs_deadlines *list, uint32_t id)
{
    struct cs_deadline_node *nodes = *list->nodes;
    struct cs_engine *engine = list->engine;
    cs_time at = engine->now + list->length;
    uint32_t before = list->last;

    CS_ENGINE_ASSERT(engine, !nodes[id].is_armed);
    while (before != NONE && nodes[before].at > at) /* the length has become shorter */
        before = nodes[before].prev;
    uint32_t after = before == NONE ? list->first : nodes[before].next;

    nodes[id] = (struct cs_deadline_node){.at = at,
                                          .sequence = cs_calendar_ticket(&engine->calendar),
                                          .prev = before,
                                          .next = after,
                                          .is_armed = true};
    *(before == NONE ? &list->first : &nodes[before].next) = id;
    *(after == NONE ? &list->last : &nodes[after].prev) = id;
    if (before == NONE && cs_calendar_due(&engine->calendar, list->timer) > at)
        set_timer(list); /* it is the first, and nothing was due before it */
}

void cs_deadline_cancel(struct cs_deadlines *list, uint32_t id)
{
    if ((*list->nodes)[id].is_armed)
        unlink_node(list, id);
}
