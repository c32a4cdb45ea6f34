/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/theory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/check.h"

/*
 * State: i and j requests at the two instances, and who waits for a backend: an
 * instance has min(n, m) connections, all backends but one are enough for both,
 * so at most one connection waits, and one does when both have all m in use.
 */
struct two_level {
    double lambda, mu, first;
    unsigned m, k;
    double *p, *next; /* by state */
    double rate;      /* of uniformisation */
};

static size_t state(const struct two_level *t, unsigned i, unsigned j, unsigned waits)
{
    return (((size_t)i * (t->k + 1)) + j) * 2 + waits;
}

static bool is_full(const struct two_level *t, unsigned i, unsigned j)
{
    return i >= t->m && j >= t->m;
}

/* `waits` counts only where a connection waits; elsewhere it is 0. */
static void flow(struct two_level *t, size_t from, unsigned i, unsigned j, unsigned waits,
                 double rate)
{
    double mass = t->p[from] * rate / t->rate;

    t->next[from] -= mass;
    t->next[state(t, i, j, is_full(t, i, j) ? waits : 0)] += mass;
}

static void arrivals(struct two_level *t, unsigned i, unsigned j, unsigned waits)
{
    size_t from = state(t, i, j, waits);
    bool full = is_full(t, i, j);

    /* The connection that makes it full is the one that waits. */
    if (i < t->k)
        flow(t, from, i + 1, j, full ? waits : 0, t->lambda);
    if (j < t->k)
        flow(t, from, i, j + 1, full ? waits : 1, t->lambda);
}

/* A query of instance `who` ends.  Where one of its requests takes the
 * connection over, it competes with the one that waits already. */
static void departures(struct two_level *t, unsigned i, unsigned j, unsigned waits,
                       unsigned who)
{
    size_t from = state(t, i, j, waits);
    unsigned n = who == 0 ? i : j;
    unsigned used = n < t->m ? n : t->m;
    bool full = is_full(t, i, j);
    unsigned running = used - (full && waits == who ? 1 : 0);
    unsigned left_i = i - (who == 0 ? 1 : 0), left_j = j - (who == 1 ? 1 : 0);

    if (running == 0)
        return;
    double rate = (double)running * t->mu;

    flow(t, from, left_i, left_j, who, rate * t->first);
    flow(t, from, left_i, left_j, waits, rate * (1.0 - t->first));
}

/* One step of the uniformised chain; returns what has changed. */
static double step(struct two_level *t)
{
    size_t n = state(t, t->k, t->k, 1) + 1;
    double change = 0.0;

    for (size_t s = 0; s < n; s++)
        t->next[s] = t->p[s];
    for (unsigned i = 0; i <= t->k; i++) {
        for (unsigned j = 0; j <= t->k; j++) {
            for (unsigned waits = 0; waits < (is_full(t, i, j) ? 2U : 1U); waits++) {
                arrivals(t, i, j, waits);
                departures(t, i, j, waits, 0);
                departures(t, i, j, waits, 1);
            }
        }
    }
    for (size_t s = 0; s < n; s++) {
        change += fabs(t->next[s] - t->p[s]);
        t->p[s] = t->next[s];
    }
    return change;
}

struct cs_theory_two_level cs_theory_two_level(double lambda, double s, unsigned m, unsigned k,
                                               double first)
{
    CS_ASSERT(lambda > 0.0 && s > 0.0 && m >= 1 && k >= m && first >= 0.0 && first <= 1.0);
    size_t states = ((size_t)k + 1) * (k + 1) * 2;
    struct two_level t = {
        .lambda = lambda,
        .mu = 1.0 / s,
        .first = first,
        .m = m,
        .k = k,
        .p = CS_NEW_ARRAY(double, states),
        .next = CS_NEW_ARRAY(double, states),
        .rate = 2.0 * (lambda + (double)m / s),
    };
    struct cs_theory_two_level result = {0.0, 0.0};

    t.p[0] = 1.0;
    while (step(&t) > 1e-14)
        continue;
    for (unsigned i = 0; i <= k; i++) {
        for (unsigned j = 0; j <= k; j++) {
            double p = t.p[state(&t, i, j, 0)] + t.p[state(&t, i, j, 1)];

            result.number += p * (double)(i + j);
            result.blocking += i == k ? p : 0.0;
        }
    }
    free(t.next);
    free(t.p);
    return result;
}
