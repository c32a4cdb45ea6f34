/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls of dependencies by hand-made traces: retries, timeouts, caps, rates,
 * fallbacks, streams. */
#include "call_fixture.h"

#define STREAM "  g: { fleet: f, steps: [ { call: d, stream: true } ] }\n"

/* One request at 0 of a scenario: how it ends, and after how many attempts. */
static void expect_one(const char *text, int code, enum cs_reason reason, double ms,
                       uint64_t made)
{
    struct stage stage;

    stage_open(&stage, text);
    stage_send(&stage, 0.0, "g");
    stage_run(&stage, CS_HOUR / 2);
    HEARD(&stage, 0, code, reason, ms);
    cr_expect_eq(count_of(stage.model, "dependency_attempts_total", NULL), made, "%d attempts",
                 (int)count_of(stage.model, "dependency_attempts_total", NULL));
    cr_expect_eq(stage.model->dependency[0].calls.busy, 0);
    cr_expect_eq(stage.model->dependency[0].first, CS_NOBODY);
    stage_close(&stage);
}

/* ---- retries and the timeout ---- */

/* Errors at 100, 250 and 450: 100 ms each, after 50 and 100. */
Test(model_calls, an_error_is_tried_again_after_the_backoff)
{
    expect_one(CALLS("  d: { latency: 100ms, error_rate: 100%, retries: { max: 2, backoff: "
                     "{ initial: 50ms, factor: 2 } } }\n",
                     ONE_CALL),
               502, CS_REASON_DEPENDENCY_ERROR, 450, 3);
}

Test(model_calls, no_retries_are_no_retries)
{
    expect_one(CALLS("  d: { latency: 100ms, error_rate: 100%, retries: { max: 0, backoff: "
                     "{ initial: 50ms } } }\n",
                     ONE_CALL),
               502, CS_REASON_DEPENDENCY_ERROR, 100, 1);
    expect_one(CALLS("  d: { latency: 100ms, error_rate: 100% }\n", ONE_CALL), 502,
               CS_REASON_DEPENDENCY_ERROR, 100, 1);
}

/* The second attempt runs from 150; the whole call is over at 200. */
Test(model_calls, the_timeout_is_of_all_attempts)
{
    expect_one(CALLS("  d: { latency: 100ms, error_rate: 100%, timeout: 200ms, retries: "
                     "{ max: 5, backoff: { initial: 50ms } } }\n",
                     ONE_CALL),
               504, CS_REASON_DEPENDENCY_TIMEOUT, 200, 2);
}

/* The retry would be made at 150: never with a timeout of 149, for nothing at 150. */
Test(model_calls, a_delay_beyond_the_timeout_ends_with_it)
{
    expect_one(CALLS("  d: { latency: 100ms, error_rate: 100%, timeout: 149ms, retries: "
                     "{ max: 5, backoff: { initial: 50ms } } }\n",
                     ONE_CALL),
               504, CS_REASON_DEPENDENCY_TIMEOUT, 149, 1);
    expect_one(CALLS("  d: { latency: 100ms, error_rate: 100%, timeout: 150ms, retries: "
                     "{ max: 5, backoff: { initial: 50ms } } }\n",
                     ONE_CALL),
               504, CS_REASON_DEPENDENCY_TIMEOUT, 150, 2);
}

/* An answer or an error at the very instant of the timeout is in time. */
Test(model_calls, an_answer_beats_the_timeout_of_its_instant)
{
    expect_one(CALLS("  d: { latency: 100ms, timeout: 100ms }\n", ONE_CALL), 200, CS_REASON_OK,
               100, 1);
    expect_one(CALLS("  d: { latency: 100ms, error_rate: 100%, timeout: 100ms }\n", ONE_CALL),
               502, CS_REASON_DEPENDENCY_ERROR, 100, 1);
    expect_one(CALLS("  d: { latency: 100ms, timeout: 99ms }\n", ONE_CALL), 504,
               CS_REASON_DEPENDENCY_TIMEOUT, 99, 1);
}

/* The place is given back between attempts: the second call has it from 30 to 80. */
Test(model_calls, a_full_dependency_is_tried_again)
{
    struct stage stage;

    stage_open(&stage, CALLS("  d: { latency: 50ms, max_concurrency: 1, retries: { max: 1, "
                             "backoff: { initial: 50ms } } }\n",
                             ONE_CALL));
    stage_send(&stage, 0.0, "g");  /* 0 to 50 */
    stage_send(&stage, 10.0, "g"); /* refused, then 60 to 110 */
    stage_send(&stage, 20.0, "g"); /* refused, and again at 70 */
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 50);
    FINE(&stage, 1, 110);
    HEARD(&stage, 2, 502, CS_REASON_DEPENDENCY_FULL, 70);
    cr_expect_eq(attempts(&stage, "refused"), 3u);
    cr_expect_eq(attempts(&stage, "ok"), 2u);
    stage_close(&stage);
}

