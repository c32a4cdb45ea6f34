/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on utilisation: exact instants, from loads whose utilisation is known. */
#include "model_fixture.h"

#define FUNCTIONS                                     \
    "functions:\n"                                    \
    "  work: { fleet: f, steps: [ { cpu: 1h } ] }\n"  \
    "  rest: { fleet: f, steps: [ { wait: 1h } ] }\n" \
    "  w1:   { fleet: f, steps: [ { wait: 1s } ] }\n" \
    "traffic: { t: { rate: 1/h, mix: { w1: 100% } } }\n"
#define FLEET(settings) STAGE_HEAD "fleets: { f: { " settings " } }\n" FUNCTIONS
#define RULE(when, window, rest) "scale_out: [ { when: " when ", for: " window ", " rest " } ]"

static int64_t alive(const struct stage *stage)
{
    return stage->model->cell[0].alive;
}

/* Nothing happens in the nanosecond before `at`; then there are so many. */
static void expect_step(struct stage *stage, cs_time at, int64_t before, int64_t after)
{
    stage_run(stage, at - 1);
    cr_expect_eq(alive(stage), before, "before %g s: %d", cs_time_s(at), (int)alive(stage));
    stage_run(stage, at);
    cr_expect_eq(alive(stage), after, "at %g s: %d", cs_time_s(at), (int)alive(stage));
}

/*
 * One instance is busy from 0 on: its first whole window ends at 30, and a second
 * starts.  While it does, and after, it is half of what there is: 50 %, for ever.
 */
Test(model_scaler, it_fires_when_a_window_is_full_and_counts_what_starts)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, vcpus: 1, cold_start: 60s, " RULE(
                           "cpu > 80%", "30s", "add: 1")));
    stage_send(&stage, 0.0, "work");
    expect_step(&stage, 30 * CS_S, 1, 2);
    stage_run(&stage, 1000 * CS_S);
    cr_expect_eq(alive(&stage), 2);
    cr_expect_eq(count_of(stage.model, "scale_outs_total", NULL), 1);
    stage_close(&stage);
}

/*
 * As above, but a second request comes at 40, joins the instance that starts, and is
 * at work from 90 on.  Use over the window that ends at t is 30 + (t - 90) of 60: 80 %
 * at 108, which is a look, and more at the next, 111.
 */
#define CROSSING(when) \
    FLEET("min_instances: 1, vcpus: 1, cold_start: 60s, " RULE(when, "30s", "add: 1"))

static void expect_crossing(const char *text, cs_time at)
{
    struct stage stage;

    stage_open(&stage, text);
    stage_send(&stage, 0.0, "work");
    stage_send(&stage, 40000.0, "work");
    cr_expect_eq(alive(&stage), 2); /* it has joined */
    expect_step(&stage, at, 2, 3);
    stage_close(&stage);
}

Test(model_scaler, it_fires_at_the_look_after_the_crossing)
{
    expect_crossing(CROSSING("cpu > 80%"), 111 * CS_S);
    expect_crossing(CROSSING("cpu >= 80%"), 108 * CS_S);
    expect_crossing(CROSSING("slots>80%"), 111 * CS_S);
    expect_crossing(CROSSING("slots >= 80.01%"), 111 * CS_S);
}

/* A quarter of the time busy, from the start on: 25 % at every window's end. */
Test(model_scaler, the_mean_over_the_window_decides)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, " RULE("slots > 25%", "4s", "add: 1")));
    for (int i = 0; i < 10; i++)
        stage_send(&stage, 4000.0 * i, "w1");
    stage_run(&stage, 60 * CS_S);
    cr_expect_eq(alive(&stage), 1);
    stage_close(&stage);
    stage_open(&stage, FLEET("min_instances: 1, " RULE("slots >= 25%", "4s", "add: 1")));
    stage_send(&stage, 0.0, "w1");
    expect_step(&stage, 4 * CS_S, 1, 2);
    stage_close(&stage);
}

/* 1 of n is above 10 % up to n = 9.  Looks come each second. */
Test(model_scaler, a_cooldown_is_honoured)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, max_instances: 5, " RULE(
                           "slots > 10%", "10s", "add: 2, cooldown: 25s")));
    stage_send(&stage, 0.0, "rest");
    expect_step(&stage, 10 * CS_S, 1, 3);
    expect_step(&stage, 35 * CS_S, 3, 5);
    stage_run(&stage, 200 * CS_S);
    cr_expect_eq(alive(&stage), 5); /* the cap */
    cr_expect_eq(count_of(stage.model, "scale_outs_total", NULL), 4);
    stage_close(&stage);
    stage_open(&stage, FLEET("min_instances: 1, " RULE("slots > 10%", "10s", "add: 1")));
    stage_send(&stage, 0.0, "rest");
    for (int i = 0; i < 9; i++)
        expect_step(&stage, (10 + i) * CS_S, 1 + i, 2 + i);
    stage_run(&stage, 100 * CS_S);
    cr_expect_eq(alive(&stage), 10); /* exactly 10 % is not above */
    stage_close(&stage);
}

/* One token at the start, the next a minute after the first was taken. */
Test(model_scaler, its_starts_take_tokens)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, start_burst: { rate: 1/min, burst: 1 }, " RULE(
                           "slots > 10%", "10s", "add: 2")));
    stage_send(&stage, 0.0, "rest");
    expect_step(&stage, 10 * CS_S, 1, 2);
    expect_step(&stage, 70 * CS_S, 2, 3);
    stage_close(&stage);
}

