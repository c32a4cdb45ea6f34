/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "capsim/report.h"
#include "report/csv.h"
#include "report/escape.h"
#include "report/human.h"
#include "report/view.h"
#include "result_fixture.h"

#define HOSTILE "<script>alert('x')</script>\"`rm`$(id)\033[31m\r\n\xff\xe2\x80\xae&amp;@CARDS@"

static char *caught(void (*put)(FILE *, const char *, size_t), const char *text, size_t max)
{
    char *result = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&result, &size);

    put(out, text, max);
    fclose(out);
    return result;
}

static char *text_of(const struct cs_result *r, int color)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    cr_assert_eq(cs_report_text(r, out, color), 0);
    fclose(out);
    return text;
}

static void value_is(double value, const char *unit, const char *expected)
{
    char buf[CS_HUMAN_SIZE];

    cr_assert_str_eq(cs_human_value(buf, value, unit), expected);
}

Test(report_text, values_have_human_units)
{
    value_is(0.619, "seconds", "619 ms");
    value_is(0.9999, "seconds", "1.00 s");
    value_is(0.00434, "seconds", "4.34 ms");
    value_is(0.0000312, "seconds", "31.2 µs");
    value_is(75.26, "seconds", "75.3 s");
    value_is(0, "seconds", "0 s");
    value_is(0.5, "1", "50%");
    value_is(0.9995, "1", "99.95%");
    value_is(0.99937, "1", "99.937%");
    value_is(0.00012, "1", "0.012%");
    value_is(1, "1", "100%");
    value_is(1 - 1e-9, "1", ">99.9999%");
    value_is(1234567.4, "requests", "1,234,567");
    value_is(58.34, "connections", "58.3");
    value_is(7, "instances", "7");
    value_is(0.000037, "instances", "0.000037"); /* never an exponent */
    value_is(0.00046, "instances", "0.00046");
    value_is(1e-12, "instances", "<0.0000001");
    value_is((double)NAN, "seconds", "–");
}

Test(report_text, intervals_share_their_unit_and_digits)
{
    char buf[CS_HUMAN_SIZE];
    struct cs_estimate e = {0.619, 0.607, 0.631, 40};
    struct cs_estimate share = {0.98, 0.95, 1.03, 40}, none = {2, (double)NAN, (double)NAN, 1};
    struct cs_estimate fine = {0.00126, 0.001235, 0.001285, 40};

    cr_assert_str_eq(cs_human_estimate(buf, &e, "seconds"), "619 ms (607–631 ms)");
    e.hi = 1.2;
    cr_assert_str_eq(cs_human_interval(buf, &e, "seconds"), "607–1200 ms");
    e = (struct cs_estimate){0.42034, 0.42032, 0.42037, 40}; /* does not vanish */
    cr_assert_str_eq(cs_human_estimate(buf, &e, "seconds"), "420.34 ms (420.32–420.37 ms)");
    cr_assert_str_eq(cs_human_estimate(buf, &share, "1"), "98% (95–100%)");
    cr_assert_str_eq(cs_human_estimate(buf, &fine, "1"), "0.126% (0.123–0.129%)");
    cr_assert_str_eq(cs_human_estimate(buf, &none, "seconds"), "2 s");
}

Test(report_text, clock_goes_there_and_back)
{
    /* Known instants: the epoch, a leap day, a Monday, the ends. */
    static const struct {
        double unix_s;
        const char *text;
    } known[] = {{0, "1970-01-01T00:00:00Z"},
                 {951782400, "2000-02-29T00:00:00Z"},
                 {1759708800, "2025-10-06T00:00:00Z"},
                 {4102444799, "2099-12-31T23:59:59Z"},
                 {-62135596800, "0001-01-01T00:00:00Z"},
                 {253402300799, "9999-12-31T23:59:59Z"}};
    char buf[CS_HUMAN_SIZE];
    double back;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        cr_assert_str_eq(cs_clock_format(buf, known[i].unix_s), known[i].text);
        cr_assert(cs_clock_parse(known[i].text, &back));
        cr_assert_eq(back, known[i].unix_s);
    }
    for (double t = -62135596800; t < 253402300799; t += 86400.0 * 353 + 4321) {
        cr_assert(cs_clock_parse(cs_clock_format(buf, t), &back));
        cr_assert_eq(back, t);
    }
    cr_assert_str_eq(cs_clock_day(buf, 1759708800), "Mon 2025-10-06 00:00");
    cr_assert_not(cs_clock_parse("2025-02-29T00:00:00Z", &back));
    cr_assert_not(cs_clock_parse("2025-10-06 00:00:00Z", &back));
    cr_assert_not(cs_clock_parse("2025-10-06T24:00:00Z", &back));
}

