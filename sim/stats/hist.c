/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"

static void mark_empty(struct cs_hist *hist)
{
    hist->total = 0;
    hist->sum = 0;
    hist->min = INT64_MAX;
    hist->max = INT64_MIN;
}

/* The outermost bins in use; only when not empty. */
static uint32_t first_bin(const struct cs_hist *hist)
{
    return cs_hist_bin(hist, hist->min);
}

static uint32_t last_bin(const struct cs_hist *hist)
{
    return cs_hist_bin(hist, hist->max);
}

/*
 * Many histograms of one size are allocated one after another.  Were that size
 * near a multiple of 4096, their first bins would all fall into the same few
 * sets of the cache: keep it 13 lines off.
 */
static size_t spread(size_t bins)
{
    enum { PAGE = 4096, OFF = 13 * 64 };
    size_t bytes = bins * sizeof(uint64_t);

    return (bytes + (PAGE + OFF - bytes % PAGE) % PAGE) / sizeof(uint64_t);
}

void cs_hist_init(struct cs_hist *hist, unsigned bits, unsigned top)
{
    CS_ASSERT(bits >= 1 && bits <= 12);
    CS_ASSERT(top >= bits && top <= 63);
    hist->bits = bits;
    hist->n_bins = (top - bits + 1) << bits;
    hist->count = CS_NEW_ARRAY(uint64_t, spread(hist->n_bins));
    mark_empty(hist);
}

void cs_hist_release(struct cs_hist *hist)
{
    free(hist->count);
    hist->count = NULL;
}

void cs_hist_reset(struct cs_hist *hist)
{
    if (hist->total > 0)
        memset(hist->count + first_bin(hist), 0,
               (last_bin(hist) - first_bin(hist) + 1) * sizeof *hist->count);
    mark_empty(hist);
}

void cs_hist_merge(struct cs_hist *dst, const struct cs_hist *src)
{
    CS_ASSERT(dst->bits == src->bits && dst->n_bins == src->n_bins);
    if (src->total == 0)
        return;
    for (uint32_t bin = first_bin(src); bin <= last_bin(src); bin++)
        dst->count[bin] += src->count[bin];
    dst->total += src->total;
    dst->sum += src->sum;
    dst->min = src->min < dst->min ? src->min : dst->min;
    dst->max = src->max > dst->max ? src->max : dst->max;
}

/* The least and the greatest value that fall into a bin. */
static int64_t least_of(const struct cs_hist *hist, uint32_t bin)
{
    uint64_t octave = bin >> hist->bits;
    uint64_t size = UINT64_C(1) << hist->bits;

    return octave == 0 ? (int64_t)bin : (int64_t)((size + (bin & (size - 1))) << (octave - 1));
}

static int64_t greatest_of(const struct cs_hist *hist, uint32_t bin)
{
    uint64_t octave = bin >> hist->bits;
    uint64_t size = UINT64_C(1) << hist->bits;

    return octave == 0 ? (int64_t)bin
                       : (int64_t)(((size + (bin & (size - 1)) + 1) << (octave - 1)) - 1);
}

void cs_hist_recount(struct cs_hist *hist)
{
    uint32_t first = UINT32_MAX, last = 0;

    hist->total = 0;
    for (uint32_t bin = 0; bin < hist->n_bins; bin++) {
        if (hist->count[bin] == 0)
            continue;
        hist->total += hist->count[bin];
        first = first == UINT32_MAX ? bin : first;
        last = bin;
    }
    if (hist->total == 0)
        return;
    hist->min = least_of(hist, first);
    hist->max = greatest_of(hist, last);
}

/* Of a touched bin: the outermost two are known better by min and max. */
static int64_t bin_least(const struct cs_hist *hist, uint32_t bin)
{
    return bin == first_bin(hist) ? hist->min : least_of(hist, bin);
}

static int64_t bin_greatest(const struct cs_hist *hist, uint32_t bin)
{
    return bin == last_bin(hist) ? hist->max : greatest_of(hist, bin);
}

/* From `bin` on, the bins with which the weight below stays short of `target`, eight at
 * a time: nearly all the time of a quantile goes here. */
static uint32_t skip_bins(const struct cs_hist *hist, uint32_t bin, double target,
                          uint64_t *below)
{
    for (; bin + 8 <= hist->n_bins; bin += 8) {
        const uint64_t *count = &hist->count[bin];
        uint64_t sum = count[0] + count[1] + count[2] + count[3] + count[4] + count[5] +
                       count[6] + count[7];

        if ((double)(*below + sum) >= target)
            break;
        *below += sum;
    }
    return bin;
}

double cs_hist_quantile(const struct cs_hist *hist, double q)
{
    double target = q * (double)hist->total;
    uint64_t below = 0;

    CS_ASSERT(q > 0.0 && q <= 1.0);
    if (hist->total == 0)
        return (double)NAN;
    uint32_t bin = skip_bins(hist, first_bin(hist), target, &below);

    for (; bin <= last_bin(hist); bin++) {
        uint64_t count = hist->count[bin];

        if (count > 0 && (double)(below + count) >= target) {
            double least = (double)bin_least(hist, bin);
            double width = (double)bin_greatest(hist, bin) - least;
            double share = (target - (double)below) / (double)count;

            /* Rounding of a total past 2^53 may put the target a hair below. */
            return least + (share > 0.0 ? share : 0.0) * width;
        }
        below += count;
    }
    return (double)hist->max;
}

double cs_hist_mean(const struct cs_hist *hist)
{
    return hist->total == 0 ? (double)NAN : (double)hist->sum / (double)hist->total;
}
