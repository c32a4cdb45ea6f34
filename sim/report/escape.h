/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_ESCAPE_H
#define CAPSIM_REPORT_ESCAPE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Names come from scenario files and may hold anything.  Each medium has its
 * own way to write them so that they are text and nothing else.  Bytes that
 * are not UTF-8, and the marks that reorder text, become U+FFFD everywhere.
 */

/* The next code point of *s, U+FFFD for a bad byte, 0 at the end. */
uint32_t cs_utf8_next(const char **s);
/* Code points of s: its columns, as names of the field are written. */
size_t cs_utf8_length(const char *s);
void cs_utf8_put(FILE *out, uint32_t code);
/* A copy that is valid UTF-8; free() it. */
char *cs_utf8_clean(const char *s);

/* For text and quoted attributes of HTML.  `max` code points, then an ellipsis;
 * 0: no limit. */
void cs_escape_html(FILE *out, const char *s, size_t max);

/* For a terminal: one line, no control byte.  `max` as above. */
void cs_escape_term(FILE *out, const char *s, size_t max);

/* One CSV cell (RFC 4180, section 2).  Text that a spreadsheet would take for a
 * formula is led by an apostrophe. */
void cs_escape_csv(FILE *out, const char *s);

#endif
