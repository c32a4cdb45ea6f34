/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each algorithm promises, on hand-made traces; and what a 429 tells. */
#include "model_fixture.h"

#define ONE_LIMIT(limit, steps)                                                    \
    STAGE_HEAD                                                                     \
    "tiers: { free: { users: 5 }, paid: { users: 5 } }\n"                          \
    "rate_limits: { user: { " limit " }, other: { scope: global, limits: { free: " \
    "{ per_minute: 2 } } } }\n"                                                    \
    "fleets: { f: { max_instances: 4, concurrency: 3, reuse: round_robin, "        \
    "idle_timeout: 900ms, queue: {} } }\n"                                         \
    "databases: { db: { pool: { max: 5 }, queries: { read: 7ms } } }\n"            \
    "functions: { r: { fleet: f, steps: [ " steps " ] } }\n"                       \
    "traffic: { t: { rate: 1/h, mix: { r: 100% }, tiers: { free: 50%, paid: 50% } } }\n"
#define LIMITED(limit) ONE_LIMIT(limit, "{ limit: user }, { wait: 40ms }")

/* Ask as user 1, of tier free, on instance `on`; accepted? */
static bool ask_on(struct stage *stage, uint32_t on, cs_time now, cs_time *told)
{
    struct cs_request request = {
        .user = 1, .instance = on, .retry_after = CS_NEVER, .is_measured = true};

    stage->model->engine.now = now;
    bool accepted = cs_limiter_admit(stage->model, 0, &request);

    if (told != NULL)
        *told = request.retry_after;
    return accepted;
}

static bool ask(struct stage *stage, cs_time now)
{
    return ask_on(stage, 0, now, NULL);
}

static uint32_t burst(struct stage *stage, cs_time now, uint32_t n)
{
    uint32_t accepted = 0;

    for (uint32_t i = 0; i < n; i++)
        accepted += ask(stage, now);
    return accepted;
}

static double reach_of(const struct stage *stage, const char *label)
{
    const struct cs_metric *metric = metric_of(stage->model, "effective_limit_ratio", label);

    return cs_metric_value(cs_model_registry(stage->model), metric, CS_STAT_MAX);
}

/* ---- fixed windows ---- */

/* L at the end of one window and L at the start of the next: 2 L in 0.1 s, and not one
 * more.  A log lets L through. */
Test(model_limiter_rules, a_burst_over_the_boundary)
{
    struct stage stage;

    stage_open(&stage, LIMITED("algorithm: fixed_window, scope: global, limits: { free: "
                               "{ per_minute: 10 } }"));
    cr_expect(ask(&stage, 0));
    cr_expect_eq(burst(&stage, 2 * CS_MIN - CS_S / 10, 15), 10);
    cr_expect_eq(burst(&stage, 2 * CS_MIN - 1, 1), 0);
    cr_expect_eq(burst(&stage, 2 * CS_MIN, 15), 10);
    cr_expect_eq(burst(&stage, 3 * CS_MIN - 1, 15), 0);
    cr_expect_eq(reach_of(&stage, NULL), 1.0, "never more than the limit in a window");
    stage_close(&stage);
    stage_open(&stage, LIMITED("scope: global, limits: { free: { per_minute: 10 } }"));
    cr_expect_eq(burst(&stage, 2 * CS_MIN - CS_S / 10, 15), 10);
    cr_expect_eq(burst(&stage, 2 * CS_MIN, 15), 0);
    stage_close(&stage);
}

/* From the first request; again from the next after a window of silence. */
Test(model_limiter_rules, windows_follow_one_another_until_one_is_silent)
{
    struct stage stage;

    stage_open(&stage, LIMITED("algorithm: fixed_window, scope: global, limits: { free: "
                               "{ per_second: 1 } }"));
    cr_expect(ask(&stage, 5 * CS_S + 3));
    cr_expect(!ask(&stage, 6 * CS_S + 2));
    cr_expect(ask(&stage, 7 * CS_S + 2), "the last instant of the next window");
    cr_expect(ask(&stage, 7 * CS_S + 3), "the first of the one after");
    cr_expect(ask(&stage, 9 * CS_S + 3), "one was silent: from here on");
    cr_expect(!ask(&stage, 10 * CS_S + 2));
    cr_expect(ask(&stage, 10 * CS_S + 3));
    stage_close(&stage);
}

/* Others come and the idle are dropped, but not one whose windows still follow. */
Test(model_limiter_rules, a_window_is_kept_while_another_may_follow)
{
    struct stage stage;
    struct cs_request other = {.user = 2};

    stage_open(&stage, LIMITED("algorithm: fixed_window, scope: global, limits: { free: "
                               "{ per_second: 1 } }"));
    cr_expect(ask(&stage, 0));
    stage.model->engine.now = 2 * CS_S - 2;
    cr_expect(cs_limiter_admit(stage.model, 0, &other));
    cr_expect(ask(&stage, 2 * CS_S - 1));
    cr_expect(ask(&stage, 2 * CS_S), "the third window, not the second of a new user");
    stage_close(&stage);
}

