/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_HTML_H
#define CAPSIM_REPORT_HTML_H

#include <stdio.h>

#include "report/figure.h"

/* Longest name and sentence that the page shows, in code points. */
enum { CS_HTML_NAME = 80, CS_HTML_TEXT = 600 };

/*
 * The page: the template with its placeholders (@NAME@) filled in.  `figures`
 * may hold drawings that failed; `warning` says why, or is "".
 * 0, or -1 with errno.
 */
int cs_html_page(const struct cs_result *result, const struct cs_figures *figures,
                 const char *template_path, const char *warning, FILE *out);

/* Its parts. */
void cs_html_cards(const struct cs_result *result, FILE *out);
/* Sections on alerts and health; nothing where there are none. */
void cs_html_watches(const struct cs_result *result, FILE *out);
void cs_html_figures(const struct cs_figures *figures, const char *warning, FILE *out);
void cs_html_levels(const struct cs_result *result, FILE *out);
void cs_html_latency(const struct cs_result *result, FILE *out);
void cs_html_traffic(const struct cs_result *result, FILE *out);
/* Users who were limited, shadow limits, limits reached; nothing without limits. */
void cs_html_limits(const struct cs_result *result, FILE *out);
/* A section on what is paid; nothing where nothing is priced. */
void cs_html_cost(const struct cs_result *result, FILE *out);
void cs_html_explain(const struct cs_result *result, FILE *out);
void cs_html_checks(const struct cs_result *result, FILE *out);
void cs_html_sentences(const char **sentence, size_t n, const char *if_none, FILE *out);
void cs_html_reproduce(const struct cs_result *result, FILE *out);

#endif
