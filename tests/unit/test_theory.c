/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include <criterion/criterion.h>

#include "capsim/theory.h"

/*
 * Golden values to their last digit: made by other programs (scipy, octave's
 * queueing package) or confirmed by an independent simulation, as each test
 * says.  `ulp` is half a unit of the last digit that was given, and a little.
 */
#define NEAR(got, want, ulp)                                                              \
    cr_assert(fabs((got) - (want)) <= 0.51 * (ulp), "%s = %.12g, not %.12g", #got, (got), \
              (want))

/* octave-queueing erlangb, erlangc. */
Test(theory, erlang)
{
    NEAR(cs_theory_erlang_b(100.0, 100), 0.07570045271, 1e-11);
    NEAR(cs_theory_erlang_c(18.0, 20), 0.55076900482, 1e-11);
    NEAR(cs_theory_erlang_b(2.0, 4), 0.095238, 1e-6);
    cr_assert_eq(cs_theory_erlang_b(3.7, 0), 1.0);
    cr_assert_eq(cs_theory_erlang_b(0.0, 3), 0.0);
    cr_assert_eq(cs_theory_erlang_c(5.0, 5), 1.0);
    cr_assert_eq(cs_theory_erlang_c(7.5, 5), 1.0);
    NEAR(cs_theory_erlang_c(0.6, 1), 0.6, 1e-15);
}

/* Kills a second of the chain 0..room that goes from room to 0: its balance equations
 * solved in fractions. */
Test(theory, memory_kills)
{
    NEAR(cs_theory_memory_kills(1.0, 1.0, 1), 1.0 / 3.0, 1e-15);
    NEAR(cs_theory_memory_kills(1.0, 1.0, 2), 1.0 / 8.0, 1e-15);
    NEAR(cs_theory_memory_kills(3.0, 1.0, 5), 243.0 / 1705.0, 1e-15);
    NEAR(cs_theory_memory_kills(20.0, 0.2, 8), 20480.0 / 73401.0, 1e-14);
    NEAR(cs_theory_memory_kills(20.0, 0.2, 12), 8192.0 / 988191.0, 1e-15);
    NEAR(cs_theory_memory_kills(0.5, 4.0, 0), 0.5, 1e-15);
}

/* Confirmed by simulation: counting accepted requests of a window alone. */
Test(theory, sliding_log)
{
    NEAR(cs_theory_sliding_log(100.0 / 60.0, 60.0, 100), 0.075700, 1e-6);
    NEAR(cs_theory_sliding_log(5.0, 1.0, 4), 0.398343, 1e-6);
}

/* Confirmed by simulation, of windows that follow one another. */
Test(theory, fixed_window)
{
    NEAR(cs_theory_fixed_window(100.0 / 60.0, 60.0, 100), 0.039861, 1e-6);
    NEAR(cs_theory_fixed_window(80.0 / 60.0, 60.0, 100), 0.000647, 1e-6);
    NEAR(cs_theory_fixed_window(5.0, 1.0, 4), 0.287369, 1e-6);
    NEAR(cs_theory_fixed_window(1e4, 1.0, 5000), 0.5, 1e-10);
}

/* A busy user's windows never end; a rare one's are all new, and of 1 + N requests
 * with N in a window only the first passes a limit of 1: a / (1 + a). */
Test(theory, fixed_window_of_a_user)
{
    NEAR(cs_theory_fixed_window_user(100.0, 1.0, 100), cs_theory_fixed_window(100.0, 1.0, 100),
         1e-15);
    NEAR(cs_theory_fixed_window_user(1e-5, 1.0, 1), 1e-5, 1e-9);
    /* One passes in each window with any: 1 / e of those that follow one are empty. */
    NEAR(cs_theory_fixed_window_user(1.0, 1.0, 1), 1.0 - 1.0 / (1.0 + 2.0 * exp(-1.0)), 1e-12);
    /* Four million requests through the rule in Python gave .043528 and .288272. */
    NEAR(cs_theory_fixed_window_user(2.0, 1.0, 4), 0.043528, 4e-4);
    NEAR(cs_theory_fixed_window_user(5.0, 1.0, 4), 0.288272, 1e-3);
}

