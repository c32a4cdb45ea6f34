/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_BREAKDOWN_H
#define CAPSIM_MODELS_BREAKDOWN_H

#include "capsim/model.h"

struct cs_request;

/*
 * Where the time of slow requests goes, without keeping requests: a bin of
 * durations holds how many requests fell into it and the sum of their time in
 * each stage, so that the shares above any quantile follow at the end.  By
 * function, so that a fleet's bins are the sum of its functions'.
 */
struct cs_breakdown_state {
    struct cs_breakdown breakdown;
    uint64_t *hour_errors, *errors; /* rows of the registry */
    uint64_t judged, hour_judged;   /* answers but 429s, that errors are a share of */
    struct cs_hist *hour_duration;
    cs_time hour_start, hour_end;
};

void cs_breakdown_wire(struct cs_model *model);
void cs_breakdown_release(struct cs_model *model);
/* A measured request that its client had answered in `duration` ns. */
void cs_breakdown_time(struct cs_model *model, const struct cs_request *request,
                       cs_time duration);
/* A measured request that is not a 429. */
void cs_breakdown_judge(struct cs_model *model, const struct cs_request *request,
                        bool is_error);

#endif
