/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model_fixture.h"
#include "models/platform.h"

/* Virtual users: how many, who, what they do and in what order. */

#define SERVER \
    "fleets: { f: { min_instances: 1, max_instances: 1, queue: { limit: unlimited } } }\n"

static int64_t users_now(const struct cs_model *model)
{
    return metric_of(model, "virtual_users", NULL)->level->value;
}

/*
 * k6's ramping-vus: with a fraction x of a stage gone, from + floor(x (to - from))
 * while it grows; shrinking, it falls by one when the line has reached the next
 * number, from - floor(x (from - to)).  Iterations of 1 ms leave at once.
 */
static int64_t staircase(double seconds)
{
    static const double stage[][2] = {{10, 7}, {5, 7}, {20, 20}, {7, 3}, {0, 9}, {12, 0}};
    double from = 2, begin = 0;

    if (seconds < 0)
        return 2;
    for (size_t i = 0; i < sizeof stage / sizeof stage[0]; i++) {
        double to = stage[i][1], x = (seconds - begin) / stage[i][0];

        if (seconds < begin + stage[i][0])
            return (int64_t)(to >= from ? from + floor(x * (to - from))
                                        : from - floor(x * (from - to)));
        begin += stage[i][0];
        from = to;
    }
    return (int64_t)from;
}

Test(model_closed, the_number_follows_k6)
{
    struct stage stage;

    stage_open_live(
        &stage, "capsim: 1\nname: t\nhorizon: { duration: 70s, lead_in: 5s }\n"
                "fleets: { f: {} }\nfunctions: { s: { fleet: f, steps: [ { wait: 1ms } ] } }\n"
                "traffic: { load: { session: [ s ], users: { start: 2, stages: [\n"
                "  { duration: 10s, target: 7 }, { duration: 5s, target: 7 },\n"
                "  { duration: 20s, target: 20 }, { duration: 7s, target: 3 },\n"
                "  { duration: 0s, target: 9 }, { duration: 12s, target: 0 } ] } } }\n");
    for (int i = 1; i < 700; i++) {
        double t = 0.1 * i + 0.0123;

        stage_run(&stage, cs_time_from_s(t));
        /* Not within the iteration that a step lets finish. */
        if (staircase(t - 5) == staircase(t - 5 - 0.0021))
            cr_expect_eq(users_now(stage.model), staircase(t - 5), "%g s: %lld, not %lld", t,
                         (long long)users_now(stage.model), (long long)staircase(t - 5));
    }
    stage_finish(&stage);
}

/* To the nanosecond: 3 more in 1 s come after 333333333 (rounded up), 666666667, 1e9. */
Test(model_closed, steps_come_at_their_nanosecond)
{
    static const cs_time grows[] = {333333334, 666666667, CS_S};
    struct stage stage;

    stage_open_live(&stage, STAGE_HEAD
                    "fleets: { f: {} }\n"
                    "functions: { s: { fleet: f, steps: [ { wait: 1h } ] } }\n"
                    "traffic: { load: { session: [ s ], users: { stages: [ { duration: "
                    "1s, target: 3 } ] } } }\n");
    for (int64_t i = 0; i < 3; i++) {
        stage_run(&stage, grows[i] - 1);
        cr_expect_eq(users_now(stage.model), i);
        stage_run(&stage, grows[i]);
        cr_expect_eq(users_now(stage.model), i + 1);
    }
    stage_close(&stage);
}

/* Three users, one server of 100 ms, 250 ms of thought: by hand. */
Test(model_closed, users_take_turns)
{
    static const double sent[] = {0, 0, 0, 350, 450, 550, 700, 800, 900};
    struct stage stage;

    stage_open_live(&stage, STAGE_HEAD SERVER
                    "functions: { s: { fleet: f, steps: [ { wait: 100ms } ] } }\n"
                    "traffic: { load: { users: 3, session: [ s, { think: 250ms } ] } }\n");
    stage_run(&stage, 1000 * CS_MS);
    cr_assert_geq(stage.n_attempts, 9);
    for (uint32_t i = 0; i < 9; i++) {
        const struct attempt *a = &stage.attempt[i];

        cr_expect_eq(a->sent, (cs_time)(sent[i] * (double)CS_MS), "%u: %lld", i,
                     (long long)a->sent);
        cr_expect_eq(a->virtual_user, i % 3);
        cr_expect_eq(a->number, (uint64_t)(i % 3) << 44 | (uint64_t)(i / 3) << 16);
        cr_expect_eq(a->end - a->sent, (i < 3 ? (i + 1) * 100 : 100) * CS_MS);
    }
    stage_close(&stage);
}

