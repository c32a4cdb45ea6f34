/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "scenario/bind.h"
#include "scenario/suggest.h"

enum { MAX_STEPS = 1000 };

static int by_code(const void *left, const void *right)
{
    const struct cs_outcome *a = left, *b = right;

    return a->code < b->code ? -1 : a->code > b->code;
}

void cs_bind_outcomes(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, void *base)
{
    struct cs_function *function = base;
    double sum = 0;

    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    function->outcome = CS_ARENA_ARRAY(bind->arena, struct cs_outcome, node->n + 1);
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        struct cs_place at = {place, pair->key};
        struct cs_outcome outcome = {0, 0};
        bool is_code = strlen(pair->key) == 3 && strspn(pair->key, "0123456789") == 3 &&
                       (pair->key[0] == '4' || pair->key[0] == '5');
        if (!is_code)
            cs_diag_error(bind->diag, &pair->mark, "%s: a code from 400 to 599 is wanted",
                          cs_place_text(bind, &at));
        if (!cs_bind_quantity(bind, pair->value, &at, CS_DIM_SHARE, 0, 1,
                              &outcome.probability) ||
            !is_code)
            continue;
        outcome.code = atoi(pair->key);
        sum += outcome.probability;
        function->outcome[function->n_outcomes++] = outcome;
    }
    qsort(function->outcome, function->n_outcomes, sizeof *function->outcome, by_code);
    if (sum > 1 + 1e-9)
        cs_diag_error(bind->diag, &node->mark, "%s: more than 100%% in all",
                      cs_place_text(bind, place));
}

/* ---- steps ---- */

static void refuse_query(struct cs_bind *bind, const struct cs_node *node, const char *name)
{
    const struct cs_scenario *s = bind->scenario;
    char hint[CS_SUGGEST_TEXT];
    struct cs_suggest suggest = cs_suggest_start(name);

    for (uint32_t d = 0; d < s->n_databases; d++)
        for (uint32_t q = 0; q < s->database[d].n_queries; q++)
            cs_suggest_offer(&suggest, s->database[d].query[q].name);
    cs_diag_error(bind->diag, &node->mark, "unknown query \"%.64s\"%s", name,
                  cs_suggest_text(&suggest, hint));
}

/* `name`, when one database alone has it, or `database.name`. */
static void find_query(struct cs_bind *bind, const struct cs_node *node, struct cs_step *step)
{
    const struct cs_scenario *s = bind->scenario;
    const char *dot = strchr(node->value, '.'), *name = dot != NULL ? dot + 1 : node->value;
    uint32_t found = 0, only = CS_NONE;

    if (dot != NULL) {
        const char *owner =
            cs_arena_strndup(bind->scratch, node->value, (size_t)(dot - node->value));
        only = cs_bind_ref(bind, CS_SECTION_DATABASES, owner, &node->mark);
        if (only == CS_NONE)
            return;
    }
    for (uint32_t d = 0; d < s->n_databases; d++)
        for (uint32_t q = 0; q < s->database[d].n_queries; q++)
            if ((only == CS_NONE || only == d) &&
                strcmp(s->database[d].query[q].name, name) == 0) {
                step->target = d;
                step->query = q;
                found++;
            }
    if (found == 0)
        refuse_query(bind, node, name);
    else if (found > 1)
        cs_diag_error(bind->diag, &node->mark,
                      "query \"%.64s\" is in %u databases; write database.%.64s", name,
                      (unsigned)found, name);
}

static const char *const kind_key[] = {"limit", "cpu",     "wait",       "query",
                                       "call",  "respond", "transaction"};

/* The one key that says what the step is; NULL after an error. */
static const struct cs_pair *step_kind(struct cs_bind *bind, const struct cs_node *node,
                                       const struct cs_place *place, enum cs_step_kind *kind)
{
    const struct cs_pair *only = NULL;
    unsigned found = 0;
    bool has_unknown = false;

    for (size_t i = 0; i < node->n; i++) {
        const struct cs_field *field = cs_schema_find(&cs_schema_step, node->pair[i].key);
        has_unknown = has_unknown || field == NULL || field->type == CS_TYPE_LATER;
    }
    for (size_t k = 0; k < sizeof kind_key / sizeof kind_key[0]; k++) {
        const struct cs_pair *pair = cs_node_find(node, kind_key[k]);
        if (pair == NULL)
            continue;
        only = pair;
        *kind = (enum cs_step_kind)k;
        found++;
    }
    if (found == 1)
        return only;
    if (found > 1 || !has_unknown)
        cs_diag_error(
            bind->diag, &node->mark,
            "%s: a step is one of limit, cpu, wait, query, call, respond, transaction",
            cs_place_text(bind, place));
    return NULL;
}

static void refuse_strays(struct cs_bind *bind, const struct cs_node *node,
                          enum cs_step_kind kind)
{
    const struct cs_pair *count = cs_node_find(node, "count");
    const struct cs_pair *stream = cs_node_find(node, "stream");
    const struct cs_pair *steps = cs_node_find(node, "do");

    if (count != NULL && kind != CS_STEP_QUERY && kind != CS_STEP_CALL)
        cs_diag_error(bind->diag, &count->mark, "`count` belongs to a query or call");
    if (stream != NULL && kind != CS_STEP_CALL)
        cs_diag_error(bind->diag, &stream->mark, "`stream` belongs to a call");
    if (steps != NULL && kind != CS_STEP_TRANSACTION)
        cs_diag_error(bind->diag, &steps->mark, "`do` belongs to a transaction");
}

