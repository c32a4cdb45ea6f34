/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/math.h"
#include "scenario/bind.h"
#include "scenario/date.h"
#include "scenario/dump.h"

/* The rate of an open source in time: its rate, growth, calendar and points. */

enum { MAX_POINTS = 10000 };

void cs_bind_source_rate(struct cs_bind *bind, const struct cs_node *node,
                         const struct cs_place *place, void *base)
{
    struct cs_source *source = base;

    (void)cs_bind_quantity(bind, node, place, CS_DIM_RATE, 0, 1e7, &source->rate_per_s);
}

void cs_dump_source_rate(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_source *source = base;

    (void)s;
    cs_sink_print(sink, "%.17g\n", source->rate_per_s);
}

/* ---- growth ---- */

struct growth_point {
    double p, per_s;
    const struct cs_node *node;
};

static int by_probability(const void *left, const void *right)
{
    const struct growth_point *a = left, *b = right;

    return a->p < b->p ? -1 : a->p > b->p;
}

static bool bind_growth_value(struct cs_bind *bind, const struct cs_node *node,
                              const struct cs_place *place, double *per_s)
{
    double most = cs_dim_max(CS_DIM_GROWTH);

    return cs_bind_quantity(bind, node, place, CS_DIM_GROWTH, -most, most, per_s);
}

/* p10, p97.5: the probability, or -1. */
static double growth_probability(const char *key)
{
    const char *rest = key;
    double value = 0;

    if (key[0] != 'p' || !cs_number_parse(key + 1, &value, &rest) || *rest != '\0')
        return -1;
    return value > 0 && value < 100 ? value / 100 : -1;
}

static size_t read_growth(struct cs_bind *bind, const struct cs_node *node,
                          const struct cs_place *place, struct growth_point *point)
{
    size_t n = 0;
    bool ok = true;

    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        struct cs_place at = {place, pair->key};
        struct growth_point next = {.p = growth_probability(pair->key), .node = pair->value};
        if (next.p < 0) {
            cs_diag_error(bind->diag, &pair->mark,
                          "unknown key \"%.64s\" in %s; quantiles are p10, p50, p97.5",
                          pair->key, cs_place_text(bind, place));
            ok = false;
            continue;
        }
        ok = bind_growth_value(bind, pair->value, &at, &next.per_s) && ok;
        point[n++] = next;
    }
    if (ok && n < 2) {
        cs_diag_error(bind->diag, &node->mark,
                      "%s: two quantiles at least, or one value for all",
                      cs_place_text(bind, place));
        ok = false;
    }
    return ok ? n : 0;
}

void cs_bind_growth(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_source *source = base;
    struct growth_point *point =
        CS_ARENA_ARRAY(bind->scratch, struct growth_point, node->n + 1);
    size_t n = 1;

    point[0].p = 0.5;
    if (node->kind == CS_NODE_SCALAR)
        n = bind_growth_value(bind, node, place, &point[0].per_s) ? 1 : 0;
    else if (cs_bind_expect(bind, node, CS_NODE_MAP, place))
        n = read_growth(bind, node, place, point);
    else
        n = 0;
    qsort(point, n, sizeof point[0], by_probability);
    double *score = CS_ARENA_ARRAY(bind->arena, double, n + 1);
    double *per_s = CS_ARENA_ARRAY(bind->arena, double, n + 1);
    for (size_t i = 0; i < n; i++) {
        score[i] = cs_normal_quantile(point[i].p);
        per_s[i] = point[i].per_s;
        if (i > 0 && (per_s[i] < per_s[i - 1] || score[i] <= score[i - 1])) {
            cs_diag_error(bind->diag, &point[i].node->mark,
                          "%s: quantiles must rise with their probability",
                          cs_place_text(bind, place));
            return;
        }
    }
    source->growth = (struct cs_growth){(uint32_t)n, score, per_s};
}

