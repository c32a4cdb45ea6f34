/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a request takes a slot of a warm instance, or joins one that is
 *             starting, or starts one, or queues, or is refused with 503.
 * Equation:   none; see theory.h for the special cases with a closed form.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: -
 */
#include "platform.h"

static struct cs_cell *cell_of(struct cs_model *model, const struct cs_request *request)
{
    return &model->cell[request->cell];
}

/* ---- who waits for an instance to start ---- */

static void join_start(struct cs_model *model, struct cs_instance *instance, uint32_t id)
{
    model->wait[id].prev = instance->start_last;
    model->wait[id].next = CS_NOBODY;
    if (instance->start_last == CS_NOBODY)
        instance->start_first = id;
    else
        model->wait[instance->start_last].next = id;
    instance->start_last = id;
}

static void leave_start(struct cs_model *model, struct cs_instance *instance, uint32_t id)
{
    uint32_t prev = model->wait[id].prev, next = model->wait[id].next;

    if (prev == CS_NOBODY)
        instance->start_first = next;
    else
        model->wait[prev].next = next;
    if (next == CS_NOBODY)
        instance->start_last = prev;
    else
        model->wait[next].prev = prev;
}

/* ---- a request gets its slot ---- */

static void assign(struct cs_model *model, struct cs_request *request,
                   struct cs_instance *instance)
{
    struct cs_cell *cell = cell_of(model, request);

    request->instance = instance->local;
    cs_station_take(&cell->slots, model->engine.now);
    cs_request_hold_unit(model, request, CS_UNIT_SLOT, cell->index, instance->local);
    cs_instance_load(model, instance, 1);
    if (instance->state != CS_INSTANCE_STARTING)
        cs_share_add(&cell->slot_share, 1, 0, model->engine.now);
    request->on_prev = CS_NOBODY;
    request->on_next = instance->first_request;
    if (instance->first_request != CS_NOBODY)
        model->request[instance->first_request].on_prev = cs_request_id(model, request);
    instance->first_request = cs_request_id(model, request);
}

static void leave_instance(struct cs_model *model, const struct cs_request *request,
                           struct cs_instance *instance)
{
    if (request->on_prev == CS_NOBODY)
        instance->first_request = request->on_next;
    else
        model->request[request->on_prev].on_next = request->on_next;
    if (request->on_next != CS_NOBODY)
        model->request[request->on_next].on_prev = request->on_prev;
}

void cs_fleet_begin(struct cs_model *model, struct cs_request *request)
{
    const struct cs_function *function = &model->scenario->function[request->function];

    request->has_begun = true;
    if (request->is_measured)
        cs_counts_add(&cell_of(model, request)->invocations);
    if (function->max_duration != CS_NEVER)
        cs_deadline_arm(&model->duration_list[request->function],
                        cs_request_id(model, request));
    cs_program_run(model, request);
}

static struct cs_instance *pick_warm(struct cs_model *model, struct cs_cell *cell)
{
    uint32_t n = cell->warm.n;

    if (n == 0)
        return NULL;
    if (cell->config->reuse != CS_REUSE_RANDOM)
        return cell->instance[cs_heap_top(&cell->warm)->id];
    struct cs_draw draw;

    cs_draw_init(&draw, model->scenario->seed, cell->reuse_stream, cell->uses++, 0, 0,
                 model->replication);
    uint32_t i = (uint32_t)((unsigned __int128)cs_draw_u64(&draw) * n >> 64);

    return cell->instance[cs_heap_at(&cell->warm, i)];
}

/* ---- may another instance start? ---- */

struct cs_instance *cs_fleet_longest_idle(struct cs_model *model, uint32_t region,
                                          const struct cs_cell *but)
{
    const struct cs_scenario *scenario = model->scenario;
    struct cs_instance *oldest = NULL;

    for (uint32_t f = 0; f < scenario->n_fleets; f++) {
        struct cs_cell *cell = &model->cell[f * scenario->n_regions + region];

        if (cell == but || cell->idle_first == CS_NOBODY ||
            cell->alive <= cell->config->min_instances)
            continue;
        struct cs_instance *instance = cell->instance[cell->idle_first];

        if (oldest == NULL || instance->idle_since < oldest->idle_since)
            oldest = instance;
    }
    return oldest;
}

