/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/bind.h"
#include "scenario/dump.h"
#include "scenario/validate.h"

/*
 * Clients: what they ask for again, and the sessions of virtual users, which
 * become a flat program with jumps.
 */

enum { MAX_OPS = 1000, MAX_REQUESTS_AN_ITERATION = 65535 };

void cs_bind_retry_codes(struct cs_bind *bind, const struct cs_node *node,
                         const struct cs_place *place, void *base)
{
    struct cs_client_retry *retry = base;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return;
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_node *item = node->pair[i].value;
        struct cs_place at = cs_place_item(bind, place, i);

        if (!cs_bind_expect(bind, item, CS_NODE_SCALAR, &at))
            continue;
        int code = strcmp(item->value, "gave_up") == 0 ? 499
                   : strlen(item->value) == 3 && strspn(item->value, "0123456789") == 3
                       ? atoi(item->value)
                       : 0;

        if (code < 400 || code > 599)
            cs_diag_error(bind->diag, &item->mark,
                          "%s: %s: a code from 400 to 599 or the word gave_up is wanted",
                          cs_place_text(bind, &at), cs_node_shown(bind->scratch, item));
        else
            retry->on_code[code - 400] = true;
    }
}

void cs_dump_retry_codes(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_client_retry *retry = base;

    (void)s;
    for (int i = 0; i < 200; i++)
        if (retry->on_code[i])
            cs_sink_print(sink, "%d\n", 400 + i);
}

/* ---- how many ---- */

void cs_bind_stages(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_users *users = base;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return;
    if (node->n == 0 || node->n > MAX_OPS) {
        cs_diag_error(bind->diag, &node->mark, "%s: %s", cs_place_text(bind, place),
                      node->n == 0 ? "there is nothing in it" : "more than 1000 stages");
        return;
    }
    users->stage = CS_ARENA_ARRAY(bind->arena, struct cs_stage_of_users, node->n);
    users->n_stages = (uint32_t)node->n;
    for (size_t i = 0; i < node->n; i++) {
        struct cs_place at = cs_place_item(bind, place, i);

        cs_bind_map(bind, &cs_schema_stage, node->pair[i].value, &at, &users->stage[i], true);
    }
}

void cs_bind_users(struct cs_bind *bind, const struct cs_node *node,
                   const struct cs_place *place, void *base)
{
    struct cs_users *users = &((struct cs_source *)base)->users;
    double n = 0;

    users->exists = true;
    if (node->kind == CS_NODE_MAP) {
        cs_bind_map(bind, &cs_schema_users, node, place, users, true);
        return;
    }
    if (!cs_bind_quantity(bind, node, place, CS_DIM_NUMBER, 0, 1e6, &n))
        return;
    if (n != floor(n))
        cs_bind_refuse(bind, node, place, "a whole number is wanted", "400");
    users->start = (uint32_t)n;
}

void cs_dump_users(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_users *users = &((const struct cs_source *)base)->users;

    (void)s;
    if (!users->exists)
        return;
    cs_sink_print(sink, "%u\n", (unsigned)users->start);
    for (uint32_t i = 0; i < users->n_stages; i++)
        cs_sink_print(sink, "stage %lld %u\n", (long long)users->stage[i].duration,
                      (unsigned)users->stage[i].target);
}

/* ---- what each does ---- */

struct script {
    struct cs_bind *bind;
    struct cs_session_op *op; /* MAX_OPS + 1 */
    uint32_t n, depth;
    double times; /* of what comes next in an iteration, as a mean */
    double most;  /* the same, at most */
    double requests;
    bool is_full;
};

static struct cs_session_op *add(struct script *script, enum cs_session_code code)
{
    struct cs_session_op *op = &script->op[script->n];

    if (script->n < MAX_OPS)
        script->n++;
    else
        script->is_full = true;
    *op = (struct cs_session_op){.code = code, .times = script->times};
    return op;
}

static void add_list(struct script *script, const struct cs_node *node,
                     const struct cs_place *place);