/* Confirmed by simulation; and M/D/1/1 is Erlang's loss of one. */
Test(theory, token_bucket)
{
    NEAR(cs_theory_token_bucket(0.9, 1.0, 5), 0.064362, 1e-6);
    NEAR(cs_theory_token_bucket(1.2, 1.0, 10), 0.170911, 1e-6);
    NEAR(cs_theory_token_bucket(1.0, 1.0, 1), 0.5, 1e-12);
    NEAR(cs_theory_token_bucket(3.0, 1.5, 1), 2.0 / 3.0, 1e-12);
    /* Twice what it gains, and deep: half passes.  Hardly any, and deep: all does. */
    NEAR(cs_theory_token_bucket(2.0, 1.0, 2000), 0.5, 1e-9);
    NEAR(cs_theory_token_bucket(0.1, 1.0, 50), 0.0, 1e-9);
}

/* scipy's brentq on the closed form, S = 0.2 s; -1 where no value was given. */
Test(theory, mmc)
{
    static const struct {
        double lambda, c_wait, wait, p95, p99;
        unsigned c;
    } golden[] = {
        {4.5, -1.0, -1.0, 5.9914645471, 9.2103403720, 1},
        {70.0, 0.0935612435, 0.0031187081, 0.6028543193, 0.9247419029, 20},
        {80.0, 0.2560777938, 0.0128038897, 0.6155271272, 0.9374162352, 20},
        {90.0, 0.5507690048, 0.0550769005, 0.6845660628, 1.0083246017, 20},
        {95.0, 0.7554012321, 0.1510802464, 0.8944868961, 1.2728686447, 20},
        {90.0, 0.0065297798, 0.0001088297, 0.5992651428, 0.9211527252, 30},
        {180.0, 0.4115624767, 0.0205781238, 0.6248560242, 0.9467456412, 40},
    };

    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        double lambda = golden[i].lambda;
        unsigned c = golden[i].c;

        NEAR(cs_theory_mmc_quantile(lambda, 0.2, c, 0.95), golden[i].p95, 1e-10);
        NEAR(cs_theory_mmc_quantile(lambda, 0.2, c, 0.99), golden[i].p99, 1e-10);
        if (golden[i].c_wait < 0.0)
            continue;
        NEAR(cs_theory_erlang_c(lambda * 0.2, c), golden[i].c_wait, 1e-10);
        NEAR(cs_theory_mmc_wait(lambda, 0.2, c), golden[i].wait, 1e-10);
    }
}

/* octave-queueing qsmmm(90, 5, 20). */
Test(theory, mmc_mean)
{
    NEAR(cs_theory_mmc_mean(90.0, 0.2, 20), 0.25507690048, 1e-11);
    NEAR(90.0 * cs_theory_mmc_mean(90.0, 0.2, 20), 22.95692104334, 1e-11);
}

/* Where a = c - 1 the closed form is 0 / 0; its neighbours are not. */
Test(theory, mmc_quantile_is_smooth_at_a_removable_pole)
{
    double at = cs_theory_mmc_quantile(5.0, 0.2, 2, 0.95);
    double near = cs_theory_mmc_quantile(5.0 + 1e-7, 0.2, 2, 0.95);

    cr_assert(at > 0.2 * log(20.0) && fabs(at - near) < 1e-6, "%.12g and %.12g", at, near);
}

Test(theory, mmc_without_a_steady_state)
{
    cr_assert(isinf(cs_theory_mmc_wait(100.0, 0.2, 20)));
    cr_assert(isinf(cs_theory_mmc_mean(101.0, 0.2, 20)));
    cr_assert(isinf(cs_theory_mmc_quantile(100.0, 0.2, 20, 0.5)));
}

/* octave-queueing qsmmmk(90, 5, 20, 40). */
Test(theory, mmck)
{
    double blocked = cs_theory_mmck_blocking(90.0, 0.2, 20, 40);

    NEAR(blocked, 0.00712547938, 1e-11);
    NEAR(90.0 * (1.0 - blocked), 89.35870685550, 1e-11);
    NEAR(cs_theory_mmck_mean(90.0, 0.2, 20, 40), 0.23749970961, 1e-11);
    NEAR(cs_theory_mmck_blocking(100.0, 1.0, 100, 100), cs_theory_erlang_b(100.0, 100), 1e-14);
}

