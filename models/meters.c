/* SPDX-License-Identifier: GPL-3.0-or-later */
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

static const struct cs_metric *find(const struct cs_model *model, const char *name,
                                    const struct cs_labels *labels)
{
    for (size_t i = 0; i < cs_registry_metrics(model->registry); i++) {
        const struct cs_metric *metric = cs_registry_metric(model->registry, i);

        if (strcmp(metric->name, name) == 0 && same_labels(&metric->labels, labels))
            return metric;
    }
    return NULL;
}

/* The i-th mask's labels; false when an earlier mask gave the same ones. */
static bool next_labels(struct cs_labels full, const unsigned *masks, uint32_t i,
                        struct cs_labels *labels)
{
    *labels = pick_labels(full, masks[i]);
    for (uint32_t k = 0; k < i; k++) {
        struct cs_labels earlier = pick_labels(full, masks[k]);

        if (same_labels(&earlier, labels))
            return false;
    }
    return true;
}

void cs_fan_build(struct cs_fan *fan, struct cs_model *model, const char *name,
                  const char *unit, unsigned stats, struct cs_labels full,
                  const unsigned *masks, uint32_t n)
{
    struct cs_labels labels;

    for (uint32_t i = 0; i < n; i++) {
        if (!next_labels(full, masks, i, &labels))
            continue;
        const struct cs_metric *row = find(model, name, &labels);

        fan->level[fan->n++] = row != NULL ? row->level
                                           : cs_metric_level(model->registry, name, unit,
                                                             labels, stats);
    }
}

void cs_counts_build(struct cs_counts *counts, struct cs_model *model, const char *name,
                     const char *unit, struct cs_labels full, const unsigned *masks,
                     uint32_t n, const uint64_t *total)
{
    struct cs_labels labels;

    for (uint32_t i = 0; i < n; i++) {
        if (!next_labels(full, masks, i, &labels))
            continue;
        const struct cs_metric *row = find(model, name, &labels);

        counts->count[counts->n++] =
            row != NULL ? row->count
                        : cs_metric_count(model->registry, name, unit, labels, total);
    }
}

void cs_times_build(struct cs_fan_times *times, struct cs_model *model, const char *name,
                    unsigned stats, struct cs_labels full, const unsigned *masks, uint32_t n)
{
    struct cs_labels labels;

    for (uint32_t i = 0; i < n; i++) {
        if (!next_labels(full, masks, i, &labels))
            continue;
        const struct cs_metric *row = find(model, name, &labels);

        times->hist[times->n++] =
            row != NULL ? row->hist : cs_metric_time(model->registry, name, labels, stats);
    }
}

static struct cs_share_row *share_row(struct cs_model *model, const char *name, unsigned stats,
                                      struct cs_labels labels)
{
    struct cs_meters *meters = &model->meters;
    const struct cs_metric *known = find(model, name, &labels);

    if (known != NULL)
        for (uint32_t i = 0; i < meters->n_share_rows; i++)
            if (meters->share_row[i]->ratio == known->level)
                return meters->share_row[i];
    struct cs_share_row *row = CS_NEW(struct cs_share_row);

    cs_level_init(&row->part, 0, false);
    cs_level_init(&row->whole, 0, false);
    row->ratio = cs_metric_share(model->registry, name, labels, stats, &row->part, &row->whole);
    CS_GROW(meters->share_row, meters->n_share_rows + 1, meters->share_row_capacity);
    meters->share_row[meters->n_share_rows++] = row;
    return row;
}

void cs_share_build(struct cs_share_fan *fan, struct cs_model *model, const char *name,
                    unsigned stats, struct cs_labels full, const unsigned *masks, uint32_t n)
{
    struct cs_labels labels;

    for (uint32_t i = 0; i < n; i++)
        if (next_labels(full, masks, i, &labels))
            fan->row[fan->n++] = share_row(model, name, stats, labels);
}

void cs_share_add(const struct cs_share_fan *fan, int64_t part, int64_t whole, cs_time now)
{
    for (uint32_t i = 0; i < fan->n; i++) {
        struct cs_share_row *row = fan->row[i];

        if (part != 0)
            cs_level_add(&row->part, part, now);
        if (whole != 0)
            cs_level_add(&row->whole, whole, now);
        cs_level_set(row->ratio,
                     row->whole.value > 0 ? 10000 * row->part.value / row->whole.value : 0,
                     now);
    }
}

/* ---- the rows of requests ---- */

const char *cs_region_label(const struct cs_model *model, uint32_t region)
{
    return model->scenario->regions_declared ? model->scenario->region[region].name : NULL;
}

static const char *const reason_name[CS_REASONS] = {
    "ok",
    "function_error",
    "rate_limited",
    "queue_full",
    "queue_timeout",
    "max_duration",
    "pool_exhausted",
    "connections_refused",
    "backend_timeout",
    "statement_timeout",
    "dependency_error",
    "dependency_timeout",
    "dependency_full",
    "gave_up",
    "unfinished",
};

