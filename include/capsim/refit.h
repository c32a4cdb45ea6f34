/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REFIT_H
#define CAPSIM_REFIT_H

#include "capsim/scenario.h"

/* Distributions that carry the size of their sample; equal ones count once. */
size_t cs_scenario_fitted(const struct cs_scenario *scenario);
/*
 * The scenario as another sample of every such distribution would have given it
 * (cs_dist_refit): the same for the same number of the bootstrap, whatever else
 * the file says.  It borrows from `scenario`, which must outlive it.  Free with
 * cs_scenario_free.
 */
struct cs_scenario *cs_scenario_refit(const struct cs_scenario *scenario, uint32_t bootstrap);

#endif
