/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_TEST_EXPLAIN_FIXTURE_H
#define CAPSIM_TEST_EXPLAIN_FIXTURE_H

#include <math.h>

#include "capsim/array.h"
#include "capsim/result.h"

static inline struct cs_estimate fixture_around(double mean)
{
    return (struct cs_estimate){mean, 0.97 * mean, 1.04 * mean, 40};
}

static inline void fixture_explain(struct cs_result *r)
{
    static const char *const stage[] = {"cold_start", "query", "call"};
    static const char *const where[] = {"server vCPUs of supabase",
                                        "gateway pool_size of supabase"};
    struct cs_explain *e = &r->explain;
    const double nan = (double)NAN;

    e->stage = CS_ARENA_ARRAY(r->arena, struct cs_explain_stage, 6);
    for (size_t i = 0; i < 6; i++)
        e->stage[e->n_stages++] =
            (struct cs_explain_stage){.of = i < 3 ? "" : "fleet: api",
                                      .stage = stage[i % 3],
                                      .slow = fixture_around(0.1 + 0.1 * (double)i),
                                      .all = fixture_around(0.6 - 0.1 * (double)i)};
    e->resource = CS_ARENA_ARRAY(r->arena, struct cs_explain_resource, 2);
    for (size_t i = 0; i < 2; i++) {
        double use = 0.55 - 0.4 * (double)i;

        e->resource[e->n_resources++] =
            (struct cs_explain_resource){.where = where[i],
                                         .unit = i == 0 ? "1" : "connections",
                                         .capacity = i == 0 ? 1 : 15,
                                         .utilization = fixture_around(use),
                                         .load = fixture_around(1 / use)};
    }
    e->resource[1].load.hi = nan;
    e->twin = CS_ARENA_ARRAY(r->arena, struct cs_explain_twin, 1);
    e->twin[e->n_twins++] = (struct cs_explain_twin){
        "fleet api",        "mean response",      "seconds", 0.25, fixture_around(0.26),
        "M/M/c (Erlang C)", CS_TWIN_APPROXIMATION};
    e->fitted = 3;
    e->bootstraps = 50;
    e->bootstrap_replications = 2;
    e->input = CS_ARENA_ARRAY(r->arena, struct cs_explain_input, 2);
    e->input[e->n_inputs++] = (struct cs_explain_input){"request_duration_seconds",
                                                        "p95",
                                                        "seconds",
                                                        fixture_around(0.68),
                                                        0.59,
                                                        1.01,
                                                        0.1,
                                                        0.02};
    e->input[e->n_inputs++] = (struct cs_explain_input){
        "objective availability", "value", "1", fixture_around(0.9), nan, nan, 0, 0.001};
}

#endif
