/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "cli/options.h"

static const struct argp_option option_list[] = {
    CS_OPTION_SET, CS_OPTION_SLO, CS_OPTION_SEED, CS_OPTION_REPS, CS_OPTION_DATA, CS_OPTION_END,
};

static int run_check(const struct cs_command *command, int argc, char **argv)
{
    struct cs_options options;
    struct cs_scenario *scenario;
    int status;

    cs_options_read(&options, command, option_list, argc, argv);
    scenario = cs_cli_load(&options, &status);
    if (scenario != NULL) {
        cs_scenario_describe(scenario, stdout);
        cs_scenario_free(scenario);
    }
    cs_options_release(&options);
    return status;
}

const struct cs_command cs_command_check = {
    "check",
    "Tell every problem at once, and what would be simulated",
    "FILE",
    run_check,
};