/* Confirmed by simulation. */
Test(theory, deterministic_patience)
{
    NEAR(cs_theory_mmc_patience_abandon(18.0, 1.0, 20, 0.5), 0.024781, 1e-6);
    NEAR(cs_theory_mmc_patience_wait(18.0, 1.0, 20, 0.5), 0.450579, 1e-6);
    NEAR(cs_theory_mmc_patience_abandon(22.0, 1.0, 20, 0.5), 0.114769, 1e-6);
    NEAR(cs_theory_mmc_patience_abandon(100.0, 0.2, 20, 5.0), 0.001975, 1e-6);
}

/* No patience is Erlang B, endless patience is Erlang C. */
Test(theory, deterministic_patience_limits)
{
    NEAR(cs_theory_mmc_patience_abandon(18.0, 1.0, 20, 0.0), cs_theory_erlang_b(18.0, 20),
         1e-14);
    NEAR(cs_theory_mmc_patience_wait(18.0, 1.0, 20, 90.0), cs_theory_erlang_c(18.0, 20), 1e-12);
}

/* octave: the chain of 400 states solved as a linear system. */
Test(theory, erlang_a)
{
    NEAR(cs_theory_erlang_a_abandon(100.0, 0.2, 20, 5.0), 0.02971185049, 1e-11);
    /* The patient, when there are too many of them: 1 - c / a get nothing. */
    NEAR(cs_theory_erlang_a_abandon(40.0, 1.0, 20, 100.0), 0.5, 1e-9);
}

/* octave-queueing qsmg1(4, .2, .2): response 2.2, number 8.8. */
Test(theory, mg1)
{
    NEAR(0.2 + cs_theory_mg1_wait(4.0, 0.2, 0.2), 2.2, 1e-12);
    NEAR(4.0 * (0.2 + cs_theory_mg1_wait(4.0, 0.2, 0.2)), 8.8, 1e-12);
    NEAR(cs_theory_mg1_wait(4.5, 0.2, 0.08), cs_theory_mmc_wait(4.5, 0.2, 1), 1e-12);
    cr_assert(isinf(cs_theory_mg1_wait(5.0, 0.2, 0.08)));
}

/* Confirmed by simulation. */
Test(theory, mg1_with_setup)
{
    NEAR(cs_theory_mg1_setup_wait(0.5, 1.0, 2.0, 2.0, 4.0), 2.5, 1e-12);
    NEAR(cs_theory_mg1_setup_wait(0.8, 1.0, 2.0, 0.5, 0.25), 4.428571, 1e-6);
}

/* Confirmed by simulation, with deterministic and hyperexponential demands. */
Test(theory, processor_sharing)
{
    NEAR(cs_theory_ps_mean(0.8, 1.0, 1), 5.0, 1e-12);
    NEAR(cs_theory_ps_mean(1.6, 1.0, 2), 2.777778, 1e-6);
}

/* Confirmed by simulation, and by Runge-Kutta on the passage equations. */
Test(theory, cold_start)
{
    static const struct {
        double lambda, mu, tau, share, idle;
    } golden[] = {
        {0.5, 1.0, 1.0, 0.659608, 0.404374},
        {5.0, 1.0, 0.5, 0.328108, 1.307496},
        {20.0, 5.0, 2.0, 0.032649, 4.557054},
        {0.01, 1.0, 60.0, 0.553147, 0.452595},
    };

    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        double lambda = golden[i].lambda, s = 1.0 / golden[i].mu, tau = golden[i].tau;

        NEAR(cs_theory_cold_start_share(lambda, s, tau), golden[i].share, 1e-6);
        NEAR(cs_theory_cold_start_idle(lambda, s, tau), golden[i].idle, 1e-6);
    }
}

/* With no keep-alive each request starts an instance; a fleet that keeps them
 * longer than any lull starts none. */
Test(theory, cold_start_limits)
{
    NEAR(cs_theory_cold_start_share(20.0, 0.2, 0.0), 1.0, 1e-12);
    NEAR(cs_theory_cold_start_idle(20.0, 0.2, 0.0), 0.0, 1e-12);
    cr_assert_lt(cs_theory_cold_start_share(20.0, 0.2, 60.0), 1e-2);
}