void cs_dump_growth(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_source *source = base;

    (void)s;
    for (uint32_t i = 0; i < source->growth.n; i++)
        cs_sink_print(sink, "%.17g %.17g\n", source->growth.score[i], source->growth.per_s[i]);
}

/* ---- calendar ---- */

static int by_day(const void *left, const void *right)
{
    const struct cs_date_factor *a = left, *b = right;

    return a->day < b->day ? -1 : a->day > b->day;
}

void cs_bind_calendar(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, void *base)
{
    struct cs_source *source = base;

    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    source->calendar = CS_ARENA_ARRAY(bind->arena, struct cs_date_factor, node->n + 1);
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        struct cs_place at = {place, pair->key};
        struct cs_date_factor next = {0};
        int64_t unix_s = 0;
        if (strlen(pair->key) != 10 || !cs_date_parse(pair->key, 10, &unix_s)) {
            cs_diag_error(bind->diag, &pair->mark,
                          "\"%.64s\" in %s: a day from 1970 on is wanted, such as 2025-11-28",
                          pair->key, cs_place_text(bind, place));
            continue;
        }
        next.day = unix_s / 86400;
        if (cs_bind_quantity(bind, pair->value, &at, CS_DIM_NUMBER, 0, 1e6, &next.factor))
            source->calendar[source->n_calendar++] = next;
    }
    qsort(source->calendar, source->n_calendar, sizeof source->calendar[0], by_day);
}

void cs_dump_calendar(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_source *source = base;

    (void)s;
    for (uint32_t i = 0; i < source->n_calendar; i++)
        cs_sink_print(sink, "%lld %.17g\n", (long long)source->calendar[i].day,
                      source->calendar[i].factor);
}

/* ---- points ---- */

/* One [time, rate]; false after an error. */
static bool bind_point(struct cs_bind *bind, const struct cs_node *node,
                       const struct cs_place *place, cs_time *at, double *rate_per_s)
{
    double seconds = 0;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return false;
    if (node->n != 2) {
        cs_diag_error(bind->diag, &node->mark,
                      "%s: a time and a rate are wanted, such as [20m, 80/s]",
                      cs_place_text(bind, place));
        return false;
    }
    bool ok = cs_bind_quantity(bind, node->pair[0].value, place, CS_DIM_TIME, 0,
                               cs_dim_max(CS_DIM_TIME), &seconds);

    *at = (cs_time)llround(seconds * 1e9);
    return cs_bind_quantity(bind, node->pair[1].value, place, CS_DIM_RATE, 0, 1e7,
                            rate_per_s) &&
           ok;
}

void cs_bind_points(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_profile *profile = base;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return;
    if (node->n == 0 || node->n > MAX_POINTS) {
        cs_diag_error(bind->diag, &node->mark, "%s: %s", cs_place_text(bind, place),
                      node->n == 0 ? "there is nothing in it" : "more than 10000 points");
        return;
    }
    cs_time *at = CS_ARENA_ARRAY(bind->arena, cs_time, node->n);
    double *rate_per_s = CS_ARENA_ARRAY(bind->arena, double, node->n);
    for (size_t i = 0; i < node->n; i++) {
        struct cs_place item = cs_place_item(bind, place, i);
        const struct cs_node *point = node->pair[i].value;
        if (!bind_point(bind, point, &item, &at[i], &rate_per_s[i]))
            return;
        if (i > 0 && at[i] <= at[i - 1]) {
            cs_diag_error(bind->diag, &point->mark,
                          "%s: not later than the point before it; `join: step` makes a jump",
                          cs_place_text(bind, &item));
            return;
        }
    }
    profile->n = (uint32_t)node->n;
    profile->at = at;
    profile->rate_per_s = rate_per_s;
}

void cs_dump_points(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_profile *profile = base;

    (void)s;
    for (uint32_t i = 0; i < profile->n; i++)
        cs_sink_print(sink, "%lld %.17g\n", (long long)profile->at[i], profile->rate_per_s[i]);
}
