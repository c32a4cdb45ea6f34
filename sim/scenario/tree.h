/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_TREE_H
#define SCENARIO_TREE_H

#include "scenario/diag.h"
#include "scenario/text.h"

/*
 * YAML as a tree of our own, built from libyaml's events: every node knows its
 * place, values stay text (the schema decides what they are, so `no`, `010` and
 * `1_0` hold no surprises).  Refused: anchors, aliases, tags, several
 * documents, a key twice, more than 32 levels or 100,000 events.
 */
enum cs_node_kind { CS_NODE_SCALAR, CS_NODE_LIST, CS_NODE_MAP };

struct cs_node;

struct cs_pair {
    const char *key; /* of a map; NULL in a list */
    struct cs_mark mark;
    struct cs_node *value;
};

struct cs_node {
    enum cs_node_kind kind;
    struct cs_mark mark;
    const char *value; /* scalar */
    bool is_plain;     /* scalar: not quoted */
    struct cs_pair *pair;
    size_t n, cap;
};

enum { CS_TREE_MAX_DEPTH = 32, CS_TREE_MAX_EVENTS = 100000, CS_TREE_MAX_KEYS = 10000 };

/* NULL when it is not acceptable YAML, after one or more diagnostics. */
struct cs_node *cs_tree_parse(struct cs_arena *arena, const struct cs_text *text,
                              struct cs_diagnostics *diag);
/* The same for the text from byte `offset` on: the value of a --set. */
struct cs_node *cs_tree_parse_from(struct cs_arena *arena, const struct cs_text *text,
                                   size_t offset, struct cs_diagnostics *diag);

/* The pair with this key in a map, or NULL. */
struct cs_pair *cs_node_find(const struct cs_node *map, const char *key);
/* Append to a map (key) or a list (NULL). */
void cs_node_add(struct cs_arena *arena, struct cs_node *node, const char *key,
                 const struct cs_mark *mark, struct cs_node *value);
/* Remove the pair at an index. */
void cs_node_remove(struct cs_node *node, size_t index);
struct cs_node *cs_node_new(struct cs_arena *arena, enum cs_node_kind kind,
                            const struct cs_mark *mark);
/* "a map", "a list", or "\"value\"" cut to 40 characters. */
const char *cs_node_shown(struct cs_arena *arena, const struct cs_node *node);

#endif
