/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model_fixture.h"

enum { CUSTOMERS = 64 };

static struct cs_wait_node *nodes;

static void setup(struct cs_station *station, int64_t capacity, int64_t limit)
{
    nodes = calloc(CUSTOMERS, sizeof *nodes);
    cs_station_init(station, &nodes, capacity, limit);
}

Test(model_station, units_are_taken_up_to_the_capacity)
{
    struct cs_station station;

    setup(&station, 2, 10);
    cr_expect(cs_station_seize(&station, 0));
    cr_expect(cs_station_seize(&station, 1));
    cr_expect_not(cs_station_seize(&station, 2));
    cs_station_release(&station, 0, 3);
    cr_expect(cs_station_seize(&station, 3));
    cr_expect_eq(station.busy, 2);
    free(nodes);
}

Test(model_station, the_queue_is_first_come_and_bounded)
{
    struct cs_station station;

    setup(&station, 1, 3);
    for (uint32_t id = 5; id < 8; id++)
        cr_expect(cs_station_wait(&station, id, id));
    cr_expect_not(cs_station_wait(&station, 8, 8));
    for (uint32_t id = 5; id < 8; id++)
        cr_expect_eq(cs_station_next(&station, 10), id);
    cr_expect_eq(cs_station_next(&station, 10), CS_NOBODY);
    cr_expect_eq(station.waiting, 0);
    free(nodes);
}

Test(model_station, a_free_unit_is_not_taken_past_the_queue)
{
    struct cs_station station;

    setup(&station, 2, 3);
    cr_expect(cs_station_seize(&station, 0));
    cr_expect(cs_station_wait(&station, 1, 0));
    cr_expect_not(cs_station_seize(&station, 1));
    cr_expect_eq(cs_station_next(&station, 1), 1);
    cs_station_take(&station, 1);
    cr_expect_eq(station.busy, 2);
    free(nodes);
}

/* From the head, the middle and the end; who stays keeps the order. */
Test(model_station, anyone_may_leave_the_queue)
{
    static const uint32_t leaves[] = {0, 2, 4};
    struct cs_station station;

    setup(&station, 1, 10);
    for (uint32_t id = 0; id < 5; id++)
        cs_station_wait(&station, id, id);
    for (int i = 0; i < 3; i++)
        cs_station_abandon(&station, leaves[i], 10);
    cr_expect_eq(station.waiting, 2);
    cs_station_wait(&station, 2, 11); /* and may come back, at the end */
    cr_expect_eq(cs_station_next(&station, 12), 1);
    cr_expect_eq(cs_station_next(&station, 12), 3);
    cr_expect_eq(cs_station_next(&station, 12), 2);
    cr_expect_eq(cs_station_next(&station, 12), CS_NOBODY);
    free(nodes);
}

Test(model_station, a_lowered_capacity_lets_those_inside_finish)
{
    struct cs_station station;

    setup(&station, 3, 0);
    for (int i = 0; i < 3; i++)
        cs_station_seize(&station, 0);
    station.capacity = 1;
    cs_station_release(&station, 0, 1);
    cr_expect_not(cs_station_seize(&station, 1));
    cs_station_release(&station, 0, 2);
    cs_station_release(&station, 0, 3);
    cr_expect(cs_station_seize(&station, 3));
    cr_expect_not(cs_station_seize(&station, 3));
    station.capacity = 2;
    cr_expect(cs_station_seize(&station, 4));
    free(nodes);
}

/* ---- Little's law ---- */

Test(model_station, little_holds_at_any_instant)
{
    struct cs_little little = {0};

    cs_little_enter(&little, 10);
    cs_little_enter(&little, 30);
    cr_expect(cs_little_holds(&little, 40));
    cs_little_leave(&little, 10, 50);
    cr_expect_eq((int64_t)little.area, 60);
    cr_expect_eq((int64_t)little.sojourns, 40);
    cr_expect(cs_little_holds(&little, 75));
}

