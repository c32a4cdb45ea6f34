/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/bind.h"

const char *cs_place_text(struct cs_bind *bind, const struct cs_place *place)
{
    if (place == NULL)
        return "the scenario";
    if (place->up == NULL)
        return place->name;
    const char *sep = place->name[0] == '[' ? "" : ".";
    return cs_arena_printf(bind->scratch, "%s%s%.64s", cs_place_text(bind, place->up), sep,
                           place->name);
}

struct cs_place cs_place_item(struct cs_bind *bind, const struct cs_place *up, size_t index)
{
    return (struct cs_place){up, cs_arena_printf(bind->scratch, "[%zu]", index)};
}

/* As far down a dotted path as the tree goes; what of it is left. */
static const char *walk(const struct cs_bind *bind, const char *path,
                        const struct cs_mark **mark)
{
    const struct cs_node *node = bind->root;
    char key[65];

    *mark = &node->mark;
    while (node != NULL && *path != '\0') {
        size_t n = strcspn(path, ".");
        if (n >= sizeof key)
            break;
        memcpy(key, path, n);
        key[n] = '\0';
        const struct cs_pair *pair = cs_node_find(node, key);
        if (pair == NULL)
            break;
        *mark = &pair->mark;
        node = pair->value;
        path += n + (path[n] == '.' ? 1 : 0);
    }
    return path;
}

const struct cs_mark *cs_bind_mark(const struct cs_bind *bind, const char *path)
{
    const struct cs_mark *mark;

    walk(bind, path, &mark);
    return mark;
}

bool cs_bind_says(const struct cs_bind *bind, const char *path)
{
    const struct cs_mark *mark;

    return *walk(bind, path, &mark) == '\0';
}

bool cs_bind_expect(struct cs_bind *bind, const struct cs_node *node, enum cs_node_kind kind,
                    const struct cs_place *place)
{
    static const char *const noun[] = {"a single value", "a list", "a map"};

    if (node->kind == kind)
        return true;
    if (node->kind == CS_NODE_SCALAR && node->is_plain && *node->value == '\0')
        cs_diag_error(bind->diag, &node->mark, "%s: %s is wanted, and nothing is there",
                      cs_place_text(bind, place), noun[kind]);
    else
        cs_diag_error(bind->diag, &node->mark, "%s: %s is wanted, not %s",
                      cs_place_text(bind, place), noun[kind],
                      cs_node_shown(bind->scratch, node));
    return false;
}

double cs_dim_max(enum cs_dim dim)
{
    static const double max[] = {1e15, 18 * 365 * 86400.0, 0x1p60, 1e9, 1, 14 * 3600.0, 1e-6};

    return max[dim];
}

void cs_bind_refuse(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, const char *why, const char *example)
{
    cs_diag_error(bind->diag, &node->mark, "%s: %s: %s, such as %s", cs_place_text(bind, place),
                  cs_node_shown(bind->scratch, node), why, example);
}

static bool check_range(struct cs_bind *bind, const struct cs_node *node,
                        const struct cs_place *place, enum cs_dim dim, double min, double max,
                        double si)
{
    char low[CS_UNIT_TEXT], high[CS_UNIT_TEXT];

    if (si >= min && si <= max)
        return true;
    if (si < min)
        cs_diag_error(bind->diag, &node->mark, "%s: %s is below the least, %s",
                      cs_place_text(bind, place), cs_node_shown(bind->scratch, node),
                      cs_unit_print(low, min, dim));
    else
        cs_diag_error(bind->diag, &node->mark, "%s: %s is above the greatest, %s",
                      cs_place_text(bind, place), cs_node_shown(bind->scratch, node),
                      cs_unit_print(high, max, dim));
    return false;
}

bool cs_bind_quantity(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, enum cs_dim dim, double min, double max,
                      double *si)
{
    double value = 0;

    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return false;
    const char *why = cs_unit_parse(node->value, dim, &value);
    if (why != NULL) {
        cs_bind_refuse(bind, node, place, why, cs_dim_example(dim));
        return false;
    }
    if (!check_range(bind, node, place, dim, min, max, value))
        return false;
    *si = value;
    return true;
}
