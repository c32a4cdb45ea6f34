/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_EXPERIMENT_LOOKS_H
#define CAPSIM_EXPERIMENT_LOOKS_H

#include "capsim/result.h"

/*
 * Stopping when the objectives are known well enough.  The data are looked at
 * only at counts fixed beforehand, each about 30 % above the last, and the 5 %
 * of error are split over the looks (Bonferroni): so a stop at a lucky moment
 * costs no confidence, and the number of threads changes nothing.
 */

/* The count after n, at most `max`. */
uint64_t cs_looks_next(uint64_t n, uint64_t max);
/* How many looks there are from min to max; 1 when they are equal. */
uint64_t cs_looks_count(uint64_t min, uint64_t max);

/*
 * From built objectives: the largest half-width of a value's interval relative
 * to the value, over those that gate (all, when none does).  Infinite when one
 * has no spread to judge by; 0 where a value never varied or nothing exercised
 * the objective.
 */
double cs_looks_precision(const struct cs_result *result);
/* Precise enough, and no verdict left open among the same objectives. */
bool cs_looks_are_enough(const struct cs_result *result, double precision);

#endif
