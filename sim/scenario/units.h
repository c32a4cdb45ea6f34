/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_UNITS_H
#define SCENARIO_UNITS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Values with a dimension, as text: "30s", "250ms", "1024MB", "100/min", "80%".
 * The number is decimal (no octal, hex, inf, nan); one space may stand before
 * the unit.  Needs the "C" locale's decimal point (load.c sees to it).
 *
 *     time    ns us ms s m h d w          seconds
 *     size    B KB MB GB KiB MiB GiB      bytes; KB = KiB = 1024 B, as clouds mean it
 *     rate    /s /min /h /d               per second
 *     share   %                           of 1
 *     number  none
 *     offset  [+-] h or m                 seconds, for clocks
 *     growth  [+-] %/week %/month ...     of the logarithm, a second: 8%/month is
 *                                         ln 1.08 a month, so that it compounds
 *
 * A year has 365.25 days, a quarter and a month are parts of it.
 */
enum cs_dim {
    CS_DIM_NUMBER,
    CS_DIM_TIME,
    CS_DIM_SIZE,
    CS_DIM_RATE,
    CS_DIM_SHARE,
    CS_DIM_OFFSET,
    CS_DIM_GROWTH
};

/* NULL and *si set when the text is such a value, else what is wrong with it,
 * to stand behind the quoted value. */
const char *cs_unit_parse(const char *text, enum cs_dim dim, double *si);
/* The decimal number at the start of text; the rest into *rest.  False when
 * there is none, or it is not finite. */
bool cs_number_parse(const char *text, double *value, const char **rest);
/* An example of the dimension: "30s". */
const char *cs_dim_example(enum cs_dim dim);
/* "a duration". */
const char *cs_dim_noun(enum cs_dim dim);

enum { CS_UNIT_TEXT = 32 };
/* An SI value in the unit a person would choose: "250 ms", "1.5 h", "12 /s". */
const char *cs_unit_print(char out[CS_UNIT_TEXT], double si, enum cs_dim dim);

#endif
