/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "capsim/shape.h"
#include "scenario/units.h"
#include "scenario/validate.h"

/* What one event and one more thread cost, for the estimate: measured on
 * configs/oriva.yaml (30 days, 2 replications: 267 s for 1.24e9 events; 41 MB
 * with one thread, 57 with two), 2 virtual processors of an AMD EPYC. */
#define EVENT_NS 215.0
#define REPLICATION_MB 13.0

struct text {
    char s[CS_UNIT_TEXT];
};

static struct text time_text(cs_time t)
{
    struct text out;

    if (t == CS_NEVER)
        (void)snprintf(out.s, sizeof out.s, "for ever");
    else
        (void)cs_unit_print(out.s, cs_time_s(t), CS_DIM_TIME);
    return out;
}

/* Digits in groups of three up to a thousand million, then 1.2e+09. */
static struct text count_text(double value)
{
    struct text out;
    unsigned n = value < 1e9 ? (unsigned)(value < 0 ? 0 : value + 0.5) : 0;

    if (value >= 1e9)
        (void)snprintf(out.s, sizeof out.s, "%.2g", value);
    else if (n >= 1000000)
        (void)snprintf(out.s, sizeof out.s, "%u,%03u,%03u", n / 1000000, n / 1000 % 1000,
                       n % 1000);
    else if (n >= 1000)
        (void)snprintf(out.s, sizeof out.s, "%u,%03u", n / 1000, n % 1000);
    else
        (void)snprintf(out.s, sizeof out.s, "%u", n);
    return out;
}

static struct text cap_text(int64_t cap)
{
    struct text out;

    if (cap == CS_UNLIMITED)
        (void)snprintf(out.s, sizeof out.s, "unlimited");
    else
        out = count_text((double)cap);
    return out;
}

static void describe_run(const struct cs_scenario *s, FILE *out)
{
    time_t start = (time_t)s->horizon.start_unix_s;
    char date[32] = "";
    struct tm tm;

    if (gmtime_r(&start, &tm) != NULL)
        (void)strftime(date, sizeof date, "%a %Y-%m-%d %H:%M UTC", &tm);
    fprintf(out, "%s%s%s\n", s->name, s->title != NULL ? ": " : "",
            s->title != NULL ? s->title : "");
    fprintf(out, "  measured      %s from %s\n", time_text(s->horizon.duration).s, date);
    fprintf(out, "  lead-in       %s%s\n", time_text(s->horizon.lead_in).s,
            s->horizon.lead_in_is_auto ? " (auto)" : "");
    fprintf(out, "  estimand      %s\n",
            s->horizon.is_steady ? "steady state" : "the window, from its own start");
    if (s->precision > 0)
        fprintf(out, "  replications  %u to %u, until %g%% precise",
                (unsigned)s->min_replications, (unsigned)s->replications, s->precision * 100);
    else
        fprintf(out, "  replications  %u", (unsigned)s->replications);
    fprintf(out, ", seed %llu, load %g\n", (unsigned long long)s->seed, s->load);
    fprintf(out, "  hash          %.12s\n", s->hash);
}

static void describe_cost(const struct cs_scenario *s, FILE *out)
{
    double per_request = 0, rate = 0, requests = cs_work_requests(s), users = 0;

    for (uint32_t f = 0; f < s->n_functions; f++) {
        double of_function = cs_work_rate(s, f);
        per_request += of_function * cs_work_of(s, f, 0).events;
        rate += of_function;
    }
    double seconds = cs_time_s(s->horizon.duration) + cs_time_s(s->horizon.lead_in);
    double samples = seconds / cs_time_s(s->horizon.sample) * s->replications;
    double events = (rate > 0 ? requests * per_request / rate : 0) + samples;
    for (uint32_t t = 0; t < s->n_tiers; t++)
        users += (double)s->tier[t].users;
    fprintf(out, "  estimate      %s requests, %s events, %s of one processor, ",
            count_text(requests).s, count_text(events).s,
            time_text(cs_time_from_s(events * EVENT_NS * 1e-9)).s);
    fprintf(out, "%.0f MB for each replication under way\n", REPLICATION_MB + users * 64e-6);
}

static void describe_users(const struct cs_scenario *s, const struct cs_source *source,
                           FILE *out)
{
    const struct cs_users *users = &source->users;
    double rate = 0, most = users->start;

    for (uint32_t f = 0; f < s->n_functions; f++)
        rate += cs_work_source_rate(s, source, f);
    for (uint32_t i = 0; i < users->n_stages; i++)
        most = users->stage[i].target > most ? users->stage[i].target : most;
    fprintf(out, "%8.4g /s  without contention, of up to %.4g users: %.3g requests in %s", rate,
            most * s->load, users->requests, time_text(cs_time_from_s(users->iteration_s)).s);
}

