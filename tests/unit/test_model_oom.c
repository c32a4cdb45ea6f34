/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instances that run out of memory: exact traces of kills. */
#include <math.h>

#include "model_fixture.h"

#define FUNCTIONS                                                          \
    "functions:\n"                                                         \
    "  w10: { fleet: f, steps: [ { wait: 10ms } ] }\n"                     \
    "  w50: { fleet: f, max_duration: 20ms, steps: [ { wait: 50ms } ] }\n" \
    "  now: { fleet: f, steps: [ { respond: true }, { wait: 50ms } ] }\n"  \
    "traffic: { t: { rate: 1/h, mix: { w10: 100% } } }\n"
#define FLEET(settings) STAGE_HEAD "fleets: { f: { memory: 100MB, " settings " } }\n" FUNCTIONS
#define TWO_FIT "memory_use: { base: 50MB, per_request: 25MB }"
#define KILLED(stage, n, ms) HEARD(stage, n, 502, CS_REASON_OUT_OF_MEMORY, ms)

static uint64_t kills(const struct stage *stage)
{
    return count_of(stage->model, "oom_kills_total", NULL);
}

/*
 * Cold until 5, to 15; two fill it, the third at 12 is one too many: all end there, and
 * who comes at the same instant starts another.
 */
Test(model_oom, one_request_too_many_kills_all)
{
    struct stage stage;

    stage_open(&stage, FLEET("concurrency: 9, cold_start: 5ms, " TWO_FIT));
    uint32_t a = stage_send(&stage, 0.0, "w10"), b = stage_send(&stage, 1.0, "w10");
    uint32_t c = stage_send(&stage, 12.0, "w10"), d = stage_send(&stage, 12.0, "w10");

    stage_run(&stage, 12 * CS_MS);
    cr_expect_eq(stage.model->cell[0].alive, 1);
    stage_run(&stage, CS_S);
    KILLED(&stage, a, 12);
    KILLED(&stage, b, 12);
    KILLED(&stage, c, 12);
    FINE(&stage, d, 27);
    cr_expect_eq(stage.heard[d].ordinal, 1);
    cr_expect_eq(kills(&stage), 1);
    stage_close(&stage);
}

/* Those who end at that instant have left before. */
Test(model_oom, exactly_full_is_not_too_much)
{
    struct stage stage;

    stage_open(&stage, FLEET("concurrency: 9, " TWO_FIT));
    for (int i = 0; i < 20; i++) {
        stage_send(&stage, 10.0 * i, "w10");
        stage_send(&stage, 10.0 * i, "w10");
    }
    stage_run(&stage, CS_S);
    for (uint32_t i = 0; i < 40; i++)
        FINE(&stage, i, 10.0 * (i / 2) + 10);
    cr_expect_eq(kills(&stage), 0);
    stage_close(&stage);
}

/* Three wait for it to start: it holds them all when it is warm, and no longer. */
Test(model_oom, it_is_killed_when_it_is_warm_with_those_who_waited)
{
    struct stage stage;

    stage_open(&stage, FLEET("concurrency: 9, cold_start: 5ms, " TWO_FIT));
    for (int i = 0; i < 3; i++)
        stage_send(&stage, 0.0, "now");
    uint32_t d = stage_send(&stage, 6.0, "w10");

    stage_run(&stage, CS_S);
    for (uint32_t i = 0; i < 3; i++)
        KILLED(&stage, i, 5);
    FINE(&stage, d, 21);
    cr_expect_eq(kills(&stage), 1);
    stage_close(&stage);
}

/* What it does first would take no time, but the instance is gone before. */
Test(model_oom, who_is_too_many_does_nothing)
{
    struct stage stage;

    stage_open(&stage, FLEET("concurrency: 9, " TWO_FIT));
    stage_send(&stage, 0.0, "now");
    stage_send(&stage, 0.0, "now");
    uint32_t c = stage_send(&stage, 1.0, "now");

    stage_run(&stage, CS_S);
    FINE(&stage, 0, 0);
    FINE(&stage, 1, 0);
    KILLED(&stage, c, 1);
    cr_expect_eq(stage.model->gone, stage.model->generated);
    stage_close(&stage);
}