/* A retry is the user's waiting too, and a failure is followed by the next step. */
Test(model_closed, a_user_waits_for_the_last_answer)
{
    static const struct {
        double ms;
        uint32_t attempt, index;
    } want[] = {{0, 0, 0}, {110, 1, 0}, {220, 2, 0}, {280, 0, 1}, {310, 0, 1 << 16}};
    struct stage stage;

    stage_open_live(
        &stage, STAGE_HEAD
        "clients: { retry: { codes: [500], max: 2, "
        "backoff: { initial: 100ms, factor: 1 } } }\n"
        "fleets: { f: {} }\n"
        "functions:\n"
        "  bad: { fleet: f, errors: { 500: 100% }, steps: [ { wait: 10ms } ] }\n"
        "  fine: { fleet: f, steps: [ { wait: 30ms } ] }\n"
        "traffic: { load: { users: 1, session: [ bad, { think: 50ms }, fine ] } }\n");
    stage_run(&stage, 400 * CS_MS);
    cr_assert_geq(stage.n_attempts, 5);
    for (uint32_t i = 0; i < 5; i++) {
        cr_expect_eq(stage.attempt[i].sent, (cs_time)(want[i].ms * (double)CS_MS), "%u", i);
        cr_expect_eq(stage.attempt[i].attempt, want[i].attempt);
        cr_expect_eq(stage.attempt[i].number, want[i].index);
    }
    stage_close(&stage);
}

/* Who is too many finishes what it does, and one that is wanted again goes on. */
Test(model_closed, an_iteration_is_finished)
{
    struct stage stage;

    stage_open_live(&stage, STAGE_HEAD
                    "fleets: { f: {} }\n"
                    "functions: { s: { fleet: f, steps: [ { wait: 10s } ] } }\n"
                    "traffic: { load: { session: [ s, s ], users: { start: 2, stages: [ "
                    "{ duration: 1s, target: 0 }, { duration: 30s, target: 0 }, "
                    "{ duration: 2s, target: 2 } ] } } }\n");
    stage_run(&stage, 19 * CS_S);
    cr_expect_eq(users_now(stage.model), 2);
    stage_run(&stage, 21 * CS_S);
    cr_expect_eq(users_now(stage.model), 0);
    cr_expect_eq(stage.n_attempts, 4);
    stage_run(&stage, 33 * CS_S);
    cr_expect_eq(users_now(stage.model), 2);
    stage_close(&stage);
    stage_open_live(&stage, STAGE_HEAD
                    "fleets: { f: {} }\n"
                    "functions: { s: { fleet: f, steps: [ { wait: 10s } ] } }\n"
                    "traffic: { load: { session: [ s, s ], users: { start: 2, stages: [ "
                    "{ duration: 1s, target: 0 }, { duration: 1s, target: 2 } ] } } }\n");
    stage_run(&stage, 95 * CS_S);
    cr_expect_eq(users_now(stage.model), 2);
    cr_expect_eq(stage.n_attempts, 18); /* nobody began twice at once */
    stage_close(&stage);
}

/* Nothing takes time: the clock goes on all the same, by a millisecond an iteration. */
Test(model_closed, time_does_not_stand_still)
{
    struct stage stage;

    stage_open_live(&stage,
                    STAGE_HEAD "fleets: { f: {} }\n"
                               "functions: { s: { fleet: f, steps: [ { wait: 0s } ] } }\n"
                               "traffic: { load: { users: 2, session: [ s, s ] } }\n");
    stage_run(&stage, 100 * CS_MS);
    cr_expect_eq(stage.n_attempts, 2 * 2 * 101, "%u", stage.n_attempts);
    stage_close(&stage);
}

#define SESSION                                                                             \
    "zones: { near: { share: 60% }, far: { share: 40% } }\n"                                \
    "tiers: { free: { users: 500 }, paid: { users: 40 } }\n"                                \
    "functions: { a: { fleet: f, steps: [ { wait: { exponential: { mean: 50ms } } } ] },\n" \
    "  b: { fleet: f, errors: { 500: 10% }, steps: [ { wait: 5ms } ] } }\n"                 \
    "traffic: { load: { tiers: { free: 75%, paid: 25% }, session: [ a, { think: { "         \
    "exponential: { mean: 1s } } },\n"                                                      \
    "  { repeat: { min: 2, max: 4, do: [ b, { with: 30%, do: [ a ] } ] } } ]"
