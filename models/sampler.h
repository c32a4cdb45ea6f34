/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_SAMPLER_H
#define CAPSIM_MODELS_SAMPLER_H

#include "capsim/steady.h"

/*
 * The number of requests in the system, looked at every horizon.sample from
 * time 0 to the end of the measured window: its autocorrelation time in the
 * window, and its path from the start of the lead-in as means over at most
 * CS_PATH_POINTS stretches of equal length.
 */
enum { CS_PATH_POINTS = 1440 };

struct cs_sampler {
    uint32_t timer;
    cs_time step;
    uint64_t per_point, in_point; /* steps */
    double *path;
    size_t n_points, n_path;        /* that fit, that are taken */
    __int128 step_area, point_area; /* of cs_model.system, at the last step and point */
    struct cs_correlation correlation;
};

struct cs_model;
void cs_sampler_wire(struct cs_model *model);
void cs_sampler_release(struct cs_model *model);

#endif
