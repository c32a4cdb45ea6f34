/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capsim/report.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/print.h"

static const struct argp_option option_list[] = {
    {"format", 'f', "FORMAT", 0, "text, json, csv, or html (which fills the folder)", 0},
    {"out", 'O', "DIR", 0, "Folder of the page (default: that of RESULT)", 0},
    CS_OPTION_DATA,
    CS_OPTION_END,
};

/* The page goes beside the result that it renders. */
static int write_page(const struct cs_result *result, const struct cs_options *options)
{
    const char *slash = strrchr(options->operand, '/');
    int len = slash == NULL ? 0 : (int)(slash - options->operand);
    const char *dir = options->out;
    int status;

    if (dir == NULL)
        dir = len == 0 ? cs_arena_strdup(result->arena, slash == NULL ? "." : "/")
                       : cs_arena_printf(result->arena, "%.*s", len, options->operand);
    status = cs_cli_write(result, dir, options->data);
    if (status == CS_EXIT_OK)
        fprintf(stderr, "capsim: wrote %s/report.html\n", dir);
    return status;
}

static int render(const struct cs_options *options)
{
    char error[256] = "";
    struct cs_result *result;
    int status;

    if (access(options->operand, R_OK) != 0) {
        fprintf(stderr, "capsim: %s: %s\n", options->operand, strerror(errno));
        return CS_EXIT_WORLD;
    }
    result = cs_result_read(options->operand, error, sizeof error);
    if (result == NULL) {
        fprintf(stderr, "capsim: %s: %s\n", options->operand, error);
        return CS_EXIT_USAGE;
    }
    if (options->format == CS_FORMAT_HTML)
        status = write_page(result, options);
    else
        status = cs_cli_print(result, options->format);
    cs_result_free(result);
    return status;
}

static int run_report(const struct cs_command *command, int argc, char **argv)
{
    struct cs_options options;
    int status;

    cs_options_read(&options, command, option_list, argc, argv);
    status = render(&options);
    cs_options_release(&options);
    return status;
}

const struct cs_command cs_command_report = {
    "report",
    "Render a result.json again",
    "RESULT",
    run_report,
};
