/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/array.h"

#include <stdint.h>
#include <stdlib.h>

#include "capsim/check.h"

size_t cs_grow_capacity(size_t cap, size_t need)
{
    size_t grown = cap < 8 ? 8 : cap;

    while (grown < need)
        grown = grown > SIZE_MAX / 2 ? need : grown * 2;
    return grown;
}

static size_t bytes_of(size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes))
        cs_out_of_memory(SIZE_MAX);
    return bytes == 0 ? 1 : bytes;
}

void *cs_realloc_array(void *ptr, size_t n, size_t size)
{
    size_t bytes = bytes_of(n, size);
    void *grown = realloc(ptr, bytes);

    if (grown == NULL)
        cs_out_of_memory(bytes);
    return grown;
}

void *cs_calloc(size_t n, size_t size)
{
    size_t bytes = bytes_of(n, size);
    void *fresh = calloc(1, bytes);

    if (fresh == NULL)
        cs_out_of_memory(bytes);
    return fresh;
}
