/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/level.h"

#include <math.h>

/* Levels below 512 are exact, greater ones to 0.4 %. */
enum { TIME_BITS = 8, TIME_TOP = 32 };

void cs_level_init(struct cs_level *level, cs_time now, bool with_time)
{
    *level = (struct cs_level){.since = now};
    if (with_time)
        cs_hist_init(&level->time, TIME_BITS, TIME_TOP);
}

void cs_level_release(struct cs_level *level)
{
    cs_hist_release(&level->time);
}

void cs_level_reset(struct cs_level *level, cs_time now)
{
    cs_level_flush(level, now);
    level->max = level->value;
    if (level->time.count != NULL) {
        cs_hist_recount(&level->time);
        cs_hist_reset(&level->time);
    }
}

double cs_level_quantile(struct cs_level *level, double q)
{
    if (level->time.count == NULL)
        return (double)NAN;
    cs_hist_recount(&level->time);
    return cs_hist_quantile(&level->time, q);
}
