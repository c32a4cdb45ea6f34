/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "capsim/shape.h"
#include "scenario/notes.h"
#include "scenario/units.h"

/* Days of a zone's clock lie up to 14 hours from those of UTC. */
static void warn_calendar(const struct cs_scenario *s, const struct cs_source *source,
                          struct cs_notes *notes)
{
    cs_time end = s->horizon.lead_in + s->horizon.duration;
    int64_t first = INT64_MAX, last = INT64_MIN;

    for (uint32_t z = 0; z < s->n_zones; z++) {
        int64_t from = cs_shape_day(s, s->zone[z].utc_offset);
        int64_t to = cs_shape_day(s, end - 1 + s->zone[z].utc_offset);

        first = from < first ? from : first;
        last = to > last ? to : last;
    }
    for (uint32_t i = 0; i < source->n_calendar; i++) {
        time_t at = (time_t)source->calendar[i].day * 86400;
        struct tm date;
        char text[32];

        if (source->calendar[i].day >= first && source->calendar[i].day <= last)
            continue;
        (void)strftime(text, sizeof text, "%Y-%m-%d", gmtime_r(&at, &date));
        cs_note(notes, "Traffic %s: the calendar's %s is no day of this run.", source->name,
                text);
    }
}

static void warn_day_factor(const struct cs_source *source, struct cs_notes *notes)
{
    double mean = source->day_factor != NULL ? cs_dist_mean(source->day_factor) : 1.0;

    if (fabs(mean - 1.0) > 0.01)
        cs_note(notes, "Traffic %s: day_factor has mean %.4g, so the rate is not what it says.",
                source->name, mean);
}

static void warn_profile(const struct cs_scenario *s, const struct cs_source *source,
                         struct cs_notes *notes)
{
    const struct cs_profile *p = &source->profile;

    if (p->n > 0 && p->at[p->n - 1] > s->horizon.duration)
        cs_note(notes, "Traffic %s: its profile goes on beyond the measured window.",
                source->name);
}

static void warn_trace(const struct cs_scenario *s, const struct cs_source *source,
                       struct cs_notes *notes)
{
    const struct cs_trace *trace = &source->trace;
    char text[CS_UNIT_TEXT];

    if (trace->path == NULL)
        return;
    if (trace->last < -s->horizon.lead_in || trace->first >= s->horizon.duration)
        cs_note(notes, "Traffic %s: no row of %s is in this run.", source->name, trace->name);
    else if (trace->first < -s->horizon.lead_in)
        cs_note(notes,
                "Traffic %s: %s begins %s before the measured window; what is before the "
                "lead-in is not replayed.",
                source->name, trace->name,
                cs_unit_print(text, -cs_time_s(trace->first), CS_DIM_TIME));
    else if (trace->last >= s->horizon.duration)
        cs_note(notes,
                "Traffic %s: %s goes on beyond the measured window; what comes then is not "
                "measured.",
                source->name, trace->name);
}

void cs_warn_traffic(const struct cs_scenario *s, struct cs_notes *notes)
{
    for (uint32_t i = 0; i < s->n_sources; i++) {
        const struct cs_source *source = &s->source[i];

        warn_calendar(s, source, notes);
        warn_day_factor(source, notes);
        warn_profile(s, source, notes);
        warn_trace(s, source, notes);
    }
}