Test(report_text, utf8_that_is_not_becomes_the_replacement)
{
    static const struct {
        const char *bytes;
        uint32_t first;
    } known[] = {{"\xc3\xa9", 0xE9},   {"\xe2\x82\xac", 0x20AC}, {"\xf0\x9f\x98\x80", 0x1F600},
                 {"\xc0\xaf", 0xFFFD}, {"\xed\xa0\x80", 0xFFFD}, {"\xf4\x90\x80\x80", 0xFFFD},
                 {"\xe2\x82", 0xFFFD}, {"\x80", 0xFFFD},         {"\xe2\x80\xae", 0xFFFD}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *p = known[i].bytes;

        cr_assert_eq(cs_utf8_next(&p), known[i].first, "row %zu", i);
    }
    char *clean = cs_utf8_clean("a\xff\xc3\xa9");

    cr_assert_str_eq(clean, "a\xef\xbf\xbd\xc3\xa9");
    free(clean);
}

Test(report_text, html_is_text_only)
{
    char *text = caught(cs_escape_html, HOSTILE, 0);

    cr_assert_null(strpbrk(text, "<>\"'\033\r"));
    cr_assert_not_null(strstr(text, "&lt;script&gt;alert(&#39;x&#39;)"));
    cr_assert_not_null(strstr(text, "&amp;amp;"));
    free(text);
    text = caught(cs_escape_html, "abcdef", 4);
    cr_assert_str_eq(text, "abc…");
    free(text);
    text = caught(cs_escape_html, "abcd", 4);
    cr_assert_str_eq(text, "abcd");
    free(text);
}

Test(report_text, terminal_text_is_one_line_without_control_bytes)
{
    char *text = caught(cs_escape_term, HOSTILE "\x7f\xc2\x9b", 0);

    for (const char *p = text; *p != '\0'; p++)
        cr_assert((unsigned char)*p >= 0x20 && (unsigned char)*p != 0x7F);
    cr_assert_null(strstr(text, "\xc2\x9b"), "an 8-bit control sequence starts");
    free(text);
}

static void csv_is(const char *text, const char *expected)
{
    char *result = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&result, &size);

    cs_escape_csv(out, text);
    fclose(out);
    cr_assert_str_eq(result, expected);
    free(result);
}

Test(report_text, csv_cells_are_quoted_and_never_formulas)
{
    csv_is("plain", "plain");
    csv_is("a,b", "\"a,b\"");
    csv_is("say \"hi\"", "\"say \"\"hi\"\"\"");
    csv_is("two\nlines", "\"two\nlines\"");
    csv_is("=1+1", "'=1+1");
    csv_is("+1", "'+1");
    csv_is("-1", "'-1");
    csv_is("@SUM(A1)", "'@SUM(A1)");
    csv_is("\tx", "'\tx");
    csv_is("\rx", "\"'\rx\"");
    csv_is("=a,b", "\"'=a,b\"");
    csv_is("", "");
}

Test(report_text, csv_tables_have_units_and_empty_cells_for_what_is_absent)
{
    struct cs_result *r = fixture_result(7200);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    r->metric[0].value = (struct cs_estimate){-2.5, (double)NAN, (double)NAN, 1};
    cr_assert_eq(cs_csv_metrics(r, out), 0);
    cr_assert_eq(cs_csv_slos(r, out), 0);
    fclose(out);
    cr_assert_eq(strncmp(text, "name,labels,stat,unit,mean,lo,hi,n\r\n", 36), 0);
    /* A negative number is a number: no apostrophe. */
    cr_assert_not_null(strstr(text, "requests_total,,count,requests,-2.5,,,1\r\n"));
    cr_assert_not_null(strstr(text, "database,database_up >= 99.95%,database: supabase,1,"
                                    "not exercised,\"The scenario has no failures, so"));
    free(text);
    cs_result_free(r);
}

Test(report_text, series_are_a_row_a_step)
{
    struct cs_result *r = fixture_result(7200);
    char *text = NULL;
    size_t size = 0, rows = 0;
    FILE *out = open_memstream(&text, &size);

    cr_assert_eq(cs_csv_series(r, out), 0);
    fclose(out);
    for (const char *p = text; (p = strstr(p, "\r\n")) != NULL; p += 2)
        rows++;
    cr_assert_eq(rows, 1 + r->n_series * 12);
    cr_assert_not_null(strstr(text, "db_connections,database=supabase,mean,connections,7200,"));
    free(text);
    cs_result_free(r);
}

