/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: arrivals are a non-homogeneous Poisson process; each is of a
 *             function, tier, zone and user drawn by shares and activity.
 * Equation:   rate(t) = mean * load * sum over zones of share * daily * weekly;
 *             a candidate at rate sup is kept iff u * sup <= rate(t).
 * Source:     Lewis and Shedler (1979), thinning.
 * Leaves out: growth, calendars, bursts, profiles, traces.
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
enum { LAYER_SHIFT = 48 };

static void on_candidate(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor source_actor = {"source", on_candidate};

/* Monday 1970-01-05 is four days into Unix time. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static double shape(const struct cs_source *source, int64_t local_ns)
{
    double factor = 1.0;

    if (source->has_daily) {
        int64_t hour = floor_div(local_ns, CS_HOUR);
        double part = (double)(local_ns - hour * CS_HOUR) / (double)CS_HOUR;
        int64_t i = hour - 24 * floor_div(hour, 24);

        factor = source->daily[i] + part * (source->daily[(i + 1) % 24] - source->daily[i]);
    }
    if (source->has_weekly) {
        int64_t day = floor_div(local_ns, CS_DAY) - 4;

        factor *= source->weekly[day - 7 * floor_div(day, 7)];
    }
    return factor;
}

/* Unix time in ns of a simulated instant: the measured window starts at
 * horizon.start, simulated time with the lead-in. */
static int64_t unix_ns(const struct cs_scenario *scenario, cs_time t)
{
    return scenario->horizon.start_unix_s * CS_S + (t - scenario->horizon.lead_in);
}

/* Arrivals a second of one zone at load 1. */
static double zone_rate(const struct cs_scenario *scenario, const struct cs_source *source,
                        uint32_t zone, cs_time t)
{
    double rate = source->rate_per_s * scenario->zone[zone].share;

    if (!source->has_daily && !source->has_weekly)
        return rate;
    return rate * shape(source, unix_ns(scenario, t) + scenario->zone[zone].utc_offset);
}

static double source_rate(const struct cs_scenario *scenario, const struct cs_source *source,
                          cs_time t)
{
    double rate = 0.0;

    if (source->users.exists)
        return cs_closed_rate(scenario, source, t);
    for (uint32_t z = 0; z < scenario->n_zones; z++)
        rate += zone_rate(scenario, source, z, t);
    return rate;
}

double cs_sources_rate(const struct cs_scenario *scenario, cs_time t)
{
    double rate = 0.0;

    for (uint32_t i = 0; i < scenario->n_sources; i++)
        rate += scenario->load * source_rate(scenario, &scenario->source[i], t);
    return rate;
}

/*
 * A bound of the rate over the day that starts at `t` (layer multiple 1).  The
 * shape is linear between quarters of an hour for every zone in use (offsets
 * are multiples of 15 min), and jumps only at midnights, so the greater of a
 * zone's two ends bounds each quarter.
 */
static double bound(const struct cs_scenario *scenario, const struct cs_source *source,
                    cs_time t)
{
    double most = 0.0;

    if (!source->has_daily && !source->has_weekly)
        return source_rate(scenario, source, t);
    for (int q = 0; q < 96; q++) {
        cs_time from = t + q * (CS_DAY / 96), to = from + CS_DAY / 96 - 1;
        double sum = 0.0;

        for (uint32_t z = 0; z < scenario->n_zones; z++) {
            double a = zone_rate(scenario, source, z, from);
            double b = zone_rate(scenario, source, z, to);

            sum += a > b ? a : b;
        }
        most = sum > most ? sum : most;
    }
    return most * (1.0 + 1e-9);
}

static struct cs_draw candidate_draw(const struct cs_source_state *state, uint64_t stream)
{
    struct cs_draw draw;

    cs_draw_init(&draw, state->model->scenario->seed, stream, state->number, 0, 0,
                 state->model->replication);
    return draw;
}

/* Set the timer to the next candidate after `from`; one that would fall into
 * another day is drawn anew there, with that day's bound. */
static void schedule(struct cs_source_state *state, cs_time from)
{
    struct cs_model *model = state->model;

    for (;;) {
        if (from >= state->day_end) {
            from = state->day_end;
            state->sup_per_s = bound(model->scenario, state->config, from);
            state->day_end += CS_DAY;
        }
        if (state->sup_per_s > 0.0) {
            struct cs_draw draw = candidate_draw(state, state->arrival_stream);
            struct cs_dist gap = cs_dist_exponential(1.0 / state->sup_per_s);
            cs_time at = from + cs_dist_time(&gap, &draw);

            if (at < state->day_end) {
                cs_timer_set(&model->engine, state->timer, at, CS_CLASS_ARRIVAL, 0);
                return;
            }
            state->number++;
        }
        if (state->day_end > model->end + CS_TIME_LIMIT / 4)
            return; /* never again */
        from = state->day_end;
    }
}

static uint32_t pick_share(const struct cs_share *shares, uint32_t n, double u)
{
    uint32_t i = 0;

    while (i + 1 < n && u >= shares[i].cumulative)
        i++;
    return shares[i].index;
}

static uint32_t pick_zone(const struct cs_source_state *state, double u, double rate)
{
    const struct cs_scenario *scenario = state->model->scenario;
    double left = u * rate;
    uint32_t z = 0;

    for (; z + 1 < scenario->n_zones; z++) {
        left -= zone_rate(scenario, state->config, z, state->model->engine.now);
        if (left < 0.0)
            break;
    }
    return z;
}

static void send(struct cs_source_state *state, uint32_t zone)
{
    struct cs_model *model = state->model;
    const struct cs_source *config = state->config;
    struct cs_draw draw = candidate_draw(state, state->request_stream);
    struct cs_request *request = cs_request_new(model);

    if (request == NULL)
        return;
    request->number = state->number;
    request->source = (uint32_t)(state - model->source);
    request->zone = zone;
    request->function = pick_share(config->mix, config->n_mix, cs_draw_uniform(&draw));
    request->tier = 0;
    request->user = CS_ANONYMOUS;
    if (config->n_tiers > 0) {
        request->tier = pick_share(config->tier, config->n_tiers, cs_draw_uniform(&draw));
        const struct cs_tier *tier = &model->scenario->tier[request->tier];

        request->user = tier->first_user + cs_zipf_sample(&tier->activity, cs_draw_u64(&draw));
    }
    model->requests++;
    cs_request_send(model, request);
}

static void on_candidate(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_source_state *state = self;
    struct cs_model *model = state->model;
    struct cs_draw draw = candidate_draw(state, state->arrival_stream);
    double rate = source_rate(model->scenario, state->config, model->engine.now);

    (void)kind;
    (void)arg;
    cs_draw_u64(&draw); /* the gap that led here */
    double u = cs_draw_uniform(&draw);

    if (u * state->sup_per_s <= rate * state->multiple)
        send(state, pick_zone(state, cs_draw_uniform(&draw), rate));
    state->number++;
    schedule(state, model->engine.now);
}

static void wire_source(struct cs_model *model, struct cs_source_state *state, uint32_t index,
                        uint32_t layer)
{
    const struct cs_source *config = &model->scenario->source[index];
    double multiple = model->scenario->load - (double)layer;

    *state = (struct cs_source_state){
        .config = config,
        .model = model,
        .index = index,
        .layer = layer,
        .multiple = multiple < 1.0 ? multiple : 1.0,
        .number = (uint64_t)layer << LAYER_SHIFT,
        .arrival_stream = cs_stream_id(CS_PURPOSE_ARRIVAL, config->name),
        .request_stream = cs_stream_id(CS_PURPOSE_REQUEST, config->name),
        .step_stream = cs_stream_id(CS_PURPOSE_STEP, config->name),
        .network_stream = cs_stream_id(CS_PURPOSE_NETWORK, config->name),
        .patience_stream = cs_stream_id(CS_PURPOSE_PATIENCE, config->name),
        .queue_stream = cs_stream_id(CS_PURPOSE_QUEUE, config->name),
        .outcome_stream = cs_stream_id(CS_PURPOSE_OUTCOME, config->name),
        .backoff_stream = cs_stream_id(CS_PURPOSE_BACKOFF, config->name),
        .retry_stream = cs_stream_id(CS_PURPOSE_RETRY, config->name),
    };
    if (config->users.exists) {
        cs_closed_wire(state);
        return;
    }
    state->timer = cs_timer_new(&model->engine, CS_TREE_NEAR, &source_actor, state, 0);
    /* Days of the bound are UTC days. */
    int64_t into_day =
        unix_ns(model->scenario, 0) - CS_DAY * floor_div(unix_ns(model->scenario, 0), CS_DAY);

    state->sup_per_s = bound(model->scenario, config, -into_day);
    state->day_end = CS_DAY - into_day;
    schedule(state, 0);
}

void cs_sources_wire(struct cs_model *model)
{
    uint32_t layers = (uint32_t)ceil(model->scenario->load);

    model->n_sources = model->scenario->n_sources * layers;
    model->source = CS_NEW_ARRAY(struct cs_source_state, model->n_sources + 1);
    for (uint32_t i = 0; i < model->scenario->n_sources; i++)
        for (uint32_t k = 0; k < layers; k++)
            wire_source(model, &model->source[i * layers + k], i, k);
}