/* The second rule of the same instant sees what the first has started. */
Test(model_scaler, two_rules_do_not_fire_for_the_same_thing)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, vcpus: 1, cold_start: 1s, "
                             "scale_out: [ { when: cpu > 80%, for: 10s }, "
                             "{ when: slots > 80%, for: 10s } ]"));
    stage_send(&stage, 0.0, "work");
    expect_step(&stage, 10 * CS_S, 1, 2);
    stage_run(&stage, 100 * CS_S);
    cr_expect_eq(alive(&stage), 2);
    stage_close(&stage);
}

/* Idle again after a second, the fleet is not full: with an idle timeout of 3 s the
 * two that went leave less capacity, but there was enough of it. */
Test(model_scaler, a_fleet_that_shrinks_is_not_full)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, idle_timeout: 3s, " RULE("slots > 33%", "10s",
                                                                         "add: 1")));
    for (int i = 0; i < 4; i++)
        stage_send(&stage, 5000.0, "w1");
    stage_run(&stage, 8500 * CS_MS);
    cr_expect_eq(alive(&stage), 4); /* the one of the start is kept: it looks again */
    stage_run(&stage, 100 * CS_S);
    cr_expect_eq(alive(&stage), 1);
    cr_expect_eq(count_of(stage.model, "scale_outs_total", NULL), 0);
    stage_close(&stage);
}

/* In the region alone where it is full, under the region's cap, without making
 * another fleet's idle instance give way. */
Test(model_scaler, it_acts_in_its_region_and_evicts_nobody)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD
               "zones: { a: { share: 50% }, b: { share: 50% } }\n"
               "regions: { one: { max_instances: 3 }, two: { max_instances: 9 } }\n"
               "network: { rtt: { a: { one: 0ms, two: 9ms }, b: { one: 9ms, two: 0ms } } }\n"
               "fleets:\n"
               "  f: { min_instances: 1, " RULE(
                   "slots > 10%", "10s",
                   "add: 1") " }\n"
                             "  g: {}\n"
                             "functions:\n"
                             "  rest: { fleet: f, steps: [ { wait: 1h } ] }\n"
                             "  other: { fleet: g, steps: [ { wait: 1s } ] }\n"
                             "traffic: { t: { rate: 1/h, mix: { rest: 100% } } }\n");
    stage_send(&stage, 0.0, "rest"); /* zone a, so region one */
    stage_send(&stage, 0.0, "other");
    stage_run(&stage, 100 * CS_S);
    cr_expect_eq(stage.model->region[0].instances, 3);
    cr_expect_eq(stage.model->cell[0].alive, 2);
    cr_expect_eq(stage.model->cell[1].alive, 1);
    cr_expect_eq(stage.model->cell[2].alive, 1);
    cr_expect_eq(count_of(stage.model, "scale_outs_total", "region=one"), 1);
    cr_expect_eq(count_of(stage.model, "scale_outs_total", "region=two"), 0);
    stage_close(&stage);
}

/* An instance with nothing to do goes by its idle timeout. */
Test(model_scaler, what_it_started_and_nobody_used_goes)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, cold_start: 2s, idle_timeout: 7s, " RULE(
                           "slots > 60%", "10s", "add: 1, cooldown: 1h")));
    stage_send(&stage, 0.0, "rest");
    expect_step(&stage, 10 * CS_S, 1, 2);
    expect_step(&stage, 19 * CS_S, 2, 1); /* warm at 12, idle for 7 s */
    stage_close(&stage);
}

/* By a rule on memory: 300 of 400 MB in use, then 300 of 800 and, warm, 400. */
Test(model_scaler, memory_is_looked_at_likewise)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, memory: 400MB, concurrency: 5, cold_start: 5s, "
                             "memory_use: { base: 100MB, per_request: 50MB }, " RULE(
                                 "memory >= 75%", "20s", "add: 1")));
    for (int i = 0; i < 4; i++)
        stage_send(&stage, 0.0, "rest");
    expect_step(&stage, 20 * CS_S, 1, 2);
    stage_run(&stage, 200 * CS_S);
    cr_expect_eq(alive(&stage), 2);
    cr_expect_eq(count_of(stage.model, "oom_kills_total", NULL), 0);
    stage_close(&stage);
}

/* Another rule at 15: its window begins there.  A threshold alone is another rule. */
Test(model_scaler, a_rule_may_change_in_flight)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, cold_start: 1s, " RULE("slots > 80%", "30s",
                                                                       "add: 1")) //
               "events: [ { at: 15s, set: { fleets.f.scale_out: "
               "[ { when: slots > 40%, for: 10s, add: 3 } ] } } ]\n");
    stage_send(&stage, 0.0, "rest");
    expect_step(&stage, 25 * CS_S, 1, 4);
    stage_run(&stage, 100 * CS_S);
    cr_expect_eq(alive(&stage), 4);
    stage_close(&stage);
}

/* Settings that have nothing to do with it leave its window alone. */
Test(model_scaler, other_settings_leave_a_rule_alone)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 1, cold_start: 1s, " RULE("slots > 80%", "30s",
                                                                       "add: 1")) //
               "events: [ { at: 15s, set: { fleets.f.max_instances: 3 } } ]\n");
    stage_send(&stage, 0.0, "rest");
    expect_step(&stage, 30 * CS_S, 1, 2);
    stage_close(&stage);
}