static void fill_step(struct cs_bind *bind, const struct cs_pair *what,
                      const struct cs_step_draft *draft, struct cs_step *step)
{
    bool is_scalar = what->value->kind == CS_NODE_SCALAR;

    step->count = draft->count;
    step->stream = draft->stream;
    step->time = step->kind == CS_STEP_CPU ? draft->cpu : draft->wait;
    if (step->kind == CS_STEP_QUERY && is_scalar)
        find_query(bind, what->value, step);
    else if (step->kind == CS_STEP_LIMIT && is_scalar)
        step->target = cs_bind_ref(bind, CS_SECTION_LIMITS, draft->limit, &what->value->mark);
    else if (step->kind == CS_STEP_CALL && is_scalar)
        step->target =
            cs_bind_ref(bind, CS_SECTION_DEPENDENCIES, draft->call, &what->value->mark);
    else if (step->kind == CS_STEP_RESPOND && !draft->respond)
        cs_diag_error(bind->diag, &what->value->mark, "respond: true is wanted");
}

/* ---- steps in a row, with those of transactions among them ---- */

void cs_bind_do(struct cs_bind *bind, const struct cs_node *node, const struct cs_place *place,
                void *base)
{
    struct cs_step_draft *draft = base;

    draft->steps = node;
    if (cs_bind_expect(bind, node, CS_NODE_LIST, place) && node->n == 0)
        cs_diag_error(bind->diag, &node->mark, "%s: there is nothing in it",
                      cs_place_text(bind, place));
}

static struct cs_step *add_step(struct cs_function *function, enum cs_step_kind kind)
{
    struct cs_step *step = &function->step[function->n_steps++];

    *step = (struct cs_step){.kind = kind, .count = 1};
    return step;
}

static void bind_step(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, struct cs_function *function,
                      uint32_t held);

/* Its own step, what it does, and the end of it: all in the function's one row. */
static void bind_transaction(struct cs_bind *bind, const struct cs_pair *what,
                             const struct cs_place *place, const struct cs_step_draft *draft,
                             struct cs_function *function)
{
    struct cs_place inner = {place, "do"};
    uint32_t database = CS_NONE;

    if (what->value->kind == CS_NODE_SCALAR)
        database =
            cs_bind_ref(bind, CS_SECTION_DATABASES, draft->transaction, &what->value->mark);
    if (draft->steps == NULL) {
        cs_diag_error(bind->diag, &what->mark, "%s: a transaction needs steps to `do`",
                      cs_place_text(bind, place));
        return;
    }
    add_step(function, CS_STEP_TRANSACTION)->target = database;
    for (size_t i = 0; i < draft->steps->n; i++) {
        struct cs_place at = cs_place_item(bind, &inner, i);
        bind_step(bind, draft->steps->pair[i].value, &at, function, database);
    }
    add_step(function, CS_STEP_COMMIT)->target = database;
}

/* held: the database of the transaction around it. */
static void bind_step(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, struct cs_function *function, uint32_t held)
{
    struct cs_step_draft draft = {.limit = "", .query = "", .call = "", .transaction = ""};
    enum cs_step_kind kind = CS_STEP_RESPOND;

    if (node->kind == CS_NODE_SCALAR && strcmp(node->value, "respond") == 0) {
        add_step(function, CS_STEP_RESPOND);
        return;
    }
    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    cs_bind_map(bind, &cs_schema_step, node, place, &draft, true);
    const struct cs_pair *what = step_kind(bind, node, place, &kind);
    if (what == NULL)
        return;
    refuse_strays(bind, node, kind);
    if (kind == CS_STEP_TRANSACTION && held != CS_NONE) {
        cs_diag_error(bind->diag, &what->mark,
                      "%s: a transaction within a transaction; they do not nest",
                      cs_place_text(bind, place));
    } else if (kind == CS_STEP_TRANSACTION) {
        bind_transaction(bind, what, place, &draft, function);
    } else {
        struct cs_step *step = add_step(function, kind);
        fill_step(bind, what, &draft, step);
        step->is_held = kind == CS_STEP_QUERY && step->target == held;
    }
}

/* How many steps the list comes to. */
static size_t count_steps(const struct cs_node *node)
{
    size_t n = node->n;

    for (size_t i = 0; i < node->n; i++) {
        const struct cs_node *step = node->pair[i].value;
        const struct cs_pair *inner =
            step->kind == CS_NODE_MAP ? cs_node_find(step, "do") : NULL;
        n += inner != NULL ? inner->value->n + 1 : 0;
    }
    return n;
}

void cs_bind_steps(struct cs_bind *bind, const struct cs_node *node,
                   const struct cs_place *place, void *base)
{
    struct cs_function *function = base;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return;
    if (count_steps(node) > MAX_STEPS) {
        cs_diag_error(bind->diag, &node->mark, "%s: more than 1000 steps",
                      cs_place_text(bind, place));
        return;
    }
    function->step = CS_ARENA_ARRAY(bind->arena, struct cs_step, count_steps(node) + 1);
    function->n_steps = 0;
    for (size_t i = 0; i < node->n; i++) {
        struct cs_place at = cs_place_item(bind, place, i);
        bind_step(bind, node->pair[i].value, &at, function, CS_NONE);
    }
}
