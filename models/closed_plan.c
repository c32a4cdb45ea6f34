/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: load multiplies the numbers of virtual users, rounded to whole ones.
 * Equation:   their number follows straight lines between stages, rounded down
 *             while it grows and up while it shrinks.
 * Source:     k6's ramping-vus executor, for the instants of the steps.
 * Leaves out: what becomes of requests under way: closed.c.
 */
#include <math.h>

#include "closed.h"

static uint32_t scaled(const struct cs_scenario *scenario, uint32_t users)
{
    return (uint32_t)((double)users * scenario->load + 0.5);
}

/* So many are wanted from now on.  Who is too many leaves after its iteration. */
static void plan(struct cs_source_state *state, uint32_t users)
{
    struct cs_closed *closed = state->closed;
    cs_time now = state->model->engine.now;

    for (uint32_t v = closed->planned; v < users; v++) {
        struct virtual_user *user = &closed->user[v];

        if (user->is_there)
            continue; /* it had not left yet */
        user->is_there = true;
        cs_fan_add(&closed->present, 1, now);
        cs_virtual_user_begin(state, user);
    }
    closed->planned = users;
}

/* The stage under way at `now`, stages that are over left behind; NULL: none is to come. */
static const struct cs_stage_of_users *stage_at(struct cs_source_state *state, cs_time now)
{
    const struct cs_users *config = &state->config->users;
    struct cs_closed *closed = state->closed;

    for (; closed->stage < config->n_stages; closed->stage++) {
        const struct cs_stage_of_users *stage = &config->stage[closed->stage];

        if (now < closed->stage_begin + stage->duration)
            return stage;
        closed->from = stage->target;
        closed->stage_begin += stage->duration;
    }
    return NULL;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/* How many are wanted at `now`: the step to `left` before the target is when so much of the
 * stage is left, rounded down to the nanosecond. */
static uint32_t wanted(struct cs_source_state *state, cs_time now)
{
    const struct cs_scenario *scenario = state->model->scenario;
    const struct cs_stage_of_users *stage = stage_at(state, now);
    const struct cs_closed *closed = state->closed;
    uint32_t from = scaled(scenario, closed->from);

    if (stage == NULL || now <= closed->stage_begin)
        return from;
    uint32_t target = scaled(scenario, stage->target), whole = distance(from, target);
    __int128 rest = (__int128)(closed->stage_begin + stage->duration - now) * whole;
    uint32_t left = (uint32_t)((rest + stage->duration - 1) / stage->duration);

    return target > from ? target - left : target + left;
}

/* When the number next changes, after `now`; CS_NEVER. */
static cs_time next_step(struct cs_source_state *state, cs_time now)
{
    const struct cs_scenario *scenario = state->model->scenario;
    const struct cs_users *config = &state->config->users;
    const struct cs_closed *closed = state->closed;
    uint32_t users = wanted(state, now);
    cs_time begin = closed->stage_begin;

    for (uint32_t i = closed->stage; i < config->n_stages; i++) {
        const struct cs_stage_of_users *stage = &config->stage[i];
        uint32_t before = i == closed->stage ? closed->from : config->stage[i - 1].target;
        uint32_t target = scaled(scenario, stage->target), left = distance(users, target);

        begin += stage->duration;
        if (left > 0)
            return begin - (cs_time)((__int128)stage->duration * (left - 1) /
                                     distance(scaled(scenario, before), target));
        users = target;
    }
    return CS_NEVER;
}

static void on_plan(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_source_state *state = self;
    struct cs_engine *engine = &state->model->engine;
    cs_time now = engine->now;

    (void)kind;
    (void)arg;
    plan(state, wanted(state, now));
    cs_time at = next_step(state, now);

    if (at == CS_NEVER)
        cs_timer_cancel(engine, state->timer);
    else
        cs_timer_set(engine, state->timer, at, CS_CLASS_ARRIVAL, 0);
}

static const struct cs_actor plan_actor = {"virtual users", on_plan};

void cs_closed_plan(struct cs_source_state *state)
{
    struct cs_model *model = state->model;

    state->timer = cs_timer_new(&model->engine, CS_TREE_FAR, &plan_actor, state, 0);
    cs_timer_set(&model->engine, state->timer, 0, CS_CLASS_ARRIVAL, 0);
}

void cs_closed_reconfigure(struct cs_source_state *state)
{
    if (state->closed != NULL)
        on_plan(state, 0, 0);
}

double cs_closed_rate(const struct cs_scenario *scenario, const struct cs_source *source,
                      cs_time t)
{
    const struct cs_users *users = &source->users;
    double from = users->start, n = from;
    cs_time begin = scenario->horizon.lead_in;

    for (uint32_t i = 0; i < users->n_stages && t >= begin; i++) {
        const struct cs_stage_of_users *stage = &users->stage[i];

        n = t - begin < stage->duration
                ? from + (stage->target - from) * (double)(t - begin) / (double)stage->duration
                : stage->target;
        from = stage->target;
        begin += stage->duration;
    }
    return n * users->requests / users->iteration_s;
}

uint32_t cs_closed_most(const struct cs_scenario *scenario, const struct cs_users *config)
{
    uint32_t most = config->start;

    for (uint32_t i = 0; i < config->n_stages; i++)
        most = config->stage[i].target > most ? config->stage[i].target : most;
    return (uint32_t)((double)most * fmax(scenario->load, scenario->max_load) + 0.5);
}
