/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is set or deployed while requests are under way, by hand-made traces. */
#include "model_fixture.h"

#define HALF_SECOND(rest)                                                     \
    STAGE_HEAD "fleets: { f: { concurrency: 50, min_instances: 1 } }\n"       \
               "functions: { g: { fleet: f, steps: [ { wait: 500ms } ] } }\n" \
               "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\n" rest

static void gave_up_within(const struct stage *stage, uint32_t id, double from_ms, double to_ms)
{
    double at = (double)stage->heard[id].end / (double)CS_MS;

    cr_expect_eq(stage->heard[id].code, 499, "request %u: code %d", id, stage->heard[id].code);
    cr_expect(at >= from_ms && at <= to_ms, "request %u gave up at %g ms", id, at);
}

/* Each keeps the patience with which it was sent, whatever kind it is of. */
Test(patience, that_is_set_is_for_what_is_sent_from_then_on)
{
    struct stage stage;

    stage_open(&stage,
               HALF_SECOND("clients: { patience: 200ms }\nevents:\n"
                           "  - { at: 100ms, for: 50ms, set: { clients.patience: { uniform: "
                           "{ min: 30ms, max: 31ms } } } }\n"
                           "  - { at: 170ms, set: { clients.patience: 70ms } }\n"
                           "  - { at: 300ms, set: { clients.patience: unlimited } }\n"));
    uint32_t a = stage_send(&stage, 50, "g");
    uint32_t b = stage_send(&stage, 110, "g");
    uint32_t c = stage_send(&stage, 149, "g");
    uint32_t d = stage_send(&stage, 160, "g");
    uint32_t e = stage_send(&stage, 180, "g");
    uint32_t f = stage_send(&stage, 299, "g");
    uint32_t g = stage_send(&stage, 300, "g");

    stage_run(&stage, 2 * CS_S);
    HEARD(&stage, a, 499, CS_REASON_GAVE_UP, 250);
    gave_up_within(&stage, b, 140, 141);
    gave_up_within(&stage, c, 179, 180);
    HEARD(&stage, d, 499, CS_REASON_GAVE_UP, 360);
    HEARD(&stage, e, 499, CS_REASON_GAVE_UP, 250);
    HEARD(&stage, f, 499, CS_REASON_GAVE_UP, 369);
    FINE(&stage, g, 800);
    stage_close(&stage);
}

/* There was none, and what was sent without it waits on. */
Test(patience, that_is_set_where_there_was_none)
{
    struct stage stage;

    stage_open(&stage,
               HALF_SECOND("events:\n"
                           "  - { at: 100ms, set: { clients.patience: { uniform: { min: 30ms, "
                           "max: 31ms } } } }\n"
                           "  - { at: 150ms, set: { clients.patience: 40ms } }\n"));
    uint32_t a = stage_send(&stage, 50, "g");
    uint32_t b = stage_send(&stage, 120, "g");
    uint32_t c = stage_send(&stage, 200, "g");
    uint32_t d = stage_send(&stage, 600, "g"); /* in a record that has had all kinds */

    stage_run(&stage, 2 * CS_S);
    FINE(&stage, a, 550);
    gave_up_within(&stage, b, 150, 151);
    HEARD(&stage, c, 499, CS_REASON_GAVE_UP, 240);
    HEARD(&stage, d, 499, CS_REASON_GAVE_UP, 640);
    stage_close(&stage);
}

/* ---- idle instances ---- */

#define FLEETS(fleets, events)                                   \
    STAGE_HEAD "fleets: " fleets "\n"                            \
               "functions:\n"                                    \
               "  g: { fleet: f, steps: [ { wait: 100ms } ] }\n" \
               "  h: { fleet: h, steps: [ { wait: 100ms } ] }\n" \
               "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\nevents:\n" events
#define FLEET(fleet, events) FLEETS("{ f: " fleet ", h: {} }", events)

static int64_t alive_at(struct stage *stage, double ms)
{
    stage_run(stage, (cs_time)(ms * (double)CS_MS));
    return stage->model->cell[0].alive;
}

/* Idle since 100 and since 2700: 3 s from then on, which the first has had at 4000. */
Test(idle, a_timeout_that_is_set_holds_for_those_that_are_idle)
{
    struct stage stage;

    stage_open(&stage, FLEET("{ idle_timeout: 1h }",
                             "  - { at: 4s, set: { fleets.f.idle_timeout: 3s } }\n"));
    (void)stage_send(&stage, 0, "g");
    (void)stage_send(&stage, 2600, "g");
    (void)stage_send(&stage, 2610, "g"); /* its instance is idle from 2710 on */
    cr_expect_eq(alive_at(&stage, 5699), 2);
    cr_expect_eq(alive_at(&stage, 5700), 1);
    cr_expect_eq(alive_at(&stage, 5710), 0);
    stage_close(&stage);
}

/* The first has been idle for longer than that. */
Test(idle, a_timeout_that_has_passed_when_it_is_set_is_over_at_once)
{
    struct stage stage;

    stage_open(&stage, FLEET("{}", "  - { at: 4s, set: { fleets.f.idle_timeout: 3s } }\n"));
    (void)stage_send(&stage, 0, "g");
    cr_expect_eq(alive_at(&stage, 3999), 1);
    cr_expect_eq(alive_at(&stage, 4000), 0);
    (void)stage_send(&stage, 5000, "g");
    cr_expect_eq(alive_at(&stage, 8099), 1);
    cr_expect_eq(alive_at(&stage, 8100), 0);
    stage_close(&stage);
}

