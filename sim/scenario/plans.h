/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_PLANS_H
#define SCENARIO_PLANS_H

#include "scenario/bind.h"

/* Bind the plans of the bound and valid scenario, each as a scenario of its own. */
void cs_plans_bind(struct cs_bind *bind);

#endif
