/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: users of the tiers are dense numbers; named ones are hashes of their names.
 * Equation:   none.
 * Source:     Knuth, The Art of Computer Programming 3, 6.4, algorithm L (linear probing).
 * Leaves out: two names of one hash (2^63 of them) are one user.
 */
#include "seen.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"

#define NAMED (1ULL << 63)
enum { FIRST_PLACES = 64 };

void cs_seen_init(struct cs_seen *seen, uint64_t users)
{
    *seen = (struct cs_seen){.n_words = users / 64 + 1};
    seen->word = CS_NEW_ARRAY(uint64_t, seen->n_words);
}

void cs_seen_release(struct cs_seen *seen)
{
    free(seen->word);
    free(seen->named);
}

/* Its place, or the free one where it belongs.  n_places is a power of two. */
static uint64_t *place_of(const struct cs_seen *seen, uint64_t user)
{
    uint64_t i = (user ^ user >> 32) * 0x9e3779b97f4a7c15u;

    for (i ^= i >> 32;; i++) {
        uint64_t *place = &seen->named[i & (seen->n_places - 1)];

        if (*place == 0 || *place == user)
            return place;
    }
}

static void grow(struct cs_seen *seen)
{
    uint64_t *old = seen->named, n = seen->n_places;

    seen->n_places = n == 0 ? FIRST_PLACES : 2 * n;
    seen->named = CS_NEW_ARRAY(uint64_t, seen->n_places);
    for (uint64_t i = 0; i < n; i++)
        if (old[i] != 0)
            *place_of(seen, old[i]) = old[i];
    free(old);
}

static bool add_named(struct cs_seen *seen, uint64_t user)
{
    if (2 * seen->n_named >= seen->n_places)
        grow(seen);

    uint64_t *place = place_of(seen, user);
    bool is_new = *place == 0;

    *place = user;
    seen->n_named += is_new;
    return is_new;
}

bool cs_seen_add(struct cs_seen *seen, uint64_t user)
{
    if (user >= NAMED)
        return add_named(seen, user);

    uint64_t word = user / 64, bit = (uint64_t)1 << user % 64, had = seen->n_words;

    if (word >= had) { /* more users than there was room for */
        CS_GROW(seen->word, word + 1, seen->n_words);
        memset(seen->word + had, 0, (seen->n_words - had) * sizeof *seen->word);
    }
    bool is_new = (seen->word[word] & bit) == 0;

    seen->word[word] |= bit;
    return is_new;
}
