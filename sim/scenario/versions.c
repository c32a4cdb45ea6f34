/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What events set, as versions of the whole scenario: each is bound and checked by
 * the same table as the file itself, so that nothing runs on settings that `check`
 * would refuse.
 */
#include "scenario/versions.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "scenario/merge.h"
#include "scenario/validate.h"

/* The instants at which the settings differ from before, ascending. */
static uint32_t find_instants(const struct cs_bind *bind, cs_time *instant)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < bind->n_sets; i++) {
        const struct cs_event *event = &bind->scenario->event[bind->set[i].event];
        const cs_time edge[] = {
            event->at, event->length == CS_NEVER ? CS_NEVER : event->at + event->length};
        for (int e = 0; e < 2; e++) {
            uint32_t k = 0;
            while (k < n && instant[k] < edge[e])
                k++;
            if (edge[e] == CS_NEVER || (k < n && instant[k] == edge[e]))
                continue;
            memmove(&instant[k + 1], &instant[k], (n - k) * sizeof *instant);
            instant[k] = edge[e];
            n++;
        }
    }
    return n;
}

static void lay(struct cs_bind *bind, struct cs_node *root, const struct cs_event_set *set)
{
    for (size_t i = 0; i < set->node->n; i++) {
        const struct cs_pair *pair = &set->node->pair[i];
        cs_merge_put(bind->scratch, root, pair->key, &pair->mark,
                     cs_merge_copy(bind->scratch, pair->value), CS_FIXED, bind->diag);
    }
}

/* The tree as it is at t. */
static struct cs_node *tree_at(struct cs_bind *bind, cs_time t)
{
    struct cs_node *root = cs_merge_copy(bind->scratch, bind->root);

    for (uint32_t i = 0; i < bind->n_sets; i++) {
        const struct cs_event *event = &bind->scenario->event[bind->set[i].event];
        bool is_over = event->length != CS_NEVER && event->at + event->length <= t;
        if (event->at <= t && !is_over)
            lay(bind, root, &bind->set[i]);
    }
    return root;
}

/* A setting may change, what there is may not: the section that differs, or NULL. */
static const char *shape_differs(const struct cs_scenario *a, const struct cs_scenario *b)
{
    const struct {
        const char *section;
        uint32_t before, after;
    } count[] = {
        {"regions", a->n_regions, b->n_regions},
        {"rate_limits", a->n_limiters, b->n_limiters},
        {"fleets", a->n_fleets, b->n_fleets},
        {"databases", a->n_databases, b->n_databases},
        {"dependencies", a->n_dependencies, b->n_dependencies},
        {"functions", a->n_functions, b->n_functions},
        {"traffic", a->n_sources, b->n_sources},
    };

    for (size_t i = 0; i < sizeof count / sizeof count[0]; i++)
        if (count[i].before != count[i].after)
            return count[i].section;
    for (uint32_t d = 0; d < a->n_databases; d++) {
        const struct cs_database *one = &a->database[d], *other = &b->database[d];

        if (one->n_queries != other->n_queries)
            return "queries";
        for (uint32_t q = 0; q < one->n_queries; q++)
            if (strcmp(one->query[q].name, other->query[q].name) != 0)
                return "queries";
    }
    return NULL;
}

/* What an event sets at this instant, to point at. */
static const struct cs_mark *mark_of(const struct cs_bind *bind, cs_time at)
{
    for (uint32_t i = 0; i < bind->n_sets; i++)
        if (bind->scenario->event[bind->set[i].event].at == at)
            return &bind->set[i].node->mark;
    return &bind->set[0].node->mark;
}

static const struct cs_scenario *bind_version(struct cs_bind *bind, struct cs_node *root)
{
    struct cs_scenario *version = CS_ARENA_NEW(bind->arena, struct cs_scenario);
    struct cs_bind of_version = {.arena = bind->arena,
                                 .scratch = bind->scratch,
                                 .diag = bind->diag,
                                 .scenario = version,
                                 .root = root,
                                 .folder = bind->folder,
                                 .base = bind->scenario};

    version->arena = bind->arena;
    version->path = bind->scenario->path;
    cs_bind_map(&of_version, &cs_schema_root, root, NULL, version, true);
    cs_validate(&of_version);
    return version;
}

void cs_versions_bind(struct cs_bind *bind)
{
    struct cs_scenario *s = bind->scenario;
    cs_time *instant = CS_ARENA_ARRAY(bind->scratch, cs_time, 2 * (size_t)bind->n_sets + 2);
    uint32_t n = find_instants(bind, instant);

    s->version = CS_ARENA_ARRAY(bind->arena, struct cs_version, n + 1u);
    for (uint32_t i = 0; i < n; i++) {
        const struct cs_scenario *version = bind_version(bind, tree_at(bind, instant[i]));
        const char *differs =
            cs_diagnostics_errors(bind->diag) == 0 ? shape_differs(s, version) : NULL;

        if (differs != NULL)
            cs_diag_error(
                bind->diag, mark_of(bind, instant[i]),
                "set: %s cannot come or go while it runs, only their settings change; "
                "declare all from the start",
                differs);
        if (version->load > s->max_load)
            s->max_load = version->load;
        s->version[s->n_versions++] = (struct cs_version){instant[i], version};
    }
}
