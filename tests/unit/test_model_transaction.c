/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transactions: what they hold, from when to when. */
#include "model_fixture.h"

#define FLEET "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 50 } }\n"
#define TIMES "    queries: { q5: 5ms, q10: 10ms, q100: 100ms }\n"
#define FUNCTIONS                                                                            \
    "functions:\n"                                                                           \
    "  q10: { fleet: f, steps: [ { query: db.q10 } ] }\n"                                    \
    "  q100: { fleet: f, steps: [ { query: db.q100 } ] }\n"                                  \
    "  t: { fleet: f, steps: [ { transaction: db, do: [ { query: db.q10 }, { wait: 20ms }, " \
    "{ query: db.q5, count: 2 } ] } ] }\n"                                                   \
    "  late: { fleet: f, steps: [ { transaction: db, do: [ { wait: 10ms }, "                 \
    "{ query: db.q10 }, { wait: 20ms }, { query: db.q5 } ] }, { wait: 7ms } ] }\n"           \
    "  both: { fleet: f, steps: [ { transaction: db, do: [ { query: two.q10 }, "             \
    "{ query: db.q10 } ] } ] }\n"                                                            \
    "  brief: { fleet: f, max_duration: 15ms, steps: [ { transaction: db, do: [ "            \
    "{ query: db.q10 }, { wait: 20ms } ] } ] }\n"                                            \
    "  idle: { fleet: f, steps: [ { transaction: db, do: [ { wait: 10ms } ] } ] }\n"         \
    "  again: { fleet: f, steps: [ { query: db.q5 }, { transaction: db, do: [ "              \
    "{ query: db.q5 } ] }, { query: db.q5 } ] }\n"                                           \
    "traffic: { t: { rate: 1/h, mix: { q10: 100% } } }\n"
#define DATABASES(db, two) \
    STAGE_HEAD FLEET "databases:\n  db:\n" db TIMES "  two:\n" two TIMES FUNCTIONS

Test(model_transaction, one_connection_is_held_throughout)
{
    struct stage stage;

    stage_open(&stage, DATABASES("    pool: { max: 1 }\n", ""));
    stage_send(&stage, 0.0, "t");
    stage_send(&stage, 1.0, "q10");
    stage_send(&stage, 41.0, "idle");
    stage_send(&stage, 42.0, "q10");
    stage_run(&stage, 30 * CS_MS);
    cr_expect_eq(stage.model->database[0].clients.busy, 1);
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 40);
    FINE(&stage, 1, 50);
    FINE(&stage, 2, 60);
    FINE(&stage, 3, 70);
    stage_close(&stage);
}

/* Request 0 waits for its backend from 10 to 15 only and has it to 50. */
Test(model_transaction, one_backend_from_its_first_query_to_its_end)
{
    struct stage stage;

    stage_open(&stage, DATABASES("    gateway: { pool_size: 1 }\n", ""));
    stage_send(&stage, 0.0, "late");
    stage_send(&stage, 5.0, "q10");
    stage_send(&stage, 30.0, "q10");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 57);
    FINE(&stage, 1, 15);
    FINE(&stage, 2, 60);
    stage_close(&stage);
}

Test(model_transaction, another_database_lends_its_own_for_the_query_alone)
{
    struct stage stage;

    stage_open(&stage, DATABASES("    pool: { max: 2 }\n    gateway: { pool_size: 2 }\n",
                                 "    pool: { max: 1 }\n    gateway: { pool_size: 1 }\n"));
    stage_send(&stage, 0.0, "both");
    stage_send(&stage, 0.0, "both");
    stage_send(&stage, 21.0, "both");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 20);
    FINE(&stage, 1, 30);
    FINE(&stage, 2, 41);
    stage_close(&stage);
}

/* Killed at 15 while it holds both: who waits for them has them at once. */
Test(model_transaction, its_end_gives_back_all)
{
    struct stage stage;

    stage_open(&stage, DATABASES("    pool: { max: 1 }\n    gateway: { pool_size: 1 }\n", ""));
    stage_send(&stage, 0.0, "brief");
    stage_send(&stage, 1.0, "q10");
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 504, CS_REASON_MAX_DURATION, 15);
    FINE(&stage, 1, 25);
    cr_expect_eq(stage.model->database[0].backends.busy, 0);
    stage_close(&stage);
}

/* Each waits 5 ms in vain for a backend, which costs the connection, and begins again
 * once: `t` at 5, out at 10; `both` asks the other database again, 10 to 15 in vain,
 * 15 to 25 again, out at 30, as what it got there does not count. */