/* By Little's law an instance more kept at age tau is a request saved from a
 * cold start: d idle / d tau = lambda share. */
Test(theory, cold_start_slope)
{
    double h = 1e-4;
    double rise = cs_theory_cold_start_idle(20.0, 0.2, 0.7 + h) -
                  cs_theory_cold_start_idle(20.0, 0.2, 0.7 - h);
    double share = cs_theory_cold_start_share(20.0, 0.2, 0.7);

    cr_assert(fabs(rise / (2.0 * h) - 20.0 * share) < 1e-6);
}

/* Where requests hardly ever meet, one instance serves all, and is warm for the
 * next within tau with probability 1 - e^(-lambda tau). */
Test(theory, cold_start_of_a_quiet_fleet)
{
    double share = cs_theory_cold_start_share(0.01, 1e-3, 50.0);

    cr_assert(fabs(share - exp(-0.5)) < 1e-4, "%.9g", share);
}

/* Confirmed by simulation. */
Test(theory, nested_loss)
{
    NEAR(cs_theory_nested_loss(3, 3.0, 4, 8), 0.306491, 1e-6);
    NEAR(cs_theory_nested_loss(3, 2.0, 4, 12), 0.095238, 1e-6);
    NEAR(cs_theory_nested_loss(3, 5.0, 6, 10), 0.412250, 1e-6);
}

/* Where only one of the two caps can bind it is Erlang B. */
Test(theory, nested_loss_limits)
{
    NEAR(cs_theory_nested_loss(3, 2.0, 4, 99), cs_theory_erlang_b(2.0, 4), 1e-13);
    NEAR(cs_theory_nested_loss(3, 2.0, 9, 9), cs_theory_erlang_b(6.0, 9), 1e-13);
    NEAR(cs_theory_nested_loss(1, 2.0, 9, 4), cs_theory_erlang_b(2.0, 4), 1e-13);
}

/* octave: the chain of 74 states solved as a linear system; a backend that comes
 * free goes to either of two candidates at random. */
Test(theory, two_level)
{
    struct cs_theory_two_level random = cs_theory_two_level(3.0, 0.5, 2, 6, 0.5);
    double response = random.number / (6.0 * (1.0 - random.blocking));

    NEAR(random.blocking, 0.1162332806, 1e-10);
    NEAR(random.number, 5.790666674, 1e-9);
    NEAR(response, 1.092042833, 1e-9);
    /* The order changes who waits, hence the spread, and a little of the loss. */
    cr_assert_lt(cs_theory_two_level(3.0, 0.5, 2, 6, 1.0).blocking, random.blocking);
}

/* One connection each over one backend, room for one each: a machine shared by
 * two, with each in one of the states idle, served, waiting. */
Test(theory, two_level_smallest)
{
    /* P(0), P(either alone), P(both): birth 2, 1 and death 1, 1 (x lambda, mu). */
    double a = 0.7, both = 2.0 * a * a, one = 2.0 * a, sum = 1.0 + one + both;
    struct cs_theory_two_level got = cs_theory_two_level(a, 1.0, 1, 1, 1.0);

    NEAR(got.number, (one + 2.0 * both) / sum, 1e-11);
    NEAR(got.blocking, (one / 2.0 + both) / sum, 1e-11);
}

/* Confirmed by simulation. */
Test(theory, usl)
{
    NEAR(cs_theory_usl_mean(6.0, 1.0, 0.05, 0.01, 30), 29.111325, 1e-6);
    NEAR(cs_theory_usl_blocking(6.0, 1.0, 0.05, 0.01, 30), 0.541377, 1e-6);
    NEAR(cs_theory_usl_blocking(6.0, 0.5, 0.0, 0.0, 5), cs_theory_erlang_b(3.0, 5), 1e-14);
    /* A chain whose weights overflow a double unless scaled. */
    NEAR(cs_theory_usl_mean(1e6, 1.0, 0.0, 0.0, 400), 399.9996, 1e-4);
}

