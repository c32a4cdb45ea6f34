/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_DEPENDENCY_H
#define CAPSIM_MODELS_DEPENDENCY_H

#include "capsim/engine.h"
#include "capsim/rng.h"
#include "capsim/scenario.h"

#include "breakdown.h"
#include "breaker.h"
#include "meters.h"
#include "program.h"
#include "request.h"
#include "station.h"

/*
 * Services of others.  A call is made of attempts at a dependency, and then
 * perhaps at its fallback (call.c); a breaker may keep attempts from being made
 * (breaker.c); what the dependency makes of one is in dependency.c.
 */

struct cs_model;
struct cs_request;

/* How an attempt ends. */
enum cs_attempt {
    CS_ATTEMPT_OK,
    CS_ATTEMPT_ERROR,
    CS_ATTEMPT_TIMEOUT,         /* the call's time was over */
    CS_ATTEMPT_REFUSED,         /* over max_concurrency */
    CS_ATTEMPT_LIMITED,         /* over rate_limit */
    CS_ATTEMPT_SHORT_CIRCUITED, /* an open breaker: not made */
    CS_ATTEMPTS
};

/*
 * The provider's rate limit: a token bucket that holds a second's worth (at
 * least one token), full at first.  Kept as the time until it is full again, in
 * 2^-10 ns, so that it is exact.
 */
struct cs_bucket {
    int64_t debt;
    cs_time since;
};
bool cs_bucket_take(struct cs_bucket *bucket, double rate_per_s, cs_time now);
/* Another rate from now on: it lacks as many tokens as before, at most all it holds. */
void cs_bucket_rescale(struct cs_bucket *bucket, double from, double to, cs_time now);

/* A cap on calls, a rate limit, that are worth the name. */
bool cs_dependency_has_places(const struct cs_dependency *config);
bool cs_dependency_has_rate(const struct cs_dependency *config);

struct cs_dependency_state {
    const struct cs_dependency *config;
    struct cs_station calls;
    struct cs_little little_calls;
    struct cs_bucket bucket;
    struct cs_breakers breakers;
    uint32_t outages;              /* that last: it is down while there is one */
    double slow;                   /* on the times of attempts that begin: 1 */
    uint32_t first, last;          /* requests whose attempt is under way, oldest first */
    struct cs_hour_use hour_time;  /* ns of calls begun, of those of its places */
    struct cs_hour_use hour_asked; /* of the rate limit, in 2^-10 tokens */
    struct cs_fan_times time;
    struct cs_counts attempts[CS_ATTEMPTS], fallbacks;
};

/* ---- dependency.c ---- */

void cs_dependencies_wire(struct cs_model *model);
void cs_dependencies_release(struct cs_model *model);
/* The scenario's settings have changed: read them again.  A breaker that a
 * dependency did not have at first has no rows. */
void cs_dependencies_reconfigure(struct cs_model *model);
/*
 * Down: what is under way fails at this instant, and each attempt as soon as it
 * is made, until it is up again, as often as it was put down.
 */
void cs_dependency_set_down(struct cs_model *model, uint32_t dependency, bool is_down);

/* A place and a token for an attempt, or why there is none. */
enum cs_attempt cs_dependency_accept(struct cs_model *model, uint32_t dependency);

struct cs_answer {
    cs_time first_byte, last_byte; /* from now; of an error they are the same */
    bool is_error;
};
struct cs_answer cs_dependency_answer(const struct cs_model *model,
                                      const struct cs_request *request, const struct cs_op *op);

/* Draws of the attempt that the request is at.  Inline, as a draw is worth no copy. */
static inline struct cs_draw cs_call_draw(const struct cs_model *model,
                                          const struct cs_request *request,
                                          const struct cs_op *op, uint64_t stream)
{
    struct cs_draw draw = cs_request_draw(model, request, stream,
                                          (uint32_t)op->step << 16 | (request->loop & 0xffffu));
    const struct cs_call *call = &request->call;

    /* In the upper half of the key's `attempt`; the lower is the client's. */
    if ((call->depth | call->tries) != 0)
        draw.counter[1] |= ((uint64_t)call->depth << 8 | (call->tries & 0xffu)) << 48;
    return draw;
}

/* ---- call.c ---- */

/* A step's call; the request waits, or has ended. */
void cs_call_begin(struct cs_model *model, struct cs_request *request, const struct cs_op *op);
/* The first byte is there, or the error.  True: go on, it is all there. */
bool cs_call_answers(struct cs_model *model, struct cs_request *request,
                     const struct cs_op *op);
/* All of the answer is there. */
void cs_call_ends(struct cs_model *model, struct cs_request *request, const struct cs_op *op);
/* The backoff is over; the call's timeout. */
void cs_call_retry(struct cs_model *model, struct cs_request *request);
void cs_call_timed_out(struct cs_model *model, struct cs_request *request);
/* The dependency failed the attempt that is under way. */
void cs_call_broken(struct cs_model *model, struct cs_request *request);
/* Give back its place at the dependency, whatever became of the attempt. */
void cs_call_hang_up(struct cs_model *model, struct cs_request *request, cs_time since);

#endif
