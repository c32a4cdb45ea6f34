/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deployments, outages and settings that change, by hand-made traces. */
#include "model_fixture.h"

#define ONE_FLEET(fleet, events)                                              \
    STAGE_HEAD "fleets: { f: " fleet " }\n"                                   \
               "functions: { g: { fleet: f, steps: [ { wait: 100ms } ] } }\n" \
               "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\nevents:\n" events

static const struct cs_cell *first_cell(const struct stage *stage)
{
    return &stage->model->cell[0];
}

static void finish(struct stage *stage)
{
    stage_run(stage, CS_HOUR / 2);
    for (uint32_t i = 0; i < stage->n; i++)
        cr_expect_eq(stage->heard[i].times, 1u, "request %u", i);
    stage_finish(stage);
}

/* The old instance ends what it runs (at 150), takes nothing new, and counts against
 * no cap: the request of 110 gets a new one though max_instances is 1. */
Test(deploy, old_instances_drain_beside_the_cap)
{
    struct stage stage;

    stage_open(&stage, ONE_FLEET("{ max_instances: 1, cold_start: 20ms }",
                                 "  - { at: 100ms, deploy: all }\n"));
    uint32_t a = stage_send(&stage, 30, "g");  /* cold to 50, then to 150 */
    uint32_t b = stage_send(&stage, 110, "g"); /* new: cold to 130, to 230 */
    uint32_t c = stage_send(&stage, 240, "g"); /* warm */

    cr_expect_eq(first_cell(&stage)->alive, 1);
    FINE(&stage, a, 150);
    stage_run(&stage, CS_S);
    FINE(&stage, b, 230);
    FINE(&stage, c, 340);
    cr_expect_eq(stage.heard[b].ordinal, stage.heard[c].ordinal);
    cr_expect_neq(stage.heard[a].ordinal, stage.heard[b].ordinal);
    finish(&stage);
}

/* An idle one goes at once, and the minimum is started anew, cold. */
Test(deploy, keeps_the_minimum)
{
    struct stage stage;

    stage_open(&stage, ONE_FLEET("{ min_instances: 2, cold_start: 20ms }",
                                 "  - { at: 100ms, deploy: all }\n"));
    stage_run(&stage, 99 * CS_MS);
    cr_expect_eq(first_cell(&stage)->ordinals, 2u);
    cr_expect_eq(first_cell(&stage)->starting, 0);
    uint32_t a = stage_send(&stage, 105, "g"); /* joins one that starts until 120 */

    cr_expect_eq(first_cell(&stage)->ordinals, 4u);
    cr_expect_eq(first_cell(&stage)->alive, 2);
    stage_run(&stage, CS_S);
    FINE(&stage, a, 220);
    finish(&stage);
}

/* Four busy instances over 400 ms: one is closed at 1100, 1200, 1300 and 1400, the
 * oldest first.  Requests that come find the others until then. */
Test(deploy, rolls_evenly_oldest_first)
{
    struct stage stage;

    stage_open(&stage, ONE_FLEET("{ min_instances: 4, reuse: oldest }",
                                 "  - { at: 1s, deploy: { fleets: [f], rolling: 400ms } }\n"));
    static const double at[] = {1099, 1101, 1201, 1301, 1401};
    static const uint64_t ordinal[] = {0, 1, 2, 3, 4};
    uint32_t id[5];

    for (int i = 0; i < 5; i++)
        id[i] = stage_send(&stage, at[i], "g");
    stage_run(&stage, 3 * CS_S);
    for (int i = 0; i < 5; i++)
        cr_expect_eq(stage.heard[id[i]].ordinal, ordinal[i], "request %d on instance %u", i,
                     (unsigned)stage.heard[id[i]].ordinal);
    cr_expect_eq(first_cell(&stage)->alive, 4);
    finish(&stage);
}

/* One queues for the only instance; the deployment frees the cap, so it starts a new
 * one at that instant. */
