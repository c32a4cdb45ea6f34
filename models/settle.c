/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a request counts once, as its client saw it, in the window in
 *             which it was sent; what a user wanted counts once, by the last
 *             code, in the window in which it was first asked for.
 * Equation:   errors = (5xx + gave up) / all but 429s.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: -
 */
#include "platform.h"

static uint32_t index_in(const struct cs_model *model, const struct cs_request *request,
                         enum cs_dimension d)
{
    switch (d) {
    case CS_BY_ALL:
    case CS_DIMENSIONS:
        return 0;
    case CS_BY_FUNCTION:
        return request->function;
    case CS_BY_ZONE:
        return request->zone;
    case CS_BY_REGION:
        return request->region;
    case CS_BY_TIER:
        return request->tier;
    case CS_BY_SOURCE:
        return model->source[request->source].index;
    }
    return 0;
}

static void count(const struct cs_request_counts *counts, uint32_t i, uint32_t code,
                  uint32_t n_codes)
{
    uint64_t *by_code = counts->by_code[(size_t)i * n_codes + code];

    (*counts->all[i])++;
    if (by_code != NULL)
        (*by_code)++;
}

/* rows: by tier, then of all */
static void count_by_tier(const struct cs_model *model, const struct cs_request *request,
                          uint64_t *const *rows, uint64_t n)
{
    *rows[model->scenario->n_tiers] += n;
    if (request->user != CS_ANONYMOUS)
        *rows[request->tier] += n;
}

static void count_codes(struct cs_model *model, const struct cs_request *request, int code,
                        enum cs_reason reason)
{
    struct cs_meters *meters = &model->meters;
    uint32_t c = meters->code_index[code];

    meters->measured++;
    (*meters->by_reason[reason])++;
    for (uint32_t k = 0; k < meters->n_dimensions; k++) {
        enum cs_dimension d = meters->dimension[k];

        if (d == CS_BY_TIER && request->user == CS_ANONYMOUS)
            continue;
        uint32_t i = index_in(model, request, d);

        count(&meters->requests[d], i, c, meters->n_codes);
    }
    cs_limiters_settle(model, request, reason == CS_REASON_RATE_LIMITED);
    if (request->attempt > 0 && meters->retries != NULL)
        count_by_tier(model, request, meters->retries, 1);
    if (reason == CS_REASON_RATE_LIMITED)
        count_by_tier(model, request, meters->rate_limited, 1);
}

void cs_user_request_settle(struct cs_model *model, const struct cs_request *request, int code)
{
    struct cs_meters *meters = &model->meters;

    meters->users_measured++;
    for (uint32_t k = 0; k < meters->n_dimensions; k++) {
        enum cs_dimension d = meters->dimension[k];

        if (meters->user_requests[d].all == NULL ||
            (d == CS_BY_TIER && request->user == CS_ANONYMOUS))
            continue;
        count(&meters->user_requests[d], index_in(model, request, d), meters->code_index[code],
              meters->n_codes);
    }
    if (meters->attempts != NULL)
        count_by_tier(model, request, meters->attempts, request->attempt + 1);
}

static void add_time(struct cs_hist *hist, cs_time time)
{
    if (hist != NULL)
        cs_hist_add(hist, time);
}

static void time_answer(struct cs_model *model, const struct cs_request *request,
                        cs_time last_byte)
{
    struct cs_meters *meters = &model->meters;

    for (uint32_t k = 0; k < meters->n_dimensions; k++) {
        enum cs_dimension d = meters->dimension[k];

        if (d == CS_BY_SOURCE || (d == CS_BY_TIER && request->user == CS_ANONYMOUS))
            continue;
        uint32_t i = index_in(model, request, d);

        add_time(meters->times[CS_TIME_DURATION][d][i], last_byte - request->sent);
        if (!request->is_edge)
            add_time(meters->times[CS_TIME_SERVER][d][i], model->engine.now - request->entered);
        add_time(meters->times[CS_TIME_FIRST_BYTE][d][i], request->first_byte - request->sent);
    }
    for (uint32_t s = 0; s < meters->n_stages; s++)
        cs_hist_add(meters->stage[s], request->stage_time[meters->stage_of[s]]);
}

void cs_request_settle(struct cs_model *model, struct cs_request *request, int code,
                       enum cs_reason reason, cs_time last_byte)
{
    struct cs_meters *meters = &model->meters;
    bool is_limited = code == 429, gave_up = reason == CS_REASON_GAVE_UP;
    bool is_timed = !is_limited && !gave_up && reason != CS_REASON_UNFINISHED;

    CS_ENGINE_ASSERT(&model->engine, !request->is_settled);
    request->is_settled = true;
    meters->all++;
    meters->limited += is_limited;
    meters->not_limited += !is_limited;
    meters->errors += code >= 500 || gave_up;
    if (is_timed)
        cs_hist_add(meters->step_duration, last_byte - request->sent);
    if (model->watches != NULL)
        cs_watches_settle(model, request, code, is_timed, last_byte);
    if (!request->is_measured)
        return;
    count_codes(model, request, code, reason);
    if (!is_limited)
        cs_breakdown_judge(model, request, code >= 500 || gave_up);
    if (is_timed) {
        time_answer(model, request, last_byte);
        cs_breakdown_time(model, request, last_byte - request->sent);
    }
    cs_slos_settle(model, request, code, last_byte);
}
