/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: who asks again waits longer each time.
 * Equation:   delay = min(max, initial factor^failures); full jitter takes a
 *             uniform part of it.
 * Source:     Brooker, Exponential Backoff and Jitter (2015).
 * Leaves out: decorrelated and equal jitter.
 */
#include "platform.h"

cs_time cs_backoff_delay(const struct cs_backoff *config, uint32_t failures,
                         struct cs_draw *draw)
{
    double delay = (double)config->initial;

    for (uint32_t i = 0; i < failures && delay < (double)config->max; i++)
        delay *= config->factor;
    if (delay > (double)config->max)
        delay = (double)config->max;
    if (config->full_jitter)
        delay *= cs_draw_uniform(draw);
    return cs_time_from_s(delay * 1e-9);
}