Test(deploy, serves_who_waits)
{
    struct stage stage;

    stage_open(&stage,
               ONE_FLEET("{ max_instances: 1, cold_start: 5ms, queue: { limit: unlimited } }",
                         "  - { at: 50ms, deploy: all }\n"));
    uint32_t a = stage_send(&stage, 0, "g");
    uint32_t b = stage_send(&stage, 10, "g");

    stage_run(&stage, CS_S);
    FINE(&stage, a, 105);
    FINE(&stage, b, 155);
    finish(&stage);
}

#define TWO_REGIONS(events)                                                        \
    STAGE_HEAD                                                                     \
    "zones: { z: { share: 100% } }\nregions: { near: {}, far: {} }\n"              \
    "network: { rtt: { z: { near: 10ms, far: 60ms } } }\n"                         \
    "fleets: { f: { max_instances: 1, cold_start: 20ms, queue: { limit: 5 } } }\n" \
    "functions: { g: { fleet: f, steps: [ { wait: 100ms } ] } }\n"                 \
    "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\nevents:\n" events

/* At 100 one runs, one waits in the queue, one is on its way: all three end with
 * 502, those there at 100 + 5, the last when it arrives at 104 and 5 back. */
Test(outage, of_a_region_fails_what_is_in_it)
{
    struct stage stage;

    stage_open(&stage, TWO_REGIONS("  - { at: 100ms, for: 1s, outage: { region: near } }\n"));
    uint32_t a = stage_send(&stage, 30, "g");
    uint32_t b = stage_send(&stage, 50, "g");
    uint32_t c = stage_send(&stage, 99, "g");

    stage_run(&stage, 10 * CS_S);
    HEARD(&stage, a, 502, CS_REASON_REGION_DOWN, 105);
    HEARD(&stage, b, 502, CS_REASON_REGION_DOWN, 105);
    HEARD(&stage, c, 502, CS_REASON_REGION_DOWN, 109);
    finish(&stage);
}

/* Overlapping outages of one region are one; back again, its instances are new. */
Test(outage, ends_with_the_last_and_comes_back_cold)
{
    struct stage stage;

    stage_open(&stage, TWO_REGIONS("  - { at: 100ms, for: 1s, outage: { region: near } }\n"
                                   "  - { at: 200ms, for: 2s, outage: { region: near } }\n"));
    (void)stage_send(&stage, 0, "g"); /* killed at 100 */
    stage_run(&stage, 1500 * CS_MS);
    cr_expect(stage.model->region[0].is_down);
    stage_run(&stage, 2200 * CS_MS);
    cr_expect(!stage.model->region[0].is_down);
    uint32_t b = stage_send(&stage, 2300, "g"); /* there at 2305, cold to 2325 */

    stage_run(&stage, 4 * CS_S);
    FINE(&stage, b, 2430);
    finish(&stage);
}

Test(set, a_greater_cap_serves_who_waits_at_once)
{
    struct stage stage;

    stage_open(&stage, ONE_FLEET("{ max_instances: 1, queue: { limit: unlimited } }",
                                 "  - { at: 50ms, set: { fleets.f.max_instances: 2 } }\n"));
    uint32_t a = stage_send(&stage, 0, "g");
    uint32_t b = stage_send(&stage, 10, "g");
    uint32_t c = stage_send(&stage, 20, "g");

    stage_run(&stage, CS_S);
    FINE(&stage, a, 100);
    FINE(&stage, b, 150);
    FINE(&stage, c, 200);
    finish(&stage);
}

