/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a call is attempts at a dependency, one after another, and then
 *             at its fallback; the timeout is of all attempts at a dependency
 *             and the delays between them.
 * Equation:   failure probability p, r retries: (1 - p^(r+1)) / (1 - p) attempts,
 *             success 1 - p^(r+1).
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: hedged attempts, retry budgets, a Retry-After of the provider.
 */
#include "platform.h"

/* What the client is told when nothing is left to try. */
static const struct {
    int code;
    enum cs_reason reason;
} failure[CS_ATTEMPTS] = {
    [CS_ATTEMPT_ERROR] = {502, CS_REASON_DEPENDENCY_ERROR},
    [CS_ATTEMPT_TIMEOUT] = {504, CS_REASON_DEPENDENCY_TIMEOUT},
    [CS_ATTEMPT_REFUSED] = {502, CS_REASON_DEPENDENCY_FULL},
    [CS_ATTEMPT_LIMITED] = {502, CS_REASON_DEPENDENCY_LIMITED},
    [CS_ATTEMPT_SHORT_CIRCUITED] = {503, CS_REASON_BREAKER_OPEN},
};

static struct cs_dependency_state *state_of(struct cs_model *model,
                                            const struct cs_request *request)
{
    return &model->dependency[request->call.dependency];
}

/* Go on after `delay` with `event`, or be timed out before that.  What ends at
 * the very instant of the timeout is in time. */
static void wait_for(struct cs_model *model, struct cs_request *request, cs_time delay,
                     enum cs_request_event event)
{
    cs_time limit = state_of(model, request)->config->timeout, now = model->engine.now;
    cs_time spent = now - request->asked;

    request->at = CS_AT_TIMER;
    if (limit != CS_NEVER && delay > limit - spent)
        cs_request_limit(model, request, spent < limit ? request->asked + limit : now,
                         CS_REQUEST_CALL_TIMEOUT);
    else
        cs_timer_set(&model->engine, request->timer, now + delay, CS_CLASS_RELEASE, event);
}

/* ---- an attempt ---- */

static void link_attempt(struct cs_model *model, struct cs_request *request)
{
    struct cs_dependency_state *state = state_of(model, request);
    uint32_t id = cs_request_id(model, request);

    request->call.is_under_way = true;
    request->call.prev = state->last;
    request->call.next = CS_NOBODY;
    if (state->last == CS_NOBODY)
        state->first = id;
    else
        model->request[state->last].call.next = id;
    state->last = id;
}

static void unlink_attempt(struct cs_model *model, struct cs_request *request)
{
    struct cs_dependency_state *state = state_of(model, request);
    struct cs_call *call = &request->call;

    call->is_under_way = false;
    if (call->prev == CS_NOBODY)
        state->first = call->next;
    else
        model->request[call->prev].call.next = call->next;
    if (call->next == CS_NOBODY)
        state->last = call->prev;
    else
        model->request[call->next].call.prev = call->prev;
}

void cs_call_hang_up(struct cs_model *model, struct cs_request *request, cs_time since)
{
    struct cs_call *call = &request->call;

    cs_station_release(&state_of(model, request)->calls, since, model->engine.now);
    unlink_attempt(model, request);
    if (call->breaker != NULL)
        cs_breaker_forgotten(call->breaker, call->epoch);
    call->breaker = NULL;
}

static void count_time(struct cs_model *model, const struct cs_request *request,
                       cs_time last_byte)
{
    struct cs_dependency_state *state = state_of(model, request);

    cs_time left = state->config->timeout == CS_NEVER
                       ? CS_NEVER
                       : state->config->timeout - (model->engine.now - request->asked);

    cs_hour_use_add(model, &state->hour_time,
                    (uint64_t)(last_byte < left ? last_byte
                               : left > 0       ? left
                                                : 0));
}

/* It has its place: when will it answer? */
static void begin_attempt(struct cs_model *model, struct cs_request *request)
{
    const struct cs_op *op = &model->program[request->function].op[request->call.pc - 1];
    struct cs_answer answer = cs_dependency_answer(model, request, op);
    cs_time first = op->stream ? answer.first_byte : answer.last_byte;

    cs_request_hold_unit(model, request, CS_UNIT_CALL, request->call.dependency, 0);
    link_attempt(model, request);
    count_time(model, request, answer.last_byte);
    request->fate = answer.is_error ? CS_FATE_ERROR : CS_FATE_FINE;
    request->rest = answer.last_byte - first;
    request->pc = request->call.pc;
    wait_for(model, request, first, CS_REQUEST_GO_ON);
}

/* CS_ATTEMPT_OK: it is under way. */
static enum cs_attempt attempt(struct cs_model *model, struct cs_request *request)
{
    struct cs_dependency_state *state = state_of(model, request);
    struct cs_call *call = &request->call;
    struct cs_breaker *breaker =
        state->config->breaker.exists ? cs_breaker_of(model, request, call->dependency) : NULL;

    if (breaker != NULL && !cs_breaker_admit(&state->breakers, breaker, &call->epoch))
        return CS_ATTEMPT_SHORT_CIRCUITED;
    call->breaker = breaker;
    enum cs_attempt outcome = cs_dependency_accept(model, call->dependency);

    if (outcome == CS_ATTEMPT_OK)
        begin_attempt(model, request);
    return outcome;
}

