/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: an external service answers with a first byte and then tokens at
 *             a constant rate, or with one latency; errors come at first byte.
 * Equation:   answer = first byte + tokens / tokens per second; a limit of r a
 *             second is a token bucket of r, as M/D/1/b loss.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: answers that slow down under load, errors that come in bursts.
 */
#include "platform.h"

#include <stdlib.h>

#include "capsim/array.h"

enum { BUCKET_BITS = 10, TOKEN = 1 << 10 };

/* More is as good as none. */
static bool is_limit(double rate_per_s)
{
    return rate_per_s <= 1e9;
}

static int64_t gap_of(double rate_per_s)
{
    return (int64_t)((double)(CS_S << BUCKET_BITS) / rate_per_s + 0.5);
}

static int64_t tokens_of(double rate_per_s)
{
    return rate_per_s >= 2.0 ? (int64_t)rate_per_s : 1;
}

static void refill(struct cs_bucket *bucket, cs_time now)
{
    cs_time elapsed = now - bucket->since;

    bucket->debt =
        elapsed > bucket->debt >> BUCKET_BITS ? 0 : bucket->debt - (elapsed << BUCKET_BITS);
    bucket->since = now;
}

void cs_bucket_rescale(struct cs_bucket *bucket, double from, double to, cs_time now)
{
    if (!is_limit(from) || !is_limit(to))
        return;
    refill(bucket, now);
    int64_t most = tokens_of(to) * gap_of(to);
    __int128 debt = (__int128)bucket->debt * gap_of(to) / gap_of(from);

    bucket->debt = debt < most ? (int64_t)debt : most;
}

bool cs_bucket_take(struct cs_bucket *bucket, double rate_per_s, cs_time now)
{
    if (!is_limit(rate_per_s))
        return true;
    int64_t gap = gap_of(rate_per_s), tokens = tokens_of(rate_per_s);

    refill(bucket, now);
    if (bucket->debt > (tokens - 1) * gap)
        return false;
    bucket->debt += gap;
    return true;
}

bool cs_dependency_has_places(const struct cs_dependency *config)
{
    return config->max_concurrency <= 1000000;
}

bool cs_dependency_has_rate(const struct cs_dependency *config)
{
    return is_limit(config->rate_limit_per_s);
}

enum cs_attempt cs_dependency_accept(struct cs_model *model, uint32_t dependency)
{
    struct cs_dependency_state *state = &model->dependency[dependency];
    cs_time now = model->engine.now;

    if (state->outages > 0)
        return CS_ATTEMPT_ERROR;
    if (state->calls.busy >= state->calls.capacity)
        return CS_ATTEMPT_REFUSED;
    cs_hour_use_add(model, &state->hour_asked, TOKEN);
    if (!cs_bucket_take(&state->bucket, state->config->rate_limit_per_s, now))
        return CS_ATTEMPT_LIMITED;
    cs_station_take(&state->calls, now);
    return CS_ATTEMPT_OK;
}

static cs_time slowed(cs_time time, double slow)
{
    return slow == 1.0 ? time : (cs_time)((double)time * slow);
}

struct cs_answer cs_dependency_answer(const struct cs_model *model,
                                      const struct cs_request *request, const struct cs_op *op)
{
    const struct cs_dependency_state *state = &model->dependency[request->call.dependency];
    const struct cs_dependency *config = state->config;
    struct cs_draw draw =
        cs_call_draw(model, request, op, model->source[request->source].step_stream);
    struct cs_answer answer = {.is_error = cs_draw_uniform(&draw) < config->error_rate};
    const struct cs_dist *first =
        config->latency != NULL ? config->latency : config->first_byte;

    answer.first_byte = answer.last_byte = slowed(cs_dist_time(first, &draw), state->slow);
    if (config->tokens != NULL && !answer.is_error)
        answer.last_byte += slowed(
            cs_time_from_s(cs_dist_sample(config->tokens, &draw) / config->tokens_per_second),
            state->slow);
    return answer;
}

void cs_dependency_set_down(struct cs_model *model, uint32_t dependency, bool is_down)
{
    struct cs_dependency_state *state = &model->dependency[dependency];

    state->outages = is_down ? state->outages + 1 : state->outages - 1;
    while (is_down && state->first != CS_NOBODY)
        cs_call_broken(model, &model->request[state->first]);
}

/* ---- rows ---- */

/* By Little's law, the share of its places that calls take; and what is asked of the
 * rate limit, of what it gives. */
static void limit_use(struct cs_model *model, struct cs_dependency_state *state)
{
    double places = (double)state->config->max_concurrency;
    double rate = state->config->rate_limit_per_s;

    cs_hour_use_limit(model, &state->hour_time,
                      cs_dependency_has_places(state->config) ? places : 0.0);
    cs_hour_use_limit(model, &state->hour_asked,
                      cs_dependency_has_rate(state->config) ? rate * TOKEN * 1e-9 : 0.0);
}

