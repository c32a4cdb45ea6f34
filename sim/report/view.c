/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/check.h"
#include "report/escape.h"

static const struct {
    const char *name, *words;
    bool is_level;
} known[] = {
    {"instances", "instances", true},
    {"slot_utilization", "request slots in use", true},
    {"instance_queue", "waiting for an instance", true},
    {"cpu_utilization", "CPU in use", true},
    {"memory_utilization", "memory in use", true},
    {"db_pool_utilization", "pool in use", true},
    {"db_pool_open_utilization", "open connections in use", true},
    {"db_pool_total_connections", "pool connections", true},
    {"db_pool_active_connections", "pool active", true},
    {"db_pool_idle_connections", "pool idle", true},
    {"db_pool_waiting_requests", "pool waiting", true},
    {"db_connections", "connections at the database", true},
    {"db_backends_active", "backends busy", true},
    {"db_backends_waiting", "waiting for a backend", true},
    {"db_connections_potential", "connections that pools may open", true},
    {"database_up", "databases up", true},
    {"breaker_open", "breakers open", true},
    {"virtual_users", "virtual users", true},
    {"request_duration_seconds", "answer, at the client", false},
    {"first_byte_seconds", "first byte", false},
    {"server_duration_seconds", "in the function", false},
    {"stage_seconds", "stage", false},
    {"db_query_seconds", "query", false},
    {"dependency_duration_seconds", "dependency call", false},
    {"requests_total", "requests", false},
    {"user_requests_total", "requests of users, after retries", false},
    {"user_attempts_total", "attempts of users' requests", false},
    {"retries_total", "retries", false},
    {"errors_total", "errors", false},
    {"cold_starts_total", "cold starts", false},
    {"scale_outs_total", "instances added by rules", false},
    {"oom_kills_total", "instances killed, out of memory", false},
    {"rate_limited_total", "rate limited", false},
    {"rate_limited_shadow_total", "a shadow limit would refuse", false},
    {"limited_users", "users ever limited", false},
    {"active_users", "active users", false},
    {"effective_limit_ratio", "limit reached, of the limit set", false},
    {"invocations_total", "invocations", false},
    {"db_pool_connection_errors", "pool connection errors", false},
    {"cdn_hits_total", "answered at the edge", false},
    {"database_failures_total", "failures of databases", false},
    {"dependency_attempts_total", "attempts at calls", false},
    {"dependency_fallbacks_total", "calls that fell back", false},
    {"breaker_opened_total", "breakers opened", false},
    {"breaker_short_circuited_total", "attempts an open breaker stopped", false},
    {"instance_seconds_total", "time of instances", false},
    {"busy_instance_seconds_total", "time of instances with a request", false},
    {"cpu_seconds_total", "CPU used", false},
    {"gb_hours_total", "memory of instances, GB hours", false},
    {"connection_hours_total", "connection hours", false},
};

enum { N_KNOWN = sizeof known / sizeof known[0] };

const char *const cs_view_level_stat[4] = {"time_mean", "time_p95", "busy_hour", "max"};

const char *cs_view_words(const char *name)
{
    for (size_t i = 0; i < N_KNOWN; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].words;
    return name;
}

const char *cs_view_label(const struct cs_result_metric *metric, const char *key)
{
    for (unsigned i = 0; i < metric->n_labels; i++)
        if (strcmp(metric->label[i].key, key) == 0)
            return metric->label[i].value;
    return NULL;
}

static bool same_labels(const struct cs_result_metric *a, const struct cs_result_metric *b)
{
    if (a->n_labels != b->n_labels)
        return false;
    for (unsigned i = 0; i < a->n_labels; i++) {
        const char *value = cs_view_label(b, a->label[i].key);

        if (value == NULL || strcmp(value, a->label[i].value) != 0)
            return false;
    }
    return true;
}

static void fill(struct cs_view_row *row, const struct cs_result *result,
                 const char *const *stat, size_t n_stats)
{
    for (size_t i = 0; i < result->n_metrics; i++) {
        const struct cs_result_metric *metric = &result->metric[i];

        if (strcmp(metric->name, row->metric->name) != 0 || !same_labels(metric, row->metric))
            continue;
        for (size_t s = 0; s < n_stats; s++)
            if (strcmp(metric->stat, stat[s]) == 0)
                row->cell[s] = metric;
    }
}

