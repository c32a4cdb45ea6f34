/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/bind.h"
#include "scenario/dist_forms.h"
#include "scenario/suggest.h"

enum { MAX_PARTS = 64, MAX_QUANTILES = 64, MOST_VALUES = 1000000000, MOST_SAMPLES = 1000000 };

struct request {
    struct cs_bind *bind;
    const struct cs_place *place;
    enum cs_dim dim;
    double max;
};

static bool bind_any(const struct request *r, const struct cs_node *node,
                     const struct cs_place *place, unsigned depth, struct cs_dist *out);

/* One parameter; false after an error. */
static bool bind_param(const struct request *r, const struct cs_dist_param *param,
                       const struct cs_node *node, const struct cs_place *up, double *value)
{
    struct cs_place place = {up, param->key};
    bool is_value = param->kind == CS_PARAM_VALUE || param->kind == CS_PARAM_POSITIVE;
    double min = is_value ? 0 : param->min, max = is_value ? r->max : param->max;
    const char *wrong = NULL;

    if (!cs_bind_quantity(r->bind, node, &place, is_value ? r->dim : CS_DIM_NUMBER, min, max,
                          value))
        return false;
    if (param->kind == CS_PARAM_POSITIVE && *value <= 0)
        wrong = "must be above 0";
    else if (param->kind == CS_PARAM_COUNT && *value != floor(*value))
        wrong = "a whole number is wanted";
    if (wrong != NULL)
        cs_diag_error(r->bind->diag, &node->mark, "%s: %s: %s", cs_place_text(r->bind, &place),
                      cs_node_shown(r->bind->scratch, node), wrong);
    return wrong == NULL;
}

/* `n`, beside any kind's own keys: how many values it was fitted to. */
static bool bind_sample_size(const struct request *r, const struct cs_node *map,
                             const struct cs_place *up, double most, struct cs_dist *out)
{
    const struct cs_dist_param size = {"n", CS_PARAM_COUNT, 2, most};
    const struct cs_pair *pair = cs_node_find(map, size.key);
    double n = 0;

    if (pair == NULL)
        return true;
    if (!bind_param(r, &size, pair->value, up, &n))
        return false;
    out->fitted_n = (uint32_t)n;
    return true;
}

static bool report_unknown_params(const struct request *r, const struct cs_dist_form *form,
                                  const struct cs_node *map, const struct cs_place *place)
{
    char hint[CS_SUGGEST_TEXT];
    bool ok = true;

    for (size_t i = 0; i < map->n; i++) {
        const char *key = map->pair[i].key;
        struct cs_suggest suggest = cs_suggest_start(key);
        bool known = strcmp(key, "n") == 0;
        for (size_t p = 0; p < CS_DIST_MAX_PARAMS && form->param[p].key != NULL; p++) {
            known = known || strcmp(key, form->param[p].key) == 0;
            cs_suggest_offer(&suggest, form->param[p].key);
        }
        if (known)
            continue;
        ok = false;
        cs_diag_error(r->bind->diag, &map->pair[i].mark, "unknown key \"%.64s\" in %s%s", key,
                      cs_place_text(r->bind, place), cs_suggest_text(&suggest, hint));
    }
    return ok;
}

static bool bind_params(const struct request *r, const struct cs_dist_form *form,
                        const struct cs_node *map, const struct cs_place *place, double *value)
{
    bool ok = report_unknown_params(r, form, map, place);

    for (size_t p = 0; p < CS_DIST_MAX_PARAMS && form->param[p].key != NULL; p++) {
        const struct cs_pair *pair = cs_node_find(map, form->param[p].key);
        if (pair != NULL) {
            ok = bind_param(r, &form->param[p], pair->value, place, &value[p]) && ok;
            continue;
        }
        ok = false;
        cs_diag_error(r->bind->diag, &map->mark, "missing key \"%s\" in %s", form->param[p].key,
                      cs_place_text(r->bind, place));
    }
    return ok;
}

static bool bind_form(const struct request *r, const char *kind, const struct cs_node *map,
                      const struct cs_place *place, struct cs_dist *out)
{
    double v[CS_DIST_MAX_PARAMS] = {0};

    if (!cs_bind_expect(r->bind, map, CS_NODE_MAP, place))
        return false;
    const struct cs_dist_form *form = cs_dist_form_of(kind, map);
    if (!bind_params(r, form, map, place, v))
        return false;
    const char *wrong = cs_dist_form_wrong(form, v);
    if (wrong != NULL) {
        cs_diag_error(r->bind->diag, &map->mark, "%s: %s", cs_place_text(r->bind, place),
                      wrong);
        return false;
    }
    *out = cs_dist_form_make(form, v);
    return bind_sample_size(r, map, place, MOST_VALUES, out);
}

