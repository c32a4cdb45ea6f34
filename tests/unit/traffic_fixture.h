/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TEST_TRAFFIC_FIXTURE_H
#define TEST_TRAFFIC_FIXTURE_H

#include <math.h>

#include "model_fixture.h"

/* One function on instances without limit, and sources as the test has them. */

#define PLATFORM                                                                          \
    "fleets: { f: {} }\n"                                                                 \
    "zones: { west: { share: 40%, utc_offset: -5h }, east: { share: 60%, utc_offset: "    \
    "+1h } }\n"                                                                           \
    "tiers: { free: { users: 50, activity: { zipf: 1.0 } }, paid: { users: 9 } }\n"       \
    "functions: { a: { fleet: f, steps: [ { wait: { exponential: { mean: 1s } } } ] },\n" \
    "             b: { fleet: f, steps: [ { wait: 10ms } ] } }\n"
#define SOURCE(keys) \
    "traffic: { t: { " keys ", mix: { a: 70%, b: 30% }, tiers: { free: 80%, paid: 20% } } }\n"
#define SCENE(horizon, keys)                                                         \
    "capsim: 1\nname: test\nhorizon: { start: 2025-11-27T22:00:00Z, " horizon " }\n" \
    "replications: 2\nseed: 7\n" PLATFORM                                            \
    SOURCE(keys)

/* Requests made up to `at`, the last instant included. */
static inline uint64_t made_until(struct cs_model *model, cs_time at)
{
    cs_engine_run(&model->engine, at);
    model->engine.now = at;
    return model->requests;
}

static inline double z_of(double value, double expected, double deviation)
{
    return (value - expected) / deviation;
}

struct pairs {
    int both, only_first, only_second, differ;
};

/* The first STAGE_REQUESTS of layer 0, by number: who came in both runs, and whether it
 * was sent at the same instant by the same user and ended alike. */
static inline struct pairs pairs_of(const struct stage *one, const struct stage *two)
{
    struct pairs pairs = {0};

    for (int i = 0; i < STAGE_REQUESTS; i++) {
        const struct heard *x = &one->heard[i], *y = &two->heard[i];

        /* What comes after the window is heard of as long as a run goes on. */
        if (x->sent >= one->model->end || y->sent >= two->model->end)
            continue;
        pairs.both += x->times > 0 && y->times > 0;
        pairs.only_first += x->times > 0 && y->times == 0;
        pairs.only_second += x->times == 0 && y->times > 0;
        if (x->times > 0 && y->times > 0)
            pairs.differ += x->times != y->times || x->code != y->code || x->end != y->end ||
                            x->sent != y->sent || x->user != y->user;
    }
    return pairs;
}

/* A live run of a scenario that the test may have changed. */
static inline void stage_run_scenario(struct stage *stage, struct cs_scenario *scenario,
                                      const char *source)
{
    *stage = (struct stage){.scenario = scenario, .source = source};
    stage->model = cs_model_new(scenario, 0);
    stage->heard = calloc(STAGE_REQUESTS, sizeof *stage->heard);
    stage->attempt = calloc(STAGE_ATTEMPTS, sizeof *stage->attempt);
    listening = stage;
    cs_model_run(stage->model);
    all_checks_hold(stage->model);
}

#endif
