/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of quantities: each registered once, shared by all that feed it.
 */
#include "meters.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"

#include "platform.h"

/* ---- rows by name and labels, shared by all that feed them ---- */

static struct cs_labels pick_labels(struct cs_labels full, unsigned mask)
{
    struct cs_labels labels = CS_NO_LABELS;
    unsigned n = 0;

    for (unsigned i = 0; i < CS_MAX_LABELS; i++)
        if ((mask >> i & 1u) != 0 && full.label[i].value != NULL)
            labels.label[n++] = full.label[i];
    return labels;
}

static bool same_labels(const struct cs_labels *a, const struct cs_labels *b)
{
    for (unsigned i = 0; i < CS_MAX_LABELS; i++) {
        if ((a->label[i].key == NULL) != (b->label[i].key == NULL))
            return false;
        if (a->label[i].key != NULL && (strcmp(a->label[i].key, b->label[i].key) != 0 ||
                                        strcmp(a->label[i].value, b->label[i].value) != 0))
            return false;
    }
    return true;
}

size_t cs_row_find(const struct cs_model *model, const char *name,
                   const struct cs_labels *labels)
{
    size_t n = cs_registry_metrics(model->registry);

    for (size_t i = 0; i < n; i++) {
        const struct cs_metric *metric = cs_registry_metric(model->registry, i);

        if (strcmp(metric->name, name) == 0 && same_labels(&metric->labels, labels))
            return i;
    }
    return n;
}

/* Labels of which there is only one: a total over them is the one itself. */
static unsigned only_ones(const struct cs_model *model, const struct cs_labels *full)
{
    const struct cs_scenario *scenario = model->scenario;
    unsigned mask = 0;

    for (unsigned i = 0; i < CS_MAX_LABELS && full->label[i].key != NULL; i++) {
        const char *key = full->label[i].key;
        bool is_only = full->label[i].value == NULL ||
                       (strcmp(key, "database") == 0 && scenario->n_databases == 1) ||
                       (strcmp(key, "dependency") == 0 && scenario->n_dependencies == 1) ||
                       (strcmp(key, "fleet") == 0 && scenario->n_fleets == 1) ||
                       (strcmp(key, "region") == 0 && scenario->n_regions == 1);

        mask |= (unsigned)is_only << i;
    }
    return mask;
}

/*
 * The row of masks[i]: where it is in the registry, or that it has to be
 * registered.  What an earlier mask covers becomes a second name of that row.
 */
enum row_state { ROW_KNOWN, ROW_NEW, ROW_ALIAS };

static enum row_state look_up(struct cs_model *model, const char *name, struct cs_labels full,
                              const unsigned *masks, uint32_t i, struct cs_labels *labels,
                              size_t *row)
{
    unsigned ones = only_ones(model, &full);

    *labels = pick_labels(full, masks[i]);
    *row = cs_row_find(model, name, labels);
    bool is_known = *row < cs_registry_metrics(model->registry);

    for (uint32_t k = 0; k < i; k++) {
        if ((masks[k] | ones) != (masks[i] | ones))
            continue;
        struct cs_labels earlier = pick_labels(full, masks[k]);

        if (!is_known)
            cs_metric_alias(model->registry, cs_row_find(model, name, &earlier), name, *labels);
        return ROW_ALIAS;
    }
    return is_known ? ROW_KNOWN : ROW_NEW;
}

/* What a row is made of when it is new. */
struct row_kind {
    enum cs_metric_kind kind;
    const char *unit;
    unsigned stats;
    const uint64_t *total;
    double scale;
    struct cs_level *level;
};

static void add_row(struct cs_model *model, const char *name, struct cs_labels labels,
                    const struct row_kind *of)
{
    switch (of->kind) {
    case CS_METRIC_LEVEL:
        cs_metric_level(model->registry, name, of->unit, labels, of->stats);
        break;
    case CS_METRIC_COUNT:
        cs_metric_count(model->registry, name, of->unit, labels, of->total);
        break;
    case CS_METRIC_TIME:
        cs_metric_time(model->registry, name, labels, of->stats);
        break;
    case CS_METRIC_INTEGRAL:
        cs_metric_integral(model->registry, name, of->unit, labels, of->scale, of->level);
        break;
    case CS_METRIC_SHARE: /* brings its two levels: see cs_share_build */
    case CS_METRIC_FIGURE:
    case CS_METRIC_SUM: /* of rows that are all there: see cost.c */
        break;
    }
}

/* The row of masks[i], registered if need be; NULL: another row says it. */
static const struct cs_metric *row_of(struct cs_model *model, const char *name,
                                      struct cs_labels full, const unsigned *masks, uint32_t i,
                                      const struct row_kind *of)
{
    struct cs_labels labels;
    size_t row;
    enum row_state state = look_up(model, name, full, masks, i, &labels, &row);

    if (state == ROW_NEW)
        add_row(model, name, labels, of); /* where `row` is: at the end */
    return state == ROW_ALIAS ? NULL : cs_registry_metric(model->registry, row);
}

void cs_fan_build(struct cs_fan *fan, struct cs_model *model, const char *name,
                  const char *unit, unsigned stats, struct cs_labels full,
                  const unsigned *masks, uint32_t n)
{
    struct row_kind of = {.kind = CS_METRIC_LEVEL, .unit = unit, .stats = stats};

    for (uint32_t i = 0; i < n; i++) {
        const struct cs_metric *row = row_of(model, name, full, masks, i, &of);

        if (row != NULL)
            fan->level[fan->n++] = row->level;
    }
}

