/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_THEORY_H
#define CAPSIM_THEORY_H

#include <stddef.h>

/*
 * Closed forms and small exact solutions: the oracles of `capsim verify` and
 * of the tests, and the analytic twin beside a simulated value.  Knows no
 * simulator.  a = offered load (arrival rate x mean service), in Erlang; times
 * in seconds, rates a second.  Arguments outside the stated ranges are asserted;
 * a queue without a steady state gives +infinity.
 */

/* Blocking of M/G/c/c (Erlang B, by Jagerman's recursion of 1974); a >= 0, c >= 0.  O(c). */
double cs_theory_erlang_b(double a, unsigned c);
/* P(wait) of M/M/c (Erlang C, from Erlang B); c >= 1; 1 when a >= c. */
double cs_theory_erlang_c(double a, unsigned c);
/*
 * Mean response, mean wait and the p-quantile (0 < p < 1) of response of
 * M/M/c, first come first served, service mean s: Kleinrock 1975, 3.5;
 * P(T > t) = e^(-mu t) + C / (c - 1 - a) (e^(-mu t) - e^(-mu t (c - a))).
 */
double cs_theory_mmc_mean(double lambda, double s, unsigned c);
double cs_theory_mmc_wait(double lambda, double s, unsigned c);
double cs_theory_mmc_quantile(double lambda, double s, unsigned c, double p);
/* P(abandon) and P(wait > 0) of M/M/c+D: every customer waits at most d
 * (Barrer 1957).  Any a > 0, d >= 0. */
double cs_theory_mmc_patience_abandon(double lambda, double s, unsigned c, double d);
double cs_theory_mmc_patience_wait(double lambda, double s, unsigned c, double d);
/* P(abandon) of M/M/c+M (Erlang A, Palm 1957): patience exponential of that
 * mean > 0. */
double cs_theory_erlang_a_abandon(double lambda, double s, unsigned c, double patience);
/* Blocking, and mean response of what is taken, of M/M/c/k: k >= c in all. */
double cs_theory_mmck_blocking(double lambda, double s, unsigned c, unsigned k);
double cs_theory_mmck_mean(double lambda, double s, unsigned c, unsigned k);
/* Mean wait of M/G/1 (Pollaczek-Khinchine); es2 = E[S^2]. */
double cs_theory_mg1_wait(double lambda, double es, double es2);
/* Mean wait of M/G/1 whose server sets up for D after each idle period (Welch
 * 1964; ed2 = E[D^2]). */
double cs_theory_mg1_setup_wait(double lambda, double es, double es2, double ed, double ed2);
/* Mean response of M/G/1-PS (Kleinrock 1967), and of PS with k processors where
 * a job uses at most one (M/M/k mean, insensitive: Cohen 1979). */
double cs_theory_ps_mean(double lambda, double s, unsigned k);
/*
 * Serverless fleet without a cap: Poisson arrivals, exponential service mean
 * s, last-used reuse, instances removed after idle time tau >= 0.  Share of
 * requests that start an instance, and mean number of idle instances.  The
 * cold start takes no time.  Exact (first passages of M/M/infinity, by
 * uniformisation); costs about (a + lambda tau) a^2 steps, for a up to some 1000.
 */
double cs_theory_cold_start_share(double lambda, double s, double tau);
double cs_theory_cold_start_idle(double lambda, double s, double tau);
/*
 * An instance with memory for `room` requests and slots for more, Poisson arrivals,
 * exponential service mean s: the request beyond kills it, with all that it has, and
 * the next request finds an empty one at once.  Kills a second, 1 / E[T] by renewal
 * with T the first passage of M/M/infinity from 0 to room + 1: E[T] = sum of m_k, m_0 =
 * 1 / lambda, m_k = (1 + k m_(k-1) / s) / lambda.  Each takes room + 1 requests.
 */
double cs_theory_memory_kills(double lambda, double s, unsigned room);
/* Share refused by a sliding log that accepts `limit` in a window w, Poisson
 * lambda: Erlang B(lambda w, limit), since each accepted request holds a place
 * for w. */
double cs_theory_sliding_log(double lambda, double w, unsigned limit);
/* Share refused by windows of w that follow one another without end, when all but the
 * first `limit` requests of each are: E[(N - limit)+] / (lambda w), N Poisson. */
double cs_theory_fixed_window(double lambda, double w, unsigned limit);
/* The same when the windows of a user who sent nothing in one of them start again with
 * the next request: cycles of a window of 1 + N, then windows of N up to an empty one,
 * by renewal and reward.  Where e^(-lambda w) is nothing it is the above. */
double cs_theory_fixed_window_user(double lambda, double w, unsigned limit);
/* Share refused by a token bucket that holds `burst` >= 1 and gains `rate` a second,
 * Poisson lambda < 500 rate: what it lacks is the work in M/D/1/burst, so it is the
 * blocking there, 1 - 1 / (p_0 + rho) with p_0 left behind at departures (Cohen 1982,
 * III.6; the chain is solved by level crossings, whose terms are positive).  O(burst^2). */
