/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/rng.h"

#include <Random123/philox.h>

void cs_philox(const uint64_t key[2], const uint64_t counter[4], uint64_t out[4])
{
    philox4x64_key_t k = {{key[0], key[1]}};
    philox4x64_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
    philox4x64_ctr_t block = philox4x64_R(10, c, k);

    uint64_t w0 = block.v[0], w1 = block.v[1], w2 = block.v[2], w3 = block.v[3];

    /* Held in registers: gcc would store the words singly and load them in
     * pairs to copy them, a stall that makes a block half as dear again. */
    __asm__("" : "+r"(w0), "+r"(w1), "+r"(w2), "+r"(w3));
    out[0] = w0;
    out[1] = w1;
    out[2] = w2;
    out[3] = w3;
}

/* FNV-1a: Fowler, Noll, Vo and Eastlake, IETF draft-eastlake-fnv; the 8 bits
 * over 56 are folded in by exclusive or, as section 3 there advises. */
uint64_t cs_stream_id(enum cs_purpose purpose, const char *name)
{
    const uint64_t mask = (UINT64_C(1) << 56) - 1;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (const char *c = name; *c != '\0'; c++) {
        hash ^= (unsigned char)*c;
        hash *= UINT64_C(0x100000001b3);
    }
    return (uint64_t)purpose << 56 | ((hash >> 56) ^ (hash & mask));
}

static void gsl_set(void *state, unsigned long seed)
{
    cs_draw_init((struct cs_draw *)state, seed, 0, 0, 0, 0, 0);
}

static unsigned long gsl_get(void *state)
{
    return cs_draw_u64((struct cs_draw *)state);
}

static double gsl_get_double(void *state)
{
    return cs_draw_uniform((struct cs_draw *)state);
}

static const gsl_rng_type philox_type = {
    .name = "philox4x64-10",
    .max = UINT64_MAX,
    .min = 0,
    .size = sizeof(struct cs_draw),
    .set = gsl_set,
    .get = gsl_get,
    .get_double = gsl_get_double,
};

const gsl_rng_type *const cs_gsl_rng_philox = &philox_type;
