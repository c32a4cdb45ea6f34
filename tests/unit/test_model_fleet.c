/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model_fixture.h"

#define TRAFFIC "traffic: { t: { rate: 1/h, mix: { w1: 100% } } }\n"
#define FUNCTIONS                                      \
    "functions:\n"                                     \
    "  w1:  { fleet: f, steps: [ { wait: 1ms } ] }\n"  \
    "  w10: { fleet: f, steps: [ { wait: 10ms } ] }\n" \
    "  w20: { fleet: f, steps: [ { wait: 20ms } ] }\n" \
    "  w30: { fleet: f, steps: [ { wait: 30ms } ] }\n" \
    "  w40: { fleet: f, steps: [ { wait: 40ms } ] }\n" TRAFFIC
#define FLEET(settings) STAGE_HEAD "fleets: { f: { " settings " } }\n" FUNCTIONS

static int64_t alive(const struct stage *stage)
{
    return stage->model->cell[0].alive;
}

/* ---- which warm instance ---- */

/* Instances 0 to 3 are idle since 30, 10, 40 and 20 ms; two requests come. */
static void expect_reuse(const char *rule, uint64_t first, uint64_t second)
{
    static const char *const lasts[] = {"w30", "w10", "w40", "w20"};
    char text[2048];
    struct stage stage;

    snprintf(text, sizeof text, "%sfleets: { f: { reuse: %s } }\n%s", STAGE_HEAD, rule,
             FUNCTIONS);
    stage_open(&stage, text);
    for (int i = 0; i < 4; i++)
        stage_send(&stage, 0.0, lasts[i]);
    uint32_t a = stage_send(&stage, 50.0, "w10"), b = stage_send(&stage, 51.0, "w10");

    stage_run(&stage, CS_S);
    cr_expect_eq(stage.heard[a].ordinal, first, "%s: first on %d", rule,
                 (int)stage.heard[a].ordinal);
    cr_expect_eq(stage.heard[b].ordinal, second, "%s: second on %d", rule,
                 (int)stage.heard[b].ordinal);
    cr_expect_eq(alive(&stage), 4);
    stage_close(&stage);
}

Test(model_fleet, each_reuse_rule_picks_its_instance)
{
    expect_reuse("last_used", 2, 0);
    expect_reuse("longest_idle", 1, 3);
    expect_reuse("newest", 3, 2);
    expect_reuse("oldest", 0, 1);
    expect_reuse("round_robin", 0, 1); /* given a request longest ago */
}

Test(model_fleet, least_busy_keeps_the_load_even)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 3, concurrency: 4, reuse: least_busy"));
    for (int i = 0; i < 12; i++) {
        uint32_t least = UINT32_MAX, most = 0;

        stage_send(&stage, i, i % 3 == 0 ? "w40" : "w30");
        for (int k = 0; k < 3; k++) {
            uint32_t active = stage.model->cell[0].instance[k]->active;

            least = active < least ? active : least;
            most = active > most ? active : most;
        }
        cr_expect_leq(most - least, 1, "after %d", i + 1);
    }
    stage_run(&stage, CS_S);
    cr_expect_eq(alive(&stage), 3);
    stage_close(&stage);
}

/* Would catch an instance that is left out, or one that is preferred. */
Test(model_fleet, random_reuse_is_uniform)
{
    struct stage stage;
    double n = 2000, count[4] = {0};

    stage_open(&stage, FLEET("min_instances: 4, reuse: random"));
    for (int i = 0; i < 2000; i++)
        stage_send(&stage, 2.0 * i, "w1");
    stage_run(&stage, 10 * CS_S);
    for (int i = 0; i < 2000; i++)
        count[stage.heard[i].ordinal]++;
    for (int k = 0; k < 4; k++)
        cr_expect_lt(fabs(count[k] - n / 4) / sqrt(n * 0.25 * 0.75), 4.5, "%g of instance %d",
                     count[k], k);
    stage_close(&stage);
}

/* ---- the life of an instance ---- */

