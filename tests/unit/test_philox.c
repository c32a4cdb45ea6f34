/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "capsim/rng.h"

/* Unsigned numbers of 32-bit limbs, least first: the reference below shares
 * no multiplication with the code under test. */
static void multiply(const uint64_t a, const uint64_t b, uint64_t *high, uint64_t *low)
{
    const uint32_t x[2] = {(uint32_t)a, (uint32_t)(a >> 32)};
    const uint32_t y[2] = {(uint32_t)b, (uint32_t)(b >> 32)};
    uint32_t limb[4] = {0};

    for (int i = 0; i < 2; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 2; j++) {
            carry += (uint64_t)x[i] * y[j] + limb[i + j];
            limb[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        limb[i + 2] = (uint32_t)carry;
    }
    *low = (uint64_t)limb[1] << 32 | limb[0];
    *high = (uint64_t)limb[3] << 32 | limb[2];
}

/* Philox4x64 as section 3.4 of the paper draws it: two 2x64 S-boxes and a
 * swap a round, the Weyl key schedule between rounds. */
static void reference(const uint64_t key[2], const uint64_t counter[4], uint64_t out[4])
{
    uint64_t k0 = key[0], k1 = key[1];

    memcpy(out, counter, 4 * sizeof *out);
    for (int round = 0; round < 10; round++) {
        uint64_t high0, low0, high1, low1;

        multiply(out[0], UINT64_C(0xD2E7470EE14C6C93), &high0, &low0);
        multiply(out[2], UINT64_C(0xCA5A826395121157), &high1, &low1);
        out[0] = high1 ^ out[1] ^ k0;
        out[2] = high0 ^ out[3] ^ k1;
        out[1] = low1;
        out[3] = low0;
        k0 += UINT64_C(0x9E3779B97F4A7C15); /* the golden ratio */
        k1 += UINT64_C(0xBB67AE8584CAA73B); /* sqrt(3) - 1 */
    }
}

/* Random123's own known answers for philox4x64, 10 rounds. */
Test(philox, known_answers)
{
    static const struct {
        uint64_t counter[4], key[2], out[4];
    } known[] = {
        {{0, 0, 0, 0},
         {0, 0},
         {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
         {UINT64_MAX, UINT64_MAX},
         {0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}},
        {{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
         {0x452821e638d01377, 0xbe5466cf34e90c6c},
         {0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint64_t out[4];

        cs_philox(known[i].key, known[i].counter, out);
        cr_expect_arr_eq(out, known[i].out, sizeof out, "vector %zu", i);
    }
}

Test(philox, agrees_with_the_reference)
{
    uint64_t key[2] = {1, 2}, counter[4] = {3, 4, 5, 6};

    for (int i = 0; i < 10000; i++) {
        uint64_t expected[4], out[4];

        reference(key, counter, expected);
        cs_philox(key, counter, out);
        cr_assert_arr_eq(out, expected, sizeof out, "step %d", i);
        memcpy(counter, out, sizeof counter);
        key[i % 2] ^= out[i % 4];
    }
}

Test(philox, draws_follow_the_documented_counter)
{
    const uint64_t key[2] = {7, 8};
    struct cs_draw draw;

    cs_draw_init(&draw, 7, 8, 9, 10, 11, 12);
    for (uint64_t block = 0; block < 3; block++) {
        const uint64_t counter[4] = {9, UINT64_C(10) << 32 | 11, block, 12};
        uint64_t out[4];

        reference(key, counter, out);
        for (int i = 0; i < 4; i++)
            cr_assert_eq(cs_draw_u64(&draw), out[i], "block %d word %d", (int)block, i);
    }
}

static uint64_t first_word(uint64_t seed, uint64_t stream, uint64_t entity, uint32_t attempt,
                           uint32_t step, uint32_t replication)
{
    struct cs_draw draw;

    cs_draw_init(&draw, seed, stream, entity, attempt, step, replication);
    return cs_draw_u64(&draw);
}

/* Every coordinate counts: dropping one from the key or counter shows here. */
Test(philox, every_coordinate_changes_the_draw)
{
    const uint64_t base = first_word(1, 1, 1, 1, 1, 1);

    cr_expect_eq(base, first_word(1, 1, 1, 1, 1, 1));
    cr_expect_neq(base, first_word(2, 1, 1, 1, 1, 1));
    cr_expect_neq(base, first_word(1, 2, 1, 1, 1, 1));
    cr_expect_neq(base, first_word(1, 1, 2, 1, 1, 1));
    cr_expect_neq(base, first_word(1, 1, 1, 2, 1, 1));
    cr_expect_neq(base, first_word(1, 1, 1, 1, 2, 1));
    cr_expect_neq(base, first_word(1, 1, 1, 1, 1, 2));
}

Test(philox, uniform_is_strictly_inside)
{
    cr_expect(cs_uniform_of(0) == 0x1p-53);
    cr_expect(cs_uniform_of(UINT64_MAX) == 1.0 - 0x1p-53);
    cr_expect(cs_uniform_of(UINT64_MAX) < 1.0);
    cr_expect(cs_uniform_of(UINT64_C(1) << 63) == 0.5 + 0x1p-53);
}

/* FNV-1a 64 of "" is cbf29ce484222325, of "a" af63dc4c8601ec8c (published
 * test vectors); the top 8 bits are folded in and the purpose put there. */
Test(philox, stream_id)
{
    cr_expect_eq(cs_stream_id(CS_PURPOSE_ARRIVAL, ""),
                 UINT64_C(0x01f29ce484222325) ^ UINT64_C(0xcb));
    cr_expect_eq(cs_stream_id(CS_PURPOSE_BOOTSTRAP, "a"),
                 UINT64_C(0x1063dc4c8601ec8c) ^ UINT64_C(0xaf));
    cr_expect_neq(cs_stream_id(CS_PURPOSE_STEP, "web"), cs_stream_id(CS_PURPOSE_STEP, "api"));
}

Test(philox, gsl_type_is_the_same_sequence)
{
    gsl_rng *rng = gsl_rng_alloc(cs_gsl_rng_philox);
    struct cs_draw draw;

    gsl_rng_set(rng, 99);
    cs_draw_init(&draw, 99, 0, 0, 0, 0, 0);
    for (int i = 0; i < 9; i++)
        cr_expect_eq(gsl_rng_get(rng), cs_draw_u64(&draw));
    cr_expect(gsl_rng_uniform(rng) == cs_draw_uniform(&draw));
    cr_expect_str_eq(gsl_rng_name(rng), "philox4x64-10");
    gsl_rng_free(rng);
}

/* GSL's samplers on top of it: a wrong range (max, min) shifts these means.
 * Fixed seed, |z| < 4.5. */
Test(philox, gsl_samplers_have_their_means)
{
    enum { N = 200000 };
    gsl_rng *rng = gsl_rng_alloc(cs_gsl_rng_philox);
    double normal = 0.0, gamma = 0.0, die = 0.0, poisson = 0.0;

    gsl_rng_set(rng, 5);
    for (int i = 0; i < N; i++) {
        normal += gsl_ran_gaussian_ziggurat(rng, 1.0);
        gamma += gsl_ran_gamma(rng, 2.5, 1.0);
        die += (double)gsl_rng_uniform_int(rng, 6);
        poisson += gsl_ran_poisson(rng, 30.0);
    }
    cr_expect_lt(fabs(normal) / sqrt(N), 4.5);
    cr_expect_lt(fabs(gamma - 2.5 * N) / sqrt(2.5 * N), 4.5);
    cr_expect_lt(fabs(die - 2.5 * N) / sqrt(35.0 / 12.0 * N), 4.5);
    cr_expect_lt(fabs(poisson - 30.0 * N) / sqrt(30.0 * N), 4.5);
    gsl_rng_free(rng);
}

/* 256 bins of the uniform, 1e6 draws over many short sequences: chi-square
 * with 255 degrees, as a normal deviate.  Catches overlapping counters and
 * lost or repeated words of a block. */
Test(philox, uniforms_of_many_entities_are_uniform)
{
    enum { ENTITIES = 200000, EACH = 5, BINS = 256 };
    static unsigned bin[BINS];
    double chi2 = 0.0, expected = (double)ENTITIES * EACH / BINS;

    for (uint64_t entity = 0; entity < ENTITIES; entity++) {
        struct cs_draw draw;
        cs_draw_init(&draw, 1, cs_stream_id(CS_PURPOSE_STEP, "x"), entity, 0, 0, 0);
        for (int i = 0; i < EACH; i++)
            bin[(int)(cs_draw_uniform(&draw) * BINS)]++;
    }
    for (int i = 0; i < BINS; i++)
        chi2 += (bin[i] - expected) * (bin[i] - expected) / expected;
    cr_expect_lt(fabs(chi2 - 255.0) / sqrt(2 * 255.0), 4.5, "chi2 = %g", chi2);
}
