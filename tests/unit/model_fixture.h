/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TEST_MODEL_FIXTURE_H
#define TEST_MODEL_FIXTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capsim/model.h"
#include "models/platform.h"

/*
 * A scenario from a string, its model, and requests sent at given instants in
 * place of its traffic.  Tests of the models are linked with
 * --wrap=cs_request_settle, so that they hear of every answer.
 */

enum { STAGE_REQUESTS = 4096 };

struct heard {
    int code;
    enum cs_reason reason;
    cs_time end;      /* last byte at the client, or when it gave up */
    uint64_t ordinal; /* of the instance that it ran on, if it had one */
    uint32_t times;   /* heard of */
    uint64_t user;
    cs_time sent;
};

/* Every attempt that was settled, in that order. */
struct attempt {
    uint64_t number, user;
    uint32_t attempt, source, function, tier, zone, virtual_user;
    int code;
    cs_time sent, end;
};

enum { STAGE_ATTEMPTS = 1 << 16 };

struct stage {
    struct cs_scenario *scenario;
    struct cs_model *model;
    struct heard *heard; /* by number */
    struct attempt *attempt;
    uint32_t n_attempts;
    const char *source; /* whose requests are heard of; NULL: all */
    uint32_t n;
};

static struct stage *listening;

void __real_cs_request_settle(struct cs_model *model, struct cs_request *request, int code,
                              enum cs_reason reason, cs_time last_byte);
void __wrap_cs_request_settle(struct cs_model *model, struct cs_request *request, int code,
                              enum cs_reason reason, cs_time last_byte);
void __wrap_cs_request_settle(struct cs_model *model, struct cs_request *request, int code,
                              enum cs_reason reason, cs_time last_byte)
{
    __real_cs_request_settle(model, request, code, reason, last_byte);
    if (listening == NULL || listening->model != model)
        return;
    if (listening->n_attempts < STAGE_ATTEMPTS)
        listening->attempt[listening->n_attempts++] = (struct attempt){
            .number = request->number,
            .user = request->user,
            .attempt = request->attempt,
            .source = request->source,
            .function = request->function,
            .tier = request->tier,
            .zone = request->zone,
            .virtual_user = request->virtual_user,
            .code = code,
            .sent = request->sent,
            .end = last_byte,
        };
    if (request->number >= STAGE_REQUESTS)
        return;
    if (listening->source != NULL &&
        strcmp(listening->source, model->source[request->source].config->name) != 0)
        return;
    struct heard *heard = &listening->heard[request->number];
    const struct cs_cell *cell = &model->cell[request->cell];

    heard->code = code;
    heard->reason = reason;
    heard->end = last_byte;
    heard->times++;
    heard->user = request->user;
    heard->sent = request->sent;
    heard->ordinal = request->instance < cell->n_instances
                         ? cell->instance[request->instance]->ordinal
                         : UINT64_MAX;
}

static inline struct cs_scenario *load_or_fail(const char *text)
{
    char path[] = "/tmp/capsim-model-XXXXXX";
    int fd = mkstemp(path);
    struct cs_load_options options = {.path = path};
    struct cs_diagnostics *diag = cs_diagnostics_new();

    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    struct cs_scenario *scenario = cs_scenario_load(&options, diag);

    unlink(path);
    if (scenario == NULL)
        cs_diagnostics_print(diag, stderr);
    cr_assert(scenario != NULL);
    cs_diagnostics_free(diag);
    return scenario;
}

#define STAGE_HEAD                                              \
    "capsim: 1\nname: test\n"                                   \
    "horizon: { duration: 1h, lead_in: 0s }\nreplications: 2\n" \
    "seed: 1\n"

/* With the scenario's own traffic, of which the first STAGE_REQUESTS of each
 * source are heard of. */
static inline void stage_open_live(struct stage *stage, const char *text)
{
    *stage = (struct stage){.scenario = load_or_fail(text)};
    stage->model = cs_model_new(stage->scenario, 0);
    stage->heard = calloc(STAGE_REQUESTS, sizeof *stage->heard);
    stage->attempt = calloc(STAGE_ATTEMPTS, sizeof *stage->attempt);
    listening = stage;
}

/* The traffic is silenced; what the test sends is all there is. */
static inline void stage_open(struct stage *stage, const char *text)
{
    stage_open_live(stage, text);
    for (uint32_t i = 0; i < stage->model->n_sources; i++)
        cs_timer_cancel(&stage->model->engine, stage->model->source[i].timer);
}