/* What is refused by the second counts in the minute: 2 + 8 use up the 10. */
Test(model_limiter_rules, windows_count_what_they_refuse)
{
    struct stage stage;

    stage_open(&stage, LIMITED("algorithm: fixed_window, scope: global, limits: { free: "
                               "{ per_second: 2, per_minute: 10 } }"));
    cr_expect_eq(burst(&stage, 0, 9), 2);
    cr_expect_eq(burst(&stage, CS_S, 9), 1);
    cr_expect_eq(burst(&stage, 30 * CS_S, 9), 0);
    cr_expect_eq(burst(&stage, CS_MIN, 9), 2);
    stage_close(&stage);
}

/* ---- token buckets ---- */

/* The rate that was written, as a fraction: units gained a ns, over those of a request. */
static void expect_bucket(const char *text, uint64_t gain, uint64_t cost)
{
    struct cs_scenario *scenario = load_or_fail(text);
    const struct cs_token_bucket *bucket = &scenario->limiter[0].tier[0].bucket;

    cr_expect(bucket->gain == gain && bucket->cost == cost && bucket->size == 20 * cost,
              "%llu / %llu", (unsigned long long)bucket->gain,
              (unsigned long long)bucket->cost);
    cs_scenario_free(scenario);
}

#define BUCKET(rate) \
    LIMITED("algorithm: token_bucket, limits: { free: { rate: " rate ", burst: 20 } }")

Test(model_limiter_rules, rates_are_kept_exactly)
{
    expect_bucket(BUCKET("100/min"), 1, 600000000);
    expect_bucket(BUCKET("7/min"), 7, 60000000000);
    expect_bucket(BUCKET("1.7/s"), 17, 10000000000);
    expect_bucket(BUCKET("0.123456/h"), 643, 18750000000000000);
    expect_bucket(BUCKET("1/d"), 1, 86400000000000);
    expect_bucket(BUCKET("3000000/s"), 3, 1000);
}

/* 7 a minute, asked every ms for ten minutes: 3 at first, then one each 60/7 s.  A
 * remainder that is cut at each question would let hardly any through. */
Test(model_limiter_rules, the_remainder_is_carried)
{
    struct stage stage;
    uint32_t accepted = 0;

    stage_open(&stage, LIMITED("algorithm: token_bucket, scope: global, limits: { free: "
                               "{ rate: 7/min, burst: 3 } }"));
    cr_expect_eq(burst(&stage, 0, 9), 3, "it starts full");
    for (cs_time now = CS_MS; now <= 10 * CS_MIN; now += CS_MS) {
        accepted += ask(&stage, now);
        if (accepted != (uint64_t)now * 7 / (uint64_t)CS_MIN)
            cr_assert_fail("%u by %g s", accepted, cs_time_s(now));
    }
    cr_expect_eq(accepted, 70);
    cr_expect_eq(burst(&stage, 12 * CS_MIN, 9), 3, "and is full again, not more");
    stage_close(&stage);
}

/* ---- what the client is told ---- */

static void expect_told(const char *text, cs_time before, cs_time told)
{
    struct stage stage;
    cs_time heard;

    stage_open(&stage, text);
    cr_expect(ask_on(&stage, 0, 0, &heard));
    cr_expect_eq(heard, CS_NEVER, "an answer without a refusal tells nothing");
    cr_expect(ask(&stage, CS_S / 4));
    cr_expect(!ask_on(&stage, 0, CS_S / 2, &heard));
    cr_expect_eq(heard, told, "told %lld", (long long)heard);
    if (before > 0) {
        cr_expect(!ask(&stage, CS_S / 2 + before - 1));
        cr_expect(ask(&stage, CS_S / 2 + before), "it was not promised too much");
    }
    stage_close(&stage);
}

#define TWO "limits: { free: { per_second: 2 } }"

/* At 0 and 250 ms two pass, at 500 ms one is refused. */
Test(model_limiter_rules, what_a_429_tells)
{
    expect_told(LIMITED("scope: global, " TWO), CS_S / 2, CS_NEVER);
    expect_told(LIMITED("scope: global, retry_after: 0s, " TWO), 0, 0);
    expect_told(LIMITED("scope: global, retry_after: 7s, " TWO), 0, 7 * CS_S);
    expect_told(LIMITED("scope: global, retry_after: window, " TWO), CS_S / 2, CS_S / 2);
    expect_told(LIMITED("scope: global, algorithm: fixed_window, retry_after: window, " TWO),
                CS_S / 2, CS_S / 2);
    /* One of 2 and a half is left at 250 ms: 2 - 0.15 tokens are missing at 500 ms. */
    expect_told(LIMITED("scope: global, algorithm: token_bucket, retry_after: window, "
                        "limits: { free: { rate: 36/min, burst: 2 } }"),
                1166666667, 1166666667);
    /* The minute waits longer than the second. */
    expect_told(LIMITED("scope: global, retry_after: window, limits: { free: { per_second: 2, "
                        "per_minute: 2 } }"),
                119 * CS_S / 2, 119 * CS_S / 2);
}

