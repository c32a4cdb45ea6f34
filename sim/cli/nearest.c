/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/nearest.h"

#include <string.h>

enum { MAX_LETTERS = 63 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * Three rows of the table of distances between the beginnings of a and b, the
 * row of a's letter i at index i % 3.  Both have at most MAX_LETTERS.
 */
static size_t distance(const char *a, const char *b)
{
    size_t table[3][MAX_LETTERS + 1];
    size_t m = strlen(a), n = strlen(b);

    for (size_t j = 0; j <= n; j++)
        table[0][j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *row = table[i % 3];
        const size_t *last = table[(i + 2) % 3];
        const size_t *before = table[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            row[j] =
                least(last[j - 1] + (a[i - 1] != b[j - 1]), 1 + least(last[j], row[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return table[m % 3][n];
}

void cs_nearest_init(struct cs_nearest *nearest, const char *typed)
{
    size_t third = strlen(typed) / 3;

    nearest->typed = typed;
    nearest->best = NULL;
    nearest->distance = (third < 1 ? 1 : third) + 1;
}

void cs_nearest_offer(struct cs_nearest *nearest, const char *word)
{
    size_t d;

    if (strlen(word) > MAX_LETTERS || strlen(nearest->typed) > MAX_LETTERS)
        return;
    d = distance(nearest->typed, word);
    if (d < nearest->distance) {
        nearest->distance = d;
        nearest->best = word;
    }
}
