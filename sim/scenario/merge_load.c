/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/files.h"
#include "scenario/merge.h"

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