static void tell_breaker(struct cs_model *model, struct cs_request *request, bool is_failure)
{
    struct cs_breakers *breakers = &state_of(model, request)->breakers;
    struct cs_breaker *breaker = request->call.breaker;

    request->call.breaker = NULL;
    if (!is_failure)
        cs_breaker_succeeded(breaker, request->call.epoch);
    else if (cs_breaker_failed(breakers, breaker, request->call.epoch) && request->is_measured)
        cs_counts_add(&breakers->opened);
}

/* It is over, or was not made: the breaker hears of it, its place goes back. */
static void end_attempt(struct cs_model *model, struct cs_request *request,
                        enum cs_attempt outcome)
{
    struct cs_dependency_state *state = state_of(model, request);

    if (request->is_measured)
        cs_counts_add(&state->attempts[outcome]);
    if (request->is_measured && outcome == CS_ATTEMPT_SHORT_CIRCUITED)
        cs_counts_add(&state->breakers.short_circuited);
    if (request->call.breaker != NULL)
        tell_breaker(model, request, outcome != CS_ATTEMPT_OK);
    if (request->call.is_under_way)
        cs_request_release_unit(model, request, CS_UNIT_CALL);
}

/* ---- after a failure ---- */

static cs_time backoff(const struct cs_model *model, const struct cs_request *request,
                       const struct cs_backoff *config)
{
    const struct cs_op *op = &model->program[request->function].op[request->call.pc - 1];
    struct cs_draw draw =
        cs_call_draw(model, request, op, model->source[request->source].call_retry_stream);

    return cs_backoff_delay(config, request->call.tries - 1u, &draw);
}

static void turn_to(struct cs_model *model, struct cs_request *request, uint32_t fallback)
{
    if (request->is_measured)
        cs_counts_add(&state_of(model, request)->fallbacks);
    request->call.dependency = fallback;
    request->call.depth++;
    request->call.tries = 0;
    request->asked = model->engine.now;
}

/*
 * The last attempt has ended so: another one after the backoff, the fallback, or
 * the end.  No retry at an open breaker, none when the time is over, and nothing
 * once the client has had a byte of the answer.
 */
static void failed(struct cs_model *model, struct cs_request *request, enum cs_attempt outcome)
{
    struct cs_call *call = &request->call;

    while (!call->has_streamed) {
        const struct cs_dependency *config = state_of(model, request)->config;

        if (outcome != CS_ATTEMPT_TIMEOUT && outcome != CS_ATTEMPT_SHORT_CIRCUITED &&
            call->tries < config->retries.max) {
            call->tries++;
            wait_for(model, request, backoff(model, request, &config->retries.backoff),
                     CS_REQUEST_RETRY_CALL);
            return;
        }
        if (config->fallback == CS_NONE)
            break;
        turn_to(model, request, config->fallback);
        outcome = attempt(model, request);
        if (outcome == CS_ATTEMPT_OK)
            return;
        end_attempt(model, request, outcome);
    }
    cs_request_end(model, request, failure[outcome].code, failure[outcome].reason);
}

static void make_attempt(struct cs_model *model, struct cs_request *request)
{
    enum cs_attempt outcome = attempt(model, request);

    if (outcome == CS_ATTEMPT_OK)
        return;
    end_attempt(model, request, outcome);
    failed(model, request, outcome);
}

/* ---- what the interpreter and the timers ask for ---- */

void cs_call_begin(struct cs_model *model, struct cs_request *request, const struct cs_op *op)
{
    request->call = (struct cs_call){.dependency = op->target, .pc = request->pc};
    request->asked = model->engine.now;
    cs_request_stage(model, request, CS_STAGE_CALL);
    make_attempt(model, request);
}

bool cs_call_answers(struct cs_model *model, struct cs_request *request, const struct cs_op *op)
{
    if (request->fate == CS_FATE_ERROR) {
        cs_call_broken(model, request);
        return false;
    }
    if (request->rest == 0)
        return true;
    if (op->stream) {
        cs_request_first_byte(model, request);
        request->call.has_streamed = true;
    }
    wait_for(model, request, request->rest, CS_REQUEST_GO_ON);
    return false;
}

void cs_call_ends(struct cs_model *model, struct cs_request *request, const struct cs_op *op)
{
    if (op->stream)
        cs_request_first_byte(model, request);
    if (request->is_measured)
        cs_times_add(&state_of(model, request)->time, model->engine.now - request->asked);
    end_attempt(model, request, CS_ATTEMPT_OK);
}

void cs_call_retry(struct cs_model *model, struct cs_request *request)
{
    request->at = CS_AT_NOWHERE;
    make_attempt(model, request);
}

void cs_call_timed_out(struct cs_model *model, struct cs_request *request)
{
    request->at = CS_AT_NOWHERE;
    if (request->call.is_under_way)
        end_attempt(model, request, CS_ATTEMPT_TIMEOUT);
    failed(model, request, CS_ATTEMPT_TIMEOUT);
}

void cs_call_broken(struct cs_model *model, struct cs_request *request)
{
    cs_timer_cancel(&model->engine, request->timer);
    request->at = CS_AT_NOWHERE;
    end_attempt(model, request, CS_ATTEMPT_ERROR);
    failed(model, request, CS_ATTEMPT_ERROR);
}