/* ---- where it stands, and what it belongs to ---- */

/* An instance that was idle for 900 ms is gone, and what it knew. */
Test(model_limiter_rules, the_state_goes_with_its_instance)
{
    struct stage stage;

    stage_open(&stage, LIMITED("limits: { free: { per_hour: 1 } }"));
    stage_send_by(&stage, 0, "r", 1);
    stage_send_by(&stage, CS_S / 2, "r", 1);
    stage_send_by(&stage, 10 * CS_S, "r", 1);
    stage_run(&stage, CS_MIN);
    FINE(&stage, 0, 40);
    HEARD(&stage, 1, 429, CS_REASON_RATE_LIMITED, 500);
    FINE(&stage, 2, 10040);
    stage_close(&stage);
}

/* After a query, and twice: a request counts at each, and what it holds goes back. */
Test(model_limiter_rules, a_limiter_acts_where_it_stands)
{
    struct stage stage;

    stage_open(&stage,
               ONE_LIMIT("scope: global, limits: { free: { per_minute: 5 } }",
                         "{ query: read }, { limit: user }, { wait: 10ms }, { limit: other }, "
                         "{ query: read }, { limit: user }"));
    for (int i = 0; i < 4; i++)
        stage_send_by(&stage, i * CS_S, "r", 1);
    stage_run(&stage, 30 * CS_S);
    FINE(&stage, 0, 24);
    FINE(&stage, 1, 1024);
    HEARD(&stage, 2, 429, CS_REASON_RATE_LIMITED, 2017); /* the other's third */
    HEARD(&stage, 3, 429, CS_REASON_RATE_LIMITED, 3007); /* its sixth */
    stage_close(&stage);
}

/* ---- the limit reached ---- */

/* Each of three instances lets two through: three times the limit. */
Test(model_limiter_rules, the_leak_of_limits_in_memory)
{
    static const char *const text[] = {
        LIMITED("limits: { free: { per_minute: 2, per_hour: 100 } }"),
        LIMITED("algorithm: fixed_window, limits: { free: { per_minute: 2 } }"),
        LIMITED("algorithm: token_bucket, limits: { free: { rate: 1/h, burst: 2 } }"),
    };

    for (size_t k = 0; k < 3; k++) {
        struct stage stage;

        stage_open(&stage, text[k]);
        for (int i = 0; i < 3; i++)
            cs_instance_start(stage.model, &stage.model->cell[0]);
        for (uint32_t i = 0; i < 9; i++)
            cr_expect_eq(ask_on(&stage, i % 3, 0, NULL), i < 6);
        cr_expect_eq(reach_of(&stage, "tier=free"), 3.0);
        cr_expect_eq(reach_of(&stage, "tier=paid"), 0.0);
        cr_expect_eq(reach_of(&stage, NULL), 3.0);
        stage_close(&stage);
    }
}

/* Half the limit used is half of it; what came a window ago is out. */
Test(model_limiter_rules, a_limit_that_does_not_bind)
{
    struct stage stage;

    stage_open(&stage, LIMITED("scope: global, limits: { free: { per_second: 10, per_minute: "
                               "1000 } }"));
    burst(&stage, 0, 3);
    burst(&stage, CS_S / 2, 2);
    burst(&stage, CS_S, 2);
    cr_expect_eq(reach_of(&stage, "tier=free"), 0.5);
    stage_close(&stage);
}

/* ---- changes in flight ---- */

/* A new limit holds for what was counted; a bucket lacks what it lacked. */
Test(model_limiter_rules, other_limits_hold_at_once)
{
    struct stage stage, other;

    stage_open(&other, LIMITED("scope: global, limits: { free: { per_minute: 5 } }"));
    stage_open(&stage, LIMITED("scope: global, limits: { free: { per_minute: 3 } }"));
    cr_expect_eq(burst(&stage, 0, 9), 3);
    stage.model->scenario = other.scenario;
    cs_limiters_reconfigure(stage.model);
    cr_expect_eq(burst(&stage, CS_S, 9), 2);
    cr_expect_eq(reach_of(&stage, NULL), 1.0);
    cr_expect_eq(burst(&stage, CS_MIN, 9), 3, "the first three are out");
    stage.model->scenario = stage.scenario;
    stage_close(&stage);
    stage_close(&other);

    stage_open(&other, LIMITED("algorithm: token_bucket, scope: global, limits: { free: "
                               "{ rate: 7/s, burst: 9 } }"));
    stage_open(&stage, LIMITED("algorithm: token_bucket, scope: global, limits: { free: "
                               "{ rate: 1/h, burst: 5 } }"));
    cr_expect_eq(burst(&stage, 0, 4), 4);
    stage.model->scenario = other.scenario;
    cs_limiters_reconfigure(stage.model);
    cr_expect_eq(burst(&stage, 0, 9), 5, "4 of 9 were missing");
    cr_expect_eq(burst(&stage, CS_S, 9), 7);
    stage.model->scenario = stage.scenario;
    stage_close(&stage);
    stage_close(&other);
}
