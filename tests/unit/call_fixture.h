/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TEST_CALL_FIXTURE_H
#define TEST_CALL_FIXTURE_H

#include "model_fixture.h"

/* Functions that call dependencies, on one instance with room for 50. */
#define CALLS(dependencies, functions)                                                    \
    STAGE_HEAD "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 50 } }\n" \
               "dependencies:\n" dependencies "functions:\n" functions                    \
               "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\n"
#define ONE_CALL "  g: { fleet: f, steps: [ { call: d } ] }\n"

/* Attempts of measured requests that ended so. */
static inline uint64_t attempts(const struct stage *stage, const char *outcome)
{
    char label[64];

    snprintf(label, sizeof label, "outcome=%s", outcome);
    return count_of(stage->model, "dependency_attempts_total", label);
}

#endif
