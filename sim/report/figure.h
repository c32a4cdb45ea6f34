/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_FIGURE_H
#define CAPSIM_REPORT_FIGURE_H

#include "capsim/result.h"

/*
 * Figures: which series go together (figure_plan.c), their points as files
 * (figure_data.c), drawn by gnuplot from fixed scripts (figure_draw.c).  No
 * name of the scenario reaches gnuplot: the legend is written by the page.
 */

enum {
    CS_FIGURE_LINES = 3,
    CS_FIGURE_LIMITS = 4,
    CS_FIGURE_MARKS = 26, /* letters to name them by */
    CS_FIGURES_MAX = 24
};

enum cs_axis { CS_AXIS_LOG, CS_AXIS_COUNT, CS_AXIS_SHARE, CS_AXIS_WHOLE_SHARE };

struct cs_figure_point {
    double x, y, lo, hi; /* x: Unix seconds; NaN: a gap */
};

struct cs_figure_line {
    const struct cs_result_series *series;
    const char *label;
    struct cs_figure_point *point;
    size_t n;
    double step_s; /* between points */
};

struct cs_figure_limit {
    const char *label;
    double value;
    bool is_shown; /* false: so far above the data that it would flatten them */
};

struct cs_figure {
    const char *script; /* plots/SCRIPT.gp */
    const char *title, *caption;
    const char *group;       /* the database; "" for all */
    const char *why_missing; /* NULL: there is something to draw */
    const char *peak;        /* the highest point in words; "" if there is none */
    enum cs_axis axis;
    bool is_stacked;
    struct cs_figure_line line[CS_FIGURE_LINES];
    unsigned n_lines;
    struct cs_figure_limit limit[CS_FIGURE_LIMITS];
    unsigned n_limits;
    double x_lo, x_hi, y_lo, y_hi;
    const char *unit;
    char *svg[2]; /* wide and narrow, NULL when not drawn; malloc'ed */
};

/* An event, in parts of the measured window: drawn in every figure as a letter
 * and a line where it begins, a band while it lasts. */
struct cs_figure_mark {
    const char *name;
    double from, to; /* 0 to 1; equal: an instant, or for good */
};

struct cs_figures {
    struct cs_arena *arena;
    struct cs_figure figure[CS_FIGURES_MAX];
    size_t n;
    struct cs_figure_mark mark[CS_FIGURE_MARKS]; /* the first events, A, B, ... */
    unsigned n_marks;
    double step_s; /* between points: the coarsest */
};

void cs_figures_init(struct cs_figures *figures, const struct cs_result *result);
void cs_figures_release(struct cs_figures *figures);

/* Points, axes and the words for the peak of a figure whose lines are set. */
void cs_figure_compute(struct cs_figures *figures, struct cs_figure *figure,
                       const struct cs_result *result);
/* What the drawing multiplies values by: shares are drawn as percentages, as
 * gnuplot's axis has no other way to write them. */
double cs_figure_scale(const struct cs_figure *figure);
/* Write the points: a block a line, then one a shown limit.  0 or -1. */
int cs_figure_write_data(const struct cs_figure *figure, const char *path);

void cs_figure_set_marks(struct cs_figures *figures, const struct cs_result *result);
/* "0.1 0.2 0.5 0.5": from and to of each, for the script.  Numbers alone. */
enum { CS_FIGURE_MARKS_TEXT = CS_FIGURE_MARKS * 20 };
const char *cs_figure_marks_text(char buf[CS_FIGURE_MARKS_TEXT],
                                 const struct cs_figures *figures);
/* The letter of event `i`; 0: it has none. */
char cs_figure_letter(size_t i);

/*
 * Draw all, two at a time, in the private folder `work_dir` (absolute).  A
 * drawing that takes longer than 30 s is stopped.  0, or -1 with the reason of
 * the first failure in `error`; what could be drawn is there.
 */
int cs_figures_draw(struct cs_figures *figures, const char *plots_dir, const char *work_dir,
                    char *error, size_t error_size);

/* gnuplot's SVG without its prolog, titles, ids and symbols: what goes inside
 * an <svg> element of the page; and its viewBox.  NULL when it is not SVG. */
char *cs_svg_strip(const char *svg, char *view_box, size_t view_box_size);

#endif
