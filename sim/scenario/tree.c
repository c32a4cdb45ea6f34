/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "capsim/array.h"
#include "capsim/check.h"

struct builder {
    yaml_parser_t parser;
    struct cs_arena *arena;
    const struct cs_text *text;
    struct cs_diagnostics *diag;
    uint32_t shift; /* characters before the first that is parsed */
    unsigned events;
    bool failed;
};

struct cs_node *cs_node_new(struct cs_arena *arena, enum cs_node_kind kind,
                            const struct cs_mark *mark)
{
    struct cs_node *node = CS_ARENA_NEW(arena, struct cs_node);

    node->kind = kind;
    node->mark = *mark;
    return node;
}

void cs_node_add(struct cs_arena *arena, struct cs_node *node, const char *key,
                 const struct cs_mark *mark, struct cs_node *value)
{
    if (node->n == node->cap) {
        size_t cap = cs_grow_capacity(node->cap, node->n + 1);
        struct cs_pair *pair = CS_ARENA_ARRAY(arena, struct cs_pair, cap);
        if (node->n > 0)
            memcpy(pair, node->pair, node->n * sizeof *pair);
        node->pair = pair;
        node->cap = cap;
    }
    node->pair[node->n++] = (struct cs_pair){.key = key, .mark = *mark, .value = value};
}

void cs_node_remove(struct cs_node *node, size_t index)
{
    CS_ASSERT(index < node->n);
    node->n--;
    memmove(&node->pair[index], &node->pair[index + 1], (node->n - index) * sizeof *node->pair);
}

struct cs_pair *cs_node_find(const struct cs_node *map, const char *key)
{
    for (size_t i = 0; map != NULL && map->kind == CS_NODE_MAP && i < map->n; i++)
        if (strcmp(map->pair[i].key, key) == 0)
            return &map->pair[i];
    return NULL;
}

const char *cs_node_shown(struct cs_arena *arena, const struct cs_node *node)
{
    if (node->kind != CS_NODE_SCALAR)
        return node->kind == CS_NODE_MAP ? "a map" : "a list";
    size_t length = strlen(node->value);
    return cs_arena_printf(arena, "\"%.40s%s\"", node->value, length > 40 ? "..." : "");
}

static struct cs_mark mark_between(const struct builder *b, const yaml_mark_t *from,
                                   const yaml_mark_t *to)
{
    struct cs_mark mark = {.text = b->text,
                           .line = (uint32_t)from->line,
                           .column = (uint32_t)from->column,
                           .length = 1};

    if (to != NULL && to->line == from->line && to->column > from->column)
        mark.length = (uint32_t)(to->column - from->column);
    if (from->line == 0)
        mark.column += b->shift;
    return mark;
}

static void refuse(struct builder *b, const yaml_mark_t *at, const char *what)
{
    struct cs_mark mark = mark_between(b, at, NULL);

    cs_diag_error(b->diag, &mark, "%s", what);
    b->failed = true;
}

/* The character that the parser tripped over. */
static char char_at(const struct cs_text *text, const struct cs_mark *mark)
{
    size_t length = 0;
    const char *line = cs_text_line(text, mark->line, &length);
    const char *end = line + length;

    for (uint32_t i = 0; line != NULL && line < end && i < mark->column; i++) {
        uint32_t code = 0;
        size_t n = cs_utf8_decode(line, end, &code);
        line += n > 0 ? n : 1;
    }
    return line != NULL && line < end ? *line : '\0';
}

static void refuse_syntax(struct builder *b)
{
    const yaml_parser_t *p = &b->parser;
    struct cs_mark mark = mark_between(b, &p->problem_mark, NULL);
    const char *problem = p->problem != NULL ? p->problem : "unreadable";

    b->failed = true;
    if (b->text->is_set && mark.line > 0) {
        mark.line = 0;
        mark.column = (uint32_t)strlen(b->text->bytes);
    }
    if (p->error == YAML_MEMORY_ERROR)
        cs_out_of_memory(0);
    if (char_at(b->text, &mark) == '\t')
        cs_diag_error(b->diag, &mark, "a tab cannot indent YAML; use spaces");
    else if (p->context != NULL)
        cs_diag_error(b->diag, &mark, "not valid YAML: %s (%s, line %zu)", problem, p->context,
                      p->context_mark.line + 1);
    else
        cs_diag_error(b->diag, &mark, "not valid YAML: %s", problem);
}

/* The next event, counted.  False at a syntax error or past the limit. */
static bool next(struct builder *b, yaml_event_t *event)
{
    if (b->failed)
        return false;
    if (!yaml_parser_parse(&b->parser, event)) {
        refuse_syntax(b);
        return false;
    }
    if (++b->events > CS_TREE_MAX_EVENTS) {
        refuse(b, &event->start_mark, "too much for one file: more than 100000 YAML events");
        yaml_event_delete(event);
        return false;
    }
    return true;
}

static void refuse_extras(struct builder *b, const yaml_event_t *event,
                          const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        refuse(b, &event->start_mark, "anchors are not read; use `like` or `include`");
    else if (tag != NULL)
        refuse(b, &event->start_mark, "tags are not read");
}

static int by_key(const void *left, const void *right)
{
    const struct cs_pair *const *a = left, *const *b = right;
    int order = strcmp((*a)->key, (*b)->key);

    if (order != 0)
        return order;
    return *a < *b ? -1 : *a > *b;
}

