/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_ARENA_H
#define CAPSIM_ARENA_H

#include <stddef.h>

/*
 * An arena: many small objects of one lifetime, freed whole.  A scenario is
 * one arena, a result another.  Not thread-safe; nothing in it can be freed
 * alone.
 */
struct cs_arena;

struct cs_arena *cs_arena_new(void);
void cs_arena_free(struct cs_arena *arena);

/* `size` zeroed bytes aligned for any object.  Never fails (aborts). */
void *cs_arena_alloc(struct cs_arena *arena, size_t size);
#define CS_ARENA_NEW(arena, type) ((type *)cs_arena_alloc((arena), sizeof(type)))
#define CS_ARENA_ARRAY(arena, type, n) \
    ((type *)cs_arena_array((arena), (size_t)(n), sizeof(type)))
void *cs_arena_array(struct cs_arena *arena, size_t n, size_t size);

/* A copy of the string, of its first `len` bytes, or of a printf. */
char *cs_arena_strdup(struct cs_arena *arena, const char *s);
char *cs_arena_strndup(struct cs_arena *arena, const char *s, size_t len);
__attribute__((format(printf, 2, 3))) char *cs_arena_printf(struct cs_arena *arena,
                                                            const char *fmt, ...);

#endif
