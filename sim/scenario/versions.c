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

/* A setting may change, what there is may not. */
static bool is_same_shape(const struct cs_scenario *a, const struct cs_scenario *b)
{
    bool same = a->n_regions == b->n_regions && a->n_tiers == b->n_tiers &&
                a->n_limiters == b->n_limiters && a->n_fleets == b->n_fleets &&
                a->n_databases == b->n_databases && a->n_dependencies == b->n_dependencies &&
                a->n_functions == b->n_functions && a->n_sources == b->n_sources;

    for (uint32_t f = 0; same && f < a->n_fleets; f++)
        same = a->fleet[f].memory_use.exists == b->fleet[f].memory_use.exists &&
               (a->fleet[f].n_scale_out > 0) == (b->fleet[f].n_scale_out > 0);
    for (uint32_t d = 0; same && d < a->n_databases; d++) {
        same = a->database[d].n_queries == b->database[d].n_queries;
        for (uint32_t q = 0; same && q < a->database[d].n_queries; q++)
            same = strcmp(a->database[d].query[q].name, b->database[d].query[q].name) == 0;
    }
    return same;
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
        if (cs_diagnostics_errors(bind->diag) == 0 && !is_same_shape(s, version))
            cs_diag_error(bind->diag, &bind->set[0].node->mark,
                          "set: what there is cannot change while it runs, only its settings");
        if (version->load > s->max_load)
            s->max_load = version->load;
        s->version[s->n_versions++] = (struct cs_version){instant[i], version};
    }
}
