/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/decide.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/check.h"
#include "capsim/estimate.h"

/* P(X >= k) of a binomial: DLMF 8.17.5. */
static double tail_from(uint64_t k, uint64_t n, double p)
{
    return k == 0 ? 1.0 : gsl_cdf_beta_P(p, (double)k, (double)(n - k) + 1.0);
}

double cs_share_doubt(uint64_t k, uint64_t n, double asked)
{
    CS_ASSERT(n >= 1 && k <= n && asked > 0.0 && asked <= 1.0);
    double above = tail_from(k, n, asked);
    double below = k == n ? 1.0 : gsl_cdf_beta_Q(asked, (double)k + 1.0, (double)(n - k));

    return fmin(1.0, 2.0 * fmin(above, below));
}

static bool decides(double share, uint64_t n, double asked, double confidence)
{
    uint64_t k = (uint64_t)llround(share * (double)n);
    struct cs_estimate e = cs_estimate_share(k, n, confidence);

    return e.lo >= asked || e.hi < asked;
}

uint64_t cs_share_needed(uint64_t k, uint64_t n, double asked, double confidence)
{
    const uint64_t most = 1000000000;
    double share = (double)k / (double)n;
    uint64_t low = n, high = n;

    if (decides(share, n, asked, confidence))
        return n;
    while (!decides(share, high, asked, confidence)) {
        if (high >= most)
            return 0;
        low = high;
        high = 2 * high < most ? 2 * high : most;
    }
    while (high - low > 1) {
        uint64_t mid = low + (high - low) / 2;

        if (decides(share, mid, asked, confidence))
            high = mid;
        else
            low = mid;
    }
    return high;
}

/* ---- several at once ---- */

struct ranked {
    double p;
    size_t index;
};

static int by_p(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;

    if (a->p != b->p)
        return a->p < b->p ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

void cs_holm(double *p, size_t m)
{
    struct ranked *order = CS_NEW_ARRAY(struct ranked, m + 1);
    double most = 0.0;

    for (size_t i = 0; i < m; i++)
        order[i] = (struct ranked){p[i], i};
    qsort(order, m, sizeof *order, by_p);
    for (size_t i = 0; i < m; i++) {
        most = fmax(most, fmin(1.0, (double)(m - i) * order[i].p));
        p[order[i].index] = most;
    }
    free(order);
}

/* ---- two groups ---- */

struct cut {
    size_t n_low;
    double ratio; /* gap to standard deviation within the groups */
};

static double squares(const double *y, size_t n)
{
    double mean = 0.0, sum = 0.0;

    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        sum += (y[i] - mean) * (y[i] - mean);
    return sum;
}

static double ratio_at(const double *y, size_t n, size_t n_low)
{
    double gap = y[n_low] - y[n_low - 1];
    double within = squares(y, n_low) + squares(y + n_low, n - n_low);

    return gap > 0.0 ? gap / sqrt(within / (double)(n - 2)) : 0.0;
}

static struct cut best_cut(const double *y, size_t n)
{
    struct cut best = {0, 0.0};

    for (size_t k = 2; k + 2 <= n; k++) {
        double ratio = ratio_at(y, n, k);

        if (ratio > best.ratio)
            best = (struct cut){k, ratio};
    }
    return best;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static size_t drop_nan(double *y, size_t n)
{
    size_t used = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i]))
            y[used++] = y[i];
    return used;
}

static bool is_apart_in_logs(const double *y, size_t n, size_t n_low, double bound)
{
    double *logs = CS_NEW_ARRAY(double, n);

    for (size_t i = 0; i < n; i++)
        logs[i] = log(y[i]);
    bool is_apart = ratio_at(logs, n, n_low) > bound;

    free(logs);
    return is_apart;
}

static double mean_of(const double *y, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += y[i];
    return sum / (double)n;
}

struct cs_split cs_split_find(double *y, size_t n)
{
    enum { LEAST = 10 };

    n = drop_nan(y, n);
    if (n < LEAST)
        return (struct cs_split){.n = n};
    qsort(y, n, sizeof *y, compare_doubles);
    double bound = 1.5 + 30.0 / (double)n;
    struct cut cut = best_cut(y, n);
    bool is_split =
        cut.ratio > bound && (y[0] <= 0.0 || is_apart_in_logs(y, n, cut.n_low, bound));

    if (!is_split)
        return (struct cs_split){.n = n, .low = mean_of(y, n), .high = mean_of(y, n)};
    return (struct cs_split){
        .is_split = true,
        .n = n,
        .n_low = cut.n_low,
        .low = mean_of(y, cut.n_low),
        .high = mean_of(y + cut.n_low, n - cut.n_low),
        .low_end = y[cut.n_low - 1],
        .high_end = y[cut.n_low],
    };
}
