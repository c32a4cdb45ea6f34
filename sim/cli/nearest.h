/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CLI_NEAREST_H
#define CAPSIM_CLI_NEAREST_H

#include <stddef.h>

/*
 * "Did you mean": of the words offered, the one nearest to what was typed, by
 * the number of letters to add, drop, change or swap with their neighbour
 * (Damerau 1964, each letter touched once).  Nothing when the nearest differs in
 * more than a third of the letters (but one is always forgiven).
 */
struct cs_nearest {
    const char *typed;
    const char *best; /* NULL: none is near */
    size_t distance;
};

void cs_nearest_init(struct cs_nearest *nearest, const char *typed);
/* `word` must outlive `nearest`.  Words of over 63 letters are passed over. */
void cs_nearest_offer(struct cs_nearest *nearest, const char *word);

#endif