Test(model_transaction, a_backend_waited_for_in_vain_begins_it_again)
{
    struct stage stage;

    stage_open(&stage, DATABASES("    pool: { max: 3, retries: { max: 1 } }\n"
                                 "    gateway: { pool_size: 1, wait_timeout: 5ms }\n",
                                 "    pool: { max: 1 }\n"));
    stage_send(&stage, 0.0, "q100");
    stage_send(&stage, 0.0, "t");
    stage_send(&stage, 0.0, "both");
    stage_send(&stage, 94.0, "both"); /* at the gateway at 104 */
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 100);
    HEARD(&stage, 1, 500, CS_REASON_POOL_EXHAUSTED, 10);
    HEARD(&stage, 2, 500, CS_REASON_POOL_EXHAUSTED, 30);
    FINE(&stage, 3, 114);
    cr_expect_eq(count_of(stage.model, "db_pool_connection_errors", "database=db"), 4);
    stage_close(&stage);
}

/* Nobody waits, so the connection passes from one step to the next. */
Test(model_transaction, queries_around_it_use_the_same_connection)
{
    struct stage stage;

    stage_open(&stage, DATABASES("    pool: { max: 1, connect: 10ms }\n", ""));
    stage_send(&stage, 0.0, "again");
    stage_send(&stage, 12.0, "q10"); /* waits: it is next at 15 */
    stage_run(&stage, CS_S);
    FINE(&stage, 1, 25);
    FINE(&stage, 0, 35);
    stage_close(&stage);
}

/* BEGIN and COMMIT cost nothing of their own: 2 + 10 + 2, 20, twice 2 + 5 + 2. */
Test(model_transaction, each_query_has_its_round_trip)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD
               "regions: { here: {}, there: {} }\nzones: { home: { share: 100% } }\n"
               "network: { rtt: { home: { here: 0s, there: 0s }, here: { there: 4ms } } }\n"
               "fleets: { f: { regions: [here], min_instances: 1, concurrency: 50 } }\n"
               "databases:\n  db:\n    region: there\n    gateway: { pool_size: 1 }\n" TIMES
               "  two:\n" TIMES FUNCTIONS);
    stage_send(&stage, 0.0, "t");
    stage_send(&stage, 1.0, "q10"); /* the backend at 52 */
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 52);
    FINE(&stage, 1, 64);
    stage_close(&stage);
}

/* ---- in the gateway's queue ---- */

#define QUEUE(settings)                                                                       \
    STAGE_HEAD FLEET "databases:\n  db:\n    gateway: { pool_size: 1" settings " }\n"         \
                     "    queries: { q10: 10ms, q100: 100ms }\nfunctions:\n"                  \
                     "  q10: { fleet: f, steps: [ { query: q10 } ] }\n"                       \
                     "  q100: { fleet: f, steps: [ { query: q100 } ] }\n"                     \
                     "  brief: { fleet: f, max_duration: 20ms, steps: [ { query: q10 } ] }\n" \
                     "traffic: { t: { rate: 1/h, mix: { q10: 100% } } }\n"

/* Who wait at 50 and 85: one whose request ended at 20, where it is not dropped and has
 * no time of its own, and one that came at 30.  It costs the other nothing at 100. */
Test(model_transaction, a_waiter_whose_request_ended_stays_until_it_is_reached)
{
    static const struct {
        const char *text;
        int64_t at_50, at_85;
    } cases[] = {{QUEUE(""), 2, 2},
                 {QUEUE(", drop_abandoned: true"), 1, 1},
                 {QUEUE(", wait_timeout: 80ms"), 2, 1}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage stage;
        const struct cs_station *backends;

        stage_open(&stage, cases[i].text);
        backends = &stage.model->database[0].backends;
        stage_send(&stage, 0.0, "q100");
        stage_send(&stage, 0.0, "brief");
        stage_send(&stage, 30.0, "q10");
        stage_run(&stage, 50 * CS_MS);
        HEARD(&stage, 1, 504, CS_REASON_MAX_DURATION, 20);
        cr_expect_eq(backends->waiting, cases[i].at_50);
        stage_run(&stage, 85 * CS_MS);
        cr_expect_eq(backends->waiting, cases[i].at_85);
        stage_send(&stage, 90.0, "q10"); /* nobody takes the record of one that waits */
        stage_run(&stage, 95 * CS_MS);
        all_checks_hold(stage.model);
        stage_run(&stage, CS_S);
        FINE(&stage, 2, 110);
        FINE(&stage, 3, 120);
        cr_expect_eq(backends->waiting, 0);
        cr_expect_eq(stage.model->n_ghosts, 0);
        stage_close(&stage);
    }
}
