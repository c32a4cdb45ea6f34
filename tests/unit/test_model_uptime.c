/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Databases that go down, and that leak. */
#include "model_fixture.h"

#include <math.h>

#include "capsim/theory.h"

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

static void set_down(struct stage *stage, double ms, bool is_down)
{
    stage_run(stage, (cs_time)(ms * (double)CS_MS));
    stage->model->engine.now = (cs_time)(ms * (double)CS_MS);
    cs_database_set_down(stage->model, 0, is_down);
}

static int64_t waiting(const struct stage *stage)
{
    return stage->model->cell[0].instance[0]->pool[0]->active.waiting;
}

/* ---- down ---- */

/* At 50 the two that hold a connection fail, the one that waits is refused, and again at
 * 60; so is one that comes at 55.  Up again at 70, the pool opens anew. */
Test(model_uptime, going_down_cuts_what_is_connected_and_refuses_the_rest)
{
    struct stage stage;

    stage_open(&stage, DATABASE("    pool: { max: 2, retries: { max: 1, backoff: { initial: "
                                "10ms } } }\n    server: { vcpus: 2 }\n"));
    stage_send(&stage, 0.0, "q100");
    stage_send(&stage, 0.0, "t");
    stage_send(&stage, 0.0, "q10");
    stage_send(&stage, 0.0, "work");
    cr_expect_eq(waiting(&stage), 1);
    set_down(&stage, 50, true);
    cr_expect_eq(stage.model->database[0].clients.busy, 0);
    cr_expect_eq(waiting(&stage), 0);
    stage_send(&stage, 55.0, "q10");
    set_down(&stage, 70, false);
    stage_send(&stage, 80.0, "q10");
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 500, CS_REASON_DATABASE_DOWN, 50);
    HEARD(&stage, 1, 500, CS_REASON_DATABASE_DOWN, 50);
    HEARD(&stage, 2, 500, CS_REASON_DATABASE_DOWN, 60);
    FINE(&stage, 3, 100);
    HEARD(&stage, 4, 500, CS_REASON_DATABASE_DOWN, 65);
    FINE(&stage, 5, 90);
    stage_close(&stage);
}

/* Opening since 40 (there at 60): refused at 50 and 65, open at 80 + 20. */
Test(model_uptime, going_down_fails_what_is_opening)
{
    struct stage stage;

    stage_open(&stage, DATABASE("    pool: { max: 2, connect: 20ms, retries: { max: 2, "
                                "backoff: { initial: 15ms } } }\n"));
    stage_send(&stage, 0.0, "q10"); /* idle from 30 on */
    stage_send(&stage, 35.0, "q20");
    stage_send(&stage, 40.0, "q10");
    set_down(&stage, 50, true);
    HEARD(&stage, 1, 500, CS_REASON_DATABASE_DOWN, 50);
    cr_expect_eq(stage.model->cell[0].instance[0]->pool[0]->total, 0);
    set_down(&stage, 70, false);
    stage_run(&stage, CS_S);
    FINE(&stage, 2, 125); /* the second backoff is 30: 95, there at 115 */
    stage_close(&stage);
}

Test(model_uptime, without_a_pool_new_requests_are_answered_503)
{
    struct stage stage;

    stage_open(&stage, DATABASE("    gateway: { pool_size: 1 }\n"));
    stage_send(&stage, 0.0, "q100");
    stage_send(&stage, 10.0, "q100"); /* waits for the backend */
    set_down(&stage, 50, true);
    cr_expect_eq(stage.model->database[0].backends.waiting, 0);
    cr_expect_eq(stage.model->n_ghosts, 0);
    stage_send(&stage, 55.0, "q10");
    set_down(&stage, 70, false);
    stage_send(&stage, 70.0, "q10");
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 500, CS_REASON_DATABASE_DOWN, 50);
    HEARD(&stage, 1, 500, CS_REASON_DATABASE_DOWN, 50);
    HEARD(&stage, 2, 503, CS_REASON_DATABASE_DOWN, 55);
    FINE(&stage, 3, 80);
    stage_close(&stage);
}

Test(model_uptime, it_is_up_when_the_last_cause_is_gone)
{
    struct stage stage;

    stage_open(&stage, DATABASE(""));
    set_down(&stage, 10, true);
    set_down(&stage, 20, true);
    set_down(&stage, 30, false);
    stage_send(&stage, 35.0, "q10");
    set_down(&stage, 40, false);
    stage_send(&stage, 45.0, "q10");
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 503, CS_REASON_DATABASE_DOWN, 35);
    FINE(&stage, 1, 55);
    cr_expect_eq(count_of(stage.model, "database_failures_total", NULL), 1);
    stage_close(&stage);
}