/* What makes the rate change, in a few words. */
static void describe_shape(const struct cs_source *source, FILE *out)
{
    const struct {
        bool is_there;
        const char *words;
    } part[] = {
        {source->profile.n > 0, "profile"},   {source->has_daily, "daily shape"},
        {source->has_weekly, "weekly shape"}, {source->growth.n > 0, "growth"},
        {source->n_calendar > 0, "calendar"}, {source->day_factor != NULL, "day factor"},
        {source->burst.exists, "bursts"},
    };
    const struct cs_trace *trace = &source->trace;

    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
        if (part[i].is_there)
            fprintf(out, "; %s", part[i].words);
    if (trace->path != NULL)
        fprintf(out, "%s %s: %s rows over %s", source->n_mix > 0 ? ";" : "", trace->name,
                count_text((double)trace->rows).s, time_text(trace->last - trace->first).s);
    fputc('\n', out);
}

static void describe_traffic(const struct cs_scenario *s, FILE *out)
{
    fprintf(out, "\nTraffic\n");
    for (uint32_t i = 0; i < s->n_sources; i++) {
        const struct cs_source *source = &s->source[i];
        fprintf(out, "  %-16s ", source->name);
        if (source->users.exists)
            describe_users(s, source, out);
        else
            fprintf(out, "%8.4g /s ", cs_shape_mean_rate(s, source) * s->load);
        for (uint32_t m = 0; m < source->n_mix; m++)
            fprintf(out, "%s %s %.3g%%", m > 0 ? "," : "",
                    s->function[source->mix[m].index].name,
                    100 * (source->mix[m].cumulative -
                           (m > 0 ? source->mix[m - 1].cumulative : 0)));
        describe_shape(source, out);
    }
    fprintf(out, "\nFunctions\n");
    for (uint32_t f = 0; f < s->n_functions; f++) {
        double work = cs_work_of(s, f, 0).mean_s;
        fprintf(out, "  %-16s %8.4g /s  %u step%s, %s of work, on %s", s->function[f].name,
                cs_work_rate(s, f), (unsigned)s->function[f].n_steps,
                s->function[f].n_steps == 1 ? "" : "s", time_text(cs_time_from_s(work)).s,
                s->fleet[s->function[f].fleet].name);
        if (s->function[f].cache.exists)
            fprintf(out, "; %.3g%% answered at the edge", 100 * s->function[f].cache.hit_share);
        fputc('\n', out);
    }
}

static void describe_platform(const struct cs_scenario *s, FILE *out)
{
    fprintf(out, "\nFleets\n");
    for (uint32_t f = 0; f < s->n_fleets; f++) {
        const struct cs_fleet *fleet = &s->fleet[f];
        double mean_s = 0, erlang = cs_work_load(s, f, &mean_s), slots = cs_work_slots(s, f);
        unsigned regions = 0;
        for (uint32_t r = 0; r < s->n_regions; r++)
            regions += fleet->in_region[r] ? 1 : 0;
        fprintf(out, "  %-16s %8.4g busy slots on average", fleet->name, erlang);
        if (isfinite(slots))
            fprintf(out, " of %s (%.3g%%)", count_text(slots).s, 100 * erlang / slots);
        fprintf(out, "; %u region%s, up to %s instance%s each, concurrency %u\n", regions,
                regions == 1 ? "" : "s", cap_text(fleet->max_instances).s,
                fleet->max_instances == 1 ? "" : "s", (unsigned)fleet->concurrency);
    }
    if (s->n_databases > 0)
        fprintf(out, "\nDatabases\n");
    for (uint32_t d = 0; d < s->n_databases; d++) {
        const struct cs_database *db = &s->database[d];
        fprintf(out, "  %-16s", db->name);
        if (db->pool.exists)
            fprintf(out, " pool %u an instance;", (unsigned)db->pool.max);
        if (db->gateway.exists)
            fprintf(out, " gateway %s clients on %s backends;",
                    cap_text(db->gateway.max_clients).s, cap_text(db->gateway.pool_size).s);
        if (db->server.exists)
            fprintf(out, " server %s connections;", cap_text(db->server.max_connections).s);
        fprintf(out, " %u kind%s of query\n", (unsigned)db->n_queries,
                db->n_queries == 1 ? "" : "s");
    }
}

