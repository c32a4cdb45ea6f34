/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens of instance starts: exact instants. */
#include <math.h>

#include "model_fixture.h"

#define TRAFFIC "traffic: { t: { rate: 1/h, mix: { w1: 100% } } }\n"
#define FUNCTIONS                                      \
    "functions:\n"                                     \
    "  w1:  { fleet: f, steps: [ { wait: 1ms } ] }\n"  \
    "  w40: { fleet: f, steps: [ { wait: 40ms } ] }\n" \
    "  own: { fleet: f, steps: [ { respond: true }, { wait: 20h } ] }\n" TRAFFIC
#define FLEET(settings) STAGE_HEAD "fleets: { f: { " settings " } }\n" FUNCTIONS

/* Two tokens at 0, the next at 10 and 20: the third comes at 1 and waits to 10, the
 * fourth to 20, where it beats the end of its 18 ms; the fifth waits in vain. */
Test(model_start_burst, who_finds_no_token_waits_for_the_next)
{
    struct stage stage;

    stage_open(&stage, FLEET("cold_start: 5ms, queue: { limit: 3, timeout: 18ms }, "
                             "start_burst: { rate: 100/s, burst: 2 }"));
    uint32_t a = stage_send(&stage, 0.0, "w40"), b = stage_send(&stage, 0.0, "w40");
    uint32_t c = stage_send(&stage, 1.0, "w40"), d = stage_send(&stage, 2.0, "w40");
    uint32_t e = stage_send(&stage, 3.0, "w40"), f = stage_send(&stage, 4.0, "w40");

    stage_run(&stage, CS_S);
    FINE(&stage, a, 45);
    FINE(&stage, b, 45);
    FINE(&stage, c, 55);
    FINE(&stage, d, 65);
    HEARD(&stage, e, 503, CS_REASON_QUEUE_TIMEOUT, 21);
    HEARD(&stage, f, 503, CS_REASON_QUEUE_FULL, 4);
    stage_close(&stage);
}

Test(model_start_burst, without_a_queue_503)
{
    struct stage stage;

    stage_open(&stage, FLEET("start_burst: { rate: 100/s, burst: 1 }"));
    uint32_t a = stage_send(&stage, 0.0, "w40"), b = stage_send(&stage, 9.0, "w40");
    uint32_t c = stage_send(&stage, 10.0, "w40"); /* comes with the token */

    stage_run(&stage, CS_S);
    FINE(&stage, a, 40);
    HEARD(&stage, b, 503, CS_REASON_QUEUE_FULL, 9);
    FINE(&stage, c, 50);
    stage_close(&stage);
}

/* The first ends at 40 and its instance serves the one that waits for a token of 100. */
Test(model_start_burst, who_waits_takes_a_slot_that_is_freed_first)
{
    struct stage stage;

    stage_open(&stage, FLEET("queue: {}, start_burst: { rate: 10/s, burst: 1 }"));
    uint32_t a = stage_send(&stage, 0.0, "w40"), b = stage_send(&stage, 5.0, "w1");
    uint32_t c = stage_send(&stage, 50.0, "w40"), d = stage_send(&stage, 60.0, "w40");

    stage_run(&stage, CS_S);
    FINE(&stage, a, 40);
    FINE(&stage, b, 41);
    FINE(&stage, c, 90);  /* warm */
    FINE(&stage, d, 130); /* at 90, the slot; the token of 100 is still there */
    cr_expect_eq(stage.model->cell[0].alive, 1);
    stage_close(&stage);
}

Test(model_start_burst, the_minimum_takes_no_token_and_a_cap_still_holds)
{
    struct stage stage;

    stage_open(&stage, FLEET("min_instances: 3, max_instances: 5, cold_start: 5ms, "
                             "queue: {}, start_burst: { rate: 1/min, burst: 3 }"));
    uint32_t n[7];

    for (int i = 0; i < 7; i++)
        n[i] = stage_send(&stage, 0.0, "w40");
    stage_run(&stage, CS_S);
    FINE(&stage, n[2], 40);
    FINE(&stage, n[3], 45);
    FINE(&stage, n[4], 45);
    FINE(&stage, n[5], 80); /* five are all, though there is one more token */
    FINE(&stage, n[6], 80);
    stage_close(&stage);
}

/* With concurrency 2 the one token of 10 ms starts an instance for both that wait,
 * before one who comes while it starts. */
Test(model_start_burst, a_start_takes_those_who_wait_up_to_its_concurrency)
{
    struct stage stage;

    stage_open(&stage, FLEET("concurrency: 2, cold_start: 5ms, queue: {}, "
                             "start_burst: { rate: 100/s, burst: 1 }"));
    stage_send(&stage, 0.0, "w40");
    stage_send(&stage, 0.0, "w40");
    uint32_t c = stage_send(&stage, 1.0, "w40"), d = stage_send(&stage, 2.0, "w40");
    uint32_t e = stage_send(&stage, 12.0, "w40");

    stage_run(&stage, CS_S);
    FINE(&stage, c, 55);
    FINE(&stage, d, 55);
    FINE(&stage, e, 65); /* the token of 20 */
    stage_close(&stage);
}

/* At the region's cap an idle instance of another fleet gives way when there is a
 * token, not before. */
