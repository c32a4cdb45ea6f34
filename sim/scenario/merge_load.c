/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/files.h"
#include "scenario/merge.h"
#include "scenario/suggest.h"

enum { MAX_INCLUDES = 16, MAX_FILES = 64 };

struct loader {
    struct cs_arena *arena;
    const struct cs_load_options *options;
    const char *folder;
    struct cs_diagnostics *diag;
    const char *open[MAX_INCLUDES]; /* the files that led here */
    unsigned depth, files;
    struct cs_node *presets; /* merged so far; NULL: none */
};

static struct cs_node *load_file(struct loader *l, const char *path, bool is_preset,
                                 const struct cs_mark *from);

/* The value of `use` or `include`: one name or a list of them. */
static size_t count_names(const struct cs_node *node)
{
    return node->kind == CS_NODE_LIST ? node->n : 1;
}

static const struct cs_node *name_at(const struct cs_node *node, size_t index)
{
    return node->kind == CS_NODE_LIST ? node->pair[index].value : node;
}

static struct cs_node *take(struct cs_node *map, const char *key)
{
    struct cs_pair *pair = cs_node_find(map, key);
    struct cs_node *value = pair != NULL ? pair->value : NULL;

    if (pair != NULL)
        cs_node_remove(map, (size_t)(pair - map->pair));
    return value;
}

static void use_presets(struct loader *l, const struct cs_node *use)
{
    for (size_t i = 0; use != NULL && i < count_names(use); i++) {
        const struct cs_node *name = name_at(use, i);
        const char *path = cs_files_preset(l->arena, l->options, name, l->diag);
        struct cs_node *preset = path != NULL ? load_file(l, path, true, &name->mark) : NULL;
        if (preset == NULL)
            continue;
        l->presets = l->presets == NULL
                         ? preset
                         : cs_merge_over(l->arena, &cs_field_root, l->presets, preset);
    }
}

static struct cs_node *include_parts(struct loader *l, struct cs_node *root,
                                     const struct cs_node *include)
{
    for (size_t i = 0; include != NULL && i < count_names(include); i++) {
        const struct cs_node *name = name_at(include, i);
        const char *path = cs_files_below(l->arena, l->folder, name, l->diag);
        struct cs_node *part = path != NULL ? load_file(l, path, false, &name->mark) : NULL;
        if (part == NULL)
            continue;
        (void)take(part, "capsim"); /* each part may state the format it is of */
        root = cs_merge_beside(l->arena, root, part, l->diag);
    }
    return root;
}

static bool may_open(struct loader *l, const char *path, const struct cs_mark *from)
{
    const char *wrong = NULL;

    for (unsigned i = 0; i < l->depth; i++)
        if (strcmp(l->open[i], path) == 0)
            wrong = "includes itself";
    if (wrong == NULL && (l->depth >= MAX_INCLUDES || ++l->files > MAX_FILES))
        wrong = "too many files include each other (16 deep, 64 in all)";
    if (wrong != NULL)
        cs_diag_error(l->diag, from, "%s: %s", path, wrong);
    return wrong == NULL;
}

static struct cs_node *load_file(struct loader *l, const char *path, bool is_preset,
                                 const struct cs_mark *from)
{
    if (!may_open(l, path, from))
        return NULL;
    struct cs_text *text = cs_text_read(l->arena, path, CS_TEXT_MAX_BYTES, from, l->diag);
    if (text == NULL)
        return NULL;
    text->is_preset = is_preset;
    struct cs_node *root = cs_tree_parse(l->arena, text, l->diag);
    if (root != NULL && root->kind != CS_NODE_MAP) {
        cs_diag_error(l->diag, &root->mark, "a scenario is a map of keys such as `horizon:`");
        root = NULL;
    }
    if (root == NULL)
        return NULL;
    l->open[l->depth++] = path;
    const struct cs_node *use = take(root, "use");
    const struct cs_node *include = take(root, "include");
    if (is_preset && (use != NULL || include != NULL))
        cs_diag_error(l->diag, &(use != NULL ? use : include)->mark,
                      "a preset neither uses nor includes others");
    else {
        use_presets(l, use);
        root = include_parts(l, root, include);
    }
    if (is_preset)
        (void)take(root, "capsim");
    l->depth--;
    return root;
}

/* ---- --set ---- */

struct setter {
    struct cs_arena *arena;
    struct cs_diagnostics *diag;
    const struct cs_text *text;
    const char *argument;
};

static struct cs_mark part_mark(const struct setter *s, const char *from, size_t length)
{
    struct cs_mark mark = {.text = s->text, .length = length > 0 ? (uint32_t)length : 1};

    mark.column = (uint32_t)(from - s->argument);
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

void cs_merge_set(struct cs_arena *arena, struct cs_node *root, const char *argument,
                  struct cs_diagnostics *diag)
{
    struct setter s = {.arena = arena, .diag = diag, .argument = argument};
    const char *equals = strchr(argument, '='), *at = argument;
    const struct cs_field *field = &cs_field_root;
    struct cs_field item;
    struct cs_node *node = root;

    struct cs_text *text = cs_text_of(arena, "--set", argument, strlen(argument), diag);
    if (text == NULL)
        return;
    text->is_set = true;
    s.text = text;
    if (equals == NULL || equals == argument || strpbrk(argument, "\n\r") != NULL) {
        struct cs_mark mark = part_mark(&s, argument, 1);
        cs_diag_error(diag, &mark, "PATH=VALUE is wanted, on one line");
        return;
    }
    struct cs_node *value =
        cs_tree_parse_from(arena, text, (size_t)(equals + 1 - argument), diag);
    if (value == NULL)
        return;
    for (;;) {
        size_t n = strcspn(at, ".=");
        struct cs_mark mark = part_mark(&s, at, n);
        const char *key = cs_arena_strndup(arena, at, n);
        bool is_last = at[n] == '=';
        struct cs_pair *pair = descend(&s, node, field, key, is_last, &mark);
        if (pair == NULL)
            return;
        if (is_last) {
            pair->mark = mark;
            field = step_into(field, key, &item);
            pair->value = pair->value->kind == CS_NODE_MAP && pair->value->n > 0
                              ? cs_merge_over(arena, field, pair->value, value)
                              : value;
            return;
        }
        field = step_into(field, key, &item);
        node = pair->value;
        at += n + 1;
    }
}

struct cs_node *cs_merge_load(struct cs_arena *arena, const struct cs_load_options *options,
                              const char *folder, struct cs_diagnostics *diag)
{
    struct loader l = {.arena = arena, .options = options, .folder = folder, .diag = diag};
    struct cs_node *root = load_file(&l, options->path, false, NULL);

    if (root == NULL)
        return NULL;
    if (l.presets != NULL)
        root = cs_merge_over(arena, &cs_field_root, l.presets, root);
    for (size_t i = 0; i < options->n_sets; i++)
        cs_merge_set(arena, root, options->set[i], diag);
    return root;
}
