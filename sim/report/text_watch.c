/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/human.h"
#include "report/table.h"
#include "report/text.h"

enum { NAME_WIDTH = 28, TEXT = 2 * CS_HUMAN_SIZE };

static void add_estimate(struct cs_table *table, const struct cs_estimate *estimate,
                         const char *unit)
{
    char text[CS_HUMAN_SIZE];

    cs_table_add(table, cs_human_estimate(text, estimate, unit), 0);
}

static void add_head(struct cs_table *table, const char *const *head, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cs_table_add(table, head[i], 0);
}

/* ---- error budgets ---- */

static const char *budget_color(const struct cs_result_slo *slo)
{
    return slo->budget_left.mean <= 0 ? "\033[31;1m" : "\033[32m";
}

void cs_text_budgets(const struct cs_result *result, FILE *out, int color)
{
    static const char *const head[] = {"", "left", "burn", "P(all spent in a window)"};
    struct cs_table table;
    size_t n = 0;

    cs_table_init(&table, "llll");
    add_head(&table, head, 4);
    for (size_t i = 0; i < result->n_slos; i++) {
        const struct cs_result_slo *slo = &result->slo[i];

        if (slo->burn.n == 0)
            continue;
        n++;
        cs_table_add(&table, slo->name, NAME_WIDTH);
        add_estimate(&table, &slo->budget_left, "1");
        cs_table_color(&table, budget_color(slo));
        add_estimate(&table, &slo->burn, "");
        add_estimate(&table, &slo->p_exhausted, "1");
    }
    if (n > 0) {
        fprintf(out, "\n%sError budget%s\n", color ? "\033[1m" : "", color ? "\033[0m" : "");
        cs_table_print(&table, out, color);
    }
    cs_table_release(&table);
}

/* ---- alerts ---- */

static const char *severity_color(const char *severity)
{
    if (strcmp(severity, "critical") == 0)
        return "\033[31;1m";
    return strcmp(severity, "warning") == 0 ? "\033[33m" : "\033[2m";
}

static const char *span_text(char *buf, const struct cs_estimate *seconds)
{
    char mean[CS_HUMAN_SIZE], lo[CS_HUMAN_SIZE], hi[CS_HUMAN_SIZE];

    cs_human_span(mean, round(seconds->mean));
    if (isnan(seconds->lo))
        snprintf(buf, TEXT, "%.40s", mean);
    else
        snprintf(buf, TEXT, "%.40s (%.30s–%.30s)", mean, cs_human_span(lo, round(seconds->lo)),
                 cs_human_span(hi, round(seconds->hi)));
    return buf;
}

static void add_alert(struct cs_table *table, const struct cs_result_alert *alert)
{
    char text[TEXT];

    cs_table_add(table, alert->severity, 0);
    cs_table_color(table, severity_color(alert->severity));
    cs_table_add(table, alert->name, NAME_WIDTH);
    add_estimate(table, &alert->fired, "");
    cs_table_add(table, span_text(text, &alert->time_firing), 0);
    cs_table_add(table, span_text(text, &alert->first_at), 0);
    add_estimate(table, &alert->ever, "1");
}

static void put_silent(const struct cs_result *result, FILE *out)
{
    size_t n = 0;

    for (size_t i = 0; i < result->n_alerts; i++) {
        const struct cs_result_alert *alert = &result->alert[i];
        char text[TEXT], most[CS_HUMAN_SIZE];

        if (alert->ever.mean > 0)
            continue;
        snprintf(text, sizeof text, "%.60s never fires: in at most %.30s of windows, at %g %%",
                 alert->name, cs_human_value(most, alert->ever.hi, "1"),
                 100 * result->confidence);
        cs_text_wrapped(out, "-", text);
        n++;
    }
}

void cs_text_alerts(const struct cs_result *result, FILE *out, int color)
{
    static const char *const head[] = {"",       "",         "pages a window",
                                       "firing", "first at", "in windows"};
    struct cs_table table;
    size_t n = 0;

    if (result->n_alerts == 0)
        return;
    fprintf(out, "\n%sAlerts%s\n", color ? "\033[1m" : "", color ? "\033[0m" : "");
    cs_table_init(&table, "llllll");
    add_head(&table, head, 6);
    for (size_t i = 0; i < result->n_alerts; i++) {
        if (!(result->alert[i].ever.mean > 0))
            continue;
        add_alert(&table, &result->alert[i]);
        n++;
    }
    if (n > 0)
        cs_table_print(&table, out, color);
    cs_table_release(&table);
    put_silent(result, out);
}

/* ---- dashboards ---- */

void cs_text_health(const struct cs_result *result, FILE *out, int color)
{
    static const char *const head[] = {"", "healthy", "warning", "critical"};
    struct cs_table table;

    if (result->n_health == 0)
        return;
    fprintf(out, "\n%sHealth, share of time%s\n", color ? "\033[1m" : "",
            color ? "\033[0m" : "");
    cs_table_init(&table, "llll");
    add_head(&table, head, 4);
    for (size_t i = 0; i < result->n_health; i++) {
        const struct cs_result_health *health = &result->health[i];

        cs_table_add(&table, health->name, NAME_WIDTH);
        add_estimate(&table, &health->healthy, "1");
        add_estimate(&table, &health->warning, "1");
        add_estimate(&table, &health->critical, "1");
    }
    cs_table_print(&table, out, color);
    cs_table_release(&table);
}

/* ---- events ---- */

void cs_text_events(const struct cs_result *result, FILE *out, int color)
{
    static const char *const head[] = {"", "at (UTC)", "lasts", "settled after",
                                       "windows settled"};
    struct cs_table table;

    if (result->n_events == 0)
        return;
    fprintf(out, "\n%sEvents%s\n", color ? "\033[1m" : "", color ? "\033[0m" : "");
    cs_table_init(&table, "lllll");
    add_head(&table, head, 5);
    for (size_t i = 0; i < result->n_events; i++) {
        const struct cs_result_event *event = &result->event[i];
        char text[TEXT];

        cs_table_add(&table, event->name, NAME_WIDTH);
        cs_table_add(&table,
                     cs_clock_mark(text, result->start_unix_s, result->duration_s, event->at_s),
                     0);
        cs_table_add(&table, isnan(event->for_s) ? "" : cs_human_span(text, event->for_s), 0);
        cs_table_add(&table, isnan(event->settle.mean) ? "–" : span_text(text, &event->settle),
                     0);
        add_estimate(&table, &event->settled, "1");
    }
    cs_table_print(&table, out, color);
    cs_table_release(&table);
    for (size_t i = 0; i < result->n_events; i++) {
        char text[3 * TEXT];

        snprintf(text, sizeof text, "%.60s: %.400s", result->event[i].name,
                 result->event[i].what);
        cs_text_wrapped(out, "-", text);
    }
}
