/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_TEST_RESULT_FIXTURE_H
#define CAPSIM_TEST_RESULT_FIXTURE_H

/*
 * A result as a day of a small platform might give: three fleets in three
 * regions, one database with a pool.  Made by formula, so that tests know it.
 */

#include <math.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/result.h"
#include "explain_fixture.h"

enum { FIXTURE_METRICS = 400, FIXTURE_SERIES = 40 };

static inline struct cs_estimate fixture_estimate(double mean, double half)
{
    double nan = (double)NAN;

    return (struct cs_estimate){mean, half > 0 ? mean - half : nan,
                                half > 0 ? mean + half : nan, 40};
}

/* labels: "key=value,key=value" */
static inline unsigned fixture_labels(struct cs_result *r, struct cs_result_label *label,
                                      const char *text)
{
    char *copy = cs_arena_strdup(r->arena, text), *save = NULL;
    unsigned n = 0;

    for (char *p = strtok_r(copy, ",", &save); p != NULL; p = strtok_r(NULL, ",", &save)) {
        char *equals = strchr(p, '=');

        *equals = '\0';
        label[n++] = (struct cs_result_label){p, equals + 1};
    }
    return n;
}

static inline void fixture_metric(struct cs_result *r, const char *name, const char *labels,
                                  const char *stat, const char *unit, double mean)
{
    struct cs_result_metric *m = &r->metric[r->n_metrics++];

    *m = (struct cs_result_metric){
        .name = name, .stat = stat, .unit = unit, .value = fixture_estimate(mean, 0.03 * mean)};
    m->n_labels = fixture_labels(r, m->label, labels);
}

static inline void fixture_level(struct cs_result *r, const char *name, const char *labels,
                                 const char *unit, double mean, double max)
{
    fixture_metric(r, name, labels, "time_mean", unit, mean);
    fixture_metric(r, name, labels, "time_p95", unit, fmin(mean * 2.1, max));
    fixture_metric(r, name, labels, "busy_hour", unit, fmin(mean * 1.8, max));
    fixture_metric(r, name, labels, "max", unit, max);
}

static inline void fixture_times(struct cs_result *r, const char *name, const char *labels,
                                 double p50)
{
    fixture_metric(r, name, labels, "mean", "seconds", p50 * 1.3);
    fixture_metric(r, name, labels, "p50", "seconds", p50);
    fixture_metric(r, name, labels, "p90", "seconds", p50 * 2.4);
    fixture_metric(r, name, labels, "p95", "seconds", p50 * 3.4);
    fixture_metric(r, name, labels, "p99", "seconds", p50 * 7.7);
    fixture_metric(r, name, labels, "p999", "seconds", p50 * 15);
    fixture_metric(r, name, labels, "max", "seconds", p50 * 30);
}

/* Load of the day: low at 4, high at 18 UTC, mean 1. */
static inline double fixture_load(double t_s)
{
    return 1 + 0.6 * sin(6.283185307179586 * (t_s / 86400 - 0.4583)) +
           0.12 * sin(12.566370614359172 * (t_s / 86400 - 0.1));
}

static inline double fixture_noise(size_t i)
{
    uint64_t x = (uint64_t)(i + 1) * 0x9E3779B97F4A7C15u;

    x ^= x >> 31;
    x *= 0xD6E8FEB86659FD93u;
    return (double)(x >> 40) / 16777216.0 - 0.5;
}

/* level * load^power, with a band that widens with the power. */
static inline void fixture_series(struct cs_result *r, const char *name, const char *labels,
                                  const char *stat, const char *unit, double level,
                                  double power)
{
    struct cs_result_series *s = &r->series[r->n_series++];

    *s = (struct cs_result_series){
        .name = name, .stat = stat, .unit = unit, .t0_s = 0, .step_s = r->sample_s};
    s->n_labels = fixture_labels(r, s->label, labels);
    s->n = (size_t)(r->duration_s / r->sample_s);
    s->mean = CS_ARENA_ARRAY(r->arena, double, s->n);
    s->p5 = CS_ARENA_ARRAY(r->arena, double, s->n);
    s->p50 = CS_ARENA_ARRAY(r->arena, double, s->n);
    s->p95 = CS_ARENA_ARRAY(r->arena, double, s->n);
    for (size_t i = 0; i < s->n; i++) {
        double load = fixture_load(((double)i + 0.5) * s->step_s);
        double y = level * pow(load, power) * (1 + 0.1 * fixture_noise(i + r->n_series * 977));
        double width = 0.12 + 0.06 * power;

        s->p50[i] = y;
        s->mean[i] = y * 1.02;
        s->p5[i] = y * (1 - width);
        s->p95[i] = y * (1 + 1.6 * width);
    }
    /* The small hours may have a step without any request. */
    if (strcmp(unit, "seconds") == 0)
        for (size_t i = 1400; i < 1404 && i < s->n; i++)
            s->mean[i] = s->p5[i] = s->p50[i] = s->p95[i] = (double)NAN;
}

