/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model_fixture.h"

/* Clients that ask again: when, as whom, how often, and what is counted. */

#define FAILS(clients)                                                                      \
    STAGE_HEAD                                                                              \
    "clients: " clients "\n"                                                                \
    "fleets: { f: {} }\n"                                                                   \
    "functions: { fail: { fleet: f, errors: { 503: 100% }, steps: [ { wait: 10ms } ] } }\n" \
    "traffic: { open: { rate: 1/s, mix: { fail: 100% } } }\n"

/* The attempts of one request, at these instants in ms; the last one too. */
static void attempts_at(const struct stage *stage, const double *ms, uint32_t n)
{
    cr_assert_eq(stage->n_attempts, n, "%u attempts", stage->n_attempts);
    for (uint32_t i = 0; i < n; i++) {
        const struct attempt *a = &stage->attempt[i];

        cr_expect(a->attempt == i && a->sent == (cs_time)(ms[i] * (double)CS_MS),
                  "attempt %u sent at %.9g ms", a->attempt, (double)a->sent / (double)CS_MS);
    }
}

/* Catches a delay from the sending, one that does not grow, and one beyond max. */
Test(model_client, backoff_grows_from_the_answer_to_its_max)
{
    struct stage stage;

    stage_open(&stage, FAILS("{ retry: { codes: [503], max: 4, backoff: { initial: 100ms, "
                             "factor: 3, max: 500ms } } }"));
    stage_send(&stage, 1, "fail");
    stage_run(&stage, CS_MIN);
    attempts_at(&stage, (double[]){1, 111, 421, 931, 1441}, 5);
    cr_expect_eq(stage.model->users_begun, 1);
    cr_expect_eq(stage.model->users_over, 1);
    stage_close(&stage);
}

/* Without backoff the next attempt goes out with the answer: not before it is home. */
Test(model_client, a_retry_waits_for_the_way_home)
{
    struct stage stage;

    stage_open(
        &stage, STAGE_HEAD
        "clients: { retry: { codes: [503], max: 1 } }\n"
        "zones: { z: { share: 100% } }\nregions: { r: {} }\n"
        "network: { rtt: { z: { r: 31ms } } }\nfleets: { f: {} }\n"
        "functions: { fail: { fleet: f, errors: { 503: 100% }, steps: [ { wait: 10ms } ] } }\n"
        "traffic: { open: { rate: 1/s, mix: { fail: 100% } } }\n");
    stage_send(&stage, 0, "fail");
    stage_run(&stage, CS_MIN);
    attempts_at(&stage, (double[]){0, 41}, 2);
    stage_close(&stage);
}

static void tell_retry_after(struct stage *stage, cs_time retry_after)
{
    for (uint32_t id = 0; id < stage->model->n_requests; id++)
        stage->model->request[id].retry_after = retry_after;
}

/* To the nanosecond, 0 is at once, and none is the backoff. */
Test(model_client, retry_after_is_honoured)
{
    const cs_time told[] = {0, 1234567, CS_NEVER};
    const cs_time waits[] = {0, 1234567, 100 * CS_MS};
#define HONOUR(word)                                                       \
    FAILS("{ retry: { codes: [503], max: 1, backoff: { initial: 100ms }, " \
          "honour_retry_after: " word " } }")
    const char *const text[] = {HONOUR("true"), HONOUR("false")};

    for (int h = 0; h < 2; h++)
        for (int i = 0; i < 3; i++) {
            struct stage stage;

            stage_open(&stage, text[h]);
            stage_send(&stage, 0, "fail");
            stage_run(&stage, 5 * CS_MS);
            tell_retry_after(&stage, told[i]);
            stage_run(&stage, CS_MIN);
            cr_assert_eq(stage.n_attempts, 2);
            cr_expect_eq(stage.attempt[1].sent, 10 * CS_MS + (h == 0 ? waits[i] : 100 * CS_MS));
            stage_close(&stage);
        }
}