static const char *const stage_name[CS_STAGES] = {
    "instance_wait", "cold_start", "cpu", "wait", "db_wait", "query", "call", "network",
};

static void add_code(struct cs_meters *meters, int code)
{
    for (uint32_t i = 0; i < meters->n_codes; i++)
        if (meters->code[i] == code)
            return;
    if (meters->n_codes < CS_CODES_MAX) {
        meters->code_index[code] = (uint8_t)meters->n_codes;
        meters->code[meters->n_codes++] = code;
    }
}

static void find_codes(struct cs_model *model)
{
    static const int always[] = {200, 404, 429, 499, 500, 502, 503, 504};
    const struct cs_scenario *scenario = model->scenario;

    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        add_code(&model->meters, always[i]);
    for (uint32_t f = 0; f < scenario->n_functions; f++)
        for (uint32_t k = 0; k < scenario->function[f].n_outcomes; k++)
            add_code(&model->meters, scenario->function[f].outcome[k].code);
}

/* A decimal string that lives as long as the registry: codes are few. */
static const char *code_name(struct cs_model *model, uint32_t i)
{
    int code = model->meters.code[i];
    char *name = model->meters.code_name[i];

    name[0] = (char)('0' + code / 100);
    name[1] = (char)('0' + code / 10 % 10);
    name[2] = (char)('0' + code % 10);
    name[3] = '\0';
    return name;
}

/* What a request is counted under, beside the total. */
static const char *dimension_key[CS_DIMENSIONS] = {NULL,     "function", "zone",
                                                   "region", "tier",     "source"};

static uint32_t dimension_size(const struct cs_scenario *scenario, enum cs_dimension d)
{
    switch (d) {
    case CS_BY_ALL:
        return 1;
    case CS_BY_FUNCTION:
        return scenario->n_functions;
    case CS_BY_ZONE:
        return scenario->zones_declared ? scenario->n_zones : 0;
    case CS_BY_REGION:
        return scenario->regions_declared ? scenario->n_regions : 0;
    case CS_BY_TIER:
        return scenario->n_tiers;
    case CS_BY_SOURCE:
        return scenario->n_sources;
    case CS_DIMENSIONS:
        break;
    }
    return 0;
}

static const char *dimension_value(const struct cs_scenario *scenario, enum cs_dimension d,
                                   uint32_t i)
{
    switch (d) {
    case CS_BY_ALL:
    case CS_DIMENSIONS:
        break;
    case CS_BY_FUNCTION:
        return scenario->function[i].name;
    case CS_BY_ZONE:
        return scenario->zone[i].name;
    case CS_BY_REGION:
        return scenario->region[i].name;
    case CS_BY_TIER:
        return scenario->tier[i].name;
    case CS_BY_SOURCE:
        return scenario->source[i].name;
    }
    return NULL;
}

static struct cs_labels dimension_labels(const struct cs_scenario *scenario,
                                         enum cs_dimension d, uint32_t i)
{
    return d == CS_BY_ALL ? CS_NO_LABELS
                          : CS_LABELS({dimension_key[d], dimension_value(scenario, d, i)});
}

static void wire_times(struct cs_model *model, enum cs_dimension d)
{
    const unsigned stats = CS_STAT_BIT(CS_STAT_MEAN) | CS_STAT_BIT(CS_STAT_P50) |
                           CS_STAT_BIT(CS_STAT_P90) | CS_STAT_BIT(CS_STAT_P95) |
                           CS_STAT_BIT(CS_STAT_P99) | CS_STAT_BIT(CS_STAT_P999) |
                           CS_STAT_BIT(CS_STAT_MAX);
    struct cs_meters *meters = &model->meters;
    uint32_t n = dimension_size(model->scenario, d);

    meters->by[d].duration = CS_NEW_ARRAY(struct cs_hist *, n + 1);
    meters->by[d].server = CS_NEW_ARRAY(struct cs_hist *, n + 1);
    meters->by[d].first_byte = CS_NEW_ARRAY(struct cs_hist *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        struct cs_labels labels = dimension_labels(model->scenario, d, i);

        meters->by[d].duration[i] =
            cs_metric_time(model->registry, "request_duration_seconds", labels, stats);
        meters->by[d].server[i] =
            cs_metric_time(model->registry, "server_duration_seconds", labels, stats);
        meters->by[d].first_byte[i] =
            cs_metric_time(model->registry, "first_byte_seconds", labels, stats);
    }
}

static bool has_codes(enum cs_dimension d)
{
    return d != CS_BY_ZONE && d != CS_BY_SOURCE;
}

static void wire_counts(struct cs_model *model, enum cs_dimension d, const char *name,
                        struct cs_request_counts *counts)
{
    const struct cs_meters *meters = &model->meters;
    uint32_t n = dimension_size(model->scenario, d);

