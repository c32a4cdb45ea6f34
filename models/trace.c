/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: what was asked once is asked again, at the same instants, whatever is
 *             answered.
 * Equation:   layer k of the load sends every row once more, under numbers of its own;
 *             a layer of multiple m < 1 sends those whose u <= m.
 * Source:     the file; a user's tier and zone, where the rows do not say them, are
 *             drawn once a user.
 * Leaves out: sessions: that a request would not have come without the one before.
 */
#include "platform.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void give_up(struct cs_model *model,
                                                          const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(model->trouble, sizeof model->trouble, fmt, args);
    va_end(args);
    cs_engine_stop(&model->engine);
}

/* Set the timer to the next row that can still be simulated. */
static void next_row(struct cs_source_state *state)
{
    struct cs_model *model = state->model;
    const struct cs_trace *trace = &state->config->trace;
    cs_time lead_in = model->scenario->horizon.lead_in;
    enum cs_replay_status status;

    do
        status = cs_replay_next(state->replay, &state->row);
    while (status == CS_REPLAY_ROW && state->row.at + lead_in < model->engine.now);
    if (status == CS_REPLAY_ROW)
        cs_timer_set(&model->engine, state->timer, state->row.at + lead_in, CS_CLASS_ARRIVAL,
                     0);
    else if (status != CS_REPLAY_END)
        give_up(model, "%s changed while it was replayed: %s", trace->path,
                cs_replay_problem(state->replay));
    else if (!cs_replay_is_same(state->replay, trace))
        give_up(model, "%s changed while it was replayed", trace->path);
}

void cs_trace_start(struct cs_source_state *state)
{
    struct cs_model *model = state->model;
    const struct cs_trace *trace = &state->config->trace;

    state->replay = cs_replay_new(model->scenario, trace->path, false);
    if (state->replay == NULL)
        give_up(model, "cannot read %s: %s", trace->path, strerror(errno));
    else if (!cs_replay_is_same(state->replay, trace))
        give_up(model, "%s is not the file that was checked: it has changed since",
                trace->path);
    else
        next_row(state);
}

/* One layer's request of the row, if the layer's multiple lets it through. */
static void send_row(struct cs_source_state *state, const struct cs_replay_row *row)
{
    struct cs_arrival arrival = {row->function, row->tier, row->zone, row->user};

    state->number = ((uint64_t)state->layer << CS_LAYER_SHIFT) + row->index;
    struct cs_draw draw = cs_source_draw(state, state->arrival_stream);

    cs_draw_u64(&draw); /* where other sources have a gap */
    if (cs_draw_uniform(&draw) <= state->multiple)
        cs_source_send(state, &arrival);
}

void cs_trace_row(struct cs_source_state *state)
{
    struct cs_model *model = state->model;
    const struct cs_replay_row row = state->row;
    cs_time until;

    if (cs_shape_is_active(model->scenario, state->config, model->engine.now, &until))
        for (uint32_t k = 0; k < model->n_layers; k++)
            send_row(state + k, &row);
    next_row(state);
}