/* What must hold at any instant; a run that has come to its end has asked already. */
static inline void all_checks_hold(struct cs_model *model)
{
    const struct cs_model_check *checks;

    if (cs_model_checks(model, &checks) == 0)
        cs_checks_run(model);
    size_t n = cs_model_checks(model, &checks);

    cr_assert(n > 0);
    for (size_t i = 0; i < n; i++)
        cr_expect(checks[i].ok, "%s: %s", checks[i].name, checks[i].detail);
}

/* Whenever a test ends, the invariants hold. */
static inline void stage_close(struct stage *stage)
{
    all_checks_hold(stage->model);
    listening = NULL;
    cs_model_free(stage->model);
    cs_scenario_free(stage->scenario);
    free(stage->heard);
    free(stage->attempt);
}

/* After the rest of the run. */
static inline void stage_finish(struct stage *stage)
{
    cs_model_run(stage->model);
    stage_close(stage);
}

static inline uint32_t function_named(const struct cs_scenario *scenario, const char *name)
{
    for (uint32_t f = 0; f < scenario->n_functions; f++)
        if (strcmp(scenario->function[f].name, name) == 0)
            return f;
    cr_assert_fail("no function %s", name);
    return 0;
}

/* Everything up to and at this instant. */
static inline void stage_run(struct stage *stage, cs_time until)
{
    cs_engine_run(&stage->model->engine, until);
}

/* A request of this function and user sent at `at`, after all else at that
 * instant, as arrivals are.  Returns its number, from 0 upwards. */
static inline uint32_t stage_send_by(struct stage *stage, cs_time at, const char *function,
                                     uint64_t user)
{
    stage_run(stage, at);
    stage->model->engine.now = at;
    struct cs_request *request = cs_request_new(stage->model);

    cr_assert(stage->n < STAGE_REQUESTS);
    request->number = stage->n++;
    request->function = function_named(stage->scenario, function);
    request->user = user;
    cs_request_send(stage->model, request);
    return stage->n - 1;
}

/* An anonymous one at `ms`. */
static inline uint32_t stage_send(struct stage *stage, double ms, const char *function)
{
    return stage_send_by(stage, (cs_time)(ms * (double)CS_MS), function, CS_ANONYMOUS);
}

/* Request `number` was answered once, so, at `ms`. */
#define HEARD(stage, number, c, r, ms)                                                  \
    do {                                                                                \
        const struct heard *heard_ = &(stage)->heard[number];                           \
        cr_expect(heard_->times == 1 && heard_->code == (c) && heard_->reason == (r) && \
                      heard_->end == (cs_time)((ms) * (double)CS_MS),                   \
                  "request %u: heard %u times, code %d, reason %d, at %g ms",           \
                  (unsigned)(number), heard_->times, heard_->code, (int)heard_->reason, \
                  (double)heard_->end / (double)CS_MS);                                 \
    } while (0)
#define FINE(stage, number, ms) HEARD(stage, number, 200, CS_REASON_OK, ms)

/* ---- metrics ---- */

static inline bool has_label(const struct cs_metric *metric, const char *label)
{
    for (int i = 0; i < CS_MAX_LABELS; i++) {
        char text[128];

        if (metric->labels.label[i].value == NULL)
            continue;
        snprintf(text, sizeof text, "%s=%s", metric->labels.label[i].key,
                 metric->labels.label[i].value);
        if (strcmp(text, label) == 0)
            return true;
    }
    return false;
}

/* The row with this name and, unless NULL, exactly this one label. */
static inline const struct cs_metric *metric_of(const struct cs_model *model, const char *name,
                                                const char *label)
{
    const struct cs_registry *registry = cs_model_registry(model);

    for (size_t i = 0; i < cs_registry_metrics(registry); i++) {
        const struct cs_metric *metric = cs_registry_metric(registry, i);
        int labels = 0;

        for (int k = 0; k < CS_MAX_LABELS; k++)
            labels += metric->labels.label[k].value != NULL;
        if (strcmp(metric->name, name) == 0 && labels == (label != NULL) &&
            (label == NULL || has_label(metric, label)))
            return metric;
    }
    cr_assert_fail("no metric %s %s", name, label == NULL ? "" : label);
    return NULL;
}

static inline uint64_t count_of(const struct cs_model *model, const char *name,
                                const char *label)
{
    return *metric_of(model, name, label)->count;
}

#endif
