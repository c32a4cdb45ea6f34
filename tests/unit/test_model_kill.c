/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An instance is killed at the nanosecond, 100 ms, at which what it holds or waits for
 * ends, is granted, times out or is asked for: before, between and after these.
 */
#include "model_fixture.h"

#define FLEETS                                                                             \
    STAGE_HEAD "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 50 }, g: " \
               "{ like: f } }\ndatabases:\n  db:\n"
#define FUNCTIONS                                                                         \
    "    queries: { q5: 5ms, q100: 100ms, q200: 200ms }\nfunctions:\n"                    \
    "  f5: { fleet: f, steps: [ { query: q5 } ] }\n"                                      \
    "  f100: { fleet: f, steps: [ { query: q100 } ] }\n"                                  \
    "  f200: { fleet: f, steps: [ { query: q200 } ] }\n"                                  \
    "  ft: { fleet: f, steps: [ { transaction: db, do: [ { query: q5 }, { wait: 95ms }, " \
    "{ query: q5 } ] } ] }\n"                                                             \
    "  f_out: { fleet: f, max_duration: 100ms, steps: [ { query: q200 } ] }\n"            \
    "  g5: { fleet: g, steps: [ { query: q5 } ] }\n"                                      \
    "  g100: { fleet: g, steps: [ { query: q100 } ] }\n"                                  \
    "traffic: { t: { rate: 1/h, mix: { f5: 100% } } }\n"
#define DATABASE(settings) FLEETS settings FUNCTIONS

static void on_kill(void *self, uint32_t kind, uint64_t arg)
{
    struct stage *stage = self;
    struct cs_cell *cell = &stage->model->cell[arg];

    (void)kind;
    for (uint32_t i = 0; i < cell->n_instances; i++)
        if (cell->instance[i]->state != CS_INSTANCE_GONE)
            cs_instance_kill(stage->model, cell->instance[i], CS_REASON_OUT_OF_MEMORY);
}

static const struct cs_actor killer = {"killer", on_kill};

/* Its instance of this fleet, at 100 ms in the order of this class, the earlier it is set
 * the earlier. */
static void kill_at_100(struct stage *stage, uint32_t fleet, enum cs_class class)
{
    uint32_t timer = cs_timer_new(&stage->model->engine, CS_TREE_FAR, &killer, stage, fleet);

    cs_timer_set(&stage->model->engine, timer, 100 * CS_MS, class, 0);
}

#define KILLED(stage, number, ms) HEARD(stage, number, 502, CS_REASON_OUT_OF_MEMORY, ms)

/* The other fleet waits for a backend since 10, for 90: a kill that comes first frees
 * one in time, one that comes after does not. */
Test(model_kill, what_it_frees_beats_a_timeout_that_comes_later)
{
    for (int is_first = 0; is_first < 2; is_first++) {
        struct stage stage;

        stage_open(&stage, DATABASE("    pool: { max: 5 }\n"
                                    "    gateway: { pool_size: 1, wait_timeout: 90ms }\n"));
        kill_at_100(&stage, 0, is_first ? CS_CLASS_SET : CS_CLASS_ARRIVAL);
        stage_send(&stage, 0.0, "f200");
        stage_send(&stage, 10.0, "g5");
        stage_run(&stage, CS_S);
        KILLED(&stage, 0, 100);
        if (is_first)
            FINE(&stage, 1, 105);
        else
            HEARD(&stage, 1, 500, CS_REASON_POOL_EXHAUSTED, 100);
        stage_close(&stage);
    }
}

/* The backend comes free at 100 for the waiter of f, who is killed with the grant on its
 * way: it goes on to the waiter of g at this instant.  With a kill before, the waiter of f
 * is a ghost and is passed over. */
Test(model_kill, a_unit_on_its_way_to_the_killed_goes_on_at_once)
{
    for (int is_between = 0; is_between < 2; is_between++) {
        struct stage stage;

        stage_open(&stage, DATABASE("    gateway: { pool_size: 1 }\n"));
        stage_send(&stage, 0.0, "g100");
        stage_send(&stage, 10.0, "f5");
        stage_send(&stage, 20.0, "g5");
        kill_at_100(&stage, 0, is_between ? CS_CLASS_RELEASE : CS_CLASS_SET);
        stage_run(&stage, CS_S);
        FINE(&stage, 0, 100);
        KILLED(&stage, 1, 100);
        FINE(&stage, 2, 105);
        stage_close(&stage);
    }
}

