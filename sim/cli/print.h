/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CLI_PRINT_H
#define CAPSIM_CLI_PRINT_H

#include "capsim/result.h"
#include "cli/options.h"

/* The result on standard output, in a format other than CS_FORMAT_HTML.
 * CS_EXIT_OK, or CS_EXIT_WORLD with a message. */
int cs_cli_print(const struct cs_result *result, enum cs_format format);

/* Before a run: the folder that its result will go to.  The same statuses. */
int cs_cli_prepare(const char *dir);

/* The result's folder: result.json, tables and report.html, with the figure
 * scripts of the data folder.  The same statuses. */
int cs_cli_write(const struct cs_result *result, const char *dir, const char *data);

#endif
