/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "capsim/breakdown.h"
#include "capsim/hist.h"

static struct cs_breakdown_bin *new_row(void)
{
    return calloc(CS_BREAKDOWN_BINS, sizeof(struct cs_breakdown_bin));
}

static void put(struct cs_breakdown_bin *row, uint64_t n, uint64_t first_ns, uint64_t last_ns)
{
    struct cs_breakdown_bin *bin = &row[cs_breakdown_index(first_ns + last_ns)];

    bin->count += n;
    bin->stage_ns[0] += n * first_ns;
    bin->stage_ns[7] += n * last_ns;
}

/* Catches bins that are not those of a histogram, or an index past the end. */
Test(breakdown, bins_are_those_of_a_histogram)
{
    struct cs_hist hist;

    cs_hist_init(&hist, CS_BREAKDOWN_BITS, CS_BREAKDOWN_TOP);
    for (uint64_t ns = 0; ns < 1ull << 45; ns = ns * 5 / 4 + 1)
        cr_expect_eq(cs_breakdown_index(ns), cs_hist_bin(&hist, (int64_t)ns));
    cr_expect_eq(cs_breakdown_index((1ull << 46) - 1), CS_BREAKDOWN_BINS - 1);
    cr_expect_eq(cs_breakdown_index(UINT64_MAX), CS_BREAKDOWN_BINS - 1);
    cs_hist_release(&hist);
}

/* 90 requests of 1 + 3 ms, 10 of 80 + 20: by hand. */
Test(breakdown, shares_by_hand)
{
    struct cs_breakdown_bin *row = new_row();
    double part[CS_BREAKDOWN_STAGES];

    put(row, 90, 1000000, 3000000);
    put(row, 10, 80000000, 20000000);
    cr_expect_float_eq(cs_breakdown_shares(row, 1.0, part), 1.36e-2, 1e-15);
    cr_expect_float_eq(part[0], 890.0 / 1360, 1e-12);
    cr_expect_float_eq(part[7], 470.0 / 1360, 1e-12);
    cr_expect_eq(part[3], 0.0);
    cr_expect_float_eq(cs_breakdown_shares(row, 0.05, part), 0.1, 1e-15);
    cr_expect_float_eq(part[0], 0.8, 1e-12);
    /* The slowest 20: all of the upper bin, a ninth of the lower. */
    cr_expect_float_eq(cs_breakdown_shares(row, 0.2, part), 0.052, 1e-15);
    cr_expect_float_eq(part[0], 810.0 / 1040, 1e-12);
    free(row);
}

Test(breakdown, merging_is_exact_and_nothing_has_no_shares)
{
    struct cs_breakdown_bin *a = new_row(), *b = new_row(), *both = new_row();
    double part[CS_BREAKDOWN_STAGES];

    put(a, 3, 1000, 2000);
    put(b, 5, 1000, 2000);
    put(b, 1, 70, UINT32_MAX);
    put(both, 8, 1000, 2000);
    put(both, 1, 70, UINT32_MAX);
    cs_breakdown_merge(a, b);
    cr_expect(memcmp(a, both, CS_BREAKDOWN_BINS * sizeof *a) == 0);
    free(b);
    b = new_row();
    cr_expect(isnan(cs_breakdown_shares(b, 0.05, part)));
    cr_expect(isnan(part[0]));
    put(b, 4, 0, 0); /* answered at once: no time to share */
    cr_expect(isnan(cs_breakdown_shares(b, 0.05, part)));
    free(a);
    free(b);
    free(both);
}
