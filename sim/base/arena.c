/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/check.h"

enum { FIRST_BLOCK_BYTES = 4096, LAST_BLOCK_BYTES = 1 << 20 };

/* A block's bytes come zeroed from calloc and are handed out once. */
struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

struct cs_arena {
    struct block *newest;
    size_t next_block_bytes;
};

struct cs_arena *cs_arena_new(void)
{
    struct cs_arena *arena = CS_NEW(struct cs_arena);

    arena->next_block_bytes = FIRST_BLOCK_BYTES;
    return arena;
}

void cs_arena_free(struct cs_arena *arena)
{
    if (arena == NULL)
        return;
    for (struct block *b = arena->newest, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    free(arena);
}

static struct block *block_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct block))
        cs_out_of_memory(size);
    struct block *b = (struct block *)cs_calloc(1, sizeof *b + size);

    b->size = size;
    return b;
}

/* An object too great for a shared block gets one of its own, put behind the
 * newest so that the room left there stays in use. */
static void *alloc_alone(struct cs_arena *arena, size_t size)
{
    struct block *b = block_new(size);

    b->used = size;
    if (arena->newest == NULL) {
        arena->newest = b;
    } else {
        b->next = arena->newest->next;
        arena->newest->next = b;
    }
    return b->data;
}

static struct block *add_block(struct cs_arena *arena)
{
    struct block *b = block_new(arena->next_block_bytes);

    b->next = arena->newest;
    arena->newest = b;
    if (arena->next_block_bytes < LAST_BLOCK_BYTES)
        arena->next_block_bytes *= 2;
    return b;
}

void *cs_arena_alloc(struct cs_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    struct block *b = arena->newest;

    if (size > SIZE_MAX - align)
        cs_out_of_memory(size);
    /* Zero bytes still get an address of their own. */
    size = size == 0 ? align : (size + align - 1) / align * align;
    if (b == NULL || size > b->size - b->used) {
        if (size > arena->next_block_bytes / 4)
            return alloc_alone(arena, size);
        b = add_block(arena);
    }
    void *object = b->data + b->used;
    b->used += size;
    return object;
}

void *cs_arena_array(struct cs_arena *arena, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes))
        cs_out_of_memory(SIZE_MAX);
    return cs_arena_alloc(arena, bytes);
}

char *cs_arena_strdup(struct cs_arena *arena, const char *s)
{
    return cs_arena_strndup(arena, s, strlen(s));
}

char *cs_arena_strndup(struct cs_arena *arena, const char *s, size_t len)
{
    size_t n = strnlen(s, len);
    char *copy = (char *)cs_arena_alloc(arena, n + 1);

    memcpy(copy, s, n);
    return copy;
}

char *cs_arena_printf(struct cs_arena *arena, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    CS_ASSERT(len >= 0);

    char *text = (char *)cs_arena_alloc(arena, (size_t)len + 1);
    va_start(args, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, args);
    va_end(args);
    return text;
}
