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

/* ---- calls, failures ---- */

#define CALLS(dependency, events)                                                     \
    STAGE_HEAD "fleets: { f: { concurrency: 9, min_instances: 1 } }\n"                \
               "dependencies: { x: { latency: 1ms, " dependency " } }\n"              \
               "databases: { d: { server: { failures: { every: 60d, repair: 1s } }, " \
               "queries: { q: 1ms } } }\n"                                            \
               "functions:\n"                                                         \
               "  g: { fleet: f, steps: [ { call: x } ] }\n"                          \
               "  q: { fleet: f, steps: [ { query: q } ] }\n"                         \
               "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\nevents:\n" events

/* One a minute, taken at 0.  At 2 s a thirtieth of it is back, and from then on one comes
 * a second: there is one again at 2 + 29/30. */
Test(calls, a_rate_that_is_set_finds_as_many_tokens_missing)
{
    struct stage stage;

    stage_open(&stage, CALLS("rate_limit: 1/min",
                             "  - { at: 2s, set: { dependencies.x.rate_limit: 1/s } }\n"
                             "  - { at: 4s, set: { dependencies.x.rate_limit: 40/s } }\n"
                             "  - { at: 5s, set: { dependencies.x.rate_limit: 1/s } }\n"));
    uint32_t a = stage_send(&stage, 0, "g");
    uint32_t b = stage_send(&stage, 1000, "g");
    uint32_t c = stage_send(&stage, 2966, "g");
    uint32_t d = stage_send(&stage, 2967, "g");

    stage_run(&stage, 5 * CS_S - 1);
    for (int i = 0; i < 40; i++) /* all that a second's worth holds */
        (void)stage_send(&stage, 4999.5, "g");
    uint32_t e = stage_send(&stage, 5900, "g");
    uint32_t f = stage_send(&stage, 6000, "g");

    stage_run(&stage, 9 * CS_S);
    FINE(&stage, a, 1);
    HEARD(&stage, b, 502, CS_REASON_DEPENDENCY_LIMITED, 1000);
    HEARD(&stage, c, 502, CS_REASON_DEPENDENCY_LIMITED, 2966);
    FINE(&stage, d, 2968);
    HEARD(&stage, e, 502, CS_REASON_DEPENDENCY_LIMITED, 5900);
    FINE(&stage, f, 6001);
    stage_close(&stage);
}

/* Its state goes with it, and nothing that began under it opens it. */
Test(calls, a_breaker_that_is_taken_away_lets_all_through)
{
    struct stage stage;

#define BROKEN                                                                           \
    "set: { dependencies.x.circuit_breaker: { failures: 1, open: 50m, scope: global }, " \
    "dependencies.x.error_rate: 100% } }\n"
    stage_open(&stage,
               CALLS("", "  - { at: 1s, for: 9s, " BROKEN "  - { at: 20s, for: 9s, " BROKEN));
    uint32_t a = stage_send(&stage, 2000, "g");
    uint32_t b = stage_send(&stage, 3000, "g");
    uint32_t c = stage_send(&stage, 11000, "g");
    uint32_t d = stage_send(&stage, 28999.5, "g"); /* ends when there is none any more */
    uint32_t e = stage_send(&stage, 29001, "g");

    stage_run(&stage, CS_MIN);
    HEARD(&stage, a, 502, CS_REASON_DEPENDENCY_ERROR, 2001);
    HEARD(&stage, b, 503, CS_REASON_BREAKER_OPEN, 3000);
    FINE(&stage, c, 11001);
    HEARD(&stage, d, 502, CS_REASON_DEPENDENCY_ERROR, 29000.5);
    FINE(&stage, e, 29002);
    cr_expect_eq(count_of(stage.model, "breaker_opened_total", NULL), 1);
    stage_close(&stage);
}

/* Two months to the next failure, until at 10 s it is 5 s: down from 15 to 16, and again
 * from 21 on. */
Test(failures, that_are_set_come_from_then_on)
{
    struct stage stage;

    stage_open(&stage,
               CALLS("", "  - { at: 10s, set: { databases.d.server.failures.every: 5s } }\n"));
    uint32_t a = stage_send(&stage, 14990, "q");
    uint32_t b = stage_send(&stage, 15500, "q");
    uint32_t c = stage_send(&stage, 16500, "q");
    uint32_t d = stage_send(&stage, 21500, "q");

    stage_run(&stage, CS_MIN);
    FINE(&stage, a, 14991);
    HEARD(&stage, b, 503, CS_REASON_DATABASE_DOWN, 15500);
    FINE(&stage, c, 16501);
    HEARD(&stage, d, 503, CS_REASON_DATABASE_DOWN, 21500);
    stage_close(&stage);
}

/* ---- what could fail an objective ---- */

#define JUDGED(rest)                                                                   \
    STAGE_HEAD "regions: { r: {}, s: {} }\n"                                           \
               "fleets: { f: { regions: [r], queue: {} }, other: { regions: [s] } }\n" \
               "functions:\n  g: { fleet: f, steps: [ { query: q } ] }\n"              \
               "traffic: { t: { rate: 1/s, mix: { g: 100% } } }\n"                     \
               "slos: { e: { target: errors < 1%, window: 1h } }\n" rest
#define NO_LIMIT "databases: { d: { queries: { q: 1ms } } }\n"

Test(exercised, by_events_by_what_they_set_and_by_sessions)
{
    static const struct {
        const char *text;
        bool is_exercised;
    } judged[] = {
        {JUDGED(NO_LIMIT), false},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, deploy: all } ]\n"), false},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, for: 1m, outage: { region: r } } ]\n"), true},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, for: 1m, outage: { region: s } } ]\n"), false},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, for: 1m, outage: { database: d } } ]\n"), true},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, error_burst: { rate: 9% } } ]\n"), true},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, error_burst: { fleet: other, rate: 9% } } ]\n"),
         false},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, error_burst: { rate: 9%, code: 404 } } ]\n"),
         false},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, set: { clients.patience: 1s } } ]\n"), true},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, set: { functions.g.max_duration: 1s } } ]\n"),
         true},
        {JUDGED(NO_LIMIT "events: [ { at: 1m, set: { fleets.f.memory: 1GB } } ]\n"), false},
        {JUDGED("databases: { d: { gateway: { mode: session, pool_size: 3 }, queries: { q: "
                "1ms } } }\n"),
         true},
        {JUDGED("databases: { d: { gateway: { mode: transaction, pool_size: 3 }, queries: { "
                "q: 1ms } } }\n"),
         false},
    };

    for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
        struct cs_scenario *scenario = load_or_fail(judged[i].text);

        cr_expect_eq(cs_slo_is_exercised(scenario, &scenario->slo[0]), judged[i].is_exercised,
                     "case %zu", i);
        cs_scenario_free(scenario);
    }
}
