/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: days differ by one factor each, bursts come and go in exponential
 *             times, growth is one number; each independent of all else.
 * Equation:   rate(t) = base(t) * clocks(t) * e^(g t) * day factor * (burst factor
 *             while high); sup = the product of their bounds over a segment.
 * Source:     MMPP: Fischer and Meier-Hellstern (1993); thinning by intervals:
 *             Lewis and Shedler (1979).
 * Leaves out: bursts that depend on what was answered, or that sources share.
 */
#include "platform.h"

/* Bounds are products of what the rate is a product of, in another order. */
#define SLACK (1.0 + 1e-9)

static struct cs_draw keyed(const struct cs_source_state *state, enum cs_purpose purpose,
                            uint64_t entity)
{
    const struct cs_model *model = state->model;
    struct cs_draw draw;

    cs_draw_init(&draw, model->scenario->seed, cs_stream_id(purpose, state->config->name),
                 entity, 0, 0, model->replication);
    return draw;
}

static void draw_growth(struct cs_source_state *state)
{
    struct cs_draw draw = keyed(state, CS_PURPOSE_GROWTH, 0);

    if (state->config->growth.n > 0)
        state->growth_per_s =
            cs_growth_quantile(&state->config->growth, cs_draw_uniform(&draw));
}

/* The factor is the UTC day's own, whatever was drawn for others. */
static void start_day(struct cs_source_state *state, cs_time day)
{
    const struct cs_source *config = state->config;
    const struct cs_scenario *scenario = state->model->scenario;
    bool is_modulated = config->growth.n > 0 || config->day_factor != NULL;
    double base = config->profile.n > 0 ? 1.0 : config->rate_per_s;

    state->day_end = day + CS_DAY;
    state->day_sup = cs_shape_clock_bound(scenario, config, base, day);
    if (config->day_factor != NULL) {
        struct cs_draw draw =
            keyed(state, CS_PURPOSE_DAY_FACTOR, (uint64_t)cs_shape_day(scenario, day));

        state->day_factor = cs_dist_sample(config->day_factor, &draw);
        state->day_sup *= state->day_factor;
    }
    if (config->growth.n > 0)
        state->day_sup *= cs_growth_factor(scenario, state->growth_per_s,
                                           state->growth_per_s > 0.0 ? state->day_end : day);
    if (is_modulated)
        state->day_sup *= SLACK;
}

/* Sojourns are numbered from the start of the run on; the first state is drawn as it is
 * found in the long run. */
static void advance_burst(struct cs_source_state *state, cs_time from)
{
    const struct cs_burst *burst = &state->config->burst;

    while (!state->burst.has_begun || state->burst.end <= from) {
        struct cs_draw draw = keyed(state, CS_PURPOSE_BURST, state->burst.sojourn++);
        double high = cs_time_s(burst->high), low = cs_time_s(burst->low);
        double u = cs_draw_uniform(&draw);

        if (!state->burst.has_begun) {
            state->burst.has_begun = true;
            state->burst.is_high = u * (high + low) < high;
        } else {
            state->burst.is_high = !state->burst.is_high;
        }
        struct cs_dist sojourn = cs_dist_exponential(state->burst.is_high ? high : low);

        state->burst.end += cs_dist_time(&sojourn, &draw);
    }
}

static cs_time sooner(cs_time a, cs_time b)
{
    return a < b ? a : b;
}

void cs_modulation_segment(struct cs_source_state *state, cs_time from)
{
    const struct cs_source *config = state->config;
    const struct cs_scenario *scenario = state->model->scenario;
    cs_time lead_in = scenario->horizon.lead_in, until;

    while (from >= state->day_end)
        start_day(state, state->day_end);
    state->segment_end = state->day_end;
    state->sup_per_s = state->day_sup;
    if (config->burst.exists) {
        advance_burst(state, from);
        state->segment_end = sooner(state->segment_end, state->burst.end);
        if (state->burst.is_high)
            state->sup_per_s *= config->burst.factor * SLACK;
    }
    if (config->profile.n > 0) {
        struct cs_piece piece = cs_profile_piece(&config->profile, from - lead_in);

        if (piece.to != CS_NEVER)
            state->segment_end = sooner(state->segment_end, piece.to + lead_in);
        state->sup_per_s *= (piece.v0 > piece.v1 ? piece.v0 : piece.v1) * SLACK;
    }
    if (!cs_shape_is_active(scenario, config, from, &until))
        state->sup_per_s = 0.0;
    state->segment_end = sooner(state->segment_end, until);
}

void cs_modulation_start(struct cs_source_state *state)
{
    draw_growth(state);
    state->day_end = cs_shape_day_start(state->model->scenario, 0);
    cs_modulation_segment(state, 0);
}

void cs_modulation_restart(struct cs_source_state *state)
{
    cs_time now = state->model->engine.now;

    draw_growth(state);
    state->burst.has_begun = false;
    state->burst.sojourn = 0;
    state->burst.end = 0;
    start_day(state, cs_shape_day_start(state->model->scenario, now));
    cs_modulation_segment(state, now);
}

double cs_modulation_clock(struct cs_source_state *state, double base)
{
    const struct cs_scenario *scenario = state->model->scenario;
    double sum = 0.0;

    for (uint32_t z = 0; z < scenario->n_zones; z++) {
        state->zone_rate[z] =
            cs_shape_zone(scenario, state->config, z, base, state->model->engine.now);
        sum += state->zone_rate[z];
    }
    return sum;
}

double cs_modulation_rate(struct cs_source_state *state, double *clock)
{
    const struct cs_source *config = state->config;
    const struct cs_scenario *scenario = state->model->scenario;
    cs_time now = state->model->engine.now;
    double base = config->rate_per_s;

    if (config->profile.n > 0) {
        cs_time rel = now - scenario->horizon.lead_in;
        struct cs_piece piece = cs_profile_piece(&config->profile, rel);

        base = cs_piece_at(&piece, rel);
    }
    *clock = cs_modulation_clock(state, base);
    double rate = *clock;

    if (config->day_factor != NULL)
        rate *= state->day_factor;
    if (config->growth.n > 0)
        rate *= cs_growth_factor(scenario, state->growth_per_s, now);
    if (config->burst.exists && state->burst.is_high)
        rate *= config->burst.factor;
    return rate;
}
