/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_METRIC_H
#define CAPSIM_METRIC_H

#include "capsim/hist.h"
#include "capsim/level.h"
#include "capsim/time.h"

/*
 * The metric registry of one replication.  A model registers each collector
 * once, at wiring, and updates it through the pointer it gets back; resets,
 * windows, series, estimates and writers iterate over the registry.  The order
 * of registration is the same in every replication of a scenario, so metric i
 * here is metric i there.
 *
 * The registry owns all it hands out.  Names and label strings are borrowed
 * and must outlive it.  Nothing here is called per event.
 */
struct cs_registry;

struct cs_label {
    const char *key, *value;
};

enum { CS_MAX_LABELS = 4 };

/* Up to four labels: CS_LABELS({"fleet", name}, {"region", name}). */
struct cs_labels {
    struct cs_label label[CS_MAX_LABELS];
};
#define CS_LABELS(...) ((struct cs_labels){{__VA_ARGS__}})
#define CS_NO_LABELS ((struct cs_labels){{{0, 0}}})

enum cs_stat {
    CS_STAT_MEAN,
    CS_STAT_P50,
    CS_STAT_P90,
    CS_STAT_P95,
    CS_STAT_P99,
    CS_STAT_P999,
    CS_STAT_MAX,
    CS_STAT_COUNT,
    CS_STAT_RATIO,
    CS_STAT_TIME_MEAN,
    CS_STAT_TIME_P95,
    CS_STAT_BUSY_HOUR,
    CS_STAT_BUSY_HOUR_MEAN, /* of requests that were sent in the busy hour */
    CS_STAT_BUSY_HOUR_P95,
    CS_STAT_BUSY_HOUR_P99,
    CS_STAT_BUSY_HOUR_RATIO,
    CS_STAT_TOTAL, /* over the measured window */
    CS_STATS
};
#define CS_STAT_BIT(stat) (1u << (stat))
const char *cs_stat_name(enum cs_stat stat); /* "p95" */
/* 0.5 for CS_STAT_P50, and so on; 0 for what is no quantile. */
double cs_stat_quantile(enum cs_stat stat);

enum cs_metric_kind {
    CS_METRIC_TIME,     /* a histogram of durations in ns, shown in seconds */
    CS_METRIC_COUNT,    /* a counter of what happened to measured requests */
    CS_METRIC_LEVEL,    /* a level over time */
    CS_METRIC_SHARE,    /* the ratio of two levels over time */
    CS_METRIC_FIGURE,   /* a number that the model works out itself, once a run */
    CS_METRIC_INTEGRAL, /* a level times time, in a unit of its own */
    CS_METRIC_SUM       /* a constant and multiples of other rows */
};

/* factor times a statistic of the registry's metric `row`. */
struct cs_metric_term {
    size_t row;
    enum cs_stat stat;
    double factor;
};

struct cs_metric {
    const char *name, *unit;
    struct cs_labels labels;
    enum cs_metric_kind kind;
    unsigned stats;                /* bits: which rows it yields */
    struct cs_hist *hist;          /* TIME */
    uint64_t *count;               /* COUNT */
    const uint64_t *total;         /* COUNT: what `ratio` divides by; may be NULL */
    struct cs_level *level;        /* LEVEL; SHARE: the momentary share in units of 1e-4 */
    struct cs_level *part, *whole; /* SHARE: time_mean is the ratio of their integrals */
    /* Integrals at the edges of the measured window and of its busy hour. */
    struct cs_metric_span {
        __int128 level, part, whole;
    } window_start, window_end, hour_start, hour_end;
    double *figure;              /* FIGURE; NaN: nothing was observed */
    int64_t max;                 /* LEVEL, SHARE: of the window, kept at its end */
    double time_p95;             /* likewise */
    bool is_alias;               /* another row owns the collector */
    double scale;                /* INTEGRAL: of level * seconds */
    struct cs_metric_term *term; /* SUM */
    size_t n_terms;
    double constant;
};

struct cs_registry *cs_registry_new(void);
void cs_registry_free(struct cs_registry *registry);

/* Register.  `bits` of the histogram: 7 for results. */
struct cs_hist *cs_metric_time(struct cs_registry *registry, const char *name,
                               struct cs_labels labels, unsigned stats);
uint64_t *cs_metric_count(struct cs_registry *registry, const char *name, const char *unit,
                          struct cs_labels labels, const uint64_t *total);
/* A second counter of `name`, fed with requests sent in the busy hour alone: its
 * one row is CS_STAT_BUSY_HOUR_RATIO, of `total`. */
uint64_t *cs_metric_hour_ratio(struct cs_registry *registry, const char *name, const char *unit,
                               struct cs_labels labels, const uint64_t *total);
struct cs_level *cs_metric_level(struct cs_registry *registry, const char *name,
                                 const char *unit, struct cs_labels labels, unsigned stats);