static inline void fixture_slo(struct cs_result *r, const char *name, const char *target,
                               const char *of, const char *unit, double threshold, double value,
                               uint64_t met, enum cs_verdict verdict)
{
    struct cs_result_slo *s = &r->slo[r->n_slos++];
    double share = (double)met / 40;

    *s = (struct cs_result_slo){.name = name,
                                .target = target,
                                .of = of,
                                .unit = unit,
                                .window_s = 86400,
                                .threshold = threshold,
                                .value = fixture_estimate(value, 0.02 * value),
                                .attain = 0.95,
                                .windows = 40,
                                .windows_met = met,
                                .gate = true,
                                .verdict = verdict,
                                .note = ""};
    s->attainment =
        (struct cs_estimate){share, fmax(0, share - 0.09), fmin(1, share + 0.05), 40};
    if (strcmp(unit, "1") == 0)
        s->value.hi = fmin(s->value.hi, 1);
}

static inline void fixture_budget(struct cs_result_slo *s, double burn, double exhausted)
{
    s->burn = fixture_estimate(burn, 0.1 * burn);
    s->budget_left = fixture_estimate(1 - burn, 0.1 * burn);
    s->p_exhausted = fixture_estimate(exhausted, 0.05);
}

static inline void fixture_watches(struct cs_result *r)
{
    r->alert = CS_ARENA_ARRAY(r->arena, struct cs_result_alert, 2);
    r->alert[r->n_alerts++] =
        (struct cs_result_alert){.name = "high_error_rate",
                                 .expr = "errors(1m) > 5%",
                                 .of = "fleet: api",
                                 .severity = "critical",
                                 .for_s = 300,
                                 .fired = fixture_estimate(1.25, 0.4),
                                 .time_firing = fixture_estimate(4212, 371),
                                 .first_at = fixture_estimate(36720, 1800),
                                 .ever = fixture_estimate(0.6, 0.15),
                                 .note = ""};
    r->alert[0].first_at.n = 24;
    r->alert[r->n_alerts++] =
        (struct cs_result_alert){.name = "db_pool_full",
                                 .expr = "db_pool_utilization > 90%",
                                 .of = "",
                                 .severity = "warning",
                                 .for_s = 0,
                                 .fired = fixture_estimate(0, 0),
                                 .time_firing = fixture_estimate(0, 0),
                                 .first_at = {(double)NAN, (double)NAN, (double)NAN, 0},
                                 .ever = {0, 0, 0.088, 40},
                                 .note = "it never fired"};
    fixture_series(r, "alert_firing", "alert=high_error_rate", "mean", "1", 0.4, 1);
    r->health = CS_ARENA_ARRAY(r->arena, struct cs_result_health, 1);
    r->health[r->n_health++] =
        (struct cs_result_health){.name = "functions",
                                  .of = "",
                                  .warning_expr = "errors(5m) > 1%",
                                  .critical_expr = "errors(5m) > 5%",
                                  .healthy = fixture_estimate(0.85, 0.02),
                                  .warning = fixture_estimate(0.12, 0.02),
                                  .critical = fixture_estimate(0.03, 0.01),
                                  .note = ""};
}

static inline void fixture_traffic(struct cs_result *r)
{
    static const struct {
        const char *labels;
        double ratio;
    } code[] = {{"code=200", 0.9846}, {"code=404", 0.0108}, {"code=429", 0.0034},
                {"code=500", 0.0001}, {"code=503", 0.0007}, {"code=504", 0.0004}};
    const double total = 1036800;

    fixture_metric(r, "requests_total", "", "count", "requests", total);
    fixture_metric(r, "requests_total", "", "ratio", "1", 1);
    for (size_t i = 0; i < 6; i++) {
        fixture_metric(r, "requests_total", code[i].labels, "count", "requests",
                       total * code[i].ratio);
        fixture_metric(r, "requests_total", code[i].labels, "ratio", "1", code[i].ratio);
    }
    fixture_metric(r, "requests_total", "function=chat,code=200", "count", "requests", 400000);
    fixture_metric(r, "requests_total", "function=chat,code=200", "ratio", "1", 0.3858);
    fixture_metric(r, "cold_starts_total", "", "count", "requests", 9220);
    fixture_metric(r, "cold_starts_total", "", "ratio", "1", 0.00889);
    fixture_metric(r, "rate_limited_total", "", "count", "requests", 3525);
    fixture_metric(r, "rate_limited_total", "", "ratio", "1", 0.0034);
}

