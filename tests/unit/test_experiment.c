/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test_scenario.h"

#include <criterion/criterion.h>
#include <math.h>

#include "capsim/experiment.h"
#include "capsim/theory.h"
#include "experiment/build.h"

/* M/M/5/5 with 4 Erlang, 3 windows of 20 s. */
#define LOSS                                                                                \
    "capsim: 1\nname: loss\ntitle: A loss system\n"                                         \
    "horizon: { duration: 60s, lead_in: 20s, sample: 20s }\nreplications: 20\nseed: 5\n"    \
    "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 5, "                   \
    "queue: { limit: 0 } } }\n"                                                             \
    "databases: { db: { gateway: { max_clients: 70, pool_size: 15 }, "                      \
    "server: { max_connections: 60 }, queries: { point: 1ms } } }\n"                        \
    "functions: { serve: { fleet: f, steps: [ { wait: { exponential: { mean: 1s } } } ] } " \
    "}\n"                                                                                   \
    "traffic: { open: { rate: 4/s, mix: { serve: 100% } } }\n"                              \
    "slos:\n"                                                                               \
    "  easy: { target: \"success >= 40%\", window: 20s }\n"                                 \
    "  hard: { target: \"success >= 99.9%\", window: 20s, gate: false }\n"                  \
    "  long: { target: \"p(95) < 100s\", window: 30d, attain: 50% }\n"                      \
    "  rest: { target: \"success >= 40%\", window: 25s }\n"                                 \
    "  idle: { target: \"limited < 1%\", window: 20s }\n"

static struct loaded load(const char *set)
{
    struct loaded loaded = load_set(LOSS, set);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    return loaded;
}

static struct cs_result *run(const char *set, unsigned jobs)
{
    struct loaded loaded = load(set);
    struct cs_result *result = cs_experiment_run(
        loaded.scenario, &(struct cs_run_options){.jobs = jobs, .version = "1"});

    loaded_release(&loaded);
    return result;
}

/* To the last bit. */
static void expect_same(const struct cs_result *a, const struct cs_result *b)
{
    cr_assert_eq(a->n_metrics, b->n_metrics);
    cr_assert_eq(a->n_series, b->n_series);
    cr_assert_eq(a->n_slos, b->n_slos);
    cr_expect_eq(a->replications, b->replications);
    cr_expect_eq(a->events, b->events);
    cr_expect_eq(a->requests, b->requests);
    for (size_t i = 0; i < a->n_metrics; i++)
        cr_expect(memcmp(&a->metric[i].value, &b->metric[i].value, sizeof a->metric[i].value) ==
                      0,
                  "%s %s: %.17g and %.17g", a->metric[i].name, a->metric[i].stat,
                  a->metric[i].value.mean, b->metric[i].value.mean);
    for (size_t i = 0; i < a->n_series; i++) {
        size_t bytes = a->series[i].n * sizeof(double);

        cr_expect(memcmp(a->series[i].mean, b->series[i].mean, bytes) == 0);
        cr_expect(memcmp(a->series[i].p95, b->series[i].p95, bytes) == 0);
    }
    for (size_t i = 0; i < a->n_slos; i++)
        cr_expect(memcmp(&a->slo[i].value, &b->slo[i].value, sizeof a->slo[i].value) == 0);
}

static const struct cs_result_slo *slo(const struct cs_result *result, const char *name)
{
    size_t i = 0;

    while (i < result->n_slos && strcmp(result->slo[i].name, name) != 0)
        i++;
    cr_assert(i < result->n_slos, "no objective %s", name);
    return &result->slo[i];
}

/* ---- whole runs ---- */

/* Would catch a lost or doubled replication, a wrong interval, requests counted
 * outside the window. */
Test(experiment, blocking_is_erlang_b)
{
    static const char *const code[] = {"code=503"};
    struct cs_result *result = run("seed=5", 2);
    const struct cs_result_metric *lost =
        cs_result_find(result, "requests_total", "ratio", code, 1);

    cr_assert_not_null(lost);
    cr_assert_eq(lost->value.n, 20);
    /* 2.093 is t at 97.5 % with 19 degrees of freedom. */
    double error = (lost->value.hi - lost->value.lo) / 2 / 2.093024;
    double z = (lost->value.mean - cs_theory_erlang_b(4.0, 5)) / error;

    cr_expect(fabs(z) < 4.5, "%g: z = %g", lost->value.mean, z);
    cr_expect(error > 0.001 && error < 0.03, "standard error %g", error);
    cs_result_free(result);
}

