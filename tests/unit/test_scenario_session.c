/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closed traffic and retries, from text to struct. */
#include "test_scenario.h"

#include <criterion/criterion.h>

#define HEAD                                                                               \
    "capsim: 1\nname: t\nhorizon: { duration: 10m, lead_in: 0s }\nfleets: { f: {} }\n"     \
    "functions: { a: { fleet: f, steps: [ { wait: 100ms } ] }, b: { fleet: f, steps: [ { " \
    "wait: 300ms } ] } }\n"

static struct cs_scenario *load(struct loaded *loaded, const char *text)
{
    *loaded = load_text(text);
    cr_assert_not_null(loaded->scenario, "%s", loaded->said);
    return loaded->scenario;
}

/* a; repeat 2..4 { b; with 25 % { repeat 3 { a } } }; think 2 s. */
Test(scenario_session, a_session_becomes_a_program)
{
    static const struct {
        enum cs_session_code code;
        uint32_t jump, loop;
        double times;
    } want[] = {
        {CS_SESSION_REQUEST, 0, 0, 1},   {CS_SESSION_REPEAT, 8, 0, 1},
        {CS_SESSION_REQUEST, 0, 0, 3},   {CS_SESSION_WITH, 7, 0, 3},
        {CS_SESSION_REPEAT, 7, 1, 0.75}, {CS_SESSION_REQUEST, 0, 0, 2.25},
        {CS_SESSION_AGAIN, 5, 1, 0.75},  {CS_SESSION_AGAIN, 2, 0, 1},
        {CS_SESSION_THINK, 0, 0, 1},     {CS_SESSION_END, 0, 0, 1},
    };
    struct loaded loaded;
    const struct cs_users *users =
        &load(&loaded,
              HEAD "traffic: { x: { users: 40, session: [ a, { repeat: { min: 2, max: "
                   "4, do: [ b, { with: 25%, do: [ { repeat: { count: 3, do: [ a ] } } "
                   "] } ] } }, { think: 2s } ] } }\n")
             ->source[0]
             .users;

    cr_assert_eq(users->n_ops, 10);
    for (uint32_t i = 0; i < 10; i++) {
        const struct cs_session_op *op = &users->op[i];

        cr_expect(op->code == want[i].code && op->jump == want[i].jump &&
                      op->loop == want[i].loop,
                  "operation %u: %d to %u, loop %u", i, (int)op->code, op->jump, op->loop);
        if (op->code != CS_SESSION_AGAIN)
            cr_expect_float_eq(op->times, want[i].times, 1e-12, "operation %u: %g", i,
                               op->times);
    }
    cr_expect(users->op[1].min == 2 && users->op[1].max == 4);
    cr_expect(users->op[4].min == 3 && users->op[4].max == 3);
    /* 1 + 3 + 2.25 requests: 0.325 s at a, 0.9 s at b, 2 s of thought. */
    cr_expect_float_eq(users->requests, 6.25, 1e-12);
    cr_expect_float_eq(users->iteration_s, 3.225, 1e-12);
    cr_expect(users->exists && users->start == 40 && users->n_stages == 0);
    cr_expect(!users->new_each_iteration);
    loaded_release(&loaded);
}

Test(scenario_session, stages)
{
    struct loaded loaded;
    const struct cs_users *users =
        &load(&loaded,
              HEAD "traffic: { x: { users: { stages: [ { duration: 2m, target: 50 }, { "
                   "duration: 0s, target: 7 } ] }, session: [ a ], new_user: iteration "
                   "} }\n")
             ->source[0]
             .users;

    cr_assert_eq(users->n_stages, 2);
    cr_expect(users->start == 0 && users->new_each_iteration);
    cr_expect(users->stage[0].duration == 2 * CS_MIN && users->stage[0].target == 50);
    cr_expect(users->stage[1].duration == 0 && users->stage[1].target == 7);
    loaded_release(&loaded);
}

Test(scenario_session, retries)
{
    struct loaded loaded;
    const struct cs_client_retry *retry =
        &load(&loaded,
              HEAD "traffic: { x: { users: 1, session: [ a ] } }\n"
                   "clients: { retry: { codes: [429, 503, gave_up], max: 2, backoff: { "
                   "initial: 1s, factor: 3, max: 30s, jitter: full } } }\n")
             ->clients.retry;
    int codes = 0;

    for (int i = 0; i < 200; i++)
        codes += retry->on_code[i];
    cr_expect_eq(codes, 3);
    cr_expect(retry->on_code[29] && retry->on_code[99] && retry->on_code[103]);
    cr_expect(retry->exists && retry->max == 2 && retry->honour_retry_after);
    cr_expect(retry->backoff.initial == CS_S && retry->backoff.max == 30 * CS_S &&
              retry->backoff.full_jitter && retry->backoff.factor == 3.0);
    loaded_release(&loaded);
    cr_expect(!load(&loaded, HEAD "traffic: { x: { users: 1, session: [ a ] } }\n")
                   ->clients.retry.exists);
    loaded_release(&loaded);
}

/* Each changes what is simulated, so each changes the hash. */
Test(scenario_session, every_part_is_hashed)
{
    static const char *const text[] = {
        HEAD "traffic: { x: { users: 2, session: [ a, { think: 1s } ] } }\n",
        HEAD "traffic: { x: { users: 3, session: [ a, { think: 1s } ] } }\n",
        HEAD "traffic: { x: { users: 2, session: [ b, { think: 1s } ] } }\n",
        HEAD "traffic: { x: { users: 2, session: [ a, { think: 2s } ] } }\n",
        HEAD
        "traffic: { x: { users: 2, session: [ a, { think: 1s } ], new_user: iteration } }\n",
        HEAD "traffic: { x: { users: { start: 2, stages: [ { duration: 1s, target: 2 } ] }, "
             "session: [ a, { think: 1s } ] } }\n",
        HEAD
        "traffic: { x: { users: 2, session: [ { repeat: { count: 2, do: [ a ] } }, { think: "
        "1s } ] } }\n",
        HEAD
        "traffic: { x: { users: 2, session: [ { repeat: { count: 3, do: [ a ] } }, { think: "
        "1s } ] } }\n",
        HEAD
        "traffic: { x: { users: 2, session: [ { with: 30%, do: [ a ] }, { think: 1s } ] } }\n",
        HEAD
        "traffic: { x: { users: 2, session: [ { with: 40%, do: [ a ] }, { think: 1s } ] } }\n",
        HEAD "traffic: { x: { users: 2, session: [ a, { think: 1s } ] } }\n"
             "clients: { retry: { codes: [500], max: 2 } }\n",
        HEAD "traffic: { x: { users: 2, session: [ a, { think: 1s } ] } }\n"
             "clients: { retry: { codes: [gave_up], max: 2 } }\n",
        HEAD "traffic: { x: { users: 2, session: [ a, { think: 1s } ] } }\n"
             "clients: { retry: { codes: [gave_up], max: 2, honour_retry_after: false } }\n",
    };
    enum { N = sizeof text / sizeof text[0] };
    struct loaded loaded[N];

    for (size_t i = 0; i < N; i++) {
        load(&loaded[i], text[i]);
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(loaded[i].scenario->hash, loaded[k].scenario->hash, "%zu and %zu",
                              i, k);
    }
    for (size_t i = 0; i < N; i++)
        loaded_release(&loaded[i]);
}
