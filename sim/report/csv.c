/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/csv.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "capsim/check.h"
#include "report/escape.h"

static void put_text(FILE *out, const char *text)
{
    cs_escape_csv(out, text);
    fputc(',', out);
}

static void put_number(FILE *out, double value, char end)
{
    if (isfinite(value))
        fprintf(out, "%.9g", value);
    fputc(end, out);
}

static void put_end(FILE *out)
{
    fputs("\r\n", out);
}

static void put_estimate(FILE *out, const struct cs_estimate *estimate)
{
    put_number(out, estimate->mean, ',');
    put_number(out, estimate->lo, ',');
    put_number(out, estimate->hi, ',');
    fprintf(out, "%zu", estimate->n);
}

/* All labels in one cell, "fleet=api;region=iad1": their keys differ by metric. */
static void put_labels(FILE *out, const struct cs_result_label *label, unsigned n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *cell = open_memstream(&text, &size);

    if (cell == NULL)
        cs_out_of_memory(1);
    for (unsigned i = 0; i < n; i++)
        fprintf(cell, "%s%s=%s", i > 0 ? ";" : "", label[i].key, label[i].value);
    if (fclose(cell) != 0)
        cs_out_of_memory(size);
    put_text(out, text);
    free(text);
}

static int status(FILE *out)
{
    return fflush(out) != 0 || ferror(out) ? -1 : 0;
}

int cs_csv_metrics(const struct cs_result *result, FILE *out)
{
    fputs("name,labels,stat,unit,mean,lo,hi,n\r\n", out);
    for (size_t i = 0; i < result->n_metrics; i++) {
        const struct cs_result_metric *metric = &result->metric[i];

        put_text(out, metric->name);
        put_labels(out, metric->label, metric->n_labels);
        put_text(out, metric->stat);
        put_text(out, metric->unit);
        put_estimate(out, &metric->value);
        put_end(out);
    }
    return status(out);
}

/* What all rows of a series begin with: its name, labels, statistic and unit.  The
 * caller frees it. */
static char *head_of(const struct cs_result_series *series)
{
    char *text = NULL;
    size_t size = 0;
    FILE *head = open_memstream(&text, &size);

    if (head == NULL)
        cs_out_of_memory(1);
    put_text(head, series->name);
    put_labels(head, series->label, series->n_labels);
    put_text(head, series->stat);
    put_text(head, series->unit);
    if (fclose(head) != 0)
        cs_out_of_memory(size);
    return text;
}

static void put_series(FILE *out, const struct cs_result_series *series)
{
    char *head = head_of(series);

    for (size_t i = 0; i < series->n && !ferror(out); i++) {
        fputs(head, out);
        put_number(out, series->t0_s + (double)i * series->step_s, ',');
        put_number(out, series->mean[i], ',');
        put_number(out, series->p5[i], ',');
        put_number(out, series->p50[i], ',');
        put_number(out, series->p95[i], '\r');
        fputc('\n', out);
    }
    free(head);
}

int cs_csv_series(const struct cs_result *result, FILE *out)
{
    fputs("name,labels,stat,unit,t_s,mean,p5,p50,p95\r\n", out);
    for (size_t i = 0; i < result->n_series; i++)
        put_series(out, &result->series[i]);
    return status(out);
}

/* The probability of the worse of two outcomes; empty where there is one. */
static void put_split(FILE *out, const struct cs_result_split *split)
{
    if (split->is_split)
        put_estimate(out, &split->worse);
    else
        fputs(",,,", out);
    fputc(',', out);
}

