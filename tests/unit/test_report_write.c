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
#include "report/figure.h"
#include "result_fixture.h"

#define PLOTS "plots" /* tests run in the top folder */

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

static char *read_at(const char *dir, const char *name)
{
    char path[512], block[4096], *text = NULL;
    size_t size = 0, n;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *in = fopen(path, "rb");

    if (in == NULL)
        return NULL;
    FILE *out = open_memstream(&text, &size);

    while ((n = fread(block, 1, sizeof block, in)) > 0)
        fwrite(block, 1, n, out);
    fclose(in);
    fclose(out);
    return text;
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
    static const char *const name[] = {"result.json", "metrics.csv", "series.csv",
                                       "slos.csv",    "report.html", "victim"};
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

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

Test(report_write, makes_the_folder_and_five_files)
{
    struct place place = place_new();
    struct cs_result *r = fixture_result(600);
    char warning[256] = "unset";

    cr_assert_eq(cs_report_write(r, place.dir, PLOTS, warning, sizeof warning), 0);
    cr_assert_str_eq(warning, "");
    cr_assert_eq(entries(place.dir), 5, "temporary files were left");
    char *page = read_at(place.dir, "report.html");

    cr_assert_eq(count_of(page, "<figure>"), 7);
    cr_assert_eq(count_of(page, "<svg class=\"wide\""), 7);
    cr_assert_eq(count_of(page, "<svg class=\"narrow\""), 7);
    cr_assert_eq(count_of(page, "<path class=\"limit"), 2 + 2 + 3);
    cr_assert_not_null(strstr(page, "<title>oriva misses 1 of 5 objectives: availability"));
    cr_assert_not_null(strstr(page, r->hash));
    cr_assert_not_null(strstr(page, "(above the axis)"));
    free(page);
    char error[256];
    char path[512];

    snprintf(path, sizeof path, "%s/result.json", place.dir);
    struct cs_result *back = cs_result_read(path, error, sizeof error);

    cr_assert_not_null(back, "%s", error);
    cs_result_free(back);
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
    static const char *const never[] = {"http:",
                                        "https:",
                                        "src=",
                                        "href",
                                        "url(",
                                        "@import",
                                        "<script",
                                        "<link",
                                        " id=",
                                        "javascript:",
                                        "on"
                                        "load"};

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
    static const char hostile[] =
        "x'\"`touch /tmp/capsim-owned`<script>alert(1)</script>\n"
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
    cr_assert_eq(entries(place.dir), 5, "temporary files were left");
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
    cr_assert_eq(entries(place.dir), 5);
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

static struct cs_figure *figure_of(struct cs_figures *figures, const char *script)
{
    for (size_t i = 0; i < figures->n; i++)
        if (strcmp(figures->figure[i].script, script) == 0)
            return &figures->figure[i];
    cr_assert_fail("no figure %s", script);
    return NULL;
}

Test(report_write, figures_hold_what_the_series_say)
{
    struct cs_result *r = fixture_result(10);
    struct cs_figures figures;

    cs_figures_init(&figures, r);
    const struct cs_figure *rate = figure_of(&figures, "rate");

    cr_assert_eq(rate->line[0].n, 288);
    cr_assert_eq(figures.step_s, 300.0);
    double sum = 0;

    for (size_t i = 0; i < 30; i++)
        sum += r->series[5].mean[30 + i];
    cr_assert_float_eq(rate->line[0].point[1].y, sum / 30, 1e-9);
    cr_assert_eq(rate->line[0].point[1].x, r->start_unix_s + 450);
    const struct cs_figure *instances = figure_of(&figures, "instances");

    for (size_t i = 0; i < instances->line[1].n; i++)
        cr_assert_eq(instances->line[1].point[i].lo, instances->line[0].point[i].y);
    const struct cs_figure *connections = figure_of(&figures, "connections");

    cr_assert_eq(connections->n_limits, 4);
    cr_assert(connections->limit[0].is_shown);
    cr_assert_not(connections->limit[3].is_shown, "6000 flattens 90");
    cr_assert_geq(connections->y_hi, 200);
    const struct cs_figure *latency = figure_of(&figures, "latency");

    cr_assert_eq(latency->n_limits, 2, "two objectives at 1 s are one line");
    cr_assert_geq(latency->y_hi, 3);
    cs_figures_release(&figures);
    cs_result_free(r);
}

/* A block that vanished would shift every later one to another line's style. */
Test(report_write, gaps_keep_the_blocks_of_the_data)
{
    struct cs_result *r = fixture_result(7200);
    struct cs_figures figures;
    char dir[] = "/tmp/capsim-test-XXXXXX", path[64];

    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/x.dat", dir);
    for (size_t i = 0; i < r->series[0].n; i++) {
        r->series[0].p50[i] = (double)NAN;                   /* never */
        r->series[1].p50[i] = i == 5 ? 0.5 : (double)NAN;    /* once */
        r->series[2].p50[i] = i % 6 < 3 ? 1.5 : (double)NAN; /* in two runs */
    }
    cs_figures_init(&figures, r);
    struct cs_figure *latency = figure_of(&figures, "latency");

    latency->n_limits = 0;
    cr_assert_eq(cs_figure_write_data(latency, path), 0);
    char *text = read_at(dir, "x.dat");

    cr_assert_eq(strncmp(text, "NaN NaN NaN NaN\n\n\n1759744800.000 0.5 ", 37), 0);
    cr_assert_not_null(strstr(text, "\n1759752000.000 0.5 "), "a lone point has no width");
    cr_assert_eq(count_of(text, "\n\n\n"), 3);
    cr_assert_eq(count_of(text, "\n\n"), 3 + 1, "two runs have one gap");
    unlink(path);
    rmdir(dir);
    free(text);
    cs_figures_release(&figures);
    cs_result_free(r);
}

Test(report_write, svg_is_stripped_to_its_drawing)
{
    char box[64];
    char *text = cs_svg_strip(
        "<?xml?>\n<svg \n viewBox=\"0 0 6 3\"\n>\n<title>t</title>"
        "<defs>\n<circle id='a'/></defs><g id=\"p\"><path d='M0,0'/></g>\n</svg>\n",
        box, sizeof box);

    cr_assert_not_null(text);
    cr_assert_str_eq(box, "0 0 6 3");
    cr_assert_str_eq(text, "<g><path d='M0,0'/></g>\n");
    free(text);
    cr_assert_null(cs_svg_strip("<html>", box, sizeof box));
    cr_assert_null(cs_svg_strip("<svg viewBox=\"0 0 6 3\">", box, sizeof box));
    cr_assert_null(cs_svg_strip("<svg viewBox=\"x\"></svg>", box, sizeof box));
}
