/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One circuit breaker by itself, and the provider's token bucket. */
#include "model_fixture.h"

struct lab {
    struct cs_engine engine;
    struct cs_breaker_config config;
    struct cs_breakers breakers;
    struct cs_breaker *one;
};

static void lab_open(struct lab *lab, int64_t failures, cs_time open, uint32_t probes)
{
    *lab = (struct lab){.config = {true, failures, open, probes, CS_SCOPE_GLOBAL}};
    cs_engine_init(&lab->engine, 1, 0);
    cs_breakers_init(&lab->breakers, &lab->engine, &lab->config, 0);
    lab->one = &lab->breakers.shared[0];
}

static void lab_close(struct lab *lab)
{
    cs_breakers_release(&lab->breakers);
    cs_engine_release(&lab->engine);
}

static void at(struct lab *lab, cs_time now)
{
    cs_engine_run(&lab->engine, now);
    lab->engine.now = now;
}

static bool admit(struct lab *lab, uint32_t *epoch)
{
    return cs_breaker_admit(&lab->breakers, lab->one, epoch);
}

static bool fail_one(struct lab *lab)
{
    uint32_t epoch = 0;

    cr_assert(admit(lab, &epoch));
    return cs_breaker_failed(&lab->breakers, lab->one, epoch);
}

/* The second in a row opens it; a success between starts the row again. */
Test(model_breaker, opens_at_so_many_in_a_row)
{
    struct lab lab;
    uint32_t epoch;

    lab_open(&lab, 2, 100, 1);
    cr_expect_not(fail_one(&lab));
    cr_expect(admit(&lab, &epoch));
    cs_breaker_succeeded(lab.one, epoch);
    cr_expect_not(fail_one(&lab));
    cr_expect_eq(lab.one->state, CS_BREAKER_CLOSED);
    cr_expect(fail_one(&lab));
    cr_expect_eq(lab.one->state, CS_BREAKER_OPEN);
    lab_close(&lab);
}

/* Nothing at 99 after it opened; one probe at 100 and none beside it. */
Test(model_breaker, lets_a_probe_through_when_its_time_is_over)
{
    struct lab lab;
    uint32_t epoch, other;

    lab_open(&lab, 1, 100, 1);
    cr_expect(fail_one(&lab));
    at(&lab, 99);
    cr_expect_not(admit(&lab, &epoch));
    at(&lab, 100);
    cr_expect_eq(lab.one->state, CS_BREAKER_HALF_OPEN);
    cr_expect(admit(&lab, &epoch));
    cr_expect_not(admit(&lab, &other));
    cr_expect(cs_breaker_failed(&lab.breakers, lab.one, epoch));
    cr_expect_eq(lab.one->until, 200);
    at(&lab, 200);
    cr_expect(admit(&lab, &epoch));
    cs_breaker_succeeded(lab.one, epoch);
    cr_expect_eq(lab.one->state, CS_BREAKER_CLOSED);
    lab_close(&lab);
}

/* Whatever of that instant asks before its timer has gone off is let through. */
Test(model_breaker, the_instant_at_which_it_ends_is_no_longer_open)
{
    struct lab lab;
    uint32_t epoch;

    lab_open(&lab, 1, 100, 1);
    cr_expect(fail_one(&lab));
    lab.engine.now = 100;
    cr_expect(admit(&lab, &epoch));
    cr_expect_eq(lab.one->state, CS_BREAKER_HALF_OPEN);
    cr_expect_null(lab.breakers.first);
    at(&lab, 300);
    cr_expect_eq(lab.one->state, CS_BREAKER_HALF_OPEN);
    lab_close(&lab);
}

/* What began before it opened, or beside the probe that closed it, says nothing. */
Test(model_breaker, old_outcomes_count_for_nothing)
{
    struct lab lab;
    uint32_t early, probe, second;

    lab_open(&lab, 1, 100, 2);
    cr_expect(admit(&lab, &early));
    cr_expect(fail_one(&lab));
    cs_breaker_succeeded(lab.one, early);
    cr_expect_eq(lab.one->state, CS_BREAKER_OPEN);
    at(&lab, 100);
    cr_expect(admit(&lab, &probe));
    cr_expect(admit(&lab, &second));
    cr_expect_not(cs_breaker_failed(&lab.breakers, lab.one, early));
    cs_breaker_succeeded(lab.one, probe);
    cr_expect_not(cs_breaker_failed(&lab.breakers, lab.one, second));
    cr_expect_eq(lab.one->state, CS_BREAKER_CLOSED);
    cr_expect_eq(lab.one->failures, 0);
    lab_close(&lab);
}