static void refuse_duplicates(struct builder *b, struct cs_node *map)
{
    struct cs_pair **sorted = CS_NEW_ARRAY(struct cs_pair *, map->n + 1);

    for (size_t i = 0; i < map->n; i++)
        sorted[i] = &map->pair[i];
    qsort(sorted, map->n, sizeof(struct cs_pair *), by_key);
    for (size_t i = 1; i < map->n; i++)
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
            cs_diag_error(b->diag, &sorted[i]->mark,
                          "key \"%.64s\" is given twice; first on line %u", sorted[i]->key,
                          (unsigned)sorted[i - 1]->mark.line + 1);
    free(sorted);
}

static struct cs_node *build(struct builder *b, yaml_event_t *event, unsigned depth);

static void build_map(struct builder *b, struct cs_node *map, unsigned depth)
{
    yaml_event_t event;

    while (next(b, &event)) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            map->mark.length = map->mark.length > 0 ? map->mark.length : 1;
            yaml_event_delete(&event);
            refuse_duplicates(b, map);
            return;
        }
        struct cs_mark at = mark_between(b, &event.start_mark, NULL);
        struct cs_node *key = build(b, &event, depth);
        if (key != NULL && key->kind != CS_NODE_SCALAR) {
            cs_diag_error(b->diag, &at, "a key must be a plain word");
            b->failed = true;
        }
        if (key == NULL || b->failed || !next(b, &event))
            return;
        struct cs_node *value = build(b, &event, depth);
        if (value == NULL)
            return;
        cs_node_add(b->arena, map, key->value, &key->mark, value);
        if (map->n > CS_TREE_MAX_KEYS)
            refuse(b, &b->parser.mark, "more than 10000 keys in one map");
    }
}

static void build_list(struct builder *b, struct cs_node *list, unsigned depth)
{
    yaml_event_t event;

    while (next(b, &event)) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return;
        }
        struct cs_node *value = build(b, &event, depth);
        if (value == NULL)
            return;
        cs_node_add(b->arena, list, NULL, &value->mark, value);
    }
}

static struct cs_node *build_scalar(struct builder *b, const yaml_event_t *event)
{
    struct cs_mark mark = mark_between(b, &event->start_mark, &event->end_mark);
    struct cs_node *node = cs_node_new(b->arena, CS_NODE_SCALAR, &mark);
    const char *value = (const char *)event->data.scalar.value;

    node->value = cs_arena_strndup(b->arena, value, event->data.scalar.length);
    node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    refuse_extras(b, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (strlen(value) != event->data.scalar.length)
        refuse(b, &event->start_mark, "a NUL character is not allowed");
    return node;
}

/* The node that starts with `event`, which it consumes; NULL after an error. */
static struct cs_node *build(struct builder *b, yaml_event_t *event, unsigned depth)
{
    struct cs_mark mark = mark_between(b, &event->start_mark, &event->end_mark);
    struct cs_node *node = NULL;
    bool is_map = event->type == YAML_MAPPING_START_EVENT;

    if (event->type == YAML_SCALAR_EVENT) {
        node = build_scalar(b, event);
    } else if (event->type == YAML_ALIAS_EVENT) {
        refuse(b, &event->start_mark, "aliases are not read; use `like` or `include`");
    } else if (depth >= CS_TREE_MAX_DEPTH) {
        refuse(b, &event->start_mark, "nested more than 32 levels deep");
    } else if (is_map) {
        node = cs_node_new(b->arena, CS_NODE_MAP, &mark);
        refuse_extras(b, event, event->data.mapping_start.anchor,
                      event->data.mapping_start.tag);
    } else {
        node = cs_node_new(b->arena, CS_NODE_LIST, &mark);
        refuse_extras(b, event, event->data.sequence_start.anchor,
                      event->data.sequence_start.tag);
    }
    yaml_event_delete(event);
    if (node != NULL && node->kind == CS_NODE_MAP)
        build_map(b, node, depth + 1);
    else if (node != NULL && node->kind == CS_NODE_LIST)
        build_list(b, node, depth + 1);
    return b->failed ? NULL : node;
}

static struct cs_node *build_document(struct builder *b)
{
    struct cs_node *root = NULL;
    yaml_event_t event;
    bool more = true;

    while (more && next(b, &event)) {
        yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && root != NULL)
            refuse(b, &event.start_mark, "a second document; one file is one scenario");
        more = type != YAML_STREAM_END_EVENT;
        if (type == YAML_STREAM_START_EVENT || type == YAML_STREAM_END_EVENT ||
            type == YAML_DOCUMENT_START_EVENT || type == YAML_DOCUMENT_END_EVENT)
            yaml_event_delete(&event);
        else
            root = build(b, &event, 0);
    }
    return b->failed ? NULL : root;
}

struct cs_node *cs_tree_parse_from(struct cs_arena *arena, const struct cs_text *text,
                                   size_t offset, struct cs_diagnostics *diag)
{
    struct builder b = {.arena = arena, .text = text, .diag = diag};
    const char *s = text->bytes, *from = s + offset;

    while (s < from) {
        uint32_t code = 0;
        size_t n = cs_utf8_decode(s, from, &code);
        s += n > 0 ? n : 1;
        b.shift++;
    }
    if (!yaml_parser_initialize(&b.parser))
        cs_out_of_memory(0);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)from, text->length - offset);
    struct cs_node *root = build_document(&b);
    if (root == NULL && !b.failed) {
        struct cs_mark start = {.text = text, .column = b.shift, .length = 1};
        cs_diag_error(diag, &start, "nothing in it");
    }
    yaml_parser_delete(&b.parser);
    return root;
}

struct cs_node *cs_tree_parse(struct cs_arena *arena, const struct cs_text *text,
                              struct cs_diagnostics *diag)
{
    return cs_tree_parse_from(arena, text, 0, diag);
}
