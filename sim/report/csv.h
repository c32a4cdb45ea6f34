/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_CSV_H
#define CAPSIM_REPORT_CSV_H

#include "capsim/report.h"

/* The tables of a result (RFC 4180, UTF-8).  An absent number is an empty
 * cell.  0, or -1 with errno. */
int cs_csv_metrics(const struct cs_result *result, FILE *out);
int cs_csv_series(const struct cs_result *result, FILE *out); /* a row a step */
int cs_csv_slos(const struct cs_result *result, FILE *out);
int cs_csv_alerts(const struct cs_result *result, FILE *out);
int cs_csv_health(const struct cs_result *result, FILE *out);
int cs_csv_events(const struct cs_result *result, FILE *out);
int cs_csv_explain(const struct cs_result *result, FILE *out); /* a row a number */

#endif