/* One of two is needed and would be looked at again: now it stays for good. */
Test(idle, a_timeout_that_is_taken_away_keeps_what_is_idle)
{
    struct stage stage;

    stage_open(&stage,
               FLEET("{ idle_timeout: 2s, min_instances: 1 }",
                     "  - { at: 2500ms, set: { fleets.f.idle_timeout: unlimited } }\n"));
    (void)stage_send(&stage, 1000, "g");
    (void)stage_send(&stage, 1010, "g");
    cr_expect_eq(alive_at(&stage, 60e3), 2);
    stage_close(&stage);
}

/* All three have been idle for long: those whom the minimum needs no more go at once. */
Test(idle, a_lower_minimum_lets_go_at_once)
{
    struct stage stage;

    stage_open(&stage, FLEET("{ idle_timeout: 20s, min_instances: 3 }",
                             "  - { at: 47s, set: { fleets.f.min_instances: 1 } }\n"));
    cr_expect_eq(alive_at(&stage, 46999), 3);
    cr_expect_eq(alive_at(&stage, 47e3), 1);
    stage_close(&stage);
}

#define REUSE(from, to) \
    FLEET("{ reuse: " from " }", "  - { at: 1s, set: { fleets.f.reuse: " to " } }\n")

/* A, B, C end at 100, 110, 120: last used is C, longest idle A, newest C, oldest A; the
 * order that is set holds at once for those that it finds. */
Test(reuse, that_is_set_orders_what_is_warm_anew)
{
    static const struct {
        const char *text;
        uint64_t ordinal;
    } change[] = {
        {REUSE("last_used", "oldest"), 0},     {REUSE("last_used", "longest_idle"), 0},
        {REUSE("oldest", "newest"), 2},        {REUSE("oldest", "last_used"), 2},
        {REUSE("newest", "longest_idle"), 0},  {REUSE("longest_idle", "newest"), 2},
        {REUSE("random", "last_used"), 2},     {REUSE("least_busy", "oldest"), 0},
        {REUSE("last_used", "round_robin"), 0}};

    for (size_t i = 0; i < sizeof change / sizeof change[0]; i++) {
        struct stage stage;

        stage_open(&stage, change[i].text);
        for (int k = 0; k < 3; k++)
            (void)stage_send(&stage, 10 * k, "g");
        uint32_t id = stage_send(&stage, 1001, "g");

        stage_run(&stage, 2 * CS_S);
        cr_expect_eq(stage.heard[id].ordinal, change[i].ordinal, "change %zu: instance %u", i,
                     (unsigned)stage.heard[id].ordinal);
        stage_close(&stage);
    }
}

/* Three busy, and two of another fleet idle: with room for three these go, whichever
 * fleet has more, and the busy ones stay. */
Test(caps, a_lower_cap_of_a_region_takes_what_is_idle_first)
{
    struct stage stage;

    stage_open(&stage, FLEETS("{ f: {}, h: {} }\nregions: { r: { max_instances: 9 } }",
                              "  - { at: 200ms, set: { regions.r.max_instances: 3 } }\n"));
    (void)stage_send(&stage, 0, "h");
    (void)stage_send(&stage, 10, "h");
    for (int i = 0; i < 3; i++)
        (void)stage_send(&stage, 150, "g");
    stage_run(&stage, 220 * CS_MS);
    cr_expect_eq(stage.model->cell[0].alive, 3);
    cr_expect_eq(stage.model->cell[1].alive, 0);
    uint32_t again = stage_send(&stage, 260, "g");

    stage_run(&stage, CS_S);
    FINE(&stage, again, 360);
    stage_close(&stage);
}

/* ---- deployments ---- */

/* Who waits for an instance that starts still has it, and nobody else does: a is cold to
 * 50; b, of 30, starts another beside the cap, cold to 80; c queues for that. */
Test(deploy, a_starting_instance_serves_those_who_wait_for_it)
{
    struct stage stage;

    stage_open(&stage,
               FLEET("{ max_instances: 1, cold_start: 50ms, queue: { limit: unlimited } }",
                     "  - { at: 20ms, deploy: all }\n"));
    uint32_t a = stage_send(&stage, 0, "g");
    uint32_t b = stage_send(&stage, 30, "g");
    uint32_t c = stage_send(&stage, 40, "g");

    stage_run(&stage, CS_S);
    FINE(&stage, a, 150);
    FINE(&stage, b, 180);
    FINE(&stage, c, 280);
    cr_expect_eq(stage.model->cell[0].ordinals, 2u);
    stage_close(&stage);
}

/* One of four is replaced at 1100; all go at 1150, four new ones come at 1250, and are
 * none of those that the deployment has still to replace. */
Test(deploy, rolls_on_over_an_outage)
{
    struct stage stage;

    stage_open(&stage, FLEETS("{ f: { min_instances: 4 }, h: {} }\nregions: { r: {} }",
                              "  - { at: 1s, deploy: { fleets: [f], rolling: 400ms } }\n"
                              "  - { at: 1150ms, for: 100ms, outage: { region: r } }\n"));
    stage_run(&stage, 1149 * CS_MS);
    cr_expect_eq(stage.model->cell[0].ordinals, 5u);
    stage_run(&stage, 1249 * CS_MS);
    cr_expect_eq(stage.model->cell[0].alive, 0);
    stage_run(&stage, 3 * CS_S);
    cr_expect_eq(stage.model->cell[0].alive, 4);
    cr_expect_eq(stage.model->cell[0].ordinals, 9u);
    stage_close(&stage);
}