Test(model_fleet, an_idle_instance_goes_at_its_timeout)
{
    struct stage stage;

    stage_open(&stage, FLEET("cold_start: 5ms, idle_timeout: 20ms"));
    uint32_t first = stage_send(&stage, 0.0, "w10"); /* 5 + 10: idle from 15 on */

    stage_run(&stage, 35 * CS_MS - 1);
    cr_expect_eq(alive(&stage), 1);
    stage_run(&stage, 35 * CS_MS);
    cr_expect_eq(alive(&stage), 0);
    uint32_t second = stage_send(&stage, 40.0, "w10");  /* cold: idle from 55 on */
    uint32_t third = stage_send(&stage, 74.0, "w10");   /* warm: idle from 84 on */
    uint32_t fourth = stage_send(&stage, 104.0, "w10"); /* the expiry comes first */

    stage_run(&stage, CS_S);
    FINE(&stage, first, 15);
    FINE(&stage, second, 55);
    FINE(&stage, third, 84);
    FINE(&stage, fourth, 119);
    stage_close(&stage);
}

Test(model_fleet, the_minimum_is_warm_from_the_start_and_stays)
{
    struct stage stage;

    stage_open(&stage, FLEET("cold_start: 5ms, idle_timeout: 20ms, min_instances: 2"));
    cr_expect_eq(alive(&stage), 2);
    uint32_t n[3];

    for (int i = 0; i < 3; i++)
        n[i] = stage_send(&stage, 0.0, "w10");
    stage_run(&stage, 34 * CS_MS);
    cr_expect_eq(alive(&stage), 2); /* idle since 10, 10 and 15: one went at 30 */
    stage_run(&stage, 10 * CS_S);
    cr_expect_eq(alive(&stage), 2);
    FINE(&stage, n[0], 10);
    FINE(&stage, n[1], 10);
    FINE(&stage, n[2], 15);
    stage_close(&stage);
}

Test(model_fleet, a_starting_instance_takes_up_to_its_concurrency)
{
    struct stage stage;

    stage_open(&stage, FLEET("cold_start: 30ms, concurrency: 2"));
    uint32_t a = stage_send(&stage, 0.0, "w10");
    uint32_t b = stage_send(&stage, 10.0, "w10"); /* joins */
    uint32_t c = stage_send(&stage, 20.0, "w10"); /* starts another */

    cr_expect_eq(alive(&stage), 2);
    stage_run(&stage, CS_S);
    FINE(&stage, a, 40);
    FINE(&stage, b, 40);
    FINE(&stage, c, 60);
    cr_expect_eq(stage.heard[b].ordinal, 0);
    cr_expect_eq(stage.heard[c].ordinal, 1);
    stage_close(&stage);
}

/* ---- caps and the queue ---- */

Test(model_fleet, at_the_cap_without_a_queue_503)
{
    struct stage stage;

    stage_open(&stage, FLEET("max_instances: 1"));
    uint32_t a = stage_send(&stage, 0.0, "w10");
    uint32_t b = stage_send(&stage, 9.0, "w10");
    uint32_t c = stage_send(&stage, 10.0, "w10"); /* the slot was freed just now */

    stage_run(&stage, CS_S);
    FINE(&stage, a, 10);
    HEARD(&stage, b, 503, CS_REASON_QUEUE_FULL, 9);
    FINE(&stage, c, 20);
    stage_close(&stage);
}

Test(model_fleet, the_queue_is_bounded_and_first_come)
{
    struct stage stage;

    stage_open(&stage, FLEET("max_instances: 1, queue: { limit: 2, timeout: 25ms }"));
    uint32_t a = stage_send(&stage, 0.0, "w20");
    uint32_t b = stage_send(&stage, 1.0, "w20"); /* 20 to 40 */
    uint32_t c = stage_send(&stage, 2.0, "w1");  /* gives up at 27 */
    uint32_t d = stage_send(&stage, 3.0, "w1");  /* full */
    uint32_t e = stage_send(&stage, 28.0, "w1"); /* 40 to 41 */

    stage_run(&stage, CS_S);
    FINE(&stage, a, 20);
    FINE(&stage, b, 40);
    HEARD(&stage, c, 503, CS_REASON_QUEUE_TIMEOUT, 27);
    HEARD(&stage, d, 503, CS_REASON_QUEUE_FULL, 3);
    FINE(&stage, e, 41);
    stage_close(&stage);
}

