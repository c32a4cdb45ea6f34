/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plans: each is the whole scenario again, with the plan's settings laid over it and
 * its events behind those of the file, bound and checked like the file itself.
 */
#include "scenario/plans.h"

#include <string.h>

#include "scenario/merge.h"

struct plan_draft {
    const char *title;
    const struct cs_node *set, *events;
};

void cs_bind_plan_set(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, void *base)
{
    struct plan_draft *draft = base;

    if (cs_bind_expect(bind, node, CS_NODE_MAP, place))
        draft->set = node;
}

void cs_bind_plan_events(struct cs_bind *bind, const struct cs_node *node,
                         const struct cs_place *place, void *base)
{
    struct plan_draft *draft = base;

    if (cs_bind_expect(bind, node, CS_NODE_LIST, place))
        draft->events = node;
}

static const struct cs_field plan_rows[] = {
    {.key = "title",
     .type = CS_TYPE_TEXT,
     .offset = offsetof(struct plan_draft, title),
     .width = sizeof(const char *),
     .doc = "for people"},
    {.key = "set",
     .type = CS_TYPE_CUSTOM,
     .bind = cs_bind_plan_set,
     .json = "{\"type\":\"object\"}",
     .doc = "settings by their path, from the lead-in on"},
    {.key = "events",
     .type = CS_TYPE_CUSTOM,
     .bind = cs_bind_plan_events,
     .json = "{\"type\":\"array\"}",
     .doc = "events of its own, such as the deployment that brings it"},
};
const struct cs_schema cs_schema_plan = {
    .what = "plan", .field = plan_rows, .n = sizeof plan_rows / sizeof plan_rows[0]};

/* The file's tree with the plan in it. */
static struct cs_node *tree_of(struct cs_bind *bind, const struct plan_draft *draft)
{
    struct cs_node *root = cs_merge_copy(bind->scratch, bind->root);
    struct cs_pair *events = cs_node_find(root, "events");

    for (size_t i = 0; draft->set != NULL && i < draft->set->n; i++) {
        const struct cs_pair *pair = &draft->set->pair[i];
        cs_merge_put(bind->scratch, root, pair->key, &pair->mark,
                     cs_merge_copy(bind->scratch, pair->value), 0, bind->diag);
    }
    if (draft->events == NULL)
        return root;
    if (events == NULL) {
        cs_node_add(bind->scratch, root, "events", &draft->events->mark,
                    cs_merge_copy(bind->scratch, draft->events));
        return root;
    }
    for (size_t i = 0; events->value->kind == CS_NODE_LIST && i < draft->events->n; i++)
        cs_node_add(bind->scratch, events->value, NULL, &draft->events->pair[i].mark,
                    draft->events->pair[i].value);
    return root;
}

static const struct cs_scenario *bind_plan(struct cs_bind *bind, struct cs_node *root)
{
    struct cs_scenario *scenario = CS_ARENA_NEW(bind->arena, struct cs_scenario);
    struct cs_bind of_plan = {.arena = bind->arena,
                              .scratch = bind->scratch,
                              .diag = bind->diag,
                              .scenario = scenario,
                              .root = root,
                              .folder = bind->folder,
                              .plan_of = bind->scenario};

    scenario->arena = bind->arena;
    scenario->path = bind->scenario->path;
    cs_bind_scenario(&of_plan);
    return scenario;
}

void cs_bind_plans(struct cs_bind *bind, const struct cs_node *node,
                   const struct cs_place *place, void *base)
{
    (void)base;
    if (bind->base == NULL && bind->plan_of == NULL &&
        cs_bind_expect(bind, node, CS_NODE_MAP, place))
        bind->plans = node;
}

void cs_plans_bind(struct cs_bind *bind)
{
    struct cs_scenario *s = bind->scenario;
    const struct cs_node *plans = bind->plans;
    struct cs_place place = {NULL, "plans"};

    if (plans == NULL)
        return;
    s->plan = CS_ARENA_ARRAY(bind->arena, struct cs_plan, plans->n + 1);
    for (size_t i = 0; i < plans->n && !cs_diag_is_full(bind->diag); i++) {
        const struct cs_pair *pair = &plans->pair[i];
        struct cs_place at = {&place, pair->key};
        struct plan_draft draft = {NULL, NULL, NULL};
        if (!cs_bind_is_name(pair->key))
            cs_diag_error(bind->diag, &pair->mark,
                          "a name is made of letters, digits, _ and -, 64 at most");
        cs_bind_map(bind, &cs_schema_plan, pair->value, &at, &draft, true);
        s->plan[s->n_plans++] =
            (struct cs_plan){.name = cs_arena_strndup(bind->arena, pair->key, 64),
                             .title = draft.title != NULL ? draft.title : "",
                             .scenario = bind_plan(bind, tree_of(bind, &draft))};
    }
}