/* Down for 30 of the window's 3600 s, and of its second half alone. */
Test(model_uptime, objectives_measure_the_time_that_it_was_up)
{
    struct stage stage;
    struct cs_slo_outcome whole, halves;

    stage_open(&stage, DATABASE("") "slos: { all: { target: \"database_up >= 99.5%\" , window: "
                                    "1h }, half: { target: \"database_up >= 99%\", window: "
                                    "30m } }\n");
    set_down(&stage, 1790e3, true);
    set_down(&stage, 1820e3, false);
    set_down(&stage, 3590e3, true);
    cs_model_run(stage.model);
    whole = cs_model_slo(stage.model, 0);
    halves = cs_model_slo(stage.model, 1);
    cr_expect_float_eq(whole.value[0], 1.0 - 40.0 / 3600.0, 1e-12);
    cr_expect(!whole.met[0]);
    cr_expect_float_eq(halves.value[0], 1.0 - 10.0 / 1800.0, 1e-12);
    cr_expect_float_eq(halves.value[1], 1.0 - 30.0 / 1800.0, 1e-12);
    cr_expect(halves.met[0] && !halves.met[1]);
    stage_close(&stage);
}

/* The incidents are the same whatever the traffic: constant times, up 600 s, down 60 s:
 * at 600, 1260, 1920, 2580 and 3240 s of the hour, 300 s in all. */
Test(model_uptime, failures_come_and_are_repaired)
{
    struct stage stage;

    stage_open_live(&stage,
                    DATABASE("    server: { failures: { every: 600s, repair: 60s } }\n"));
    cs_model_run(stage.model);
    const struct cs_metric *up = metric_of(stage.model, "database_up", "database=db");

    cr_expect_float_eq(cs_metric_value(stage.model->registry, up, CS_STAT_TIME_MEAN),
                       1.0 - 300.0 / 3600.0, 1e-9);
    cr_expect_eq(count_of(stage.model, "database_failures_total", NULL), 5);
    stage_close(&stage);
}

/* 2000 months, 2.88 incidents of 15 min each: so many miss 99.9 %, |z| < 4.5.  Catches
 * failures that come too often, repairs of another length, windows that lose downtime. */
Test(model_uptime, months_miss_their_objective_as_theory_says)
{
    enum { MONTHS = 2000 };
    struct cs_scenario *scenario = load_or_fail(
        "capsim: 1\nname: months\nhorizon: { duration: 30d, lead_in: 0s, sample: 1h }\n"
        "replications: 2\nseed: 5\nfleets: { f: { min_instances: 1 } }\n"
        "databases: { db: { queries: { q: 1ms }, server: { failures: {\n"
        "  every: { exponential: { mean: 15000m } }, repair: { exponential: { mean: 15m } } "
        "} } } }\n"
        "functions: { g: { fleet: f, steps: [ { query: q } ] } }\n"
        "traffic: { t: { rate: 1/d, mix: { g: 100% } } }\n"
        "slos: { up: { target: \"database_up >= 99.9%\", window: 30d } }\n");
    double p = cs_theory_downtime_over(2.88, 15.0, 43.2);
    int missed = 0;

    cr_expect(cs_slo_is_exercised(scenario, &scenario->slo[0]));
    for (uint32_t r = 0; r < MONTHS; r++) {
        struct cs_model *model = cs_model_new(scenario, r);

        cs_model_run(model);
        missed += !cs_model_slo(model, 0).met[0];
        cs_model_free(model);
    }
    double z = (missed - MONTHS * p) / sqrt(MONTHS * p * (1.0 - p));

    cr_expect(fabs(z) < 4.5, "%d of %d missed, z %g", missed, MONTHS, z);
    cs_scenario_free(scenario);
}

/* ---- leaks ---- */

/* Two leak their connections; the third waits, and is answered when its time is up.
 * They go with their instance. */
