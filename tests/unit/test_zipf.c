/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "capsim/dist.h"

/* The share of all words that a rank gets, read off the table itself. */
static void table_shares(const struct cs_zipf *zipf, double *share)
{
    for (uint64_t i = 0; i < zipf->n; i++)
        share[i] = 0.0;
    for (uint64_t i = 0; i < zipf->n; i++) {
        double own = zipf->cell[i].threshold * 0x1p-32;
        share[i] += own / (double)zipf->n;
        share[zipf->cell[i].alias] += (1.0 - own) / (double)zipf->n;
    }
}

static double exact_sum(uint64_t n, double exponent, double shift)
{
    double sum = 0.0;

    for (uint64_t i = n; i > 0; i--)
        sum += pow((double)i + shift, -exponent);
    return sum;
}

/* The table must carry the weights to its resolution, 2^-32 of a cell, times
 * the cells that lean on a rank: at most n of them. */
static void check_table(uint64_t n, double exponent, double shift)
{
    struct cs_arena *arena = cs_arena_new();
    struct cs_zipf zipf = cs_zipf_new(arena, n, exponent, shift);
    double *share = malloc(n * sizeof *share), sum = exact_sum(n, exponent, shift);

    cr_assert_not_null(share);
    table_shares(&zipf, share);
    for (uint64_t i = 0; i < n; i++) {
        double exact = pow((double)i + 1.0 + shift, -exponent) / sum;
        cr_assert_float_eq(share[i], exact, 0x1p-31, "rank %d: %g, exact %g", (int)i, share[i],
                           exact);
    }
    free(share);
    cs_arena_free(arena);
}

Test(zipf, tables_carry_the_weights)
{
    check_table(1, 0.8, 0.0);
    check_table(2, 1.0, 0.0);
    check_table(10000, 0.8, 10.0);
    check_table(1000, 1.2, -0.5);
    check_table(777, 0.0, 0.0);
    check_table(100000, 1.0, 0.0);
    check_table(50, 400.0, 3.0);
}

/* Chi-square over 1000 ranks, fixed seed, as a normal deviate below 4.5:
 * catches a draw that uses the same bits for cell and fraction. */
Test(zipf, samples_have_the_weights)
{
    enum { RANKS = 1000, DRAWS = 2000000 };
    struct cs_arena *arena = cs_arena_new();
    struct cs_zipf zipf = cs_zipf_new(arena, RANKS, 0.9, 2.0);
    static unsigned count[RANKS];
    struct cs_draw draw;
    double sum = exact_sum(RANKS, 0.9, 2.0), chi2 = 0.0;

    cs_draw_init(&draw, 6, 1, 1, 0, 0, 0);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t rank = cs_zipf_sample(&zipf, cs_draw_u64(&draw));
        cr_assert_lt(rank, RANKS);
        count[rank]++;
    }
    for (int i = 0; i < RANKS; i++) {
        double expected = DRAWS * pow(i + 3.0, -0.9) / sum;
        chi2 += (count[i] - expected) * (count[i] - expected) / expected;
    }
    double z = (chi2 - (RANKS - 1)) / sqrt(2.0 * (RANKS - 1));
    cr_expect_lt(fabs(z), 4.5, "chi2 = %g", chi2);
    cs_arena_free(arena);
}

Test(zipf, extreme_words_are_in_range)
{
    struct cs_arena *arena = cs_arena_new();
    struct cs_zipf zipf = cs_zipf_new(arena, 12345, 0.7, 0.0);

    cr_expect_lt(cs_zipf_sample(&zipf, 0), 12345);
    cr_expect_lt(cs_zipf_sample(&zipf, UINT64_MAX), 12345);
    cs_arena_free(arena);
}

/* Pins the table's bits: no libm in it, so every machine has the same. */
Test(zipf, bits_are_pinned)
{
    struct cs_arena *arena = cs_arena_new();
    struct cs_zipf zipf = cs_zipf_new(arena, 100000, 0.83, 7.0);
    uint64_t hash = 0;

    for (uint64_t i = 0; i < zipf.n; i++) {
        hash = (hash ^ zipf.cell[i].threshold) * UINT64_C(0x100000001b3);
        hash = (hash ^ zipf.cell[i].alias) * UINT64_C(0x100000001b3);
    }
    cr_expect_eq(hash, UINT64_C(0x13e1df7b4b8cef03), "%016" PRIx64, hash);
    cs_arena_free(arena);
}