bool cs_region_has_room(const struct cs_model *model, uint32_t region)
{
    const struct cs_region_state *state = &model->region[region];

    return !state->is_down && state->instances < model->scenario->region[region].max_instances;
}

static bool make_room(struct cs_model *model, struct cs_cell *cell)
{
    if (cell->alive >= cell->config->max_instances || !cs_starts_has(model, cell))
        return false;
    if (cs_region_has_room(model, cell->region))
        return true;
    struct cs_instance *idle = cs_fleet_longest_idle(model, cell->region, cell);

    if (idle == NULL)
        return false;
    cs_instance_retire(model, idle);
    return true;
}

/* A slot of an instance that is still starting; wait for it. */
static void join(struct cs_model *model, struct cs_request *request,
                 struct cs_instance *instance)
{
    assign(model, request, instance);
    cs_request_stage(model, request, CS_STAGE_COLD_START);
    request->at = CS_AT_STARTING;
    join_start(model, instance, cs_request_id(model, request));
}

static struct cs_request *next_waiting(struct cs_model *model, struct cs_cell *cell)
{
    struct cs_request *request =
        &model->request[cs_station_next(&cell->slots, model->engine.now)];

    cs_timer_cancel(&model->engine, request->timer);
    return request;
}

/* It starts, and those who wait have it before anyone who comes. */
static void begin_start(struct cs_model *model, struct cs_cell *cell,
                        struct cs_instance *instance)
{
    while (cell->slots.waiting > 0 && instance->active < instance->config->concurrency)
        join(model, next_waiting(model, cell), instance);
    if (instance->config->cold_start == NULL)
        cs_fleet_started(model, instance);
}

static void start_for(struct cs_model *model, struct cs_request *request)
{
    struct cs_cell *cell = cell_of(model, request);
    struct cs_instance *instance = cs_instance_start(model, cell);

    if (request->is_measured)
        cs_counts_add(&cell->cold_starts);
    join(model, request, instance);
    cs_starts_take(model, cell);
    begin_start(model, cell, instance);
}

bool cs_fleet_start_idle(struct cs_model *model, struct cs_cell *cell)
{
    if (cell->alive >= cell->config->max_instances ||
        !cs_region_has_room(model, cell->region) || !cs_starts_has(model, cell))
        return false;
    cs_starts_take(model, cell);
    begin_start(model, cell, cs_instance_start(model, cell));
    return true;
}

void cs_fleet_keep_minimum(struct cs_model *model, struct cs_cell *cell)
{
    if (!cell->config->in_region[cell->region])
        return;
    while (cell->alive < cell->config->min_instances && cs_region_has_room(model, cell->region))
        begin_start(model, cell, cs_instance_start(model, cell)); /* takes no token */
}

void cs_fleet_serve_waiting(struct cs_model *model, struct cs_cell *cell)
{
    while (cell->slots.waiting > 0 && make_room(model, cell))
        start_for(model, next_waiting(model, cell));
}

/* ---- the queue ---- */

/* In this region, the cell whose first waiter has waited longest and could
 * start an instance if the region had room; CS_NOBODY when none could. */
static struct cs_cell *longest_waiting(struct cs_model *model, uint32_t region)
{
    const struct cs_scenario *scenario = model->scenario;
    struct cs_cell *longest = NULL;
    cs_time since = CS_NEVER;

    for (uint32_t f = 0; f < scenario->n_fleets; f++) {
        struct cs_cell *cell = &model->cell[f * scenario->n_regions + region];

        if (cell->slots.waiting == 0 || cell->alive >= cell->config->max_instances ||
            !cs_starts_has(model, cell))
            continue;
        cs_time waits_since = model->wait[cell->slots.first].since;

        if (waits_since < since) {
            longest = cell;
            since = waits_since;
        }
    }
    return longest;
}

void cs_fleet_capacity_freed(struct cs_model *model, uint32_t region)
{
    while (cs_region_has_room(model, region)) {
        struct cs_cell *cell = longest_waiting(model, region);

        if (cell == NULL)
            return;
        start_for(model, next_waiting(model, cell));
    }
}

