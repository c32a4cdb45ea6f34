/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/bind.h"
#include "scenario/dump.h"
#include "scenario/validate.h"

/* ---- another dependency, or none ---- */

void cs_bind_fallback(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, void *base)
{
    struct cs_dependency *dependency = base;

    dependency->fallback = CS_NONE;
    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place) || strcmp(node->value, "none") == 0)
        return;
    dependency->fallback = cs_bind_ref(bind, CS_SECTION_DEPENDENCIES, node->value, &node->mark);
}

void cs_dump_fallback(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_dependency *dependency = base;

    cs_sink_print(sink, "%s\n",
                  dependency->fallback == CS_NONE ? "none"
                                                  : s->dependency[dependency->fallback].name);
}

/* ---- what contradicts itself ---- */

static const struct cs_mark *mark_of(const struct cs_bind *bind, const char *name,
                                     const char *key)
{
    return cs_bind_mark(bind, cs_arena_printf(bind->scratch, "dependencies.%s.%s", name, key));
}

static void check_answer(struct cs_bind *bind, const struct cs_dependency *d)
{
    const struct cs_mark *mark = mark_of(bind, d->name, "");
    const char *wrong = NULL;
    /* What is there and wrong has been reported. */
    bool says_nothing = mark_of(bind, d->name, "latency") == mark &&
                        mark_of(bind, d->name, "first_byte") == mark &&
                        mark_of(bind, d->name, "like") == mark;

    if (d->latency == NULL && d->first_byte == NULL && says_nothing)
        wrong = "`latency` or `first_byte` is missing";
    else if (d->latency != NULL && (d->first_byte != NULL || d->tokens != NULL))
        wrong = "`latency` is the whole answer; it excludes `first_byte` and `tokens`";
    else if (d->tokens != NULL && d->tokens_per_second <= 0)
        wrong = "`tokens` needs `tokens_per_second`";
    if (wrong != NULL)
        cs_diag_error(bind->diag, mark, "dependencies.%s: %s", d->name, wrong);
}

/* The way from d back to d: "a, b, a"; NULL when there is none, or when an
 * earlier dependency on it has told it already. */
static const char *circle_of(struct cs_bind *bind, uint32_t d)
{
    const struct cs_scenario *s = bind->scenario;
    const char *text = s->dependency[d].name;
    uint32_t at = s->dependency[d].fallback;

    for (uint32_t n = 0; n < s->n_dependencies && at != CS_NONE; n++) {
        if (at < d)
            return NULL;
        text = cs_arena_printf(bind->scratch, "%s, %s", text, s->dependency[at].name);
        if (at == d)
            return text;
        at = s->dependency[at].fallback;
    }
    return NULL;
}

void cs_validate_dependencies(struct cs_bind *bind)
{
    const struct cs_scenario *s = bind->scenario;

    for (uint32_t d = 0; d < s->n_dependencies && !cs_diag_is_full(bind->diag); d++) {
        const char *circle = circle_of(bind, d);

        check_answer(bind, &s->dependency[d]);
        if (circle != NULL)
            cs_diag_error(bind->diag, mark_of(bind, s->dependency[d].name, "fallback"),
                          "dependencies.%s: its fallbacks go round in a circle (%s): the last "
                          "must have `fallback: none`",
                          s->dependency[d].name, circle);
    }
}
