/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/figure.h"
#include "report/human.h"

/* One line of a figure.  stat NULL: whichever there is. */
struct line_spec {
    const char *series, *stat, *words;
    const char *key, *value; /* a label it must have; NULL: none */
};

struct figure_spec {
    const char *script, *title, *caption;
    enum cs_axis axis;
    bool is_stacked;
    const char *group; /* label key that repeats the figure; NULL: totals only */
    struct line_spec line[3];
    const char *slo;  /* first words of the targets whose thresholds it shows */
    bool is_optional; /* left out where its mechanism is off or never did anything */
};

static const struct figure_spec spec[] = {
    {.script = "latency",
     .title = "Latency",
     .caption = "How long clients wait, on a logarithmic scale; a line that nears a threshold "
                "puts that objective at risk.",
     .axis = CS_AXIS_LOG,
     .line = {{"request_duration_seconds", "p50", "p50", NULL, NULL},
              {"request_duration_seconds", "p95", "p95", NULL, NULL},
              {"request_duration_seconds", "p99", "p99", NULL, NULL}},
     .slo = "p("},
    {.script = "failures",
     .title = "Errors and rate limiting",
     .caption = "The share of requests that fail (5xx or gave up) and the share answered 429.",
     .axis = CS_AXIS_SHARE,
     .line = {{"error_ratio", NULL, "errors", NULL, NULL},
              {"limited_ratio", NULL, "answered 429", NULL, NULL}},
     .slo = "errors"},
    {.script = "rate",
     .title = "Request rate",
     .caption = "What arrives: every other figure follows this shape.",
     .axis = CS_AXIS_COUNT,
     .line = {{"request_rate", NULL, "requests a second", NULL, NULL}}},
    {.script = "rate",
     .title = "Virtual users",
     .caption = "Users who are there, thinking or waiting for an answer.",
     .axis = CS_AXIS_COUNT,
     .line = {{"virtual_users", NULL, "virtual users", NULL, NULL}},
     .is_optional = true},
    {.script = "instances",
     .title = "Instances",
     .caption =
         "Stacked: what is busy earns its keep, what is idle waits for reuse, and a bulge "
         "of starting ones is a wave of cold starts.",
     .axis = CS_AXIS_COUNT,
     .is_stacked = true,
     .line = {{"instances", NULL, "busy", "state", "busy"},
              {"instances", NULL, "idle", "state", "idle"},
              {"instances", NULL, "starting", "state", "starting"}}},
    {.script = "utilization",
     .title = "Utilisation",
     .caption = "The share of each resource in use: whichever nears 100 % first is the "
                "bottleneck.",
     .axis = CS_AXIS_WHOLE_SHARE,
     .line = {{"slot_utilization", NULL, "request slots", NULL, NULL},
              {"cpu_utilization", NULL, "CPU", NULL, NULL},
              {"db_pool_utilization", NULL, "connection pool", NULL, NULL}}},
    {.script = "utilization",
     .title = "Memory",
     .caption = "The share of the instances' memory in use; one that needs more than it has is "
                "killed.",
     .axis = CS_AXIS_WHOLE_SHARE,
     .line = {{"memory_utilization", NULL, "memory", NULL, NULL}},
     .is_optional = true},
    {.script = "pool",
     .title = "Connection pool",
     .caption = "Client-side connections over all instances; any that wait mean a pool is too "
                "small.",
     .axis = CS_AXIS_COUNT,
     .group = "database",
     .line = {{"db_pool_active_connections", NULL, "active", NULL, NULL},
              {"db_pool_idle_connections", NULL, "idle", NULL, NULL},
              {"db_pool_waiting_requests", NULL, "waiting", NULL, NULL}}},
    {.script = "connections",
     .title = "Database connections",
     .caption = "Open connections end at max_clients, busy backends at pool_size and "
                "max_connections.",
     .axis = CS_AXIS_COUNT,
     .group = "database",
     .line = {{"db_connections", NULL, "connections", NULL, NULL},
              {"db_backends_active", NULL, "busy backends", NULL, NULL}}},
    {.script = "rate",
     .title = "Circuit breakers",
     .caption = "Breakers that are open: calls through them fail or fall back at once.",
     .axis = CS_AXIS_COUNT,
     .line = {{"breaker_open", NULL, "open", NULL, NULL}},
     .is_optional = true},
};

