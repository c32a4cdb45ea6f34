/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "report/figure.h"
#include "report/human.h"

enum { POINTS = 300 };

/* The shortest step of the clock that leaves at most POINTS of them. */
static double nice_step(double step, double span)
{
    static const double nice[] = {1,   2,   5,    10,   15,   20,   30,    60,    120,   300,
                                  600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400};

    if (span / step <= POINTS)
        return step;
    for (size_t i = 0; i < sizeof nice / sizeof nice[0]; i++)
        if (nice[i] >= span / POINTS && fmod(nice[i], step) == 0)
            return nice[i];
    return step * ceil(span / step / POINTS);
}

/* The mean of what was observed; NaN where nothing was. */
static double mean_of(const double *value, size_t from, size_t to)
{
    double sum = 0;
    size_t n = 0;

    for (size_t i = from; i < to; i++)
        if (!isnan(value[i])) {
            sum += value[i];
            n++;
        }
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* Latencies as the median replication has them, the rest as means: a median
 * count of rare things is 0. */
static void fill_points(struct cs_figures *figures, struct cs_figure_line *line,
                        enum cs_axis axis, double start)
{
    const struct cs_result_series *s = line->series;
    double step = nice_step(s->step_s, s->step_s * (double)s->n);
    size_t group = (size_t)(step / s->step_s + 0.5);
    const double *y = axis == CS_AXIS_LOG ? s->p50 : s->mean;

    line->step_s = (double)group * s->step_s;
    line->n = (s->n + group - 1) / group;
    line->point = CS_ARENA_ARRAY(figures->arena, struct cs_figure_point, line->n);
    for (size_t i = 0; i < line->n; i++) {
        size_t from = i * group, to = from + group < s->n ? from + group : s->n;

        line->point[i] = (struct cs_figure_point){.x = start + s->t0_s +
                                                       0.5 * (double)(from + to) * s->step_s,
                                                  .y = mean_of(y, from, to),
                                                  .lo = mean_of(s->p5, from, to),
                                                  .hi = mean_of(s->p95, from, to)};
        if (isnan(line->point[i].lo) || isnan(line->point[i].hi))
            line->point[i].lo = line->point[i].hi = line->point[i].y;
    }
    if (line->step_s > figures->step_s)
        figures->step_s = line->step_s;
}

/* Each line's band from the sum of those below it to its own sum. */
static void stack(struct cs_figure *figure)
{
    for (unsigned l = 0; l < figure->n_lines; l++) {
        struct cs_figure_line *line = &figure->line[l];

        for (size_t i = 0; i < line->n; i++) {
            bool has_below = l > 0 && i < line[-1].n && !isnan(line[-1].point[i].y);
            double below = has_below ? line[-1].point[i].y : 0;

            line->point[i].lo = below;
            line->point[i].y += below;
            line->point[i].hi = line->point[i].y;
        }
    }
}

/* 1, 2 or 5 times a power of ten, at least or at most x > 0. */
static double round_up(double x)
{
    double decade = pow(10, floor(log10(x) + 1e-9));
    double m = x / decade;

    return decade * (m <= 1.0000001 ? 1 : m <= 2.0000001 ? 2 : m <= 5.0000001 ? 5 : 10);
}

static double round_down(double x)
{
    double decade = pow(10, floor(log10(x) + 1e-9));
    double m = x / decade;

    return decade * (m >= 4.9999999 ? 5 : m >= 1.9999999 ? 2 : 1);
}

struct range {
    double lo, hi;
};

static struct range data_range(const struct cs_figure *figure)
{
    struct range range = {(double)INFINITY, 0};

    for (unsigned l = 0; l < figure->n_lines; l++)
        for (size_t i = 0; i < figure->line[l].n; i++) {
            const struct cs_figure_point *p = &figure->line[l].point[i];

            if (p->lo > 0)
                range.lo = fmin(range.lo, p->lo);
            if (!isnan(p->hi))
                range.hi = fmax(range.hi, fmax(p->y, p->hi));
        }
    return range;
}

/* A limit far above the data would flatten them: it goes to the legend alone. */
static double show_limits(struct cs_figure *figure, double top)
{
    double least = (double)INFINITY, shown = top;
    double reach = figure->axis == CS_AXIS_LOG ? 30 : 5;

    for (unsigned i = 0; i < figure->n_limits; i++)
        least = fmin(least, figure->limit[i].value);
    for (unsigned i = 0; i < figure->n_limits; i++) {
        struct cs_figure_limit *limit = &figure->limit[i];

        limit->is_shown = top > 0 ? limit->value <= reach * top : limit->value == least;
        if (limit->is_shown)
            shown = fmax(shown, limit->value);
    }
    return shown;
}

/* A twelfth of room above, and a round end. */
static double linear_top(double top, double if_empty)
{
    double step;

    if (!(top > 0))
        return if_empty;
    step = round_up(top / 5);
    return step * ceil(top * 1.04 / step);
}

static void set_axes(struct cs_figure *figure)
{
    struct range range = data_range(figure);
    double top = show_limits(figure, range.hi);

    switch (figure->axis) {
    case CS_AXIS_LOG:
        if (!isfinite(range.lo))
            range.lo = top > 0 ? top / 10 : 0.1;
        for (unsigned i = 0; i < figure->n_limits; i++)
            if (figure->limit[i].is_shown)
                range.lo = fmin(range.lo, figure->limit[i].value);
        figure->y_lo = round_down(range.lo * 0.98);
        figure->y_hi = round_up(fmax(top * 1.02, figure->y_lo * 2));
        break;
    case CS_AXIS_COUNT:
        figure->y_hi = linear_top(top, 1);
        break;
    case CS_AXIS_SHARE:
        figure->y_hi = fmin(linear_top(top, 0.01), 1);
        break;
    case CS_AXIS_WHOLE_SHARE:
        figure->y_hi = 1;
        break;
    }
}

static void set_span(struct cs_figure *figure, const struct cs_result *result)
{
    figure->x_lo = result->start_unix_s;
    figure->x_hi = result->start_unix_s + fmax(result->duration_s, 1);
}

static void name_peak(struct cs_figures *figures, struct cs_figure *figure)
{
    const struct cs_figure_line *best_line = NULL;
    const struct cs_figure_point *best = NULL;
    char value[CS_HUMAN_SIZE], when[CS_HUMAN_SIZE];

    for (unsigned l = 0; l < figure->n_lines; l++)
        for (size_t i = 0; i < figure->line[l].n; i++) {
            const struct cs_figure_point *p = &figure->line[l].point[i];

            if (!isnan(p->y) && (best == NULL || p->y > best->y)) {
                best = p;
                best_line = &figure->line[l];
            }
        }
    if (best == NULL)
        return;
    if (best->y <= 0) {
        figure->peak = "It stays at zero.";
        return;
    }
    cs_human_value(value, best->y, figure->unit);
    cs_clock_mark(when, figure->x_lo, figure->x_hi - figure->x_lo, best->x - figure->x_lo);
    const char *what = figure->is_stacked ? "together, "
                       : figure->n_lines > 1
                           ? cs_arena_printf(figures->arena, "%s, ", best_line->label)
                           : "";

    figure->peak = cs_arena_printf(figures->arena, "Highest: %s%s at %s.", what, value, when);
}

void cs_figure_compute(struct cs_figures *figures, struct cs_figure *figure,
                       const struct cs_result *result)
{
    for (unsigned l = 0; l < figure->n_lines; l++)
        fill_points(figures, &figure->line[l], figure->axis, result->start_unix_s);
    if (figure->is_stacked)
        stack(figure);
    set_axes(figure);
    set_span(figure, result);
    name_peak(figures, figure);
}

double cs_figure_scale(const struct cs_figure *figure)
{
    return figure->axis == CS_AXIS_SHARE || figure->axis == CS_AXIS_WHOLE_SHARE ? 100 : 1;
}

static bool is_drawn(const struct cs_figure *figure, const struct cs_figure_line *line,
                     size_t i)
{
    if (i >= line->n || isnan(line->point[i].y))
        return false;
    return figure->axis != CS_AXIS_LOG || line->point[i].y > 0;
}

static void write_point(const struct cs_figure *figure, const struct cs_figure_point *p,
                        double x, FILE *out)
{
    double scale = cs_figure_scale(figure), lo = fmax(p->lo, figure->y_lo);

    fprintf(out, "%.3f %.9g %.9g %.9g\n", x, p->y * scale, lo * scale, fmax(p->hi, lo) * scale);
}

/*
 * One blank line is a gap, two part the blocks.  A point between gaps is drawn
 * as wide as its step, or it would not be seen; a line that is all gaps is a
 * point that is not drawn, so that its block counts.
 */
static void write_line(const struct cs_figure *figure, const struct cs_figure_line *line,
                       FILE *out)
{
    bool any = false;

    for (size_t i = 0; i < line->n; i++) {
        const struct cs_figure_point *p = &line->point[i];
        bool has_last = i > 0 && is_drawn(figure, line, i - 1);

        if (!is_drawn(figure, line, i))
            continue;
        if (any && !has_last)
            fputc('\n', out);
        any = true;
        if (has_last || is_drawn(figure, line, i + 1)) {
            write_point(figure, p, p->x, out);
        } else {
            write_point(figure, p, p->x - 0.5 * line->step_s, out);
            write_point(figure, p, p->x + 0.5 * line->step_s, out);
        }
    }
    fputs(any ? "\n\n" : "NaN NaN NaN NaN\n\n\n", out);
}

int cs_figure_write_data(const struct cs_figure *figure, const char *path)
{
    FILE *out = fopen(path, "w");

    if (out == NULL)
        return -1;
    for (unsigned l = 0; l < figure->n_lines; l++)
        write_line(figure, &figure->line[l], out);
    for (unsigned i = 0; i < figure->n_limits; i++)
        if (figure->limit[i].is_shown)
            fprintf(out, "%.3f %.9g\n%.3f %.9g\n\n\n", figure->x_lo,
                    figure->limit[i].value * cs_figure_scale(figure), figure->x_hi,
                    figure->limit[i].value * cs_figure_scale(figure));
    bool is_bad = fflush(out) != 0 || ferror(out);

    return fclose(out) != 0 || is_bad ? -1 : 0;
}
