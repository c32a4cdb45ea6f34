/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Invariants of a run, checked in every replication and kept with its result.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "capsim/array.h"

#include "platform.h"

/* All who wait for something: in queues, and on servers beyond their CPUs. */
int64_t cs_waiting(const struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    uint32_t n_cells = scenario->n_fleets * scenario->n_regions;
    int64_t n = 0;

    for (uint32_t c = 0; c < n_cells; c++)
        n += model->cell[c].slots.waiting;
    for (uint32_t p = 0; p < scenario->n_databases * n_cells; p++)
        n += model->pool_rows[p].little_waiting.present;
    for (uint32_t d = 0; d < scenario->n_databases; d++) {
        const struct cs_database_state *database = &model->database[d];

        n += database->backends.waiting;
        if (database->has_sharing && database->server.jobs.n > database->server.cpus)
            n += (int64_t)((double)database->server.jobs.n - database->server.cpus);
    }
    return n;
}

__attribute__((format(printf, 4, 5))) static void
check(struct cs_model *model, const char *name, bool ok, const char *format, ...)
{
    CS_ASSERT(model->n_checks < sizeof model->check / sizeof model->check[0]);
    struct cs_model_check *entry = &model->check[model->n_checks++];
    va_list args;

    entry->name = name;
    entry->ok = ok;
    va_start(args, format);
    vsnprintf(entry->detail, sizeof entry->detail, format, args);
    va_end(args);
}

static uint64_t in_flight(const struct cs_model *model)
{
    return model->n_requests - model->n_free - model->n_ghosts;
}

static bool *free_requests(const struct cs_model *model)
{
    bool *is_free = CS_NEW_ARRAY(bool, model->n_requests + 1);

    for (uint32_t i = 0; i < model->n_free; i++)
        is_free[model->free_request[i]] = true;
    return is_free;
}

/* Every request made is answered, given up or under way; every measured one is
 * counted under exactly one code. */
static void check_flow(struct cs_model *model)
{
    const struct cs_meters *meters = &model->meters;
    uint64_t by_code = 0, by_reason = 0;

    for (uint32_t c = 0; c < meters->n_codes; c++)
        by_code += *meters->requests[CS_BY_ALL].by_code[c];
    for (int r = 0; r < CS_REASONS; r++)
        by_reason += *meters->by_reason[r];
    check(model, "flow", model->generated == model->gone + in_flight(model),
          "%" PRIu64 " generated, %" PRIu64 " ended, %" PRIu64 " under way", model->generated,
          model->gone, in_flight(model));
    check(model, "flow by code", by_code == meters->measured && by_reason == meters->measured,
          "%" PRIu64 " measured, %" PRIu64 " by code, %" PRIu64 " by reason", meters->measured,
          by_code, by_reason);
}

/* Whose users have no last answer yet: requests that are not settled, and
 * clients that wait to ask again. */
struct unanswered {
    uint64_t requests, clients, virtual_users;
};

static struct unanswered count_unanswered(const struct cs_model *model)
{
    bool *is_free = free_requests(model);
    struct unanswered n = {0};

    for (uint32_t id = 0; id < model->n_requests; id++) {
        if (is_free[id] || model->request[id].is_settled)
            continue;
        n.requests++;
        n.virtual_users += model->request[id].virtual_user != CS_NONE;
    }
    for (uint32_t i = 0; i < model->n_clients; i++) {
        n.clients += model->client[i].is_waiting;
        n.virtual_users +=
            model->client[i].is_waiting && model->client[i].virtual_user != CS_NONE;
    }
    free(is_free);
    return n;
}

/* Attempts are first ones and retries; what a user wanted is over or goes on. */
static void check_users(struct cs_model *model)
{
    struct unanswered n = count_unanswered(model);
    uint64_t unsent = model->unfinished_clients + n.clients;
    uint64_t attempts = model->generated - model->cdn.refreshes; /* but the edge's own */
    bool is_whole = attempts + unsent == model->users_begun + model->retries &&
                    model->users_begun == model->users_over + n.requests + n.clients;

    check(model, "flow of attempts", is_whole,
          "%" PRIu64 " attempts of %" PRIu64 " users' requests and %" PRIu64
          " retries, %" PRIu64 " not sent; %" PRIu64 " users' requests over",
          attempts, model->users_begun, model->retries, unsent, model->users_over);
    check(model, "virtual users", model->is_unstable || cs_closed_holds(model, n.virtual_users),
          "those who are there think, or wait for one of %" PRIu64 " answers", n.virtual_users);
}

static void check_little(struct cs_model *model, const char *name, bool ok)
{
    check(model, name, ok, "integral of the number present %s the sojourns",
          ok ? "equals" : "differs from");
}

