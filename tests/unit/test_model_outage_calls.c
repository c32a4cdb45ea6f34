/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls under a breaker, through an outage, and their draws. */
#include "call_fixture.h"

/* ---- breakers ---- */

#define BREAKER(more)                                                                    \
    CALLS("  d: { latency: 100ms, max_concurrency: 50, circuit_breaker: { failures: 2, " \
          "open: 1s, probes: 1" more " }\n  e: { latency: 10ms }\n",                     \
          ONE_CALL "  k: { fleet: f, max_duration: 50ms, steps: [ { call: d } ] }\n"     \
                   "  h: { fleet: f, max_duration: 100ms, steps: [ { call: d } ] }\n")

/* It opens with the second failure and answers 503 at once until 1010. */
static void open_breaker(struct stage *stage, const char *text)
{
    stage_open(stage, text);
    cs_dependency_set_down(stage->model, 0, true);
    stage_send(stage, 0.0, "g");
    stage_send(stage, 10.0, "g");
    cs_dependency_set_down(stage->model, 0, false);
}

Test(model_outage_calls, an_open_breaker_answers_at_once)
{
    struct stage stage;

    open_breaker(&stage, BREAKER(" }"));
    stage_send(&stage, 20.0, "g");
    stage_send(&stage, 1009.999999, "g");
    stage_send(&stage, 1010.0, "g"); /* the probe */
    stage_send(&stage, 1050.0, "g"); /* no place for another */
    stage_send(&stage, 1110.0, "g"); /* closed again, by an answer of this instant */
    stage_send(&stage, 1110.0, "g");
    stage_run(&stage, 2 * CS_S);
    HEARD(&stage, 1, 502, CS_REASON_DEPENDENCY_ERROR, 10);
    HEARD(&stage, 2, 503, CS_REASON_BREAKER_OPEN, 20);
    HEARD(&stage, 3, 503, CS_REASON_BREAKER_OPEN, 1009.999999);
    FINE(&stage, 4, 1110);
    HEARD(&stage, 5, 503, CS_REASON_BREAKER_OPEN, 1050);
    FINE(&stage, 6, 1210);
    FINE(&stage, 7, 1210);
    cr_expect_eq(attempts(&stage, "short_circuited"), 3u);
    cr_expect_eq(count_of(stage.model, "breaker_short_circuited_total", "dependency=d"), 3u);
    cr_expect_eq(count_of(stage.model, "breaker_opened_total", "dependency=d"), 1u);
    stage_close(&stage);
}

/* The fallback at once, without the retries. */
Test(model_outage_calls, an_open_breaker_turns_to_the_fallback)
{
    struct stage stage;

    open_breaker(&stage,
                 BREAKER(" }, retries: { max: 1, backoff: { initial: 5ms } }, fallback: e"));
    stage_send(&stage, 100.0, "g");
    stage_run(&stage, CS_S / 2);
    FINE(&stage, 0, 15); /* fails at 0 and at 5, which opens it */
    FINE(&stage, 1, 20); /* open at 10 */
    FINE(&stage, 2, 110);
    stage_close(&stage);
}

/* The first retry opens it, so there is no second: 503 when that one is due. */
Test(model_outage_calls, retries_stop_at_a_breaker_that_opens)
{
    struct stage stage;

    stage_open(&stage,
               BREAKER(" }, retries: { max: 9, backoff: { initial: 5ms, factor: 1 } }"));
    cs_dependency_set_down(stage.model, 0, true);
    stage_send(&stage, 0.0, "g");
    stage_run(&stage, CS_S / 2);
    HEARD(&stage, 0, 503, CS_REASON_BREAKER_OPEN, 10);
    cr_expect_eq(attempts(&stage, "error"), 2u);
    stage_close(&stage);
}

/* A probe that is killed at 1060 lets the next one through; one that ends at the
 * instant of its max_duration has ended first, and closes the breaker. */
Test(model_outage_calls, a_killed_probe_frees_its_place)
{
    struct stage stage;

    open_breaker(&stage, BREAKER(" }"));
    stage_send(&stage, 1010.0, "k");
    stage_send(&stage, 1059.0, "g");
    stage_send(&stage, 1061.0, "h");
    stage_send(&stage, 1161.0, "g");
    stage_run(&stage, 2 * CS_S);
    HEARD(&stage, 2, 504, CS_REASON_MAX_DURATION, 1060);
    HEARD(&stage, 3, 503, CS_REASON_BREAKER_OPEN, 1059);
    FINE(&stage, 4, 1161);
    FINE(&stage, 5, 1261);
    stage_close(&stage);
}

/* One instance's failures are not another's, and go with it; the row of open ones
 * forgets it too. */
