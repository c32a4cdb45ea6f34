/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/dump.h"
#include "scenario/parse.h"

/* when = ( "cpu" | "memory" | "slots" ) ( ">" | ">=" ) share */

enum { MAX_RULES = 16 };

static const char *const measure_word[CS_SCALE_MEASURES] = {
    [CS_SCALE_CPU] = "cpu", [CS_SCALE_MEMORY] = "memory", [CS_SCALE_SLOTS] = "slots"};

static void take_measure(struct cs_parser *p, struct cs_scale_rule *rule)
{
    for (int m = 0; m < CS_SCALE_MEASURES; m++)
        if (cs_parse_take(p, measure_word[m])) {
            rule->measure = (enum cs_scale_measure)m;
            return;
        }
    cs_parse_refuse(p, p->at, strcspn(p->at, " <>="), "cpu, memory or slots is wanted here");
}

void cs_bind_scale_when(struct cs_bind *bind, const struct cs_node *node,
                        const struct cs_place *place, void *base)
{
    struct cs_scale_rule *rule = base;

    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return;
    struct cs_parser p = cs_parser_start(bind, node, "when");

    cs_parse_space(&p);
    take_measure(&p, rule);
    cs_parse_space(&p);
    rule->or_equal = !p.failed && cs_parse_take(&p, ">=");
    if (!p.failed && !rule->or_equal && !cs_parse_take(&p, ">"))
        cs_parse_refuse(&p, p.at, 1, "> or >= is wanted: a rule only starts instances");
    if (p.failed)
        return;
    cs_parse_space(&p);
    const char *value = p.at;

    rule->threshold = cs_parse_value(&p, CS_DIM_SHARE);
    if (!p.failed && !(rule->threshold > 0.0))
        cs_parse_refuse(&p, value, strlen(value), "a share above 0% is wanted, such as 80%");
    cs_parse_space(&p);
    if (!p.failed && *p.at != '\0')
        cs_parse_refuse(&p, p.at, strlen(p.at),
                        "nothing is wanted here: one comparison a rule");
}

void cs_bind_scale_out(struct cs_bind *bind, const struct cs_node *node,
                       const struct cs_place *place, void *base)
{
    struct cs_fleet *fleet = base;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return;
    if (node->n > MAX_RULES) {
        cs_diag_error(bind->diag, &node->mark, "%s: more than 16 rules",
                      cs_place_text(bind, place));
        return;
    }
    fleet->scale_out = CS_ARENA_ARRAY(bind->arena, struct cs_scale_rule, node->n + 1);
    fleet->n_scale_out = (uint32_t)node->n;
    for (size_t i = 0; i < node->n; i++) {
        struct cs_place at = cs_place_item(bind, place, i);

        cs_bind_map(bind, &cs_schema_scale_rule, node->pair[i].value, &at, &fleet->scale_out[i],
                    true);
    }
}

void cs_dump_scale_when(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_scale_rule *rule = base;

    (void)s;
    cs_sink_print(sink, "%s %d %.17g\n", measure_word[rule->measure], rule->or_equal ? 1 : 0,
                  rule->threshold);
}

void cs_dump_scale_out(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_fleet *fleet = base;

    for (uint32_t i = 0; i < fleet->n_scale_out; i++)
        cs_dump_map(sink, s, &cs_schema_scale_rule, &fleet->scale_out[i]);
}
