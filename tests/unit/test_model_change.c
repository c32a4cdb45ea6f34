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

/* ---- events ---- */

#define EVENTS                                                                  \
    "events:\n"                                                                 \
    "  - { at: 100ms, for: 50ms, outage: { database: db } }\n"                  \
    "  - { at: 200ms, for: 50ms, slow: { queries: 5 } }\n"                      \
    "  - { at: 300ms, for: 10ms, leak: { database: db, probability: 100% } }\n" \
    "  - { at: 400ms, set: { databases.db.gateway.pool_size: 2 } }\n"

/* Down 100 to 150, queries five times as long 200 to 250, a leak 300 to 310, and from 400
 * on a second backend, which serves at once the one who waits. */
Test(model_change, events_reach_the_database)
{
    struct stage stage;

    stage_open(&stage,
               DATABASE("    pool: { max: 3 }\n    gateway: { pool_size: 1 }\n") EVENTS);
    stage_send(&stage, 95.0, "q10");
    stage_send(&stage, 120.0, "q10");
    stage_send(&stage, 160.0, "q10");
    stage_send(&stage, 210.0, "q10");
    stage_send(&stage, 295.0, "q10"); /* leaks its connection at 305 */
    stage_send(&stage, 320.0, "q10");
    stage_send(&stage, 390.0, "q100");
    stage_send(&stage, 395.0, "q20");
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 500, CS_REASON_DATABASE_DOWN, 100);
    HEARD(&stage, 1, 500, CS_REASON_DATABASE_DOWN, 120);
    FINE(&stage, 2, 170);
    FINE(&stage, 3, 260);
    FINE(&stage, 4, 305);
    FINE(&stage, 5, 330);
    FINE(&stage, 6, 490);
    FINE(&stage, 7, 420);
    cr_expect_eq(stage.model->cell[0].instance[0]->pool[0]->active.busy, 1);
    stage_close(&stage);
}

/* All of it under load, with transactions, ghosts and failures: the invariants hold. */
Test(model_change, a_storm_keeps_the_invariants)
{
    struct cs_scenario *scenario = load_or_fail(
        "capsim: 1\nname: storm\nhorizon: { duration: 20m, lead_in: 10s }\nreplications: 2\n"
        "fleets:\n"
        "  f: { concurrency: 8, max_instances: 4, min_instances: 1, idle_timeout: 5s,\n"
        "       freeze: true, queue: { limit: 30 } }\n  g: { like: f, concurrency: 1 }\n"
        "databases:\n"
        "  d: { pool: { max: 3, min: 1, connect: 20ms, connect_timeout: 300ms, idle_timeout: "
        "500ms, retries: { max: 1, backoff: { initial: 20ms, jitter: full } } },\n"
        "       gateway: { max_clients: 9, pool_size: 3, wait_timeout: 200ms },\n"
        "       server: { vcpus: 2, statement_timeout: 400ms, failures: { every: { "
        "exponential: { mean: 2m } }, repair: { exponential: { mean: 1s } } } },\n"
        "       queries: { q: { exponential: { mean: 30ms } } } }\n"
        "  e: { gateway: { pool_size: 2 }, queries: { r: { exponential: { mean: 20ms } } } }\n"
        "functions:\n"
        "  x: { fleet: f, max_duration: 500ms, steps: [ { query: q }, { transaction: d, do: [ "
        "{ query: r }, { query: q, count: 2 }, { cpu: 5ms }, { query: q } ] }, { query: q } ] "
        "}\n  y: { fleet: g, max_duration: 90ms, steps: [ { query: r } ] }\n"
        "traffic: { t: { rate: 60/s, mix: { x: 40%, y: 60% } } }\nevents:\n"
        "  - { at: 1m, for: 30s, outage: { database: d } }\n"
        "  - { at: 80s, for: 30s, outage: { database: e } }\n"
        "  - { at: 3m, for: 1m, slow: { queries: 3, database: e } }\n"
        "  - { at: 5m, for: 2m, leak: { database: d, probability: 2% } }\n"
        "  - { at: 8m, deploy: all }\n"
        "  - { at: 9m, for: 1m, set: { databases.d.gateway.max_clients: 3, "
        "databases.d.gateway.pool_size: 1, databases.d.server.vcpus: 1, "
        "databases.d.server.statement_timeout: 50ms } }\n"
        "  - { at: 11m, for: 1m, set: { databases.d.pool.max: 9, databases.e.server.vcpus: 1, "
        "databases.d.gateway.drop_abandoned: true }, deploy: all }\n"
        "  - { at: 15m, leak: { database: d, probability: 1% } }\n");

    for (uint32_t i = 0; i < 2; i++) {
        struct cs_model *model = cs_model_new(scenario, i);

        cs_model_run(model);
        all_checks_hold(model);
        cr_expect_gt(count_of(model, "requests_total", "reason=database_down"), 100u);
        cr_expect_gt(count_of(model, "requests_total", "reason=statement_timeout"), 10u);
        cr_expect_gt(count_of(model, "requests_total", "reason=pool_exhausted"), 10u);
        cr_expect_gt(count_of(model, "database_failures_total", NULL), 5u);
        cs_model_free(model);
    }
    cs_scenario_free(scenario);
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

/* ---- patience that is set in flight ---- */

static void expect_gave_up(const struct stage *stage, uint32_t i, double ms)
{
    if (ms == 0)
        FINE(stage, i, i == 0 ? 10800 : 11200);
    else
        cr_expect(stage->heard[i].code == 499 &&
                      llabs(stage->heard[i].end - (cs_time)(ms * (double)CS_MS)) <= CS_MS,
                  "%u: %d at %lld", i, stage->heard[i].code, (long long)stage->heard[i].end);
}

/* One request of 1 s is sent 200 ms before patience is set anew, one after: each has the
 * patience of its sending.  Catches a request armed by one kind of patience and disarmed by
 * another, and a kind that was not there when the run began. */
Test(model_change, patience_is_that_of_the_sending)
{
    static const struct {
        const char *before, *after;
        double gave_up[2]; /* ms; 0: answered */
    } row[] = {
        {"unlimited", "300ms", {0, 10500}},
        {"5s", "300ms", {0, 10500}},
        {"300ms", "unlimited", {10100, 0}},
        {"300ms", "500ms", {10100, 10700}},
        {"unlimited", "{ uniform: { min: 299ms, max: 301ms } }", {0, 10500}},
        {"400ms", "{ uniform: { min: 299ms, max: 301ms } }", {10200, 10500}},
        {"{ uniform: { min: 299ms, max: 301ms } }", "400ms", {10100, 10600}},
        {"{ uniform: { min: 4s, max: 5s } }", "400ms", {0, 10600}},
        {"{ uniform: { min: 299ms, max: 301ms } }", "unlimited", {10100, 0}},
    };

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct stage stage;
        char text[1024];

        (void)snprintf(text, sizeof text,
                       STAGE_HEAD "clients: { patience: %s }\nfleets: { f: {} }\n"
                                  "functions: { g: { fleet: f, steps: [ { wait: 1s } ] } }\n"
                                  "traffic: { t: { rate: 1/h, mix: { g: 100%% } } }\n"
                                  "events: [ { at: 10s, set: { clients.patience: %s } } ]\n",
                       row[i].before, row[i].after);
        stage_open(&stage, text);
        stage_send(&stage, 9800, "g");
        stage_send(&stage, 10200, "g");
        stage_run(&stage, CS_MIN);
        for (uint32_t k = 0; k < 2; k++) {
            cr_expect_eq(stage.heard[k].times, 1);
            expect_gave_up(&stage, k, row[i].gave_up[k]);
        }
        stage_close(&stage);
    }
}