/* The total first; parts by one label together, keys in order of first sight. */
static size_t place_of(const struct cs_view *view, const struct cs_result_metric *metric)
{
    size_t first = view->n;

    while (first > 0 && strcmp(view->row[first - 1].metric->name, metric->name) == 0)
        first--;
    if (metric->n_labels == 0)
        return first;
    for (size_t i = view->n; i > first && metric->n_labels == 1; i--) {
        const struct cs_result_metric *other = view->row[i - 1].metric;

        if (other->n_labels == 1 && strcmp(other->label[0].key, metric->label[0].key) == 0)
            return i;
    }
    return view->n;
}

static void add_row(struct cs_view *view, const struct cs_view_row *row)
{
    size_t place = place_of(view, row->metric);

    CS_GROW(view->row, view->n + 1, view->cap);
    memmove(&view->row[place + 1], &view->row[place], (view->n - place) * sizeof *row);
    view->row[place] = *row;
    view->n++;
}

static void add_name(struct cs_view *view, const struct cs_result *result, const char *name,
                     const char *const *stat, size_t n_stats)
{
    for (size_t i = 0; i < result->n_metrics; i++) {
        const struct cs_result_metric *metric = &result->metric[i];

        if (strcmp(metric->name, name) != 0 || strcmp(metric->stat, stat[0]) != 0)
            continue;
        struct cs_view_row row = {.metric = metric};

        fill(&row, result, stat, n_stats);
        add_row(view, &row);
    }
}

static bool has_name(const struct cs_view *view, const char *name)
{
    for (size_t i = 0; i < view->n; i++)
        if (strcmp(view->row[i].metric->name, name) == 0)
            return true;
    return false;
}

static void add_others(struct cs_view *view, const struct cs_result *result,
                       const char *const *stat, size_t n_stats)
{
    for (size_t i = 0; i < result->n_metrics; i++)
        if (strcmp(result->metric[i].stat, stat[0]) == 0 &&
            !has_name(view, result->metric[i].name))
            add_name(view, result, result->metric[i].name, stat, n_stats);
}

void cs_view_select(struct cs_view *view, const struct cs_result *result,
                    const char *const *name, size_t n_names, const char *const *stat,
                    size_t n_stats)
{
    *view = (struct cs_view){0};
    for (size_t i = 0; i < n_names; i++)
        add_name(view, result, name[i], stat, n_stats);
    if (n_names == 0)
        add_others(view, result, stat, n_stats);
}

void cs_view_levels(struct cs_view *view, const struct cs_result *result)
{
    const char *name[N_KNOWN];
    size_t n = 0;

    for (size_t i = 0; i < N_KNOWN; i++)
        if (known[i].is_level)
            name[n++] = known[i].name;
    cs_view_select(view, result, name, n, cs_view_level_stat, 4);
    add_others(view, result, cs_view_level_stat, 4);
}

void cs_view_release(struct cs_view *view)
{
    free(view->row);
    *view = (struct cs_view){0};
}

static bool is_zero(const struct cs_view_row *row)
{
    for (size_t s = 0; s < CS_VIEW_MAX_STATS; s++)
        if (row->cell[s] != NULL && !(row->cell[s]->value.mean == 0))
            return false;
    return true;
}

/* "database_up" of one database is the share of time that it is up. */
const char *cs_view_unit(const struct cs_result_metric *metric)
{
    return strcmp(metric->name, "database_up") == 0 && metric->n_labels > 0 ? "1"
                                                                            : metric->unit;
}

static const struct cs_result_metric *total_of(const struct cs_result *result, const char *name)
{
    return cs_result_find(result, name, "count", NULL, 0);
}

bool cs_view_is_on(const struct cs_result *result, const char *name)
{
    static const char *const if_any[] = {"cdn_hits_total", "database_failures_total",
                                         "dependency_fallbacks_total",
                                         "breaker_short_circuited_total"};
    static const char *const if_retried[] = {"user_requests_total", "user_attempts_total"};
    const struct cs_result_metric *total = total_of(result, name);

    for (size_t i = 0; i < sizeof if_any / sizeof if_any[0]; i++)
        if (strcmp(name, if_any[i]) == 0)
            return total != NULL && total->value.mean > 0;
    for (size_t i = 0; i < sizeof if_retried / sizeof if_retried[0]; i++)
        if (strcmp(name, if_retried[i]) == 0)
            return total_of(result, "retries_total") != NULL;
    if (strcmp(name, "rate_limited_total") == 0)
        return total_of(result, "active_users") != NULL ||
               (total != NULL && total->value.mean > 0);
    return true;
}

