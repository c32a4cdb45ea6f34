/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>

#include <gsl/gsl_errno.h>

#include "cli/cli.h"

/* One command, one file in cli/. */
static const struct cs_command *const commands[] = {
    &cs_command_check,  &cs_command_run,    &cs_command_report,
    &cs_command_verify, &cs_command_schema, NULL,
};

int main(int argc, char **argv)
{
    /* GSL's own handler aborts the process; we check the codes instead. */
    gsl_set_error_handler_off();
    return cs_cli_main(commands, argc, argv);
}