Test(model_uptime, a_leaked_connection_is_in_use_for_ever)
{
    struct stage stage;

    stage_open(&stage, DATABASE("    pool: { max: 2, connect_timeout: 50ms }\n"));
    stage.model->database[0].leak_probability = 1.0;
    stage_send(&stage, 0.0, "q10");
    stage_send(&stage, 20.0, "q10");
    stage_send(&stage, 40.0, "q10");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 10);
    FINE(&stage, 1, 30);
    HEARD(&stage, 2, 500, CS_REASON_POOL_EXHAUSTED, 90);
    cr_expect_eq(stage.model->cell[0].instance[0]->pool[0]->active.busy, 2);
    cr_expect_eq(stage.model->database[0].clients.busy, 2);
    all_checks_hold(stage.model);
    cs_instance_close(stage.model, stage.model->cell[0].instance[0]);
    cr_expect_eq(stage.model->database[0].clients.busy, 0);
    cr_expect_eq(stage.model->database[0].worst, 0);
    stage_close(&stage);
}

Test(model_uptime, going_down_cuts_leaked_connections)
{
    struct stage stage;

    stage_open(&stage, DATABASE("    pool: { max: 1 }\n"));
    stage.model->database[0].leak_probability = 1.0;
    stage_send(&stage, 0.0, "q10");
    stage_send(&stage, 5.0, "q10");
    set_down(&stage, 50, true);
    stage.model->database[0].leak_probability = 0.0;
    set_down(&stage, 60, false);
    stage_send(&stage, 70.0, "q10");
    stage_run(&stage, CS_S);
    HEARD(&stage, 1, 500, CS_REASON_DATABASE_DOWN, 50);
    FINE(&stage, 2, 80);
    stage_close(&stage);
}

/* 1000 uses at 10 %: |z| < 4.5.  Catches a probability taken twice a use, or once a
 * request. */
Test(model_uptime, each_use_leaks_with_the_probability)
{
    struct stage stage;
    double sd = sqrt(1000 * 0.1 * 0.9);

    stage_open(&stage, DATABASE("    pool: { max: 1000 }\n"));
    stage.model->database[0].leak_probability = 0.1;
    for (int i = 0; i < 1000; i++)
        stage_send(&stage, 20.0 * i, "q10");
    stage_run(&stage, 100 * CS_S);
    double leaked = (double)stage.model->database[0].clients.busy - 1.0; /* and one idle */

    cr_expect(fabs(leaked - 100.0) < 4.5 * sd, "%g leaked", leaked);
    stage_close(&stage);
}

/* ---- failed acquisitions ---- */

/* Two failures, then the query; two more before the next query: each acquisition has its
 * own three attempts.  0 and 10 in vain, 20 to 30; asked at 50 and 60 in vain, 70 to 80. */
Test(model_uptime, each_acquisition_has_its_own_tries)
{
    struct stage stage;

    stage_open(
        &stage, STAGE_HEAD FLEET
        "databases:\n  db:\n    pool: { max: 2, retries: { max: 2, backoff: { initial: "
        "10ms, factor: 1 } } }\n    queries: { q: 10ms }\n"
        "functions: { g: { fleet: f, steps: [ { query: q }, { wait: 20ms }, { query: q } "
        "] } }\ntraffic: { t: { rate: 1/h, mix: { g: 100% } } }\n");
    set_down(&stage, 0, true);
    stage_send(&stage, 0.0, "g");
    set_down(&stage, 15, false);
    set_down(&stage, 40, true);
    set_down(&stage, 65, false);
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 80);
    stage_close(&stage);
}

/* Full jitter: each delay is uniform below 8 ms, so that 400 requests with two retries each
 * end at a mean of 8 ms, sd sqrt(2/12) 8 = 3.27 ms; |z| < 4.5.  Catches one draw for both
 * delays (sd 4.6), and for all requests. */
Test(model_uptime, full_jitter_draws_each_delay)
{
    enum { N = 400 };
    struct stage stage;
    double sum = 0.0, squares = 0.0;

    stage_open(&stage, DATABASE("    pool: { max: 2, retries: { max: 2, backoff: { initial: "
                                "8ms, factor: 1, jitter: full } } }\n"));
    set_down(&stage, 0, true);
    for (int i = 0; i < N; i++)
        stage_send(&stage, i, "q10");
    stage_run(&stage, CS_S);
    for (int i = 0; i < N; i++) {
        double took = (double)(stage.heard[i].end - stage.heard[i].sent) / (double)CS_MS;

        cr_expect(stage.heard[i].code == 500 && took > 0.0 && took < 16.0);
        sum += took;
        squares += took * took;
    }
    double mean = sum / N, sd = sqrt(squares / N - mean * mean);
    double expected = 8.0 * sqrt(2.0 / 12.0);

    cr_expect(fabs(mean - 8.0) < 4.5 * expected / sqrt(N), "mean %g", mean);
    cr_expect(fabs(sd - expected) < 0.15 * expected, "sd %g", sd);
    stage_close(&stage);
}