static void check_littles(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    uint32_t n_cells = scenario->n_fleets * scenario->n_regions;
    bool slots = true, queues = true, pools = true, databases = true, calls = true;
    cs_time now = model->engine.now;

    for (uint32_t c = 0; c < n_cells; c++) {
        slots &= cs_little_holds(&model->cell[c].little_slots, now);
        queues &= cs_little_holds(&model->cell[c].little_queue, now);
    }
    for (uint32_t p = 0; p < scenario->n_databases * n_cells; p++)
        pools &= cs_little_holds(&model->pool_rows[p].little_active, now) &&
                 cs_little_holds(&model->pool_rows[p].little_waiting, now);
    for (uint32_t d = 0; d < scenario->n_databases; d++)
        databases &= cs_little_holds(&model->database[d].little_clients, now) &&
                     cs_little_holds(&model->database[d].little_backends, now) &&
                     cs_little_holds(&model->database[d].little_backend_wait, now);
    for (uint32_t i = 0; i < scenario->n_dependencies; i++)
        calls &= cs_little_holds(&model->dependency[i].little_calls, now);
    check_little(model, "little: platform", cs_little_holds(&model->system, now));
    check_little(model, "little: instance slots", slots);
    check_little(model, "little: instance queues", queues);
    check_little(model, "little: connection pools", pools);
    check_little(model, "little: database", databases);
    check_little(model, "little: dependencies", calls);
}

/*
 * Who is really there at the end, request by request, against the entry times
 * that the counts of Little's law still hold.  It finds a customer that left
 * under another's time even where somebody was always present.
 */
struct census {
    __int128 platform, slots, waiting, connections, calls;
};

static void add_request(struct census *census, const struct cs_model *model, uint32_t id)
{
    const struct cs_request *request = &model->request[id];

    if (model->wait[id].is_waiting)
        census->waiting += model->wait[id].since;
    if (request->is_ghost)
        return;
    census->platform += request->sent;
    for (uint32_t u = 0; u < request->n_units; u++) {
        cs_time since = request->unit[u].since;

        census->slots += request->unit[u].kind == CS_UNIT_SLOT ? since : 0;
        census->connections += request->unit[u].kind == CS_UNIT_CONNECTION ? since : 0;
        census->calls += request->unit[u].kind == CS_UNIT_CALL ? since : 0;
    }
}

static struct census count_requests(const struct cs_model *model)
{
    bool *is_free = free_requests(model);
    struct census census = {0};

    for (uint32_t id = 0; id < model->n_requests; id++)
        if (!is_free[id])
            add_request(&census, model, id);
    free(is_free);
    for (uint32_t d = 0; d < model->scenario->n_databases; d++)
        for (uint32_t c = 0; c < model->scenario->n_fleets * model->scenario->n_regions; c++)
            census.connections += cs_pool_rows(model, d, c)->leaked;
    return census;
}

static struct census count_entries(const struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    uint32_t n_cells = scenario->n_fleets * scenario->n_regions;
    struct census census = {.platform = model->system.entries};

    for (uint32_t c = 0; c < n_cells; c++) {
        census.slots += model->cell[c].little_slots.entries;
        census.waiting += model->cell[c].little_queue.entries;
    }
    for (uint32_t p = 0; p < scenario->n_databases * n_cells; p++) {
        census.connections += model->pool_rows[p].little_active.entries;
        census.waiting += model->pool_rows[p].little_waiting.entries;
    }
    for (uint32_t d = 0; d < scenario->n_databases; d++)
        census.waiting += model->database[d].little_backend_wait.entries;
    for (uint32_t i = 0; i < scenario->n_dependencies; i++)
        census.calls += model->dependency[i].little_calls.entries;
    return census;
}

static void check_census(struct cs_model *model)
{
    struct census there = count_requests(model), counted = count_entries(model);

    check(model, "little: census",
          there.platform == counted.platform && there.slots == counted.slots &&
              there.waiting == counted.waiting && there.connections == counted.connections &&
              there.calls == counted.calls,
          "entry times of the %" PRIu64 " requests under way, and of what they hold and wait "
          "for, against those counted",
          in_flight(model));
}

/*
 * Unstable: measured requests that never end, users who still ask again, or a
 * backlog that grew in the window by more than 2 % of all that came in it (and by
 * 100, so that a few waiters of a small run are no verdict).
 */
static void check_stable(struct cs_model *model)
{
    int64_t growth = model->waiting_at_end - model->waiting_at_start;
    double seconds = cs_time_s(model->end - model->start);

    if (model->unfinished > 0)
        check(model, "stable", false,
              "unstable: %" PRIu64 " measured requests did not end; backlog grows at %.3g/s",
              model->unfinished, (double)in_flight(model) / cs_time_s(model->engine.now));
    else if (model->unfinished_users > 0)
        check(model, "stable", false,
              "unstable: what %" PRIu64 " users asked for was not over: they still wait to ask "
              "again",
              model->unfinished_users);
    else if (growth >= 100 && (double)growth > 0.02 * (double)model->meters.measured)
        check(model, "stable", false,
              "unstable: %" PRId64 " more wait at the window's end than at its start; backlog "
              "grows at %.3g/s",
              growth, (double)growth / seconds);
    else
        check(model, "stable", true, "every measured request ended, no backlog grew");
}

void cs_checks_run(struct cs_model *model)
{
    check_flow(model);
    check_users(model);
    check_littles(model);
    check_census(model);
    check_stable(model);
}
