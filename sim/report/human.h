/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_HUMAN_H
#define CAPSIM_REPORT_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capsim/estimate.h"

/* Numbers as people read them.  Every function fills `buf` and returns it. */

enum { CS_HUMAN_SIZE = 96 };

/*
 * A value in `unit`: "seconds" as ms or s, "1" as a percentage, anything else
 * as a plain number.  About three digits; a share near 1 keeps the digits that
 * tell it from 1 ("99.95%").  NaN is an en dash.
 */
const char *cs_human_value(char *buf, double value, const char *unit);
/* Its mean, with the digits that its interval has. */
const char *cs_human_mean(char *buf, const struct cs_estimate *estimate, const char *unit);
/* "790–834 ms"; "" where there is no interval.  A share's ends are held within
 * 0 and 1, past which the arithmetic of an interval may go. */
const char *cs_human_interval(char *buf, const struct cs_estimate *estimate, const char *unit);
/* "1.24 s (1.18–1.31 s)", or the value alone. */
const char *cs_human_estimate(char *buf, const struct cs_estimate *estimate, const char *unit);
/* "1,234,567". */
const char *cs_human_count(char *buf, uint64_t count);
/* "24 h", "90 s", "30 days". */
const char *cs_human_span(char *buf, double seconds);

/* "2025-10-06T00:00:00Z" for seconds since 1970, and back: false when the text
 * is not such an instant.  Years 1 to 9999; outside them the nearest end. */
const char *cs_clock_format(char *buf, double unix_s);
bool cs_clock_parse(const char *text, double *unix_s);
/* "Mon 2025-10-06 00:00", and "17:35" or "17:35:20". */
const char *cs_clock_day(char *buf, double unix_s);
const char *cs_clock_time(char *buf, double unix_s, bool with_seconds);
/* `at_s` into a run that starts at `start_unix_s`: "17:35", with the day where it
 * is longer than one, with seconds where it is shorter than two hours. */
const char *cs_clock_mark(char *buf, double start_unix_s, double duration_s, double at_s);

#endif
