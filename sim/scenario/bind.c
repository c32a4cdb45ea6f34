/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/bind.h"

#include <math.h>
#include <string.h>

#include "capsim/check.h"
#include "scenario/merge.h"
#include "scenario/suggest.h"

enum { MAX_ITEMS = 1000, MAX_KEYS = 64 };

/* ---- one field ---- */

static bool is_word(const struct cs_node *node, const char *word)
{
    return node->kind == CS_NODE_SCALAR && strcmp(node->value, word) == 0;
}

static double field_max(const struct cs_field *field)
{
    if (field->max != 0)
        return field->max;
    if (field->type == CS_TYPE_COUNT)
        return field->width == 4 ? 4e9 : 0x1p53;
    return cs_dim_max(field->dim);
}

static void bind_quantity(struct cs_bind *bind, const struct cs_field *field,
                          const struct cs_node *node, const struct cs_place *place, void *at)
{
    bool is_time = field->dim == CS_DIM_TIME || field->dim == CS_DIM_OFFSET;
    double si = 0;

    if ((field->flags & CS_OR_UNLIMITED) != 0 && is_word(node, "unlimited")) {
        si = HUGE_VAL;
    } else if ((field->flags & CS_OR_AUTO) != 0 && is_word(node, "auto")) {
        si = -1;
    } else {
        if (!cs_bind_quantity(bind, node, place, field->dim, field->min, field_max(field), &si))
            return;
        if ((field->flags & CS_POSITIVE) != 0 && si <= 0) {
            cs_diag_error(bind->diag, &node->mark, "%s: %s must be above 0",
                          cs_place_text(bind, place), cs_node_shown(bind->scratch, node));
            return;
        }
    }
    if (is_time)
        *(cs_time *)at = isinf(si) ? CS_NEVER : (cs_time)llround(si * 1e9);
    else
        *(double *)at = si;
}

static void bind_count(struct cs_bind *bind, const struct cs_field *field,
                       const struct cs_node *node, const struct cs_place *place, void *at)
{
    int64_t value = 0;

    if ((field->flags & CS_OR_UNLIMITED) != 0 && is_word(node, "unlimited")) {
        value = CS_UNLIMITED;
    } else {
        double si = 0;
        if (!cs_bind_quantity(bind, node, place, CS_DIM_NUMBER, field->min, field_max(field),
                              &si))
            return;
        if (si != floor(si)) {
            cs_bind_refuse(bind, node, place, "a whole number is wanted", "5");
            return;
        }
        value = (int64_t)si;
    }
    if (field->width == 4)
        *(uint32_t *)at = (uint32_t)value;
    else
        *(int64_t *)at = value;
}

static void bind_bool(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, void *at)
{
    if (is_word(node, "true"))
        *(bool *)at = true;
    else if (is_word(node, "false"))
        *(bool *)at = false;
    else
        cs_diag_error(bind->diag, &node->mark, "%s: %s: true or false is wanted",
                      cs_place_text(bind, place), cs_node_shown(bind->scratch, node));
}

static void bind_choice(struct cs_bind *bind, const struct cs_field *field,
                        const struct cs_node *node, const struct cs_place *place, void *at)
{
    char hint[CS_SUGGEST_TEXT];
    const char *list = "";

    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return;
    struct cs_suggest suggest = cs_suggest_start(node->value);
    for (const struct cs_choice *c = field->choice; c->word != NULL; c++) {
        if (strcmp(c->word, node->value) != 0) {
            cs_suggest_offer(&suggest, c->word);
            if (c->value != CS_LATER_WORD)
                list =
                    cs_arena_printf(bind->scratch, "%s%s%s", list, *list ? ", " : "", c->word);
            continue;
        }
        if (c->value == CS_LATER_WORD)
            cs_diag_error(bind->diag, &node->mark,
                          "%s: \"%s\" is not simulated by this version",
                          cs_place_text(bind, place), c->word);
        else if (field->width == sizeof(bool) && field->offset != CS_NOWHERE)
            *(bool *)at = c->value != 0;
        else if (field->offset != CS_NOWHERE)
            *(int *)at = c->value;
        return;
    }
    cs_diag_error(bind->diag, &node->mark, "%s: unknown word %s (%s)%s",
                  cs_place_text(bind, place), cs_node_shown(bind->scratch, node), list,
                  cs_suggest_text(&suggest, hint));
}

static void bind_later(struct cs_bind *bind, const struct cs_field *field,
                       const struct cs_node *node, const struct cs_mark *key)
{
    if (field->allowed != NULL && is_word(node, field->allowed))
        return;
    if (field->allowed != NULL)
        cs_diag_error(bind->diag, key, "\"%s\" other than %s is not simulated by this version",
                      field->key, field->allowed);
    else
        cs_diag_error(bind->diag, key, "\"%s\" (%s) is not simulated by this version",
                      field->key, field->doc);
}