enum { N_SPECS = sizeof spec / sizeof spec[0], GROUPS_MAX = 4 };

static const char *label_of(const struct cs_result_label *label, unsigned n, const char *key)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(label[i].key, key) == 0)
            return label[i].value;
    return NULL;
}

/* The series of a line in a group; `group` "" takes those without the label. */
static const struct cs_result_series *find(const struct cs_result *result,
                                           const struct line_spec *line, const char *key,
                                           const char *group)
{
    for (size_t i = 0; i < result->n_series; i++) {
        const struct cs_result_series *s = &result->series[i];
        unsigned wanted = (line->key != NULL ? 1u : 0u) + (*group != '\0' ? 1u : 0u);
        const char *value;

        if (strcmp(s->name, line->series) != 0 || s->n_labels != wanted || s->n == 0 ||
            (line->stat != NULL && strcmp(s->stat, line->stat) != 0))
            continue;
        if (line->key != NULL) {
            value = label_of(s->label, s->n_labels, line->key);
            if (value == NULL || strcmp(value, line->value) != 0)
                continue;
        }
        if (*group != '\0') {
            value = label_of(s->label, s->n_labels, key);
            if (value == NULL || strcmp(value, group) != 0)
                continue;
        }
        return s;
    }
    return NULL;
}

/* The values of the label that repeats a figure, in order of sight. */
static size_t find_groups(const struct cs_result *result, const struct figure_spec *f,
                          const char *group[GROUPS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < result->n_series && n < GROUPS_MAX; i++) {
        const struct cs_result_series *s = &result->series[i];
        const char *value = s->n_labels == 1 ? label_of(s->label, 1, f->group) : NULL;
        bool is_new = value != NULL && strcmp(s->name, f->line[0].series) == 0;

        for (size_t j = 0; j < n && is_new; j++)
            is_new = strcmp(group[j], value) != 0;
        if (is_new)
            group[n++] = value;
    }
    return n;
}

