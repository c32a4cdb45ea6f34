/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/math.h"

#include <float.h>
#include <stdint.h>

#include "rng/math_tables.h"

/* ln 2 = LN2_HI + LN2_LO, the first a multiple of 2^-42. */
static const double LN2_HI = 0x1.62e42fefa38p-1;
static const double LN2_LO = 0x1.ef35793c7673p-45;
/* ln 2 / 128 likewise, the first a multiple of 2^-41; and 128 / ln 2. */
static const double STEP_HI = 0x1.62e42fef8p-8;
static const double STEP_LO = 0x1.1cf79abc9e3b4p-43;
static const double STEPS_PER_UNIT = 0x1.71547652b82fep+7;

union word {
    double d;
    uint64_t u;
};

static inline double double_of(uint64_t bits)
{
    return (union word){.u = bits}.d;
}

static inline uint64_t bits_of(double x)
{
    return (union word){.d = x}.u;
}

/*
 * x = 2^k m, m in [0.6875, 1.375), and log x = k ln 2 - log(inv) + log(1 + r)
 * with r = m inv - 1, |r| <= 2^-7.  inv has 12 bits and m is cut in 37 and 16,
 * so both products are exact, and what rounding r = head + tail loses is known;
 * k LN2_HI + hi is exact too.  The only rounding that counts is the last sum.
 * Beside x = 1 nothing is lost at all: there k, hi and lo are 0 and r exact.
 * Taylor's series to r^8 leaves r^9 / 9 < 2^-59 |r|.
 */
double cs_log(double x)
{
    const uint64_t offset = UINT64_C(0x3fe6000000000000);
    uint64_t bits = bits_of(x);
    uint64_t from = bits - offset;
    int64_t k = (int64_t)from >> 52;
    const struct cs_log_row *row = &cs_log_table[from >> 45 & 127];
    uint64_t m_bits = bits - (from & UINT64_C(0xfff) << 52);
    double m = double_of(m_bits);
    double m_head = double_of(m_bits & ~UINT64_C(0xffff));

    double head = m_head * row->inv - 1.0;
    double tail = (m - m_head) * row->inv;
    double r = head + tail;
    double r2 = r * r;
    double r4 = r2 * r2;
    double series = r2 * ((-1.0 / 2 + r * (1.0 / 3)) + r2 * (-1.0 / 4 + r * (1.0 / 5)) +
                          r4 * ((-1.0 / 6 + r * (1.0 / 7)) - r2 * (1.0 / 8)));

    double whole = (double)k * LN2_HI + row->hi;
    double sum = whole + r;
    double lost = ((whole - sum) + r) + ((head - r) + tail);
    return sum + (lost + ((double)k * LN2_LO + row->lo) + series);
}

/*
 * x = n ln 2 / 128 + r, |r| < 0.0028, and e^x = 2^(n / 128) e^r.  Adding and
 * taking away 1.5 * 2^52 rounds to the nearest integer and leaves it in the
 * low bits.  Taylor's series to r^5 leaves r^6 / 720 < 2^-60.
 */
double cs_exp(double x)
{
    const double shift = 0x1.8p52;

    if (!(x >= -708.0))
        return 0.0;
    if (x > 708.0)
        return DBL_MAX;

    double shifted = x * STEPS_PER_UNIT + shift;
    uint64_t n_bits = bits_of(shifted);
    double n = shifted - shift;
    double r = (x - n * STEP_HI) - n * STEP_LO;
    double r2 = r * r;
    double series = r + r2 * ((1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120)));

    const struct cs_exp_row *row = &cs_exp_table[n_bits & 127];
    uint64_t scale_bits = bits_of(row->value) + (n_bits >> 7 << 52);
    double scale = double_of(scale_bits);
    return scale + scale * (series + row->rest);
}

static inline double poly7(const double c[8], double x)
{
    double x2 = x * x;
    double x4 = x2 * x2;

    return ((c[0] + c[1] * x) + (c[2] + c[3] * x) * x2) +
           ((c[4] + c[5] * x) + (c[6] + c[7] * x) * x2) * x4;
}

/* Coefficients of Wichura, "Algorithm AS 241: The percentage points of the
 * normal distribution", Applied Statistics 37 (1988), PPND16: numerator and
 * denominator near the middle, in the tails, and far out. */
static const double MIDDLE[2][8] = {
    {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
     3.3430575583588128105e4, 2.5090809287301226727e3},
    {1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
     5.2264952788528545610e3},
};
static const double TAIL[2][8] = {
    {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
     3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
     2.27238449892691845833e-2, 7.74545014278341407640e-4},
    {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
     1.05075007164441684324e-9},
};
static const double FAR[2][8] = {
    {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7},
    {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15},
};

double cs_normal_quantile(double p)
{
    double q = p - 0.5;

    if (q >= -0.425 && q <= 0.425) {
        double r = 0.180625 - q * q;
        return q * poly7(MIDDLE[0], r) / poly7(MIDDLE[1], r);
    }
    /* IEEE 754 rounds the square root correctly, so its bits are portable. */
    double r = __builtin_sqrt(-cs_log(q < 0.0 ? p : 1.0 - p));
    double z = r <= 5.0 ? poly7(TAIL[0], r - 1.6) / poly7(TAIL[1], r - 1.6)
                        : poly7(FAR[0], r - 5.0) / poly7(FAR[1], r - 5.0);
    return q < 0.0 ? -z : z;
}
