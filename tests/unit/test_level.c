/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>

#include "capsim/level.h"
#include "capsim/rng.h"

Test(level, integrates_exactly)
{
    struct cs_level level;

    cs_level_init(&level, 100, false);
    cs_level_set(&level, 3, 110);  /* 0 for 10 */
    cs_level_add(&level, 2, 130);  /* 3 for 20 */
    cs_level_add(&level, -4, 131); /* 5 for 1 */
    cs_level_flush(&level, 141);   /* 1 for 10 */
    cr_expect(level.area == 3 * 20 + 5 + 10);
    cr_expect_eq(level.value, 1);
    cr_expect_eq(level.max, 5);
    cr_expect_eq(level.since, 141);
    cr_expect_null(level.time.count);
    cs_level_release(&level);
}

/* A million of ten thousandths for 18 years passes 2^63. */
Test(level, area_has_128_bits)
{
    struct cs_level level;

    cs_level_init(&level, 0, false);
    cs_level_set(&level, 1000000, 0);
    cs_level_flush(&level, CS_TIME_LIMIT);
    cr_expect(level.area == (__int128)1000000 << 59);
    cs_level_release(&level);
}

Test(level, changes_at_one_instant_have_no_area_but_a_maximum)
{
    struct cs_level level;

    cs_level_init(&level, 0, true);
    cs_level_set(&level, 9, 50);
    cs_level_set(&level, 2, 50);
    cs_level_flush(&level, 60);
    cr_expect(level.area == 20);
    cr_expect_eq(level.max, 9);
    cr_expect(cs_level_quantile(&level, 1.0) == 2.0);
    cr_expect_eq(level.time.total, 60);
    cs_level_release(&level);
}

Test(level, distribution_over_time)
{
    struct cs_level level;

    cs_level_init(&level, 0, true);
    cs_level_set(&level, 4, 10 * CS_S);   /* 0 for 10 s */
    cs_level_set(&level, 300, 94 * CS_S); /* 4 for 84 s */
    cs_level_flush(&level, 100 * CS_S);   /* 300 for 6 s */
    cr_expect(cs_level_quantile(&level, 0.05) == 0.0);
    cr_expect(cs_level_quantile(&level, 0.5) == 4.0);
    cr_expect(cs_level_quantile(&level, 0.95) == 300.0);
    cr_expect_eq(level.time.total, 100 * CS_S);
    cs_level_release(&level);
}

Test(level, reset_starts_a_window)
{
    struct cs_level level;

    cs_level_init(&level, 0, true);
    cs_level_set(&level, 7, 5);
    cs_level_set(&level, 2, 10);
    cs_level_reset(&level, 20);
    cr_expect(level.area == 7 * 5 + 2 * 10);
    cr_expect_eq(level.value, 2);
    cr_expect_eq(level.max, 2);
    cr_expect(isnan(cs_level_quantile(&level, 0.5)));
    cs_level_flush(&level, 30);
    cr_expect(cs_level_quantile(&level, 0.5) == 2.0);
    cr_expect_eq(level.time.total, 10);
    cr_expect(level.area == 7 * 5 + 2 * 20);
    cs_level_release(&level);
}

/* Little's law to the last nanosecond: the integral of the number present is
 * the sum of the times of stay, whatever the order of departures. */
Test(level, integral_is_the_sum_of_stays)
{
    enum { PRESENT = 40, STEPS = 20000 };
    cs_time arrived[PRESENT], now = 0;
    int busy[PRESENT] = {0};
    __int128 stays = 0;
    struct cs_level level;
    struct cs_draw draw;

    cs_draw_init(&draw, 8, 1, 1, 0, 0, 0);
    cs_level_init(&level, 0, true);
    for (int i = 0; i < STEPS; i++) {
        uint64_t slot = cs_draw_u64(&draw) % PRESENT;

        now += (cs_time)(cs_draw_u64(&draw) % 1000);
        if (busy[slot])
            stays += now - arrived[slot];
        arrived[slot] = now;
        busy[slot] = !busy[slot];
        cs_level_add(&level, busy[slot] ? 1 : -1, now);
    }
    for (int slot = 0; slot < PRESENT; slot++)
        stays += busy[slot] ? now - arrived[slot] : 0;
    cr_expect(level.area == stays);
    cr_expect(cs_level_quantile(&level, 1.0) <= PRESENT);
    cr_expect_eq(level.time.total, (uint64_t)now);
    cs_level_release(&level);
}
