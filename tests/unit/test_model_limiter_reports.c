/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shadow limits, users and the limit reached, on random traffic. */
#include "model_fixture.h"

#define LIMITED(limiter)                                                                  \
    "capsim: 1\nname: test\nhorizon: { duration: 3m, lead_in: 20s }\nreplications: 2\n"   \
    "seed: 3\ntiers: { free: { users: 9, activity: { zipf: 1 } }, paid: { users: 4 } }\n" \
    "rate_limits: { user: { scope: global, " limiter " } }\n"                             \
    "fleets: { f: { max_instances: 9, concurrency: 4, queue: {} } }\n"                    \
    "functions: { r: { fleet: f, steps: [ { limit: user }, { wait: { exponential: "       \
    "{ mean: 40ms } } } ] } }\n"                                                          \
    "traffic: { t: { rate: 9/s, mix: { r: 100% }, tiers: { free: 70%, paid: 30% } } }\n"

static void live(struct stage *stage, const char *text)
{
    stage_open_live(stage, text);
    cs_model_run(stage->model);
}

/* A shadow beside a real limit that never binds counts exactly what the same real
 * limit refuses, and refuses nothing. */
static void expect_shadow_alike(const char *real, const char *shadow)
{
    static const char *const label[] = {NULL, "tier=free", "tier=paid"};
    struct stage a, b;

    live(&a, real);
    live(&b, shadow);
    for (size_t i = 0; i < 3; i++) {
        uint64_t refused = count_of(a.model, "rate_limited_total", label[i]);

        cr_expect(refused > 20, "%d", (int)refused);
        cr_expect_eq(count_of(b.model, "rate_limited_shadow_total", label[i]), refused);
        cr_expect_eq(count_of(b.model, "rate_limited_total", label[i]), 0);
        double ratio[2];
        const struct cs_metric *row[] = {
            metric_of(a.model, "rate_limited_total", label[i]),
            metric_of(b.model, "rate_limited_shadow_total", label[i])};
        const struct stage *of[] = {&a, &b};

        for (int k = 0; k < 2; k++)
            ratio[k] = cs_metric_value(cs_model_registry(of[k]->model), row[k], CS_STAT_RATIO);
        cr_expect_eq(ratio[0], ratio[1]);
    }
    stage_close(&a);
    stage_close(&b);
}

#define WINDOWS "{ free: { per_second: 2, per_minute: 40 }, paid: { per_second: 1 } }"
#define BUCKETS "{ free: { rate: 41/min, burst: 4 }, paid: { rate: 1/s, burst: 1 } }"
#define NO_WINDOWS "limits: { free: { per_second: 10000000 }, paid: { per_hour: 100000000 } }"

Test(model_limiter_reports, a_shadow_is_like_the_limit)
{
    expect_shadow_alike(LIMITED("limits: " WINDOWS), LIMITED(NO_WINDOWS ", shadow: " WINDOWS));
    expect_shadow_alike(LIMITED("algorithm: fixed_window, limits: " WINDOWS),
                        LIMITED("algorithm: fixed_window, " NO_WINDOWS ", shadow: " WINDOWS));
    expect_shadow_alike(LIMITED("algorithm: token_bucket, limits: " BUCKETS),
                        LIMITED("algorithm: token_bucket, limits: {}, shadow: " BUCKETS));
}

/* Beside a real one a shadow of the same counts is asked more: what the real one
 * refused it sees too.  The same limit refuses the same. */
Test(model_limiter_reports, a_shadow_beside_the_same_limit)
{
    struct stage stage;

    live(&stage, LIMITED("limits: " WINDOWS ", shadow: { free: { per_second: 2, "
                         "per_minute: 40 } }"));
    cr_expect_eq(count_of(stage.model, "rate_limited_shadow_total", "tier=free"),
                 count_of(stage.model, "rate_limited_total", "tier=free"));
    cr_expect_eq(count_of(stage.model, "rate_limited_shadow_total", "tier=paid"), 0);
    stage_close(&stage);
}

/* A limit that nobody reaches is no limit: every request ends as without it. */
Test(model_limiter_reports, an_endless_limit_changes_nothing)
{
    static const char *const text[] = {
        LIMITED(NO_WINDOWS),
        LIMITED("algorithm: fixed_window, retry_after: window, " NO_WINDOWS),
        LIMITED("algorithm: token_bucket, shadow: " BUCKETS ", limits: { free: { rate: 1000/s, "
                "burst: 1000000 } }"),
    };
    struct stage without;

    live(&without, LIMITED("limits: {}"));
    for (size_t k = 0; k < 3; k++) {
        struct stage with;

        live(&with, text[k]);
        cr_assert_eq(with.model->requests, without.model->requests);
        for (uint64_t i = 0; i < with.model->requests && i < STAGE_REQUESTS; i++)
            cr_assert(with.heard[i].code == without.heard[i].code &&
                      with.heard[i].end == without.heard[i].end);
        stage_close(&with);
    }
    stage_close(&without);
}