/* The answer is on its way when patience ends: what it tells is not heard. */
Test(model_client, who_gave_up_does_not_hear_of_retry_after)
{
    struct stage stage;

    stage_open(
        &stage, STAGE_HEAD
        "clients: { patience: 80ms, retry: { codes: [gave_up, 503], max: 1, backoff: { "
        "initial: 100ms } } }\n"
        "zones: { z: { share: 100% } }\nregions: { r: {} }\n"
        "network: { rtt: { z: { r: 100ms } } }\nfleets: { f: {} }\n"
        "functions: { fail: { fleet: f, errors: { 503: 100% }, steps: [ { wait: 10ms } ] } "
        "}\ntraffic: { open: { rate: 1/s, mix: { fail: 100% } } }\n");
    stage_send(&stage, 0, "fail");
    stage_run(&stage, 55 * CS_MS);
    tell_retry_after(&stage, 7 * CS_MS);
    stage_run(&stage, CS_MIN);
    attempts_at(&stage, (double[]){0, 180}, 2);
    cr_expect_eq(stage.attempt[0].code, 499);
    cr_expect_eq(stage.attempt[0].end, 80 * CS_MS);
    stage_close(&stage);
}

/* A code that is not listed, or no more tries, is final. */
Test(model_client, only_listed_codes_are_tried_again)
{
    struct stage stage;

    stage_open(&stage, FAILS("{ retry: { codes: [429, 504, gave_up], max: 4 } }"));
    stage_send(&stage, 0, "fail");
    stage_run(&stage, CS_MIN);
    attempts_at(&stage, (double[]){0}, 1);
    cr_expect_eq(stage.model->users_over, 1);
    stage_close(&stage);
}

/* From the instant of giving up; what was given up is still served. */
Test(model_client, who_gives_up_asks_again)
{
    struct stage stage;

    stage_open(&stage,
               STAGE_HEAD "clients: { patience: 50ms, retry: { codes: [gave_up], max: 2, "
                          "backoff: { initial: 5ms, factor: 1 } } }\n"
                          "fleets: { f: {} }\n"
                          "functions: { slow: { fleet: f, steps: [ { wait: 1s } ] } }\n"
                          "traffic: { open: { rate: 1/s, mix: { slow: 100% } } }\n");
    stage_send(&stage, 0, "slow");
    stage_run(&stage, 500 * CS_MS);
    attempts_at(&stage, (double[]){0, 55, 110}, 3);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(stage.attempt[i].code, 499);
    cr_expect_eq(stage.model->gone, 0); /* three at work for nobody */
    stage_run(&stage, CS_MIN);
    cr_expect_eq(stage.model->gone, 3);
    cr_expect_eq(stage.model->answered, 3);
    stage_close(&stage);
}

#define MANY                                                                                 \
    "zones: { near: { share: 60% }, far: { share: 40% } }\n"                                 \
    "tiers: { free: { users: 100, activity: { zipf: 1 } }, paid: { users: 10 } }\n"          \
    "fleets: { f: {} }\n"                                                                    \
    "functions:\n"                                                                           \
    "  one: { fleet: f, errors: { 500: 40% }, steps: [ { wait: { exponential: { mean: 20ms " \
    "} } } ] }\n"                                                                            \
    "  two: { fleet: f, errors: { 500: 40% }, steps: [ { wait: 3ms } ] }\n"                  \
    "traffic: { open: { rate: 40/s, mix: { one: 60%, two: 40% }, "                           \
    "tiers: { free: 70%, paid: 30% } } }\n"

#define TEN_MINUTES           \
    "capsim: 1\nname: test\n" \
    "horizon: { duration: 10m, lead_in: 10s }\nseed: 4\nreplications: 2\n"

static int by_number(const void *left, const void *right)
{
    const struct attempt *a = left, *b = right;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->attempt < b->attempt ? -1 : a->attempt > b->attempt;
}

/* Catches another user, tier, zone or function on the way; and luck that repeats
 * itself: then all attempts of a request would fail, or take as long. */
