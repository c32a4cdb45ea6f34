/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of node-postgres' pool, one case a rule. */
#include "model_fixture.h"

#define QUERIES                                                             \
    "    queries: { q5: 5ms, q10: 10ms, q20: 20ms, q30: 30ms }\n"           \
    "functions:\n"                                                          \
    "  q10: { fleet: f, steps: [ { query: q10 } ] }\n"                      \
    "  q20: { fleet: f, steps: [ { query: q20 } ] }\n"                      \
    "  q30: { fleet: f, steps: [ { query: q30 } ] }\n"                      \
    "  brief: { fleet: f, max_duration: 5ms, steps: [ { query: q20 } ] }\n" \
    "  work: { fleet: f, steps: [ { wait: 100ms } ] }\n"                    \
    "  other: { fleet: g, steps: [ { query: q30, count: 5 } ] }\n"          \
    "traffic: { t: { rate: 1/h, mix: { q10: 100% } } }\n"
#define FLEETS "fleets: { f: { min_instances: 1, concurrency: 50 }, g: { like: f } }\n"
#define POOL(settings) \
    STAGE_HEAD FLEETS "databases:\n  db:\n    pool: { " settings " }\n" QUERIES
#define POOL_AND_GATEWAY(settings, gateway)                                                    \
    STAGE_HEAD FLEETS "databases:\n  db:\n    pool: { " settings " }\n    gateway: { " gateway \
                      " }\n" QUERIES

static struct cs_pool *pool_in(const struct stage *stage, uint32_t fleet)
{
    return stage->model->cell[fleet].instance[0]->pool[0];
}

Test(model_pool, waiters_are_first_come)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 1"));
    for (int i = 0; i < 4; i++)
        stage_send(&stage, i, i == 0 ? "q20" : "q10");
    stage_run(&stage, 3 * CS_MS);
    cr_expect_eq(pool_in(&stage, 0)->active.waiting, 3);
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 20);
    FINE(&stage, 1, 30);
    FINE(&stage, 2, 40);
    FINE(&stage, 3, 50);
    stage_close(&stage);
}

/* Connection 1 was used last, so connection 0 stays idle and closes. */
Test(model_pool, the_last_used_idle_connection_comes_first)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 2, idle_timeout: 50ms"));
    stage_send(&stage, 0.0, "q20");
    stage_send(&stage, 0.0, "q30");
    stage_send(&stage, 40.0, "q10");
    stage_run(&stage, 70 * CS_MS - 1);
    cr_expect_eq(pool_in(&stage, 0)->total, 2);
    stage_run(&stage, 70 * CS_MS);
    cr_expect_eq(pool_in(&stage, 0)->total, 1);
    cr_expect_eq(pool_in(&stage, 0)->connection[1].state, CS_CONNECTION_IDLE);
    stage_run(&stage, 100 * CS_MS - 1);
    cr_expect_eq(pool_in(&stage, 0)->total, 1);
    stage_run(&stage, 100 * CS_MS);
    cr_expect_eq(pool_in(&stage, 0)->total, 0);
    stage_close(&stage);
}

/* The second opens at 25 (there at 35) and waits for that one although the
 * first connection is free at 30; the third finds it there at 31. */
Test(model_pool, who_opens_a_connection_gets_that_one)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 2, connect: 10ms"));
    stage_send(&stage, 0.0, "q20");
    stage_send(&stage, 25.0, "q20");
    stage_send(&stage, 31.0, "q20");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 30);
    FINE(&stage, 1, 55);
    FINE(&stage, 2, 51);
    stage_close(&stage);
}

Test(model_pool, connecting_counts_toward_max)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 1, connect: 10ms"));
    stage_send(&stage, 0.0, "q20");
    stage_send(&stage, 1.0, "q20");
    cr_expect_eq(pool_in(&stage, 0)->total, 1);
    cr_expect_eq(pool_in(&stage, 0)->active.waiting, 1);
    cr_expect_eq(stage.model->database[0].clients.busy, 1);
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 30);
    FINE(&stage, 1, 50);
    stage_close(&stage);
}

Test(model_pool, the_timeout_of_a_waiter_runs_from_asking)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 1, connect: 10ms, connect_timeout: 25ms"));
    stage_send(&stage, 0.0, "q20");
    stage_send(&stage, 1.0, "q20");
    stage_send(&stage, 6.0, "q20");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 30);
    HEARD(&stage, 1, 500, CS_REASON_POOL_EXHAUSTED, 26);
    FINE(&stage, 2, 50); /* granted at 30, one millisecond before its own end */
    stage_close(&stage);
}