/* By going through all that was heard of. */
static uint64_t users_heard(const struct stage *stage, uint64_t from, uint64_t to, int code)
{
    uint64_t n = 0;

    for (uint64_t user = from; user < to; user++) {
        bool seen = false;

        for (uint32_t i = 0; i < STAGE_REQUESTS; i++)
            seen |= stage->heard[i].times == 1 && stage->heard[i].user == user &&
                    stage->heard[i].sent >= stage->model->start &&
                    stage->heard[i].sent < stage->model->end &&
                    (code == 0 || stage->heard[i].code == code);
        n += seen;
    }
    return n;
}

Test(model_limiter_reports, users_ever_limited)
{
    struct stage stage;

    live(&stage, LIMITED("limits: { free: { per_second: 4 } }"));
    cr_assert(stage.model->requests < STAGE_REQUESTS);
    uint64_t limited = users_heard(&stage, 0, 9, 429);

    cr_expect(limited > 0 && limited < 9, "%d", (int)limited);
    cr_expect_eq(count_of(stage.model, "limited_users", "tier=free"), limited);
    cr_expect_eq(count_of(stage.model, "limited_users", "tier=paid"), 0);
    cr_expect_eq(count_of(stage.model, "limited_users", NULL), limited);
    cr_expect_eq(count_of(stage.model, "active_users", "tier=free"),
                 users_heard(&stage, 0, 9, 0));
    cr_expect_eq(count_of(stage.model, "active_users", "tier=paid"),
                 users_heard(&stage, 9, 13, 0));
    stage_close(&stage);
}

/* The most of one user that were accepted within a window, on all instances. */
Test(model_limiter_reports, the_limit_reached)
{
    struct stage stage;
    uint32_t most = 0;

    live(&stage, "capsim: 1\nname: test\nhorizon: { duration: 5m, lead_in: 0s }\n"
                 "replications: 2\nseed: 4\ntiers: { free: { users: 4 } }\n"
                 "rate_limits: { user: { limits: { free: { per_second: 2 } } } }\n"
                 "fleets: { f: { min_instances: 3, max_instances: 3, concurrency: 99, reuse: "
                 "random } }\n"
                 "functions: { r: { fleet: f, steps: [ { limit: user } ] } }\n"
                 "traffic: { t: { rate: 12/s, mix: { r: 100% }, tiers: { free: 100% } } }\n");
    cr_assert(stage.model->requests < STAGE_REQUESTS);
    for (uint64_t i = 0; i < stage.model->requests; i++) {
        uint32_t within = 0;

        for (uint64_t k = 0; k <= i; k++)
            within += stage.heard[k].code == 200 && stage.heard[k].times == 1 &&
                      stage.heard[k].user == stage.heard[i].user &&
                      stage.heard[k].sent > stage.heard[i].sent - CS_S;
        most = within > most && stage.heard[i].code == 200 ? within : most;
    }
    cr_expect(most > 2 && most <= 6, "%u", most);
    const struct cs_metric *row = metric_of(stage.model, "effective_limit_ratio", "tier=free");

    cr_expect_eq(cs_metric_value(cs_model_registry(stage.model), row, CS_STAT_MAX),
                 (double)most / 2.0);
    stage_close(&stage);
}

#define NO_LIMIT_AFTER_1M        \
    "events: [ { at: +1m, set: " \
    "{ rate_limits.user.limits.free.per_second: 9999 } } ]\n"

/* From the instant at which an event sets it: nobody is limited any more. */
Test(model_limiter_reports, an_event_sets_a_limit)
{
    struct stage stage;
    uint32_t before = 0;

    live(&stage, LIMITED("limits: { free: { per_second: 1 } }") NO_LIMIT_AFTER_1M);
    for (uint64_t i = 0; i < stage.model->requests; i++) {
        if (stage.heard[i].sent < stage.model->start + CS_MIN)
            before += stage.heard[i].code == 429;
        else
            cr_assert_neq(stage.heard[i].code, 429);
    }
    cr_expect(before > 20, "%u", before);
    stage_close(&stage);
}
