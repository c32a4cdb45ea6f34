/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_SUGGEST_H
#define SCENARIO_SUGGEST_H

#include <stddef.h>

/*
 * The nearest of some words to a misspelt one, by edit distance (Damerau 1964:
 * insertions, deletions, substitutions and swaps of neighbours), no further
 * than max(1, length / 3).  Feed the words one by one.
 */
struct cs_suggest {
    const char *word;
    const char *best; /* NULL: none near enough */
    size_t distance;
};

struct cs_suggest cs_suggest_start(const char *word);
void cs_suggest_offer(struct cs_suggest *suggest, const char *candidate);
/* `; did you mean "x"?` or "", into out. */
enum { CS_SUGGEST_TEXT = 96 };
const char *cs_suggest_text(const struct cs_suggest *suggest, char out[CS_SUGGEST_TEXT]);

#endif
