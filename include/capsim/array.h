/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_ARRAY_H
#define CAPSIM_ARRAY_H

#include <stddef.h>

/*
 * Growing arrays: three plain variables (pointer, used, capacity) and a typed
 * macro, so that no call site multiplies by sizeof.
 *
 *     CS_GROW(a, n, cap);       at least n elements of room; cap doubles
 *     T *p = CS_NEW(T);         one zeroed object
 *     T *p = CS_NEW_ARRAY(T, n) n zeroed objects
 *
 * All abort when memory runs out.  Release with free().
 */
#define CS_GROW(ptr, n, cap)                                                    \
    do {                                                                        \
        if ((size_t)(n) > (size_t)(cap)) {                                      \
            size_t cs_grow_cap_ = cs_grow_capacity((size_t)(cap), (size_t)(n)); \
            (ptr) = cs_realloc_array((ptr), cs_grow_cap_, sizeof *(ptr));       \
            (cap) = (__typeof__(cap))cs_grow_cap_;                              \
        }                                                                       \
    } while (0)

#define CS_NEW(type) ((type *)cs_calloc(1, sizeof(type)))
#define CS_NEW_ARRAY(type, n) ((type *)cs_calloc((size_t)(n), sizeof(type)))

/* The next capacity, doubling from 8, that holds `need`. */
size_t cs_grow_capacity(size_t cap, size_t need);
/* realloc and calloc that check the product and abort instead of failing. */
void *cs_realloc_array(void *ptr, size_t n, size_t size);
void *cs_calloc(size_t n, size_t size);

#endif
