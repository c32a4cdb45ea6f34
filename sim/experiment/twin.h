/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_EXPERIMENT_TWIN_H
#define CAPSIM_EXPERIMENT_TWIN_H

#include "explain.h"

/*
 * Formulas beside simulated values.  A fleet is looked at when its load is the
 * same all the time, one function is asked of it and nothing lies between it
 * and its clients; each of the four below adds rows where what it sees is the
 * model of a formula, and none where it is not.
 */
struct cs_twins {
    struct cs_result *result;
    const struct cs_scenario *scenario;
    size_t capacity;
    /* of the fleet that is looked at */
    uint32_t function;
    double lambda;
    const struct cs_dist *service; /* of its one step */
    char where[128], function_label[128], fleet_label[128];
};

struct cs_twin_row {
    const char *quantity;
    const char *metric, *stat, *label[2]; /* of the simulated value; NULL: none */
    double theory;
    const char *source;
    enum cs_twin_kind kind;
};
/* Nothing when there is no such metric, or the formula gives no number. */
void cs_twin_add(struct cs_twins *twins, const struct cs_twin_row *row);

void cs_twin_station(struct cs_twins *twins, const struct cs_fleet *fleet);
void cs_twin_processor(struct cs_twins *twins, const struct cs_fleet *fleet);
void cs_twin_database(struct cs_twins *twins, const struct cs_fleet *fleet,
                      const struct cs_step *query);
void cs_twin_limiter(struct cs_twins *twins, const struct cs_fleet *fleet);

/* Response of M/G/c, first come first served, without limits: mean, and where
 * there is a formula p95 and p99. */
void cs_twin_queue(struct cs_twins *twins, const struct cs_dist *service, double servers);
/* Whether so many servers never make anybody wait, to one in 10^9. */
bool cs_twin_is_ample(const struct cs_twins *twins, const struct cs_dist *service,
                      double servers);

#endif
