/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Databases that slow down or change in flight; and a change that makes things worse. */
#include "model_fixture.h"

#define FLEET "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 50 } }\n"
#define DATABASE(settings)                                                                 \
    STAGE_HEAD FLEET "databases:\n  db:\n" settings                                        \
                     "    queries: { q10: 10ms, q20: 20ms, q100: 100ms }\nfunctions:\n"    \
                     "  q10: { fleet: f, steps: [ { query: q10 } ] }\n"                    \
                     "  q20: { fleet: f, steps: [ { query: q20 } ] }\n"                    \
                     "  q100: { fleet: f, steps: [ { query: q100 } ] }\n"                  \
                     "  t: { fleet: f, steps: [ { transaction: db, do: [ { query: q10 }, " \
                     "{ wait: 100ms } ] } ] }\n"                                           \
                     "  work: { fleet: f, steps: [ { wait: 100ms } ] }\n"                  \
                     "traffic: { t: { rate: 1/h, mix: { q10: 100% } } }\n"

/* ---- slow, and in flight ---- */

Test(model_change, slow_is_for_the_queries_that_begin)
{
    struct stage stage;

    stage_open(&stage, DATABASE(""));
    stage_send(&stage, 0.0, "q10");
    stage_run(&stage, 5 * CS_MS);
    stage.model->database[0].slow = 5.0;
    stage_send(&stage, 5.0, "q10");
    stage_run(&stage, 8 * CS_MS);
    stage.model->database[0].slow = 1.0;
    stage_send(&stage, 8.0, "q10");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 10);
    FINE(&stage, 1, 55);
    FINE(&stage, 2, 18);
    stage_close(&stage);
}

/* The scenario with another database, from `ms` on. */
static void change(struct stage *stage, double ms, struct cs_scenario *copy,
                   const struct cs_database *database)
{
    stage_run(stage, (cs_time)(ms * (double)CS_MS));
    stage->model->engine.now = (cs_time)(ms * (double)CS_MS);
    *copy = *stage->scenario;
    copy->database = (struct cs_database *)database;
    stage->model->scenario = copy;
    cs_databases_reconfigure(stage->model);
}

/* 0 runs to 100; 1 and 2 are served as the gateway grows at 30, 3 is late for the
 * longest wait that holds from then on. */
Test(model_change, a_gateway_that_grows_serves_who_waits)
{
    struct stage stage;
    struct cs_scenario copy;

    stage_open(&stage, DATABASE("    gateway: { pool_size: 1 }\n"));
    struct cs_database database = stage.scenario->database[0];

    database.gateway.pool_size = 3;
    database.gateway.wait_timeout = 7 * CS_MS;
    stage_send(&stage, 0.0, "q100");
    stage_send(&stage, 10.0, "q10");
    stage_send(&stage, 20.0, "q20");
    change(&stage, 30, &copy, &database);
    stage_send(&stage, 31.0, "q100");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 100);
    FINE(&stage, 1, 40);
    FINE(&stage, 2, 50);
    HEARD(&stage, 3, 504, CS_REASON_BACKEND_TIMEOUT, 38);
    stage_close(&stage);
}

/* Three connections, one idle: above the cap of 1 the idle one goes at once, the two in
 * use when they come free; then there is room for none but one. */
Test(model_change, above_a_lowered_cap_connections_go_when_they_are_free)
{
    struct stage stage;
    struct cs_scenario copy;

    stage_open(&stage, DATABASE("    pool: { max: 3 }\n    gateway: { max_clients: 9 }\n"));
    struct cs_database database = stage.scenario->database[0];
    const struct cs_station *clients = &stage.model->database[0].clients;

    database.gateway.max_clients = 1;
    stage_send(&stage, 0.0, "q100");
    stage_send(&stage, 0.0, "q100");
    stage_send(&stage, 0.0, "q10");
    change(&stage, 30, &copy, &database);
    cr_expect_eq(clients->busy, 2);
    stage_send(&stage, 35.0, "q10"); /* refused */
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 100);
    FINE(&stage, 1, 100);
    HEARD(&stage, 3, 500, CS_REASON_POOL_EXHAUSTED, 35);
    cr_expect_eq(clients->busy, 1);
    stage_close(&stage);
}

/* A backend above the lowered cap is not passed on. */
Test(model_change, above_a_lowered_cap_backends_go_when_they_are_free)
{
    struct stage stage;
    struct cs_scenario copy;

    stage_open(&stage, DATABASE("    gateway: { pool_size: 2 }\n"));
    struct cs_database database = stage.scenario->database[0];

    database.gateway.pool_size = 1;
    stage_send(&stage, 0.0, "q20");
    stage_send(&stage, 0.0, "q100");
    stage_send(&stage, 5.0, "q10");
    change(&stage, 10, &copy, &database);
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 20);
    FINE(&stage, 1, 100);
    FINE(&stage, 2, 110);
    stage_close(&stage);
}

/* Two of 100 on one CPU to 50, on two from then on; a statement_timeout of 60 ms is for
 * those that begin after it. */
Test(model_change, a_server_takes_its_size_at_once_and_timeouts_for_new_queries)
{
    struct stage stage;
    struct cs_scenario copy;

    stage_open(&stage, DATABASE("    server: { vcpus: 1 }\n"));
    struct cs_database database = stage.scenario->database[0];

    database.server.vcpus = 2.0;
    database.server.statement_timeout = 60 * CS_MS;
    stage_send(&stage, 0.0, "q100");
    stage_send(&stage, 0.0, "q100");
    change(&stage, 50, &copy, &database);
    stage_send(&stage, 125.0, "q100");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 125);
    FINE(&stage, 1, 125);
    HEARD(&stage, 2, 500, CS_REASON_STATEMENT_TIMEOUT, 185);
    stage_close(&stage);
}

/* ---- the runbook's remedy ---- */

static uint64_t refused(const char *max, double *potential)
{
    struct stage stage;
    char text[1024];

    snprintf(
        text, sizeof text,
        "capsim: 1\nname: remedy\nhorizon: { duration: 10m, lead_in: 2m }\n"
        "replications: 2\nseed: 1\n"
        "fleets: { f: { min_instances: 10, max_instances: 10, concurrency: 60, reuse: random, "
        "queue: {} } }\n"
        "databases:\n  db:\n    pool: { max: %s }\n    gateway: { max_clients: 200 }\n"
        "    queries: { q: { exponential: { mean: 1s } } }\n"
        "functions: { g: { fleet: f, steps: [ { query: q } ] } }\n"
        "traffic: { t: { rate: 150/s, mix: { g: 100%% } } }\n",
        max);
    stage_open_live(&stage, text);
    cs_model_run(stage.model);
    uint64_t errors = count_of(stage.model, "db_pool_connection_errors", NULL);

    *potential = cs_metric_value(stage.model->registry,
                                 metric_of(stage.model, "db_connections_potential", NULL),
                                 CS_STAT_TIME_MEAN);
    stage_close(&stage);
    return errors;
}

/* Ten instances of 20 fit a cap of 200 that they share.  With 40 each, some keep idle
 * what others are refused: the cure for a pool that is full exhausts what is behind it. */
Test(model_change, doubling_the_pool_against_a_global_cap_makes_it_worse)
{
    double potential;

    cr_expect_eq(refused("20", &potential), 0);
    cr_expect_float_eq(potential, 200.0, 1e-9);
    cr_expect_gt(refused("40", &potential), 100);
    cr_expect_float_eq(potential, 400.0, 1e-9);
}
