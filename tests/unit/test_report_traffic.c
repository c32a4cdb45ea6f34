/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the summary tells of each mechanism, and in which order. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "capsim/report.h"
#include "report/explain_view.h"
#include "report/human.h"
#include "report/view.h"
#include "result_fixture.h"

static char *text_of(const struct cs_result *r, int color)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    cr_assert_eq(cs_report_text(r, out, color), 0);
    fclose(out);
    return text;
}

static bool has_row(const char *text, const char *words)
{
    char row[128];

    snprintf(row, sizeof row, "\n  %s ", words);
    return strstr(text, row) != NULL;
}

/* What every result has, whatever its scenario, is told where it is on alone. */
Test(report_traffic, the_summary_tells_mechanisms_that_are_on)
{
    static const char *const always_there[] = {
        "user_requests_total", "cdn_hits_total", "database_failures_total",
        "dependency_fallbacks_total", "breaker_short_circuited_total"};
    static const char *const mine[] = {"requests of users, after retries",
                                       "answered at the edge",
                                       "failures of databases",
                                       "calls that fell back",
                                       "retries",
                                       "breakers opened",
                                       "instances killed, out of memory",
                                       "databases up, db"};
    struct cs_result *r = fixture_result(7200);

    for (size_t i = 0; i < 5; i++)
        fixture_metric(r, always_there[i], "", "count", "requests", i == 0 ? 1000 : 0);
    fixture_metric(r, "user_requests_total", "code=200", "count", "requests", 970);
    fixture_metric(r, "user_requests_total", "code=503", "count", "requests", 30);
    fixture_metric(r, "database_up", "", "time_mean", "databases", 1);
    fixture_metric(r, "database_up", "database=db", "time_mean", "databases", 1);
    char *text = text_of(r, 0);

    for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++)
        cr_expect_not(has_row(text, mine[i]), "%s", mine[i]);
    free(text);
    r->metric[r->n_metrics - 1].value.mean = 0.987;
    for (size_t i = 0; i < r->n_metrics; i++)
        if (r->metric[i].n_labels == 0 && r->metric[i].value.mean == 0)
            r->metric[i].value.mean = 7;
    fixture_metric(r, "retries_total", "", "count", "requests", 60);
    fixture_metric(r, "breaker_opened_total", "", "count", "openings", 3);
    fixture_metric(r, "oom_kills_total", "", "count", "instances", 5);
    text = text_of(r, 0);
    for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++)
        cr_expect(has_row(text, mine[i]), "%s in\n%s", mine[i], text);
    const char *users = strstr(text, "\n  requests of users, after retries");

    cr_assert_not_null(users);
    users = strstr(users + 1, "\n") + 1;
    cr_expect_eq(strncmp(users, "    answered 200 ", 17), 0, "the one that they want");
    cr_expect_lt(strstr(users, " 970 "), strstr(users, "\n"));
    users = strstr(users, "\n") + 1;
    cr_expect_neq(strncmp(users, "    answered", 12), 0, "and no other");
    cr_expect_not_null(strstr(text, "98.7%"), "a share, not a number of databases");
    free(text);
    cs_result_free(r);
}

/* Parts by one label stand together, however they were registered. */
Test(report_traffic, parts_of_a_row_are_grouped_by_their_label)
{
    static const char *const name[] = {"requests_total"}, *const stat[] = {"count"};
    static const char *const wanted[] = {"", "a", "b", "200", "503"};
    struct cs_result *r = fixture_result(7200);
    struct cs_view view;

    r->n_metrics = 0;
    fixture_metric(r, name[0], "function=a", "count", "requests", 4);
    fixture_metric(r, name[0], "code=200", "count", "requests", 8);
    fixture_metric(r, name[0], "", "count", "requests", 9); /* the total is first */
    fixture_metric(r, name[0], "function=b", "count", "requests", 5);
    fixture_metric(r, name[0], "code=503", "count", "requests", 1);
    cs_view_select(&view, r, name, 1, stat, 1);
    cr_assert_eq(view.n, 5);
    cr_expect_eq(view.row[0].metric->n_labels, 0);
    for (size_t i = 1; i < 5; i++)
        cr_expect_str_eq(view.row[i].metric->label[0].value, wanted[i]);
    cs_view_release(&view);
    cs_result_free(r);
}

/* What is next to unused is not "used up at 1510277x". */
Test(report_traffic, a_load_is_told_as_far_as_it_says_anything)
{
    char buf[CS_HUMAN_SIZE];

    cr_expect_str_eq(cs_load_text(buf, &(struct cs_estimate){1.812, 1.804, 1.82, 9}),
                     "1.81x (1.80–1.82x)");
    cr_expect_str_eq(cs_load_text(buf, &(struct cs_estimate){999, (double)NAN, (double)NAN, 1}),
                     "999x");
    cr_expect_str_eq(cs_load_text(buf, &(struct cs_estimate){1510277, 7e5, 9e6, 9}),
                     "over 1000x");
}
