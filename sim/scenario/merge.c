/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/merge.h"

#include <string.h>

#include "scenario/dist_forms.h"
#include "scenario/suggest.h"

const struct cs_field cs_field_root = {.type = CS_TYPE_MAP, .child = &cs_schema_root};

/* What stands under an item of a section: the child's keys. */
static const struct cs_field *item_of(const struct cs_field *section, struct cs_field *out)
{
    *out = (struct cs_field){.type = CS_TYPE_MAP, .child = section->child};
    return out;
}

const struct cs_field *cs_merge_child(const struct cs_field *field, const char *key)
{
    if (field == NULL || field->type != CS_TYPE_MAP)
        return NULL;
    return cs_schema_find(field->child, key);
}

static struct cs_node *shallow(struct cs_arena *arena, const struct cs_node *map)
{
    struct cs_node *copy = cs_node_new(arena, map->kind, &map->mark);

    *copy = *map;
    copy->pair = NULL;
    copy->n = copy->cap = 0;
    for (size_t i = 0; i < map->n; i++)
        cs_node_add(arena, copy, map->pair[i].key, &map->pair[i].mark, map->pair[i].value);
    return copy;
}

struct cs_node *cs_merge_copy(struct cs_arena *arena, const struct cs_node *node)
{
    struct cs_node *copy = cs_node_new(arena, node->kind, &node->mark);

    *copy = *node;
    copy->pair = NULL;
    copy->n = copy->cap = 0;
    for (size_t i = 0; i < node->n; i++)
        cs_node_add(arena, copy, node->pair[i].key, &node->pair[i].mark,
                    cs_merge_copy(arena, node->pair[i].value));
    return copy;
}

/* Where the table does not say (queries, steps, round trips): one key that is
 * the word of a distribution. */
static bool looks_like_dist(const struct cs_node *node)
{
    return node->kind == CS_NODE_MAP && node->n == 1 &&
           cs_dist_form_of(node->pair[0].key, node->pair[0].value) != NULL;
}

struct cs_node *cs_merge_over(struct cs_arena *arena, const struct cs_field *field,
                              const struct cs_node *base, const struct cs_node *over)
{
    bool is_dist = field != NULL ? field->type == CS_TYPE_DIST
                                 : looks_like_dist(base) && looks_like_dist(over);

    if (is_dist || base->kind != CS_NODE_MAP || over->kind != CS_NODE_MAP)
        return shallow(arena, over);
    struct cs_node *merged = shallow(arena, base);
    merged->mark = over->mark;
    for (size_t i = 0; i < over->n; i++) {
        const struct cs_pair *pair = &over->pair[i];
        struct cs_pair *known = cs_node_find(merged, pair->key);
        struct cs_field item;
        const struct cs_field *child = field != NULL && field->type == CS_TYPE_NAMED
                                           ? item_of(field, &item)
                                           : cs_merge_child(field, pair->key);
        if (known == NULL) {
            cs_node_add(arena, merged, pair->key, &pair->mark, pair->value);
        } else {
            known->mark = pair->mark;
            known->value = cs_merge_over(arena, child, known->value, pair->value);
        }
    }
    return merged;
}

struct cs_node *cs_merge_beside(struct cs_arena *arena, const struct cs_node *one,
                                const struct cs_node *two, struct cs_diagnostics *diag)
{
    struct cs_node *merged = shallow(arena, one);

    for (size_t i = 0; i < two->n; i++) {
        const struct cs_pair *pair = &two->pair[i];
        struct cs_pair *known = cs_node_find(merged, pair->key);
        if (known == NULL)
            cs_node_add(arena, merged, pair->key, &pair->mark, pair->value);
        else if (known->value->kind == CS_NODE_MAP && pair->value->kind == CS_NODE_MAP)
            known->value = cs_merge_beside(arena, known->value, pair->value, diag);
        else
            cs_diag_error(diag, &pair->mark, "\"%.64s\" is given twice; also in %s, line %u",
                          pair->key, known->mark.text->name, (unsigned)known->mark.line + 1);
    }
    return merged;
}

/* ---- like ---- */

static void refuse_like(const struct cs_node *map, const struct cs_node *like,
                        const char *section, struct cs_diagnostics *diag)
{
    char hint[CS_SUGGEST_TEXT];
    struct cs_suggest suggest = cs_suggest_start(like->value);

    for (size_t i = 0; i < map->n; i++)
        cs_suggest_offer(&suggest, map->pair[i].key);
    cs_diag_error(diag, &like->mark, "like: no \"%.64s\" in %s%s", like->value, section,
                  cs_suggest_text(&suggest, hint));
}

const struct cs_node *cs_merge_like(struct cs_arena *arena, const struct cs_field *section,
                                    const struct cs_node *map, const struct cs_pair *item,
                                    struct cs_diagnostics *diag)
{
    struct cs_field field;
    const struct cs_node *merged = item->value, *below = item->value;

    for (size_t hops = 0;; hops++) {
        const struct cs_pair *like = cs_node_find(below, "like");
        if (like == NULL)
            return merged;
        if (like->value->kind != CS_NODE_SCALAR) {
            cs_diag_error(diag, &like->value->mark, "like: the name of one of %s is wanted",
                          section->key);
            return merged;
        }
        const struct cs_pair *next = cs_node_find(map, like->value->value);
        if (next == NULL) {
            refuse_like(map, like->value, section->key, diag);
            return merged;
        }
        if (next == item || hops > 16) {
            cs_diag_error(diag, &like->mark, "like: \"%.64s\" goes in a circle", item->key);
            return merged;
        }
        below = next->value;
        if (below->kind != CS_NODE_MAP)
            return merged;
        merged = cs_merge_over(arena, item_of(section, &field), below, merged);
    }
}