static inline void fixture_metrics(struct cs_result *r)
{
    static const char *const fleet[] = {"api", "chat", "auth"};
    static const char *const region[] = {"iad1", "sfo1", "fra1"};

    fixture_traffic(r);
    fixture_times(r, "request_duration_seconds", "", 0.182);
    fixture_times(r, "request_duration_seconds", "function=profile", 0.094);
    fixture_times(r, "request_duration_seconds", "function=chat", 3.1);
    fixture_times(r, "request_duration_seconds", "function=chat,region=iad1", 3.0);
    fixture_times(r, "db_query_seconds", "", 0.0043);
    fixture_times(r, "stage_seconds", "stage=cpu", 0.004);
    fixture_times(r, "stage_seconds", "stage=db_wait", 0.00071);
    fixture_level(r, "instances", "", "instances", 61.4, 188);
    fixture_level(r, "instances", "state=starting", "instances", 0.3, 7);
    fixture_level(r, "instances", "state=busy", "instances", 38.2, 141);
    fixture_level(r, "instances", "state=idle", "instances", 22.9, 96);
    fixture_level(r, "slot_utilization", "", "1", 0.62, 0.97);
    for (size_t f = 0; f < 3; f++) {
        char labels[64];

        snprintf(labels, sizeof labels, "fleet=%s", fleet[f]);
        fixture_level(r, "slot_utilization", labels, "1", 0.5 + 0.1 * (double)f, 0.98);
        for (size_t g = 0; g < 3; g++) {
            snprintf(labels, sizeof labels, "fleet=%s,region=%s", fleet[f], region[g]);
            fixture_level(r, "slot_utilization", labels, "1", 0.45 + 0.1 * (double)g, 1);
        }
    }
    fixture_level(r, "cpu_utilization", "", "1", 0.046, 0.31);
    fixture_level(r, "db_pool_utilization", "", "1", 0.052, 0.64);
    fixture_level(r, "db_pool_utilization", "database=supabase", "1", 0.052, 0.64);
    fixture_level(r, "db_pool_active_connections", "", "connections", 3.1, 41);
    fixture_level(r, "db_pool_waiting_requests", "", "requests", 0.02, 9);
    fixture_level(r, "db_connections", "", "connections", 58.3, 191);
    fixture_level(r, "db_backends_active", "", "connections", 2.9, 15);
}

static inline void fixture_all_series(struct cs_result *r)
{
    const char *db = "database=supabase";

    fixture_series(r, "request_duration_seconds", "", "p50", "seconds", 0.18, 0.1);
    fixture_series(r, "request_duration_seconds", "", "p95", "seconds", 0.55, 0.6);
    fixture_series(r, "request_duration_seconds", "", "p99", "seconds", 1.4, 1.3);
    fixture_series(r, "error_ratio", "", "mean", "1", 0.004, 2.5);
    fixture_series(r, "limited_ratio", "", "mean", "1", 0.0034, 1.5);
    fixture_series(r, "request_rate", "", "mean", "requests/s", 12, 1);
    fixture_series(r, "instances", "state=busy", "mean", "instances", 38, 1);
    fixture_series(r, "instances", "state=idle", "mean", "instances", 22, 0.5);
    fixture_series(r, "instances", "state=starting", "mean", "instances", 0.9, 0.8);
    fixture_series(r, "slot_utilization", "", "mean", "1", 0.55, 0.5);
    fixture_series(r, "cpu_utilization", "", "mean", "1", 0.14, 1);
    fixture_series(r, "db_pool_utilization", "", "mean", "1", 0.25, 1.2);
    fixture_series(r, "db_pool_active_connections", db, "mean", "connections", 9, 1);
    fixture_series(r, "db_pool_idle_connections", db, "mean", "connections", 46, 0.7);
    fixture_series(r, "db_pool_waiting_requests", db, "mean", "requests", 0.8, 3);
    fixture_series(r, "db_connections", db, "mean", "connections", 55, 0.8);
    fixture_series(r, "db_backends_active", db, "mean", "connections", 7, 1);
}

