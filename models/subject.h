/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_SUBJECT_H
#define CAPSIM_MODELS_SUBJECT_H

#include "capsim/scenario.h"

#include "request.h"

/* Which requests an objective, an alert or a dashboard is about. */

/* Functions that the scope takes in, n_functions of them; free() it. */
bool *cs_subject_functions(const struct cs_scenario *scenario, const struct cs_subject *scope);
bool cs_subject_concerns(const struct cs_subject *scope, const bool *of_function,
                         const struct cs_request *request);
/* What the client waited, or what is measured in its place. */
cs_time cs_subject_latency(const struct cs_model *model, enum cs_latency latency,
                           const struct cs_request *request, cs_time last_byte);
/* Whether there is such a time: an answer of the edge has none on a server. */
static inline bool cs_subject_is_timed(enum cs_latency latency,
                                       const struct cs_request *request)
{
    return latency != CS_LATENCY_SERVER || !request->is_edge;
}
/* False for NaN. */
bool cs_compare_holds(double value, enum cs_compare how, double threshold);

#endif
