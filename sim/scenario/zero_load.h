/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_ZERO_LOAD_H
#define SCENARIO_ZERO_LOAD_H

#include "capsim/scenario.h"

/*
 * The measure of a latency objective (quantile, mean) when nobody waits for
 * anybody: requests of the objective's traffic are drawn one by one and their
 * steps' times and round trips added up.  No cold start, no queue, no new
 * connection, no error: a platform under load is not faster.
 *
 * Seconds, from CS_ZERO_LOAD_DRAWS requests with a fixed seed (a quantile near
 * 95 % is good to about 3 %); NaN where no request counts for the objective or
 * it is of another measure.
 */
enum { CS_ZERO_LOAD_DRAWS = 4000 };
double cs_zero_load(const struct cs_scenario *scenario, const struct cs_slo *slo);

#endif