Test(model_start_burst, nobody_gives_way_to_one_without_a_token)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD
               "regions: { here: { max_instances: 2 } }\n"
               "fleets: { f: { queue: {}, start_burst: { rate: 100/s, burst: 1 } }, g: {} }\n"
               "functions:\n"
               "  w1:  { fleet: f, steps: [ { wait: 1ms } ] }\n"
               "  w40: { fleet: f, steps: [ { wait: 40ms } ] }\n"
               "  v1:  { fleet: g, steps: [ { wait: 1ms } ] }\n" TRAFFIC);
    stage_send(&stage, 0.0, "v1");
    stage_send(&stage, 0.0, "w40");
    uint32_t c = stage_send(&stage, 5.0, "w1");
    uint32_t d = stage_send(&stage, 6.0, "v1");

    stage_run(&stage, 9 * CS_MS);
    cr_expect_eq(stage.model->cell[1].alive, 1);
    stage_run(&stage, CS_S);
    FINE(&stage, c, 11);
    FINE(&stage, d, 7);
    cr_expect_eq(stage.model->cell[1].alive, 0);
    stage_close(&stage);
}

/* Of the second token 0.4 has come in at 40, at 10/s, and the rest takes 12 ms at 50/s. */
Test(model_start_burst, the_rate_may_change_in_flight)
{
    struct stage stage;

    stage_open(
        &stage, STAGE_HEAD
        "fleets: { f: { queue: {}, start_burst: { rate: 10/s, burst: 1 } } }\n"
        "events: [ { at: 40ms, set: { fleets.f.start_burst.rate: 50/s } } ]\n" FUNCTIONS);
    stage_send(&stage, 0.0, "own");
    uint32_t b = stage_send(&stage, 1.0, "own"), c = stage_send(&stage, 2.0, "own");

    stage_run(&stage, CS_S);
    FINE(&stage, b, 52);
    FINE(&stage, c, 72);
    stage_close(&stage);
}

/*
 * Against the virtual scheduling of the same bucket, in exact fractions: start i is
 * at the least whole ns that is not before its arrival, the start before it, and
 * TAT - (burst - 1) T, with T = 1 / rate.
 */
static void expect_starts(const char *rate, int64_t den, int64_t num, uint32_t burst,
                          cs_time spread, uint64_t seed)
{
    enum { N = 200 };
    char text[512];
    struct stage stage;
    cs_time at[N], start = 0;
    __int128 tat = 0; /* times num */

    snprintf(text, sizeof text,
             STAGE_HEAD
             "fleets: { f: { queue: {}, start_burst: { rate: %s, burst: %u } } }\n%s",
             rate, (unsigned)burst, FUNCTIONS);
    stage_open(&stage, text);
    at[0] = 0;
    for (int i = 1; i < N; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        at[i] = at[i - 1] + (cs_time)(seed >> 33) % spread;
    }
    for (int i = 0; i < N; i++)
        stage_send_by(&stage, at[i], "own", CS_ANONYMOUS);
    stage_run(&stage, 10 * CS_HOUR);
    for (int i = 0; i < N; i++) {
        __int128 allowed = tat - (__int128)(burst - 1) * den;
        cs_time least = allowed <= 0 ? 0 : (cs_time)((allowed + num - 1) / num);

        start = start > at[i] ? start : at[i];
        start = start > least ? start : least;
        tat = (tat > (__int128)start * num ? tat : (__int128)start * num) + den;
        cr_assert(stage.heard[i].times == 1 && stage.heard[i].end == start,
                  "%s, burst %u: start %d at %lld, not %lld", rate, (unsigned)burst, i,
                  (long long)stage.heard[i].end, (long long)start);
    }
    stage_close(&stage);
}

/* T = den / num ns. */
Test(model_start_burst, random_traces_agree_with_virtual_scheduling)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        expect_starts("100/s", 10 * CS_MS, 1, 1, 20 * CS_MS, seed);
        expect_starts("100/s", 10 * CS_MS, 1, 7, 19 * CS_MS, seed);
        expect_starts("7/s", CS_S, 7, 3, 280 * CS_MS, seed);
        expect_starts("1.1/s", 10 * CS_S, 11, 4, 1900 * CS_MS, seed);
        expect_starts("100/min", 600 * CS_MS, 1, 20, 900 * CS_MS, seed);
        expect_starts("0.7/min", 600 * CS_S, 7, 150, 3 * CS_S, seed);
    }
}

/*
 * Every request needs a start of its own and does not wait for one: the share refused
 * is the blocking of M/D/1/b (lambda = 0.9 of the rate, b = 5: 0.064362, confirmed by
 * an independent simulation).  Would catch a bucket that starts a token short, or loses
 * the remainder: each is worth some ten standard errors.
 */
Test(model_start_burst, the_share_refused_is_that_of_a_queue_with_constant_service)
{
    struct cs_scenario *scenario = load_or_fail(
        "capsim: 1\nname: test\nhorizon: { duration: 10m, lead_in: 1m }\nreplications: 20\n"
        "seed: 11\nfleets: { f: { idle_timeout: 0s, "
        "start_burst: { rate: 100/s, burst: 5 } } }\n"
        "functions: { r: { fleet: f, steps: [ { wait: 1ms } ] } }\n"
        "traffic: { t: { rate: 90/s, mix: { r: 100% } } }\n");
    double sum = 0.0, squares = 0.0;

    for (uint32_t r = 0; r < 20; r++) {
        struct cs_model *model = cs_model_new(scenario, r);

        cs_model_run(model);
        double share = (double)count_of(model, "requests_total", "code=503") /
                       (double)count_of(model, "requests_total", NULL);

        sum += share;
        squares += share * share;
        cs_model_free(model);
    }
    double mean = sum / 20, error = sqrt((squares / 20 - mean * mean) / 19);
    double z = (mean - 0.064362) / error;

    cr_expect(fabs(z) < 4.5, "%g +- %g, z = %g", mean, error, z);
    cr_expect_lt(error, 0.0005);
    cs_scenario_free(scenario);
}