static void queue(struct cs_model *model, struct cs_request *request)
{
    struct cs_cell *cell = cell_of(model, request);
    const struct cs_dist *timeout = cell->config->queue_timeout;
    cs_time now = model->engine.now, limit = CS_NEVER;

    if (timeout != NULL) {
        struct cs_draw draw =
            cs_request_draw(model, request, model->source[request->source].queue_stream, 0);

        limit = cs_dist_time(timeout, &draw);
    }
    bool is_full = cell->slots.waiting >= cell->slots.limit;

    if (is_full || limit == 0) {
        cs_request_end(model, request, 503,
                       is_full ? CS_REASON_QUEUE_FULL : CS_REASON_QUEUE_TIMEOUT);
        return;
    }
    cs_station_wait(&cell->slots, cs_request_id(model, request), now);
    request->at = CS_AT_INSTANCE_WAIT;
    if (limit != CS_NEVER)
        cs_request_limit(model, request, now + limit, CS_REQUEST_QUEUE_TIMEOUT);
    cs_starts_follow(model, cell);
}

void cs_fleet_enter(struct cs_model *model, struct cs_request *request)
{
    struct cs_cell *cell = cell_of(model, request);
    struct cs_instance *instance = pick_warm(model, cell);

    if (instance != NULL) {
        assign(model, request, instance);
        if (instance->is_out_of_memory)
            cs_request_grant(model, request); /* that is killed first */
        else
            cs_fleet_begin(model, request);
    } else if (cell->joinable.n > 0) {
        join(model, request, cell->instance[cs_heap_top(&cell->joinable)->id]);
    } else if (make_room(model, cell)) {
        start_for(model, request);
    } else {
        queue(model, request);
    }
}

void cs_fleet_stop_waiting(struct cs_model *model, struct cs_request *request)
{
    struct cs_cell *cell = cell_of(model, request);
    uint32_t id = cs_request_id(model, request);

    if (request->at == CS_AT_INSTANCE_WAIT)
        cs_station_abandon(&cell->slots, id, model->engine.now);
    else
        leave_start(model, cs_instance_of(model, request), id);
}

/*
 * A warm instance has a free slot.  First come across fleets: an idle instance
 * gives way to a request that has waited longer for room in the region;
 * otherwise its own queue is served.  True when somebody got it.
 */
static bool slot_freed(struct cs_model *model, struct cs_instance *instance)
{
    struct cs_cell *cell = &model->cell[instance->cell];
    struct cs_cell *longest =
        cs_region_has_room(model, cell->region) ? NULL : longest_waiting(model, cell->region);

    if (longest != NULL && longest != cell && instance->active == 0 &&
        cell->alive > cell->config->min_instances &&
        (cell->slots.waiting == 0 ||
         model->wait[longest->slots.first].since < model->wait[cell->slots.first].since)) {
        cs_instance_retire(model, instance);
        start_for(model, next_waiting(model, longest));
        return false;
    }
    if (cell->slots.waiting == 0)
        return false;
    struct cs_request *next = next_waiting(model, cell);

    assign(model, next, instance);
    cs_request_grant(model, next);
    return true;
}

void cs_fleet_started(struct cs_model *model, struct cs_instance *instance)
{
    struct cs_cell *cell = &model->cell[instance->cell];
    uint32_t id = instance->start_first;

    cs_instance_warm(model, instance);
    if (instance->active > 0)
        cs_share_add(&cell->slot_share, instance->active, 0, model->engine.now);
    instance->start_first = instance->start_last = CS_NOBODY;
    while (id != CS_NOBODY) {
        uint32_t next = model->wait[id].next;

        cs_request_grant(model, &model->request[id]);
        id = next;
    }
    while (instance->active < instance->config->concurrency && !instance->is_closed &&
           slot_freed(model, instance))
        ;
}

void cs_fleet_leave(struct cs_model *model, struct cs_request *request, cs_time since)
{
    struct cs_cell *cell = cell_of(model, request);
    struct cs_instance *instance = cs_instance_of(model, request);
    bool was_warm = instance->state != CS_INSTANCE_STARTING;

    cs_station_release(&cell->slots, since, model->engine.now);
    if (was_warm)
        cs_share_add(&cell->slot_share, -1, 0, model->engine.now);
    leave_instance(model, request, instance);
    bool is_closed = instance->is_closed;

    cs_instance_load(model, instance, -1);
    if (is_closed)
        return;
    if (was_warm) {
        slot_freed(model, instance);
    } else if (cell->slots.waiting > 0) { /* before anyone who comes */
        join(model, next_waiting(model, cell), instance);
    }
}