Test(report_text, the_sentence_is_the_worst_verdict_that_gates)
{
    struct cs_result *r = fixture_result(7200);
    char *sentence = cs_view_sentence(r);

    cr_assert_str_eq(sentence, "oriva misses 1 of 5 objectives: availability");
    free(sentence);
    r->slo[0].verdict = CS_MET;
    sentence = cs_view_sentence(r);
    cr_assert_str_eq(sentence, "oriva leaves 1 of 5 objectives undecided: latency_p99");
    free(sentence);
    r->slo[2].verdict = CS_MET;
    sentence = cs_view_sentence(r);
    cr_assert_str_eq(sentence, "oriva meets 4 objectives; 1 not exercised");
    cr_assert_eq(cs_view_verdict(r), CS_MET, "one that does not gate was counted");
    free(sentence);
    r->n_slos = 0;
    cr_assert_eq(cs_view_verdict(r), CS_NOT_EXERCISED);
    cs_result_free(r);
}

Test(report_text, summary_says_what_a_reader_needs)
{
    struct cs_result *r = fixture_result(7200);
    char *text = text_of(r, 0);
    static const char *const wanted[] = {
        "✖ oriva misses 1 of 5 objectives: availability\n",
        "24 h from Mon 2025-10-06 00:00 UTC, after 1 h of lead-in; 40 replications, seed 1",
        "619 ms (607–631 ms)",
        "40/40 (91–100%)",
        "– not exercised",
        "answered 429",
        "all 2 hold",
        "* reported, decides nothing"};

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_assert_not_null(strstr(text, wanted[i]), "no \"%s\" in\n%s", wanted[i], text);
    cr_assert_null(strchr(text, '\033'), "colour without being told");
    free(text);
    r->check[1] = (struct cs_result_check){"flow balance", false, "3 requests are missing"};
    text = text_of(r, 1);
    cr_assert_not_null(strstr(text, "✖ flow balance: 3 requests are missing"));
    cr_assert_null(strstr(text, "Little"), "a check that holds is listed");
    cr_assert_not_null(strstr(text, "\033[31;1m"));
    free(text);
    cs_result_free(r);
}

Test(report_text, hostile_names_stay_text_in_the_summary)
{
    struct cs_result *r = fixture_result(7200);
    char *long_name = malloc(10001);

    memset(long_name, 'n', 10000);
    long_name[10000] = '\0';
    r->name = HOSTILE;
    r->title = long_name;
    r->slo[0].name = HOSTILE;
    r->slo[1].name = long_name;
    r->slo[1].note = long_name;
    r->metric[0].label[0] = (struct cs_result_label){HOSTILE, long_name};
    r->metric[0].n_labels = 1;
    r->check[0] = (struct cs_result_check){HOSTILE, false, long_name};
    char *text = text_of(r, 0);

    cr_assert_null(strpbrk(text, "\033\r\xff"));
    for (char *save = NULL, *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save))
        cr_assert_lt(cs_utf8_length(line), 400);
    free(text);
    free(long_name);
    cs_result_free(r);
}

static void expect_line(const char *text, const char *line)
{
    cr_expect(strstr(text, line) != NULL, "no \"%s\" in\n%s", line, text);
}

/* Money is shown where it is known, with its interval where it has one. */
Test(report_text, costs)
{
    struct cs_result *r = fixture_result(10);
    char *text = text_of(r, 0);

    cr_expect_null(strstr(text, "Cost in"));
    free(text);
    r->n_metrics = 0;
    fixture_metric(r, "cost", "", "total", "currency", (double)NAN);
    text = text_of(r, 0);
    cr_expect_null(strstr(text, "Cost in"), "unknown");
    free(text);
    r->n_metrics = 0;
    fixture_metric(r, "cost", "item=gb_hours", "total", "EUR", 100);
    fixture_metric(r, "cost_per_month", "item=gb_hours", "total", "EUR", 3000);
    fixture_metric(r, "cost", "item=database:db", "total", "EUR", 5);
    r->metric[2].value.lo = r->metric[2].value.hi = (double)NAN;
    fixture_metric(r, "cost_per_month", "item=database:db", "total", "EUR", 150);
    fixture_metric(r, "cost", "", "total", "EUR", 105);
    fixture_metric(r, "cost_per_month", "", "total", "EUR", 3150);
    text = text_of(r, 0);
    expect_line(text, "\nCost in EUR\n               a window       a month of 30 days\n");
    expect_line(text, "\n  memory       100 (97–103)");
    expect_line(text, "\n  database db  5 ");
    expect_line(text, "\n  in all       105 (102–108)");
    expect_line(text, "3,150 (3,056–3,245)");
    free(text);
    cs_result_free(r);
}