Test(model_client, attempts_share_an_identity_and_have_their_own_luck)
{
    struct stage stage;
    uint32_t again = 0, fine = 0, alike = 0;

    stage_open_live(&stage, TEN_MINUTES "clients: { retry: { codes: [500], max: 3, "
                                        "backoff: { initial: 1s, jitter: full } } }\n" MANY);
    cs_model_run(stage.model);
    all_checks_hold(stage.model);
    qsort(stage.attempt, stage.n_attempts, sizeof *stage.attempt, by_number);
    for (uint32_t i = 1; i < stage.n_attempts; i++) {
        const struct attempt *a = &stage.attempt[i - 1], *b = &stage.attempt[i];

        if (a->number != b->number)
            continue;
        cr_assert(b->attempt == a->attempt + 1 && a->code == 500 && b->sent >= a->end);
        cr_assert(a->user == b->user && a->tier == b->tier && a->zone == b->zone &&
                  a->function == b->function && a->source == b->source);
        again++;
        fine += b->code == 200;
        alike += a->function == function_named(stage.scenario, "one") &&
                 a->end - a->sent == b->end - b->sent;
    }
    cr_assert_gt(again, 5000);
    cr_expect_eq(alike, 0);
    double z = (fine - 0.6 * again) / sqrt(again * 0.24);

    cr_expect(fabs(z) < 4.5, "%u of %u retries went well", fine, again);
    stage_close(&stage);
}

/* Each attempt counts for itself; a user's request once, by its last code, in the
 * window of its first attempt.  The identities are exact. */
Test(model_client, what_is_counted)
{
    struct stage stage;
    uint64_t attempts = 0, retries = 0, users = 0, fine = 0, of_users = 0;
    uint64_t crossed[2] = {0};

    stage_open_live(&stage, TEN_MINUTES "clients: { retry: { codes: [500], max: 2, "
                                        "backoff: { initial: 2s, factor: 1 } } }\n" MANY);
    struct cs_model *model = stage.model;

    cs_model_run(model);
    all_checks_hold(model);
    qsort(stage.attempt, stage.n_attempts, sizeof *stage.attempt, by_number);
    for (uint32_t i = 0; i < stage.n_attempts; i++) {
        const struct attempt *a = &stage.attempt[i], *first = a - a->attempt;
        bool is_last = i + 1 == stage.n_attempts || a[1].number != a->number;
        bool is_users = first->sent >= model->start && first->sent < model->end;
        bool is_measured = a->sent >= model->start && a->sent < model->end;

        attempts += is_measured;
        retries += is_measured && a->attempt > 0;
        users += is_users && is_last;
        fine += is_users && is_last && a->code == 200;
        of_users += is_users;
        crossed[0] += is_measured && !is_users;
        crossed[1] += is_users && !is_measured;
    }
    cr_expect_eq(count_of(model, "requests_total", NULL), attempts);
    cr_expect_eq(count_of(model, "retries_total", NULL), retries);
    cr_expect_eq(count_of(model, "user_requests_total", NULL), users);
    cr_expect_eq(count_of(model, "user_requests_total", "code=200"), fine);
    cr_expect_eq(count_of(model, "user_attempts_total", NULL), of_users);
    /* Both edges of the window were crossed by retries. */
    cr_expect(crossed[0] > 5 && crossed[1] > 5);
    cr_expect_gt(model->engine.now, model->end + CS_S);
    stage_close(&stage);
}

static double value_of(const struct cs_model *model, const struct cs_metric *metric,
                       enum cs_stat stat)
{
    return cs_metric_value(cs_model_registry(model), metric, stat);
}