/* The probability that a key such as p50, p99.9 or p999 (99.9) stands for;
 * -1: none. */
static double probability_of(const char *key)
{
    double value = 0;
    const char *rest = key;

    if (strcmp(key, "min") == 0)
        return 0;
    if (strcmp(key, "max") == 0)
        return 1;
    if (key[0] != 'p' || !cs_number_parse(key + 1, &value, &rest) || *rest != '\0')
        return -1;
    if (strchr(key, '.') == NULL && value >= 100 && key[1] != '9')
        return -1;
    for (size_t n = strlen(key + 1); n > 2 && strchr(key, '.') == NULL; n--)
        value /= 10;
    return value > 0 && value < 100 ? value / 100 : -1;
}

struct quantile {
    double p, x;
    const struct cs_node *node;
};

static int by_probability(const void *left, const void *right)
{
    const struct quantile *a = left, *b = right;

    return a->p < b->p ? -1 : a->p > b->p;
}

static bool read_quantiles(const struct request *r, const struct cs_node *map,
                           const struct cs_place *place, struct quantile *q, size_t *n)
{
    bool ok = true;

    *n = 0;
    if (map->n > MAX_QUANTILES - 1 || cs_node_find(map, "max") == NULL) {
        cs_diag_error(r->bind->diag, &map->mark, "%s: %s", cs_place_text(r->bind, place),
                      map->n > MAX_QUANTILES - 1 ? "more than 63 points"
                                                 : "missing key \"max\"");
        return false;
    }
    for (size_t i = 0; i < map->n; i++) {
        const struct cs_pair *pair = &map->pair[i];
        struct cs_place at = {place, pair->key};
        struct quantile point = {.p = probability_of(pair->key), .node = pair->value};
        if (strcmp(pair->key, "n") == 0)
            continue;
        if (point.p < 0) {
            cs_diag_error(r->bind->diag, &pair->mark,
                          "unknown key \"%.64s\" in %s; quantiles are min, p50, p99.9, max",
                          pair->key, cs_place_text(r->bind, place));
            ok = false;
            continue;
        }
        ok = cs_bind_quantity(r->bind, pair->value, &at, r->dim, 0, r->max, &point.x) && ok;
        q[(*n)++] = point;
    }
    return ok;
}

static bool bind_quantiles(const struct request *r, const struct cs_node *map,
                           const struct cs_place *place, struct cs_dist *out)
{
    struct quantile q[MAX_QUANTILES];
    double p[MAX_QUANTILES], x[MAX_QUANTILES];
    size_t n = 0;

    if (!cs_bind_expect(r->bind, map, CS_NODE_MAP, place) ||
        !read_quantiles(r, map, place, q, &n))
        return false;
    if (cs_node_find(map, "min") == NULL)
        q[n++] = (struct quantile){.p = 0, .x = 0, .node = map};
    qsort(q, n, sizeof q[0], by_probability);
    for (size_t i = 0; i < n; i++) {
        p[i] = q[i].p;
        x[i] = q[i].x;
        if (i > 0 && (x[i] < x[i - 1] || p[i] <= p[i - 1])) {
            cs_diag_error(r->bind->diag, &q[i].node->mark,
                          "%s: quantiles must rise with their probability",
                          cs_place_text(r->bind, place));
            return false;
        }
    }
    *out = cs_dist_quantiles(r->bind->arena, p, x, n);
    return bind_sample_size(r, map, place, MOST_VALUES, out);
}

static bool bind_samples(const struct request *r, const struct cs_node *map,
                         const struct cs_place *place, struct cs_dist *out)
{
    size_t n = 0;

    if (!cs_bind_expect(r->bind, map, CS_NODE_MAP, place))
        return false;
    const struct cs_pair *file = cs_node_find(map, "file");
    for (size_t i = 0; i < map->n; i++)
        if (&map->pair[i] != file && strcmp(map->pair[i].key, "n") != 0)
            cs_diag_error(r->bind->diag, &map->pair[i].mark, "unknown key \"%.64s\" in %s",
                          map->pair[i].key, cs_place_text(r->bind, place));
    if (file == NULL) {
        cs_diag_error(r->bind->diag, &map->mark, "missing key \"file\" in %s",
                      cs_place_text(r->bind, place));
        return false;
    }
    const double *x = cs_bind_samples(r->bind, file->value, r->dim, r->max, &n);
    if (x == NULL)
        return false;
    *out = cs_dist_samples(r->bind->arena, x, n);
    return bind_sample_size(r, map, place, MOST_SAMPLES, out);
}

/* A part is a one-kind map with its weight beside it. */
static bool bind_part(const struct request *r, const struct cs_node *node,
                      const struct cs_place *place, unsigned depth, double *weight,
                      struct cs_dist *part)
{
    struct cs_place at = {place, "weight"};