/* A probe whose request is killed gives its place to another. */
Test(model_breaker, a_lost_probe_frees_its_place)
{
    struct lab lab;
    uint32_t lost, next;

    lab_open(&lab, 1, 100, 1);
    cr_expect(fail_one(&lab));
    at(&lab, 100);
    cr_expect(admit(&lab, &lost));
    cs_breaker_forgotten(lab.one, lost);
    cr_expect(admit(&lab, &next));
    cs_breaker_forgotten(lab.one, lost - 1);
    cr_expect_eq(lab.one->probes, 1u);
    lab_close(&lab);
}

Test(model_breaker, unlimited_failures_never_open_it)
{
    struct lab lab;

    lab_open(&lab, CS_UNLIMITED, 100, 1);
    for (int i = 0; i < 100000; i++)
        cr_assert_not(fail_one(&lab));
    lab_close(&lab);
}

/* Set anew it is as a new one, and no longer among the open. */
Test(model_breaker, a_reset_closes_it)
{
    struct lab lab;

    lab_open(&lab, 1, 100, 1);
    cr_expect(fail_one(&lab));
    cr_expect_eq(lab.breakers.first, lab.one);
    cs_breaker_reset(&lab.breakers, lab.one);
    cr_expect_null(lab.breakers.first);
    cr_expect_eq(lab.one->state, CS_BREAKER_CLOSED);
    at(&lab, 200);
    cr_expect_eq(lab.one->state, CS_BREAKER_CLOSED);
    lab_close(&lab);
}

/* Several that open one after another, the last for less long: all end on time. */
Test(model_breaker, the_open_ones_end_in_order)
{
    struct lab lab;
    struct cs_breaker some[3] = {0};

    lab_open(&lab, 1, 100, 1);
    for (int i = 0; i < 3; i++) {
        at(&lab, 10 * i);
        lab.config.open = i == 2 ? 30 : 100;
        cs_breaker_failed(&lab.breakers, &some[i], some[i].epoch);
    }
    static const struct {
        cs_time at;
        int open;
    } expected[] = {{49, 3}, {50, 2}, {99, 2}, {100, 1}, {109, 1}, {110, 0}};

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        at(&lab, expected[i].at);
        int open = 0;

        for (int k = 0; k < 3; k++)
            open += some[k].state == CS_BREAKER_OPEN;
        cr_expect_eq(open, expected[i].open, "at %d", (int)expected[i].at);
    }
    lab_close(&lab);
}

/* Whatever comes in whatever order: no change of state that is not one of the
 * four, and never more probes than are allowed. */
Test(model_breaker, changes_only_as_it_may)
{
    enum { PENDING = 8 };
    struct lab lab;
    struct cs_draw draw;
    uint32_t epoch[PENDING], n = 0;
    int changes[3][3] = {{0}};

    lab_open(&lab, 3, 40, 2);
    cs_draw_init(&draw, 7, 0, 0, 0, 0, 0);
    for (int i = 0; i < 200000; i++) {
        enum cs_breaker_state before = lab.one->state;
        uint64_t pick = cs_draw_u64(&draw) % 8;

        if (pick == 0)
            at(&lab, lab.engine.now + (cs_time)(cs_draw_u64(&draw) % 20));
        else if (pick < 4 && n < PENDING)
            n += admit(&lab, &epoch[n]);
        else if (pick == 4 && n > 0)
            cs_breaker_forgotten(lab.one, epoch[--n]);
        else if (pick == 5 && n > 0)
            cs_breaker_succeeded(lab.one, epoch[--n]);
        else if (n > 0)
            cs_breaker_failed(&lab.breakers, lab.one, epoch[--n]);
        changes[before][lab.one->state] += before != lab.one->state;
        cr_assert_leq(lab.one->probes, 2u);
        cr_assert(lab.one->state == CS_BREAKER_HALF_OPEN || lab.one->probes == 0);
        cr_assert((lab.breakers.first == lab.one) == (lab.one->state == CS_BREAKER_OPEN));
    }
    cr_expect_eq(changes[CS_BREAKER_CLOSED][CS_BREAKER_HALF_OPEN], 0);
    cr_expect_eq(changes[CS_BREAKER_OPEN][CS_BREAKER_CLOSED], 0);
    cr_expect_gt(changes[CS_BREAKER_CLOSED][CS_BREAKER_OPEN], 100);
    cr_expect_gt(changes[CS_BREAKER_OPEN][CS_BREAKER_HALF_OPEN], 100);
    cr_expect_gt(changes[CS_BREAKER_HALF_OPEN][CS_BREAKER_OPEN], 100);
    cr_expect_gt(changes[CS_BREAKER_HALF_OPEN][CS_BREAKER_CLOSED], 100);
    lab_close(&lab);
}