/* Every row of `a` is in `b`, with the same values to the last bit. */
static void same_rows(const struct cs_model *a, const struct cs_model *b)
{
    const struct cs_registry *left = cs_model_registry(a), *right = cs_model_registry(b);
    size_t n = cs_registry_metrics(left), m = cs_registry_metrics(right), k = 0;

    for (size_t i = 0; i < n; i++, k++) {
        const struct cs_metric *x = cs_registry_metric(left, i);

        while (k < m && strcmp(cs_registry_metric(right, k)->name, x->name) != 0)
            k++; /* a row that only b has */
        cr_assert_lt(k, m, "%s", x->name);
        const struct cs_metric *y = cs_registry_metric(right, k);

        for (int stat = 0; stat < CS_STATS; stat++) {
            if ((x->stats & CS_STAT_BIT(stat)) == 0)
                continue;
            double u = value_of(a, x, (enum cs_stat)stat),
                   v = value_of(b, y, (enum cs_stat)stat);

            cr_expect(u == v || (isnan(u) && isnan(v)), "%s: %g and %g", x->name, u, v);
        }
    }
}

/* Metamorphic: `max: 0` is no retry, and so is a code that nobody answers. */
Test(model_client, no_retry_is_no_retry)
{
    static const char *const none[] = {"{ retry: { codes: [500], max: 0 } }",
                                       "{ retry: { codes: [418], max: 5 } }"};
    struct cs_scenario *plain = load_or_fail(TEN_MINUTES MANY);
    struct cs_model *without = cs_model_new(plain, 0);

    cs_model_run(without);
    for (int i = 0; i < 2; i++) {
        char text[4096];

        snprintf(text, sizeof text, TEN_MINUTES "clients: %s\n%s", none[i], MANY);
        struct cs_scenario *scenario = load_or_fail(text);
        struct cs_model *model = cs_model_new(scenario, 0);

        cs_model_run(model);
        cr_expect_eq(cs_model_events(model), cs_model_events(without));
        same_rows(without, model);
        cs_model_free(model);
        cs_scenario_free(scenario);
    }
    cs_model_free(without);
    cs_scenario_free(plain);
}

/* What cannot end before the run does is counted, and the books still balance. */
Test(model_client, unfinished_users_are_counted)
{
    struct cs_scenario *scenario = load_or_fail(
        "capsim: 1\nname: t\nhorizon: { duration: 1m, lead_in: 0s }\n"
        "clients: { retry: { codes: [503], max: 100, backoff: { initial: 24h, max: 24h } } }\n"
        "fleets: { f: {} }\n"
        "functions: { fail: { fleet: f, errors: { 503: 100% }, steps: [ { wait: 10ms } ] } }\n"
        "traffic: { open: { rate: 1/s, mix: { fail: 100% } } }\n");
    struct cs_model *model = cs_model_new(scenario, 0);

    cs_model_run(model);
    cr_expect_gt(model->unfinished_clients, 30);
    cr_expect_eq(count_of(model, "user_requests_total", "code=503"),
                 count_of(model, "requests_total", NULL));
    cr_expect_eq(model->unfinished_users, count_of(model, "user_requests_total", NULL));
    const struct cs_model_check *checks;
    size_t n = cs_model_checks(model, &checks);

    for (size_t i = 0; i < n; i++) /* unstable, and told so; the rest is in order */
        cr_expect_eq(checks[i].ok, strcmp(checks[i].name, "stable") != 0, "%s: %s",
                     checks[i].name, checks[i].detail);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* The books notice a user that is lost: catches a check that cannot fail. */
Test(model_client, a_lost_user_is_noticed)
{
    for (int lost = 0; lost <= 1; lost++) {
        struct cs_scenario *scenario =
            load_or_fail(TEN_MINUTES "clients: { retry: { codes: [500], max: 2 } }\n" MANY);
        struct cs_model *model = cs_model_new(scenario, 0);
        const struct cs_model_check *checks;
        size_t i = 0;

        model->users_over += (uint64_t)lost;
        cs_model_run(model);
        size_t n = cs_model_checks(model, &checks);

        while (i < n && strcmp(checks[i].name, "flow of attempts") != 0)
            i++;
        cr_assert_lt(i, n);
        cr_expect_eq(checks[i].ok, lost == 0);
        cs_model_free(model);
        cs_scenario_free(scenario);
    }
}