Test(model_fleet, a_queue_timeout_of_nothing_does_not_wait)
{
    struct stage stage;

    stage_open(&stage, FLEET("max_instances: 1, queue: { limit: 5, timeout: 0s }"));
    stage_send(&stage, 0.0, "w10");
    uint32_t b = stage_send(&stage, 1.0, "w10");

    stage_run(&stage, CS_S);
    HEARD(&stage, b, 503, CS_REASON_QUEUE_TIMEOUT, 1);
    stage_close(&stage);
    stage_open(&stage, FLEET("max_instances: 1, queue: { limit: 0, timeout: 0s }"));
    stage_send(&stage, 0.0, "w10");
    b = stage_send(&stage, 1.0, "w10");
    stage_run(&stage, CS_S);
    HEARD(&stage, b, 503, CS_REASON_QUEUE_FULL, 1); /* there is no queue to wait in */
    stage_close(&stage);
}

/* ---- a region's cap, shared ---- */

#define SHARED(settings_a, settings_b)                                      \
    STAGE_HEAD "regions: { here: { max_instances: 2 } }\n"                  \
               "fleets: { f: { " settings_a " }, g: { " settings_b " } }\n" \
               "functions:\n"                                               \
               "  w1:  { fleet: f, steps: [ { wait: 1ms } ] }\n"            \
               "  w10: { fleet: f, steps: [ { wait: 10ms } ] }\n"           \
               "  w20: { fleet: f, steps: [ { wait: 20ms } ] }\n"           \
               "  v10: { fleet: g, steps: [ { wait: 10ms } ] }\n" TRAFFIC

Test(model_fleet, at_the_regions_cap_the_longest_idle_gives_way)
{
    struct stage stage;

    stage_open(&stage, SHARED("cold_start: 2ms", "cold_start: 5ms"));
    stage_send(&stage, 0.0, "w20");               /* instance 0, idle from 22 on */
    stage_send(&stage, 0.0, "w10");               /* instance 1, idle from 12 on */
    uint32_t c = stage_send(&stage, 30.0, "v10"); /* takes the place of instance 1 */
    uint32_t d = stage_send(&stage, 31.0, "w1");  /* instance 0 is still there */

    cr_expect_eq(stage.model->region[0].instances, 2);
    stage_run(&stage, CS_S);
    FINE(&stage, c, 45);
    FINE(&stage, d, 32);
    cr_expect_eq(stage.heard[d].ordinal, 0);
    stage_close(&stage);
}

Test(model_fleet, a_minimum_does_not_give_way)
{
    struct stage stage;

    stage_open(&stage, SHARED("min_instances: 2", "cold_start: 5ms"));
    uint32_t a = stage_send(&stage, 10.0, "v10");

    stage_run(&stage, CS_S);
    HEARD(&stage, a, 503, CS_REASON_QUEUE_FULL, 10);
    cr_expect_eq(alive(&stage), 2);
    stage_close(&stage);
}

Test(model_fleet, across_fleets_who_waits_longest_comes_first)
{
    struct stage stage;

    stage_open(&stage, SHARED("queue: {}", "cold_start: 5ms, queue: {}"));
    stage_send(&stage, 0.0, "w10");
    stage_send(&stage, 0.0, "w20");
    uint32_t c = stage_send(&stage, 1.0, "v10"); /* at 10 in place of the first: 10 + 5 + 10 */
    uint32_t d = stage_send(&stage, 2.0, "w1");  /* at 20, when the second is free */
    uint32_t e = stage_send(&stage, 3.0, "v10"); /* its own fleet's: at 25 */

    stage_run(&stage, CS_S);
    FINE(&stage, c, 25);
    FINE(&stage, d, 21);
    cr_expect_eq(stage.heard[e].code, 200);
    cr_expect_eq(stage.heard[e].end, 36 * CS_MS); /* at 21 the second is idle: 21 + 5 + 10 */
    cr_expect_eq(stage.model->region[0].instances, 2);
    stage_close(&stage);
}

/* A fleet that is confined to a region is served there, however near another is. */
Test(model_fleet, a_fleet_runs_where_it_may)
{
    struct stage stage;

    stage_open(&stage,
               STAGE_HEAD "zones: { home: { share: 100% } }\n"
                          "regions: { near: { max_instances: 5 }, far: { max_instances: 5 } }\n"
                          "network: { rtt: { home: { near: 4ms, far: 30ms } } }\n"
                          "fleets: { f: { regions: [far] }, g: {} }\n"
                          "functions:\n"
                          "  w1:  { fleet: f, steps: [ { wait: 1ms } ] }\n"
                          "  v10: { fleet: g, steps: [ { wait: 10ms } ] }\n" TRAFFIC);
    uint32_t a = stage_send(&stage, 0.0, "w1"), b = stage_send(&stage, 0.0, "v10");

    stage_run(&stage, CS_S);
    FINE(&stage, a, 31);
    FINE(&stage, b, 14);
    cr_expect_eq(stage.model->region[0].instances, 1);
    cr_expect_eq(stage.model->region[1].instances, 1);
    stage_close(&stage);
}

