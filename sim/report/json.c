/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "capsim/check.h"
#include "capsim/report.h"
#include "report/escape.h"
#include "report/human.h"
#include "report/json_writer.h"

static json_t *of_scenario(const struct cs_result *result)
{
    json_t *object = json_object();

    set(object, "name", of_text(result->name));
    set(object, "title", of_text(result->title));
    set(object, "hash", of_text(result->hash));
    return object;
}

/* null: a fixed number of replications. */
static json_t *of_stopping(const struct cs_result_stopping *stopping)
{
    if (isnan(stopping->asked))
        return json_null();
    json_t *object = json_object();

    set(object, "min", of_count(stopping->min));
    set(object, "max", of_count(stopping->max));
    set(object, "looks", of_count(stopping->looks));
    set(object, "looked", of_count(stopping->looked));
    set(object, "precision_asked", of_number(stopping->asked));
    set(object, "precision", of_number(stopping->achieved));
    set(object, "reached", json_boolean(stopping->is_reached));
    return object;
}

static json_t *of_joint(const struct cs_result_joint *joint)
{
    json_t *object = json_object();

    set(object, "objectives", of_count(joint->n));
    set(object, "decided", of_count(joint->decided));
    set(object, "all_met", of_estimate(&joint->all_met));
    return object;
}

/* null: the values of replications are of one kind. */
static json_t *of_split(const struct cs_result_split *split)
{
    if (!split->is_split)
        return json_null();
    json_t *object = json_object();

    set(object, "worse", of_estimate(&split->worse));
    set(object, "better_mean", of_number(split->better_mean));
    set(object, "worse_mean", of_number(split->worse_mean));
    return object;
}

static json_t *of_run(const struct cs_result *result)
{
    char start[CS_HUMAN_SIZE];
    json_t *object = json_object();

    set(object, "version", of_text(result->version));
    set(object, "command", of_text(result->command));
    set(object, "start", of_text(cs_clock_format(start, result->start_unix_s)));
    set(object, "duration_s", of_number(result->duration_s));
    set(object, "lead_in_s", of_number(result->lead_in_s));
    set(object, "sample_s", of_number(result->sample_s));
    set(object, "seed", of_count(result->seed));
    set(object, "replications", of_count(result->replications));
    set(object, "estimand", of_text(cs_estimand_word(result->estimand)));
    set(object, "confidence", of_number(result->confidence));
    set(object, "interrupted", json_boolean(result->is_interrupted));
    set(object, "stopping", of_stopping(&result->stopping));
    set(object, "requests", of_count(result->requests));
    set(object, "events", of_count(result->events));
    return object;
}

static json_t *of_metric(const struct cs_result *result, size_t i)
{
    const struct cs_result_metric *metric = &result->metric[i];
    json_t *object = json_object();

    set(object, "name", of_text(metric->name));
    set(object, "labels", of_labels(metric->label, metric->n_labels));
    set(object, "stat", of_text(metric->stat));
    set(object, "unit", of_text(metric->unit));
    set_estimate(object, &metric->value);
    return object;
}

static json_t *of_series(const struct cs_result *result, size_t i)
{
    const struct cs_result_series *series = &result->series[i];
    json_t *object = json_object();

    set(object, "name", of_text(series->name));
    set(object, "labels", of_labels(series->label, series->n_labels));
    set(object, "stat", of_text(series->stat));
    set(object, "unit", of_text(series->unit));
    set(object, "t0", of_number(series->t0_s));
    set(object, "step_s", of_number(series->step_s));
    set(object, "mean", of_numbers(series->mean, series->n));
    set(object, "p5", of_numbers(series->p5, series->n));
    set(object, "p50", of_numbers(series->p50, series->n));
    set(object, "p95", of_numbers(series->p95, series->n));
    return object;
}

static json_t *of_slo(const struct cs_result *result, size_t i)
{
    const struct cs_result_slo *slo = &result->slo[i];
    json_t *object = json_object();

    set(object, "name", of_text(slo->name));
    set(object, "target", of_text(slo->target));
    set(object, "of", of_text(slo->of));
    set(object, "window_s", of_number(slo->window_s));
    set(object, "threshold", of_number(slo->threshold));
    set(object, "unit", of_text(slo->unit));
    set(object, "value", of_estimate(&slo->value));
    set(object, "attainment", of_estimate(&slo->attainment));
    set(object, "attain", of_number(slo->attain));
    set(object, "windows", of_count(slo->windows));
    set(object, "windows_met", of_count(slo->windows_met));
    set(object, "gate", json_boolean(slo->gate));
    set(object, "verdict", json_string(cs_verdict_word(slo->verdict)));
    set(object, "median", of_estimate(&slo->median));
    set(object, "split", of_split(&slo->split));
    set(object, "needed", of_count(slo->needed));
    set(object, "doubt", of_number(slo->doubt));
    set(object, "burn", of_estimate(&slo->burn));
    set(object, "budget_left", of_estimate(&slo->budget_left));
    set(object, "p_exhausted", of_estimate(&slo->p_exhausted));
    set(object, "note", of_text(slo->note));
    return object;
}

