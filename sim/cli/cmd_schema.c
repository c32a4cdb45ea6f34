/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "capsim/scenario.h"
#include "cli/cli.h"
#include "cli/options.h"

static const struct argp_option option_list[] = {CS_OPTION_END};

static int run_schema(const struct cs_command *command, int argc, char **argv)
{
    struct cs_options options;

    cs_options_read(&options, command, option_list, argc, argv);
    cs_scenario_schema(stdout);
    cs_options_release(&options);
    return CS_EXIT_OK;
}

const struct cs_command cs_command_schema = {
    "schema",
    "JSON Schema of the scenario format, for editors",
    "",
    run_schema,
};
