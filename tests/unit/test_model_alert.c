/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts and dashboards: the rules on traces made by hand, then whole models. */
#include "model_fixture.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "capsim/theory.h"
#include "models/alert.h"
#include "models/trail.h"

/* ---- the rule of `for` ---- */

/* A look each second; '1' true, '0' false.  Returns F where it fires. */
static void look_along(const char *trace, cs_time hold, struct cs_alert_run *run, char *fires)
{
    size_t n = strlen(trace);

    cs_alert_run_init(run);
    for (size_t i = 0; i < n; i++)
        fires[i] = cs_alert_look(run, trace[i] == '1', hold, (cs_time)i * CS_S,
                                 (cs_time)(i + 1) * CS_S)
                       ? 'F'
                       : '.';
    fires[n] = '\0';
}

/* Catches a `for` that counts looks and not time, or outlives a false one. */
Test(model_alert, fires_after_being_true_for_so_long)
{
    static const struct {
        const char *trace, *fires;
        cs_time hold;
        uint64_t fired;
    } row[] = {
        {"0110", ".FF.", 0, 1},
        {"0111100", "...FF..", 2 * CS_S, 1},
        {"0110110", ".......", 2 * CS_S, 0},
        {"1110111", "..F...F", 2 * CS_S, 2},
        {"1111", "...F", 2 * CS_S + CS_MS, 1},
        {"0000", "....", 0, 0},
    };

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct cs_alert_run run;
        char fires[16];
        size_t firing = 0;

        look_along(row[i].trace, row[i].hold, &run, fires);
        cr_expect_str_eq(fires, row[i].fires);
        cr_expect_eq(run.fired, row[i].fired);
        for (const char *p = fires; *p != '\0'; p++)
            firing += *p == 'F';
        cr_expect_eq(run.firing, (cs_time)firing * CS_S);
        cr_expect_eq(run.first, strchr(fires, 'F') == NULL
                                    ? CS_NEVER
                                    : (cs_time)(strchr(fires, 'F') - fires) * CS_S);
    }
}

/* Catches `or` binding tighter than `and`, and NaN taken for true. */
Test(model_alert, and_binds_tighter_than_or_and_no_data_is_false)
{
    struct cs_term term[3] = {{.compare = CS_GT, .threshold = 0.5},
                              {.compare = CS_GT, .threshold = 0.5, .is_alternative = true},
                              {.compare = CS_GT, .threshold = 0.5}};
    struct cs_expr expr = {.term = term, .n = 3}; /* a or b and c */

    cr_expect(cs_expr_holds(&expr, (double[]){1, 0, 0}));
    cr_expect_not(cs_expr_holds(&expr, (double[]){0, 1, 0}));
    cr_expect(cs_expr_holds(&expr, (double[]){0, 1, 1}));
    cr_expect_not(cs_expr_holds(&expr, (double[]){(double)NAN, 1, (double)NAN}));
    cr_expect(cs_expr_holds(&expr, (double[]){(double)NAN, 1, 1}));
    term[0].compare = CS_LT;
    cr_expect_not(cs_expr_holds(&expr, (double[]){(double)NAN, 0, 0}));
    expr.n = 0;
    cr_expect_not(cs_expr_holds(&expr, NULL));
}

/* ---- trailing windows ---- */

