/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MATH_H
#define CAPSIM_MATH_H

/*
 * log, exp and the inverse normal for the event path: only + - * / and integer
 * operations, so the bits are the same on every CPU, with and without FMA, at
 * every optimisation level (build with -ffp-contract=off).  libm's are not:
 * glibc picks FMA variants at run time.
 */

/* Natural logarithm of a positive, finite, normal x; within 1 ulp of libm. */
double cs_log(double x);

/* e^x; within 1 ulp of libm for |x| <= 708; 0 below, DBL_MAX above. */
double cs_exp(double x);

/* The standard normal quantile of p in (0, 1): AS 241 PPND16 (Wichura 1988),
 * relative error about 1e-16. */
double cs_normal_quantile(double p);

#endif
