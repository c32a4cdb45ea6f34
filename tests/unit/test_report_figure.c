/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <unistd.h>

#include "report/figure.h"
#include "report_files.h"
#include "result_fixture.h"

static struct cs_figure *figure_of(struct cs_figures *figures, const char *script)
{
    for (size_t i = 0; i < figures->n; i++)
        if (strcmp(figures->figure[i].script, script) == 0)
            return &figures->figure[i];
    cr_assert_fail("no figure %s", script);
    return NULL;
}

Test(report_figure, figures_hold_what_the_series_say)
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
Test(report_figure, gaps_keep_the_blocks_of_the_data)
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

/* Numbers alone, clipped to the window; a wrong one would mark another hour. */
Test(report_figure, events_are_marked_in_parts_of_the_window)
{
    struct cs_result *r = fixture_result(7200);
    struct cs_figures figures;
    char text[CS_FIGURE_MARKS_TEXT];

    fixture_events(r);
    cs_figures_init(&figures, r);
    cr_assert_str_eq(cs_figure_marks_text(text, &figures),
                     "0.375000 0.583333 0.750000 0.750000 0.995370 1.000000");
    cs_figures_release(&figures);
    cr_assert_eq(cs_figure_letter(1), 'B');
    cr_assert_eq(cs_figure_letter(25), 'Z');
    cr_assert_eq(cs_figure_letter(26), 0);
    struct cs_result_event one = r->event[0];

    r->n_events = 40;
    r->event = CS_ARENA_ARRAY(r->arena, struct cs_result_event, 40);
    for (size_t i = 0; i < 40; i++)
        r->event[i] = one;
    cs_figures_init(&figures, r);
    cr_assert_eq(figures.n_marks, CS_FIGURE_MARKS);
    cr_assert_eq(strlen(cs_figure_marks_text(text, &figures)), 26 * 18 - 1);
    cs_figures_release(&figures);
    cs_result_free(r);
}

Test(report_figure, svg_is_stripped_to_its_drawing)
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
