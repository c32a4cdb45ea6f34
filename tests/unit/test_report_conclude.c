/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "capsim/report.h"
#include "report/conclude.h"
#include "report/human.h"
#include "result_fixture.h"

/* A result that has all that a fixed number of replications leaves out. */
static struct cs_result *made(void)
{
    struct cs_result *r = fixture_result(600);

    r->estimand = CS_STEADY;
    r->confidence = 0.995;
    r->is_interrupted = true;
    r->stopping = (struct cs_result_stopping){20, 200, 10, 4, 0.05, 0.0625, false};
    r->joint = (struct cs_result_joint){5, 3, {0.075, 0.0157, 0.2039, 40}};
    r->slo[2].needed = 120;
    r->slo[2].doubt = 0.31;
    r->slo[1].split = (struct cs_result_split){true, {0.25, 0.0866, 0.4910, 20}, 0.5, 31.0};
    r->slo[1].median = (struct cs_estimate){0.61, 0.6, 0.63, 40};
    return r;
}

static struct cs_result *round_trip(const struct cs_result *result)
{
    char path[] = "/tmp/capsim-test-XXXXXX", error[256] = "";
    int fd = mkstemp(path);
    FILE *out = fdopen(fd, "w");

    cr_assert_eq(cs_report_json(result, out), 0);
    fclose(out);
    struct cs_result *back = cs_result_read(path, error, sizeof error);

    unlink(path);
    cr_assert_not_null(back, "%s", error);
    return back;
}

Test(report_conclude, json_keeps_what_was_concluded)
{
    struct cs_result *a = made(), *b = round_trip(a);

    cr_expect_eq(b->estimand, CS_STEADY);
    cr_expect(b->confidence == 0.995 && b->is_interrupted);
    cr_expect_eq(b->stopping.min, 20);
    cr_expect_eq(b->stopping.max, 200);
    cr_expect_eq(b->stopping.looks, 10);
    cr_expect_eq(b->stopping.looked, 4);
    cr_expect(b->stopping.asked == 0.05 && b->stopping.achieved == 0.0625);
    cr_expect_not(b->stopping.is_reached);
    cr_expect_eq(b->joint.n, 5);
    cr_expect_eq(b->joint.decided, 3);
    cr_expect(b->joint.all_met.hi == 0.2039);
    cr_expect_eq(b->slo[2].needed, 120);
    cr_expect(b->slo[2].doubt == 0.31);
    cr_expect(b->slo[1].split.is_split && !b->slo[2].split.is_split);
    cr_expect(b->slo[1].split.worse.lo == 0.0866 && b->slo[1].split.worse_mean == 31.0);
    cr_expect(b->slo[1].split.better_mean == 0.5);
    cr_expect(b->slo[1].median.lo == 0.6 && b->slo[1].median.n == 40);
    cs_result_free(b);
    cs_result_free(a);
}

static void expect_sentence(const struct cs_result *r, size_t i, size_t n, const char *expected)
{
    char sentence[CS_CONCLUDE_MAX][CS_CONCLUDE_SIZE];

    cr_assert_eq(cs_conclude(r, sentence), n);
    cr_expect_str_eq(sentence[i], expected);
}

Test(report_conclude, sentences)
{
    struct cs_result *r = made();

    expect_sentence(r, 0, 4, "Every number is of the steady state: this load held for ever.");
    expect_sentence(r, 1, 4,
                    "Intervals hold at 95% over all 10 planned looks, each at 99.5%; where "
                    "none is shown, the value was always the same.");
    expect_sentence(r, 2, 4,
                    "Precision: values of objectives within 6.2%, 5% asked; interrupted after "
                    "40 replications, look 4 of 10.");
    expect_sentence(r, 3, 4,
                    "Together: all gating objectives held in 7.5% (1.6–20.4%) of "
                    "replications; 3 of 5 verdicts hold with 95% joint confidence (Holm).");
    cs_result_free(r);
    r = fixture_result(600);
    expect_sentence(r, 0, 2,
                    "Every number is of a terminating window: these 24 h, from their own "
                    "start.");
    expect_sentence(r, 1, 2,
                    "Intervals are of 95%, across replications; where none is shown, the value "
                    "was always the same.");
    r->replications = 1;
    expect_sentence(r, 1, 2, "One replication gives no intervals, but for shares of windows.");
    cs_result_free(r);
}

Test(report_conclude, two_outcomes_replace_the_mean)
{
    struct cs_result *r = made();
    char value[CS_HUMAN_SIZE], *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    cr_expect_str_eq(cs_conclude_value(value, &r->slo[1]), "P(near 31 s) 25% (9–49%)");
    cr_expect_not_null(strstr(cs_conclude_value(value, &r->slo[0]), "99.8"));
    cr_assert_eq(cs_report_text(r, out, 0), 0);
    fclose(out);
    cr_expect_not_null(strstr(text, "P(near 31 s) 25%"));
    cr_expect_not_null(strstr(text, "steady state"));
    free(text);
    cs_result_free(r);
}

Test(report_conclude, within_is_the_widest)
{
    struct cs_result_metric narrow = {.value = {2.0, 1.9, 2.1, 9}},
                            wide = {.value = {4.0, 3.9, 5.0, 9}},
                            none = {.value = {4.0, (double)NAN, (double)NAN, 9}},
                            zero = {.value = {0.0, 0.0, 1.0, 9}};
    const struct cs_result_metric *both[] = {&narrow, NULL, &wide, &none};
    const struct cs_result_metric *neither[] = {&none, &zero, NULL};
    char buf[CS_HUMAN_SIZE];

    cr_expect_str_eq(cs_conclude_within(buf, both, 4), "±25%");
    cr_expect_str_eq(cs_conclude_within(buf, both, 1), "±5.0%");
    cr_expect_str_eq(cs_conclude_within(buf, neither, 3), "–");
}
