/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/merge.h"
#include "scenario/suggest.h"

struct setter {
    struct cs_arena *arena;
    struct cs_diagnostics *diag;
    struct cs_mark start; /* of the path; its parts follow on the same line */
    const char *path;
};

static struct cs_mark part_mark(const struct setter *s, const char *from, size_t length)
{
    struct cs_mark mark = s->start;

    mark.length = length > 0 ? (uint32_t)length : 1;
    mark.column += (uint32_t)(from - s->path);
    return mark;
}

static struct cs_pair *list_item(const struct setter *s, const struct cs_node *list,
                                 const char *key, const struct cs_mark *mark)
{
    size_t index = 0, n = strspn(key, "0123456789");

    for (size_t i = 0; i < n && n < 7; i++)
        index = index * 10 + (size_t)(key[i] - '0');
    if (n > 0 && n < 7 && key[n] == '\0' && index < list->n)
        return &list->pair[index];
    cs_diag_error(s->diag, mark, "\"%.64s\": this is a list of %zu, numbered from 0", key,
                  list->n);
    return NULL;
}

/* The pair that a part of the path names, made when the schema knows it. */
static struct cs_pair *descend(const struct setter *s, struct cs_node *node,
                               const struct cs_field *field, const char *key, bool is_last,
                               const struct cs_mark *mark)
{
    char hint[CS_SUGGEST_TEXT];

    if (node->kind == CS_NODE_LIST)
        return list_item(s, node, key, mark);
    if (node->kind != CS_NODE_MAP) {
        cs_diag_error(s->diag, mark, "\"%.64s\": there is a single value above it", key);
        return NULL;
    }
    struct cs_pair *pair = cs_node_find(node, key);
    if (pair != NULL)
        return pair;
    bool is_open = field == NULL || field->type != CS_TYPE_MAP;
    bool is_known = !is_open && cs_schema_find(field->child, key) != NULL;
    bool is_section = field != NULL && field->type == CS_TYPE_NAMED;
    /* A new thing is given whole; elsewhere the binder knows what may be there. */
    if (is_known || (is_open && (is_last || !is_section))) {
        cs_node_add(s->arena, node, key, mark, cs_node_new(s->arena, CS_NODE_MAP, mark));
        return &node->pair[node->n - 1];
    }
    struct cs_suggest suggest = cs_suggest_start(key);
    for (size_t i = 0; i < node->n; i++)
        cs_suggest_offer(&suggest, node->pair[i].key);
    for (size_t i = 0; !is_open && i < field->child->n; i++)
        cs_suggest_offer(&suggest, field->child->field[i].key);
    cs_diag_error(s->diag, mark, "nothing is named \"%.64s\" here%s", key,
                  cs_suggest_text(&suggest, hint));
    return NULL;
}

static const struct cs_field *step_into(const struct cs_field *field, const char *key,
                                        struct cs_field *item)
{
    if (field != NULL && field->type == CS_TYPE_NAMED) {
        *item = (struct cs_field){.type = CS_TYPE_MAP, .child = field->child};
        return item;
    }
    return cs_merge_child(field, key);
}

/* A map may hold what its parts may not be set to. */
static bool refuse_fixed(const struct setter *s, const struct cs_field *field,
                         const struct cs_node *value, unsigned fixed)
{
    bool refused = false;

    if (field == NULL || field->child == NULL || value->kind != CS_NODE_MAP)
        return false;
    for (size_t i = 0; i < value->n; i++) {
        const struct cs_pair *pair = &value->pair[i];
        struct cs_field item;
        const struct cs_field *child = step_into(field, pair->key, &item);
        if (child != NULL && (child->flags & fixed) != 0)
            cs_diag_error(s->diag, &pair->mark, "\"%.64s\" cannot change while it runs",
                          pair->key);
        refused |= child != NULL &&
                   ((child->flags & fixed) != 0 || refuse_fixed(s, child, pair->value, fixed));
    }
    return refused;
}

void cs_merge_put(struct cs_arena *arena, struct cs_node *root, const char *path,
                  const struct cs_mark *start, struct cs_node *value, unsigned fixed,
                  struct cs_diagnostics *diag)
{
    struct setter s = {.arena = arena, .diag = diag, .start = *start, .path = path};
    const struct cs_field *field = &cs_field_root;
    struct cs_field item;
    struct cs_node *node = root;

    for (const char *at = path;;) {
        size_t n = strcspn(at, ".");
        struct cs_mark mark = part_mark(&s, at, n);
        const char *key = cs_arena_strndup(arena, at, n);
        bool is_last = at[n] == '\0';
        struct cs_pair *pair = descend(&s, node, field, key, is_last, &mark);
        if (pair == NULL)
            return;
        field = step_into(field, key, &item);
        if (field != NULL && (field->flags & fixed) != 0) {
            cs_diag_error(diag, &mark, "\"%.64s\" cannot change while it runs", key);
            return;
        }
        if (is_last && refuse_fixed(&s, field, value, fixed))
            return;
        if (is_last) {
            pair->mark = mark;
            pair->value = pair->value->kind == CS_NODE_MAP && pair->value->n > 0
                              ? cs_merge_over(arena, field, pair->value, value)
                              : value;
            return;
        }
        node = pair->value;
        at += n + 1;
    }
}

void cs_merge_set(struct cs_arena *arena, struct cs_node *root, const char *argument,
                  struct cs_diagnostics *diag)
{
    const char *equals = strchr(argument, '=');

    struct cs_text *text = cs_text_of(arena, "--set", argument, strlen(argument), diag);
    if (text == NULL)
        return;
    text->is_set = true;
    struct cs_mark start = {.text = text, .length = 1};
    if (equals == NULL || equals == argument || strpbrk(argument, "\n\r") != NULL) {
        cs_diag_error(diag, &start, "PATH=VALUE is wanted, on one line");
        return;
    }
    size_t n = (size_t)(equals - argument);
    struct cs_node *value = cs_tree_parse_from(arena, text, n + 1, diag);
    if (value != NULL)
        cs_merge_put(arena, root, cs_arena_strndup(arena, argument, n), &start, value, 0, diag);
}
