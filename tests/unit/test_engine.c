/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/engine.h"
#include "capsim/rng.h"

/* What happened, as a string of kinds: 'a', 'b', ... */
struct log {
    struct cs_engine engine;
    char text[64];
    size_t n;
    cs_time at[64];
    bool grant_on_release;
};

static void on_event(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor actor = {"log", on_event};

static void on_event(void *self, uint32_t kind, uint64_t arg)
{
    struct log *log = self;

    (void)arg;
    log->at[log->n] = log->engine.now;
    log->text[log->n++] = (char)kind;
    if (kind == 'r' && log->grant_on_release)
        cs_engine_grant(&log->engine, &actor, log, 'g', 0);
}

static uint32_t timer(struct log *log)
{
    return cs_timer_new(&log->engine, CS_TREE_NEAR, &actor, log, 0);
}

static struct log *new_log(void)
{
    struct log *log = calloc(1, sizeof *log);

    cs_engine_init(&log->engine, 1, 0);
    return log;
}

static void free_log(struct log *log)
{
    cs_engine_release(&log->engine);
    free(log);
}

/* Set or outage, release, grant, expiry, arrival, sample: whatever the order in
 * which they were scheduled.  Catches a timeout that beats a grant. */
Test(engine, one_instant_goes_by_class)
{
    struct log *log = new_log();

    log->grant_on_release = true;
    cs_timer_set(&log->engine, timer(log), 5, CS_CLASS_SAMPLE, 's');
    cs_timer_set(&log->engine, timer(log), 5, CS_CLASS_ARRIVAL, 'a');
    cs_timer_set(&log->engine, timer(log), 5, CS_CLASS_EXPIRY, 'x');
    cs_timer_set(&log->engine, timer(log), 5, CS_CLASS_RELEASE, 'r');
    cs_timer_set(&log->engine, timer(log), 5, CS_CLASS_RELEASE, 'r');
    cs_timer_set(&log->engine, timer(log), 5, CS_CLASS_SET, 'o');
    cs_engine_run(&log->engine, CS_S);
    cr_assert_str_eq(log->text, "orrggxas");
    cr_assert_eq(log->engine.events, 8);
    free_log(log);
}

Test(engine, equal_events_go_in_order_of_scheduling_and_runs_stop_on_time)
{
    struct log *log = new_log();
    uint32_t timers[3] = {timer(log), timer(log), timer(log)};

    cs_timer_set(&log->engine, timers[2], 7, CS_CLASS_RELEASE, 'c');
    cs_timer_set(&log->engine, timers[0], 7, CS_CLASS_RELEASE, 'a');
    cs_timer_set(&log->engine, timers[1], 9, CS_CLASS_RELEASE, 'b');
    cs_engine_run(&log->engine, 8);
    cr_assert_str_eq(log->text, "ca");
    cr_assert(cs_timer_is_set(&log->engine, timers[1]));
    cs_timer_cancel(&log->engine, timers[1]);
    cs_engine_run(&log->engine, CS_S);
    cr_assert_str_eq(log->text, "ca");
    free_log(log);
}

Test(engine, the_ready_ring_grows_and_keeps_order)
{
    struct log *log = new_log();

    for (int i = 0; i < 20; i++)
        cs_engine_grant(&log->engine, &actor, log, (uint32_t)('a' + i), 0);
    cs_engine_run(&log->engine, 0);
    cr_assert_str_eq(log->text, "abcdefghijklmnopqrst");
    for (int i = 0; i < 40; i++)
        cs_engine_grant(&log->engine, &actor, log, (uint32_t)('a' + i % 26), 0);
    cr_assert_eq(log->engine.ready_count, 40);
    cs_engine_run(&log->engine, 0);
    cr_assert_eq(log->n, 60);
    free_log(log);
}

/* ---- deadlines against one timer each ---- */

struct race {
    struct cs_engine engine;
    struct cs_deadline_node *nodes;
    struct cs_deadlines list;
    uint32_t *timers; /* the reference */
    uint64_t by_list[4000], by_timer[4000];
    cs_time list_at[4000], timer_at[4000];
    size_t n_list, n_timer;
};

static void on_deadline(void *self, uint32_t kind, uint64_t arg)
{
    struct race *race = self;

    if (kind == 1) {
        race->list_at[race->n_list] = race->engine.now;
        race->by_list[race->n_list++] = arg;
    } else {
        race->timer_at[race->n_timer] = race->engine.now;
        race->by_timer[race->n_timer++] = arg;
    }
}

static const struct cs_actor racer = {"race", on_deadline};

/* Armed and cancelled at random, a deadline list fires what a timer each fires,
 * when it does, also when its length changes all the time.  Catches a list that
 * skips, repeats, delays, or relies on its order. */
static void race_with_lengths(cs_time shortest, cs_time longest)
{
    enum { N = 50 };
    struct race *race = calloc(1, sizeof *race);
    struct cs_draw draw;

    cs_engine_init(&race->engine, 1, 0);
    race->nodes = calloc(N, sizeof *race->nodes);
    race->timers = calloc(N, sizeof *race->timers);
    cs_deadlines_init(&race->list, &race->engine, &race->nodes, 100, &racer, race, 1);
    for (uint32_t i = 0; i < N; i++)
        race->timers[i] = cs_timer_new(&race->engine, CS_TREE_NEAR, &racer, race, i);
    cs_draw_init(&draw, 3, 1, 0, 0, 0, 0);
    for (cs_time t = 0; t < 3000; t++) {
        uint32_t id = (uint32_t)(cs_draw_u64(&draw) % N);

        cs_engine_run(&race->engine, t);
        race->engine.now = t;
        if (race->nodes[id].is_armed) {
            cs_deadline_cancel(&race->list, id);
            cs_timer_cancel(&race->engine, race->timers[id]);
        } else {
            race->list.length =
                shortest + (cs_time)(cs_draw_u64(&draw) % (uint64_t)(longest - shortest + 1));
            cs_deadline_arm(&race->list, id);
            cs_timer_set(&race->engine, race->timers[id], t + race->list.length,
                         CS_CLASS_EXPIRY, 2);
        }
    }
    cs_engine_run(&race->engine, CS_S);
    cr_assert_gt(race->n_list, 100);
    cr_assert_eq(race->n_list, race->n_timer);
    for (size_t i = 0; i < race->n_list; i++) {
        cr_assert_eq(race->by_list[i], race->by_timer[i]);
        cr_assert_eq(race->list_at[i], race->timer_at[i]);
    }
    cs_engine_release(&race->engine);
    free(race->nodes);
    free(race->timers);
    free(race);
}

Test(deadlines, fire_like_a_timer_each)
{
    race_with_lengths(100, 100);
}

Test(deadlines, may_change_their_length)
{
    race_with_lengths(20, 200);
}
