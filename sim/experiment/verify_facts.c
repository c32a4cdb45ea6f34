/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/verify_facts.h"

#include <math.h>
#include <string.h>

#include "capsim/check.h"
#include "capsim/theory.h"

static uint32_t function_index(const struct cs_scenario *scenario,
                               const struct cs_verify_check *check)
{
    static const char key[] = "function=";

    for (size_t i = 0; i < 2; i++) {
        if (check->label[i] == NULL || strncmp(check->label[i], key, sizeof key - 1) != 0)
            continue;
        for (uint32_t f = 0; f < scenario->n_functions; f++)
            if (strcmp(scenario->function[f].name, check->label[i] + sizeof key - 1) == 0)
                return f;
    }
    return 0;
}

static double arrival_rate(const struct cs_scenario *scenario, uint32_t function)
{
    double rate = 0.0;

    for (uint32_t i = 0; i < scenario->n_sources; i++) {
        const struct cs_source *source = &scenario->source[i];
        double below = 0.0;

        for (uint32_t m = 0; m < source->n_mix; m++) {
            if (source->mix[m].index == function)
                rate += source->rate_per_s * (source->mix[m].cumulative - below);
            below = source->mix[m].cumulative;
        }
    }
    return rate * scenario->load;
}

/* NULL for a step that takes no time of its own. */
static const struct cs_dist *step_time(const struct cs_scenario *scenario,
                                       const struct cs_step *step)
{
    switch (step->kind) {
    case CS_STEP_CPU:
    case CS_STEP_WAIT:
        return step->time;
    case CS_STEP_QUERY:
        return scenario->database[step->target].query[step->query].time;
    case CS_STEP_CALL:
        return scenario->dependency[step->target].latency;
    case CS_STEP_LIMIT:
    case CS_STEP_RESPOND:
    case CS_STEP_TRANSACTION:
    case CS_STEP_COMMIT:
        return NULL;
    }
    return NULL;
}

struct cs_facts cs_facts(const struct cs_scenario *scenario,
                         const struct cs_verify_check *check)
{
    uint32_t f = function_index(scenario, check);
    struct cs_facts facts = {
        .function = &scenario->function[f],
        .lambda = arrival_rate(scenario, f),
    };

    facts.fleet = &scenario->fleet[facts.function->fleet];
    if (facts.fleet->max_instances != CS_UNLIMITED)
        facts.servers = (unsigned)facts.fleet->max_instances * facts.fleet->concurrency;
    for (uint32_t i = 0; i < facts.function->n_steps && facts.time == NULL; i++) {
        facts.step = &facts.function->step[i];
        facts.time = step_time(scenario, facts.step);
    }
    if (facts.time != NULL) {
        facts.s = cs_dist_mean(facts.time);
        facts.es2 = cs_dist_variance(facts.time) + facts.s * facts.s;
    }
    return facts;
}

double cs_facts_load(const struct cs_scenario *scenario)
{
    double load = 0.0;

    for (uint32_t i = 0; i < scenario->n_functions; i++) {
        const struct cs_function *function = &scenario->function[i];
        double s = 0.0;

        for (uint32_t k = 0; k < function->n_steps; k++)
            if (function->step[k].kind == CS_STEP_WAIT)
                s += cs_dist_mean(function->step[k].time);
        load += arrival_rate(scenario, i) * s;
    }
    return load;
}

/* By moments: E[S] = m e^(sigma^2 / 2), E[S^2] = E[S]^2 e^(sigma^2). */
static double lognormal_sigma(const struct cs_dist *dist)
{
    double mean = cs_dist_mean(dist);

    CS_ASSERT(dist->kind == CS_DIST_LOGNORMAL);
    return sqrt(log1p(cs_dist_variance(dist) / (mean * mean)));
}

static double lognormal_median(const struct cs_dist *dist, double sigma)
{
    return cs_dist_mean(dist) * exp(-sigma * sigma / 2.0);
}

double cs_facts_tail(const struct cs_dist *lognormal, double x)
{
    double sigma = lognormal_sigma(lognormal);

    return cs_theory_lognormal_tail(lognormal_median(lognormal, sigma), sigma, x);
}

double cs_facts_limited_mean(const struct cs_dist *lognormal, double x)
{
    double sigma = lognormal_sigma(lognormal);

    return cs_theory_lognormal_limited_mean(lognormal_median(lognormal, sigma), sigma, x);
}