static void wire_use(struct cs_model *model, struct cs_dependency_state *state)
{
    struct cs_labels labels = CS_LABELS({"dependency", state->config->name});
    uint32_t index = (uint32_t)(state - model->dependency);

    if (cs_scenario_ever_has(model->scenario, CS_HAS_PLACES, index, 0))
        cs_hour_use_wire(model, &state->hour_time, "dependency_utilization", labels);
    if (cs_scenario_ever_has(model->scenario, CS_HAS_RATE, index, 0))
        cs_hour_use_wire(model, &state->hour_asked, "dependency_rate_utilization", labels);
    limit_use(model, state);
}

static void wire_attempts(struct cs_model *model, struct cs_dependency_state *state)
{
    static const char *const outcome[CS_ATTEMPTS] = {"ok",      "error",   "timeout",
                                                     "refused", "limited", "short_circuited"};
    static const unsigned both[] = {0, 1, 2, 3}, one[] = {0, 1};
    const char *name = state->config->name;
    const uint64_t *requests = &model->meters.measured;

    for (int i = 0; i < CS_ATTEMPTS; i++)
        cs_counts_build(&state->attempts[i], model, "dependency_attempts_total", "attempts",
                        CS_LABELS({"dependency", name}, {"outcome", outcome[i]}), both, 4,
                        requests);
    cs_counts_build(&state->fallbacks, model, "dependency_fallbacks_total", "calls",
                    CS_LABELS({"dependency", name}), one, 2, requests);
}

static void wire_breakers(struct cs_model *model, struct cs_dependency_state *state)
{
    static const unsigned one[] = {0, 1};
    const unsigned stats = CS_STAT_BIT(CS_STAT_TIME_MEAN) | CS_STAT_BIT(CS_STAT_TIME_P95) |
                           CS_STAT_BIT(CS_STAT_BUSY_HOUR) | CS_STAT_BIT(CS_STAT_MAX);
    struct cs_breakers *breakers = &state->breakers;
    struct cs_labels labels = CS_LABELS({"dependency", state->config->name});
    const uint64_t *requests = &model->meters.measured;

    cs_breakers_init(breakers, &model->engine, &state->config->breaker,
                     model->scenario->n_regions);
    if (!cs_scenario_ever_has(model->scenario, CS_HAS_BREAKER,
                              (uint32_t)(state - model->dependency), 0))
        return;
    cs_fan_build(&breakers->open_rows, model, "breaker_open", "breakers", stats, labels, one,
                 2);
    cs_counts_build(&breakers->opened, model, "breaker_opened_total", "openings", labels, one,
                    2, requests);
    cs_counts_build(&breakers->short_circuited, model, "breaker_short_circuited_total",
                    "attempts", labels, one, 2, requests);
}

static void wire(struct cs_model *model, struct cs_dependency_state *state,
                 const struct cs_dependency *config)
{
    static const unsigned masks[] = {0, 1};
    const unsigned stats =
        CS_STAT_BIT(CS_STAT_MEAN) | CS_STAT_BIT(CS_STAT_P95) | CS_STAT_BIT(CS_STAT_P99);

    state->config = config;
    state->slow = 1.0;
    state->first = state->last = CS_NOBODY;
    cs_station_init(&state->calls, &model->wait, config->max_concurrency, 0);
    state->calls.little_busy = &state->little_calls;
    cs_times_build(&state->time, model, "dependency_duration_seconds", stats,
                   CS_LABELS({"dependency", config->name}), masks, 2);
    wire_use(model, state);
    wire_attempts(model, state);
    wire_breakers(model, state);
}

void cs_dependencies_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;

    model->dependency = CS_NEW_ARRAY(struct cs_dependency_state, scenario->n_dependencies + 1);
    for (uint32_t i = 0; i < scenario->n_dependencies; i++)
        wire(model, &model->dependency[i], &scenario->dependency[i]);
}

void cs_dependencies_reconfigure(struct cs_model *model)
{
    for (uint32_t i = 0; i < model->scenario->n_dependencies; i++) {
        struct cs_dependency_state *state = &model->dependency[i];

        double before = state->config->rate_limit_per_s;

        state->config = &model->scenario->dependency[i];
        state->calls.capacity = state->config->max_concurrency;
        cs_bucket_rescale(&state->bucket, before, state->config->rate_limit_per_s,
                          model->engine.now);
        limit_use(model, state);
        cs_breakers_reconfigure(&state->breakers, &state->config->breaker);
    }
}

void cs_dependencies_release(struct cs_model *model)
{
    for (uint32_t i = 0; i < model->scenario->n_dependencies; i++)
        cs_breakers_release(&model->dependency[i].breakers);
    free(model->dependency);
}
