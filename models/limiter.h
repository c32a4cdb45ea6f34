/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_LIMITER_H
#define CAPSIM_MODELS_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

struct cs_model;
struct cs_request;
struct cs_limiters;

/*
 * Rate limits of users: the `limit` step, its shadow, and what is reported of them.
 * An anonymous request, and one whose tier has no limit, passes and leaves no trace.
 */
void cs_limiters_wire(struct cs_model *model);
void cs_limiters_release(struct cs_model *model);

/*
 * May the request pass?  When it may not, request->retry_after is what the limiter
 * tells its client.  A shadow limit sees every request that comes here, whatever
 * the real one says, and counts each that it would refuse once.
 */
bool cs_limiter_admit(struct cs_model *model, uint32_t limiter, struct cs_request *request);

/*
 * model->scenario has other numbers in its rate limits: they hold from now on.
 * The state stays: logs and windows are judged by the new counts, and a bucket
 * lacks as many requests as before.  Algorithms and scopes must be the same
 * (asserted).  The limiters read their settings here and at wiring alone.
 */
void cs_limiters_reconfigure(struct cs_model *model);

/* A measured request of a user is settled: who was active, and who limited. */
void cs_limiters_settle(struct cs_model *model, const struct cs_request *request,
                        bool is_limited);

#endif