/* Two run at 50, when the cap falls to 1: both end, the second takes no more. */
Test(set, what_is_above_a_smaller_cap_finishes_and_goes)
{
    struct stage stage;

    stage_open(&stage,
               ONE_FLEET("{ max_instances: 2, queue: { limit: unlimited } }",
                         "  - { at: 50ms, for: 1s, set: { fleets.f.max_instances: 1 } }\n"));
    uint32_t a = stage_send(&stage, 0, "g");
    uint32_t b = stage_send(&stage, 10, "g");
    uint32_t c = stage_send(&stage, 60, "g");
    uint32_t d = stage_send(&stage, 61, "g");
    uint32_t e = stage_send(&stage, 1045, "g");
    uint32_t f = stage_send(&stage, 1046, "g");

    stage_run(&stage, 3 * CS_S);
    FINE(&stage, a, 100);
    FINE(&stage, b, 110);
    FINE(&stage, c, 200);
    FINE(&stage, d, 300);
    FINE(&stage, e, 1145);
    FINE(&stage, f, 1150); /* the setting ends at 1050 */
    cr_expect_eq(stage.heard[c].ordinal, stage.heard[a].ordinal);
    finish(&stage);
}

/* Concurrency is what an instance is made of: the old one stays as it is, one that
 * starts later serves two at once. */
Test(set, what_an_instance_is_made_of_reaches_new_ones)
{
    struct stage stage;

    stage_open(&stage, ONE_FLEET("{ concurrency: 1, idle_timeout: 50ms }",
                                 "  - { at: 50ms, set: { fleets.f.concurrency: 2 } }\n"));
    uint32_t a = stage_send(&stage, 0, "g");
    uint32_t b = stage_send(&stage, 60, "g"); /* a new one */
    uint32_t c = stage_send(&stage, 70, "g"); /* on it too */

    stage_run(&stage, 90 * CS_MS);
    cr_expect_eq(first_cell(&stage)->alive, 2);
    stage_run(&stage, CS_S);
    FINE(&stage, a, 100);
    cr_expect_eq(stage.heard[b].ordinal, 1u);
    cr_expect_eq(stage.heard[c].ordinal, 1u);
    finish(&stage);
}

/* With the deployment in the same event the old instance gives way to one of the new
 * make, whose pool has two connections. */
Test(set, a_deployment_brings_it)
{
    struct stage stage;

    stage_open(
        &stage, STAGE_HEAD
        "fleets: { f: { concurrency: 9 } }\n"
        "databases: { d: { pool: { max: 1, connect_round_trips: 0 }, queries: { q: 50ms } } }\n"
        "functions: { g: { fleet: f, steps: [ { query: q } ] } }\n"
        "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\nevents:\n"
        "  - { at: 100ms, set: { databases.d.pool.max: 2 } }\n"
        "  - { at: 300ms, deploy: all }\n");
    uint32_t id[6];

    for (int i = 0; i < 6; i++)
        id[i] = stage_send(&stage, (double[]){0, 0, 200, 200, 400, 400}[i], "g");
    stage_run(&stage, CS_S);
    FINE(&stage, id[0], 50);
    FINE(&stage, id[1], 100);
    FINE(&stage, id[2], 250);
    FINE(&stage, id[3], 300);
    FINE(&stage, id[4], 450);
    FINE(&stage, id[5], 450);
    finish(&stage);
}

/* 2,000 requests, of which 20 % fail while it lasts: a share of 0.2 within 4.5
 * standard errors of 0.0089; none outside. */
Test(error_burst, fails_its_share)
{
    struct stage stage;
    int failed = 0;

    stage_open(&stage, ONE_FLEET("{ concurrency: 5000 }",
                                 "  - { at: 1s, for: 10s, error_burst: { fleet: f, rate: 20%, "
                                 "code: 503 } }\n"));
    uint32_t before = stage_send(&stage, 0, "g");

    for (int i = 0; i < 2000; i++)
        (void)stage_send(&stage, 1000 + i, "g");
    uint32_t after = stage_send(&stage, 20000, "g");

    stage_run(&stage, 30 * CS_S);
    for (uint32_t i = before + 1; i < after; i++) {
        cr_expect(stage.heard[i].code == 200 || stage.heard[i].code == 503);
        failed += stage.heard[i].reason == CS_REASON_ERROR_BURST;
    }
    cr_expect(failed > 400 - 80 && failed < 400 + 80, "%d failed", failed);
    FINE(&stage, before, 100);
    FINE(&stage, after, 20100);
    finish(&stage);
}

