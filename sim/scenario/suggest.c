/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/suggest.h"

#include <stdio.h>
#include <string.h>

enum { MAX_WORD = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment over three rows. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t row[3][MAX_WORD + 1];

    for (size_t j = 0; j <= m; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3], *up = row[(i + 2) % 3], *upper = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t same = a[i - 1] == b[j - 1] ? 0 : 1;
            now[j] = least(least(up[j] + 1, now[j - 1] + 1), up[j - 1] + same);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], upper[j - 2] + 1);
        }
    }
    return row[n % 3][m];
}

struct cs_suggest cs_suggest_start(const char *word)
{
    size_t limit = strlen(word) / 3;

    return (struct cs_suggest){.word = word, .distance = (limit > 1 ? limit : 1) + 1};
}

void cs_suggest_offer(struct cs_suggest *suggest, const char *candidate)
{
    size_t n = strlen(suggest->word), m = strlen(candidate);

    if (n == 0 || n > MAX_WORD || m > MAX_WORD)
        return;
    size_t d = distance(suggest->word, n, candidate, m);
    /* db_pool_max, or its misspelling db_pol_max: the setting with its path. */
    const char *tail = strrchr(suggest->word, '_');
    if (tail != NULL && strcmp(tail + 1, candidate) == 0 && suggest->best == NULL) {
        suggest->best = candidate;
        return;
    }
    if (d < suggest->distance && d < n) {
        suggest->distance = d;
        suggest->best = candidate;
    }
}

const char *cs_suggest_text(const struct cs_suggest *suggest, char out[CS_SUGGEST_TEXT])
{
    out[0] = '\0';
    if (suggest->best != NULL)
        (void)snprintf(out, CS_SUGGEST_TEXT, "; did you mean \"%s\"?", suggest->best);
    return out;
}
