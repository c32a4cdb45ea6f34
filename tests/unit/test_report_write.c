/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capsim/report.h"
#include "report_files.h"
#include "result_fixture.h"

#define PLOTS "plots" /* tests run in the top folder */

enum { N_FILES = 9 };

struct place {
    char top[64], dir[96];
};

static struct place place_new(void)
{
    struct place place = {.top = "/tmp/capsim-test-XXXXXX"};

    cr_assert_not_null(mkdtemp(place.top));
    snprintf(place.dir, sizeof place.dir, "%s/a/b", place.top);
    return place;
}

static size_t entries(const char *dir)
{
    DIR *d = opendir(dir);
    size_t n = 0;

    if (d == NULL)
        return 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void place_remove(const struct place *place)
{
    static const char *const name[] = {
        "result.json", "metrics.csv", "series.csv",  "slos.csv",    "alerts.csv",
        "health.csv",  "events.csv",  "explain.csv", "report.html", "victim"};
    char path[512];

    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", place->dir, name[i]);
        unlink(path);
        snprintf(path, sizeof path, "%s/%s", place->top, name[i]);
        unlink(path);
    }
    if (strcmp(place->dir, place->top) != 0) {
        rmdir(place->dir);
        snprintf(path, sizeof path, "%s/a", place->top);
        rmdir(path);
    }
    cr_assert_eq(rmdir(place->top), 0, "something was left behind");
}

Test(report_write, makes_the_folder_and_every_file)
{
    struct place place = place_new();
    struct cs_result *r = fixture_result(600);
    char warning[256] = "unset";

    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    cr_assert_str_eq(warning, "");
    cr_assert_eq(entries(place.dir), N_FILES, "temporary files were left");
    char *page = read_at(place.dir, "report.html");

    cr_assert_eq(count_of(page, "<figure>"), 7);
    cr_assert_eq(count_of(page, "<svg class=\"wide\""), 7);
    cr_assert_eq(count_of(page, "<svg class=\"narrow\""), 7);
    cr_assert_eq(count_of(page, "<path class=\"limit"), 2 + 2 + 3);
    cr_assert_not_null(strstr(page, "<title>oriva misses 1 of 5 objectives: availability"));
    cr_assert_not_null(strstr(page, r->hash));
    cr_assert_not_null(strstr(page, "(above the axis)"));
    cr_assert_not_null(strstr(page, "<h2>Alerts</h2>"));
    cr_assert_not_null(strstr(page, "<code>errors(1m) &gt; 5%</code> of fleet: api for 5 min, "
                                    "critical"));
    cr_assert_gt(count_of(page, "<rect class=\"is-critical\""), 10, "the strip of time");
    cr_assert_not_null(strstr(page, "<h2>Health</h2>"));
    cr_assert_not_null(strstr(page, "Error budget left: <b>-26%</b>"));
    free(page);
    char *alerts = read_at(place.dir, "alerts.csv"), *health = read_at(place.dir, "health.csv");

    cr_assert_eq(count_of(alerts, "\r\n"), 3);
    cr_assert_not_null(strstr(alerts,
                              "high_error_rate,errors(1m) > 5%,fleet: api,critical,,300,"
                              "1.25,0.85,1.65,40,4212,3841,4583,40,36720,34920,38520,"
                              "24,0.6,"));
    cr_assert_not_null(
        strstr(health, "functions,,errors(5m) > 1%,errors(5m) > 5%,,0.85,0.83,"));
    free(alerts);
    free(health);
    char error[256];
    char path[512];

    snprintf(path, sizeof path, "%s/result.json", place.dir);
    struct cs_result *back = cs_result_read(path, error, sizeof error);

    cr_assert_not_null(back, "%s", error);
    cs_result_free(back);
    cs_result_free(r);
    place_remove(&place);
}

/* Seven figures, each drawn twice: a line an event, a band for what lasts, and a
 * letter that the legend and the table explain. */
Test(report_write, events_are_marked_on_every_figure)
{
    struct place place = place_new();
    struct cs_result *r = fixture_result(600);
    char warning[256];

    fixture_events(r);
    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    cr_assert_str_eq(warning, "");
    char *page = read_at(place.dir, "report.html");

    cr_assert_eq(count_of(page, "fill-opacity = '0.120000'"), 2 * 7 * 2);
    cr_assert_eq(count_of(page, ">B</text>") + count_of(page, ">B</tspan>"), 2 * 7);
    cr_assert_eq(count_of(page, "<li><b>A</b>outage-&lt;b&gt;</li>"), 7);
    cr_assert_eq(count_of(page, "outage-<b>"), 0);
    cr_assert_not_null(strstr(page, "<b>A</b>&nbsp; outage-&lt;b&gt;"));
    cr_assert_not_null(strstr(page, "<td>09:00<small>after 9 h</small></td><td>5 h</td>"));
    free(page);
    cs_result_free(r);
    place_remove(&place);
}

