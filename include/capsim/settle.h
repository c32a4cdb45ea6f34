/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_SETTLE_H
#define CAPSIM_SETTLE_H

#include <stddef.h>

/*
 * When a disturbed series has settled: from which point on it keeps to the band in
 * which it ends.  It keeps to it from a point on when that and the next two are inside,
 * four fifths of all from there to the middle of the series are, and no excursion
 * lasts for a tenth of that (three points at least): single excursions of a noisy
 * series undo nothing.
 *
 * The band is about the median of the second half of the points, as wide as four
 * standard deviations of what a line through a quarter leaves over (from its median
 * absolute deviation, 1.4826 MAD; Rousseeuw and Croux 1993), but never narrower than
 * 5 % of the median or `least`.  Points are smoothed by a running median of three, so
 * that one odd point is no disturbance; NaN points are left out.
 *
 * value  n points of one series, from the disturbance on
 * least  half-width that is no change, in the series' unit, >= 0
 *
 * Returns the number of points before it has settled, 0 when it never left; -1 when
 * it has not settled within the first half: there it still is on its way, or a fifth
 * of the second half lies outside; or when there are fewer than 8 points.
 */
int cs_settle(const float *value, size_t n, double least);

#endif