#define CONNECTING                                                                         \
    STAGE_HEAD                                                                             \
    "fleets: { f: { memory: 100MB, max_instances: 1, concurrency: 2, cold_start: 5ms, "    \
    "queue: {}, memory_use: { base: 40MB, per_request: 20MB, per_connection: 15MB } } }\n" \
    "databases: { d: { pool: { max: 9, connect: 4ms }, queries: { q: 10ms } } }\n"         \
    "functions:\n"                                                                         \
    "  q:   { fleet: f, steps: [ { query: q } ] }\n"                                       \
    "  wq:  { fleet: f, steps: [ { wait: 3ms }, { query: q } ] }\n"                        \
    "  w:   { fleet: f, max_duration: 3ms, steps: [ { wait: 50ms } ] }\n"                  \
    "traffic: { t: { rate: 1/h, mix: { q: 100% } } }\n"

/*
 * Warm at 5 with two: 80 MB.  One opens a connection: 95.  The other at 8: 110, and all
 * is over, the connections too.  Who waited since 2 has the only place there is: warm at
 * 13, 60 MB, 75 with its connection of 17, its query done at 27.
 */
Test(model_oom, a_connection_too_many_kills_and_who_waits_starts_another)
{
    struct stage stage;

    stage_open(&stage, CONNECTING);
    uint32_t a = stage_send(&stage, 0.0, "q"), b = stage_send(&stage, 0.0, "wq");
    uint32_t c = stage_send(&stage, 2.0, "q");

    stage_run(&stage, 8 * CS_MS);
    cr_expect_eq(stage.model->database[0].clients.busy, 0);
    cr_expect_eq(stage.model->cell[0].alive, 1);
    stage_run(&stage, CS_S);
    KILLED(&stage, a, 8);
    KILLED(&stage, b, 8);
    FINE(&stage, c, 27);
    cr_expect_eq(kills(&stage), 1);
    stage_close(&stage);
}

/* Warm at 5, the first connects at 8, when the second's max_duration ends as well: 95
 * MB are enough, 94 are not, and the kill, which a release caused, comes first. */
static void expect_tie(const char *memory, int code_a, int code_b, double end_a)
{
    char text[2048], *at;
    struct stage stage;

    snprintf(text, sizeof text, "%s", CONNECTING);
    at = strstr(text, "memory: 100MB");
    memcpy(at, memory, strlen(memory));
    stage_open(&stage, text);
    uint32_t a = stage_send(&stage, 0.0, "wq"), b = stage_send(&stage, 0.0, "w");

    stage_run(&stage, CS_S);
    HEARD(&stage, a, code_a, code_a == 200 ? CS_REASON_OK : CS_REASON_OUT_OF_MEMORY, end_a);
    HEARD(&stage, b, code_b, code_b == 504 ? CS_REASON_MAX_DURATION : CS_REASON_OUT_OF_MEMORY,
          8);
    stage_close(&stage);
}

Test(model_oom, a_kill_beats_a_timeout_of_that_instant)
{
    expect_tie("memory: 95MB ", 200, 504, 22);
    expect_tie("memory: 94MB ", 502, 502, 8);
}

/* Half of 100 MB for 10 ms, three quarters for 10, full for 10. */
Test(model_oom, utilisation_is_the_share_in_use)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, concurrency: 9, " TWO_FIT));
    const struct cs_metric *metric = metric_of(stage.model, "memory_utilization", NULL);

    stage_send(&stage, 10.0, "w50"); /* to 30 */
    stage_send(&stage, 20.0, "w10"); /* to 30 */
    stage_run(&stage, 30 * CS_MS);
    cs_level_flush(metric->part, 30 * CS_MS);
    cs_level_flush(metric->whole, 30 * CS_MS);
    cr_expect(fabs((double)metric->part->area / (double)metric->whole->area - 0.75) < 1e-12);
    cr_expect_eq(metric->part->value, 50 << 20);
    stage_close(&stage);
}