/* A mechanism that is off has neither figure nor section, and no excuse for it. */
Test(report_write, mechanisms_that_are_on_have_their_figures_and_tables)
{
    static const char *const mine[] = {"<h3>Virtual users</h3>",    "<h3>Memory</h3>",
                                       "<h3>Circuit breakers</h3>", "<h2>Cost</h2>",
                                       "breakers opened",           "Not drawn"};
    static const char *const series[] = {"virtual_users", "memory_utilization", "breaker_open"};
    struct place place = place_new();
    struct cs_result *r = fixture_result(600);
    char warning[256];

    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    char *page = read_at(place.dir, "report.html");

    for (size_t i = 0; i < 6; i++)
        cr_expect_eq(count_of(page, mine[i]), 0, "%s", mine[i]);
    free(page);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_lt(r->n_series, (size_t)FIXTURE_SERIES);
        r->series[r->n_series] = r->series[5];
        r->series[r->n_series++].name = series[i];
    }
    double *zeros = CS_ARENA_ARRAY(r->arena, double, r->series[5].n);

    r->series[r->n_series - 1].mean = zeros; /* breakers that never open: no empty figure */
    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    page = read_at(place.dir, "report.html");
    cr_expect_eq(count_of(page, "<figure>"), 9);
    free(page);
    r->series[r->n_series - 1].mean = r->series[5].mean;
    fixture_metric(r, "breaker_opened_total", "", "count", "openings", 3);
    fixture_metric(r, "cost", "item=gb_hours", "total", "EUR", 100);
    fixture_metric(r, "cost_per_month", "item=gb_hours", "total", "EUR", 3000);
    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    page = read_at(place.dir, "report.html");
    for (size_t i = 0; i < 5; i++)
        cr_expect_eq(count_of(page, mine[i]), 1, "%s", mine[i]);
    cr_expect_eq(count_of(page, "<figure>"), 10);
    cr_expect_eq(count_of(page, "<td>3,000<small>2,910–3,090</small></td>"), 1);
    free(page);
    cs_result_free(r);
    place_remove(&place);
}

/* Nothing on the page may ask for anything, and ids must not repeat. */
Test(report_write, page_is_self_contained)
{
    struct place place = place_new();
    struct cs_result *r = fixture_result(600);
    char warning[256];

    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    char *page = read_at(place.dir, "report.html");
    static const char *const never[] = {"http:", "https:",      "src=",    "href",
                                        "url(",  "@import",     "<script", "<link",
                                        " id=",  "javascript:", "onload"};

    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        cr_assert_null(strstr(page, never[i]), "%s", never[i]);
    cr_assert_not_null(strstr(page, "default-src 'none'; style-src 'unsafe-inline'"));
    cr_assert_null(strstr(page, "@CARDS@"));
    /* Every colour that a drawing uses has a rule for the dark page. */
    cr_assert_not_null(strstr(page, "[stroke=\"rgb(213,  94,   0)\"]"));
    cr_assert_not_null(strstr(page, "stroke='rgb(213,  94,   0)'"));
    free(page);
    cs_result_free(r);
    place_remove(&place);
}

Test(report_write, hostile_names_are_harmless)
{
    static const char hostile[] = "x'\"`touch /tmp/capsim-owned`<script>alert(1)</script>\n"
                                  "\"; system('id') #\033]0;t\007@CARDS@";
    struct place place = place_new();
    struct cs_result *r = fixture_result(600);
    char warning[256], long_name[10001];

    memset(long_name, '<', 10000);
    long_name[10000] = '\0';
    r->name = r->title = r->command = r->hash = r->version = hostile;
    for (size_t i = 0; i < r->n_slos; i++) {
        r->slo[i].name = r->slo[i].of = i % 2 ? hostile : long_name;
        r->slo[i].note = hostile;
    }
    for (size_t i = 0; i < r->n_series; i++)
        for (unsigned j = 0; j < r->series[i].n_labels; j++)
            if (strcmp(r->series[i].label[j].key, "database") == 0)
                r->series[i].label[j].value = hostile;
    for (size_t i = 0; i < r->n_caps; i++) {
        r->cap[i].name = i % 2 ? hostile : long_name;
        r->cap[i].label[0].value = hostile;
    }
    for (size_t i = 0; i < r->n_metrics; i++)
        for (unsigned j = 0; j < r->metric[i].n_labels; j++)
            r->metric[i].label[j].key = r->metric[i].label[j].value = hostile;
    unlink("/tmp/capsim-owned");
    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    cr_assert_str_eq(warning, "");
    cr_assert_neq(access("/tmp/capsim-owned", F_OK), 0);
    char *page = read_at(place.dir, "report.html");

    cr_assert_null(strstr(page, "<script"));
    cr_assert_null(strchr(page, '\033'));
    cr_assert_eq(count_of(page, "<figure>"), 7);
    cr_assert_eq(count_of(page, "<article"), 6, "a name was read as a placeholder");
    cr_assert_lt(strlen(page), 1500000);
    free(page);
    cs_result_free(r);
    place_remove(&place);
}

