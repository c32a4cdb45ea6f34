/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "report/escape.h"
#include "report/html.h"
#include "report/human.h"

/* ---- a strip of time: the darker, the more replications ---- */

static const struct cs_result_series *find_series(const struct cs_result *result,
                                                  const char *name, const char *of)
{
    for (size_t i = 0; i < result->n_series; i++) {
        const struct cs_result_series *series = &result->series[i];

        if (strcmp(series->name, name) == 0 && series->n_labels == 1 &&
            strcmp(series->label[0].value, of) == 0)
            return series;
    }
    return NULL;
}

/* In twentieths, so that like steps make one rectangle; a trace of it shows. */
static int shade(double share)
{
    if (!(share > 0))
        return 0;
    return share < 0.05 ? 1 : (int)lround(fmin(share, 1) * 20);
}

static void put_runs(const struct cs_result_series *series, const char *class, FILE *out)
{
    if (series == NULL)
        return;
    for (size_t i = 0, end; i < series->n; i = end) {
        int now = shade(series->mean[i]);

        for (end = i + 1; end < series->n && shade(series->mean[end]) == now; end++)
            continue;
        if (now > 0)
            fprintf(out,
                    "<rect class=\"%s\" x=\"%zu\" width=\"%zu\" height=\"1\" "
                    "fill-opacity=\"%.2f\"/>",
                    class, i, end - i, now / 20.0);
    }
}

static void put_strip(const struct cs_result_series *worse, const char *worse_class,
                      const struct cs_result_series *bad, FILE *out)
{
    size_t n = worse != NULL ? worse->n : 1;

    fprintf(out,
            "<svg class=\"strip\" viewBox=\"0 0 %zu 1\" preserveAspectRatio=\"none\" "
            "role=\"img\" aria-label=\"over time\">",
            n);
    put_runs(bad, "is-warning", out);
    put_runs(worse, worse_class, out);
    fputs("</svg>", out);
}

/* ---- cells ---- */

static void put_name(FILE *out, const char *name, const char *of, const char *first,
                     const char *second)
{
    fputs("<tr><th scope=\"row\">", out);
    cs_escape_html(out, name, CS_HTML_NAME);
    fputs("<small><code>", out);
    cs_escape_html(out, first, CS_HTML_TEXT);
    fputs("</code>", out);
    if (*second != '\0') {
        fputs("<br><code>", out);
        cs_escape_html(out, second, CS_HTML_TEXT);
        fputs("</code>", out);
    }
    if (*of != '\0') {
        fputs(" of ", out);
        cs_escape_html(out, of, CS_HTML_NAME);
    }
}

static void put_estimate(FILE *out, const struct cs_estimate *estimate, const char *unit)
{
    char mean[CS_HUMAN_SIZE], interval[CS_HUMAN_SIZE];

    fprintf(out, "<td>%s", cs_human_mean(mean, estimate, unit));
    cs_human_interval(interval, estimate, unit);
    if (interval[0] != '\0')
        fprintf(out, "<small>%s</small>", interval);
    fputs("</td>", out);
}

static void put_span(FILE *out, const struct cs_estimate *seconds)
{
    char mean[CS_HUMAN_SIZE], lo[CS_HUMAN_SIZE], hi[CS_HUMAN_SIZE];

    if (isnan(seconds->mean)) {
        fputs("<td>–</td>", out);
        return;
    }
    fprintf(out, "<td>%s", cs_human_span(mean, round(seconds->mean)));
    if (!isnan(seconds->lo))
        fprintf(out, "<small>%s–%s</small>", cs_human_span(lo, round(seconds->lo)),
                cs_human_span(hi, round(seconds->hi)));
    fputs("</td>", out);
}

/* ---- sections ---- */

static void put_alert(const struct cs_result *result, const struct cs_result_alert *alert,
                      FILE *out)
{
    char hold[CS_HUMAN_SIZE];
    bool is_critical = strcmp(alert->severity, "critical") == 0;

    put_name(out, alert->name, alert->of, alert->expr, "");
    if (alert->for_s > 0)
        fprintf(out, " for %s", cs_human_span(hold, alert->for_s));
    fputs(", ", out);
    cs_escape_html(out, alert->severity, CS_HTML_NAME);
    fputs("</small></th><td class=\"time\">", out);
    put_strip(find_series(result, "alert_firing", alert->name),
              is_critical ? "is-critical" : "is-warning", NULL, out);
    fputs("</td>", out);
    put_estimate(out, &alert->fired, "");
    put_span(out, &alert->time_firing);
    put_span(out, &alert->first_at);
    put_estimate(out, &alert->ever, "1");
    fputs("</tr>\n", out);
}

/* The first note opens the list; whether it is open. */
static bool put_note(FILE *out, bool is_open, const char *name, const char *note)
{
    if (*note == '\0')
        return is_open;
    fputs(is_open ? "<li>" : "<details><summary>Notes</summary><ul>\n<li>", out);
    cs_escape_html(out, name, CS_HTML_NAME);
    fputs(": ", out);
    cs_escape_html(out, note, CS_HTML_TEXT);
    fputs(".</li>\n", out);
    return true;
}

