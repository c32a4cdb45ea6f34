/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sliding log against its definition, on random traces. */
#include <sys/resource.h>

#include "model_fixture.h"

#define LIMITED(scope, limits)                                                          \
    STAGE_HEAD                                                                          \
    "tiers: { free: { users: 5 }, paid: { users: 5 } }\n"                               \
    "zones: { n: { share: 50% }, s: { share: 50% } }\nregions: { a: {}, b: {} }\n"      \
    "network: { rtt: { n: { a: 0s, b: 9ms }, s: { a: 9ms, b: 0s }, a: { b: 9ms } } }\n" \
    "rate_limits: { user: { algorithm: sliding_log, scope: " scope ", limits: " limits  \
    " } }\n"                                                                            \
    "fleets: { f: { max_instances: 4, concurrency: 3, reuse: longest_idle, "            \
    "idle_timeout: 900ms, queue: {} } }\n"                                              \
    "functions: { r: { fleet: f, steps: [ { limit: user }, { wait: 40ms } ] } }\n"      \
    "traffic: { t: { rate: 1/h, mix: { r: 100% }, tiers: { free: 50%, paid: 50% } } }\n"

enum { TRACE = 4000, USERS = 10 };

/* What was asked, of whom and where, and whether it was accepted. */
struct asked {
    cs_time at;
    uint64_t place, user;
    bool accepted;
};

/* Accepted when fewer than `count` were within each trailing window. */
static bool admit(const struct asked *asked, uint32_t n, const struct cs_limiter *limiter,
                  uint32_t tier)
{
    for (uint32_t i = 0; i < limiter->tier[tier].n; i++) {
        struct cs_rate_limit limit = limiter->tier[tier].limit[i];
        uint32_t within = 0;

        for (uint32_t k = 0; k < n; k++)
            within += asked[k].accepted && asked[k].user == asked[n].user &&
                      asked[k].place == asked[n].place &&
                      asked[k].at > asked[n].at - limit.window;
        if (within >= limit.count)
            return false;
    }
    return true;
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static uint64_t place_of(const struct stage *stage, const struct cs_request *request,
                         enum cs_limit_scope scope)
{
    const struct cs_cell *cell = &stage->model->cell[request->cell];

    switch (scope) {
    case CS_SCOPE_INSTANCE:
        return (uint64_t)request->region << 32 | cell->instance[request->instance]->ordinal;
    case CS_SCOPE_REGION:
        return request->region;
    case CS_SCOPE_GLOBAL:
        return 0;
    }
    return 0;
}

/* The limiter is asked directly, by a request that stands on a warm instance. */
static void expect_alike(const char *text, uint64_t seed)
{
    static struct asked asked[TRACE];
    struct stage stage;
    uint64_t random = seed;
    cs_time now = 0;
    uint32_t rejected = 0;

    stage_open(&stage, text);
    const struct cs_limiter *limiter = &stage.scenario->limiter[0];

    for (int k = 0; k < 4; k++) /* some instances to stand on, in each region */
        cs_instance_start(stage.model, &stage.model->cell[k % 2]);
    for (uint32_t i = 0; i < TRACE; i++) {
        struct cs_request request = {.user = next_random(&random) % USERS};

        now += next_random(&random) % 4 == 0 ? (next_random(&random) % 8) * 100 * CS_MS : 0;
        stage.model->engine.now = now;
        request.tier = request.user >= USERS / 2;
        request.region = request.cell = next_random(&random) % 2;
        request.instance = next_random(&random) % 2;
        asked[i] = (struct asked){now, place_of(&stage, &request, limiter->scope), request.user,
                                  false};
        asked[i].accepted = admit(asked, i, limiter, request.tier);
        cr_assert_eq(cs_limiter_admit(stage.model, 0, &request), asked[i].accepted,
                     "request %u of seed %d", i, (int)seed);
        rejected += !asked[i].accepted;
    }
    cr_expect(rejected > TRACE / 20 && rejected < TRACE, "%u rejected", rejected);
    stage_close(&stage);
}

#define LIMITS \
    "{ free: { per_second: 2, per_minute: 9 }, paid: { per_second: 3, per_hour: 40 } }"

Test(model_limiter, a_users_log_in_each_instance)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        expect_alike(LIMITED("instance", LIMITS), seed);
}

Test(model_limiter, a_users_log_in_each_region)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        expect_alike(LIMITED("region", LIMITS), seed);
}

Test(model_limiter, a_users_log_on_the_whole_platform)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        expect_alike(LIMITED("global", LIMITS), seed);
}

/* The window is (now - 1 s, now]: one that was accepted a second ago is out. */
Test(model_limiter, the_edge_of_the_window)
{
    struct stage stage;

    stage_open(&stage, LIMITED("global", "{ free: { per_second: 1 } }"));
    stage_send_by(&stage, 0, "r", 0);
    stage_send_by(&stage, CS_S - 1, "r", 0);
    stage_send_by(&stage, CS_S, "r", 0);
    stage_run(&stage, 10 * CS_S);
    FINE(&stage, 0, 40);
    HEARD(&stage, 1, 429, CS_REASON_RATE_LIMITED, 999.999999);
    FINE(&stage, 2, 1040);
    stage_close(&stage);
}

Test(model_limiter, who_is_nobody_or_has_no_limit_passes)
{
    struct stage stage;

    stage_open(&stage, LIMITED("global", "{ free: { per_hour: 1 } }"));
    for (int i = 0; i < 3; i++)
        stage_send_by(&stage, 0, "r", CS_ANONYMOUS);
    stage_run(&stage, 10 * CS_S);
    for (int i = 0; i < 3; i++)
        FINE(&stage, i, 40);
    struct cs_request paid = {.user = 7, .tier = 1}, free_user = {.user = 1, .tier = 0};

    for (int i = 0; i < 3; i++) {
        cr_expect(cs_limiter_admit(stage.model, 0, &paid));
        cr_expect_eq(cs_limiter_admit(stage.model, 0, &free_user), i == 0);
    }
    stage_close(&stage);
}

/* Three million users ask once each within an hour; a log is kept for the last
 * second's only, some 1,000 of them.  All logs would take over 200 MB. */
Test(model_limiter, memory_is_bounded_by_who_is_active)
{
    struct stage stage;
    struct rusage before, after;

    stage_open(&stage, LIMITED("global", "{ free: { per_second: 5 } }"));
    getrusage(RUSAGE_SELF, &before);
    for (uint64_t user = 0; user < 3000000; user++) {
        struct cs_request request = {.user = user};

        stage.model->engine.now += CS_MS;
        cr_assert(cs_limiter_admit(stage.model, 0, &request));
    }
    getrusage(RUSAGE_SELF, &after);
    cr_expect_lt(after.ru_maxrss - before.ru_maxrss, 20000, "%ld KB more",
                 after.ru_maxrss - before.ru_maxrss);
    stage_close(&stage);
}
