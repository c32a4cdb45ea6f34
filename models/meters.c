/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows of requests: what each is counted and timed under.
 */
#include "meters.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"

#include "platform.h"

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
    "out_of_memory",
    "region_down",
    "database_down",
    "dependency_limited",
    "breaker_open",
    "error_burst",
};

static const char *const stage_name[CS_STAGES] = {
    "instance_wait", "cold_start", "cpu", "wait", "db_wait", "query", "call", "network",
};

const char *cs_model_stage_name(size_t stage)
{
    return stage_name[stage];
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

/* Every request has the one value that there is: the total says it all. */
static bool is_whole(const struct cs_scenario *scenario, enum cs_dimension d)
{
    if (d == CS_BY_ALL || dimension_size(scenario, d) != 1)
        return false;
    for (uint32_t i = 0; d == CS_BY_TIER && i < scenario->n_sources; i++)
        if (scenario->source[i].n_tiers == 0)
            return false;
    return true;
}

static bool has_distance(const struct cs_scenario *scenario)
{
    return scenario->zone_rtt != NULL;
}

static bool has_early_answers(const struct cs_scenario *scenario)
{
    for (uint32_t f = 0; f < scenario->n_functions; f++)
        for (uint32_t i = 0; i < scenario->function[f].n_steps; i++)
            if (scenario->function[f].step[i].kind == CS_STEP_RESPOND ||
                scenario->function[f].step[i].stream)
                return true;
    return false;
}

/* A row of times, or a second name of `of` with labels `of_labels`. */
static struct cs_hist *time_row(struct cs_model *model, const char *name,
                                struct cs_labels labels, const char *of,
                                const struct cs_labels *of_labels)
{
    const unsigned stats = CS_STAT_BIT(CS_STAT_MEAN) | CS_STAT_BIT(CS_STAT_P50) |
                           CS_STAT_BIT(CS_STAT_P90) | CS_STAT_BIT(CS_STAT_P95) |
                           CS_STAT_BIT(CS_STAT_P99) | CS_STAT_BIT(CS_STAT_P999) |
                           CS_STAT_BIT(CS_STAT_MAX);

    if (of == NULL)
        return cs_metric_time(model->registry, name, labels, stats);
    cs_metric_alias(model->registry, cs_row_find(model, of, of_labels), name, labels);
    return NULL;
}

static void wire_times(struct cs_model *model, enum cs_dimension d)
{
    static const char *const name[CS_TIMES] = {"request_duration_seconds",
                                               "server_duration_seconds", "first_byte_seconds"};
    const struct cs_scenario *scenario = model->scenario;
    const struct cs_labels none = CS_NO_LABELS;
    const bool is_own[CS_TIMES] = {true, has_distance(scenario) || cs_cdn_exists(scenario),
                                   has_early_answers(scenario)};
    uint32_t n = dimension_size(scenario, d);

    for (int t = 0; t < CS_TIMES; t++) {
        struct cs_hist **row = model->meters.times[t][d] =
            CS_NEW_ARRAY(struct cs_hist *, n + 1);

        for (uint32_t i = 0; i < n; i++) {
            struct cs_labels labels = dimension_labels(scenario, d, i);

            if (is_whole(scenario, d))
                row[i] = time_row(model, name[t], labels, name[t], &none);
            else
                row[i] = time_row(model, name[t], labels, is_own[t] ? NULL : name[0], &labels);
        }
    }
}

static bool has_codes(enum cs_dimension d)
{
    return d != CS_BY_ZONE && d != CS_BY_SOURCE;
}

static uint64_t *count_row(struct cs_model *model, const char *name, struct cs_labels labels,
                           const uint64_t *total, const struct cs_labels *alias)
{
    if (alias == NULL)
        return cs_metric_count(model->registry, name, "requests", labels, total);
    cs_metric_alias(model->registry, cs_row_find(model, name, alias), name, labels);
    return NULL;
}

static void wire_counts(struct cs_model *model, enum cs_dimension d, const char *name,
                        struct cs_request_counts *counts, const uint64_t *measured)
{
    const struct cs_meters *meters = &model->meters;
    uint32_t n = dimension_size(model->scenario, d);
    bool whole = is_whole(model->scenario, d);
    unsigned last = d == CS_BY_ALL ? 0 : 1;

    counts->all = CS_NEW_ARRAY(uint64_t *, n + 1);
    counts->by_code = CS_NEW_ARRAY(uint64_t *, (size_t)n * meters->n_codes + 1);
    for (uint32_t i = 0; i < n; i++) {
        struct cs_labels labels = dimension_labels(model->scenario, d, i), total = CS_NO_LABELS;

        counts->all[i] = count_row(model, name, labels, measured, whole ? &total : NULL);
        for (uint32_t c = 0; c < meters->n_codes && has_codes(d); c++) {
            struct cs_label code = {"code", cs_code_name(model, c)};

            labels.label[last] = total.label[0] = code;
            counts->by_code[(size_t)i * meters->n_codes + c] =
                count_row(model, name, labels, counts->all[i], whole ? &total : NULL);
        }
    }
}

/* Stages that no request can be in share one row of zeros. */
static void wire_stages(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    struct cs_meters *meters = &model->meters;
    const unsigned stats =
        CS_STAT_BIT(CS_STAT_MEAN) | CS_STAT_BIT(CS_STAT_P95) | CS_STAT_BIT(CS_STAT_P99);
    bool is_used[CS_STAGES] = {[CS_STAGE_INSTANCE_WAIT] = true,
                               [CS_STAGE_COLD_START] = true,
                               [CS_STAGE_NETWORK] = has_distance(scenario) ||
                                                    cs_cdn_exists(scenario) ||
                                                    scenario->region_rtt != NULL};
    size_t zeros = SIZE_MAX;

    for (uint32_t f = 0; f < scenario->n_functions; f++)
        for (uint32_t i = 0; i < scenario->function[f].n_steps; i++) {
            enum cs_step_kind kind = scenario->function[f].step[i].kind;

            is_used[CS_STAGE_CPU] |= kind == CS_STEP_CPU;
            is_used[CS_STAGE_WAIT] |= kind == CS_STEP_WAIT;
            is_used[CS_STAGE_DB_WAIT] |= kind == CS_STEP_QUERY || kind == CS_STEP_TRANSACTION;
            is_used[CS_STAGE_QUERY] |= kind == CS_STEP_QUERY;
            is_used[CS_STAGE_CALL] |= kind == CS_STEP_CALL;
        }
    for (uint32_t s = 0; s < CS_STAGES; s++) {
        struct cs_labels labels = CS_LABELS({"stage", stage_name[s]});

        if (!is_used[s] && zeros != SIZE_MAX) {
            cs_metric_alias(model->registry, zeros, "stage_seconds", labels);
            continue;
        }
        if (!is_used[s])
            zeros = cs_registry_metrics(model->registry);
        meters->stage[meters->n_stages] =
            cs_metric_time(model->registry, "stage_seconds", labels, stats);
        meters->stage_of[meters->n_stages++] = s;
    }
}

/* A count by tier, then of all; its ratio is of what `of` counts. */
static uint64_t **wire_by_tier(struct cs_model *model, const char *name, const char *unit,
                               const struct cs_request_counts *of, const uint64_t *all)
{
    const struct cs_scenario *scenario = model->scenario;
    uint64_t **row = CS_NEW_ARRAY(uint64_t *, scenario->n_tiers + 1);

    row[scenario->n_tiers] = cs_metric_count(model->registry, name, unit, CS_NO_LABELS, all);
    for (uint32_t t = 0; t < scenario->n_tiers; t++)
        row[t] = cs_metric_count(model->registry, name, unit,
                                 CS_LABELS({"tier", scenario->tier[t].name}),
                                 of->all[t] != NULL ? of->all[t] : all);
    return row;
}

static void wire_rest(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    struct cs_meters *meters = &model->meters;
    const uint64_t *all = &meters->measured;

    wire_stages(model);
    for (int r = 0; r < CS_REASONS; r++)
        meters->by_reason[r] = cs_metric_count(model->registry, "requests_total", "requests",
                                               CS_LABELS({"reason", reason_name[r]}), all);
    meters->rate_limited = wire_by_tier(model, "rate_limited_total", "requests",
                                        &meters->requests[CS_BY_TIER], &meters->measured);
    if (!cs_scenario_ever_has(scenario, CS_HAS_RETRY, 0, 0))
        return;
    meters->retries = wire_by_tier(model, "retries_total", "requests",
                                   &meters->requests[CS_BY_TIER], &meters->measured);
    meters->attempts =
        wire_by_tier(model, "user_attempts_total", "requests",
                     &meters->user_requests[CS_BY_TIER], &meters->users_measured);
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
    struct cs_meters *meters = &model->meters;

    cs_codes_find(model);
    for (int i = 0; i < CS_DIMENSIONS; i++) {
        enum cs_dimension d = (enum cs_dimension)i;

        if (d != CS_BY_SOURCE)
            wire_times(model, d);
        wire_counts(model, d, "requests_total", &meters->requests[d], &meters->measured);
        if (d == CS_BY_ALL || d == CS_BY_FUNCTION || d == CS_BY_TIER)
            wire_counts(model, d, "user_requests_total", &meters->user_requests[d],
                        &meters->users_measured);
        if (dimension_size(model->scenario, d) > 0 && !is_whole(model->scenario, d))
            meters->dimension[meters->n_dimensions++] = d;
    }
    wire_rest(model);
    wire_series(model);
}

void cs_meters_release(struct cs_model *model)
{
    struct cs_meters *meters = &model->meters;

    for (int d = 0; d < CS_DIMENSIONS; d++) {
        for (int t = 0; t < CS_TIMES; t++)
            free(meters->times[t][d]);
        free(meters->requests[d].all);
        free(meters->requests[d].by_code);
        free(meters->user_requests[d].all);
        free(meters->user_requests[d].by_code);
    }
    free(meters->rate_limited);
    free(meters->retries);
    free(meters->attempts);
    for (uint32_t i = 0; i < meters->n_share_rows; i++) {
        free(meters->share_row[i]);
    }
    free(meters->share_row);
}
