/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a function's code is a sequence of steps; its own outcome is
 *             drawn when it responds, or ends.
 * Equation:   none.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: steps side by side; branches.
 */
#include "program.h"

#include <stdlib.h>

#include "capsim/array.h"

#include "platform.h"

static struct cs_op *add(struct cs_program *program, uint32_t *capacity, enum cs_op_code code,
                         uint32_t step)
{
    CS_GROW(program->op, (size_t)program->n + 1, *capacity);
    struct cs_op *op = &program->op[program->n++];

    *op = (struct cs_op){.code = (uint8_t)code, .step = (uint16_t)step, .count = 1};
    return op;
}

/* A query of the transaction around it runs on the connection acquired there. */
static void compile_query(struct cs_program *program, uint32_t *capacity,
                          const struct cs_step *step, uint32_t number, uint32_t acquire)
{
    static const enum cs_op_code codes[] = {CS_OP_ACQUIRE, CS_OP_THERE, CS_OP_BACKEND,
                                            CS_OP_EXECUTE, CS_OP_HOME,  CS_OP_DONE};
    uint32_t first = program->n;

    for (size_t i = step->is_held ? 1 : 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct cs_op *op = add(program, capacity, codes[i], number);

        op->target = step->target;
        op->query = step->query;
        op->jump = first;
        op->count = step->count;
        op->is_held = step->is_held;
        op->acquire = step->is_held ? acquire : first;
    }
}

static void compile_transaction(struct cs_program *program, uint32_t *capacity,
                                const struct cs_step *step, uint32_t number)
{
    add(program, capacity, CS_OP_ACQUIRE, number)->target = step->target;
    add(program, capacity, CS_OP_BEGIN, number)->target = step->target;
}

static void compile_call(struct cs_program *program, uint32_t *capacity,
                         const struct cs_step *step, uint32_t number)
{
    static const enum cs_op_code codes[] = {CS_OP_CALL, CS_OP_ANSWER, CS_OP_HANG_UP};
    uint32_t first = program->n;

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct cs_op *op = add(program, capacity, codes[i], number);

        op->target = step->target;
        op->stream = step->stream;
        op->jump = first;
        op->count = step->count;
    }
}

/* Returns where the transaction that is open after it acquires its connection. */
static uint32_t compile_step(struct cs_program *program, uint32_t *capacity,
                             const struct cs_step *step, uint32_t number, uint32_t acquire)
{
    struct cs_op *op;

    switch (step->kind) {
    case CS_STEP_LIMIT:
        add(program, capacity, CS_OP_LIMIT, number)->target = step->target;
        break;
    case CS_STEP_CPU:
    case CS_STEP_WAIT:
        op = add(program, capacity, step->kind == CS_STEP_CPU ? CS_OP_CPU : CS_OP_WAIT, number);
        op->jump = program->n - 1;
        op->count = step->count;
        break;
    case CS_STEP_QUERY:
        compile_query(program, capacity, step, number, acquire);
        break;
    case CS_STEP_CALL:
        compile_call(program, capacity, step, number);
        break;
    case CS_STEP_RESPOND:
        add(program, capacity, CS_OP_RESPOND, number);
        break;
    case CS_STEP_TRANSACTION:
        acquire = program->n;
        compile_transaction(program, capacity, step, number);
        break;
    case CS_STEP_COMMIT:
        add(program, capacity, CS_OP_COMMIT, number)->target = step->target;
        break;
    }
    return acquire;
}

void cs_program_compile(struct cs_program *program, const struct cs_function *function)
{
    uint32_t capacity = 0, acquire = 0;

    *program = (struct cs_program){0};
    for (uint32_t i = 0; i < function->n_steps; i++)
        acquire = compile_step(program, &capacity, &function->step[i], i, acquire);
    add(program, &capacity, CS_OP_END, function->n_steps);
}

void cs_program_release(struct cs_program *program)
{
    free(program->op);
}