static void bind_text(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, void *at)
{
    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return;
    if (strlen(node->value) > 200) {
        cs_diag_error(bind->diag, &node->mark, "%s: longer than 200 bytes",
                      cs_place_text(bind, place));
        return;
    }
    *(const char **)at = cs_arena_strdup(bind->arena, node->value);
}

bool cs_bind_is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    return n > 0 && n <= 64 && name[n] == '\0';
}

/* `name: none` takes away a thing that is laid under it. */
static struct cs_node *without_none(struct cs_bind *bind, const struct cs_node *map)
{
    struct cs_node *left = cs_node_new(bind->scratch, CS_NODE_MAP, &map->mark);

    for (size_t i = 0; i < map->n; i++)
        if (!is_word(map->pair[i].value, "none"))
            cs_node_add(bind->scratch, left, map->pair[i].key, &map->pair[i].mark,
                        map->pair[i].value);
    return left;
}

static void bind_named(struct cs_bind *bind, const struct cs_field *field,
                       const struct cs_node *all, const struct cs_place *place, char *base)
{
    const struct cs_schema *child = field->child;
    uint32_t *count = (uint32_t *)(void *)(base + field->second);

    if (!cs_bind_expect(bind, all, CS_NODE_MAP, place))
        return;
    const struct cs_node *node = without_none(bind, all);
    if (node->n > MAX_ITEMS || (node->n == 0 && (field->flags & CS_REQUIRED) != 0)) {
        cs_diag_error(bind->diag, &node->mark, "%s: %s", cs_place_text(bind, place),
                      node->n == 0 ? "there is nothing in it" : "more than 1000 of them");
        return;
    }
    char *array = cs_arena_array(bind->arena, node->n, child->size);
    *(void **)(void *)(base + field->offset) = array;
    *count = (uint32_t)node->n;
    /* All names first: an objective may be of something that is wrong itself. */
    for (size_t i = 0; i < node->n; i++)
        *(const char **)(void *)(array + i * child->size) =
            cs_arena_strndup(bind->arena, node->pair[i].key, 64);
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        struct cs_place at = {place, pair->key};
        if (!cs_bind_is_name(pair->key))
            cs_diag_error(bind->diag, &pair->mark,
                          "a name is made of letters, digits, _ and -, 64 at most");
        cs_bind_map(bind, child, cs_merge_like(bind->scratch, field, node, pair, bind->diag),
                    &at, array + i * child->size, true);
    }
}

static void bind_field(struct cs_bind *bind, const struct cs_field *field,
                       const struct cs_node *node, const struct cs_mark *key,
                       const struct cs_place *up, char *base)
{
    struct cs_place place = {up, field->key};
    void *at = field->offset == CS_NOWHERE ? NULL : base + field->offset;

    switch (field->type) {
    case CS_TYPE_QUANTITY:
        bind_quantity(bind, field, node, &place, at);
        break;
    case CS_TYPE_COUNT:
        bind_count(bind, field, node, &place, at);
        break;
    case CS_TYPE_BOOL:
        bind_bool(bind, node, &place, at);
        break;
    case CS_TYPE_CHOICE:
        bind_choice(bind, field, node, &place, at);
        break;
    case CS_TYPE_TEXT:
        bind_text(bind, node, &place, at);
        break;
    case CS_TYPE_DIST:
        if ((field->flags & CS_OR_UNLIMITED) == 0 || !is_word(node, "unlimited"))
            *(const struct cs_dist **)at =
                cs_bind_dist(bind, node, &place, field->dim, field_max(field));
        break;
    case CS_TYPE_REF:
        if (cs_bind_expect(bind, node, CS_NODE_SCALAR, &place))
            *(uint32_t *)at = cs_bind_ref(bind, field->to, node->value, &node->mark);
        break;
    case CS_TYPE_MAP: /* `none` takes away what is laid under it */
        if (field->second != CS_NOWHERE && is_word(node, "none")) {
            cs_bind_map(bind, field->child, NULL, &place, at, true);
            break;
        }
        if (field->second != CS_NOWHERE)
            *(bool *)(base + field->second) = true;
        cs_bind_map(bind, field->child, node, &place, at, true);
        break;
    case CS_TYPE_NAMED:
        bind_named(bind, field, node, &place, base);
        break;
    case CS_TYPE_CUSTOM:
        field->bind(bind, node, &place, base);
        break;
    case CS_TYPE_LATER:
        bind_later(bind, field, node, key);
        break;
    case CS_TYPE_LOADER:
        break;
    }
}

