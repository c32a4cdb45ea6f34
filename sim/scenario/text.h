/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_TEXT_H
#define SCENARIO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capsim/arena.h"

struct cs_diagnostics;

/*
 * An input text: a file, a preset or one --set argument, held whole, so that a
 * diagnostic can echo its line.  UTF-8 without a byte-order mark.
 */
struct cs_text {
    const char *name; /* as the user knows it */
    const char *bytes;
    size_t length;
    bool is_preset; /* what the scenario says wins over it */
    bool is_set;    /* a --set argument */
};

/* A place: line and column in characters from 0, as libyaml counts. */
struct cs_mark {
    const struct cs_text *text; /* NULL: no place */
    uint32_t line, column;
    uint32_t length; /* characters, at least 1 */
};

enum { CS_TEXT_MAX_BYTES = 1 << 20 };

/*
 * Read a file of at most max_bytes ("-": standard input) into the arena; the
 * bytes are followed by a NUL.  NULL with one diagnostic when it cannot be
 * read (the world's trouble), is too large, or is not UTF-8 text; the
 * complaint stands at `from` when that has a place.
 */
struct cs_text *cs_text_read(struct cs_arena *arena, const char *path, size_t max_bytes,
                             const struct cs_mark *from, struct cs_diagnostics *diag);
/* A text over bytes in memory; checked the same way. */
struct cs_text *cs_text_of(struct cs_arena *arena, const char *name, const char *bytes,
                           size_t length, struct cs_diagnostics *diag);

/* The character at `s` (not past `end`) into *code; its bytes, or 0 when it is
 * not UTF-8 (RFC 3629: no overlong form, no surrogate). */
size_t cs_utf8_decode(const char *s, const char *end, uint32_t *code);
/* The first byte that is not UTF-8 text; NULL: all of it is. */
const char *cs_utf8_foreign(const char *s, const char *end);
/* A character that could move the cursor or turn the direction of a line. */
bool cs_utf8_is_control(uint32_t code);
/* Columns it takes on a terminal: 0, 1 or 2. */
unsigned cs_utf8_width(uint32_t code);

/* The bytes of a line without its break; NULL past the end.  A break is what
 * YAML 1.1 takes for one (LF, CR, CR LF, NEL, LS, PS). */
const char *cs_text_line(const struct cs_text *text, uint32_t line, size_t *length);

#endif
