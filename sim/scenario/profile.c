/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/check.h"
#include "capsim/shape.h"

/* Index of the last point at or before t >= at[0]. */
static uint32_t point_before(const struct cs_profile *profile, cs_time t)
{
    uint32_t low = 0, high = profile->n;

    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;

        if (profile->at[mid] <= t)
            low = mid;
        else
            high = mid;
    }
    return low;
}

struct cs_piece cs_profile_piece(const struct cs_profile *profile, cs_time t)
{
    uint32_t last = profile->n - 1;
    double first = profile->rate_per_s[0];
    cs_time round = 0; /* start of the present repetition, from the first one's */

    if (t < profile->at[0])
        return (struct cs_piece){CS_TIME_LIMIT * -1, profile->at[0], first, first};
    if (profile->repeat > 0)
        round = (t - profile->at[0]) / profile->repeat * profile->repeat;
    uint32_t i = point_before(profile, t - round);
    struct cs_piece piece = {.from = profile->at[i] + round, .to = CS_NEVER};

    piece.v0 = piece.v1 = profile->rate_per_s[i];
    if (i < last) {
        piece.to = profile->at[i + 1] + round;
        piece.v1 = profile->rate_per_s[i + 1];
    } else if (profile->repeat > 0) {
        piece.to = profile->at[0] + round + profile->repeat;
        piece.v1 = first;
    }
    if (profile->is_step)
        piece.v1 = piece.v0;
    return piece;
}

double cs_piece_at(const struct cs_piece *piece, cs_time t)
{
    if (piece->to == CS_NEVER)
        return piece->v0;
    double part = (double)(t - piece->from) / (double)(piece->to - piece->from);

    return piece->v0 + (piece->v1 - piece->v0) * part;
}

/* Requests from `from` on to `to`, by trapezes. */
static double sum_of(const struct cs_profile *profile, cs_time from, cs_time to)
{
    double sum = 0.0;

    while (from < to) {
        struct cs_piece piece = cs_profile_piece(profile, from);
        cs_time end = piece.to < to ? piece.to : to;

        sum += (cs_piece_at(&piece, from) + cs_piece_at(&piece, end)) / 2.0 *
               ((double)(end - from) * 1e-9);
        from = end;
    }
    return sum;
}

double cs_profile_mean(const struct cs_profile *profile, cs_time from, cs_time to)
{
    cs_time repeat = profile->repeat, start = from, rounds = 0;
    double sum = 0.0;

    CS_ASSERT(from < to);
    if (repeat > 0 && from >= profile->at[0])
        rounds = (to - from) / repeat;
    if (rounds > 0) {
        sum = (double)rounds * sum_of(profile, from, from + repeat);
        start += rounds * repeat;
    }
    return (sum + sum_of(profile, start, to)) / ((double)(to - from) * 1e-9);
}
