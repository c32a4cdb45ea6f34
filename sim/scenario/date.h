/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_DATE_H
#define SCENARIO_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Seconds since the Epoch of a date from 1970 on, in n characters: 2025-10-06, or
 * 2025-10-06T09:30:00 without its Z. */
bool cs_date_parse(const char *text, size_t n, int64_t *unix_s);

#endif