#define WINDOW "capsim: 1\nname: t\nhorizon: { duration: 5m, lead_in: 10s }\nseed: 9\n"
#define FREE "fleets: { f: {} }\n"

static int by_number(const void *left, const void *right)
{
    const struct attempt *a = left, *b = right;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->attempt < b->attempt ? -1 : a->attempt > b->attempt;
}

static void run_sorted(struct stage *stage, const char *text)
{
    stage_open_live(stage, text);
    cs_model_run(stage->model);
    all_checks_hold(stage->model);
    listening = NULL;
    qsort(stage->attempt, stage->n_attempts, sizeof *stage->attempt, by_number);
}

/*
 * Common random numbers: twice the load has the same first users, who do the same
 * in each iteration that both runs reach, and so it is beside a server that makes
 * them wait.  Catches draws that hang on answers or on others.
 */
Test(model_closed, runs_are_paired)
{
    static const char *const other[] = {WINDOW "load: 2\n" FREE SESSION ", users: 20 } }\n",
                                        WINDOW SERVER SESSION ", users: 20 } }\n"};
    struct stage base, more;

    run_sorted(&base, WINDOW FREE SESSION ", users: 20 } }\n");
    for (int run = 0; run < 2; run++) {
        uint32_t i = 0, k = 0, same = 0;

        run_sorted(&more, other[run]);
        while (i < base.n_attempts && k < more.n_attempts) {
            const struct attempt *a = &base.attempt[i], *b = &more.attempt[k];

            if (a->number != b->number) {
                i += a->number < b->number;
                k += a->number > b->number;
                continue;
            }
            cr_assert(a->user == b->user && a->tier == b->tier && a->zone == b->zone &&
                      a->function == b->function);
            cr_assert(a->code == b->code);
            cr_assert(run > 0 || a->end - a->sent == b->end - b->sent);
            same++;
            i++;
            k++;
        }
        cr_expect(run > 0 || same == base.n_attempts || same > base.n_attempts - 200,
                  "%u of %u", same, base.n_attempts);
        cr_expect_gt(same, 4000);
        stage_close(&more);
    }
    stage_close(&base);
}

/* Requests of an iteration: 1 + R (1 + 0.3), R uniform on 2..4: mean 4.9; the script
 * of an iteration begins with a.  Catches a repeat or a branch that is off by one. */
Test(model_closed, sessions_have_their_mean)
{
    struct stage stage;
    uint32_t iterations = 0, b = 0, extra = 0;
    double rounds2 = 0;

    run_sorted(&stage, WINDOW FREE SESSION ", users: 40 } }\n");
    for (uint32_t i = 0; i < stage.n_attempts;) {
        uint64_t iteration = stage.attempt[i].number >> 16;
        uint32_t first = i, n_b = 0;

        for (; i < stage.n_attempts && stage.attempt[i].number >> 16 == iteration; i++) {
            cr_assert_eq(stage.attempt[i].number & 0xffff, i - first);
            n_b += stage.attempt[i].function == 1;
        }
        cr_assert_eq(stage.attempt[first].function, 0);
        if (i == stage.n_attempts || stage.attempt[i].number >> 44 != iteration >> 28)
            continue; /* the user's last may be cut off */
        cr_assert(n_b >= 2 && n_b <= 4, "%u rounds", n_b);
        iterations++;
        b += n_b;
        rounds2 += n_b == 4;
        extra += i - first - 1 - n_b;
    }
    double z_rounds = (b - 3.0 * iterations) / sqrt(iterations * 2.0 / 3.0);
    double z_four = (rounds2 - iterations / 3.0) / sqrt(iterations * 2.0 / 9.0);
    double z_extra = (extra - 0.3 * b) / sqrt(b * 0.21);

    cr_expect_gt(iterations, 5000);
    cr_expect(fabs(z_rounds) < 4.5 && fabs(z_four) < 4.5 && fabs(z_extra) < 4.5,
              "%g %g %g standard errors", z_rounds, z_four, z_extra);
    stage_close(&stage);
}

/* Who a virtual user is: one for life and no two the same, or anew each iteration
 * by shares. */