Test(slow, stretches_cpu_that_begins_while_it_lasts)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD "fleets: { f: { vcpus: 1 } }\n"
                                  "functions: { g: { fleet: f, steps: [ { cpu: 10ms } ] } }\n"
                                  "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\nevents:\n"
                                  "  - { at: 5ms, for: 100ms, slow: { cpu: 3 } }\n"
                                  "  - { at: 50ms, for: 100ms, slow: { cpu: 2, fleet: f } }\n");
    uint32_t a = stage_send(&stage, 0, "g");
    uint32_t b = stage_send(&stage, 20, "g");
    uint32_t c = stage_send(&stage, 60, "g");
    uint32_t d = stage_send(&stage, 120, "g");
    uint32_t e = stage_send(&stage, 200, "g");

    stage_run(&stage, CS_S);
    FINE(&stage, a, 10);
    FINE(&stage, b, 50);
    FINE(&stage, c, 120);
    FINE(&stage, d, 140);
    FINE(&stage, e, 210);
    finish(&stage);
}

/* Everything at once under load: nothing is lost, doubled or left behind. */
Test(events, keep_the_invariants)
{
    struct cs_scenario *scenario = load_or_fail(
        "capsim: 1\nname: storm\nhorizon: { duration: 10m, lead_in: 10s }\nreplications: 2\n"
        "zones: { z: { share: 100% } }\nregions: { a: { max_instances: 9 }, b: {} }\n"
        "network: { rtt: { z: { a: 10ms, b: 60ms }, a: { b: 20ms } } }\n"
        "fleets:\n"
        "  f: { concurrency: 2, max_instances: 6, min_instances: 1, vcpus: 1,\n"
        "       cold_start: { exponential: { mean: 300ms } }, idle_timeout: 2s,\n"
        "       queue: { limit: 20, timeout: 1s } }\n"
        "  g: { like: f, concurrency: 1 }\n"
        "databases:\n"
        "  d: { region: b, pool: { max: 2, connect: 20ms, connect_timeout: 500ms,\n"
        "         idle_timeout: 1s }, gateway: { max_clients: 12, pool_size: 3 },\n"
        "       queries: { q: { exponential: { mean: 30ms } } } }\n"
        "functions:\n"
        "  x: { fleet: f, max_duration: 2s, steps: [ { cpu: 5ms }, { query: q, count: 2 } ] }\n"
        "  y: { fleet: g, steps: [ { wait: { exponential: { mean: 50ms } } }, "
        "{ query: q } ] }\n"
        "clients: { patience: 3s }\n"
        "traffic: { t: { rate: 40/s, mix: { x: 50%, y: 50% } } }\nevents:\n"
        "  - { at: 60s, deploy: all }\n"
        "  - { at: 100s, for: 30s, outage: { region: a } }\n"
        "  - { at: 110s, deploy: { rolling: 20s } }\n"
        "  - { at: 200s, for: 60s, set: { fleets.f.max_instances: 2, fleets.g.concurrency: 4,\n"
        "        databases.d.pool.max: 4, regions.a.max_instances: 3 }, deploy: all }\n"
        "  - { at: 220s, for: 60s, set: { fleets.f.queue.limit: 3 }, slow: { cpu: 4 } }\n"
        "  - { at: 300s, for: 60s, error_burst: { fleet: g, rate: 30%, rollback: true } }\n"
        "  - { at: 400s, for: 1s, outage: { region: b } }\n");

    for (uint32_t i = 0; i < 2; i++) {
        struct cs_model *model = cs_model_new(scenario, i);

        cs_model_run(model);
        all_checks_hold(model);
        cr_expect_gt(count_of(model, "requests_total", "reason=region_down"), 0u);
        cr_expect_gt(count_of(model, "requests_total", "reason=error_burst"), 100u);
        cs_model_free(model);
    }
    cs_scenario_free(scenario);
}