static void describe_dependencies(const struct cs_scenario *s, FILE *out)
{
    if (s->n_dependencies > 0)
        fprintf(out, "\nDependencies\n");
    for (uint32_t i = 0; i < s->n_dependencies; i++) {
        const struct cs_dependency *d = &s->dependency[i];

        fprintf(out, "  %-16s", d->name);
        if (d->timeout != CS_NEVER)
            fprintf(out, " timeout %s;", time_text(d->timeout).s);
        fprintf(out, " %g%% errors; %u retr%s", 100 * d->error_rate, (unsigned)d->retries.max,
                d->retries.max == 1 ? "y" : "ies");
        if (d->breaker.exists && d->breaker.failures != CS_UNLIMITED)
            fprintf(out, "; breaker opens for %s after %s failures in a row",
                    time_text(d->breaker.open).s, cap_text(d->breaker.failures).s);
        if (d->fallback != CS_NONE)
            fprintf(out, "; falls back to %s", s->dependency[d->fallback].name);
        fputc('\n', out);
    }
}

static void describe_slos(const struct cs_scenario *s, FILE *out)
{
    if (s->n_slos > 0)
        fprintf(out, "\nObjectives\n");
    for (uint32_t i = 0; i < s->n_slos; i++) {
        const struct cs_slo *slo = &s->slo[i];
        fprintf(out, "  %-16s %s in %.4g%% of windows of %s%s\n", slo->name, slo->target,
                100 * slo->attain, time_text(slo->window).s,
                slo->gate ? "" : "; decides nothing");
    }
}

static void describe_watches(const struct cs_scenario *s, FILE *out)
{
    if (s->n_alerts + s->n_dashboards > 0)
        fprintf(out, "\nWatched every %s\n", time_text(s->horizon.sample).s);
    for (uint32_t i = 0; i < s->n_alerts; i++)
        fprintf(out, "  alert %-16s %s for %s\n", s->alert[i].name, s->alert[i].expr.text,
                time_text(s->alert[i].hold).s);
    for (uint32_t i = 0; i < s->n_dashboards; i++) {
        const struct cs_dashboard *d = &s->dashboard[i];

        if (d->warning.text != NULL)
            fprintf(out, "  health %-15s warning: %s\n", d->name, d->warning.text);
        if (d->critical.text != NULL)
            fprintf(out, "  health %-15s critical: %s\n", d->name, d->critical.text);
    }
}

/* As it is written, "09:40"; with the day where there are several. */
static void describe_clock(const struct cs_scenario *s, cs_time at, FILE *out)
{
    time_t when = (time_t)(s->horizon.start_unix_s + at / CS_S);
    char text[32] = "";
    struct tm tm;

    if (gmtime_r(&when, &tm) != NULL)
        (void)strftime(text, sizeof text,
                       s->horizon.duration > CS_DAY ? "%a %Y-%m-%d %H:%M" : "%H:%M", &tm);
    fputs(text, out);
    if (when % 60 != 0)
        fprintf(out, ":%02d", (int)(when % 60));
}

static void describe_events(const struct cs_scenario *s, FILE *out)
{
    if (s->n_events > 0)
        fprintf(out, "\nEvents, by UTC\n");
    for (uint32_t i = 0; i < s->n_events; i++) {
        const struct cs_event *event = &s->event[i];

        fprintf(out, "  %-16s at ", event->name);
        describe_clock(s, event->at, out);
        if (event->length != CS_NEVER)
            fprintf(out, " for %s", time_text(event->length).s);
        fprintf(out, ": %s\n", event->what);
    }
}

static void describe_plans(const struct cs_scenario *s, FILE *out)
{
    if (s->n_plans > 0)
        fprintf(out, "\nPlans\n");
    for (uint32_t i = 0; i < s->n_plans; i++)
        fprintf(out, "  %-16s %s\n", s->plan[i].name, s->plan[i].title);
}

static void describe_list(const char *title, const char *const *line, size_t n, FILE *out)
{
    if (n > 0)
        fprintf(out, "\n%s\n", title);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "  - %s\n", line[i]);
}

void cs_scenario_describe(const struct cs_scenario *s, FILE *out)
{
    struct cs_arena *arena = cs_arena_new();
    const char **line = NULL;

    describe_run(s, out);
    describe_cost(s, out);
    describe_traffic(s, out);
    describe_platform(s, out);
    describe_dependencies(s, out);
    describe_slos(s, out);
    describe_watches(s, out);
    describe_events(s, out);
    describe_plans(s, out);
    size_t n = cs_scenario_warnings(s, arena, &line);
    describe_list("Worth a look", line, n, out);
    n = cs_scenario_off(s, arena, &line);
    describe_list("Not part of this scenario", line, n, out);
    cs_arena_free(arena);
}
