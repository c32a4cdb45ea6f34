/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/theory.h"

#include "capsim/check.h"

/*
 * Stationary weights of a birth-death chain, from below: weight n is weight n - 1
 * times birth over death rate.  Sums are kept, not the weights, and all are
 * scaled down together before they overflow.
 */
struct chain {
    unsigned n;    /* the state reached */
    double weight; /* of n */
    double sum;    /* of the weights */
    double number; /* of n x weight */
    double beyond; /* of (n - c) x weight above c */
};

static struct chain chain_start(void)
{
    return (struct chain){.weight = 1.0, .sum = 1.0};
}

static void chain_step(struct chain *chain, double birth, double death, unsigned c)
{
    chain->n++;
    chain->weight *= birth / death;
    if (chain->weight > 1e200) {
        chain->weight *= 1e-200;
        chain->sum *= 1e-200;
        chain->number *= 1e-200;
        chain->beyond *= 1e-200;
    }
    chain->sum += chain->weight;
    chain->number += (double)chain->n * chain->weight;
    if (chain->n > c)
        chain->beyond += (double)(chain->n - c) * chain->weight;
}

static struct chain usl_chain(double lambda, double s, double alpha, double beta, unsigned k)
{
    struct chain chain = chain_start();

    while (chain.n < k) {
        double n = (double)chain.n + 1.0;
        double slowdown = 1.0 + alpha * (n - 1.0) + beta * n * (n - 1.0);

        chain_step(&chain, lambda, n / (s * slowdown), k);
    }
    return chain;
}

double cs_theory_usl_blocking(double lambda, double s, double alpha, double beta, unsigned k)
{
    struct chain chain = usl_chain(lambda, s, alpha, beta, k);

    return chain.weight / chain.sum;
}

double cs_theory_usl_mean(double lambda, double s, double alpha, double beta, unsigned k)
{
    struct chain chain = usl_chain(lambda, s, alpha, beta, k);

    return chain.number / chain.sum;
}

static struct chain mmck_chain(double lambda, double s, unsigned c, unsigned k)
{
    struct chain chain = chain_start();

    CS_ASSERT(c >= 1 && k >= c);
    while (chain.n < k) {
        unsigned busy = chain.n + 1 < c ? chain.n + 1 : c;

        chain_step(&chain, lambda, (double)busy / s, c);
    }
    return chain;
}

double cs_theory_mmck_blocking(double lambda, double s, unsigned c, unsigned k)
{
    struct chain chain = mmck_chain(lambda, s, c, k);

    return chain.weight / chain.sum;
}

double cs_theory_mmck_mean(double lambda, double s, unsigned c, unsigned k)
{
    struct chain chain = mmck_chain(lambda, s, c, k);

    return chain.number / (lambda * (chain.sum - chain.weight));
}

double cs_theory_erlang_a_abandon(double lambda, double s, unsigned c, double patience)
{
    struct chain chain = chain_start();

    CS_ASSERT(c >= 1 && patience > 0.0);
    /* Where deaths come twice as fast as births, what is left is no more than
     * the last weight. */
    for (;;) {
        unsigned n = chain.n + 1;
        double busy = n < c ? (double)n : (double)c;
        double death = busy / s + (n > c ? (double)(n - c) / patience : 0.0);

        chain_step(&chain, lambda, death, c);
        if (n > c && death > 2.0 * lambda && chain.weight < 1e-18 * chain.sum)
            return chain.beyond / (chain.sum * patience * lambda);
    }
}
