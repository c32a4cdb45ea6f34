/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_RNG_MATH_TABLES_H
#define CAPSIM_RNG_MATH_TABLES_H

/*
 * Row i of the logarithm belongs to the mantissas m whose bits lie in
 * [o + i * 2^45, o + (i + 1) * 2^45), o the bits of 0.6875: so m runs over
 * [0.6875, 1.375) and 1.0 is the border of rows 79 and 80.
 *
 * inv   1 / (middle of the row), rounded to a multiple of 2^-11; 1 in the rows
 *       beside 1.0, where log(m) must be exact to its last bit
 * hi    -log(inv) rounded to a multiple of 2^-42
 * lo    -log(inv) - hi, rounded to a double
 */
struct cs_log_row {
    double inv, hi, lo;
};

/* Row j of the exponential: 2^(j/128) rounded, and the relative rest
 * (2^(j/128) - value) / value. */
struct cs_exp_row {
    double value, rest;
};

extern const struct cs_log_row cs_log_table[128];
extern const struct cs_exp_row cs_exp_table[128];

#endif