Test(model_pool, the_timeout_of_connecting_frees_the_place)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 1, connect: 20ms, connect_timeout: 15ms"));
    stage_send(&stage, 0.0, "q10");
    stage_send(&stage, 5.0, "q10"); /* opens at 15, but its own time is up at 20 */
    stage_send(&stage, 40.0, "q10");
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 500, CS_REASON_POOL_EXHAUSTED, 15);
    HEARD(&stage, 1, 500, CS_REASON_POOL_EXHAUSTED, 20);
    HEARD(&stage, 2, 500, CS_REASON_POOL_EXHAUSTED, 55);
    cr_expect_eq(pool_in(&stage, 0)->total, 0);
    cr_expect_eq(stage.model->database[0].clients.busy, 0);
    stage_close(&stage);
}

Test(model_pool, connecting_just_in_time)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 1, connect: 15ms, connect_timeout: 15ms"));
    stage_send(&stage, 0.0, "q10");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 25);
    stage_close(&stage);
}

Test(model_pool, a_timeout_of_nothing_does_not_wait)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 1, connect_timeout: 0s"));
    stage_send(&stage, 0.0, "q10");
    stage_send(&stage, 4.0, "q10");
    stage_send(&stage, 10.0, "q10"); /* just freed */
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 10);
    HEARD(&stage, 1, 500, CS_REASON_POOL_EXHAUSTED, 4);
    FINE(&stage, 2, 20);
    stage_close(&stage);
}

/* The other fleet holds the one backend, so request 1 loses its connection at
 * 15; request 2 opens one in its place (there at 25), gives up at 22, and
 * request 3 finds it idle. */
Test(model_pool, a_connection_that_comes_too_late_goes_idle)
{
    struct stage stage;

    stage_open(&stage, POOL_AND_GATEWAY("max: 1, connect: 10ms, connect_timeout: 15ms",
                                        "pool_size: 1, wait_timeout: 5ms"));
    stage_send(&stage, 0.0, "other"); /* 10 to 160 */
    stage_send(&stage, 0.0, "q10");
    stage_send(&stage, 7.0, "q10");
    stage_run(&stage, 15 * CS_MS);
    HEARD(&stage, 1, 500, CS_REASON_POOL_EXHAUSTED, 15);
    stage_run(&stage, 24 * CS_MS);
    HEARD(&stage, 2, 500, CS_REASON_POOL_EXHAUSTED, 22);
    cr_expect_eq(pool_in(&stage, 0)->n_idle, 0);
    stage_run(&stage, 25 * CS_MS);
    cr_expect_eq(pool_in(&stage, 0)->n_idle, 1);
    stage_send(&stage, 158.0, "q10"); /* backend at 160: no connecting */
    stage_run(&stage, CS_S);
    FINE(&stage, 3, 170);
    stage_close(&stage);
}

Test(model_pool, a_wait_for_a_backend_in_vain_costs_the_connection)
{
    struct stage stage;

    stage_open(&stage,
               POOL_AND_GATEWAY("max: 2, connect: 1ms", "pool_size: 1, wait_timeout: 5ms"));
    stage_send(&stage, 0.0, "other");
    stage_send(&stage, 0.0, "q10");
    stage_run(&stage, 5 * CS_MS);
    cr_expect_eq(pool_in(&stage, 0)->total, 1);
    stage_run(&stage, 6 * CS_MS);
    HEARD(&stage, 1, 500, CS_REASON_POOL_EXHAUSTED, 6);
    cr_expect_eq(pool_in(&stage, 0)->total, 0);
    cr_expect_eq(stage.model->database[0].clients.busy, 1);
    stage_close(&stage);
}

Test(model_pool, an_opener_that_is_killed_leaves_an_idle_connection)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 1, connect: 10ms"));
    stage_send(&stage, 0.0, "brief");
    stage_send(&stage, 12.0, "q10");
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 504, CS_REASON_MAX_DURATION, 5);
    FINE(&stage, 1, 22);
    stage_close(&stage);
}

Test(model_pool, min_opens_nothing_and_stops_reaping)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 3, min: 1, connect: 10ms, idle_timeout: 50ms"));
    stage_run(&stage, CS_S);
    cr_expect_eq(stage.model->database[0].clients.busy, 0);
    stage_send(&stage, 1000.0, "q10");
    stage_send(&stage, 1000.0, "q20");
    stage_send(&stage, 1000.0, "q30");
    stage_run(&stage, 1069 * CS_MS);
    cr_expect_eq(pool_in(&stage, 0)->total, 3); /* idle since 1020, 1030 and 1040 */
    stage_run(&stage, 1080 * CS_MS);
    cr_expect_eq(pool_in(&stage, 0)->total, 1);
    stage_run(&stage, 100 * CS_S);
    cr_expect_eq(pool_in(&stage, 0)->total, 1);
    stage_close(&stage);
}

/* Timed out at 5, 5+4+5 = 14, 14+8+5 = 27 and 27+10+5 = 42 (the delay is capped). */
Test(model_pool, a_failed_acquisition_is_tried_again_then_500)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 1, connect: 9ms, connect_timeout: 5ms, retries: { max: 3, "
                            "backoff: { initial: 4ms, factor: 2, max: 10ms } }"));
    stage_send(&stage, 0.0, "q10");
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 500, CS_REASON_POOL_EXHAUSTED, 42);
    cr_expect_eq(count_of(stage.model, "db_pool_connection_errors", NULL), 4);
    stage_close(&stage);
}

