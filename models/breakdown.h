/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_BREAKDOWN_H
#define CAPSIM_MODELS_BREAKDOWN_H

#include "capsim/model.h"

struct cs_labels;
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

/* How much of something is asked for in the busy hour, against what there is of it at
 * rates that may change. */
struct cs_hour_use {
    uint64_t *used;           /* its row; NULL: there never is a limit */
    uint64_t capacity, until; /* of the hour, if nothing changes; of its part until `since` */
    double per_ns;            /* from `since` on; 0: no limit, and nothing counts as used */
    cs_time since;
};

void cs_hour_use_wire(struct cs_model *model, struct cs_hour_use *use, const char *name,
                      struct cs_labels labels);
/* So much a ns from now on; 0: no limit. */
void cs_hour_use_limit(struct cs_model *model, struct cs_hour_use *use, double per_ns);
void cs_hour_use_add(struct cs_model *model, struct cs_hour_use *use, uint64_t amount);

void cs_breakdown_wire(struct cs_model *model);
void cs_breakdown_release(struct cs_model *model);
/* A measured request that its client had answered in `duration` ns. */
void cs_breakdown_time(struct cs_model *model, const struct cs_request *request,
                       cs_time duration);
/* A measured request that is not a 429. */
void cs_breakdown_judge(struct cs_model *model, const struct cs_request *request,
                        bool is_error);

#endif
