/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_DIAG_H
#define SCENARIO_DIAG_H

#include "capsim/scenario.h"
#include "scenario/text.h"

/*
 * Problems of the input, collected: the first does not hide the second.  At
 * most CS_DIAG_MAX are kept; the rest are counted.  The same complaint at the
 * same place counts once.  Printed in the order of the texts and their lines.
 */
enum { CS_DIAG_MAX = 100 };

/* mark may be NULL, or have no text: then there is no place to show. */
__attribute__((format(printf, 3, 4))) void
cs_diag_error(struct cs_diagnostics *diag, const struct cs_mark *mark, const char *fmt, ...);
__attribute__((format(printf, 3, 4))) void
cs_diag_warning(struct cs_diagnostics *diag, const struct cs_mark *mark, const char *fmt, ...);
/* The world's: a file that cannot be read. */
__attribute__((format(printf, 3, 4))) void
cs_diag_world(struct cs_diagnostics *diag, const struct cs_mark *mark, const char *fmt, ...);
/* Copy the text, so that diagnostics may outlive what loaded it; the order of
 * these calls is the order in which problems are printed. */
void cs_diag_keep(struct cs_diagnostics *diag, const struct cs_text *text);
/* No more will be kept: spare the work of a good message. */
bool cs_diag_is_full(const struct cs_diagnostics *diag);

#endif