/* ---- load that is set in flight ---- */

static void expect_users(const char *users, const char *event, double mean)
{
    char text[1024];

    (void)snprintf(text, sizeof text,
                   "capsim: 1\nname: users\nhorizon: { duration: 60s, lead_in: 5s }\n"
                   "replications: 1\nfleets: { f: {} }\n"
                   "functions: { g: { fleet: f, steps: [ { wait: 1s } ] } }\n"
                   "traffic: { t: { users: %s, session: [ g ] } }\nevents: [ %s ]\n",
                   users, event);
    struct cs_scenario *scenario = load_or_fail(text);
    struct cs_model *model = cs_model_new(scenario, 0);

    cs_model_run(model);
    all_checks_hold(model);
    cr_expect_float_eq(cs_metric_value(cs_model_registry(model),
                                       metric_of(model, "virtual_users", NULL),
                                       CS_STAT_TIME_MEAN),
                       mean, 1e-12, "%s, %s", users, event);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* There are as many virtual users as there would be at the new load; who is too many ends
 * the iteration.  Catches a ramp that goes on from the old load's numbers, back in time. */
Test(model_change, load_moves_virtual_users)
{
    static const char ramp[] = "{ stages: [ { duration: 1m, target: 60 } ] }";
    static const char down[] = "{ start: 60, stages: [ { duration: 30s, target: 0 } ] }";

    expect_users("10", "", 10);
    expect_users("10", "{ at: 10s, for: 10s, set: { load: 3 } }", (50 * 10 + 10 * 30) / 60.0);
    expect_users("10", "{ at: 30s, set: { load: 0 } }", 5);
    expect_users(ramp, "", 29.5); /* k of them from k s on */
    /* 0 to 29, then from 30 s on two a second: 60 to 119, half a second each */
    expect_users(ramp, "{ at: 30s, set: { load: 2 } }", (435 + 2685) / 60.0);
    /* 60 - 2 t, rounded up; who is to leave half way through a second stays to its end. */
    expect_users(down, "", 31.0 * 30 / 60);
}
