/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/verify_facts.h"

#include <math.h>

#include "capsim/theory.h"

static const struct cs_dependency *called(const struct cs_scenario *scenario,
                                          const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return &scenario->dependency[f.function->step[0].target];
}

double cs_oracle_call_timeout(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    const struct cs_dependency *d = called(scenario, check);

    return cs_facts_tail(d->latency, cs_time_s(d->timeout));
}

/* An error comes with the answer, so one that is too late is a timeout. */
double cs_oracle_call_error(const struct cs_scenario *scenario,
                            const struct cs_verify_check *check)
{
    const struct cs_dependency *d = called(scenario, check);

    return d->error_rate * (1.0 - cs_facts_tail(d->latency, cs_time_s(d->timeout)));
}

double cs_oracle_call_mean(const struct cs_scenario *scenario,
                           const struct cs_verify_check *check)
{
    const struct cs_dependency *d = called(scenario, check);

    return cs_dist_mean(d->first_byte) + cs_dist_mean(d->tokens) / d->tokens_per_second;
}

double cs_oracle_call_first_byte(const struct cs_scenario *scenario,
                                 const struct cs_verify_check *check)
{
    const struct cs_dependency *d = called(scenario, check);

    return cs_dist_mean(d->first_byte);
}

double cs_oracle_breaker_short_circuited(const struct cs_scenario *scenario,
                                         const struct cs_verify_check *check)
{
    const struct cs_dependency *d = called(scenario, check);

    return cs_theory_breaker_short_circuited(cs_facts(scenario, check).lambda, d->error_rate,
                                             (unsigned)d->breaker.failures,
                                             cs_time_s(d->breaker.open));
}

/* One for every lambda tau calls that are not made. */
double cs_oracle_breaker_opened(const struct cs_scenario *scenario,
                                const struct cs_verify_check *check)
{
    const struct cs_dependency *d = called(scenario, check);

    return cs_oracle_breaker_short_circuited(scenario, check) /
           (cs_facts(scenario, check).lambda * cs_time_s(d->breaker.open));
}

double cs_oracle_call_attempts(const struct cs_scenario *scenario,
                               const struct cs_verify_check *check)
{
    const struct cs_dependency *d = called(scenario, check);

    return cs_theory_retry_attempts(d->error_rate, d->retries.max);
}

double cs_oracle_call_success(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    const struct cs_dependency *d = called(scenario, check);

    return cs_theory_retry_success(d->error_rate, d->retries.max);
}

double cs_oracle_call_limited(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    double rate = called(scenario, check)->rate_limit_per_s;

    return cs_theory_token_bucket(cs_facts(scenario, check).lambda, rate,
                                  rate >= 1.0 ? (unsigned)rate : 1u);
}

double cs_oracle_call_refused(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_erlang_b(f.lambda * f.s,
                              (unsigned)called(scenario, check)->max_concurrency);
}

double cs_oracle_call_rate_use(const struct cs_scenario *scenario,
                               const struct cs_verify_check *check)
{
    return cs_facts(scenario, check).lambda / called(scenario, check)->rate_limit_per_s;
}
