/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a virtual user does its session again and again, waits for the
 *             last answer to each request, whatever it is, and goes on with the
 *             next step; it is one user with a tier and a zone.
 * Equation:   none; closed_plan.c says how many there are.  Who is too many
 *             finishes the iteration.
 * Source:     k6's scripts.
 * Leaves out: a graceful stop that cuts an iteration off.
 */
#include <stdlib.h>

#include "capsim/array.h"

#include "closed.h"

/* A request's number: virtual user << 44 | iteration << 16 | request in it.  The
 * loader sees to it that users and requests fit; iterations wrap. */
enum { USER_SHIFT = 44, ITERATION_SHIFT = 16, ITERATION_BITS = 28 };

/* An iteration that takes no time would be done for ever at one instant. */
static const cs_time least_iteration = CS_MS;

static void on_user(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor user_actor = {"virtual user", on_user};

/* ---- who ---- */

static uint32_t pick(const struct cs_share *shares, uint32_t n, double u)
{
    uint32_t i = 0;

    while (i + 1 < n && u >= shares[i].cumulative)
        i++;
    return shares[i].index;
}

static uint32_t pick_zone(const struct cs_scenario *scenario, double u)
{
    uint32_t z = 0;

    for (; z + 1 < scenario->n_zones; z++) {
        u -= scenario->zone[z].share;
        if (u < 0.0)
            break;
    }
    return z;
}

static uint64_t entity(const struct cs_closed *closed, const struct virtual_user *user)
{
    return (uint64_t)(user - closed->user) << 32 | user->iteration;
}

/*
 * Virtual user v is user v of its tier, so that there are as many users as
 * virtual ones while the tier is large enough; who is new each iteration is any
 * of the tier, as likely as another: what a user asks for is the session's to say.
 */
static void become_somebody(struct cs_source_state *state, struct virtual_user *user)
{
    const struct cs_scenario *scenario = state->model->scenario;
    const struct cs_source *config = state->config;
    bool is_new = config->users.new_each_iteration;
    uint64_t index = (uint64_t)(user - state->closed->user);
    struct cs_draw draw;

    cs_draw_init(&draw, scenario->seed, state->request_stream,
                 is_new ? entity(state->closed, user) : index << 32, 0, 0,
                 state->model->replication);
    user->zone = pick_zone(scenario, cs_draw_uniform(&draw));
    user->tier = 0;
    user->user = CS_ANONYMOUS;
    if (config->n_tiers == 0)
        return;
    user->tier = pick(config->tier, config->n_tiers, cs_draw_uniform(&draw));
    const struct cs_tier *tier = &scenario->tier[user->tier];

    if (is_new)
        index = (uint64_t)(cs_draw_uniform(&draw) * (double)tier->users);
    user->user = tier->first_user + index % tier->users;
}

/* ---- what ---- */

/* The next choice of the iteration: the script's course does not depend on answers. */
static struct cs_draw choice(const struct cs_source_state *state, struct virtual_user *user)
{
    struct cs_draw draw;

    cs_draw_init(&draw, state->model->scenario->seed, state->closed->session_stream,
                 entity(state->closed, user), 0, user->draws++, state->model->replication);
    return draw;
}

static void ask(struct cs_source_state *state, struct virtual_user *user, uint32_t function)
{
    struct cs_model *model = state->model;
    uint64_t index = (uint64_t)(user - state->closed->user);
    struct cs_request *request = cs_request_new(model);

    if (request == NULL)
        return;
    request->number = index << USER_SHIFT |
                      (uint64_t)(user->iteration & ((1u << ITERATION_BITS) - 1))
                          << ITERATION_SHIFT |
                      user->requests++;
    request->source = (uint32_t)(state - model->source);
    request->virtual_user = (uint32_t)index;
    request->function = function;
    request->tier = user->tier;
    request->zone = user->zone;
    request->user = user->user;
    model->requests++;
    cs_request_send(model, request);
}

static void wait_until(struct cs_source_state *state, struct virtual_user *user, cs_time at)
{
    cs_timer_set(&state->model->engine, user->timer, at, CS_CLASS_ARRIVAL, 0);
}

static void repeat(struct cs_source_state *state, struct virtual_user *user,
                   const struct cs_session_op *op)
{
    uint32_t rounds = op->min;

    if (op->max > op->min) {
        struct cs_draw draw = choice(state, user);

        rounds += (uint32_t)(cs_draw_uniform(&draw) * ((double)(op->max - op->min) + 1.0));
    }
    user->left[op->loop] = rounds;
    if (rounds == 0)
        user->pc = op->jump;
}

static void begin_iteration(struct cs_source_state *state, struct virtual_user *user)
{
    user->began = state->model->engine.now;
    user->pc = user->draws = user->requests = 0;
    if (state->config->users.new_each_iteration)
        become_somebody(state, user);
}

void cs_virtual_user_begin(struct cs_source_state *state, struct virtual_user *user)
{
    begin_iteration(state, user);
    wait_until(state, user, state->model->engine.now);
}

/* True: straight on with another iteration. */
static bool end_iteration(struct cs_source_state *state, struct virtual_user *user)
{
    struct cs_closed *closed = state->closed;
    cs_time now = state->model->engine.now;
    bool took_time = now > user->began;

    user->iteration++;
    if (user - closed->user >= (ptrdiff_t)closed->planned) {
        user->is_there = false;
        cs_fan_add(&closed->present, -1, now);
        return false;
    }
    begin_iteration(state, user);
    if (took_time)
        return true;
    user->began += least_iteration;
    wait_until(state, user, user->began);
    return false;
}

static void think(struct cs_source_state *state, struct virtual_user *user,
                  const struct cs_session_op *op)
{
    struct cs_draw draw = choice(state, user);

    wait_until(state, user, state->model->engine.now + cs_dist_time(op->time, &draw));
}

/* True: straight on with the next operation. */
static bool run_op(struct cs_source_state *state, struct virtual_user *user,
                   const struct cs_session_op *op)
{
    struct cs_draw draw;

    switch (op->code) {
    case CS_SESSION_REQUEST:
        ask(state, user, op->function);
        return false;
    case CS_SESSION_THINK:
        think(state, user, op);
        return false;
    case CS_SESSION_WITH:
        draw = choice(state, user);
        if (cs_draw_uniform(&draw) >= op->share)
            user->pc = op->jump;
        return true;
    case CS_SESSION_REPEAT:
        repeat(state, user, op);
        return true;
    case CS_SESSION_AGAIN:
        if (--user->left[op->loop] > 0)
            user->pc = op->jump;
        return true;
    case CS_SESSION_END:
        return end_iteration(state, user);
    }
    return false;
}

static void on_user(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_source_state *state = self;
    struct virtual_user *user = &state->closed->user[arg];
    const struct cs_session_op *ops = state->config->users.op;

    (void)kind;
    while (run_op(state, user, &ops[user->pc++]))
        ;
}

void cs_virtual_user_answered(struct cs_model *model, const struct cs_request *request,
                              cs_time at)
{
    struct cs_source_state *state = &model->source[request->source];

    wait_until(state, &state->closed->user[request->virtual_user], at);
}

bool cs_closed_holds(const struct cs_model *model, uint64_t waiting)
{
    uint64_t there = 0, timed = 0;

    for (uint32_t i = 0; i < model->n_sources; i++) {
        const struct cs_closed *closed = model->source[i].closed;

        for (uint32_t v = 0; closed != NULL && v < closed->n_users; v++) {
            there += closed->user[v].is_there;
            timed += cs_timer_is_set(&model->engine, closed->user[v].timer);
        }
    }
    return there == timed + waiting;
}

/* ---- wiring ---- */

void cs_closed_wire(struct cs_source_state *state)
{
    static const unsigned masks[] = {0, 1};
    struct cs_model *model = state->model;
    const struct cs_scenario *scenario = model->scenario;
    const struct cs_users *config = &state->config->users;

    if (state->layer > 0)
        return; /* more load is more users, not more layers */
    struct cs_closed *closed = state->closed = CS_NEW(struct cs_closed);

    closed->n_users = cs_closed_most(scenario, config);
    closed->user = CS_NEW_ARRAY(struct virtual_user, closed->n_users + 1);
    closed->from = config->start;
    closed->stage_begin = model->start;
    closed->session_stream = cs_stream_id(CS_PURPOSE_SESSION, state->config->name);
    cs_fan_build(&closed->present, model, "virtual_users", "users",
                 CS_STAT_BIT(CS_STAT_TIME_MEAN) | CS_STAT_BIT(CS_STAT_TIME_P95) |
                     CS_STAT_BIT(CS_STAT_BUSY_HOUR) | CS_STAT_BIT(CS_STAT_MAX),
                 CS_LABELS({"source", state->config->name}), masks, 2);
    for (uint32_t v = 0; v < closed->n_users; v++) {
        closed->user[v].timer =
            cs_timer_new(&model->engine, CS_TREE_FAR, &user_actor, state, v);
        become_somebody(state, &closed->user[v]);
    }
    cs_closed_plan(state);
}

void cs_closed_release(struct cs_source_state *state)
{
    if (state->closed == NULL)
        return;
    free(state->closed->user);
    free(state->closed);
}