void cs_bind_session_body(struct cs_bind *bind, const struct cs_node *node,
                          const struct cs_place *place, void *base)
{
    /* The first member of both drafts. */
    if (cs_bind_expect(bind, node, CS_NODE_LIST, place))
        *(const struct cs_node **)base = node;
}

void cs_bind_session_repeat(struct cs_bind *bind, const struct cs_node *node,
                            const struct cs_place *place, void *base)
{
    if (cs_bind_expect(bind, node, CS_NODE_MAP, place))
        ((struct cs_session_draft *)base)->repeat = node;
}

/* What is in a block happens as often as the block. */
static void add_block(struct script *script, const struct cs_node *body,
                      const struct cs_place *up, double times, double most)
{
    struct cs_place at = {up, "do"};
    double outer = script->times, outer_most = script->most;

    script->times *= times;
    script->most *= most;
    add_list(script, body, &at);
    script->times = outer;
    script->most = outer_most;
}

static bool has_rounds(struct cs_bind *bind, const struct cs_node *node,
                       const struct cs_place *place, struct cs_repeat_draft *draft)
{
    bool says_count = cs_node_find(node, "count") != NULL;
    bool says_range = cs_node_find(node, "min") != NULL || cs_node_find(node, "max") != NULL;
    const char *wrong = NULL;

    if (says_count == says_range)
        wrong = "say `count`, or `min` and `max`";
    else if (says_range && cs_node_find(node, "max") == NULL)
        wrong = "`max` is missing";
    else if (says_range && draft->min > draft->max && draft->max > 0)
        wrong = "min is above max";
    if (wrong != NULL)
        cs_diag_error(bind->diag, &node->mark, "%s: %s", cs_place_text(bind, place), wrong);
    if (says_count)
        draft->min = draft->max = draft->count;
    return wrong == NULL && draft->body != NULL;
}

static void add_repeat(struct script *script, const struct cs_node *node,
                       const struct cs_place *up)
{
    struct cs_place place = {up, "repeat"};
    struct cs_repeat_draft draft = {0};

    cs_bind_map(script->bind, &cs_schema_repeat, node, &place, &draft, true);
    if (!has_rounds(script->bind, node, &place, &draft))
        return;
    if (script->depth == CS_SESSION_DEPTH) {
        cs_diag_error(script->bind->diag, &node->mark,
                      "%s: more than 8 repetitions inside each other",
                      cs_place_text(script->bind, &place));
        return;
    }
    struct cs_session_op *op = add(script, CS_SESSION_REPEAT);
    uint32_t first = script->n;

    op->loop = script->depth++;
    op->min = draft.min;
    op->max = draft.max;
    add_block(script, draft.body, &place, (draft.min + draft.max) / 2.0, draft.max);
    struct cs_session_op *again = add(script, CS_SESSION_AGAIN);

    again->loop = --script->depth;
    again->jump = first;
    op->jump = script->n;
}

static void add_with(struct script *script, const struct cs_session_draft *draft,
                     const struct cs_place *place)
{
    struct cs_session_op *op = add(script, CS_SESSION_WITH);

    op->share = draft->with;
    add_block(script, draft->body, place, draft->with, 1);
    op->jump = script->n;
}

static void add_request(struct script *script, const struct cs_node *node)
{
    struct cs_session_op *op = add(script, CS_SESSION_REQUEST);

    op->function = cs_bind_ref(script->bind, CS_SECTION_FUNCTIONS, node->value, &node->mark);
    script->requests += script->most;
}

static void add_step(struct script *script, const struct cs_node *node,
                     const struct cs_place *place)
{
    struct cs_bind *bind = script->bind;
    struct cs_session_draft draft = {0};

    if (node->kind == CS_NODE_SCALAR) {
        add_request(script, node);
        return;
    }
    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    size_t errors = cs_diagnostics_errors(bind->diag);

    cs_bind_map(bind, &cs_schema_session, node, place, &draft, true);
    bool thinks = cs_node_find(node, "think") != NULL,
         repeats = cs_node_find(node, "repeat") != NULL,
         maybe = cs_node_find(node, "with") != NULL, has_do = cs_node_find(node, "do") != NULL;

    if (cs_diagnostics_errors(bind->diag) > errors)
        return;
    if (thinks + repeats + maybe != 1 || maybe != has_do) {
        cs_diag_error(
            bind->diag, &node->mark,
            "%s: a step is a function, {think: TIME}, {repeat: {min, max, do: [...]}} "
            "or {with: SHARE, do: [...]}",
            cs_place_text(bind, place));
        return;
    }
    if (thinks)
        add(script, CS_SESSION_THINK)->time = draft.think;
    else if (repeats)
        add_repeat(script, draft.repeat, place);
    else
        add_with(script, &draft, place);
}

