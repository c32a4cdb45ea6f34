/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/engine.h"

#define NONE UINT32_MAX

static void arm_first(struct cs_deadlines *list)
{
    struct cs_calendar *calendar = &list->engine->calendar;

    if (list->first == NONE) {
        cs_calendar_clear(calendar, list->timer);
        return;
    }
    const struct cs_deadline_node *node = &(*list->nodes)[list->first];
    cs_calendar_put(calendar, list->timer,
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
    unlink_node(list, id);
    arm_first(list);
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
    list->timer = cs_timer_new(engine, &deadlines_actor, list, 0);
}

void cs_deadline_arm(struct cs_deadlines *list, uint32_t id)
{
    struct cs_deadline_node *nodes = *list->nodes;
    struct cs_engine *engine = list->engine;

    CS_ENGINE_ASSERT(engine, !nodes[id].is_armed);
    nodes[id] = (struct cs_deadline_node){.at = engine->now + list->length,
                                          .sequence = cs_calendar_ticket(&engine->calendar),
                                          .prev = list->last,
                                          .next = NONE,
                                          .is_armed = true};
    if (list->last == NONE)
        list->first = id;
    else
        nodes[list->last].next = id;
    list->last = id;
    if (list->first == id)
        arm_first(list);
}

void cs_deadline_cancel(struct cs_deadlines *list, uint32_t id)
{
    bool was_first = list->first == id;

    if (!(*list->nodes)[id].is_armed)
        return;
    unlink_node(list, id);
    if (was_first)
        arm_first(list);
}
