/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/check.h"
#include "capsim/dist.h"
#include "capsim/math.h"

/* Weights times n / their sum: 1 is what a cell of the table holds. */
static double *scaled_weights(uint64_t n, double exponent, double shift)
{
    double *weight = CS_NEW_ARRAY(double, n);
    double log_first = cs_log(1.0 + shift), sum = 0.0;

    /* Relative to the first rank, so that the sum cannot underflow. */
    for (uint64_t i = 0; i < n; i++) {
        weight[i] = cs_exp(exponent * (log_first - cs_log((double)i + 1.0 + shift)));
        sum += weight[i];
    }
    for (uint64_t i = 0; i < n; i++)
        weight[i] *= (double)n / sum;
    return weight;
}

static uint32_t threshold_of(double share)
{
    double t = share * 0x1p32;

    return t < 0x1p32 - 1.0 ? (uint32_t)t : UINT32_MAX;
}

/*
 * Vose's construction of Walker's table (IEEE Transactions on Software
 * Engineering 17, 1991): each cell below 1 is filled up from one above.  The
 * two work lists grow from the ends of one array.
 */
static void fill(uint32_t n, double *weight, struct cs_zipf_cell *cell)
{
    uint32_t *list = CS_NEW_ARRAY(uint32_t, n);
    uint32_t small = 0, large = n;

    for (uint32_t i = 0; i < n; i++) {
        /* Until it is filled up, a cell gives its own rank, whatever the draw:
         * that is also right for those that rounding leaves over. */
        cell[i] = (struct cs_zipf_cell){.threshold = UINT32_MAX, .alias = i};
        if (weight[i] < 1.0)
            list[small++] = i;
        else
            list[--large] = i;
    }
    while (small > 0 && large < n) {
        uint32_t less = list[--small], more = list[large];

        cell[less] = (struct cs_zipf_cell){threshold_of(weight[less]), more};
        weight[more] -= 1.0 - weight[less];
        if (weight[more] < 1.0) {
            large++;
            list[small++] = more;
        }
    }
    free(list);
}

struct cs_zipf cs_zipf_new(struct cs_arena *arena, uint64_t n, double exponent, double shift)
{
    CS_ASSERT(n >= 1 && n <= UINT32_MAX);
    CS_ASSERT(exponent >= 0.0 && isfinite(exponent));
    CS_ASSERT(shift > -1.0 && isfinite(shift));

    struct cs_zipf_cell *cell = CS_ARENA_ARRAY(arena, struct cs_zipf_cell, n);
    double *weight = scaled_weights(n, exponent, shift);

    fill((uint32_t)n, weight, cell);
    free(weight);
    return (struct cs_zipf){.n = n, .cell = cell};
}

/* The product's high half is the cell, its low half a fraction within it. */
uint64_t cs_zipf_sample(const struct cs_zipf *zipf, uint64_t word)
{
    unsigned __int128 product = (unsigned __int128)word * zipf->n;
    uint64_t rank = (uint64_t)(product >> 64);
    uint32_t fraction = (uint32_t)((uint64_t)product >> 32);
    struct cs_zipf_cell cell = zipf->cell[rank];

    return fraction < cell.threshold ? rank : cell.alias;
}