double cs_theory_token_bucket(double lambda, double rate, unsigned burst);
/*
 * I instances, each with its own Poisson offered load a and m private units,
 * that together hold at most g units; what does not fit is lost (product form
 * of loss networks: Kelly 1991).  Insensitive.  O(instances g m).
 */
double cs_theory_nested_loss(unsigned instances, double a, unsigned m, unsigned g);
/*
 * Two instances alike, each with its own Poisson lambda, m connections and room
 * for k requests (more are lost), over 2 m - 1 backends: the two-level pool with
 * waiting, solved as a Markov chain.  When a query ends while a connection
 * waits for a backend and its instance has a request for the connection that
 * comes free, the one that waits is served with probability `first`: 1 is first
 * come first served.  Share lost, and mean number of requests at both.
 */
struct cs_theory_two_level {
    double blocking, number;
};
struct cs_theory_two_level cs_theory_two_level(double lambda, double s, unsigned m, unsigned k,
                                               double first);
/*
 * Birth-death queue with the universal scalability law (Gunther 2007): n
 * present are served at total rate mu(n) = n / s / (1 + alpha (n - 1) + beta n
 * (n - 1)), at most k present.  Blocking and mean number present.
 */
double cs_theory_usl_blocking(double lambda, double s, double alpha, double beta, unsigned k);
double cs_theory_usl_mean(double lambda, double s, double alpha, double beta, unsigned k);
/* Share of time that what fails and is repaired is up: means of up and down times. */
double cs_theory_up_share(double every, double repair);
/* P(down for more than `most`) where incidents come as Poisson, this many on average,
 * each exponential with this mean: compound Poisson. */
double cs_theory_downtime_over(double incidents, double mean, double most);
/* P(S > x) of a lognormal by median and sigma of the log, and E[min(S, x)]. */
double cs_theory_lognormal_tail(double median, double sigma, double x);
double cs_theory_lognormal_limited_mean(double median, double sigma, double x);
/* Mean number in M_t/M/infinity at t, rate lambda (1 + a sin(2 pi t / period)), in
 * the periodic steady state; s = mean service (Eick, Massey and Whitt 1993). */
double cs_theory_mt_minf(double lambda, double a, double period, double s, double t);
/* Mean number in M_t/M/infinity after dt, from m0, while the rate goes linearly from
 * `from` to `to`: m' = rate(t) - m / s. */
double cs_theory_minf_linear(double m0, double from, double to, double dt, double s);
/*
 * Index of dispersion (variance over mean) of the number of arrivals in dt of a
 * stationary two-state modulated Poisson process: rates l1 and l2, left at rates s1 and
 * s2 (Fischer and Meier-Hellstern 1993).
 */
double cs_theory_mmpp2_dispersion(double l1, double l2, double s1, double s2, double dt);

/* Share of arrivals lost by n sources that think before they come to c servers, a =
 * service / think (Engset 1918); insensitive. */
double cs_theory_engset(double a, unsigned c, unsigned n);
/*
 * n customers that think, then visit single servers (mean service, visits by
 * cycle): exact mean value analysis of a closed product-form network (Reiser and
 * Lavenberg 1980).  Cycles a second; time a cycle spends at all stations, and one
 * visit at each.  O(n stations).
 */
enum { CS_THEORY_STATIONS = 8 };
struct cs_theory_closed {
    double throughput, response, at[CS_THEORY_STATIONS];
};
struct cs_theory_closed cs_theory_mva(unsigned n, double think, const double *service,
                                      const double *visits, unsigned stations);
/* The machine repairman M/M/c//n: one station of c servers. */
struct cs_theory_closed cs_theory_repair(unsigned n, double think, double s, unsigned c);
/* A client whose attempts fail each with probability p and who tries again at most
 * so often: attempts it makes as a mean, and P(one succeeds). */
double cs_theory_retry_attempts(double p, unsigned retries);
double cs_theory_retry_success(double p, unsigned retries);
/*
 * Circuit breaker: calls that take no time come at Poisson lambda and fail with
 * probability p; k failures in a row open it for `open`, then one probe decides.
 * Share of calls that are not made (renewal reward: p^-k calls are made for each
 * opening), and mean number of calls until it opens for the first time.
 */
double cs_theory_breaker_short_circuited(double lambda, double p, unsigned k, double open);
double cs_theory_breaker_trip(double p, unsigned k);

/* ---- what is kept at an edge (cdn.c) ---- */

/*
 * Share of Poisson requests for one thing, lambda a second, that a cache answers
 * which keeps an answer for ttl from when it was fetched (at once), and for `stale`
 * seconds more answers with it while it is fetched again.  A cycle begins with a
 * fetch, has lambda ttl hits, and ends with the next request, which is answered
 * stale when it comes within `stale`: (x + 1 - e^(-lambda stale)) / (1 + x), x = lambda
 * ttl.  Source: renewal reward; for stale = 0 Jung, Berger and Balakrishnan (INFOCOM
 * 2003).
 */
double cs_theory_ttl_hits(double lambda, double ttl, double stale);

#endif