/* A pooled quantile comes from all that the replications saw. */
Test(experiment, quantiles_are_pooled)
{
    static const char *const none[] = {NULL};
    struct cs_result *result = run("seed=5", 2);
    size_t seen = 0;

    for (size_t i = 0; i < result->n_metrics; i++) {
        const struct cs_result_metric *row = &result->metric[i];

        if (strcmp(row->stat, "p95") != 0)
            continue;
        cr_expect(isnan(row->value.mean) == (row->value.n == 0), "%s", row->name);
        seen += row->value.n == 20;
    }
    cr_expect(seen > 0);
    const struct cs_result_metric *p95 =
        cs_result_find(result, "request_duration_seconds", "p95", none, 0);

    /* Of an exponential of 1 s, from some 3800 answers and 950 refusals at 0 s:
     * the loss takes the quantile of 95 % to that of 93.8 %. */
    cr_assert_not_null(p95);
    double refused = cs_theory_erlang_b(4.0, 5);
    double expected = -log(0.05 / (1.0 - refused));
    double error = (p95->value.hi - p95->value.lo) / 2 / 2.093024;

    cr_expect(fabs(p95->value.mean - expected) < 4.5 * error, "%g, expected %g",
              p95->value.mean, expected);
    cs_result_free(result);
}

Test(experiment, any_number_of_jobs_gives_the_same)
{
    struct cs_result *one = run("seed=5", 1), *other = run("seed=6", 1);

    for (unsigned jobs = 2; jobs <= 7; jobs += 5) {
        struct cs_result *many = run("seed=5", jobs);

        expect_same(one, many);
        cs_result_free(many);
    }
    cr_expect_neq(one->events, other->events, "another seed is another run");
    cs_result_free(one);
    cs_result_free(other);
}

Test(experiment, the_result_says_what_was_run)
{
    struct cs_result *result = run("replications=2", 1);

    cr_expect_str_eq(result->name, "loss");
    cr_expect_str_eq(result->title, "A loss system");
    cr_expect_str_eq(result->version, "1");
    cr_expect_str_eq(result->command, "");
    cr_expect_eq(strlen(result->hash), 64);
    cr_expect_float_eq(result->duration_s, 60.0, 1e-9);
    cr_expect_float_eq(result->lead_in_s, 20.0, 1e-9);
    cr_expect_eq(result->seed, 5);
    cr_expect_eq(result->replications, 2);
    cr_expect(result->requests > 300 && result->events > result->requests);
    for (size_t i = 0; i < result->n_checks; i++)
        cr_expect(result->check[i].ok, "%s: %s", result->check[i].name,
                  result->check[i].detail);
    cr_assert(result->n_series > 0);
    cr_expect_eq(result->series[0].n, 3);
    cr_expect_float_eq(result->series[0].step_s, 20.0, 1e-9);
    cs_result_free(result);
}

struct watch {
    uint64_t seen, until;
    atomic_int stop;
};

static void on_progress(void *self, struct cs_progress progress)
{
    struct watch *watch = self;

    cr_expect_eq(progress.done, ++watch->seen);
    cr_expect_eq(progress.total, 20);
    if (watch->seen == watch->until)
        atomic_store(&watch->stop, 1);
}

static struct cs_result *run_until(unsigned jobs, struct watch *watch)
{
    struct loaded loaded = load("seed=5");
    struct cs_result *result =
        cs_experiment_run(loaded.scenario, &(struct cs_run_options){.jobs = jobs,
                                                                    .progress = on_progress,
                                                                    .progress_self = watch,
                                                                    .stop = &watch->stop});

    loaded_release(&loaded);
    return result;
}

/* Only a prefix is unbiased: keeping whichever were quick would favour short
 * replications. */
Test(experiment, a_stop_leaves_the_first_replications)
{
    for (unsigned jobs = 1; jobs <= 2; jobs++) {
        struct watch watch = {.until = 3};
        struct cs_result *stopped = run_until(jobs, &watch);
        char set[32];

        cr_expect(stopped->replications >= 3 && stopped->replications < 3 + jobs);
        (void)snprintf(set, sizeof set, "replications=%d", (int)stopped->replications);
        struct cs_result *whole = run(set, 1);

        expect_same(stopped, whole);
        cs_result_free(stopped);
        cs_result_free(whole);
    }
}