static void put_alerts(const struct cs_result *result, FILE *out)
{
    bool any = false;
    char window[CS_HUMAN_SIZE];

    fprintf(
        out,
        "<section>\n<h2>Alerts</h2>\n<p class=\"intro\">Each rule is looked at every sample, "
        "on the range written in it. Pages and time firing are of the measured window of "
        "%s; the first firing is the mean of the windows in which it fired, from the start "
        "of the window. The darker the strip, the more replications fire at that time.</p>\n"
        "<div class=\"scroll\"><table class=\"watch\"><thead><tr><td></td>"
        "<th>over the window</th><th>pages</th><th>time firing</th><th>first at</th>"
        "<th>windows with a page</th></tr></thead>\n<tbody>\n",
        cs_human_span(window, result->duration_s));
    for (size_t i = 0; i < result->n_alerts; i++)
        put_alert(result, &result->alert[i], out);
    fputs("</tbody></table></div>\n", out);
    for (size_t i = 0; i < result->n_alerts; i++)
        any = put_note(out, any, result->alert[i].name, result->alert[i].note);
    fputs(any ? "</ul></details>\n" : "", out);
    fputs("</section>\n", out);
}

static void put_part(FILE *out, const char *class, double from, double share)
{
    if (share > 0)
        fprintf(out, "<rect class=\"%s\" x=\"%.3f\" width=\"%.3f\" height=\"1\"/>", class,
                100 * from, 100 * share);
}

static void put_health(const struct cs_result *result, const struct cs_result_health *health,
                       FILE *out)
{
    put_name(out, health->name, health->of,
             *health->warning_expr != '\0' ? health->warning_expr : health->critical_expr,
             *health->warning_expr != '\0' ? health->critical_expr : "");
    fputs("</small></th><td class=\"time\"><svg class=\"bar\" viewBox=\"0 0 100 1\" "
          "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"shares of time\">",
          out);
    put_part(out, "is-healthy", 0, health->healthy.mean);
    put_part(out, "is-warning", health->healthy.mean, health->warning.mean);
    put_part(out, "is-critical", health->healthy.mean + health->warning.mean,
             health->critical.mean);
    fputs("</svg>", out);
    put_strip(find_series(result, "health_critical", health->name), "is-critical",
              find_series(result, "health_warning", health->name), out);
    fputs("</td>", out);
    put_estimate(out, &health->healthy, "1");
    put_estimate(out, &health->warning, "1");
    put_estimate(out, &health->critical, "1");
    fputs("</tr>\n", out);
}

static void put_healths(const struct cs_result *result, FILE *out)
{
    bool any = false;

    fputs(
        "<section>\n<h2>Health</h2>\n<p class=\"intro\">Share of the window’s time in each "
        "state. Above, the shares as a bar: green healthy, amber warning, red critical. Below, "
        "when: the darker, the more replications.</p>\n"
        "<div class=\"scroll\"><table class=\"watch\"><thead><tr><td></td>"
        "<th>shares, and when</th><th>healthy</th><th>warning</th><th>critical</th></tr>"
        "</thead>\n<tbody>\n",
        out);
    for (size_t i = 0; i < result->n_health; i++)
        put_health(result, &result->health[i], out);
    fputs("</tbody></table></div>\n", out);
    for (size_t i = 0; i < result->n_health; i++)
        any = put_note(out, any, result->health[i].name, result->health[i].note);
    fputs(any ? "</ul></details>\n</section>\n" : "</section>\n", out);
}

/* On the clock of the figures, and after how long. */
static void put_instant(const struct cs_result *result, double at_s, FILE *out)
{
    char when[CS_HUMAN_SIZE], after[CS_HUMAN_SIZE];

    fprintf(out, "<td>%s<small>after %s</small></td>",
            cs_clock_mark(when, result->start_unix_s, result->duration_s, at_s),
            cs_human_span(after, at_s));
}

static void put_event(const struct cs_result *result, size_t i, FILE *out)
{
    const struct cs_result_event *event = &result->event[i];
    char text[CS_HUMAN_SIZE];

    fputs("<tr><th scope=\"row\">", out);
    if (cs_figure_letter(i) != 0)
        fprintf(out, "<b>%c</b>&nbsp; ", cs_figure_letter(i));
    cs_escape_html(out, event->name, CS_HTML_NAME);
    fputs("<small>", out);
    cs_escape_html(out, event->what, CS_HTML_TEXT);
    fputs("</small></th>", out);
    put_instant(result, event->at_s, out);
    fprintf(out, "<td>%s</td>", isnan(event->for_s) ? "–" : cs_human_span(text, event->for_s));
    put_span(out, &event->settle);
    put_estimate(out, &event->settled, "1");
    fputs("</tr>\n", out);
}

static void put_events(const struct cs_result *result, FILE *out)
{
    fputs("<section>\n<h2>Events</h2>\n<p class=\"intro\">What happens on the clock, and how "
          "long after its end (after the instant of a change that stays) it takes until p95, "
          "errors, limits, instances, waiting and connections keep to the band in which they "
          "stay.</p>\n"
          "<div class=\"scroll\"><table class=\"watch\"><thead><tr><td></td><th>at (UTC)</th>"
          "<th>lasts</th><th>settled after</th><th>windows in which it settled</th></tr>"
          "</thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < result->n_events; i++)
        put_event(result, i, out);
    fputs("</tbody></table></div>\n</section>\n", out);
}

void cs_html_watches(const struct cs_result *result, FILE *out)
{
    if (result->n_events > 0)
        put_events(result, out);
    if (result->n_alerts > 0)
        put_alerts(result, out);
    if (result->n_health > 0)
        put_healths(result, out);
}
