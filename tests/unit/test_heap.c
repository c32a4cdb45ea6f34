/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "capsim/heap.h"
#include "capsim/rng.h"

/* Random puts, moves and removals against a scan.  Catches a broken sift, a
 * stale position, ties that are not first come first served. */
Test(heap, agrees_with_a_scan)
{
    enum { IDS = 60 };
    uint64_t key[IDS] = {0}, turn[IDS] = {0}, turns = 0;
    bool is_in[IDS] = {false};
    struct cs_heap heap;
    struct cs_draw draw;

    cs_heap_init(&heap);
    cs_draw_init(&draw, 5, 1, 0, 0, 0, 0);
    for (int i = 0; i < 200000; i++) {
        uint64_t word = cs_draw_u64(&draw);
        uint32_t id = (uint32_t)(word % IDS);

        if ((word >> 32) % 3 == 0) {
            cs_heap_remove(&heap, id);
            is_in[id] = false;
        } else {
            key[id] = (word >> 40) % 20;
            turn[id] = turns++;
            is_in[id] = true;
            cs_heap_put(&heap, id, key[id]);
        }
        uint32_t n = 0, least = IDS;

        for (uint32_t k = 0; k < IDS; k++) {
            cr_assert_eq(cs_heap_has(&heap, k), is_in[k]);
            n += is_in[k];
            if (is_in[k] && (least == IDS || key[k] < key[least] ||
                             (key[k] == key[least] && turn[k] < turn[least])))
                least = k;
        }
        cr_assert_eq(heap.n, n);
        if (n > 0)
            cr_assert_eq(cs_heap_top(&heap)->id, least);
    }
    cs_heap_release(&heap);
}
