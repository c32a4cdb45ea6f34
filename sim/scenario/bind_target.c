/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "scenario/levels.h"
#include "scenario/parse.h"

/*
 * target  = measure op value
 * measure = [ "first_byte" | "server" ] ( "p(" N ")" | "mean" )
 *         | "under" DURATION | "success" | "errors" | "limited" | "database_up"
 */
static void take_quantile(struct cs_parser *p, struct cs_slo *slo)
{
    slo->measure = CS_MEASURE_QUANTILE;
    slo->quantile = cs_parse_quantile(p);
    if (p->failed)
        return;
    if (cs_parse_take(p, ","))
        cs_parse_refuse(p, p->at, 1,
                        "a range such as 5m belongs to alerts; an objective has its window");
    else if (!cs_parse_take(p, ")"))
        cs_parse_refuse(p, p->at, 1, "`)` is missing");
}

static void refuse_measure(struct cs_parser *p)
{
    for (size_t i = 0; i < cs_levels_n; i++)
        if (strncmp(p->at, cs_levels[i].name, strlen(cs_levels[i].name)) == 0) {
            cs_parse_refuse(p, p->at, strlen(cs_levels[i].name),
                            "an objective on a level metric is not simulated by this version");
            return;
        }
    cs_parse_unknown(p, "measure", false);
}

static void take_latency(struct cs_parser *p, struct cs_slo *slo)
{
    if (cs_parse_take(p, "p("))
        take_quantile(p, slo);
    else if (cs_parse_take(p, "mean"))
        slo->measure = CS_MEASURE_MEAN;
    else
        refuse_measure(p);
}

static bool is_latency(const struct cs_slo *slo)
{
    return slo->measure == CS_MEASURE_QUANTILE || slo->measure == CS_MEASURE_MEAN;
}

static void take_measure(struct cs_parser *p, struct cs_slo *slo)
{
    slo->latency = CS_LATENCY_CLIENT;
    if (cs_parse_take(p, "first_byte")) {
        slo->latency = CS_LATENCY_FIRST_BYTE;
        take_latency(p, slo);
    } else if (cs_parse_take(p, "server")) {
        slo->latency = CS_LATENCY_SERVER;
        take_latency(p, slo);
    } else if (cs_parse_take(p, "under")) {
        slo->measure = CS_MEASURE_UNDER;
        slo->under = (cs_time)llround(cs_parse_value(p, CS_DIM_TIME) * 1e9);
    } else if (cs_parse_take(p, "success")) {
        slo->measure = CS_MEASURE_SUCCESS;
    } else if (cs_parse_take(p, "errors")) {
        slo->measure = CS_MEASURE_ERRORS;
    } else if (cs_parse_take(p, "limited")) {
        slo->measure = CS_MEASURE_LIMITED;
    } else if (cs_parse_take(p, "database_up")) {
        slo->measure = CS_MEASURE_DATABASE_UP;
    } else {
        take_latency(p, slo);
    }
}

static void take_comparison(struct cs_parser *p, struct cs_slo *slo)
{
    slo->compare = cs_parse_comparison(p);
    slo->threshold = cs_parse_value(p, is_latency(slo) ? CS_DIM_TIME : CS_DIM_SHARE);
}

void cs_bind_target(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_slo *slo = base;

    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return;
    struct cs_parser p = cs_parser_start(bind, node, "target");
    slo->target = cs_arena_strdup(bind->arena, node->value);
    take_measure(&p, slo);
    if (!p.failed)
        take_comparison(&p, slo);
    cs_parse_space(&p);
    if (*p.at != '\0')
        cs_parse_refuse(&p, p.at, strlen(p.at),
                        strncmp(p.at, "and", 3) == 0 || strncmp(p.at, "or", 2) == 0
                            ? "one objective is one comparison; write two objectives"
                            : "nothing is wanted after the value");
}

void cs_bind_subject(struct cs_bind *bind, const struct cs_node *node,
                     const struct cs_place *place, struct cs_subject *scope)
{
    static const struct {
        const char *key;
        enum cs_of of;
        enum cs_section section;
    } kinds[] = {{"function", CS_OF_FUNCTION, CS_SECTION_FUNCTIONS},
                 {"fleet", CS_OF_FLEET, CS_SECTION_FLEETS},
                 {"database", CS_OF_DATABASE, CS_SECTION_DATABASES},
                 {"dependency", CS_OF_DEPENDENCY, CS_SECTION_DEPENDENCIES},
                 {"region", CS_OF_REGION, CS_SECTION_REGIONS},
                 {"zone", CS_OF_ZONE, CS_SECTION_ZONES},
                 {"tier", CS_OF_TIER, CS_SECTION_TIERS}};

    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    for (size_t i = 0; node->n == 1 && i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct cs_node *value = node->pair[0].value;
        if (strcmp(kinds[i].key, node->pair[0].key) != 0)
            continue;
        scope->of = kinds[i].of;
        if (cs_bind_expect(bind, value, CS_NODE_SCALAR, place))
            scope->index = cs_bind_ref(bind, kinds[i].section, value->value, &value->mark);
        return;
    }
    cs_diag_error(
        bind->diag, &node->mark,
        "%s: one of function, fleet, database, dependency, region, zone, tier and its "
        "name are wanted",
        cs_place_text(bind, place));
}

void cs_bind_of(struct cs_bind *bind, const struct cs_node *node, const struct cs_place *place,
                void *base)
{
    struct cs_slo *slo = base;
    struct cs_subject scope = {slo->of, slo->of_index};

    cs_bind_subject(bind, node, place, &scope);
    slo->of = scope.of;
    slo->of_index = scope.index;
}