/* Fair coins, five tails in a row: 62 calls on average.  |z| < 4.5 over 20,000
 * openings (z = 0.4 % of the mean) finds a row that is one too long or short, or
 * that a success does not break. */
Test(model_breaker, opens_after_62_calls_of_even_odds)
{
    enum { OPENINGS = 20000 };
    struct lab lab;
    struct cs_draw draw;
    double sum = 0.0, squares = 0.0;

    lab_open(&lab, 5, 100, 1);
    cs_draw_init(&draw, 11, 0, 0, 0, 0, 0);
    for (int i = 0; i < OPENINGS; i++) {
        double calls = 0.0;
        uint32_t epoch;

        while (lab.one->state == CS_BREAKER_CLOSED) {
            cr_assert(admit(&lab, &epoch));
            calls += 1.0;
            if (cs_draw_u64(&draw) >> 63 == 0)
                cs_breaker_failed(&lab.breakers, lab.one, epoch);
            else
                cs_breaker_succeeded(lab.one, epoch);
        }
        sum += calls;
        squares += calls * calls;
        cs_breaker_reset(&lab.breakers, lab.one);
    }
    double mean = sum / OPENINGS, variance = squares / OPENINGS - mean * mean;
    double distance = mean - 62.0;

    cr_expect_lt(distance * distance * OPENINGS, 4.5 * 4.5 * variance, "%g", mean);
    lab_close(&lab);
}

/* ---- the provider's rate ---- */

/* 5/s: five at once, and then one every 200 ms, to the nanosecond. */
Test(model_bucket, holds_a_seconds_worth)
{
    struct cs_bucket bucket = {0};

    for (int i = 0; i < 5; i++)
        cr_expect(cs_bucket_take(&bucket, 5.0, 0));
    cr_expect_not(cs_bucket_take(&bucket, 5.0, 0));
    cr_expect_not(cs_bucket_take(&bucket, 5.0, 200 * CS_MS - 1));
    cr_expect(cs_bucket_take(&bucket, 5.0, 200 * CS_MS));
    cr_expect_not(cs_bucket_take(&bucket, 5.0, 200 * CS_MS));
    for (int i = 0; i < 5; i++)
        cr_expect(cs_bucket_take(&bucket, 5.0, CS_HOUR));
    cr_expect_not(cs_bucket_take(&bucket, 5.0, CS_HOUR));
}

/* Less than one a second still holds one. */
Test(model_bucket, holds_at_least_one)
{
    struct cs_bucket bucket = {0};

    cr_expect(cs_bucket_take(&bucket, 30.0 / 60.0, 0));
    cr_expect_not(cs_bucket_take(&bucket, 30.0 / 60.0, 2 * CS_S - 1));
    cr_expect(cs_bucket_take(&bucket, 30.0 / 60.0, 2 * CS_S));
}

/* Asked for every millisecond of 100 s, 7/s gives its 7 and then 700: what is left
 * over from one token to the next is not lost. */
Test(model_bucket, carries_the_remainder)
{
    struct cs_bucket bucket = {0};
    int given = 0;

    for (cs_time t = 0; t <= 100 * CS_S; t += CS_MS)
        given += cs_bucket_take(&bucket, 7.0, t);
    cr_expect_geq(given, 706);
    cr_expect_leq(given, 707);
}
