/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "report/figure.h"

char cs_figure_letter(size_t i)
{
    return (char)(i < CS_FIGURE_MARKS ? 'A' + (int)i : 0);
}

static double part_of(double s, double duration_s)
{
    return fmin(fmax(s / duration_s, 0), 1);
}

void cs_figure_set_marks(struct cs_figures *figures, const struct cs_result *result)
{
    figures->n_marks = 0;
    for (size_t i = 0; i < result->n_events && i < CS_FIGURE_MARKS; i++) {
        const struct cs_result_event *event = &result->event[i];
        double from = part_of(event->at_s, result->duration_s);
        double to = isnan(event->for_s)
                        ? from
                        : part_of(event->at_s + event->for_s, result->duration_s);

        figures->mark[figures->n_marks++] = (struct cs_figure_mark){event->name, from, to};
    }
}

const char *cs_figure_marks_text(char buf[CS_FIGURE_MARKS_TEXT],
                                 const struct cs_figures *figures)
{
    size_t used = 0;

    buf[0] = '\0';
    for (unsigned i = 0; i < figures->n_marks; i++)
        used += (size_t)snprintf(buf + used, CS_FIGURE_MARKS_TEXT - used, "%s%.6f %.6f",
                                 i > 0 ? " " : "", figures->mark[i].from, figures->mark[i].to);
    return buf;
}