/* 2/s: two at once; the third waits for a token until 500, the fourth in vain. */
Test(model_calls, a_limited_call_is_tried_again)
{
    struct stage stage;

    stage_open(&stage, CALLS("  d: { latency: 0s, rate_limit: 2/s, retries: { max: 1, "
                             "backoff: { initial: 500ms } } }\n",
                             ONE_CALL));
    for (int i = 0; i < 4; i++)
        stage_send(&stage, 0.0, "g");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 0);
    FINE(&stage, 1, 0);
    FINE(&stage, 2, 500);
    HEARD(&stage, 3, 502, CS_REASON_DEPENDENCY_LIMITED, 500);
    cr_expect_eq(attempts(&stage, "limited"), 3u);
    stage_close(&stage);
}

/* What is refused for want of a place uses no token: the second is there at 100. */
Test(model_calls, a_refusal_costs_no_token)
{
    struct stage stage;

    stage_open(&stage, CALLS("  d: { latency: 100ms, max_concurrency: 1, rate_limit: 2/s }\n",
                             ONE_CALL));
    stage_send(&stage, 0.0, "g");
    stage_send(&stage, 50.0, "g");
    stage_send(&stage, 100.0, "g");
    stage_send(&stage, 250.0, "g");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 100);
    HEARD(&stage, 1, 502, CS_REASON_DEPENDENCY_FULL, 50);
    FINE(&stage, 2, 200);
    HEARD(&stage, 3, 502, CS_REASON_DEPENDENCY_LIMITED, 250);
    stage_close(&stage);
}

/* ---- streams ---- */

/* The first attempt fails at once, as it is down; the second has its first byte at
 * 50 + 100, which is when the client has it, and its last at 350. */
Test(model_calls, the_first_byte_is_of_the_attempt_that_succeeds)
{
    struct stage stage;

    stage_open(&stage, CALLS("  d: { first_byte: 100ms, tokens: 20, tokens_per_second: 100, "
                             "retries: { max: 1, backoff: { initial: 50ms } } }\n",
                             STREAM));
    cs_dependency_set_down(stage.model, 0, true);
    stage_send(&stage, 0.0, "g");
    cs_dependency_set_down(stage.model, 0, false);
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 350);
    const struct cs_hist *first = metric_of(stage.model, "first_byte_seconds", NULL)->hist;

    cr_expect_float_eq(cs_hist_mean(first), 150e6, 2e6);
    cr_expect_eq(attempts(&stage, "error"), 1u);
    stage_close(&stage);
}

/* Cut off after the client has had a byte of it: neither a retry nor the fallback. */
Test(model_calls, nothing_is_tried_again_after_a_streamed_byte)
{
    expect_one(CALLS("  d: { first_byte: 100ms, tokens: 20, tokens_per_second: 100, timeout: "
                     "250ms, retries: { max: 3 }, fallback: e }\n  e: { latency: 1ms }\n",
                     STREAM),
               504, CS_REASON_DEPENDENCY_TIMEOUT, 250, 1);
    /* No byte before the timeout: the fallback answers. */
    expect_one(CALLS("  d: { first_byte: 100ms, tokens: 20, tokens_per_second: 100, timeout: "
                     "99ms, fallback: e }\n  e: { latency: 1ms }\n",
                     STREAM),
               200, CS_REASON_OK, 100, 2);
    /* Not streamed, the client has had nothing: likewise. */
    expect_one(CALLS("  d: { first_byte: 100ms, tokens: 20, tokens_per_second: 100, timeout: "
                     "250ms, fallback: e }\n  e: { latency: 1ms }\n",
                     ONE_CALL),
               200, CS_REASON_OK, 251, 2);
}

/* ---- fallbacks ---- */

/* d: 0 to 100 and 110 to 210.  e: times out at 260, with its own timeout.  h: 20. */
Test(model_calls, fallbacks_follow_each_other)
{
    expect_one(CALLS("  d: { latency: 100ms, error_rate: 100%, timeout: 1s, retries: { max: 1, "
                     "backoff: { initial: 10ms } }, fallback: e }\n"
                     "  e: { latency: 1s, timeout: 50ms, fallback: h }\n"
                     "  h: { latency: 20ms }\n",
                     ONE_CALL),
               200, CS_REASON_OK, 280, 4);
    /* Retries of its own: 2 x 100, then 2 x 30. */
    expect_one(CALLS("  d: { latency: 100ms, error_rate: 100%, retries: { max: 1 }, fallback: "
                     "e }\n  e: { latency: 30ms, error_rate: 100%, retries: { max: 1 } }\n",
                     ONE_CALL),
               502, CS_REASON_DEPENDENCY_ERROR, 260, 4);
}

/* The duration is of the dependency that answered, from when it was turned to. */
Test(model_calls, times_are_of_the_dependency_that_answered)
{
    struct stage stage;

    stage_open(&stage, CALLS("  d: { latency: 100ms, error_rate: 100%, fallback: e }\n"
                             "  e: { latency: 40ms }\n",
                             ONE_CALL));
    stage_send(&stage, 0.0, "g");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 140);
    cr_expect_float_eq(
        cs_hist_mean(
            metric_of(stage.model, "dependency_duration_seconds", "dependency=e")->hist),
        40e6, 1e6);
    cr_expect_eq(count_of(stage.model, "dependency_fallbacks_total", "dependency=d"), 1u);
    cr_expect_eq(count_of(stage.model, "dependency_fallbacks_total", "dependency=e"), 0u);
    stage_close(&stage);
}
