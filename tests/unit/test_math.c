/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "capsim/math.h"
#include "capsim/rng.h"

enum { N_POINTS = 1000000 };

static struct cs_draw draw_of(uint64_t entity)
{
    struct cs_draw draw;

    cs_draw_init(&draw, 41, 1, entity, 0, 0, 0);
    return draw;
}

static int64_t bits_of(double x)
{
    int64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Both positive: doubles in order are integers in order. */
static int64_t ulps_between(double a, double b)
{
    int64_t d = bits_of(a) - bits_of(b);

    return d < 0 ? -d : d;
}

static uint64_t hash_step(uint64_t hash, double x)
{
    return (hash ^ (uint64_t)bits_of(x)) * UINT64_C(0x100000001b3);
}

/* Any positive normal double, each exponent as likely. */
static double wide_positive(struct cs_draw *draw)
{
    uint64_t bits = cs_draw_u64(draw) >> 12;
    uint64_t exponent = 1 + cs_draw_u64(draw) % 2046;
    double x;

    bits |= exponent << 52;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 1 + something of any size down to 2^-52: where log loses all to cancelling. */
static double near_one(struct cs_draw *draw)
{
    double u = cs_draw_uniform(draw) - 0.5;

    return 1.0 + ldexp(u, -(int)(cs_draw_u64(draw) % 52));
}

static void check_log(double x)
{
    double ours = cs_log(x);
    double libm = log(x);

    if (libm == 0.0) {
        cr_assert(ours == 0.0, "cs_log(%a) = %a", x, ours);
        return;
    }
    cr_assert(ours * libm > 0.0, "cs_log(%a) = %a", x, ours);
    cr_assert_leq(ulps_between(fabs(ours), fabs(libm)), 1, "cs_log(%a) = %a, libm %a", x, ours,
                  libm);
}

Test(math, log_is_within_one_ulp)
{
    struct cs_draw draw = draw_of(1);

    for (int i = 0; i < N_POINTS; i++) {
        check_log(wide_positive(&draw));
        check_log(near_one(&draw));
        check_log(cs_draw_uniform(&draw));
        check_log(0.5 + 1.5 * cs_draw_uniform(&draw));
    }
}

Test(math, log_at_borders_of_rows)
{
    check_log(DBL_MIN);
    check_log(DBL_MAX);
    check_log(0x1p-53);
    check_log(1.0);
    for (int i = 0; i <= 128; i++) {
        uint64_t bits = UINT64_C(0x3fe6000000000000) + ((uint64_t)i << 45);
        double x;

        memcpy(&x, &bits, sizeof x);
        check_log(x);
        check_log(nextafter(x, 0.0));
        check_log(nextafter(x, 2.0));
    }
}

static void check_exp(double x)
{
    cr_assert_leq(ulps_between(cs_exp(x), exp(x)), 1, "cs_exp(%a) = %a, libm %a", x, cs_exp(x),
                  exp(x));
}

Test(math, exp_is_within_one_ulp)
{
    struct cs_draw draw = draw_of(2);

    for (int i = 0; i < N_POINTS; i++) {
        check_exp(1416.0 * cs_draw_uniform(&draw) - 708.0);
        check_exp(4.0 * cs_draw_uniform(&draw) - 2.0);
        check_exp(ldexp(cs_draw_uniform(&draw) - 0.5, -(int)(cs_draw_u64(&draw) % 60)));
    }
}

Test(math, exp_at_the_ends)
{
    cr_assert(cs_exp(0.0) == 1.0);
    cr_assert(cs_exp(-0.0) == 1.0);
    check_exp(708.0);
    check_exp(-708.0);
    cr_assert(cs_exp(-708.5) == 0.0);
    cr_assert(cs_exp(-HUGE_VAL) == 0.0);
    cr_assert(cs_exp(709.0) == DBL_MAX);
    cr_assert(cs_exp(HUGE_VAL) == DBL_MAX);
}

/* Golden values to 20 digits from arbitrary-precision root finding of
 * erfc(-z / sqrt 2) = 2 p. */
Test(math, normal_quantile_golden)
{
    static const double golden[][2] = {
        {0.95, 1.6448536269514722843},    {0.975, 1.9599639845400538556},
        {0.6, 0.25334710313579974132},    {0.02, -2.0537489106318230443},
        {1e-9, -5.9978070150076868614},   {1e-14, -7.6506280929352688166},
        {1e-300, -37.047096299361199237},
    };

    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        double z = cs_normal_quantile(golden[i][0]);
        cr_assert_lt(fabs(z / golden[i][1] - 1.0), 4e-15, "p %g: %.17g", golden[i][0], z);
    }
    cr_assert(cs_normal_quantile(0.5) == 0.0);
}

Test(math, normal_quantile_inverts_the_distribution)
{
    struct cs_draw draw = draw_of(3);

    for (int i = 0; i < 100000; i++) {
        double p = cs_draw_uniform(&draw);
        double z = cs_normal_quantile(p);

        cr_assert_float_eq(gsl_cdf_ugaussian_P(z), p, 4e-15);
        /* 1 - p is exact for these p: symmetry must be exact too. */
        cr_assert(cs_normal_quantile(1.0 - p) == -z, "p = %a", p);
    }
}

/*
 * The same bits on every compiler, optimisation level and CPU: a constant
 * pins them.  A compiler that contracts a*b+c, or a call that slips into
 * libm, changes the hash.
 */
Test(math, bits_are_pinned)
{
    struct cs_draw draw = draw_of(4);
    uint64_t hash_log = 0, hash_exp = 0, hash_normal = 0;

    for (int i = 0; i < N_POINTS; i++) {
        double u = cs_draw_uniform(&draw);

        hash_log = hash_step(hash_log, cs_log(u));
        hash_log = hash_step(hash_log, cs_log(wide_positive(&draw)));
        hash_exp = hash_step(hash_exp, cs_exp(200.0 * (u - 0.5)));
        hash_normal = hash_step(hash_normal, cs_normal_quantile(u));
    }
    cr_expect_eq(hash_log, UINT64_C(0x1b8863a1d1524a73), "log %016" PRIx64, hash_log);
    cr_expect_eq(hash_exp, UINT64_C(0xc2df67f7f9b6c564), "exp %016" PRIx64, hash_exp);
    cr_expect_eq(hash_normal, UINT64_C(0x1e8363caf353ccde), "normal %016" PRIx64, hash_normal);
}