size_t cs_view_on(const struct cs_result *result, const char *const *all, size_t n,
                  const char **name)
{
    size_t n_on = 0;

    for (size_t i = 0; i < n; i++)
        if (cs_view_is_on(result, all[i]))
            name[n_on++] = all[i];
    return n_on;
}

bool cs_view_is_brief(const struct cs_view *view, const struct cs_view_row *row)
{
    const struct cs_result_metric *metric = row->metric;

    if (metric->n_labels != 1 || is_zero(row))
        return metric->n_labels == 0;
    if (strcmp(metric->label[0].key, "state") == 0 || strcmp(metric->name, "database_up") == 0)
        return true;
    for (size_t i = 0; i < view->n; i++) {
        const struct cs_result_metric *other = view->row[i].metric;

        if (other->n_labels == 1 && strcmp(other->name, metric->name) == 0 &&
            strcmp(other->label[0].key, metric->label[0].key) == 0 &&
            strcmp(other->label[0].value, metric->label[0].value) != 0)
            return true;
    }
    return false;
}

struct tally {
    size_t gating, met, missed, undecided, not_exercised;
};

static struct tally tally_of(const struct cs_result *result)
{
    struct tally tally = {0};

    for (size_t i = 0; i < result->n_slos; i++) {
        enum cs_verdict verdict = result->slo[i].verdict;

        if (!result->slo[i].gate)
            continue;
        tally.gating++;
        tally.met += verdict == CS_MET;
        tally.missed += verdict == CS_MISSED;
        tally.undecided += verdict == CS_UNDECIDED;
        tally.not_exercised += verdict == CS_NOT_EXERCISED;
    }
    return tally;
}

enum cs_verdict cs_view_verdict(const struct cs_result *result)
{
    struct tally tally = tally_of(result);

    if (tally.missed > 0)
        return CS_MISSED;
    if (tally.undecided > 0)
        return CS_UNDECIDED;
    return tally.met > 0 ? CS_MET : CS_NOT_EXERCISED;
}

/* Their names, at most four. */
static void put_names(FILE *out, const struct cs_result *result, enum cs_verdict verdict)
{
    size_t n = 0;

    for (size_t i = 0; i < result->n_slos; i++) {
        if (!result->slo[i].gate || result->slo[i].verdict != verdict)
            continue;
        if (n < 4) {
            fputs(n == 0 ? ": " : ", ", out);
            cs_escape_term(out, result->slo[i].name, 40);
        }
        n++;
    }
    if (n > 4)
        fprintf(out, " and %zu more", n - 4);
}

static const char *objectives(size_t n)
{
    return n == 1 ? "objective" : "objectives";
}

static void put_sentence(FILE *out, const struct cs_result *result)
{
    struct tally tally = tally_of(result);

    cs_escape_term(out, result->name, 60);
    if (tally.gating == 0) {
        fputs(" was simulated; no objective decides", out);
    } else if (tally.missed > 0) {
        fprintf(out, " misses %zu of %zu %s", tally.missed, tally.gating,
                objectives(tally.gating));
        put_names(out, result, CS_MISSED);
    } else if (tally.undecided > 0) {
        fprintf(out, " leaves %zu of %zu %s undecided", tally.undecided, tally.gating,
                objectives(tally.gating));
        put_names(out, result, CS_UNDECIDED);
    } else if (tally.met == 0) {
        fputs(" exercised none of its objectives", out);
    } else if (tally.not_exercised > 0) {
        fprintf(out, " meets %zu %s; %zu not exercised", tally.met, objectives(tally.met),
                tally.not_exercised);
    } else {
        fprintf(out, " meets %s%zu %s", tally.met == 1 ? "its " : "all ", tally.met,
                objectives(tally.met));
    }
}

char *cs_view_sentence(const struct cs_result *result)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        cs_out_of_memory(1);
    put_sentence(out, result);
    if (fclose(out) != 0)
        cs_out_of_memory(size);
    return text;
}

bool cs_view_checks_ok(const struct cs_result *result)
{
    for (size_t i = 0; i < result->n_checks; i++)
        if (!result->check[i].ok)
            return false;
    return true;
}
