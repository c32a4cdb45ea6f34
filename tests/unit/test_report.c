/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "capsim/report.h"
#include "result_fixture.h"

static char *json_of(const struct cs_result *result)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    cr_assert_eq(cs_report_json(result, out), 0);
    fclose(out);
    return text;
}

/* cs_result_read of `text` through a file. */
static struct cs_result *read_text(const char *text, char error[256])
{
    char path[] = "/tmp/capsim-test-XXXXXX";
    int fd = mkstemp(path);

    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    struct cs_result *result = cs_result_read(path, error, 256);

    unlink(path);
    return result;
}

static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-8 * fabs(a);
}

/* Catches a field that is written and not read, or read into another. */
Test(report, json_round_trip_gives_the_same_bytes)
{
    struct cs_result *result = fixture_result(600);
    char error[256] = "";
    char *first = json_of(result);
    struct cs_result *back = read_text(first, error);

    cr_assert_not_null(back, "%s", error);
    char *second = json_of(back);

    cr_assert_str_eq(first, second);
    free(first);
    free(second);
    cs_result_free(back);
    cs_result_free(result);
}

Test(report, json_round_trip_keeps_every_number)
{
    struct cs_result *a = fixture_result(600);
    char error[256] = "";
    char *text = json_of(a);
    struct cs_result *b = read_text(text, error);

    cr_assert_not_null(b, "%s", error);
    cr_assert_eq(a->start_unix_s, b->start_unix_s);
    cr_assert_eq(a->events, b->events);
    cr_assert_eq(a->n_metrics, b->n_metrics);
    for (size_t i = 0; i < a->n_metrics; i++) {
        cr_assert(same(a->metric[i].value.mean, b->metric[i].value.mean));
        cr_assert(same(a->metric[i].value.lo, b->metric[i].value.lo));
        cr_assert_eq(a->metric[i].value.n, b->metric[i].value.n);
        cr_assert_eq(a->metric[i].n_labels, b->metric[i].n_labels);
    }
    for (size_t i = 0; i < a->series[0].n; i++)
        cr_assert(same(a->series[0].p95[i], b->series[0].p95[i]));
    cr_assert_eq(b->slo[4].verdict, CS_NOT_EXERCISED);
    cr_assert(isnan(b->slo[4].value.lo));
    cr_assert_not(b->slo[5].gate);
    cr_assert_eq(b->cap[3].value, 6000.0);
    cr_assert_str_eq(b->off[1], "Memory has no limit.");
    free(text);
    cs_result_free(a);
    cs_result_free(b);
}

Test(report, json_keeps_the_greatest_seed_and_writes_absent_numbers_as_null)
{
    struct cs_result *a = cs_result_new();
    char error[256] = "";

    a->seed = UINT64_MAX;
    a->duration_s = (double)INFINITY;
    char *text = json_of(a);

    cr_assert_not_null(strstr(text, "\"duration_s\":null"));
    struct cs_result *b = read_text(text, error);

    cr_assert_not_null(b, "%s", error);
    cr_assert_eq(b->seed, UINT64_MAX);
    cr_assert(isnan(b->duration_s));
    free(text);
    cs_result_free(a);
    cs_result_free(b);
}

/* `from` replaced once by `to` in a good file must be refused with `expected`
 * in the message. */
static void refuse(const char *from, const char *to, const char *expected)
{
    struct cs_result *result = fixture_result(7200);
    char *text = json_of(result), *at = strstr(text, from);
    char error[256] = "";

    cr_assert_not_null(at, "%s", from);
    size_t size = strlen(text) + strlen(to) + 1;
    char *broken = malloc(size);

    snprintf(broken, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    cr_assert_null(read_text(broken, error), "%s was taken", to);
    cr_assert_not_null(strstr(error, expected), "\"%s\" lacks \"%s\"", error, expected);
    free(broken);
    free(text);
    cs_result_free(result);
}

Test(report, wrong_files_are_refused_with_the_place)
{
    refuse("\"capsim\": 1", "\"capsim\": 2", "version 1");
    refuse("\"verdict\":\"missed\"", "\"verdict\":\"lost\"", "slos[0]: \"verdict\"");
    refuse("\"seed\":1,", "\"seed\":-1,", "\"seed\" is not a count");
    refuse("\"seed\":1,", "", "\"seed\" is missing");
    refuse("2025-10-06T", "2025-02-30T", "\"start\"");
    refuse("\"gate\":true", "\"gate\":1", "slos[0]: \"gate\"");
    refuse("\"p5\":[", "\"p5\":[1,", "as long as the others");
    refuse("\"step_s\":7200.0", "\"step_s\":0.0", "step_s");
    refuse("\"labels\":{}",
           "\"labels\":{\"a\":\"1\",\"b\":\"1\",\"c\":\"1\",\"d\":\"1\",\"e\":\"1\"}",
           "metrics[0]: \"labels\"");
    refuse("\"seed\":1,", "\"seed\":1,\"seed\":2,", "duplicate");
    refuse("\"checks\": [", "\"checks\": ", "not JSON: line");
}

Test(report, what_is_not_there_is_said)
{
    char error[256] = "";

    cr_assert_null(cs_result_read("/nonexistent/result.json", error, sizeof error));
    cr_assert_str_eq(error, "No such file or directory");
    cr_assert_null(read_text("", error));
    cr_assert_null(read_text("[]", error));
    cr_assert_not_null(strstr(error, "not a capsim result"));
    cr_assert_null(read_text("{\"capsim\": 1}", error));
}

Test(report, find_takes_labels_in_any_order_and_no_others)
{
    struct cs_result *r = fixture_result(7200);
    const char *two[] = {"region=iad1", "fleet=api"}, *one[] = {"fleet=api"};

    cr_assert_not_null(cs_result_find(r, "slot_utilization", "time_mean", two, 2));
    cr_assert_eq(cs_result_find(r, "slot_utilization", "time_mean", one, 1)->n_labels, 1);
    cr_assert_eq(cs_result_find(r, "slot_utilization", "time_mean", NULL, 0)->n_labels, 0);
    cr_assert_null(cs_result_find(r, "slot_utilization", "p95", NULL, 0));
    two[1] = "fleet=ap";
    cr_assert_null(cs_result_find(r, "slot_utilization", "time_mean", two, 2));
    cs_result_free(r);
}

Test(report, verdicts_have_a_sign_and_a_word)
{
    cr_assert_str_eq(cs_verdict_sign(CS_MET), "✔ met");
    cr_assert_str_eq(cs_verdict_sign(CS_MISSED), "✖ missed");
    cr_assert_str_eq(cs_verdict_sign(CS_UNDECIDED), "? undecided");
    cr_assert_str_eq(cs_verdict_sign(CS_NOT_EXERCISED), "– not exercised");
    cr_assert_str_eq(cs_verdict_word(CS_NOT_EXERCISED), "not exercised");
}

/* A full disk shows in the flush, not in the print. */
Test(report, a_full_disk_is_an_error_of_every_writer)
{
    int (*writer[])(const struct cs_result *, FILE *) = {cs_report_json, cs_report_csv};
    struct cs_result *r = fixture_result(7200);

    for (size_t i = 0; i < 3; i++) {
        FILE *out = fopen("/dev/full", "w");

        cr_assert_not_null(out);
        cr_assert_eq(i < 2 ? writer[i](r, out) : cs_report_text(r, out, 0), -1);
        fclose(out);
    }
    cs_result_free(r);
}
