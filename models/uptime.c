/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a database is up until it fails, and down until it is repaired; while
 *             it is down nothing connects to it, and what was connected is cut.
 * Equation:   alternating renewal: up for a share E[every] / (E[every] + E[repair]).
 * Source:     Cox, Renewal Theory (1962), chapter 7.
 * Leaves out: failover to a standby, recovery that is slow at first.
 */
#include "platform.h"

static void on_uptime(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor uptime_actor = {"uptime", on_uptime};

double cs_database_up(const struct cs_model *model, uint32_t database)
{
    for (uint32_t d = 0; d < model->scenario->n_databases; d++)
        if ((database == CS_NONE || database == d) && model->database[d].down_causes > 0)
            return 0.0;
    return 1.0;
}

/* ---- going down ---- */

static bool is_connected(const struct cs_request *request, uint32_t database)
{
    for (uint32_t u = 0; u < request->n_units; u++) {
        enum cs_unit_kind kind = request->unit[u].kind;

        if ((kind == CS_UNIT_CONNECTION || kind == CS_UNIT_CLIENT) &&
            request->unit[u].owner == database)
            return true;
    }
    return false;
}

/* By number, which is no secret order: all end at this instant.  Those that settle
 * may send others, which are none of ours. */
static void end_requests(struct cs_model *model, uint32_t database)
{
    uint32_t n = model->n_requests;

    for (uint32_t id = 0; id < n; id++)
        if (is_connected(&model->request[id], database))
            cs_request_end(model, &model->request[id], 500, CS_REASON_DATABASE_DOWN);
    cs_database_forget(model, database);
}

static void cut_pools(struct cs_model *model, uint32_t database)
{
    uint32_t n_cells = model->scenario->n_fleets * model->scenario->n_regions;

    for (uint32_t c = 0; c < n_cells; c++)
        for (uint32_t i = 0; i < model->cell[c].n_instances; i++) {
            struct cs_pool *pool = model->cell[c].instance[i]->pool[database];

            if (pool != NULL && pool->is_open)
                cs_pool_cut(model, pool);
        }
}

void cs_database_set_down(struct cs_model *model, uint32_t database, bool is_down)
{
    struct cs_database_state *state = &model->database[database];
    cs_time now = model->engine.now;

    CS_ENGINE_ASSERT(&model->engine, is_down || state->down_causes > 0);
    state->down_causes = is_down ? state->down_causes + 1 : state->down_causes - 1;
    if (state->down_causes != (is_down ? 1u : 0u))
        return;
    cs_fan_add(&state->up_rows, is_down ? -1 : 1, now);
    cs_slos_database(model, database, !is_down);
    if (!is_down)
        return;
    if (now >= model->start && now < model->end)
        cs_counts_add(&state->failures);
    end_requests(model, database);
    cut_pools(model, database);
}

/* ---- failures of its own ---- */

enum { DRAW_EVERY, DRAW_REPAIR, DRAWS };

static void set_timer(struct cs_model *model, struct cs_database_state *state,
                      const struct cs_dist *dist, uint32_t step)
{
    struct cs_draw draw;

    cs_draw_init(&draw, model->scenario->seed, state->failure_stream, state->incidents, 0,
                 DRAWS * state->changes + step, model->replication);
    cs_time time = cs_dist_time(dist, &draw);

    cs_timer_set(&model->engine, state->failure_timer,
                 model->engine.now + (time > 0 ? time : 1), CS_CLASS_SET, 0);
}

/* Arm its next failure of its own, where it has such and none is due. */
static void expect_failure(struct cs_model *model, uint32_t database)
{
    struct cs_database_state *state = &model->database[database];
    const struct cs_server_config *server = &state->config->server;

    if (state->is_failed || cs_timer_is_set(&model->engine, state->failure_timer) ||
        server->failure_every == NULL)
        return;
    set_timer(model, state, server->failure_every, DRAW_EVERY);
}

static bool is_same(const struct cs_dist *a, const struct cs_dist *b)
{
    return a == b || (a != NULL && b != NULL && cs_dist_is_equal(a, b));
}

/* It has been up for no time as far as the new setting goes. */
void cs_uptime_reconfigure(struct cs_model *model, uint32_t database,
                           const struct cs_server_config *before)
{
    struct cs_database_state *state = &model->database[database];

    if (state->is_failed || is_same(before->failure_every, state->config->server.failure_every))
        return;
    cs_timer_cancel(&model->engine, state->failure_timer);
    state->changes++;
    expect_failure(model, database);
}

static void on_uptime(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_database_state *state = self;
    struct cs_model *model = state->model;
    uint32_t database = (uint32_t)arg;

    (void)kind;
    if (state->is_failed) {
        state->is_failed = false;
        state->incidents++;
        cs_database_set_down(model, database, false);
        expect_failure(model, database);
    } else if (state->config->server.repair != NULL) {
        state->is_failed = true;
        set_timer(model, state, state->config->server.repair, DRAW_REPAIR);
        cs_database_set_down(model, database, true);
    }
}

void cs_uptime_wire(struct cs_model *model, uint32_t database)
{
    static const unsigned masks[] = {0, 1};
    struct cs_database_state *state = &model->database[database];
    struct cs_labels labels = CS_LABELS({"database", state->config->name});

    state->slow = 1.0;
    state->failure_stream = cs_stream_id(CS_PURPOSE_INCIDENT, state->config->name);
    cs_fan_build(&state->up_rows, model, "database_up", "databases",
                 CS_STAT_BIT(CS_STAT_TIME_MEAN), labels, masks, 2);
    cs_counts_build(&state->failures, model, "database_failures_total", "failures", labels,
                    masks, 2, NULL);
    cs_fan_add(&state->up_rows, 1, 0);
    state->failure_timer =
        cs_timer_new(&model->engine, CS_TREE_FAR, &uptime_actor, state, database);
    expect_failure(model, database);
}