static struct cs_draw draw_for(const struct cs_model *model, const struct cs_request *request,
                               const struct cs_op *op)
{
    return cs_request_draw(model, request, model->source[request->source].step_stream,
                           (uint32_t)op->step << 16 | (request->loop & 0xffffu));
}

/*
 * The query sets out: how long it will take the server, and half a round trip
 * to the database's region.  False: no distance.  One draw serves both, the
 * query's time first, so that it does not depend on the distance.
 */
static bool travel(struct cs_model *model, struct cs_request *request, const struct cs_op *op)
{
    const struct cs_scenario *scenario = model->scenario;
    const struct cs_dist *rtt = cs_scenario_region_rtt(scenario, request->region,
                                                       scenario->database[op->target].region);
    struct cs_draw draw = draw_for(model, request, op);

    request->asked = model->engine.now;
    request->need = cs_dist_time(scenario->database[op->target].query[op->query].time, &draw);
    request->rest = 0;
    if (rtt == NULL)
        return false;
    cs_time round_trip = cs_dist_time(rtt, &draw);

    request->rest = round_trip - round_trip / 2;
    cs_request_stage(model, request, CS_STAGE_NETWORK);
    cs_request_hold(model, request, round_trip / 2);
    return true;
}

static void repeat(struct cs_request *request, const struct cs_op *op)
{
    if (++request->loop < op->count)
        request->pc = op->jump;
    else
        request->loop = 0;
}

/* The next operation asks for a connection of the same pool, where nobody
 * waits: giving it back would be to get it back at once. */
static bool keeps_connection(struct cs_model *model, struct cs_request *request,
                             const struct cs_op *op)
{
    const struct cs_op *next = &model->program[request->function].op[request->pc];

    return next->code == CS_OP_ACQUIRE && next->target == op->target &&
           cs_pool_may_keep(model, request, op->target);
}

/* Its connection goes back, or straight to what asks for one next. */
static void pass_connection(struct cs_model *model, struct cs_request *request,
                            const struct cs_op *op)
{
    enum cs_unit_kind kind = request->unit[request->n_units - 1].kind;

    if (kind == CS_UNIT_CONNECTION && keeps_connection(model, request, op))
        request->pc++;
    else
        cs_request_release_unit(model, request, kind);
}

static void release_backend(struct cs_model *model, struct cs_request *request)
{
    if (request->unit[request->n_units - 1].kind == CS_UNIT_BACKEND)
        cs_request_release_unit(model, request, CS_UNIT_BACKEND);
}

/* The query's answer is back. */
static void query_done(struct cs_model *model, struct cs_request *request,
                       const struct cs_op *op)
{
    if (request->is_measured)
        cs_times_add(&model->database[op->target].query_time[op->query],
                     model->engine.now - request->asked);
    repeat(request, op);
    if (!op->is_held)
        pass_connection(model, request, op);
}

static bool go_home(struct cs_model *model, struct cs_request *request, const struct cs_op *op)
{
    cs_database_executed(model, op->target);
    if (!op->is_held)
        release_backend(model, request);
    if (request->rest == 0)
        return false;
    cs_request_stage(model, request, CS_STAGE_NETWORK);
    cs_request_hold(model, request, request->rest);
    return true;
}

/* A bad deployment: the work is done, and its answer is an error. */
static bool is_in_error_burst(const struct cs_model *model, const struct cs_request *request)
{
    const struct cs_cell *cell = &model->cell[request->cell];

    if (cell->burst_rate == 0.0 || request->is_answered)
        return false;
    struct cs_draw draw =
        cs_request_draw(model, request, model->source[request->source].outcome_stream, 1);

    return cs_draw_uniform(&draw) < cell->burst_rate;
}

/* What the code answers, where it responds or ends: drawn once. */
static int answer_of(const struct cs_model *model, const struct cs_request *request,
                     enum cs_reason *reason)
{
    const struct cs_function *function = &model->scenario->function[request->function];