/*
 * One server, 8 requests a second of 100 ms each, and for 60 s of 200 ms: then 3/s
 * more come than go, 180 wait, and at 2/s less than it can do they are gone 90 s
 * later.  Poisson noise of the backlog (sd 20) is 10 s.  Catches a clock that starts
 * at the event's beginning, or a band that is never left.
 */
Test(aftermath, is_the_time_until_the_backlog_is_gone)
{
    struct cs_scenario *scenario = load_or_fail(
        "capsim: 1\nname: drain\nhorizon: { duration: 30m, lead_in: 5m, sample: 5s }\n"
        "fleets: { f: { vcpus: 1, max_instances: 1, queue: { limit: unlimited } } }\n"
        "functions: { g: { fleet: f, steps: [ { cpu: 100ms } ] } }\n"
        "traffic: { t: { rate: 8/s, mix: { g: 100% } } }\nevents:\n"
        "  - { name: jam, at: 5m, for: 1m, slow: { cpu: 2 } }\n");
    double sum = 0;

    for (uint32_t i = 0; i < 20; i++) {
        struct cs_model *model = cs_model_new(scenario, i);

        cs_model_run(model);
        all_checks_hold(model);
        const struct cs_metric *row = metric_of(model, "event_settle_seconds", "event=jam");

        sum += *row->figure;
        cs_model_free(model);
    }
    cr_expect(sum / 20 > 75 && sum / 20 < 105, "settled after %g s", sum / 20);
    cs_scenario_free(scenario);
}

#define ATTACKED(events)                                                          \
    "capsim: 1\nname: attacked\nhorizon: { duration: 5m, lead_in: 10s }\n"        \
    "tiers: { free: { users: 50 }, paid: { users: 5 } }\n"                        \
    "rate_limits: { user: { limits: { free: { per_second: 5 } } } }\n"            \
    "fleets: { f: { concurrency: 9999, min_instances: 1, max_instances: 1 } }\n"  \
    "functions: { g: { fleet: f, steps: [ { limit: user }, { wait: 5ms } ] } }\n" \
    "traffic: { t: { rate: 40/s, mix: { g: 100% }, tiers: { free: 90%, paid: 10% } } }\n" events

/* An attack of 20 users of its own, 5/s each within their limit of 5/s on average:
 * what the others send is answered as it is without it, and nothing outlasts it. */
Test(attack, has_users_of_its_own)
{
    struct cs_scenario *quiet = load_or_fail(ATTACKED(""));
    struct cs_scenario *loud =
        load_or_fail(ATTACKED("events: [ { at: 1m, for: 2m, attack: { rate: 500/s, users: 20, "
                              "mix: { g: 100% } } } ]\n"));
    struct cs_model *without = cs_model_new(quiet, 0), *with = cs_model_new(loud, 0);

    cs_model_run(without);
    cs_model_run(with);
    all_checks_hold(with);
    uint64_t sent = count_of(with, "requests_total", "source=attack");
    uint64_t limited = count_of(with, "rate_limited_total", "tier=free");
    uint64_t before = count_of(without, "rate_limited_total", "tier=free");

    cr_expect_eq(count_of(with, "requests_total", "source=t"),
                 *metric_of(without, "requests_total", NULL)->count);
    cr_expect(sent > 59000 && sent < 61000, "%u sent", (unsigned)sent);
    /* Of 25/s a user, at most 5 in any second pass: of 60,000, a little below 12,000. */
    cr_expect(sent - (limited - before) <= 20 * 5 * 121);
    cr_expect(sent - (limited - before) > 10000);
    cs_model_free(without);
    cs_model_free(with);
    cs_scenario_free(quiet);
    cs_scenario_free(loud);
}
