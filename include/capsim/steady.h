/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_STEADY_H
#define CAPSIM_STEADY_H

#include <stddef.h>
#include <stdint.h>

#include "capsim/time.h"

/*
 * Whether a run is long enough, and begins late enough.
 */

enum { CS_CORRELATION_BLOCKS = 64, CS_CORRELATION_LEAST = 8 };

/*
 * The autocorrelation time of a level, in flight and in constant memory.  The
 * level is looked at every `step`; its integral is kept in at most 64 blocks of
 * equal length, which are joined two by two when they are full.  With blocks
 * much longer than the autocorrelation, their variance times their length is
 * 2 tau times the level's variance, where tau is the integral of the
 * autocorrelation function from 0 to infinity (Law, Simulation Modeling and
 * Analysis, 9.5.3): for an exponential decay tau is the relaxation time.
 */
struct cs_correlation {
    cs_time step;
    uint64_t per_block, in_open; /* steps */
    uint32_t n_blocks;
    __int128 block[CS_CORRELATION_BLOCKS], open; /* level * ns */
    uint64_t n;                                  /* looks */
    __int128 sum, squares;                       /* of the level at the looks */
};

void cs_correlation_init(struct cs_correlation *correlation, cs_time step);
/* One step has passed: the level now, and its integral over the step. */
void cs_correlation_add(struct cs_correlation *correlation, int64_t level, __int128 area);

/* Of one replication: its blocks, joined until there are fewer than 16, and the
 * looks, each as a count, a mean and the squared deviations about that mean. */
struct cs_correlation_parts {
    double block_s; /* length of a block */
    struct cs_moments {
        double n, mean, squares;
    } block, level;
};
/* n = 0 in both when there are fewer than CS_CORRELATION_LEAST blocks. */
struct cs_correlation_parts cs_correlation_parts(const struct cs_correlation *correlation);
/*
 * tau in seconds from n replications of one length, all deviations about the
 * mean over replications: about its own mean a replication that is shorter than
 * tau shows next to no variance.  What is too short to tell cannot pass for
 * long: a replication then is some 2 * 16 of the times found at most.  0 where the
 * level never varies, NaN without parts.
 */
double cs_correlation_time_s(const struct cs_correlation_parts *parts, size_t n);

/*
 * Where to cut the beginning of a mean path over replications: MSER-5 (White,
 * Cobb and Spratt, WSC 2000).  Batches of 5 values give means Z_1 .. Z_m; the
 * cut d < m / 2 minimises sum over i > d of (Z_i - mean)^2 / (m - d)^2.
 * Returns the number of values before the cut, a multiple of 5; n when the
 * least is at the last d that is looked at: the path is too short to tell.
 * Never for a single replication: it cuts off what is high.
 */
size_t cs_mser5(const double *y, size_t n);

#endif