/* Limits of one value are one line with both names. */
static void add_limit(struct cs_figures *figures, struct cs_figure *figure, const char *label,
                      double value)
{
    if (!isfinite(value) || value <= 0)
        return;
    for (unsigned i = 0; i < figure->n_limits; i++) {
        struct cs_figure_limit *limit = &figure->limit[i];

        if (fabs(limit->value - value) <= 1e-9 * value) {
            limit->label = cs_arena_printf(figures->arena, "%s; %s", limit->label, label);
            return;
        }
    }
    if (figure->n_limits == CS_FIGURE_LIMITS)
        return;
    figure->limit[figure->n_limits++] =
        (struct cs_figure_limit){.label = label, .value = value};
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Availability bounds the errors from the other side: success >= x is errors
 * <= 1 - x. */
static void add_slo_limits(struct cs_figures *figures, struct cs_figure *figure,
                           const struct figure_spec *f, const struct cs_result *result)
{
    for (size_t i = 0; i < result->n_slos; i++) {
        const struct cs_result_slo *slo = &result->slo[i];
        bool is_success = strcmp(f->slo, "errors") == 0 && starts_with(slo->target, "success");
        bool is_limited = strcmp(f->slo, "errors") == 0 && starts_with(slo->target, "limited");

        if (!is_success && !is_limited && !starts_with(slo->target, f->slo))
            continue;
        add_limit(figures, figure,
                  cs_arena_printf(figures->arena, "%.60s: %.60s%s%.60s%s", slo->name,
                                  slo->target, *slo->of != '\0' ? " (" : "", slo->of,
                                  *slo->of != '\0' ? ")" : ""),
                  is_success ? 1 - slo->threshold : slo->threshold);
    }
}

static bool cap_fits(const struct cs_result_cap *cap, const struct cs_figure *figure,
                     const struct figure_spec *f)
{
    const char *value = f->group == NULL ? NULL : label_of(cap->label, cap->n_labels, f->group);

    if (*figure->group == '\0' ? cap->n_labels > 0
                               : value != NULL && strcmp(value, figure->group) != 0)
        return false;
    for (unsigned i = 0; i < figure->n_lines; i++)
        if (strcmp(cap->series, figure->line[i].series->name) == 0)
            return true;
    return false;
}

static void add_caps(struct cs_figures *figures, struct cs_figure *figure,
                     const struct figure_spec *f, const struct cs_result *result)
{
    for (size_t i = 0; i < result->n_caps; i++) {
        const struct cs_result_cap *cap = &result->cap[i];
        char value[CS_HUMAN_SIZE];

        if (cap_fits(cap, figure, f))
            add_limit(figures, figure,
                      cs_arena_printf(figures->arena, "%.80s: %s", cap->name,
                                      cs_human_value(value, cap->value, figure->unit)),
                      cap->value);
    }
}

/* Nothing recorded, or nothing but zeros. */
static bool stays_at_zero(const struct cs_figure *figure)
{
    for (unsigned l = 0; l < figure->n_lines; l++)
        for (size_t i = 0; i < figure->line[l].series->n; i++)
            if (figure->line[l].series->mean[i] > 0)
                return false;
    return true;
}

static void add_figure(struct cs_figures *figures, const struct figure_spec *f,
                       const struct cs_result *result, const char *group)
{
    if (figures->n == CS_FIGURES_MAX)
        return;
    struct cs_figure *figure = &figures->figure[figures->n++];

    *figure = (struct cs_figure){.script = f->script,
                                 .title = f->title,
                                 .caption = f->caption,
                                 .group = group,
                                 .peak = "",
                                 .axis = f->axis,
                                 .is_stacked = f->is_stacked,
                                 .unit = ""};
    for (size_t i = 0; i < 3 && f->line[i].series != NULL; i++) {
        const struct cs_result_series *series = find(result, &f->line[i], f->group, group);

        if (series != NULL)
            figure->line[figure->n_lines++] =
                (struct cs_figure_line){.series = series, .label = f->line[i].words};
    }
    if (f->is_optional && stays_at_zero(figure)) {
        figures->n--;
        return;
    }
    if (figure->n_lines == 0) {
        figure->why_missing =
            cs_arena_printf(figures->arena, "nothing was recorded of %s", f->line[0].series);
        return;
    }
    figure->unit = figure->line[0].series->unit;
    if (f->slo != NULL)
        add_slo_limits(figures, figure, f, result);
    add_caps(figures, figure, f, result);
    cs_figure_compute(figures, figure, result);
}

void cs_figures_init(struct cs_figures *figures, const struct cs_result *result)
{
    *figures = (struct cs_figures){.arena = cs_arena_new()};
    cs_figure_set_marks(figures, result);
    for (size_t i = 0; i < N_SPECS; i++) {
        const char *group[GROUPS_MAX];
        size_t n = spec[i].group == NULL ? 0 : find_groups(result, &spec[i], group);

        for (size_t j = 0; j < n; j++)
            add_figure(figures, &spec[i], result, group[j]);
        if (n == 0)
            add_figure(figures, &spec[i], result, "");
    }
}

void cs_figures_release(struct cs_figures *figures)
{
    for (size_t i = 0; i < figures->n; i++)
        for (size_t v = 0; v < 2; v++)
            free(figures->figure[i].svg[v]);
    cs_arena_free(figures->arena);
}