static json_t *of_alert(const struct cs_result *result, size_t i)
{
    const struct cs_result_alert *alert = &result->alert[i];
    json_t *object = json_object();

    set(object, "name", of_text(alert->name));
    set(object, "expr", of_text(alert->expr));
    set(object, "of", of_text(alert->of));
    set(object, "severity", of_text(alert->severity));
    set(object, "for_s", of_number(alert->for_s));
    set(object, "fired_per_window", of_estimate(&alert->fired));
    set(object, "time_firing_s", of_estimate(&alert->time_firing));
    set(object, "first_at_s", of_estimate(&alert->first_at));
    set(object, "fired_at_all", of_estimate(&alert->ever));
    set(object, "note", of_text(alert->note));
    return object;
}

static json_t *of_event(const struct cs_result *result, size_t i)
{
    const struct cs_result_event *event = &result->event[i];
    json_t *object = json_object();

    set(object, "name", of_text(event->name));
    set(object, "what", of_text(event->what));
    set(object, "at_s", of_number(event->at_s));
    set(object, "for_s", of_number(event->for_s));
    set(object, "settled", of_estimate(&event->settled));
    set(object, "settle_s", of_estimate(&event->settle));
    return object;
}

static json_t *of_health(const struct cs_result *result, size_t i)
{
    const struct cs_result_health *health = &result->health[i];
    json_t *object = json_object();

    set(object, "name", of_text(health->name));
    set(object, "of", of_text(health->of));
    set(object, "warning_expr", of_text(health->warning_expr));
    set(object, "critical_expr", of_text(health->critical_expr));
    set(object, "healthy", of_estimate(&health->healthy));
    set(object, "warning", of_estimate(&health->warning));
    set(object, "critical", of_estimate(&health->critical));
    set(object, "note", of_text(health->note));
    return object;
}

static json_t *of_cap(const struct cs_result *result, size_t i)
{
    const struct cs_result_cap *cap = &result->cap[i];
    json_t *object = json_object();

    set(object, "series", of_text(cap->series));
    set(object, "name", of_text(cap->name));
    set(object, "labels", of_labels(cap->label, cap->n_labels));
    set(object, "value", of_number(cap->value));
    return object;
}

static json_t *of_check(const struct cs_result *result, size_t i)
{
    const struct cs_result_check *check = &result->check[i];
    json_t *object = json_object();

    set(object, "name", of_text(check->name));
    set(object, "ok", json_boolean(check->ok));
    set(object, "detail", of_text(check->detail));
    return object;
}

static json_t *of_assumption(const struct cs_result *result, size_t i)
{
    return of_text(result->assumption[i]);
}

static json_t *of_off(const struct cs_result *result, size_t i)
{
    return of_text(result->off[i]);
}

int cs_report_json(const struct cs_result *result, FILE *out)
{
    fputs("{\"capsim\": 1,\n\"scenario\": ", out);
    put(out, of_scenario(result));
    fputs(",\n\"run\": ", out);
    put(out, of_run(result));
    put_list(out, "metrics", result, result->n_metrics, of_metric);
    put_list(out, "series", result, result->n_series, of_series);
    put_list(out, "slos", result, result->n_slos, of_slo);
    fputs(",\n\"joint\": ", out);
    put(out, of_joint(&result->joint));
    put_list(out, "alerts", result, result->n_alerts, of_alert);
    put_list(out, "health", result, result->n_health, of_health);
    put_list(out, "events", result, result->n_events, of_event);
    cs_json_explain(result, out);
    put_list(out, "caps", result, result->n_caps, of_cap);
    put_list(out, "checks", result, result->n_checks, of_check);
    put_list(out, "assumptions", result, result->n_assumptions, of_assumption);
    put_list(out, "off", result, result->n_off, of_off);
    fputs("}\n", out);
    return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
