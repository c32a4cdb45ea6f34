/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "capsim/calendar.h"
#include "capsim/rng.h"

/*
 * The calendar against the simplest reference: a sorted array of keys.  Ten
 * million random schedules, moves, cancels and takes, a quarter of the times
 * equal to another's.  Catches a lost, doubled, stale or misplaced event.
 */
enum { SLOTS = 200, OPERATIONS = 10000000 };

struct entry {
    cs_time at;
    unsigned class;
    uint64_t sequence;
    uint32_t slot;
};

static struct entry sorted[SLOTS];
static uint32_t n_sorted;

static int order(const struct entry *a, const struct entry *b)
{
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

static void reference_remove(uint32_t slot)
{
    uint32_t i = 0;

    while (i < n_sorted && sorted[i].slot != slot)
        i++;
    if (i == n_sorted)
        return;
    n_sorted--;
    for (; i < n_sorted; i++)
        sorted[i] = sorted[i + 1];
}

static void reference_insert(struct entry entry)
{
    uint32_t i = n_sorted++;

    while (i > 0 && order(&entry, &sorted[i - 1]) < 0) {
        sorted[i] = sorted[i - 1];
        i--;
    }
    sorted[i] = entry;
}

Test(calendar, agrees_with_a_sorted_array, .timeout = 120)
{
    struct cs_calendar calendar;
    struct cs_draw draw;
    cs_time now = 0;
    uint64_t sequence = 0;

    cs_calendar_init(&calendar);
    for (uint32_t i = 0; i < SLOTS; i++) /* half of them in each tree */
        cr_assert_eq(cs_calendar_slot(&calendar, (enum cs_tree)(i % 2)), i);
    cs_draw_init(&draw, 7, 1, 0, 0, 0, 0);
    for (long i = 0; i < OPERATIONS; i++) {
        uint64_t word = cs_draw_u64(&draw);
        uint32_t slot = (uint32_t)(word % SLOTS);
        unsigned what = (unsigned)(word >> 32) % 8, class = (unsigned)(word >> 40) % 6;

        if (what < 4) { /* schedule or move */
            cs_time at = now + (what == 0 ? 0 : (cs_time)((word >> 48) % 50));

            cs_calendar_set(&calendar, slot, at, (enum cs_class) class);
            reference_remove(slot);
            reference_insert((struct entry){at, class, sequence++, slot});
        } else if (what < 5) {
            cs_calendar_clear(&calendar, slot);
            reference_remove(slot);
        } else if (n_sorted > 0) {
            cs_key next = cs_calendar_next(&calendar);

            cr_assert_eq(cs_key_slot(next), sorted[0].slot, "operation %ld", i);
            cr_assert_eq(cs_key_time(next), sorted[0].at);
            cr_assert_eq((unsigned)cs_key_class(next), sorted[0].class);
            now = sorted[0].at;
            cs_calendar_clear(&calendar, sorted[0].slot);
            reference_remove(sorted[0].slot);
        } else {
            cr_assert(cs_calendar_next(&calendar) == CS_KEY_NONE);
        }
    }
    cs_calendar_release(&calendar);
}

Test(calendar, growing_keeps_what_is_pending)
{
    struct cs_calendar calendar;

    cs_calendar_init(&calendar);
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t slot = cs_calendar_slot(&calendar, (enum cs_tree)(i % 2));

        cs_calendar_set(&calendar, slot, 10000 - (cs_time)i, CS_CLASS_ARRIVAL);
        cr_assert_eq(cs_key_slot(cs_calendar_next(&calendar)), slot);
    }
    for (uint32_t i = 5000; i-- > 0;) {
        cr_assert_eq(cs_key_slot(cs_calendar_next(&calendar)), i);
        cr_assert_eq(cs_calendar_due(&calendar, i), 10000 - (cs_time)i);
        cs_calendar_clear(&calendar, i);
    }
    cr_assert(cs_calendar_next(&calendar) == CS_KEY_NONE);
    cr_assert_eq(cs_calendar_due(&calendar, 3), CS_NEVER);
    cs_calendar_release(&calendar);
}

Test(calendar, keys_carry_the_longest_time)
{
    struct cs_calendar calendar;

    cs_calendar_init(&calendar);
    uint32_t slot = cs_calendar_slot(&calendar, CS_TREE_NEAR);

    cs_calendar_set(&calendar, slot, CS_TIME_LIMIT, CS_CLASS_SAMPLE);
    cr_assert_eq(cs_key_time(cs_calendar_next(&calendar)), CS_TIME_LIMIT);
    cr_assert_eq(cs_key_class(cs_calendar_next(&calendar)), CS_CLASS_SAMPLE);
    cs_calendar_release(&calendar);
}