    if (is_in_error_burst(model, request)) {
        *reason = CS_REASON_ERROR_BURST;
        return (int)model->cell[request->cell].burst_code;
    }
    *reason = CS_REASON_OK;
    if (function->n_outcomes == 0 || request->is_answered)
        return 200;
    struct cs_draw draw =
        cs_request_draw(model, request, model->source[request->source].outcome_stream, 0);
    double u = cs_draw_uniform(&draw);

    for (uint32_t i = 0; i < function->n_outcomes; i++) {
        if (u < function->outcome[i].probability) {
            *reason = CS_REASON_FUNCTION_ERROR;
            return function->outcome[i].code;
        }
        u -= function->outcome[i].probability;
    }
    return 200;
}

static const struct cs_dist *time_of(const struct cs_model *model,
                                     const struct cs_request *request, const struct cs_op *op)
{
    return model->scenario->function[request->function].step[op->step].time;
}

static void wait_step(struct cs_model *model, struct cs_request *request,
                      const struct cs_op *op)
{
    struct cs_draw draw = draw_for(model, request, op);

    cs_request_stage(model, request, CS_STAGE_WAIT);
    cs_request_hold(model, request, cs_dist_time(time_of(model, request, op), &draw));
    repeat(request, op);
}

static void cpu_step(struct cs_model *model, struct cs_request *request, const struct cs_op *op)
{
    struct cs_draw draw = draw_for(model, request, op);

    cs_request_stage(model, request, CS_STAGE_CPU);
    cs_cpu_run(model, request, cs_dist_sample(time_of(model, request, op), &draw));
    repeat(request, op);
}

static void query_step(struct cs_model *model, struct cs_request *request,
                       const struct cs_op *op)
{
    request->tries = 0; /* it got through */
    cs_request_stage(model, request, CS_STAGE_QUERY);
    cs_database_execute(model, request, op->target, request->need);
}

/* The interpreter: true when the request can go straight on. */
static bool run_op(struct cs_model *model, struct cs_request *request, const struct cs_op *op)
{
    enum cs_reason reason;
    int code;

    switch ((enum cs_op_code)op->code) {
    case CS_OP_LIMIT:
        if (cs_limiter_admit(model, op->target, request))
            return true;
        cs_request_end(model, request, 429, CS_REASON_RATE_LIMITED);
        return false;
    case CS_OP_CPU:
        cpu_step(model, request, op);
        return false;
    case CS_OP_WAIT:
        wait_step(model, request, op);
        return false;
    case CS_OP_ACQUIRE:
        return cs_pool_acquire(model, request, op->target);
    case CS_OP_BEGIN:
        request->transaction_tries = request->tries;
        request->tries = 0;
        return true;
    case CS_OP_THERE:
        return !travel(model, request, op);
    case CS_OP_BACKEND:
        return cs_database_admit(model, request, op->target);
    case CS_OP_EXECUTE:
        query_step(model, request, op);
        return false;
    case CS_OP_HOME:
        return !go_home(model, request, op);
    case CS_OP_DONE:
        query_done(model, request, op);
        return true;
    case CS_OP_COMMIT:
        release_backend(model, request);
        pass_connection(model, request, op);
        return true;
    case CS_OP_CALL:
        cs_call_begin(model, request, op);
        return false;
    case CS_OP_ANSWER:
        return cs_call_answers(model, request, op);
    case CS_OP_HANG_UP:
        cs_call_ends(model, request, op);
        repeat(request, op);
        return true;
    case CS_OP_RESPOND:
        code = answer_of(model, request, &reason);
        cs_request_answer(model, request, code, reason);
        return true;
    case CS_OP_END:
        code = answer_of(model, request, &reason);
        cs_request_end(model, request, code, reason);
        return false;
    }
    return false;
}

void cs_program_run(struct cs_model *model, struct cs_request *request)
{
    const struct cs_op *ops = model->program[request->function].op;

    while (run_op(model, request, &ops[request->pc++]))
        ;
}
