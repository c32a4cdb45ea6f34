/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef REPORT_CONCLUDE_H
#define REPORT_CONCLUDE_H

#include <stdio.h>

#include "capsim/result.h"

/*
 * Sentences on what the numbers of a result are and how sure they are together.
 * Plain text; each ends with a full stop.
 */
enum { CS_CONCLUDE_MAX = 4, CS_CONCLUDE_SIZE = 320 };

/* Writes them, returns how many there are. */
size_t cs_conclude(const struct cs_result *result,
                   char sentence[CS_CONCLUDE_MAX][CS_CONCLUDE_SIZE]);

/* What stands for an objective's value: the mean with its interval, or, where
 * outcomes are two-sided, the probability of the worse one with its own. */
const char *cs_conclude_value(char *buf, const struct cs_result_slo *slo);

/* The largest half-width of these rows' intervals, relative to their means:
 * "±1.2%"; "–" where no row has one. */
const char *cs_conclude_within(char *buf, const struct cs_result_metric *const *cell, size_t n);

#endif
