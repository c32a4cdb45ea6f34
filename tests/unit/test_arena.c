/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "capsim/arena.h"

static int is_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return 0;
    return 1;
}

/* Sizes from nothing to past a block, each filled with its own byte: an
 * overlap, a dirty byte or a misaligned object shows. */
Test(arena, objects_are_aligned_zeroed_and_apart)
{
    enum { N = 3000 };
    static unsigned char *object[N];
    static size_t size[N];
    struct cs_arena *arena = cs_arena_new();

    for (size_t i = 0; i < N; i++) {
        size[i] = i % 97 == 0 ? 100000 + i : i * 7 % 301;
        object[i] = cs_arena_alloc(arena, size[i]);
        cr_assert_eq((uintptr_t)object[i] % alignof(max_align_t), 0);
        cr_assert(is_zero(object[i], size[i]), "object %zu", i);
        memset(object[i], (int)(1 + i % 255), size[i]);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < size[i]; j++)
            cr_assert_eq(object[i][j], 1 + i % 255, "object %zu byte %zu", i, j);
    cs_arena_free(arena);
}

Test(arena, empty_objects_have_addresses_of_their_own)
{
    struct cs_arena *arena = cs_arena_new();

    cr_expect_neq(cs_arena_alloc(arena, 0), cs_arena_alloc(arena, 0));
    cs_arena_free(arena);
}

/* A great object must not waste the open block: small ones go on in a row. */
Test(arena, great_objects_leave_the_open_block_in_use)
{
    struct cs_arena *arena = cs_arena_new();
    char *a = cs_arena_alloc(arena, 16);
    char *great = cs_arena_alloc(arena, 1 << 22);
    char *b = cs_arena_alloc(arena, 16);

    great[(1 << 22) - 1] = 1;
    cr_expect_eq(b, a + 16);
    cs_arena_free(arena);
}

Test(arena, typed_macros)
{
    struct cs_arena *arena = cs_arena_new();
    double *one = CS_ARENA_NEW(arena, double);
    int *many = CS_ARENA_ARRAY(arena, int, 5000);

    cr_expect(*one == 0.0);
    many[4999] = 3;
    cr_expect_eq(many[0], 0);
    cs_arena_free(arena);
}

Test(arena, array_overflow_aborts, .signal = SIGABRT)
{
    struct cs_arena *arena = cs_arena_new();

    cs_arena_array(arena, SIZE_MAX / 2, 3);
}

Test(arena, strings)
{
    struct cs_arena *arena = cs_arena_new();
    char source[] = "function";
    char *copy = cs_arena_strdup(arena, source);

    source[0] = 'F';
    cr_expect_str_eq(copy, "function");
    cr_expect_str_eq(cs_arena_strndup(arena, "function", 3), "fun");
    cr_expect_str_eq(cs_arena_strndup(arena, "fn", 30), "fn");
    cr_expect_str_eq(cs_arena_strdup(arena, ""), "");
    cr_expect_str_eq(cs_arena_printf(arena, "%s[%d]", "pool", 7), "pool[7]");

    char *wide = cs_arena_printf(arena, "%10000d", 1);
    cr_expect_eq(strlen(wide), 10000);
    cr_expect_eq(wide[9999], '1');
    cs_arena_free(arena);
}

Test(arena, free_of_null_is_legal)
{
    cs_arena_free(NULL);
}
