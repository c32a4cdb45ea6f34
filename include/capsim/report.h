/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_H
#define CAPSIM_REPORT_H

#include <stdio.h>

#include "capsim/result.h"

/*
 * Renderings of a result.  Functions that write return 0, or -1 with errno set
 * when the world failed; nothing half-written stays under a final name.
 */

/* The summary a person reads in ten seconds.  color: ANSI colours. */
int cs_report_text(const struct cs_result *result, FILE *out, int color);
int cs_report_csv(const struct cs_result *result, FILE *out);
int cs_report_json(const struct cs_result *result, FILE *out);

/* result.json back into a struct.  NULL with a message in `error` (at least
 * 256 bytes) when it is not one. */
struct cs_result *cs_result_read(const char *path, char *error, size_t error_size);

/* Make the folder `dir` and see that a file can be written there, so that a
 * long simulation does not find out at its end. */
int cs_report_prepare(const char *dir);

/*
 * The folder `dir` (made if missing) with result.json, metrics.csv,
 * series.csv, slos.csv, alerts.csv, health.csv, explain.csv and report.html.
 * plots_dir holds the figure scripts and report.html.in.  When gnuplot fails,
 * every number is still written, the page says that figures are missing, and
 * `warning` (256 bytes) tells why.
 */
int cs_report_write(const struct cs_result *result, const char *dir, const char *plots_dir,
                    char *warning, size_t warning_size);

#endif
