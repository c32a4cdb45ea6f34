/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CLI_LOAD_H
#define CAPSIM_CLI_LOAD_H

#include "capsim/scenario.h"
#include "cli/options.h"

/*
 * The scenario that the options name, with their settings laid over it and
 * their objectives alone deciding.  What is wrong or doubtful goes to standard
 * error.
 *
 * Returns NULL with *status CS_EXIT_USAGE or CS_EXIT_WORLD; otherwise free it
 * with cs_scenario_free.
 */
struct cs_scenario *cs_cli_load(const struct cs_options *options, int *status);

#endif