/* Connections of a killed instance drop: at the cap there is room for who asks then. */
Test(model_kill, its_connections_make_room_for_an_arrival)
{
    struct stage stage;

    stage_open(&stage, DATABASE("    pool: { max: 5 }\n    gateway: { max_clients: 1 }\n"));
    kill_at_100(&stage, 0, CS_CLASS_EXPIRY);
    stage_send(&stage, 0.0, "f5"); /* its connection stays, idle */
    stage_send(&stage, 99.0, "g5");
    stage_send(&stage, 100.0, "g5");
    stage_run(&stage, CS_S);
    HEARD(&stage, 1, 500, CS_REASON_POOL_EXHAUSTED, 99);
    FINE(&stage, 2, 105);
    stage_close(&stage);
}

/* ---- every order, at every station ---- */

static const char *const texts[] = {
    DATABASE("    pool: { max: 2, connect_timeout: 90ms }\n"),
    DATABASE("    pool: { max: 2, connect: 90ms, connect_timeout: 90ms }\n"),
    DATABASE("    pool: { max: 2, idle_timeout: 95ms, retries: { max: 2 } }\n"),
    DATABASE("    gateway: { pool_size: 1, wait_timeout: 90ms }\n"),
    DATABASE("    gateway: { pool_size: 2, max_clients: 3 }\n"),
    DATABASE("    gateway: { pool_size: 2, drop_abandoned: true }\n"),
    DATABASE("    pool: { max: 2 }\n    gateway: { pool_size: 1, wait_timeout: 90ms }\n"),
    DATABASE("    gateway: { pool_size: 3, mode: session }\n"),
    DATABASE("    server: { max_connections: 3 }\n"),
    DATABASE("    server: { max_connections: 9, vcpus: 1, statement_timeout: 100ms }\n"),
    DATABASE("    pool: { max: 2 }\n    server: { max_connections: 9, statement_timeout: "
             "100ms }\n"),
};

/* Nothing is held by nobody, and everybody is heard of once. */
static void expect_tidy(struct stage *stage, size_t text, int class, int fleet)
{
    const struct cs_database_state *db = &stage->model->database[0];
    int64_t idle = 0;

    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t i = 0; i < stage->model->cell[c].n_instances; i++) {
            const struct cs_pool *pool = stage->model->cell[c].instance[i]->pool[0];

            idle += pool != NULL && pool->is_open ? pool->n_idle : 0;
        }
    cr_expect(db->clients.busy == idle && db->backends.waiting == 0 &&
                  stage->model->n_ghosts == 0 &&
                  stage->model->n_free == stage->model->n_requests,
              "text %zu, class %d, fleet %d: something is left", text, class, fleet);
    for (uint32_t i = 0; i < stage->n; i++)
        cr_expect_eq(stage->heard[i].times, 1,
                     "text %zu, class %d, fleet %d: request %u heard "
                     "%u times",
                     text, class, fleet, (unsigned)i, stage->heard[i].times);
    all_checks_hold(stage->model);
}

Test(model_kill, no_order_at_one_instant_leaves_anything_behind)
{
    static const char *const sent[] = {"f100", "g100", "ft", "f_out", "f5", "g5", "f200"};

    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
        for (int class = CS_CLASS_SET; class <= CS_CLASS_SAMPLE; class ++)
            for (int fleet = 0; fleet < 4; fleet++) {
                struct stage stage;

                stage_open(&stage, texts[t]);
                if (fleet < 2)
                    kill_at_100(&stage, (uint32_t)fleet, (enum cs_class) class);
                for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++)
                    stage_send(&stage, 0.0, sent[i]);
                stage_send(&stage, 10.0, "f5"); /* out at 100, where there is a limit */
                stage_send(&stage, 10.0, "g5");
                stage_run(&stage, 99 * CS_MS);
                if (fleet >= 2) /* set late: after what is due in its class */
                    kill_at_100(&stage, (uint32_t)fleet - 2, (enum cs_class) class);
                stage_send(&stage, 100.0, "f5");
                stage_send(&stage, 100.0, "g5");
                stage_run(&stage, 10 * CS_S);
                expect_tidy(&stage, t, class, fleet);
                stage_close(&stage);
            }
}