/* When the last instance is gone nothing is in use, and nothing of nothing. */
Test(model_oom, what_goes_takes_its_memory_with_it)
{
    struct stage stage;

    stage_open(&stage, CONNECTING);
    for (int i = 0; i < 40; i++)
        stage_send(&stage, 3.0 * i, i % 3 == 0 ? "wq" : i % 3 == 1 ? "q" : "w");
    stage_run(&stage, CS_S);
    const struct cs_metric *metric = metric_of(stage.model, "memory_utilization", NULL);
    struct cs_cell *cell = &stage.model->cell[0];

    cr_expect_gt(kills(&stage), 2);
    cr_expect_eq(cell->slots.busy, 0);
    for (uint32_t i = 0; i < cell->n_instances; i++)
        if (cell->instance[i]->state == CS_INSTANCE_IDLE)
            cs_instance_retire(stage.model, cell->instance[i]);
    cr_expect_eq(metric->part->value, 0);
    cr_expect_eq(metric->whole->value, 0);
    cr_expect_eq(stage.model->database[0].clients.busy, 0);
    stage_close(&stage);
}

/* One that is being replaced still has its memory: the connection of 8 is too much for
 * it, and the deployment of 7 has put another beside it, which c joins: warm at 12. */
Test(model_oom, an_old_instance_that_drains_runs_out_too)
{
    struct stage stage;

    stage_open(&stage, CONNECTING "events: [ { at: 7ms, deploy: all } ]\n");
    uint32_t a = stage_send(&stage, 0.0, "q"), b = stage_send(&stage, 0.0, "wq");
    uint32_t c = stage_send(&stage, 2.0, "q");

    stage_run(&stage, CS_S);
    KILLED(&stage, a, 8);
    KILLED(&stage, b, 8);
    FINE(&stage, c, 26);
    cr_expect_eq(kills(&stage), 1);
    stage_close(&stage);
}

/* A minimum that is killed is started anew, cold. */
Test(model_oom, the_minimum_comes_back)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, concurrency: 9, cold_start: 5ms, " TWO_FIT));
    for (int i = 0; i < 3; i++)
        stage_send(&stage, 0.0, "w10");
    uint32_t d = stage_send(&stage, 1.0, "w10"), e = stage_send(&stage, 20.0, "w10");

    stage_run(&stage, CS_S);
    KILLED(&stage, 0, 0);
    FINE(&stage, d, 15);
    FINE(&stage, e, 30);
    cr_expect_eq(stage.model->cell[0].alive, 1);
    stage_close(&stage);
}

/* What could fail an objective on errors: memory that may run out, and nothing else. */
Test(model_oom, an_objective_is_exercised_where_memory_may_run_out)
{
    static const char *const memory[] = {"memory: 99MB", "memory: 100MB"};

    for (int i = 0; i < 2; i++) {
        char text[1024];

        snprintf(text, sizeof text,
                 "%sfleets: { f: { %s, concurrency: 2, "
                 "memory_use: { base: 50MB, per_request: 25MB } } }\n%s",
                 STAGE_HEAD, memory[i],
                 "functions: { g: { fleet: f, steps: [ { wait: 1ms } ] } }\n"
                 "traffic: { t: { rate: 1/s, mix: { g: 100% } } }\n"
                 "slos: { e: { target: errors < 1%, window: 1h } }\n");
        struct cs_scenario *scenario = load_or_fail(text);

        cr_expect_eq(cs_slo_is_exercised(scenario, &scenario->slo[0]), i == 0);
        cs_scenario_free(scenario);
    }
}
