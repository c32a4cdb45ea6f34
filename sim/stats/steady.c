/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/steady.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/check.h"

void cs_correlation_init(struct cs_correlation *correlation, cs_time step)
{
    CS_ASSERT(step > 0);
    *correlation = (struct cs_correlation){.step = step, .per_block = 1};
}

static void join_pairs(struct cs_correlation *c)
{
    for (uint32_t i = 0; i < c->n_blocks / 2; i++)
        c->block[i] = c->block[2 * i] + c->block[2 * i + 1];
    c->n_blocks /= 2;
    c->per_block *= 2;
}

void cs_correlation_add(struct cs_correlation *correlation, int64_t level, __int128 area)
{
    struct cs_correlation *c = correlation;

    c->n++;
    c->sum += level;
    c->squares += (__int128)level * level;
    c->open += area;
    if (++c->in_open < c->per_block)
        return;
    c->block[c->n_blocks++] = c->open;
    c->open = 0;
    c->in_open = 0;
    if (c->n_blocks == CS_CORRELATION_BLOCKS)
        join_pairs(c);
}

struct cs_correlation_parts cs_correlation_parts(const struct cs_correlation *correlation)
{
    enum { FEW = 2 * CS_CORRELATION_LEAST };
    struct cs_correlation c = *correlation;
    struct cs_correlation_parts parts = {0};

    while (c.n_blocks >= FEW)
        join_pairs(&c);
    if (c.n_blocks < CS_CORRELATION_LEAST)
        return parts;
    parts.block_s = cs_time_s(c.step) * (double)c.per_block;
    parts.block.n = (double)c.n_blocks;
    for (uint32_t i = 0; i < c.n_blocks; i++) {
        double mean = (double)c.block[i] / (parts.block_s * 1e9);
        double delta = mean - parts.block.mean;

        parts.block.mean += delta / (i + 1.0);
        parts.block.squares += delta * (mean - parts.block.mean);
    }
    parts.level.n = (double)c.n;
    parts.level.mean = (double)c.sum / (double)c.n;
    /* In integers, as n sum(x^2) - (sum x)^2: nothing cancels. */
    parts.level.squares = (double)((__int128)c.n * c.squares - c.sum * c.sum) / (double)c.n;
    return parts;
}

/* Two sets as one (Chan, Golub and LeVeque, The American Statistician 37, 1983). */
static void join_moments(struct cs_moments *all, const struct cs_moments *more)
{
    double n = all->n + more->n, delta = more->mean - all->mean;

    if (n > 0.0) {
        all->squares += more->squares + delta * delta * all->n * more->n / n;
        all->mean += delta * more->n / n;
        all->n = n;
    }
}

double cs_correlation_time_s(const struct cs_correlation_parts *parts, size_t n)
{
    struct cs_moments block = {0}, level = {0};

    for (size_t i = 0; i < n; i++) {
        join_moments(&block, &parts[i].block);
        join_moments(&level, &parts[i].level);
    }
    if (block.n < 2.0)
        return (double)NAN;
    if (!(level.squares > 0.0))
        return 0.0;
    double long_run = block.squares / (block.n - 1.0) * parts[0].block_s;
    return long_run / (2.0 * level.squares / (level.n - 1.0));
}

size_t cs_mser5(const double *y, size_t n)
{
    enum { BATCH = 5 };
    size_t m = n / BATCH, last = (m + 1) / 2, best = 0;
    double *z = CS_NEW_ARRAY(double, m + 1), *error = CS_NEW_ARRAY(double, m + 1);
    double mean = 0.0, squares = 0.0;

    for (size_t i = 0; i < BATCH * m; i++)
        z[i / BATCH] += y[i] / BATCH;
    /* From the end, with Welford's update of mean and squares. */
    for (size_t d = m; d-- > 0;) {
        double count = (double)(m - d), delta = z[d] - mean;

        mean += delta / count;
        squares += delta * (z[d] - mean);
        error[d] = squares / (count * count);
    }
    for (size_t d = 1; d < last; d++)
        if (error[d] < error[best])
            best = d;
    free(z);
    free(error);
    return m < 4 || (best > 0 && best + 1 == last) ? n : best * BATCH;
}
