/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_SEEN_H
#define CAPSIM_MODELS_SEEN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The set of users ever seen, exact.  Those of the tiers, who are numbered from 0,
 * are a bit each; those whom a trace names have numbers of 2^63 and more, and stand
 * in a table of their own.  Zeroed is empty.  Grows with the users; never shrinks.
 */
struct cs_seen {
    uint64_t *word, n_words;
    uint64_t *named; /* open addressing; 0: a free place */
    uint64_t n_named, n_places;
};

/* Room for the users below `users`, so that seeing them allocates nothing. */
void cs_seen_init(struct cs_seen *seen, uint64_t users);
void cs_seen_release(struct cs_seen *seen);

/* Add the user; false if it was there.  O(1) amortised. */
bool cs_seen_add(struct cs_seen *seen, uint64_t user);

#endif