/* The mistakes that it is there to find. */
Test(model_station, little_finds_the_lost_the_doubled_and_the_mistimed)
{
    struct cs_little lost = {0}, doubled = {0}, mistimed = {0};

    cs_little_enter(&lost, 10);
    lost.present--;
    cr_expect_not(cs_little_holds(&lost, 20));
    cs_little_enter(&doubled, 10);
    cs_little_enter(&doubled, 12);
    cs_little_leave(&doubled, 10, 20);
    cs_little_leave(&doubled, 10, 25);
    cr_expect_not(cs_little_holds(&doubled, 30));
    cs_little_enter(&mistimed, 10);
    cs_little_leave(&mistimed, 11, 20);
    cr_expect_not(cs_little_holds(&mistimed, 30));
}

/* ---- against a plain list ---- */

struct plain {
    uint32_t waiting[CUSTOMERS], n, busy, limit;
    cs_time since[CUSTOMERS]; /* in service or in the queue */
    enum { AWAY, WAITS, SERVED } state[CUSTOMERS];
};

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void plain_remove(struct plain *plain, uint32_t id)
{
    uint32_t i = 0;

    while (plain->waiting[i] != id)
        i++;
    plain->n--;
    for (; i < plain->n; i++)
        plain->waiting[i] = plain->waiting[i + 1];
}

static void arrive(struct cs_station *station, struct plain *plain, uint32_t id, cs_time now)
{
    bool is_free = plain->busy < (uint32_t)station->capacity && plain->n == 0;

    cr_assert_eq(cs_station_seize(station, now), is_free);
    if (is_free) {
        plain->busy++;
        plain->state[id] = SERVED;
    } else {
        bool has_room = plain->n < plain->limit;

        cr_assert_eq(cs_station_wait(station, id, now), has_room);
        if (!has_room)
            return;
        plain->waiting[plain->n++] = id;
        plain->state[id] = WAITS;
    }
    plain->since[id] = now;
}

static void leave(struct cs_station *station, struct plain *plain, uint32_t id, cs_time now)
{
    plain->state[id] = AWAY;
    cs_station_release(station, plain->since[id], now);
    plain->busy--;
    if (plain->busy >= (uint32_t)station->capacity)
        return;
    uint32_t next = plain->n > 0 ? plain->waiting[0] : CS_NOBODY;

    cr_assert_eq(cs_station_next(station, now), next);
    if (next == CS_NOBODY)
        return;
    plain_remove(plain, next);
    cs_station_take(station, now);
    plain->busy++;
    plain->state[next] = SERVED;
    plain->since[next] = now;
}

Test(model_station, random_use_agrees_with_a_plain_list)
{
    struct cs_station station;
    struct cs_little busy = {0}, waiting = {0};
    struct plain plain = {.limit = 20};
    uint64_t random = 1;
    cs_time now = 0;

    setup(&station, 5, 20);
    station.little_busy = &busy;
    station.little_waiting = &waiting;
    for (int i = 0; i < 200000; i++) {
        uint32_t id = next_random(&random) % CUSTOMERS;

        now += next_random(&random) % 3;
        if (next_random(&random) % 1000 == 0)
            station.capacity = 1 + next_random(&random) % 9;
        if (plain.state[id] == AWAY) {
            arrive(&station, &plain, id, now);
        } else if (plain.state[id] == SERVED) {
            leave(&station, &plain, id, now);
        } else if (next_random(&random) % 4 == 0) {
            cs_station_abandon(&station, id, now);
            plain_remove(&plain, id);
            plain.state[id] = AWAY;
        }
        cr_assert_eq(station.busy, plain.busy);
        cr_assert_eq(station.waiting, plain.n);
    }
    cr_expect(cs_little_holds(&busy, now) && cs_little_holds(&waiting, now));
    cr_expect_gt((double)waiting.area, 0.0);
    free(nodes);
}