Test(experiment, a_stop_before_the_first_leaves_none)
{
    struct watch watch = {.stop = 1};
    struct cs_result *result = run_until(2, &watch);

    cr_expect_eq(watch.seen, 0);
    cr_expect_eq(result->replications, 0);
    cr_expect_eq(result->n_metrics, 0);
    cr_expect_eq(result->n_slos, 0);
    cs_result_free(result);
}

Test(experiment, objectives_are_judged_and_explained)
{
    struct cs_result *result = run("replications=20", 2);
    const struct cs_result_slo *easy = slo(result, "easy"), *hard = slo(result, "hard"),
                               *longer = slo(result, "long"), *rest = slo(result, "rest"),
                               *idle = slo(result, "idle");

    cr_expect_eq(easy->verdict, CS_MET);
    cr_expect_eq(easy->windows, 60);
    cr_expect(easy->value.n == 20, "windows of one replication are not independent");
    cr_expect_str_eq(easy->note, "");
    cr_expect_eq(hard->verdict, CS_MISSED);
    cr_expect(hard->attainment.hi < 0.9);
    cr_expect_eq(longer->windows, 20);
    cr_expect_eq(longer->verdict, CS_MET, "20 of 20 shows 83 %%, and 50 %% are asked for");
    cr_expect_str_eq(longer->unit, "seconds");
    cr_expect_not_null(strstr(longer->note, "1 min is taken as a window of 30 d"));
    cr_expect_eq(rest->windows, 40);
    cr_expect_not_null(strstr(rest->note, "the last 10 s are no whole window"));
    cr_expect_eq(idle->verdict, CS_NOT_EXERCISED);
    cr_expect_eq(cs_experiment_exit_status(result), 0, "what is missed decides nothing");
    cs_result_free(result);
}

Test(experiment, caps_and_assumptions)
{
    static const double cap[] = {70, 15, 60};
    struct cs_result *result = run("replications=2", 1);
    bool names_rule = false, tells_times = false;

    cr_assert_eq(result->n_caps, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect(result->cap[i].value == cap[i]);
        cr_expect_str_eq(result->cap[i].label[0].value, "db");
        cr_expect_str_eq(result->cap[i].series,
                         i == 0 ? "db_connections" : "db_backends_active");
    }
    for (size_t i = 0; i < result->n_assumptions; i++) {
        names_rule = names_rule || strstr(result->assumption[i], "last used") != NULL;
        tells_times = tells_times || strstr(result->assumption[i],
                                            "the same 1 min, begun 20 s earlier") != NULL;
    }
    cr_expect(tells_times, "times have units that people use");
    cr_expect(names_rule, "every output names the rule of reuse");
    cr_expect(result->n_off > 0);
    cs_result_free(result);
}

/* ---- verdicts ---- */

Test(experiment, a_verdict_needs_the_whole_interval)
{
    cr_expect_eq(cs_verdict_of((struct cs_estimate){.lo = 0.9, .hi = 1.0}, 0.9), CS_MET);
    cr_expect_eq(cs_verdict_of((struct cs_estimate){.lo = 0.89, .hi = 1.0}, 0.9), CS_UNDECIDED);
    cr_expect_eq(cs_verdict_of((struct cs_estimate){.lo = 0.5, .hi = 0.9}, 0.9), CS_UNDECIDED);
    cr_expect_eq(cs_verdict_of((struct cs_estimate){.lo = 0.5, .hi = 0.89}, 0.9), CS_MISSED);
}

Test(experiment, missed_goes_before_undecided)
{
    struct cs_result_slo of[] = {{.verdict = CS_MET, .gate = true},
                                 {.verdict = CS_NOT_EXERCISED, .gate = true},
                                 {.verdict = CS_UNDECIDED, .gate = false},
                                 {.verdict = CS_MISSED, .gate = false}};
    struct cs_result result = {.slo = of, .n_slos = 4};

    cr_expect_eq(cs_experiment_exit_status(&result), 0);
    of[2].gate = true;
    cr_expect_eq(cs_experiment_exit_status(&result), 4);
    of[3].gate = true;
    cr_expect_eq(cs_experiment_exit_status(&result), 3);
}
