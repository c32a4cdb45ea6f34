/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a client sends, waits at most its patience for a first byte, and
 *             leaves; what it asked for is still served.  What it got, or that
 *             it gave up, decides whether it asks again: for the same, with new
 *             luck, once it has its answer.
 * Equation:   delay = Retry-After, else initial factor^n, at most max, and with
 *             full jitter a uniform part of it.
 * Source:     RFC 9110, 10.2.3 (Retry-After); the scenario's semantics
 *             (models/README.md).
 * Leaves out: connections between client and edge; retry budgets.
 */
#include "platform.h"

#include <stdlib.h>

#include "capsim/array.h"

static void on_retry(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor client_actor = {"client", on_retry};

static bool is_in_window(const struct cs_model *model, cs_time t)
{
    return t >= model->start && t < model->end;
}

/* ---- patience ---- */

static void arm_patience(struct cs_model *model, struct cs_request *request)
{
    const struct cs_dist *patience = model->scenario->clients.patience;
    uint32_t id = cs_request_id(model, request);

    if (patience == NULL)
        return;
    if (cs_dist_is_constant(patience)) {
        cs_deadline_arm(&model->patience_list, id);
        request->give_up_at = request->sent + model->patience_list.length;
        return;
    }
    if (request->patience_timer == CS_NONE)
        request->patience_timer =
            cs_timer_new(&model->engine, CS_TREE_FAR, &cs_request_actor, model, id);
    struct cs_draw draw =
        cs_request_draw(model, request, model->source[request->source].patience_stream, 0);

    request->give_up_at = request->sent + cs_dist_time(patience, &draw);
    cs_timer_set(&model->engine, request->patience_timer, request->give_up_at, CS_CLASS_EXPIRY,
                 CS_REQUEST_GIVE_UP);
}

/* As it was when the request was sent: a constant or its own. */
static void end_patience(struct cs_model *model, struct cs_request *request)
{
    if (request->give_up_at == CS_NEVER)
        return;
    cs_deadline_cancel(&model->patience_list, cs_request_id(model, request));
    if (request->patience_timer != CS_NONE)
        cs_timer_cancel(&model->engine, request->patience_timer);
}

void cs_clients_reconfigure(struct cs_model *model)
{
    const struct cs_dist *patience = model->scenario->clients.patience;

    if (patience != NULL && cs_dist_is_constant(patience))
        model->patience_list.length = cs_time_from_s(cs_dist_mean(patience));
}

void cs_clients_wire(struct cs_model *model)
{
    cs_deadlines_init(&model->patience_list, &model->engine, &model->patience_node, CS_NEVER,
                      &cs_request_actor, model, CS_REQUEST_GIVE_UP);
    cs_clients_reconfigure(model);
}

/* ---- sending ---- */

/* What a user wants is measured by its first attempt, and followed to its end. */
static void begin(struct cs_model *model, struct cs_request *request)
{
    request->first_sent = request->sent;
    model->users_begun++;
    model->open_users += request->is_measured;
}

void cs_request_depart(struct cs_model *model, struct cs_request *request)
{
    cs_time now = model->engine.now;

    model->generated++;
    cs_little_enter(&model->system, now);
    request->sent = request->stage_since = now;
    request->stage = CS_STAGE_NETWORK;
    request->is_measured = is_in_window(model, now);
    model->open_measured += request->is_measured;
}

void cs_request_travel(struct cs_model *model, struct cs_request *request)
{
    const struct cs_dist *rtt =
        cs_scenario_zone_rtt(model->scenario, request->zone, request->region);

    if (rtt == NULL) {
        cs_request_enter(model, request);
        return;
    }
    struct cs_draw draw =
        cs_request_draw(model, request, model->source[request->source].network_stream, 0);

    request->rtt = cs_dist_time(rtt, &draw);
    request->at = CS_AT_TIMER;
    cs_timer_set(&model->engine, request->timer, model->engine.now + request->rtt / 2,
                 CS_CLASS_ARRIVAL, CS_REQUEST_ENTER);
}

void cs_request_send(struct cs_model *model, struct cs_request *request)
{
    cs_request_depart(model, request);
    if (request->attempt == 0)
        begin(model, request);
    if (request->is_measured)
        cs_slos_open(model, request);
    bool is_up = cs_request_route(model, request);

    arm_patience(model, request);
    if (!cs_edge_takes(model, request, is_up))
        cs_request_travel(model, request);
}

/* ---- again ---- */

/* As many as may be under way: more are a storm without end. */
enum { MAX_CLIENTS = 1 << 21 };

static uint32_t new_client(struct cs_model *model)
{
    if (model->n_free_clients > 0)
        return model->free_client[--model->n_free_clients];
    if (model->n_clients >= MAX_CLIENTS) {
        model->is_unstable = true;
        cs_engine_stop(&model->engine);
    }
    uint32_t id = model->n_clients++;

    CS_GROW(model->client, model->n_clients, model->client_capacity);
    CS_GROW(model->free_client, model->n_clients, model->free_client_capacity);
    model->client[id] = (struct cs_client){
        .timer = cs_timer_new(&model->engine, CS_TREE_NEAR, &client_actor, model, id)};
    return id;
}

/* Another request for the same by the same: all that attempts share. */
static void fill(struct cs_request *request, const struct cs_client *client)
{
    request->number = client->number;
    request->user = client->user;
    request->first_sent = client->first_sent;
    request->source = client->source;
    request->function = client->function;
    request->tier = client->tier;
    request->zone = client->zone;
    request->attempt = client->attempt;
    request->virtual_user = client->virtual_user;
}

/* Who gave up has not seen what the answer says. */
static cs_time delay(const struct cs_model *model, const struct cs_request *request,
                     enum cs_reason reason)
{
    const struct cs_client_retry *retry = &model->scenario->clients.retry;

    if (retry->honour_retry_after && request->retry_after != CS_NEVER &&
        reason != CS_REASON_GAVE_UP)
        return request->retry_after;
    struct cs_draw draw =
        cs_request_draw(model, request, model->source[request->source].retry_stream, 0);

    return cs_backoff_delay(&retry->backoff, request->attempt, &draw);
}

static bool tries_again(const struct cs_model *model, const struct cs_request *request,
                        int code, enum cs_reason reason)
{
    const struct cs_client_retry *retry = &model->scenario->clients.retry;

    return retry->exists && request->attempt < retry->max && reason != CS_REASON_UNFINISHED &&
           code >= 400 && retry->on_code[code - 400];
}

static void wait_to_retry(struct cs_model *model, const struct cs_request *request, int code,
                          enum cs_reason reason, cs_time at)
{
    cs_time due = at + delay(model, request, reason);
    uint32_t id = new_client(model); /* may move the array */
    struct cs_client *client = &model->client[id];

    *client = (struct cs_client){
        .number = request->number,
        .user = request->user,
        .first_sent = request->first_sent,
        .source = request->source,
        .function = request->function,
        .tier = request->tier,
        .zone = request->zone,
        .attempt = request->attempt + 1,
        .virtual_user = request->virtual_user,
        .timer = client->timer,
        .code = code,
        .is_waiting = true,
    };
    model->retries++;
    cs_timer_set(&model->engine, client->timer, due, CS_CLASS_ARRIVAL, 0);
}

static void on_retry(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_model *model = self;
    struct cs_client *client = &model->client[arg];
    struct cs_request *request = cs_request_new(model);

    (void)kind;
    if (request == NULL)
        return;
    fill(request, client);
    client->is_waiting = false;
    model->free_client[model->n_free_clients++] = (uint32_t)arg;
    model->requests++;
    cs_request_send(model, request);
}

/* The user has its last answer, at `at`: the one place where what it wanted is over. */
static void finish(struct cs_model *model, const struct cs_request *request, int code,
                   cs_time at)
{
    model->users_over++;
    if (is_in_window(model, request->first_sent)) {
        cs_user_request_settle(model, request, code);
        model->open_users--;
        cs_model_may_stop(model);
    }
    if (request->virtual_user != CS_NONE)
        cs_virtual_user_answered(model, request, at);
}

/* The client has its answer, or gives up, at `at` >= now. */
static void hear(struct cs_model *model, struct cs_request *request, int code,
                 enum cs_reason reason, cs_time at)
{
    cs_request_settle(model, request, code, reason, at);
    if (tries_again(model, request, code, reason))
        wait_to_retry(model, request, code, reason, at);
    else
        finish(model, request, code, at);
}

/* ---- answers ---- */

void cs_request_first_byte(struct cs_model *model, struct cs_request *request)
{
    cs_time at = model->engine.now + request->rtt - request->rtt / 2;

    if (request->first_byte != CS_NEVER || request->is_settled || at > request->give_up_at)
        return;
    request->first_byte = at;
    end_patience(model, request);
}

void cs_request_answer(struct cs_model *model, struct cs_request *request, int code,
                       enum cs_reason reason)
{
    cs_time home = request->rtt - request->rtt / 2;
    cs_time last_byte = model->engine.now + home;

    if (request->is_answered)
        return;
    request->is_answered = true;
    model->answered++;
    if (request->entry != CS_NONE && !request->is_edge)
        cs_cdn_answered(model, request, code, last_byte);
    if (request->is_settled)
        return;
    cs_request_first_byte(model, request);
    cs_request_stage(model, request, request->stage);
    request->stage_time[CS_STAGE_NETWORK] += home;
    if (request->first_byte == CS_NEVER) {
        end_patience(model, request);
        hear(model, request, 499, CS_REASON_GAVE_UP, request->give_up_at);
    } else {
        hear(model, request, code, reason, last_byte);
    }
}

void cs_request_give_up(struct cs_model *model, struct cs_request *request)
{
    const struct cs_fleet *fleet = model->cell[request->cell].config;

    hear(model, request, 499, CS_REASON_GAVE_UP, model->engine.now);
    if (!fleet->cancel_abandoned)
        return;
    if (request->at == CS_AT_INSTANCE_WAIT || request->at == CS_AT_STARTING)
        cs_request_end(model, request, 499, CS_REASON_GAVE_UP);
}

/* ---- the end of a run ---- */

void cs_request_unfinished(struct cs_model *model, struct cs_request *request)
{
    cs_time now = model->engine.now;

    if (request->is_measured)
        model->unfinished++;
    if (request->is_settled)
        return;
    if (request->is_measured)
        hear(model, request, 504, CS_REASON_UNFINISHED, now);
    if (!request->is_settled && is_in_window(model, request->first_sent)) {
        request->is_settled = true; /* sent after the window, for a user of the window */
        finish(model, request, 504, now);
    }
}

void cs_clients_unfinished(struct cs_model *model)
{
    for (uint32_t i = 0; i < model->n_clients; i++) {
        struct cs_client *client = &model->client[i];
        struct cs_request last = {0};

        if (!client->is_waiting)
            continue;
        fill(&last, client);
        last.attempt--;
        client->is_waiting = false;
        model->unfinished_clients++;
        finish(model, &last, client->code, model->engine.now);
    }
}

void cs_clients_release(struct cs_model *model)
{
    free(model->client);
    free(model->free_client);
}