Test(report_write, replaces_a_link_and_leaves_its_target)
{
    struct place place = place_new();
    struct cs_result *r = fixture_result(7200);
    char target[512], link_path[512], warning[256];
    struct stat status;

    snprintf(place.dir, sizeof place.dir, "%s", place.top);
    snprintf(target, sizeof target, "%s/victim", place.top);
    snprintf(link_path, sizeof link_path, "%s/result.json", place.dir);
    FILE *out = fopen(target, "w");

    fputs("precious", out);
    fclose(out);
    cr_assert_eq(symlink(target, link_path), 0);
    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    char *text = read_at(place.top, "victim");

    cr_assert_str_eq(text, "precious");
    cr_assert_eq(lstat(link_path, &status), 0);
    cr_assert(S_ISREG(status.st_mode));
    free(text);
    cs_result_free(r);
    place_remove(&place);
}

/* A file-size limit stands for a full disk: the old files stay whole. */
Test(report_write, a_failed_write_leaves_what_was_there)
{
    struct place place = place_new();
    struct cs_result *r = fixture_result(600);
    char warning[256];
    struct rlimit limit = {40000, 40000};

    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    char *before = read_at(place.dir, "result.json");

    r->seed = 99;
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_gt(strlen(before), 40000);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    errno = 0;
    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), -1);
    cr_assert_eq(errno, EFBIG);
    char *after = read_at(place.dir, "result.json");

    cr_assert_str_eq(before, after);
    cr_assert_eq(entries(place.dir), N_FILES, "temporary files were left");
    free(before);
    free(after);
    cs_result_free(r);
    place_remove(&place);
}

Test(report_write, a_folder_that_cannot_be_is_an_error)
{
    struct place place = place_new();
    struct cs_result *r = fixture_result(7200);
    char warning[256], under_file[512];

    snprintf(under_file, sizeof under_file, "%s/victim", place.top);
    FILE *out = fopen(under_file, "w");

    fclose(out);
    strcat(under_file, "/out");
    cr_assert_eq(cs_report_write(r, under_file, PLOTS, warning, sizeof warning), -1);
    cr_assert_eq(errno, ENOTDIR);
    cr_assert_eq(cs_report_write(r, "", PLOTS, warning, sizeof warning), -1);
    cr_assert_eq(cs_report_write(r, place.dir, "/nonexistent", warning, sizeof warning), -1);
    cr_assert_eq(errno, ENOENT);
    cr_assert_eq(entries(place.dir), 0);
    cs_result_free(r);
    place_remove(&place);
}

/* Scripts that fail: every number is still written, and the page says so. */
Test(report_write, without_figures_the_rest_is_written)
{
    struct place place = place_new(), plots = place_new();
    struct cs_result *r = fixture_result(7200);
    char warning[256], path[512];
    char *template = read_at(PLOTS, "report.html.in");

    snprintf(path, sizeof path, "%s/report.html.in", plots.top);
    FILE *out = fopen(path, "w");

    fputs(template, out);
    fclose(out);
    cr_assert_eq(cs_report_write(r, place.dir, plots.top, warning, sizeof warning), 0);
    cr_assert_not_null(strstr(warning, "latency"), "%s", warning);
    cr_assert_eq(entries(place.dir), N_FILES);
    char *page = read_at(place.dir, "report.html");

    cr_assert_not_null(strstr(page, "Figures are missing"));
    cr_assert_null(strstr(page, "<svg class=\"wide\""));
    unlink(path);
    rmdir(plots.top);
    free(page);
    free(template);
    cs_result_free(r);
    place_remove(&place);
}

Test(report_write, a_result_without_anything_is_a_page)
{
    struct place place = place_new();
    struct cs_result *r = cs_result_new();
    char warning[256];

    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    char *page = read_at(place.dir, "report.html");

    cr_assert_eq(count_of(page, "<figure>"), 0);
    cr_assert_not_null(strstr(page, "Not drawn: Latency (nothing was recorded of "
                                    "request_duration_seconds)"));
    free(page);
    cs_result_free(r);
    place_remove(&place);
}