/* ---- a map ---- */

/* What must not be called missing as well: *meant is set for each key that an
 * unknown one is taken for; true when the map uses what is not simulated. */
static bool report_unknown(struct cs_bind *bind, const struct cs_schema *schema,
                           const struct cs_node *node, const struct cs_place *place,
                           bool *meant)
{
    char hint[CS_SUGGEST_TEXT];
    bool uses_later = false;

    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        const struct cs_field *field = cs_schema_find(schema, pair->key);
        if (field != NULL)
            uses_later = uses_later || field->type == CS_TYPE_LATER;
        if (field != NULL || cs_diag_is_full(bind->diag))
            continue;
        struct cs_suggest suggest = cs_suggest_start(pair->key);
        for (size_t f = 0; f < schema->n; f++)
            cs_suggest_offer(&suggest, schema->field[f].key);
        cs_diag_error(bind->diag, &pair->mark, "unknown key \"%.64s\" in %s%s", pair->key,
                      cs_place_text(bind, place), cs_suggest_text(&suggest, hint));
        for (size_t f = 0; f < schema->n; f++)
            meant[f] = meant[f] || schema->field[f].key == suggest.best;
    }
    return uses_later;
}

static void bind_absent(struct cs_bind *bind, const struct cs_field *field,
                        const struct cs_place *place, char *base)
{
    struct cs_node node = {.kind = CS_NODE_SCALAR, .is_plain = true, .value = field->fallback};

    if (field->type == CS_TYPE_REF)
        *(uint32_t *)(void *)(base + field->offset) = CS_NONE;
    else if (field->type == CS_TYPE_MAP)
        cs_bind_map(bind, field->child, NULL, place, base + field->offset, true);
    else if (field->fallback != NULL)
        bind_field(bind, field, &node, &node.mark, place, base);
}

static bool is_exempt(const struct cs_field *field, const struct cs_node *node)
{
    for (const char *const *key = field->unless; key != NULL && *key != NULL; key++)
        if (cs_node_find(node, *key) != NULL)
            return true;
    return false;
}

/* Of some keys, one: two exclude each other, and none is too few unless an unknown
 * key was meant for one of them. */
static void check_one_of(struct cs_bind *bind, const struct cs_schema *schema,
                         const struct cs_node *node, const struct cs_place *place,
                         const bool *meant)
{
    const char *first = NULL, *list = "";

    for (const char *const *key = schema->one_of; *key != NULL; key++) {
        const struct cs_pair *pair = cs_node_find(node, *key);
        const struct cs_field *field = cs_schema_find(schema, *key);
        if (meant[field - schema->field])
            return;
        if (pair != NULL && first != NULL)
            cs_diag_error(bind->diag, &pair->mark, "\"%s\" excludes \"%s\" in %s", *key, first,
                          cs_place_text(bind, place));
        first = pair != NULL && first == NULL ? *key : first;
        list = cs_arena_printf(bind->scratch, "%s%s%s", list, *list ? ", " : "", *key);
    }
    if (first == NULL)
        cs_diag_error(bind->diag, &node->mark, "missing key in %s: one of %s",
                      cs_place_text(bind, place), list);
}

void cs_bind_map(struct cs_bind *bind, const struct cs_schema *schema,
                 const struct cs_node *node, const struct cs_place *place, void *base,
                 bool with_defaults)
{
    bool uses_later = false, meant[MAX_KEYS] = {false};

    CS_ASSERT(schema->n <= MAX_KEYS);
    if (node != NULL && !cs_bind_expect(bind, node, CS_NODE_MAP, place))
        node = NULL;
    if (node != NULL)
        uses_later = report_unknown(bind, schema, node, place, meant);
    for (size_t i = 0; i < schema->n; i++) {
        const struct cs_field *field = &schema->field[i];
        const struct cs_pair *pair = node != NULL ? cs_node_find(node, field->key) : NULL;
        if (pair != NULL) {
            bind_field(bind, field, pair->value, &pair->mark, place, base);
            continue;
        }
        if (node != NULL && with_defaults && !uses_later && !meant[i] &&
            (field->flags & CS_REQUIRED) != 0 && !is_exempt(field, node))
            cs_diag_error(bind->diag, &node->mark, "missing key \"%s\" in %s: %s", field->key,
                          cs_place_text(bind, place), field->doc);
        if (with_defaults)
            bind_absent(bind, field, place, base);
    }
    if (node != NULL && with_defaults && schema->one_of != NULL)
        check_one_of(bind, schema, node, place, meant);
}
