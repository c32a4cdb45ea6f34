/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/verify_facts.h"

#include "capsim/theory.h"

/* What is refused of a Poisson stream of one user, by a tier's first limit. */
static double refused(const struct cs_limiter *limiter, const struct cs_tier_limit *tier,
                      double lambda)
{
    double w = cs_time_s(tier->limit[0].window);

    switch (limiter->algorithm) {
    case CS_LIMIT_SLIDING_LOG:
        return cs_theory_sliding_log(lambda, w, tier->limit[0].count);
    case CS_LIMIT_FIXED_WINDOW:
        return cs_theory_fixed_window_user(lambda, w, tier->limit[0].count);
    case CS_LIMIT_TOKEN_BUCKET:
        return cs_theory_token_bucket(
            lambda, (double)tier->bucket.gain / (double)tier->bucket.cost * 1e9,
            tier->bucket.burst);
    }
    return 0.0;
}

double cs_oracle_limit(const struct cs_scenario *scenario, const struct cs_verify_check *check)
{
    const struct cs_limiter *limiter = &scenario->limiter[0];

    return refused(limiter, &limiter->tier[0], cs_facts(scenario, check).lambda);
}

double cs_oracle_shadow_limit(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    const struct cs_limiter *limiter = &scenario->limiter[0];

    return refused(limiter, &limiter->shadow[0], cs_facts(scenario, check).lambda);
}

/* Shares of the ranks, from Walker's table: its own column, and what the columns
 * that point to it leave over. */
static double rank_share(const struct cs_zipf *zipf, uint64_t rank)
{
    double share = (double)zipf->cell[rank].threshold;

    for (uint64_t i = 0; i < zipf->n; i++)
        if (zipf->cell[i].alias == rank && i != rank)
            share += 0x1p32 - (double)zipf->cell[i].threshold;
    return share / (0x1p32 * (double)zipf->n);
}

double cs_oracle_zipf_limits(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    const struct cs_limiter *limiter = &scenario->limiter[0];
    const struct cs_zipf *zipf = &scenario->tier[0].activity;
    double lambda = cs_facts(scenario, check).lambda, sum = 0.0;

    for (uint64_t rank = 0; rank < zipf->n; rank++) {
        double share = rank_share(zipf, rank);

        sum += share * refused(limiter, &limiter->tier[0], share * lambda);
    }
    return sum;
}
