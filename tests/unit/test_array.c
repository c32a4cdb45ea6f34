/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/check.h"

struct pair {
    int64_t a;
    int32_t b;
};

Test(array, capacity_doubles_from_eight)
{
    cr_expect_eq(cs_grow_capacity(0, 1), 8);
    cr_expect_eq(cs_grow_capacity(0, 8), 8);
    cr_expect_eq(cs_grow_capacity(8, 9), 16);
    cr_expect_eq(cs_grow_capacity(8, 100), 128);
    cr_expect_eq(cs_grow_capacity(16, 3), 16);
    cr_expect_eq(cs_grow_capacity(8, SIZE_MAX), SIZE_MAX);
}

Test(array, grow_keeps_what_is_there)
{
    struct pair *p = NULL;
    uint32_t n = 0, cap = 0;

    for (int i = 0; i < 1000; i++) {
        CS_GROW(p, n + 1, cap);
        p[n++] = (struct pair){.a = i, .b = -i};
        cr_assert_leq(n, cap);
    }
    cr_expect_eq(cap, 1024);
    for (int i = 0; i < 1000; i++)
        cr_assert(p[i].a == i && p[i].b == -i, "element %d", i);
    free(p);
}

Test(array, grow_without_need_does_nothing)
{
    struct pair *p = CS_NEW_ARRAY(struct pair, 4), *before = p;
    size_t cap = 4;

    CS_GROW(p, 4, cap);
    cr_expect_eq(p, before);
    cr_expect_eq(cap, 4);
    free(p);
}

Test(array, new_objects_are_zero)
{
    struct pair *one = CS_NEW(struct pair);
    struct pair *many = CS_NEW_ARRAY(struct pair, 100);
    struct pair *none = CS_NEW_ARRAY(struct pair, 0);

    cr_expect(one->a == 0 && one->b == 0);
    for (int i = 0; i < 100; i++)
        cr_assert(many[i].a == 0 && many[i].b == 0);
    cr_expect_not_null(none);
    free(one);
    free(many);
    free(none);
}

/* A product that wraps must not become a small allocation. */
Test(array, product_overflow_aborts, .signal = SIGABRT)
{
    free(cs_realloc_array(NULL, SIZE_MAX / 2 + 1, 4));
}

Test(array, calloc_overflow_aborts, .signal = SIGABRT)
{
    free(cs_calloc(SIZE_MAX / 8 + 1, 16));
}

Test(array, failed_assertion_aborts, .signal = SIGABRT)
{
    int zero = 0;

    CS_ASSERT(zero == 1);
}

Test(array, held_assertion_evaluates_once)
{
    int calls = 0;

    CS_ASSERT(++calls == 1);
    cr_expect_eq(calls, 1);
}