Test(model_closed, users_are_somebody)
{
    struct stage stage;

    run_sorted(&stage, WINDOW FREE SESSION ", users: 40 } }\n");
    for (uint32_t i = 1; i < stage.n_attempts; i++) {
        const struct attempt *a = &stage.attempt[i - 1], *b = &stage.attempt[i];
        bool is_same = a->virtual_user == b->virtual_user;

        cr_assert_eq(a->user == b->user, is_same);
        cr_assert(!is_same || (a->tier == b->tier && a->zone == b->zone));
        cr_assert(b->tier == 0 ? b->user < 500 : b->user >= 500 && b->user < 540);
    }
    stage_close(&stage);

    uint32_t n = 0, paid = 0, far = 0;

    run_sorted(&stage, WINDOW FREE SESSION ", users: 40, new_user: iteration } }\n");
    for (uint32_t i = 0; i < stage.n_attempts; i++) {
        const struct attempt *a = &stage.attempt[i];

        if ((a->number & 0xffff) != 0) {
            cr_assert(a->user == a[-1].user && a->zone == a[-1].zone);
            continue;
        }
        n++;
        paid += a->tier == 1;
        far += a->zone == 1;
    }
    cr_expect_gt(n, 5000);
    cr_expect(fabs((paid - 0.25 * n) / sqrt(n * 0.1875)) < 4.5, "%u of %u", paid, n);
    cr_expect(fabs((far - 0.4 * n) / sqrt(n * 0.24)) < 4.5, "%u of %u", far, n);
    stage_close(&stage);
}

/* The interactive response-time law holds in a run, up to those under way at its
 * ends: users x time = time thought + time waited. */
Test(model_closed, users_think_or_wait)
{
    struct stage stage;
    double waited = 0, thought = 0;

    run_sorted(
        &stage, WINDOW SERVER
        "functions: { s: { fleet: f, steps: [ { wait: { exponential: { mean: 50ms } } } ] } }\n"
        "traffic: { load: { users: 30, session: [ s, { think: 1s } ] } }\n");
    double seconds = cs_time_s(stage.model->engine.now);

    for (uint32_t i = 0; i < stage.n_attempts; i++) {
        waited += cs_time_s(stage.attempt[i].end - stage.attempt[i].sent);
        thought += 1.0;
    }
    cr_expect(fabs(waited + thought - 30 * seconds) < 30 * 2.5, "%g + %g, not %g", waited,
              thought, 30 * seconds);
    cr_expect_gt(waited, 0.3 * thought);
    stage_close(&stage);
}

/* A census that misses a user, or counts one twice, is noticed. */
Test(model_closed, a_lost_virtual_user_is_noticed)
{
    struct stage stage;

    stage_open_live(&stage, WINDOW FREE SESSION ", users: 20 } }\n");
    stage_run(&stage, CS_MIN);
    uint64_t waiting = 0;

    for (uint64_t w = 0; w <= 20; w++)
        waiting += cs_closed_holds(stage.model, w);
    cr_expect_eq(waiting, 1); /* exactly one number of them is right */
    stage_close(&stage);
}

/* The stages say when most is asked for. */
Test(model_closed, the_busy_hour_is_that_of_most_users)
{
    struct stage stage;

    stage_open_live(&stage,
                    "capsim: 1\nname: t\nhorizon: { duration: 5h, lead_in: 1h }\n" FREE
                    "functions: { s: { fleet: f, steps: [ { wait: 1s } ] } }\n"
                    "traffic: { load: { session: [ s ], users: { start: 5, stages: [ { "
                    "duration: 2h, target: 1 }, { duration: 1h, target: 9 }, { duration: "
                    "1h, target: 8 }, { duration: 1h, target: 0 } ] } } }\n");
    cr_expect_eq(stage.model->breakdown.hour_start, 4 * CS_HOUR);
    stage_close(&stage);
}

/* The last answer comes in the window's last instant: the window is closed first, and
 * then the run ends.  Catches rows without their end. */
Test(model_closed, a_run_may_end_with_its_window)
{
    struct stage stage;

    stage_open_live(&stage, "capsim: 1\nname: t\nhorizon: { duration: 1m, lead_in: 0s }\n" FREE
                            "functions: { s: { fleet: f, steps: [ { wait: 1s } ] } }\n"
                            "traffic: { load: { session: [ s ], users: 2 } }\n");
    cs_model_run(stage.model);
    all_checks_hold(stage.model);
    const struct cs_metric *users = metric_of(stage.model, "virtual_users", NULL);

    cr_expect_eq(cs_metric_value(cs_model_registry(stage.model), users, CS_STAT_TIME_MEAN),
                 2.0);
    cr_expect_eq(count_of(stage.model, "requests_total", NULL), 120);
    stage_close(&stage);
}