/* scipy's lognormal. */
Test(theory, lognormal)
{
    NEAR(cs_theory_lognormal_tail(3.0, 0.8, 10.0), 0.0661664084, 1e-10);
    NEAR(cs_theory_lognormal_limited_mean(3.0, 0.8, 10.0), 3.7997979877, 1e-10);
    NEAR(cs_theory_lognormal_tail(3.0, 0.8, 11.1841230777), 0.05, 1e-10);
    NEAR(cs_theory_lognormal_limited_mean(3.0, 0.8, 1e9), 3.0 * exp(0.32), 1e-9);
    cr_assert_eq(cs_theory_lognormal_tail(3.0, 0.8, 0.0), 1.0);
    cr_assert_eq(cs_theory_lognormal_limited_mean(3.0, 0.8, 0.0), 0.0);
}

/* Confirmed by simulation. */
Test(theory, mt_minf)
{
    NEAR(cs_theory_mt_minf(10.0, 0.5, 10.0, 1.0, 2.5), 13.584784, 1e-6);
    NEAR(cs_theory_mt_minf(10.0, 0.0, 10.0, 1.0, 2.5), 10.0, 1e-12);
}

/* GNU Octave's queueing package: engset(0.5, 5, 10) and qncsmva(30, [.01 .05], [3 1],
 * [1 1], 1). */
Test(theory, closed)
{
    const double service[] = {0.01, 0.05}, visits[] = {3.0, 1.0};
    struct cs_theory_closed mva = cs_theory_mva(30, 1.0, service, visits, 2);

    NEAR(cs_theory_engset(0.5, 5, 10), 0.10696095076, 1e-11);
    NEAR(mva.throughput, 19.63647829127, 1e-11);
    NEAR(mva.response, 0.52776885728, 1e-11);
    NEAR(3.0 * mva.at[0] + mva.at[1], mva.response, 1e-14);
}

/* One server is a network of one station; Engset is the repairman without a queue's
 * room; as many servers as customers never make one wait; and a crowd of sources that
 * think long is Poisson. */
Test(theory, closed_limits)
{
    const double service = 0.2, visit = 1.0;

    NEAR(cs_theory_repair(12, 1.5, 0.2, 1).response,
         cs_theory_mva(12, 1.5, &service, &visit, 1).response, 1e-12);
    NEAR(cs_theory_repair(7, 1.5, 0.2, 7).response, 0.2, 1e-14);
    NEAR(cs_theory_repair(200000, 200000.0 / 90.0, 0.2, 20).response,
         cs_theory_mmc_mean(90.0, 0.2, 20), 1e-3);
    NEAR(cs_theory_engset(18.0 / 200000.0, 20, 200000), cs_theory_erlang_b(18.0, 20), 1e-4);
    cr_assert_eq(cs_theory_engset(0.5, 10, 10), 0.0);
    /* Weights that overflow a double unless scaled. */
    NEAR(cs_theory_repair(3000, 1e-3, 1.0, 1).throughput, 1.0, 1e-12);
}

/* By hand: 1 + p + p^2 + p^3. */
Test(theory, retries)
{
    NEAR(cs_theory_retry_attempts(0.1, 3), 1.111, 1e-15);
    NEAR(cs_theory_retry_attempts(0.5, 3), 1.875, 1e-15);
    NEAR(cs_theory_retry_success(0.5, 3), 0.9375, 1e-15);
    NEAR(cs_theory_retry_attempts(1.0, 3), 4.0, 1e-15);
    NEAR(cs_theory_retry_success(0.3, 0), 0.7, 1e-15);
}

/* x / (1 + x); and by hand at 0.5/s, 10 s and 4 s: (5 + 1 - e^-2) / 6. */
Test(theory, hits_of_what_lives_for_a_time)
{
    cr_expect_float_eq(cs_theory_ttl_hits(0.1, 10, 0), 0.5, 1e-15);
    cr_expect_float_eq(cs_theory_ttl_hits(3.0, 1, 0), 0.75, 1e-15);
    cr_expect_float_eq(cs_theory_ttl_hits(0.5, 10, 4), 0.977444119460567, 1e-12);
    cr_expect(cs_theory_ttl_hits(0.0, 10, 4) == 0.0);
}