int cs_csv_slos(const struct cs_result *result, FILE *out)
{
    fputs("name,target,of,unit,verdict,note,window_s,threshold,attain,windows,windows_met,gate,"
          "value,value_lo,value_hi,value_n,attainment,attainment_lo,attainment_hi,"
          "attainment_n,burn,burn_lo,burn_hi,burn_n,budget_left,budget_left_lo,budget_left_hi,"
          "budget_left_n,p_exhausted,p_exhausted_lo,p_exhausted_hi,p_exhausted_n,"
          "median,median_lo,median_hi,median_n,p_worse,p_worse_lo,p_worse_hi,p_worse_n,doubt,"
          "needed\r\n",
          out);
    for (size_t i = 0; i < result->n_slos; i++) {
        const struct cs_result_slo *slo = &result->slo[i];

        put_text(out, slo->name);
        put_text(out, slo->target);
        put_text(out, slo->of);
        put_text(out, slo->unit);
        put_text(out, cs_verdict_word(slo->verdict));
        put_text(out, slo->note);
        put_number(out, slo->window_s, ',');
        put_number(out, slo->threshold, ',');
        put_number(out, slo->attain, ',');
        fprintf(out, "%" PRIu64 ",%" PRIu64 ",%d,", slo->windows, slo->windows_met, slo->gate);
        put_estimate(out, &slo->value);
        fputc(',', out);
        put_estimate(out, &slo->attainment);
        fputc(',', out);
        put_estimate(out, &slo->burn);
        fputc(',', out);
        put_estimate(out, &slo->budget_left);
        fputc(',', out);
        put_estimate(out, &slo->p_exhausted);
        fputc(',', out);
        put_estimate(out, &slo->median);
        fputc(',', out);
        put_split(out, &slo->split);
        put_number(out, slo->doubt, ',');
        fprintf(out, "%" PRIu64, slo->needed);
        put_end(out);
    }
    return status(out);
}

int cs_csv_alerts(const struct cs_result *result, FILE *out)
{
    fputs("name,expr,of,severity,note,for_s,fired,fired_lo,fired_hi,fired_n,time_firing_s,"
          "time_firing_lo,time_firing_hi,time_firing_n,first_at_s,first_at_lo,first_at_hi,"
          "first_at_n,fired_at_all,fired_at_all_lo,fired_at_all_hi,fired_at_all_n\r\n",
          out);
    for (size_t i = 0; i < result->n_alerts; i++) {
        const struct cs_result_alert *alert = &result->alert[i];

        put_text(out, alert->name);
        put_text(out, alert->expr);
        put_text(out, alert->of);
        put_text(out, alert->severity);
        put_text(out, alert->note);
        put_number(out, alert->for_s, ',');
        put_estimate(out, &alert->fired);
        fputc(',', out);
        put_estimate(out, &alert->time_firing);
        fputc(',', out);
        put_estimate(out, &alert->first_at);
        fputc(',', out);
        put_estimate(out, &alert->ever);
        put_end(out);
    }
    return status(out);
}

int cs_csv_health(const struct cs_result *result, FILE *out)
{
    fputs("name,of,warning_expr,critical_expr,note,healthy,healthy_lo,healthy_hi,healthy_n,"
          "warning,warning_lo,warning_hi,warning_n,critical,critical_lo,critical_hi,"
          "critical_n\r\n",
          out);
    for (size_t i = 0; i < result->n_health; i++) {
        const struct cs_result_health *health = &result->health[i];

        put_text(out, health->name);
        put_text(out, health->of);
        put_text(out, health->warning_expr);
        put_text(out, health->critical_expr);
        put_text(out, health->note);
        put_estimate(out, &health->healthy);
        fputc(',', out);
        put_estimate(out, &health->warning);
        fputc(',', out);
        put_estimate(out, &health->critical);
        put_end(out);
    }
    return status(out);
}

int cs_csv_events(const struct cs_result *result, FILE *out)
{
    fputs("name,what,at_s,for_s,settled,settled_lo,settled_hi,settled_n,settle_s,settle_lo,"
          "settle_hi,settle_n\r\n",
          out);
    for (size_t i = 0; i < result->n_events; i++) {
        const struct cs_result_event *event = &result->event[i];

        put_text(out, event->name);
        put_text(out, event->what);
        put_number(out, event->at_s, ',');
        put_number(out, event->for_s, ',');
        put_estimate(out, &event->settled);
        fputc(',', out);
        put_estimate(out, &event->settle);
        put_end(out);
    }
    return status(out);
}

int cs_report_csv(const struct cs_result *result, FILE *out)
{
    return cs_csv_metrics(result, out);
}