enum { SAMPLES = 400, MOST = 60 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Against histograms filled anew from the last n samples.  Catches a sample that
 * leaves twice or not, and a log that loses its order when it grows. */
Test(model_alert, a_trailing_window_is_what_the_last_samples_hold)
{
    static const uint32_t length[] = {1, 7, 30};
    static int64_t time[SAMPLES][MOST];
    uint32_t count[SAMPLES];
    struct cs_trail trail = {.has_times = true};
    struct cs_hist whole;
    uint64_t state = 1;

    for (uint32_t i = 0; i < 3; i++)
        cr_assert_eq(cs_trail_want(&trail, length[i]), i);
    cr_assert_eq(cs_trail_want(&trail, 7), 1);
    cs_trail_start(&trail);
    cs_hist_init(&whole, 7, 63);
    for (uint32_t s = 0; s < SAMPLES; s++) {
        count[s] = s % 11 == 5 ? 0 : (uint32_t)(next_random(&state) % MOST);
        for (uint32_t k = 0; k < count[s]; k++) {
            time[s][k] = (int64_t)(next_random(&state) << (next_random(&state) % 8));
            trail.now.all++;
            trail.now.timed++;
            trail.now.sum += time[s][k];
            trail.now.errors += time[s][k] % 3 == 0;
            cs_trail_time(&trail, time[s][k]);
        }
        cs_trail_step(&trail);
        for (uint32_t i = 0; i < 3; i++) {
            struct cs_tally sum = {0};

            cs_hist_reset(&whole);
            for (uint32_t j = s + 1 < length[i] ? 0 : s + 1 - length[i]; j <= s; j++)
                for (uint32_t k = 0; k < count[j]; k++) {
                    cs_hist_add(&whole, time[j][k]);
                    sum.errors += time[j][k] % 3 == 0;
                }
            const struct cs_trail_range *range = &trail.range[i];

            cr_assert_eq(range->sum.all, whole.total);
            cr_assert_eq(range->sum.errors, sum.errors);
            cr_assert(range->sum.sum == whole.sum);
            cr_assert_eq(range->times.total, whole.total);
            cr_assert_arr_eq(range->times.count, whole.count,
                             whole.n_bins * sizeof *whole.count);
        }
    }
    cs_hist_release(&whole);
    cs_trail_release(&trail);
}

/* ---- whole models ---- */

#define WATCHED(rest)                                                        \
    STAGE_HEAD "fleets: { f: { min_instances: 1, concurrency: 50 } }\n"      \
               "functions:\n"                                                \
               "  good: { fleet: f, steps: [ { wait: 10ms } ] }\n"           \
               "  bad: { fleet: f, errors: { 500: 100% }, steps: [ { wait: " \
               "10ms } ] }\n"                                                \
               "  slow: { fleet: f, steps: [ { wait: 2s } ] }\n"             \
               "traffic: { t: { rate: 1/h, mix: { good: 100% } } }\n" rest

/*
 * A request a second; those sent from 600 s to 1200 s are answered 500.  At the
 * look at T the last minute holds the 60 sent from T - 60 to T - 1, of which
 * T - 600 are bad, from 660 on all.  Above 50 % first at 640 (30 of 60 at 630
 * are not), so it fires at 640 + 120; last at 1220 (40 of 60), so it ends at
 * 1230.  A minute of `for` more than there is never fires.
 */
Test(model_alert, a_burst_of_errors_fires_when_the_arithmetic_says)
{
    struct stage stage;

    stage_open(&stage, WATCHED("alerts:\n"
                               "  burst: { expr: \"errors(1m) > 50%\", for: 2m }\n"
                               "  long: { expr: \"errors(1m) > 50%\", for: 10m }\n"
                               "  scoped: { expr: \"errors(1m) > 0%\", of: "
                               "{ function: good } }\n"
                               "health:\n"
                               "  d: { warning: \"errors(1m) > 0%\", critical: "
                               "\"success(1m) <= 0%\" }\n"));
    for (int t = 0; t < 3500; t++)
        stage_send(&stage, 1000.0 * t, t >= 600 && t < 1200 ? "bad" : "good");
    stage_run(&stage, CS_HOUR);
    struct cs_alert_outcome burst = cs_model_alert(stage.model, 0);
    struct cs_alert_outcome long_one = cs_model_alert(stage.model, 1);
    struct cs_health_outcome health = cs_model_health(stage.model, 0);

    cr_expect_eq(burst.fired, 1);
    cr_expect_eq(burst.first, 760 * CS_S);
    cr_expect_eq(burst.firing, (1230 - 760) * CS_S);
    cr_expect_eq(long_one.fired, 0);
    cr_expect_eq(long_one.first, CS_NEVER);
    cr_expect_eq(cs_model_alert(stage.model, 2).fired, 0);
    /* Bad ones are in the last minute from 610 to 1250; only bad ones from 660
     * to 1200. */
    cr_expect_eq(health.critical, (1210 - 660) * CS_S);
    cr_expect_eq(health.warning, (1260 - 610) * CS_S - health.critical);
    cr_expect_eq(health.healthy + health.warning + health.critical, CS_HOUR);
    stage_close(&stage);
}

/* p95 and mean of the last minute, and a level: 20 requests of 2 s at once from
 * 100 s to 102 s.  Catches a duration counted when sent, and a level averaged. */
Test(model_alert, durations_count_when_settled_and_levels_at_the_instant)
{
    struct stage stage;

    stage_open(&stage, WATCHED("alerts:\n"
                               "  p: { expr: \"p(95, 1m) > 1s\" }\n"
                               "  m: { expr: \"mean(1m) > 1s\" }\n"
                               "  u: { expr: \"under 1s(1m) < 100%\" }\n"
                               "  busy: { expr: \"slot_utilization >= 40%\" }\n"
                               "  n: { expr: \"instances > 1\" }\n"));
    for (int i = 0; i < 20; i++)
        stage_send(&stage, 99000.0, "slow");
    stage_run(&stage, CS_HOUR);
    for (size_t a = 0; a < 3; a++) {
        cr_expect_eq(cs_model_alert(stage.model, a).first, 110 * CS_S);
        cr_expect_eq(cs_model_alert(stage.model, a).firing, 60 * CS_S);
    }
    cr_expect_eq(cs_model_alert(stage.model, 3).first, 100 * CS_S);
    cr_expect_eq(cs_model_alert(stage.model, 3).firing, 10 * CS_S);
    cr_expect_eq(cs_model_alert(stage.model, 4).fired, 0);
    stage_close(&stage);
}

/* A breaker opens at 102.01 s for 40 s, and so shows at four looks.  Catches a level that
 * is found under other labels than its subject's. */
Test(model_alert, open_breakers_are_a_level)
{
    struct stage stage;

    stage_open(&stage,
               STAGE_HEAD "fleets: { f: { min_instances: 1, concurrency: 50 } }\n"
                          "dependencies:\n"
                          "  d: { latency: 10ms, error_rate: 100%, circuit_breaker: { "
                          "failures: 3, open: 40s, scope: global } }\n"
                          "  e: { latency: 10ms, circuit_breaker: { failures: 3 } }\n"
                          "functions: { ask: { fleet: f, steps: [ { call: d } ] } }\n"
                          "traffic: { t: { rate: 1/h, mix: { ask: 100% } } }\n"
                          "alerts:\n"
                          "  all: { expr: \"breaker_open > 0\" }\n"
                          "  d: { expr: \"breaker_open > 0\", of: { dependency: d } }\n"
                          "  e: { expr: \"breaker_open > 0\", of: { dependency: e } }\n");
    for (int i = 0; i < 3; i++)
        stage_send(&stage, 100000.0 + 1000.0 * i, "ask");
    stage_run(&stage, CS_HOUR);
    for (size_t a = 0; a < 2; a++) {
        cr_expect_eq(cs_model_alert(stage.model, a).first, 110 * CS_S);
        cr_expect_eq(cs_model_alert(stage.model, a).firing, 40 * CS_S);
    }
    cr_expect_eq(cs_model_alert(stage.model, 2).fired, 0);
    stage_close(&stage);
}

/* From 0 to 60 in a minute: the n-th is there at n seconds, so more than 30 first at the
 * look at 40 s. */
Test(model_alert, virtual_users_are_a_level)
{
    struct cs_scenario *scenario =
        load_or_fail("capsim: 1\nname: users\n"
                     "horizon: { duration: 2m, lead_in: 10s, sample: 10s }\nreplications: 1\n"
                     "fleets: { f: {} }\n"
                     "functions: { a: { fleet: f, steps: [ { wait: 1s } ] } }\n"
                     "traffic: { t: { users: { stages: [ { duration: 1m, target: 60 } ] }, "
                     "session: [ a ] } }\n"
                     "alerts: { many: { expr: \"virtual_users > 30\" } }\n");
    struct cs_model *model = cs_model_new(scenario, 0);

    cs_model_run(model);
    cr_expect_eq(cs_model_alert(model, 0).first, 40 * CS_S);
    cr_expect_eq(cs_model_alert(model, 0).firing, 80 * CS_S);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* P(errors / all > x) for Poisson(m) requests, each bad with probability p. */
static double above(double m, double p, double x)
{
    double sum = 0.0;

    for (unsigned n = 1; n < 400; n++)
        sum += gsl_ran_poisson_pdf(n, m) * gsl_cdf_binomial_Q((unsigned)floor(x * n), p, n);
    return sum;
}

/*
 * Looks a minute apart on the last minute are independent, so those that hold
 * are binomial.  Catches a window that overlaps the next one, forgets a sample,
 * or counts requests that are still under way.
 */
Test(model_alert, a_constant_error_rate_is_above_the_threshold_as_often_as_binomial)
{
    struct cs_scenario *scenario =
        load_or_fail("capsim: 1\nname: binomial\n"
                     "horizon: { duration: 240h, lead_in: 10m, sample: 1m }\nseed: 3\n"
                     "replications: 1\n"
                     "fleets: { f: { min_instances: 1, concurrency: 1000 } }\n"
                     "functions: { serve: { fleet: f, errors: { 500: 4% }, steps: [ { wait: "
                     "1ms } ] } }\n"
                     "traffic: { open: { rate: 1/s, mix: { serve: 100% } } }\n"
                     "alerts: { high: { expr: \"errors(1m) > 5%\" } }\n");
    struct cs_model *model = cs_model_new(scenario, 0);

    cs_model_run(model);
    double looks = 240 * 60, p = above(60, 0.04, 0.05);
    double share = (double)cs_model_alert(model, 0).firing / (double)(240 * CS_HOUR);
    double z = (share - p) / sqrt(p * (1 - p) / looks);

    cr_expect_lt(fabs(z), 4.5, "%g, theory %g, z = %.2f", share, p, z);
    all_checks_hold(model);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/*
 * Looks at an M/M/2 see its stationary law: more than k wait with probability
 * C(2, a) rho^(k+1).  Catches a look that comes only after changes, and shares
 * that are not of time.
 */
Test(model_alert, looks_at_a_queue_see_its_stationary_distribution)
{
    enum { RUNS = 40, K = 2 };
    struct cs_scenario *scenario =
        load_or_fail("capsim: 1\nname: queue\n"
                     "horizon: { duration: 2h, lead_in: 10m, sample: 10s }\nseed: 4\n"
                     "replications: 40\n"
                     "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 2, "
                     "queue: { limit: unlimited } } }\n"
                     "functions: { serve: { fleet: f, steps: [ { wait: { exponential: "
                     "{ mean: 1s } } } ] } }\n"
                     "traffic: { open: { rate: 1.4/s, mix: { serve: 100% } } }\n"
                     "health: { q: { critical: \"instance_queue > 2\" } }\n");
    double p = cs_theory_erlang_c(1.4, 2) * pow(0.7, K + 1), sum = 0.0, squares = 0.0;

    for (uint32_t r = 0; r < RUNS; r++) {
        struct cs_model *model = cs_model_new(scenario, r);

        cs_model_run(model);
        struct cs_health_outcome time = cs_model_health(model, 0);
        double share = (double)time.critical / (double)(2 * CS_HOUR);

        cr_expect_eq(time.healthy + time.warning + time.critical, 2 * CS_HOUR);
        sum += share;
        squares += share * share;
        cs_model_free(model);
    }
    double mean = sum / RUNS, variance = (squares - sum * mean) / (RUNS - 1);
    double z = (mean - p) / sqrt(variance / RUNS);

    cr_expect_lt(fabs(z), 4.5, "%g, theory %g, z = %.2f", mean, p, z);
    cs_scenario_free(scenario);
}