/* Both give up at 25 and ask again at 35: one finds the idle connection. */
Test(model_pool, a_retry_may_succeed)
{
    struct stage stage;

    stage_open(&stage, POOL("max: 1, connect: 10ms, connect_timeout: 25ms, "
                            "retries: { max: 1, backoff: { initial: 10ms, factor: 1 } }"));
    for (int i = 0; i < 3; i++)
        stage_send(&stage, 0.0, "q20");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 30);
    FINE(&stage, 1, 55);
    FINE(&stage, 2, 75);
    stage_close(&stage);
}

Test(model_pool, a_refusal_of_the_gateway_is_a_failed_acquisition)
{
    struct stage stage;

    stage_open(&stage, POOL_AND_GATEWAY("max: 1, idle_timeout: 15ms, retries: { max: 2, "
                                        "backoff: { initial: 20ms, factor: 1 } }",
                                        "max_clients: 1"));
    stage_send(&stage, 0.0, "q10");   /* its connection stays until 25 */
    stage_send(&stage, 4.0, "other"); /* refused at 4 and 24, not at 44 */
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 10);
    FINE(&stage, 1, 194);
    stage_close(&stage);
}

Test(model_pool, a_connection_costs_its_round_trips)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD
               "regions: { here: {}, there: {} }\nzones: { home: { share: 100% } }\n"
               "network: { rtt: { home: { here: 0s, there: 0s }, here: { there: 4ms } } }\n"
               "fleets: { f: { regions: [here], min_instances: 1, concurrency: 50 }, "
               "g: { like: f } }\ndatabases:\n  db:\n    region: there\n"
               "    pool: { max: 1, connect: 3ms, connect_round_trips: 5 }\n" QUERIES);
    stage_send(&stage, 0.0, "q10");
    stage_send(&stage, 50.0, "q10");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 37); /* 5 x 4 + 3 to connect, 2 there, 10, 2 back */
    FINE(&stage, 1, 64);
    stage_close(&stage);
}

/* ---- frozen instances ---- */

#define FROZEN(settings)                                                            \
    STAGE_HEAD "fleets: { f: { min_instances: 1, concurrency: 50, freeze: true }, " \
               "g: { like: f } }\ndatabases:\n  db:\n    pool: { " settings " }\n" QUERIES

Test(model_pool, a_frozen_instance_keeps_its_connections)
{
    struct stage stage;

    stage_open(&stage, FROZEN("max: 1, connect: 10ms, idle_timeout: 50ms"));
    stage_send(&stage, 0.0, "q10"); /* idle and frozen from 20 on */
    stage_send(&stage, 200.0, "q10");
    stage_send(&stage, 300.0, "work"); /* awake from 300 to 400 */
    FINE(&stage, 0, 20);
    FINE(&stage, 1, 210); /* without connecting */
    stage_run(&stage, 350 * CS_MS - 1);
    cr_expect_eq(pool_in(&stage, 0)->total, 1);
    stage_run(&stage, 350 * CS_MS);
    cr_expect_eq(pool_in(&stage, 0)->total, 0);
    stage_close(&stage);
}

/* Opened at 10 in an instance that sleeps since 5: 50 ms of being awake start
 * when it wakes up at 100. */
Test(model_pool, a_connection_that_opens_while_frozen_counts_no_sleep)
{
    struct stage stage;

    stage_open(&stage, FROZEN("max: 1, connect: 10ms, idle_timeout: 50ms"));
    stage_send(&stage, 0.0, "brief");
    stage_send(&stage, 100.0, "work");
    stage_run(&stage, 150 * CS_MS - 1);
    cr_expect_eq(pool_in(&stage, 0)->n_idle, 1);
    stage_run(&stage, 150 * CS_MS);
    cr_expect_eq(pool_in(&stage, 0)->total, 0);
    stage_close(&stage);
}

Test(model_pool, the_connections_go_with_their_instance)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD
               "fleets: { f: { idle_timeout: 40ms, concurrency: 50 }, g: { like: f } }\n"
               "databases:\n  db:\n    pool: { max: 5, connect: 60ms }\n" QUERIES);
    stage_send(&stage, 0.0, "q10");
    stage_send(&stage, 60.0, "brief"); /* its connection opens until 120 */
    stage_run(&stage, 110 * CS_MS - 1);
    cr_expect_eq(stage.model->database[0].clients.busy, 2);
    stage_run(&stage, 110 * CS_MS);
    cr_expect_eq(stage.model->database[0].clients.busy, 0);
    stage_send(&stage, 115.0, "q10"); /* a new one in the same place */
    stage_run(&stage, CS_S);
    FINE(&stage, 2, 185);
    stage_close(&stage);
}
