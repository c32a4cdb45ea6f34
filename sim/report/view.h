/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_VIEW_H
#define CAPSIM_REPORT_VIEW_H

#include "capsim/result.h"

/*
 * What the summary and the page show alike: rows of a table picked from the
 * metrics, the words for them, and the verdict in a sentence.
 */

enum { CS_VIEW_MAX_STATS = 6 };

/* One metric with one set of labels; its stats side by side. */
struct cs_view_row {
    const struct cs_result_metric *metric;                  /* the first of its stats */
    const struct cs_result_metric *cell[CS_VIEW_MAX_STATS]; /* NULL: not there */
};

struct cs_view {
    struct cs_view_row *row;
    size_t n, cap;
};

/* Rows of the metrics that have stat[0] and a name among `name`, in that order;
 * n_names = 0: every name in name order of first sight.  Release with
 * cs_view_release. */
void cs_view_select(struct cs_view *view, const struct cs_result *result,
                    const char *const *name, size_t n_names, const char *const *stat,
                    size_t n_stats);
/* All quantities over time: the known ones first. */
void cs_view_levels(struct cs_view *view, const struct cs_result *result);
/* The stats of cs_view_levels, in the order of its cells. */
extern const char *const cs_view_level_stat[4];
void cs_view_release(struct cs_view *view);

/*
 * Whether the row belongs in a short table: a total, an `instances` state, a
 * database's time up, or the values of one label of which there are several (a
 * single value repeats its total); a part that is zero does not.
 */
bool cs_view_is_brief(const struct cs_view *view, const struct cs_view_row *row);

/*
 * Whether a count is worth a row: what every result has, whatever its scenario,
 * is so where it happened (the edge, fallbacks, failures, calls not made) or tells
 * something of its own (what users ended up with, where they retry; nothing
 * refused, where there are limits).
 */
bool cs_view_is_on(const struct cs_result *result, const char *name);
/* Those of `all` (n) that are, in `name`; how many. */
size_t cs_view_on(const struct cs_result *result, const char *const *all, size_t n,
                  const char **name);

/* The unit that a row is shown in. */
const char *cs_view_unit(const struct cs_result_metric *metric);

/* The words for a metric's name, or the name itself. */
const char *cs_view_words(const char *name);

const char *cs_view_label(const struct cs_result_metric *metric, const char *key);

/* The worst verdict among the objectives that gate: missed, undecided, met, not
 * exercised; the last also where there is none. */
enum cs_verdict cs_view_verdict(const struct cs_result *result);
/* That in a sentence: "oriva misses 2 of 6 objectives: latency_p95, errors". */
char *cs_view_sentence(const struct cs_result *result); /* free() it */

/* True when no check failed. */
bool cs_view_checks_ok(const struct cs_result *result);

#endif
