/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/settle.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "capsim/array.h"

enum { LEAST_POINTS = 8 };

struct point {
    size_t index; /* in the series */
    double value, smooth;
};

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return a < b ? -1 : a > b;
}

static double median(double *value, size_t n)
{
    qsort(value, n, sizeof *value, by_value);
    return n % 2 == 1 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2.0;
}

static double middle(double a, double b, double c)
{
    double low = a < b ? a : b, high = a < b ? b : a;

    return c < low ? low : c > high ? high : c;
}

static size_t take_points(struct point *point, const float *value, size_t n)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(value[i]))
            point[m++] = (struct point){.index = i, .value = (double)value[i]};
    for (size_t i = 0; i < m; i++)
        point[i].smooth = i == 0 || i + 1 == m
                              ? point[i].value
                              : middle(point[i - 1].value, point[i].value, point[i + 1].value);
    return m;
}

struct band {
    double level, width;
    bool is_flat;
};

static double median_of(const struct point *point, size_t from, size_t to, double *scratch)
{
    for (size_t i = from; i < to; i++)
        scratch[i - from] = point[i].smooth;
    return median(scratch, to - from);
}

/* Four standard deviations of what a line through the points leaves over. */
static double noise(const struct point *point, size_t from, size_t to, double *scratch)
{
    size_t mid = from + (to - from) / 2;
    double first = median_of(point, from, mid, scratch);
    double second = median_of(point, mid, to, scratch);
    double slope = 2.0 * (second - first) / (double)(to - from);
    double level = median_of(point, from, to, scratch);
    double centre = (double)(from + to - 1) / 2.0;

    for (size_t i = from; i < to; i++)
        scratch[i - from] = fabs(point[i].smooth - level - slope * ((double)i - centre));
    return 4.0 * 1.4826 * median(scratch, to - from);
}

/* Noise is that of a quarter by itself; where the two last quarters differ by more,
 * there is no level to settle at. */
static struct band find_band(const struct point *point, size_t m, double least)
{
    size_t from = m / 2, mid = from + (m - from) / 2;
    double *scratch = CS_NEW_ARRAY(double, m);
    double first = median_of(point, from, mid, scratch);
    double second = median_of(point, mid, m, scratch);
    double most = fmax(noise(point, from, mid, scratch), noise(point, mid, m, scratch));
    struct band band = {.level = median_of(point, from, m, scratch)};

    free(scratch);
    band.width = fmax(fmax(most, 0.05 * fabs(band.level)), least);
    band.is_flat = fabs(second - first) <= band.width;
    return band;
}

static bool is_inside(const struct band *band, const struct point *point)
{
    return fabs(point->smooth - band->level) <= band->width;
}

/* The first point from which on it keeps to the band up to `to`. */
static size_t first_settled(const struct band *band, const struct point *point, size_t to)
{
    size_t longest = to / 10 > 3 ? to / 10 : 3; /* excursion that is still noise */
    size_t first = to, inside = 0, run = 0, out = 0;

    for (size_t i = to; i-- > 0 && out < longest;) {
        run = is_inside(band, &point[i]) ? run + 1 : 0;
        out = run > 0 ? 0 : out + 1;
        inside += run > 0;
        if (run >= 3 && inside * 5 >= (to - i) * 4)
            first = i;
    }
    return first;
}

int cs_settle(const float *value, size_t n, double least)
{
    struct point *point = CS_NEW_ARRAY(struct point, n + 1);
    size_t m = take_points(point, value, n), half = m / 2, outside = 0;
    int settled = -1;

    if (m >= LEAST_POINTS) {
        struct band band = find_band(point, m, least);
        size_t first = first_settled(&band, point, half);

        for (size_t i = half; i < m; i++)
            outside += !is_inside(&band, &point[i]);
        if (band.is_flat && outside * 5 <= m - half && first < half)
            settled = first == 0 ? 0 : (int)point[first - 1].index + 1;
    }
    free(point);
    return settled;
}