    if (!cs_bind_expect(r->bind, node, CS_NODE_MAP, place))
        return false;
    const struct cs_pair *pair = cs_node_find(node, "weight");
    if (pair == NULL) {
        cs_diag_error(r->bind->diag, &node->mark, "missing key \"weight\" in %s",
                      cs_place_text(r->bind, place));
        return false;
    }
    struct cs_node rest = *node;
    rest.pair = CS_ARENA_ARRAY(r->bind->scratch, struct cs_pair, node->n);
    memcpy(rest.pair, node->pair, node->n * sizeof *rest.pair);
    cs_node_remove(&rest, (size_t)(pair - node->pair));
    bool ok = cs_bind_quantity(r->bind, pair->value, &at, CS_DIM_NUMBER, 1e-9, 1e9, weight);
    return bind_any(r, &rest, place, depth + 1, part) && ok;
}

static bool bind_mixture(const struct request *r, const struct cs_node *list,
                         const struct cs_place *place, unsigned depth, struct cs_dist *out)
{
    double weight[MAX_PARTS] = {0};
    struct cs_dist part[MAX_PARTS];
    bool ok = true;

    if (!cs_bind_expect(r->bind, list, CS_NODE_LIST, place))
        return false;
    if (list->n == 0 || list->n > MAX_PARTS || depth > 3) {
        cs_diag_error(r->bind->diag, &list->mark,
                      "%s: a mixture has 1 to 64 parts, 4 levels deep",
                      cs_place_text(r->bind, place));
        return false;
    }
    for (size_t i = 0; i < list->n; i++) {
        struct cs_place at = cs_place_item(r->bind, place, i);
        ok = bind_part(r, list->pair[i].value, &at, depth, &weight[i], &part[i]) && ok;
    }
    if (ok)
        *out = cs_dist_mixture(r->bind->arena, weight, part, list->n);
    return ok;
}

static bool bind_constant(const struct request *r, const struct cs_node *node,
                          const struct cs_place *place, struct cs_dist *out)
{
    double value = 0;

    if (!cs_bind_quantity(r->bind, node, place, r->dim, 0, r->max, &value))
        return false;
    *out = cs_dist_constant(value);
    return true;
}

static bool refuse_kind(const struct request *r, const struct cs_pair *pair,
                        const struct cs_place *place)
{
    char hint[CS_SUGGEST_TEXT];
    struct cs_suggest suggest = cs_suggest_start(pair->key);
    size_t n = 0;

    const struct cs_dist_form *form = cs_dist_forms(&n);
    for (size_t i = 0; i < n; i++)
        cs_suggest_offer(&suggest, form[i].kind);
    cs_diag_error(r->bind->diag, &pair->mark, "%s: unknown distribution \"%.64s\"%s",
                  cs_place_text(r->bind, place), pair->key, cs_suggest_text(&suggest, hint));
    return false;
}

static bool bind_any(const struct request *r, const struct cs_node *node,
                     const struct cs_place *place, unsigned depth, struct cs_dist *out)
{
    if (node->kind == CS_NODE_SCALAR)
        return bind_constant(r, node, place, out);
    if (node->kind != CS_NODE_MAP || node->n != 1) {
        cs_diag_error(r->bind->diag, &node->mark,
                      "%s: a value or one distribution is wanted, such as "
                      "{exponential: {mean: %s}}",
                      cs_place_text(r->bind, place), cs_dim_example(r->dim));
        return false;
    }
    const struct cs_pair *pair = &node->pair[0];
    struct cs_place at = {place, pair->key};
    if (strcmp(pair->key, "constant") == 0)
        return bind_constant(r, pair->value, &at, out);
    if (strcmp(pair->key, "quantiles") == 0)
        return bind_quantiles(r, pair->value, &at, out);
    if (strcmp(pair->key, "samples") == 0)
        return bind_samples(r, pair->value, &at, out);
    if (strcmp(pair->key, "mixture") == 0)
        return bind_mixture(r, pair->value, &at, depth, out);
    if (cs_dist_form_of(pair->key, pair->value) == NULL)
        return refuse_kind(r, pair, place);
    return bind_form(r, pair->key, pair->value, &at, out);
}

const struct cs_dist *cs_bind_dist(struct cs_bind *bind, const struct cs_node *node,
                                   const struct cs_place *place, enum cs_dim dim, double max)
{
    struct request request = {.bind = bind, .place = place, .dim = dim, .max = max};
    struct cs_dist *dist = CS_ARENA_NEW(bind->arena, struct cs_dist);

    return bind_any(&request, node, place, 0, dist) ? dist : NULL;
}