/* The share part/whole; returns the level that the model sets, in units of
 * 1e-4, when the momentary share changes. */
struct cs_level *cs_metric_share(struct cs_registry *registry, const char *name,
                                 struct cs_labels labels, unsigned stats, struct cs_level *part,
                                 struct cs_level *whole);

/* A number of the run, NaN until the model sets it; its one row is CS_STAT_MEAN. */
double *cs_metric_figure(struct cs_registry *registry, const char *name, const char *unit,
                         struct cs_labels labels);
/* A maximum that the model keeps, from 0: its one row is CS_STAT_MAX. */
double *cs_metric_peak(struct cs_registry *registry, const char *name, const char *unit,
                       struct cs_labels labels);
/*
 * The integral of a level over the measured window, `scale` a unit and second; its one
 * row is CS_STAT_TOTAL.  of: a level that another row or the model owns, or NULL for one
 * of its own.  Returns the level.
 */
struct cs_level *cs_metric_integral(struct cs_registry *registry, const char *name,
                                    const char *unit, struct cs_labels labels, double scale,
                                    struct cs_level *of);
/*
 * constant + the terms, of rows registered before; its one row is CS_STAT_TOTAL.  Each
 * replication has its own sum, so that its interval knows how the terms go together.
 * NaN where the constant or a term is.
 */
void cs_metric_sum(struct cs_registry *registry, const char *name, const char *unit,
                   struct cs_labels labels, double constant, const struct cs_metric_term *term,
                   size_t n_terms);

/* One more row, `name` with `labels`, for the collector that metric `row` has
 * already: what is true of the whole when it has one part. */
void cs_metric_alias(struct cs_registry *registry, size_t row, const char *name,
                     struct cs_labels labels);

/* ---- series: one value a step, over the measured window ---- */

enum cs_series_kind {
    CS_SERIES_QUANTILE, /* of a histogram that is emptied after each step */
    CS_SERIES_RATIO,    /* of the growth of two counters */
    CS_SERIES_RATE,     /* growth of a counter a second */
    CS_SERIES_LEVEL,    /* mean of a level over the step */
    CS_SERIES_SHARE     /* ratio of the integrals of two levels over the step */
};

struct cs_series {
    const char *name, *unit, *stat;
    struct cs_labels labels;
    enum cs_series_kind kind;
    double quantile;
    const struct cs_hist *hist;
    const uint64_t *count, *total;
    struct cs_level *part, *whole;
    __int128 last_part, last_whole; /* counters or integrals at the last step's end */
    float *value;                   /* n_steps; NaN where nothing was observed */
};

/* One histogram gives several series (p50, p95, p99); the registry empties it
 * after each step. */
struct cs_hist *cs_series_time(struct cs_registry *registry, const char *name,
                               struct cs_labels labels, const enum cs_stat *stats, size_t n);
void cs_series_ratio(struct cs_registry *registry, const char *name, struct cs_labels labels,
                     const uint64_t *count, const uint64_t *total);
void cs_series_rate(struct cs_registry *registry, const char *name, const char *unit,
                    struct cs_labels labels, const uint64_t *count);
void cs_series_level(struct cs_registry *registry, const char *name, const char *unit,
                     struct cs_labels labels, struct cs_level *level);
void cs_series_share(struct cs_registry *registry, const char *name, struct cs_labels labels,
                     struct cs_level *part, struct cs_level *whole);

/* ---- what the model tells it, at these instants ---- */

/*
 * The measured window is [start, end), its busy hour [hour_start, hour_end);
 * a step is `step` ns, a whole number of steps makes the window (the last may
 * be shorter).  Call before the first event.
 */
void cs_registry_window(struct cs_registry *registry, cs_time start, cs_time end, cs_time step,
                        cs_time hour_start, cs_time hour_end);
void cs_registry_start(struct cs_registry *registry,
                       cs_time now); /* window opens: reset levels */
void cs_registry_step(struct cs_registry *registry, cs_time now); /* a step ends */
void cs_registry_hour(struct cs_registry *registry, cs_time now, bool is_start);
void cs_registry_end(struct cs_registry *registry, cs_time now); /* window closes */

/* ---- what the experiment reads ---- */

size_t cs_registry_metrics(const struct cs_registry *registry);
const struct cs_metric *cs_registry_metric(const struct cs_registry *registry, size_t i);
size_t cs_registry_n_series(const struct cs_registry *registry);
const struct cs_series *cs_registry_series(const struct cs_registry *registry, size_t i);
size_t cs_registry_steps(const struct cs_registry *registry);
cs_time cs_registry_step_length(const struct cs_registry *registry);

/* One statistic of one replication, in SI units (seconds, shares); NaN when
 * nothing was observed.  Only after cs_registry_end. */
double cs_metric_value(const struct cs_registry *registry, const struct cs_metric *metric,
                       enum cs_stat stat);

#endif