static inline void fixture_rest(struct cs_result *r)
{
    static const struct {
        const char *name;
        double value;
    } cap[] = {{"gateway max_clients", 200},
               {"gateway pool_size", 15},
               {"server max_connections", 60},
               {"pool max over 300 instances", 6000}};
    static const char *assumption[] = {
        "Traffic is Poisson around its daily shape; days differ no more than chance.",
        "Clients do not retry."};
    static const char *off[] = {
        "There is no circuit breaker, so a failing dependency is called "
        "until each call times out.",
        "Memory has no limit."};

    for (size_t i = 0; i < 4; i++) {
        struct cs_result_cap *c = &r->cap[r->n_caps++];

        *c = (struct cs_result_cap){
            .series = "db_connections", .name = cap[i].name, .value = cap[i].value};
        c->n_labels = fixture_labels(r, c->label, "database=supabase");
    }
    r->check[r->n_checks++] = (struct cs_result_check){
        "Little's law", true, "largest difference 0 ns over 212 queues"};
    r->check[r->n_checks++] = (struct cs_result_check){
        "flow balance", true, "every request was answered or was under way at the end"};
    r->assumption = assumption;
    r->n_assumptions = 2;
    r->off = off;
    r->n_off = 2;
}

static inline struct cs_result *fixture_result(double sample_s)
{
    struct cs_result *r = cs_result_new();

    r->name = "oriva";
    r->title = "Oriva platform, scaling runbook 1.0.0";
    r->hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    r->version = "0.1.0";
    r->command = "capsim run configs/oriva.yaml --seed 1 --set load=1.2";
    r->start_unix_s = 1759708800; /* 2025-10-06, a Monday */
    r->duration_s = 86400;
    r->lead_in_s = 3600;
    r->sample_s = sample_s;
    r->seed = 1;
    r->replications = 40;
    r->requests = 43197312;
    r->events = 611204988;
    r->metric = CS_ARENA_ARRAY(r->arena, struct cs_result_metric, FIXTURE_METRICS);
    r->series = CS_ARENA_ARRAY(r->arena, struct cs_result_series, FIXTURE_SERIES);
    r->slo = CS_ARENA_ARRAY(r->arena, struct cs_result_slo, 8);
    r->cap = CS_ARENA_ARRAY(r->arena, struct cs_result_cap, 8);
    r->check = CS_ARENA_ARRAY(r->arena, struct cs_result_check, 8);
    fixture_metrics(r);
    fixture_all_series(r);
    fixture_rest(r);
    fixture_slo(r, "availability", "success >= 99.9%", "", "1", 0.999, 0.99874, 3, CS_MISSED);
    fixture_slo(r, "latency_p95", "p(95) < 1000ms", "fleet: api", "seconds", 1, 0.619, 40,
                CS_MET);
    fixture_slo(r, "latency_p99", "p(99) < 3000ms", "fleet: api", "seconds", 3, 1.402, 39,
                CS_UNDECIDED);
    fixture_slo(r, "error_rate", "errors < 1%", "", "1", 0.01, 0.00126, 40, CS_MET);
    fixture_slo(r, "database", "database_up >= 99.95%", "database: supabase", "1", 0.9995, 1,
                40, CS_NOT_EXERCISED);
    r->slo[4].value.lo = r->slo[4].value.hi = (double)NAN;
    r->slo[4].note = "The scenario has no failures, so nothing could have missed it.";
    fixture_slo(r, "all_p95", "p(95) < 1000ms", "", "seconds", 1, 1.204, 0, CS_MISSED);
    r->slo[5].gate = false;
    fixture_budget(&r->slo[0], 1.26, 0.92);
    fixture_budget(&r->slo[3], 0.126, 0);
    fixture_watches(r);
    fixture_explain(r);
    return r;
}

/* An outage of five hours from 09:00 on, a deployment at 18:00 and a change at
 * the very end of the day. */
static inline void fixture_events(struct cs_result *r)
{
    struct cs_estimate settled = fixture_estimate(0.9, 0.05),
                       settle = fixture_estimate(300, 60);

    r->event = CS_ARENA_ARRAY(r->arena, struct cs_result_event, 3);
    r->n_events = 3;
    r->event[0] = (struct cs_result_event){
        "outage-<b>", "outage of region <b>", 32400, 18000, settled, settle};
    r->event[1] = (struct cs_result_event){
        "deploy", "deployment of all fleets", 64800, (double)NAN, settled, settle};
    r->event[2] = (struct cs_result_event){"late", "queries x 2", 86000, 3600, settled, settle};
}

#endif
