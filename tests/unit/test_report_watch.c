/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts, health and error budgets as a reader sees them. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "capsim/report.h"
#include "report/html.h"
#include "report/human.h"
#include "result_fixture.h"

static char *text_of(const struct cs_result *result)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    cr_assert_eq(cs_report_text(result, out, 0), 0);
    fclose(out);
    return text;
}

static char *page_part(const struct cs_result *result)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    cs_html_watches(result, out);
    fclose(out);
    return text;
}

static void expect_has(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "%s is not in\n%s", part, text);
}

Test(report_watch, the_summary_tells_pages_health_and_budgets)
{
    struct cs_result *result = fixture_result(600);

    result->confidence = 0.95;
    char *text = text_of(result);

    expect_has(text, "Error budget\n");
    expect_has(text, "-26% (-39 to -13%)");
    expect_has(text, "critical  high_error_rate  1.25 (0.85–1.65)  1.17 h");
    expect_has(text, "- db_pool_full never fires: in at most 8.8% of windows, at 95 %");
    expect_has(text, "functions  85% (83–87%)  12% (10–14%)  3% (2–4%)");
    free(text);
    result->n_alerts = result->n_health = 0;
    text = text_of(result);
    cr_expect_null(strstr(text, "Alerts"));
    cr_expect_null(strstr(text, "Health"));
    free(text);
    cs_result_free(result);
}

Test(report_watch, the_summary_tells_events_by_the_clock)
{
    struct cs_result *result = fixture_result(600);

    fixture_events(result);
    char *text = text_of(result);

    expect_has(text, "at (UTC)  lasts  settled after        windows settled");
    expect_has(text, "  outage-<b>  09:00     5 h    5 min (4 min–6 min)  90% (85–95%)\n");
    expect_has(text, "  deploy      18:00            5 min (4 min–6 min)  90% (85–95%)\n");
    expect_has(text, "\n  - deploy: deployment of all fleets\n"); /* whole, however long */
    free(text);
    result->duration_s = 2 * 86400;
    text = text_of(result);
    expect_has(text, "Mon 2025-10-06 18:00");
    free(text);
    cs_result_free(result);
}

/* Steps of one shade are one rectangle; what is never on has none. */
Test(report_watch, the_strip_of_time_has_a_rectangle_a_run)
{
    struct cs_result *result = fixture_result(600);
    struct cs_result_series *series = NULL;

    for (size_t i = 0; i < result->n_series; i++)
        if (strcmp(result->series[i].name, "alert_firing") == 0)
            series = &result->series[i];
    cr_assert_not_null(series);
    for (size_t i = 0; i < series->n; i++)
        series->mean[i] = i < 10 ? 0 : i < 30 ? 0.5 : i < 40 ? 0.001 : i == 50 ? 1 : 0;
    char *page = page_part(result);
    size_t n = 0;

    expect_has(page, "x=\"10\" width=\"20\" height=\"1\" fill-opacity=\"0.50\"");
    expect_has(page, "x=\"30\" width=\"10\" height=\"1\" fill-opacity=\"0.05\"");
    expect_has(page, "x=\"50\" width=\"1\" height=\"1\" fill-opacity=\"1.00\"");
    for (const char *p = page; (p = strstr(p, "fill-opacity")) != NULL; p++)
        n++;
    cr_expect_eq(n, 3);
    expect_has(page, "<rect class=\"is-warning\" x=\"85.000\" width=\"12.000\" height=\"1\"/>");
    expect_has(page, "<li>db_pool_full: it never fired.</li>");
    free(page);
    result->alert[0].name = "<script>x</script>";
    result->alert[0].expr = "\"><img>";
    page = page_part(result);
    cr_expect_null(strstr(page, "<script"));
    cr_expect_null(strstr(page, "<img"));
    free(page);
    result->n_alerts = result->n_health = 0;
    page = page_part(result);
    cr_expect_str_eq(page, "");
    free(page);
    cs_result_free(result);
}
