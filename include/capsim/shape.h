/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_SHAPE_H
#define CAPSIM_SHAPE_H

#include "capsim/scenario.h"

/*
 * The rate of an open source in time, at load 1: what does not depend on chance.
 * Instants are the engine's: the measured window starts at horizon.lead_in.
 *
 *     rate(t) = base(t) * sum over zones of share * daily * weekly * calendar
 *               * growth(t) * day factor * burst
 *
 * base is rate_per_s or the profile.
 */

/* One piece of a profile: linear from `from` to `to`. */
struct cs_piece {
    cs_time from, to; /* to: CS_NEVER where the value holds for ever */
    double v0, v1;
};

/* The piece that holds at t, counted from the start of the measured window; the
 * first value holds before the first point. */
struct cs_piece cs_profile_piece(const struct cs_profile *profile, cs_time t);
double cs_piece_at(const struct cs_piece *piece, cs_time t);
/* Mean of the profile over [from, to), from < to. */
double cs_profile_mean(const struct cs_profile *profile, cs_time from, cs_time to);

/* What the clocks of all zones make of `base`, and of one zone. */
double cs_shape_zone(const struct cs_scenario *scenario, const struct cs_source *source,
                     uint32_t zone, double base, cs_time t);
double cs_shape_clock(const struct cs_scenario *scenario, const struct cs_source *source,
                      double base, cs_time t);
/* A bound of it over the UTC day that starts at t. */
double cs_shape_clock_bound(const struct cs_scenario *scenario, const struct cs_source *source,
                            double base, cs_time t);
/* The start of the UTC day that t is in, and its number since 1970-01-01. */
cs_time cs_shape_day_start(const struct cs_scenario *scenario, cs_time t);
int64_t cs_shape_day(const struct cs_scenario *scenario, cs_time t);

/* Growth a second of the logarithm at probability u (in (0, 1)), monotone in u;
 * what it has come to at t. */
double cs_growth_quantile(const struct cs_growth *growth, double u);
double cs_growth_factor(const struct cs_scenario *scenario, double per_s, cs_time t);

/* Whether the source is active at t, and when that next changes (CS_NEVER). */
bool cs_shape_is_active(const struct cs_scenario *scenario, const struct cs_source *source,
                        cs_time t, cs_time *until);

/*
 * Expected requests of the source in [from, to) at load 1: growth at its median,
 * day factor and burst at their means.  A plain rate counts as its mean over the
 * shape; anything else is summed up in steps of a quarter of an hour at most.
 */
double cs_shape_expected(const struct cs_scenario *scenario, const struct cs_source *source,
                         cs_time from, cs_time to);
/* The same a second, as it is about t (over the quarter of an hour around it). */
double cs_shape_expected_rate(const struct cs_scenario *scenario,
                              const struct cs_source *source, cs_time t);
/* Expected requests a second of the measured window, at load 1. */
double cs_shape_mean_rate(const struct cs_scenario *scenario, const struct cs_source *source);
/* Whether both rates are the same at all times. */
bool cs_shape_is_same(const struct cs_source *a, const struct cs_source *b);
/* Share of the source's requests that are of the function. */
double cs_shape_share(const struct cs_source *source, uint32_t function);

#endif
