/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_VERIFY_FACTS_H
#define CAPSIM_VERIFY_FACTS_H

#include "capsim/scenario.h"
#include "experiment/verify_table.h"

/* What the formulas ask of a scenario, about one of its functions. */
struct cs_facts {
    const struct cs_function *function;
    const struct cs_fleet *fleet;
    const struct cs_step *step; /* the first that takes time */
    const struct cs_dist *time; /* of that step */
    double lambda;              /* arrivals a second */
    double s, es2;              /* mean and second moment of time */
    unsigned servers;           /* slots of the fleet; 0: no limit */
};

/* Of the function that the check's label "function=NAME" names, or the first. */
struct cs_facts cs_facts(const struct cs_scenario *scenario,
                         const struct cs_verify_check *check);

/* Offered load of all functions together, over all their waits, in Erlang. */
double cs_facts_load(const struct cs_scenario *scenario);

/* P(time > x), and E[min(time, x)], of a lognormal. */
double cs_facts_tail(const struct cs_dist *lognormal, double x);
double cs_facts_limited_mean(const struct cs_dist *lognormal, double x);

#endif