void cs_integrals_build(struct cs_fan *fan, struct cs_model *model, const char *name,
                        const char *unit, double scale, struct cs_labels full,
                        const unsigned *masks, uint32_t n, const struct cs_fan *of)
{
    for (uint32_t i = 0; i < n; i++) {
        struct row_kind kind = {.kind = CS_METRIC_INTEGRAL,
                                .unit = unit,
                                .scale = scale,
                                .level =
                                    of != NULL && fan->n < of->n ? of->level[fan->n] : NULL};
        const struct cs_metric *row = row_of(model, name, full, masks, i, &kind);

        if (row != NULL)
            fan->level[fan->n++] = row->level;
    }
}

void cs_counts_build(struct cs_counts *counts, struct cs_model *model, const char *name,
                     const char *unit, struct cs_labels full, const unsigned *masks, uint32_t n,
                     const uint64_t *total)
{
    struct row_kind of = {.kind = CS_METRIC_COUNT, .unit = unit, .total = total};

    for (uint32_t i = 0; i < n; i++) {
        const struct cs_metric *row = row_of(model, name, full, masks, i, &of);

        if (row != NULL)
            counts->count[counts->n++] = row->count;
    }
}

void cs_times_build(struct cs_fan_times *times, struct cs_model *model, const char *name,
                    unsigned stats, struct cs_labels full, const unsigned *masks, uint32_t n)
{
    struct row_kind of = {.kind = CS_METRIC_TIME, .stats = stats};

    for (uint32_t i = 0; i < n; i++) {
        const struct cs_metric *row = row_of(model, name, full, masks, i, &of);

        if (row != NULL)
            times->hist[times->n++] = row->hist;
    }
}

/* The share row whose ratio is this level. */
static struct cs_share_row *share_of(const struct cs_meters *meters,
                                     const struct cs_level *ratio)
{
    uint32_t i = 0;

    while (meters->share_row[i]->ratio != ratio)
        i++;
    return meters->share_row[i];
}

static struct cs_share_row *new_share(struct cs_model *model, const char *name, unsigned stats,
                                      struct cs_labels labels, struct cs_level *part,
                                      struct cs_level *whole)
{
    struct cs_meters *meters = &model->meters;
    struct cs_share_row *row = CS_NEW(struct cs_share_row);

    cs_level_init(&row->own_part, 0, false);
    cs_level_init(&row->own_whole, 0, false);
    row->part = part != NULL ? part : &row->own_part;
    row->whole = whole != NULL ? whole : &row->own_whole;
    row->ratio = cs_metric_share(model->registry, name, labels, stats, row->part, row->whole);
    CS_GROW(meters->share_row, meters->n_share_rows + 1, meters->share_row_capacity);
    meters->share_row[meters->n_share_rows++] = row;
    return row;
}

void cs_share_build(struct cs_share_fan *fan, struct cs_model *model, const char *name,
                    unsigned stats, struct cs_labels full, const unsigned *masks, uint32_t n,
                    const struct cs_fan *part, const struct cs_fan *whole)
{
    struct cs_labels labels;
    size_t row;

    for (uint32_t i = 0; i < n; i++) {
        enum row_state state = look_up(model, name, full, masks, i, &labels, &row);

        if (state == ROW_ALIAS)
            continue;
        fan->row[fan->n] =
            state == ROW_KNOWN
                ? share_of(&model->meters, cs_registry_metric(model->registry, row)->level)
                : new_share(model, name, stats, labels,
                            part == NULL ? NULL : part->level[fan->n],
                            whole == NULL ? NULL : whole->level[fan->n]);
        fan->n++;
    }
}

/* To the nearest 1e-4; by multiplication, as whole changes seldom. */
static void settle(struct cs_share_row *row)
{
    if (row->whole_value != row->scaled) {
        row->scaled = row->whole_value;
        row->scale = row->scaled > 0 ? 10000.0 / (double)row->scaled : 0.0;
    }
    cs_level_set(row->ratio, (int64_t)((double)row->part_value * row->scale + 0.5),
                 row->changed);
}

static void follow(struct cs_share_row *row, cs_time now)
{
    if (now != row->changed) {
        settle(row);
        row->changed = now;
    }
    row->part_value = row->part->value;
    row->whole_value = row->whole->value;
}

void cs_shares_settle(struct cs_meters *meters, cs_time now)
{
    for (uint32_t i = 0; i < meters->n_share_rows; i++) {
        settle(meters->share_row[i]);
        meters->share_row[i]->changed = now;
    }
}

void cs_share_follow(const struct cs_share_fan *fan, cs_time now)
{
    for (uint32_t i = 0; i < fan->n; i++)
        follow(fan->row[i], now);
}

void cs_share_add(const struct cs_share_fan *fan, int64_t part, int64_t whole, cs_time now)
{
    for (uint32_t i = 0; i < fan->n; i++) {
        struct cs_share_row *row = fan->row[i];

        if (part != 0)
            cs_level_add(row->part, part, now);
        if (whole != 0)
            cs_level_add(row->whole, whole, now);
        follow(row, now);
    }
}