Test(model_outage_calls, a_breaker_is_its_instances)
{
    static const char text[] =
        STAGE_HEAD "fleets: { f: { max_instances: 2, idle_timeout: 200ms } }\n"
                   "dependencies: { d: { latency: 100ms, max_concurrency: 50, "
                   "circuit_breaker: { failures: 1, open: 1h } } }\n"
                   "functions:\n  g: { fleet: f, steps: [ { call: d } ] }\n"
                   "  w: { fleet: f, steps: [ { wait: 50ms }, { call: d } ] }\n"
                   "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\n";
    struct stage stage;

    stage_open(&stage, text);
    stage_send(&stage, 0.0, "w"); /* the first instance, up to 150 */
    cs_dependency_set_down(stage.model, 0, true);
    stage_send(&stage, 10.0, "g"); /* the second: its breaker opens */
    stage_run(&stage, 10 * CS_MS);
    cs_dependency_set_down(stage.model, 0, false);
    stage_send(&stage, 20.0, "g");
    stage_run(&stage, 100 * CS_MS);
    const struct cs_level *open = metric_of(stage.model, "breaker_open", NULL)->level;

    HEARD(&stage, 2, 503, CS_REASON_BREAKER_OPEN, 20);
    cr_expect_eq(open->value, 1);
    stage_send(&stage, 400.0, "g"); /* both are gone: as new */
    cr_expect_eq(open->value, 0);
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 150);
    FINE(&stage, 3, 500);
    stage_close(&stage);
}

/* ---- outages ---- */

/* What is under way fails at that instant, even what would have been answered then;
 * the retry finds it up again. */
Test(model_outage_calls, an_outage_fails_what_is_under_way)
{
    struct stage stage;

    stage_open(
        &stage,
        CALLS("  d: { latency: 100ms, retries: { max: 1, backoff: { initial: "
              "30ms } } }\n",
              ONE_CALL) "events: [ { at: 100ms, for: 20ms, outage: { dependency: d } } ]\n");
    stage_send(&stage, 0.0, "g");
    stage_send(&stage, 10.0, "g");
    stage_send(&stage, 90.0, "g");
    stage_send(&stage, 110.0, "g");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 230);
    FINE(&stage, 1, 230);
    FINE(&stage, 2, 230);
    FINE(&stage, 3, 240);
    cr_expect_eq(attempts(&stage, "error"), 4u);
    cr_expect_eq(stage.model->dependency[0].calls.busy, 0);
    stage_close(&stage);
}

/* Two that overlap: up again with the end of the last.  Slow ones multiply. */
Test(model_outage_calls, incidents_add_up)
{
    struct stage stage;

    stage_open(
        &stage,
        CALLS("  d: { latency: 10ms }\n",
              ONE_CALL) "events:\n  - { at: 100ms, for: 100ms, outage: { dependency: d } }\n"
                        "  - { at: 150ms, for: 100ms, outage: { dependency: d } }\n"
                        "  - { at: 300ms, for: 200ms, slow: { calls: 2 } }\n"
                        "  - { at: 400ms, for: 200ms, slow: { calls: 3, dependency: d } }\n");
    static const double at[] = {99, 199, 220, 249, 250, 299, 350, 450, 550, 650};
    static const double end[] = {100, 199, 220, 249, 260, 309, 370, 510, 580, 660};

    for (uint32_t i = 0; i < 10; i++)
        stage_send(&stage, at[i], "g");
    stage_run(&stage, CS_S);
    for (uint32_t i = 0; i < 10; i++)
        if (i < 4)
            HEARD(&stage, i, 502, CS_REASON_DEPENDENCY_ERROR, end[i]);
        else
            FINE(&stage, i, end[i]);
    stage_close(&stage);
}

/* ---- draws ---- */

/* Attempts draw anew, and delays with jitter lie anywhere below the backoff: of 400
 * calls with one retry of 50 %, a quarter fails (|z| < 4.5: 57 to 143), where attempts
 * alike would fail half.  The mean delay is 50 ms +- 4.5 x 29 / sqrt(200). */
Test(model_outage_calls, attempts_draw_anew)
{
    struct stage stage;
    double sum = 0.0;
    uint32_t failed = 0, again = 0;

    stage_open(&stage, CALLS("  d: { latency: 10ms, error_rate: 50%, retries: { max: 1, "
                             "backoff: { initial: 100ms, jitter: full } } }\n",
                             ONE_CALL));
    for (uint32_t i = 0; i < 400; i++)
        stage_send(&stage, 1000.0 * i, "g");
    stage_run(&stage, CS_HOUR / 2);
    for (uint32_t i = 0; i < 400; i++) {
        double ms = (double)(stage.heard[i].end - (cs_time)i * CS_S) / (double)CS_MS;

        failed += stage.heard[i].code == 502;
        if (ms > 10.0) {
            cr_assert(ms >= 20.0 && ms <= 120.0);
            sum += ms - 20.0;
            again++;
        }
    }
    cr_expect(failed > 57 && failed < 143, "%u failed", failed);
    cr_expect(again > 150 && again < 250, "%u tried again", again);
    cr_expect_float_eq(sum / again, 50.0, 9.2);
    stage_close(&stage);
}