    counts->all = CS_NEW_ARRAY(uint64_t *, n + 1);
    counts->by_code = CS_NEW_ARRAY(uint64_t *, (size_t)n * meters->n_codes + 1);
    for (uint32_t i = 0; i < n; i++) {
        struct cs_labels labels = dimension_labels(model->scenario, d, i);
        unsigned last = d == CS_BY_ALL ? 0 : 1;

        counts->all[i] =
            cs_metric_count(model->registry, name, "requests", labels, &meters->measured);
        for (uint32_t c = 0; c < meters->n_codes && has_codes(d); c++) {
            labels.label[last] = (struct cs_label){"code", code_name(model, c)};
            counts->by_code[(size_t)i * meters->n_codes + c] = cs_metric_count(
                model->registry, name, "requests", labels, counts->all[i]);
        }
    }
}

static void wire_rest(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    struct cs_meters *meters = &model->meters;
    const uint64_t *all = &meters->measured;
    const unsigned stats =
        CS_STAT_BIT(CS_STAT_MEAN) | CS_STAT_BIT(CS_STAT_P95) | CS_STAT_BIT(CS_STAT_P99);

    for (int s = 0; s < CS_STAGES; s++)
        meters->stage[s] = cs_metric_time(model->registry, "stage_seconds",
                                          CS_LABELS({"stage", stage_name[s]}), stats);
    for (int r = 0; r < CS_REASONS; r++)
        meters->by_reason[r] = cs_metric_count(model->registry, "requests_total", "requests",
                                               CS_LABELS({"reason", reason_name[r]}), all);
    meters->rate_limited = CS_NEW_ARRAY(uint64_t *, scenario->n_tiers + 1);
    meters->rate_limited[scenario->n_tiers] = cs_metric_count(
        model->registry, "rate_limited_total", "requests", CS_NO_LABELS, all);
    for (uint32_t t = 0; t < scenario->n_tiers; t++)
        meters->rate_limited[t] =
            cs_metric_count(model->registry, "rate_limited_total", "requests",
                            CS_LABELS({"tier", scenario->tier[t].name}),
                            meters->requests[CS_BY_TIER].all[t]);
}

static void wire_series(struct cs_model *model)
{
    static const enum cs_stat quantiles[] = {CS_STAT_P50, CS_STAT_P95, CS_STAT_P99};
    struct cs_meters *meters = &model->meters;
    struct cs_registry *registry = model->registry;

    meters->step_duration =
        cs_series_time(registry, "request_duration_seconds", CS_NO_LABELS, quantiles, 3);
    cs_series_rate(registry, "request_rate", "requests/s", CS_NO_LABELS, &meters->all);
    cs_series_ratio(registry, "error_ratio", CS_NO_LABELS, &meters->errors,
                    &meters->not_limited);
    cs_series_ratio(registry, "limited_ratio", CS_NO_LABELS, &meters->limited, &meters->all);
}

/* Every level and share row but those of a fleet in a region becomes a series. */
void cs_meters_wire_levels(struct cs_model *model)
{
    struct cs_registry *registry = model->registry;
    size_t n = cs_registry_metrics(registry);

    for (size_t i = 0; i < n; i++) {
        const struct cs_metric *metric = cs_registry_metric(registry, i);
        bool is_detail = metric->labels.label[1].key != NULL &&
                         strcmp(metric->labels.label[1].key, "state") != 0;

        if (is_detail || metric->labels.label[2].key != NULL)
            continue;
        if (metric->kind == CS_METRIC_LEVEL)
            cs_series_level(registry, metric->name, metric->unit, metric->labels,
                            metric->level);
        else if (metric->kind == CS_METRIC_SHARE)
            cs_series_share(registry, metric->name, metric->labels, metric->part,
                            metric->whole);
    }
}

void cs_meters_wire(struct cs_model *model)
{
    find_codes(model);
    for (int d = 0; d < CS_DIMENSIONS; d++) {
        if (d != CS_BY_SOURCE)
            wire_times(model, (enum cs_dimension)d);
        wire_counts(model, (enum cs_dimension)d, "requests_total", &model->meters.requests[d]);
        if (d == CS_BY_ALL || d == CS_BY_FUNCTION || d == CS_BY_TIER)
            wire_counts(model, (enum cs_dimension)d, "user_requests_total",
                        &model->meters.user_requests[d]);
    }
    wire_rest(model);
    wire_series(model);
}

void cs_meters_release(struct cs_model *model)
{
    struct cs_meters *meters = &model->meters;

    for (int d = 0; d < CS_DIMENSIONS; d++) {
        free(meters->by[d].duration);
        free(meters->by[d].server);
        free(meters->by[d].first_byte);
        free(meters->requests[d].all);
        free(meters->requests[d].by_code);
        free(meters->user_requests[d].all);
        free(meters->user_requests[d].by_code);
    }
    free(meters->rate_limited);
    for (uint32_t i = 0; i < meters->n_share_rows; i++) {
        cs_level_release(&meters->share_row[i]->part);
        cs_level_release(&meters->share_row[i]->whole);
        free(meters->share_row[i]);
    }
    free(meters->share_row);
}
