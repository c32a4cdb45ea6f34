/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: arrivals are a non-homogeneous Poisson process given what chance makes
 *             of the rate; each is of a function, tier, zone and user drawn by shares
 *             and activity.
 * Equation:   a candidate at rate sup is kept iff u * sup <= rate(t) * multiple
 *             (modulation.c has the rate and its bound).
 * Source:     Lewis and Shedler (1979), thinning.
 * Leaves out: closed users; arrivals that depend on answers.
 */
#include "platform.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"

/*
 * Traffic comes in layers of the load: layer k carries the multiples between k
 * and k + 1 under candidate numbers of its own, so the requests of load 1 are
 * the same in every run at a greater one.
 */

static void on_candidate(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor source_actor = {"source", on_candidate};

static double expected_rate(const struct cs_scenario *scenario, const struct cs_source *source,
                            cs_time t)
{
    return source->users.exists ? cs_closed_rate(scenario, source, t)
                                : cs_shape_expected_rate(scenario, source, t);
}

double cs_sources_rate(const struct cs_scenario *scenario, cs_time t)
{
    double rate = 0.0;

    for (uint32_t i = 0; i < scenario->n_sources; i++)
        rate += scenario->load * expected_rate(scenario, &scenario->source[i], t);
    return rate;
}

struct cs_draw cs_source_draw(const struct cs_source_state *state, uint64_t stream)
{
    struct cs_draw draw;

    cs_draw_init(&draw, state->model->scenario->seed, stream, state->number, 0, 0,
                 state->model->replication);
    return draw;
}

/* Set the timer to the next candidate after `from`; one that would fall into
 * another segment is drawn anew there, with that segment's bound. */
static void schedule(struct cs_source_state *state, cs_time from)
{
    struct cs_model *model = state->model;

    for (;;) {
        if (from >= state->segment_end)
            cs_modulation_segment(state, from);
        if (state->sup_per_s > 0.0) {
            struct cs_dist gap = cs_dist_exponential(1.0 / state->sup_per_s);

            state->draw = cs_source_draw(state, state->arrival_stream);
            cs_time at = from + cs_dist_time(&gap, &state->draw);

            if (at < state->segment_end) {
                cs_timer_set(&model->engine, state->timer, at, CS_CLASS_ARRIVAL, 0);
                return;
            }
            state->number++;
        }
        if (state->segment_end > cs_model_limit(model)) {
            cs_timer_cancel(&model->engine, state->timer);
            return; /* never again */
        }
        from = state->segment_end;
    }
}

static uint32_t pick_share(const struct cs_share *shares, uint32_t n, double u)
{
    uint32_t i = 0;

    while (i + 1 < n && u >= shares[i].cumulative)
        i++;
    return shares[i].index;
}

/* By their rates, which cs_modulation_clock has left in the state; sum: of them. */
static uint32_t pick_zone(const struct cs_source_state *state, double u, double sum)
{
    uint32_t n = state->model->scenario->n_zones, z = 0;
    double left = u * sum;

    for (; z + 1 < n; z++) {
        left -= state->zone_rate[z];
        if (left < 0.0)
            break;
    }
    return z;
}

/* A user that is known has one tier and one zone for good: their draws are its own. */
static struct cs_draw owner_draw(const struct cs_source_state *state, uint64_t stream,
                                 const struct cs_arrival *arrival)
{
    struct cs_draw draw;

    if (arrival->user == CS_NO_USER)
        return cs_source_draw(state, stream);
    cs_draw_init(&draw, state->model->scenario->seed, stream, arrival->user, 0, 0,
                 state->model->replication);
    return draw;
}

static uint32_t zone_of(struct cs_source_state *state, const struct cs_arrival *arrival)
{
    if (arrival->zone != CS_NONE || state->model->scenario->n_zones == 1)
        return arrival->zone != CS_NONE ? arrival->zone : 0;
    struct cs_draw draw = owner_draw(state, state->arrival_stream, arrival);

    cs_draw_u64(&draw); /* the gap */
    cs_draw_u64(&draw); /* the thinning */
    return pick_zone(state, cs_draw_uniform(&draw), cs_modulation_clock(state, 1.0));
}

static uint64_t user_of(const struct cs_source_state *state, uint32_t tier, uint64_t word)
{
    const struct cs_source *config = state->config;
    const struct cs_tier *of = &state->model->scenario->tier[tier];

    if (config->own_users == 0)
        return of->first_user + cs_zipf_sample(&of->activity, word);
    uint64_t user = (uint64_t)(cs_uniform_of(word) * (double)config->own_users);

    return config->first_own_user + (user < config->own_users ? user : config->own_users - 1);
}

/* CS_NONE: it is drawn. */
static uint32_t only_function(const struct cs_source *config, const struct cs_arrival *arrival)
{
    if (arrival->function != CS_NONE)
        return arrival->function;
    return config->n_mix == 1 ? config->mix[0].index : CS_NONE;
}

/* Function, tier and user, in this order of draws; none where there is no choice. */
static void identify(const struct cs_source_state *state, const struct cs_arrival *arrival,
                     struct cs_request *request)
{
    const struct cs_source *config = state->config;
    bool is_anonymous = arrival->tier == CS_NONE && config->n_tiers == 0;

    request->tier = 0;
    request->user = CS_ANONYMOUS;
    request->function = only_function(config, arrival);
    if (is_anonymous && request->function != CS_NONE)
        return;
    struct cs_draw draw = cs_source_draw(state, state->request_stream);
    double u = cs_draw_uniform(&draw);

    if (request->function == CS_NONE)
        request->function = pick_share(config->mix, config->n_mix, u);
    if (is_anonymous)
        return;
    if (arrival->user != CS_NO_USER) {
        draw = owner_draw(state, state->request_stream, arrival);
        cs_draw_u64(&draw);
    }
    u = cs_draw_uniform(&draw);
    request->tier =
        arrival->tier != CS_NONE ? arrival->tier : pick_share(config->tier, config->n_tiers, u);
    request->user = arrival->user != CS_NO_USER
                        ? arrival->user
                        : user_of(state, request->tier, cs_draw_u64(&draw));
}

void cs_source_send(struct cs_source_state *state, const struct cs_arrival *arrival)
{
    struct cs_model *model = state->model;
    struct cs_request *request = cs_request_new(model);

    if (request == NULL)
        return;
    request->number = state->number;
    request->source = (uint32_t)(state - model->source);
    request->zone = zone_of(state, arrival);
    identify(state, arrival, request);
    model->requests++;
    cs_request_send(model, request);
}

static void on_candidate(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_arrival arrival = {CS_NONE, CS_NONE, CS_NONE, CS_NO_USER};
    struct cs_source_state *state = self;
    struct cs_model *model = state->model;

    (void)kind;
    (void)arg;
    if (state->replay != NULL) {
        cs_trace_row(state);
        return;
    }
    double clock = 0.0, rate = cs_modulation_rate(state, &clock);

    CS_ENGINE_ASSERT(&model->engine, rate <= state->sup_per_s);
    if (cs_draw_uniform(&state->draw) * state->sup_per_s <= rate * state->multiple) {
        arrival.zone = pick_zone(state, cs_draw_uniform(&state->draw), clock);
        cs_source_send(state, &arrival);
    }
    state->number++;
    schedule(state, model->engine.now);
}

/* ---- wiring ---- */

static double multiple_of(const struct cs_scenario *scenario, uint32_t layer)
{
    double multiple = scenario->load - (double)layer;

    return multiple >= 1.0 ? 1.0 : multiple > 0.0 ? multiple : 0.0;
}

static void start(struct cs_source_state *state)
{
    if (state->config->users.exists) {
        cs_closed_wire(state);
    } else if (state->config->trace.path == NULL) {
        cs_modulation_start(state);
        schedule(state, 0);
    } else if (state->layer == 0) {
        cs_trace_start(state);
    }
}

static void wire_source(struct cs_model *model, struct cs_source_state *state, uint32_t index,
                        uint32_t layer)
{
    const struct cs_source *config = &model->scenario->source[index];

    *state = (struct cs_source_state){
        .config = config,
        .model = model,
        .index = index,
        .layer = layer,
        .multiple = multiple_of(model->scenario, layer),
        .number = (uint64_t)layer << CS_LAYER_SHIFT,
        .arrival_stream = cs_stream_id(CS_PURPOSE_ARRIVAL, config->name),
        .request_stream = cs_stream_id(CS_PURPOSE_REQUEST, config->name),
        .step_stream = cs_stream_id(CS_PURPOSE_STEP, config->name),
        .network_stream = cs_stream_id(CS_PURPOSE_NETWORK, config->name),
        .patience_stream = cs_stream_id(CS_PURPOSE_PATIENCE, config->name),
        .queue_stream = cs_stream_id(CS_PURPOSE_QUEUE, config->name),
        .outcome_stream = cs_stream_id(CS_PURPOSE_OUTCOME, config->name),
        .backoff_stream = cs_stream_id(CS_PURPOSE_BACKOFF, config->name),
        .retry_stream = cs_stream_id(CS_PURPOSE_RETRY, config->name),
        .leak_stream = cs_stream_id(CS_PURPOSE_LEAK, config->name),
        .route_stream = cs_stream_id(CS_PURPOSE_ROUTE, config->name),
        .cache_stream = cs_stream_id(CS_PURPOSE_CACHE, config->name),
        .call_retry_stream = cs_stream_id(CS_PURPOSE_CALL_RETRY, config->name),
    };
    state->zone_rate = CS_NEW_ARRAY(double, model->scenario->n_zones);
    if (!config->users.exists)
        state->timer = cs_timer_new(&model->engine, CS_TREE_NEAR, &source_actor, state, 0);
}

void cs_sources_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    double most = scenario->max_load > scenario->load ? scenario->max_load : scenario->load;

    model->n_layers = (uint32_t)ceil(most);
    model->n_sources = scenario->n_sources * model->n_layers;
    model->source = CS_NEW_ARRAY(struct cs_source_state, model->n_sources + 1);
    for (uint32_t i = 0; i < scenario->n_sources; i++)
        for (uint32_t k = 0; k < model->n_layers; k++) {
            struct cs_source_state *state = &model->source[i * model->n_layers + k];

            wire_source(model, state, i, k);
            start(state);
        }
}

void cs_sources_release(struct cs_model *model)
{
    for (uint32_t i = 0; i < model->n_sources; i++) {
        cs_replay_free(model->source[i].replay);
        free(model->source[i].zone_rate);
    }
    free(model->source);
}

void cs_sources_reconfigure(struct cs_model *model)
{
    for (uint32_t i = 0; i < model->n_sources; i++) {
        struct cs_source_state *state = &model->source[i];
        const struct cs_source *before = state->config;

        state->config = &model->scenario->source[state->index];
        state->multiple = multiple_of(model->scenario, state->layer);
        if (state->config->users.exists)
            cs_closed_reconfigure(state);
        if (state->config->users.exists || state->config->trace.path != NULL ||
            cs_shape_is_same(before, state->config))
            continue;
        cs_modulation_restart(state);
        state->number++;
        schedule(state, model->engine.now);
    }
}
