/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_RNG_H
#define CAPSIM_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/*
 * Keyed random numbers: Philox4x64-10 (Salmon, Moraes, Dror and Shaw, SC 2011)
 * from librandom123.  A draw is a pure function of
 *
 *     key     (seed, stream)
 *     counter (entity, attempt << 32 | step, draw / 4, replication)
 *
 * so a request has the same user, service times and luck in every scenario,
 * whatever happens to other requests: common random numbers need no care at
 * the place of use.  Nothing of a plan or sweep point may enter the key.
 */

/* What a stream is for.  Numbers are fixed for ever: append only. */
enum cs_purpose {
    CS_PURPOSE_ARRIVAL = 1, /* candidate gaps and thinning */
    CS_PURPOSE_REQUEST = 2, /* tier, user, zone, function of a request */
    CS_PURPOSE_STEP = 3,    /* a step's own times and outcomes */
    CS_PURPOSE_NETWORK = 4, /* round-trip times */
    CS_PURPOSE_PATIENCE = 5,
    CS_PURPOSE_QUEUE = 6,      /* a waiting time limit that is a distribution */
    CS_PURPOSE_OUTCOME = 7,    /* the function's own errors */
    CS_PURPOSE_COLD_START = 8, /* entity: the instance's ordinal */
    CS_PURPOSE_IDLE = 9,
    CS_PURPOSE_REUSE = 10,
    CS_PURPOSE_CONNECT = 11, /* a new connection; entity: its ordinal in the pool */
    CS_PURPOSE_BACKOFF = 12,
    CS_PURPOSE_DAY_FACTOR = 13,
    CS_PURPOSE_BURST = 14,
    CS_PURPOSE_INCIDENT = 15,
    CS_PURPOSE_BOOTSTRAP = 16,
    CS_PURPOSE_ROUTE = 17,      /* a region drawn by weights */
    CS_PURPOSE_CACHE = 18,      /* the key that a cacheable request asks for */
    CS_PURPOSE_SESSION = 19,    /* what a virtual user does; entity: user << 32 | iteration */
    CS_PURPOSE_RETRY = 20,      /* whether and when a client asks again */
    CS_PURPOSE_CALL_RETRY = 21, /* jitter between the attempts of a call */
    CS_PURPOSE_LEAK = 22,       /* a connection that is not given back */
    CS_PURPOSE_GROWTH = 23      /* how fast a source grows; one draw a replication */
};

/*
 * A stream's number from its purpose and the *name* of what it belongs to
 * (source, fleet/region, ...): adding a source above another in the file
 * does not move the other's draws.  FNV-1a, 56 bits of it, purpose on top.
 */
uint64_t cs_stream_id(enum cs_purpose purpose, const char *name);

/* One block: four 64-bit words for a key and a counter. */
void cs_philox(const uint64_t key[2], const uint64_t counter[4], uint64_t out[4]);

/*
 * A short sequence of draws for one (stream, entity, attempt, step).  Small,
 * on the caller's stack; as many draws as wanted, four to a Philox block.
 */
struct cs_draw {
    uint64_t key[2];
    uint64_t counter[4];
    uint64_t word[4];
    unsigned used; /* words of the block already given, 4 = none left */
};

static inline void cs_draw_init(struct cs_draw *draw, uint64_t seed, uint64_t stream,
                                uint64_t entity, uint32_t attempt, uint32_t step,
                                uint32_t replication)
{
    draw->key[0] = seed;
    draw->key[1] = stream;
    draw->counter[0] = entity;
    draw->counter[1] = (uint64_t)attempt << 32 | step;
    draw->counter[2] = 0;
    draw->counter[3] = replication;
    draw->used = 4;
}

/* 64 random bits. */
static inline uint64_t cs_draw_u64(struct cs_draw *draw)
{
    if (draw->used == 4) {
        cs_philox(draw->key, draw->counter, draw->word);
        draw->counter[2]++;
        draw->used = 0;
    }
    return draw->word[draw->used++];
}

/* ((x >> 12) + 0.5) * 2^-52: strictly inside (0, 1) for every x. */
static inline double cs_uniform_of(uint64_t x)
{
    return ((double)(x >> 12) + 0.5) * 0x1p-52;
}

static inline double cs_draw_uniform(struct cs_draw *draw)
{
    return cs_uniform_of(cs_draw_u64(draw));
}

/*
 * The same generator as a gsl_rng_type, for GSL's samplers at load time and in
 * tests.  gsl_rng_set(r, s) makes it the sequence of key (s, 0), counter 0.
 */
extern const gsl_rng_type *const cs_gsl_rng_philox;

#endif
