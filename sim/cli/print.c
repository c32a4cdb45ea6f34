/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/report.h"
#include "cli/data.h"
#include "cli/streams.h"

static int world_failed(const char *what, int error)
{
    fprintf(stderr, "capsim: %s: %s\n", what, strerror(error));
    return CS_EXIT_WORLD;
}

int cs_cli_print(const struct cs_result *result, enum cs_format format)
{
    int failed = 0;

    switch (format) {
    case CS_FORMAT_TEXT:
        failed = cs_report_text(result, stdout, cs_stream_has_color(stdout));
        break;
    case CS_FORMAT_JSON:
        failed = cs_report_json(result, stdout);
        break;
    case CS_FORMAT_CSV:
        failed = cs_report_csv(result, stdout);
        break;
    case CS_FORMAT_HTML:
        break; /* a page has its figures beside it: cs_cli_write */
    }
    if (failed == 0 && fflush(stdout) == 0)
        return CS_EXIT_OK;
    return world_failed("standard output", errno);
}

int cs_cli_prepare(const char *dir)
{
    return cs_report_prepare(dir) == 0 ? CS_EXIT_OK : world_failed(dir, errno);
}

int cs_cli_write(const struct cs_result *result, const char *dir, const char *data)
{
    char warning[256] = "";
    char *plots = cs_data_path(data, "plots");
    int failed = cs_report_write(result, dir, plots, warning, sizeof warning);
    int error = errno;

    free(plots);
    if (warning[0] != '\0')
        fprintf(stderr, "capsim: warning: %s\n", warning);
    return failed == 0 ? CS_EXIT_OK : world_failed(dir, error);
}