static void add_list(struct script *script, const struct cs_node *node,
                     const struct cs_place *place)
{
    for (size_t i = 0; i < node->n; i++) {
        struct cs_place at = cs_place_item(script->bind, place, i);

        add_step(script, node->pair[i].value, &at);
    }
}

void cs_bind_session(struct cs_bind *bind, const struct cs_node *node,
                     const struct cs_place *place, void *base)
{
    struct cs_users *users = &((struct cs_source *)base)->users;
    struct script script = {
        .bind = bind,
        .op = CS_ARENA_ARRAY(bind->scratch, struct cs_session_op, MAX_OPS + 1),
        .times = 1,
        .most = 1,
    };
    const char *wrong = NULL;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return;
    size_t errors = cs_diagnostics_errors(bind->diag);

    add_list(&script, node, place);
    add(&script, CS_SESSION_END);
    users->op = CS_ARENA_ARRAY(bind->arena, struct cs_session_op, script.n);
    users->n_ops = script.n;
    memcpy(users->op, script.op, script.n * sizeof *script.op);
    if (script.is_full)
        wrong = "more than 1000 steps";
    else if (script.requests > MAX_REQUESTS_AN_ITERATION)
        wrong = "more than 65535 requests in an iteration";
    else if (!(script.requests > 0) && cs_diagnostics_errors(bind->diag) == errors)
        wrong = "there is no request in it";
    if (wrong != NULL)
        cs_diag_error(bind->diag, &node->mark, "%s: %s", cs_place_text(bind, place), wrong);
}

void cs_dump_session(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_users *users = &((const struct cs_source *)base)->users;

    for (uint32_t i = 0; i < users->n_ops; i++) {
        const struct cs_session_op *op = &users->op[i];

        cs_sink_print(sink, "op %d %s %u %u %u %.17g ", (int)op->code,
                      op->code == CS_SESSION_REQUEST ? s->function[op->function].name : "",
                      (unsigned)op->jump, (unsigned)op->min, (unsigned)op->max, op->share);
        cs_sink_dist(sink, op->time);
    }
}

/* ---- contradictions ---- */

void cs_validate_source(struct cs_bind *bind, const struct cs_source *source)
{
    const struct cs_users *users = &source->users;
    const char *wrong = NULL;
    double most = users->start;

    for (uint32_t i = 0; i < users->n_stages; i++)
        most = fmax(most, users->stage[i].target);
    if (!users->exists && (users->op != NULL || users->new_each_iteration))
        wrong = "`session` and `new_user` belong to `users`";
    else if (users->exists && source->mix != NULL)
        wrong = "`users` have a `session`; they exclude `mix`";
    else if (users->exists && cs_validate_has_shape(source))
        wrong = "`users` have `stages`; they exclude what shapes a rate, such as `daily`";
    else if (users->exists && users->op == NULL && cs_diagnostics_errors(bind->diag) == 0)
        wrong = "`users` need a `session`: what each does, again and again";
    else if (users->exists && most * bind->scenario->load > CS_MAX_VIRTUAL_USERS - 1)
        wrong = "more than a million virtual users (users x load)";
    else if (users->n_stages > 0 && bind->scenario->horizon.is_steady)
        wrong = "stages have no steady state: with `horizon.steady` the same load is held for "
                "ever";
    if (wrong != NULL)
        cs_diag_error(
            bind->diag,
            cs_bind_mark(bind, cs_arena_printf(bind->scratch, "traffic.%s", source->name)),
            "traffic.%s: %s", source->name, wrong);
}
