/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_VERSIONS_H
#define SCENARIO_VERSIONS_H

#include "scenario/bind.h"

/* Bind the versions of the bound and valid scenario that its events' `set` make. */
void cs_versions_bind(struct cs_bind *bind);

#endif