/*
 * Both of f wait for the region's only place, which g's instance has until 10.  The
 * one that starts then has room for both, and none for who comes while it starts.
 */
Test(model_fleet, nobody_overtakes_the_queue_to_an_instance_that_starts_for_it)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD
               "regions: { here: { max_instances: 1 } }\n"
               "fleets: { f: { concurrency: 2, cold_start: 5ms, queue: {} }, g: {} }\n"
               "functions:\n"
               "  w1:  { fleet: f, steps: [ { wait: 1ms } ] }\n"
               "  v10: { fleet: g, steps: [ { wait: 10ms } ] }\n" TRAFFIC);
    stage_send(&stage, 0.0, "v10");
    uint32_t a = stage_send(&stage, 1.0, "w1"), b = stage_send(&stage, 2.0, "w1");
    uint32_t c = stage_send(&stage, 12.0, "w1");

    stage_run(&stage, CS_S);
    FINE(&stage, a, 16);
    FINE(&stage, b, 16);
    FINE(&stage, c, 17);
    stage_close(&stage);
}

/* ---- clients that give up ---- */

#define PATIENT(ms, settings) \
    STAGE_HEAD "clients: { patience: " ms " }\nfleets: { f: { " settings " } }\n" FUNCTIONS

Test(model_fleet, giving_up_during_a_cold_start_leaves_a_warm_instance)
{
    struct stage stage;

    for (int cancels = 0; cancels < 2; cancels++) {
        stage_open(&stage, cancels ? PATIENT("12ms", "cold_start: 20ms, cancel_abandoned: true")
                                   : PATIENT("12ms", "cold_start: 20ms"));
        uint32_t a = stage_send(&stage, 0.0, "w10");
        uint32_t b = stage_send(&stage, 31.0, "w10"); /* free again at 20, or at 30 */

        stage_run(&stage, CS_S);
        HEARD(&stage, a, 499, CS_REASON_GAVE_UP, 12);
        FINE(&stage, b, 41);
        cr_expect_eq(alive(&stage), 1);
        stage_close(&stage);
    }
}

Test(model_fleet, what_nobody_waits_for_is_served_unless_cancelled)
{
    struct stage stage;

    for (int cancels = 0; cancels < 2; cancels++) {
        stage_open(&stage, cancels ? PATIENT("15ms", "max_instances: 1, queue: {}, "
                                                     "cancel_abandoned: true")
                                   : PATIENT("15ms", "max_instances: 1, queue: {}"));
        stage_send(&stage, 0.0, "w20");              /* gives up at 15, is served to its end */
        uint32_t b = stage_send(&stage, 1.0, "w10"); /* gives up at 16, in the queue */
        uint32_t c = stage_send(&stage, 10.0, "w1");

        stage_run(&stage, CS_S);
        HEARD(&stage, 0, 499, CS_REASON_GAVE_UP, 15);
        HEARD(&stage, b, 499, CS_REASON_GAVE_UP, 16);
        if (cancels)
            FINE(&stage, c, 21); /* at 20, the next */
        else
            HEARD(&stage, c, 499, CS_REASON_GAVE_UP, 25); /* at 30, behind one who is gone */
        stage_close(&stage);
    }
}

/* A place on a starting instance that becomes free goes to who waits longest,
 * not to who comes next. */
Test(model_fleet, nobody_overtakes_the_queue_to_a_starting_instance)
{
    struct stage stage;

    stage_open(&stage, PATIENT("10ms", "max_instances: 1, cold_start: 12ms, queue: {}, "
                                       "cancel_abandoned: true"));
    uint32_t a = stage_send(&stage, 0.0, "w1");
    uint32_t b = stage_send(&stage, 5.0, "w1");
    uint32_t c = stage_send(&stage, 11.0, "w1");

    stage_run(&stage, CS_S);
    HEARD(&stage, a, 499, CS_REASON_GAVE_UP, 10);
    FINE(&stage, b, 13);
    FINE(&stage, c, 14);
    stage_close(&stage);
}
