/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "scenario/levels.h"
#include "scenario/parse.h"

/*
 * expr    = term { ( "and" | "or" ) term }          `and` binds tighter
 * term    = measure op value
 * measure = [ "first_byte" | "server" ] ( "p(" N [ "," RANGE ] ")" | "mean" [ range ] )
 *         | "under" DURATION [ range ] | ( "success" | "errors" | "limited" ) [ range ]
 *         | "database_up" | NAME of a level
 * range   = "(" RANGE ")"                            absent: 5m
 */
enum { MAX_TERMS = 16 };

static const cs_time default_range = 5 * CS_MIN;

static void take_range(struct cs_parser *p, struct cs_term *term)
{
    const char *from = p->at;
    double range_s = cs_parse_value(p, CS_DIM_TIME);

    term->range = (cs_time)llround(range_s * 1e9);
    if (!p->failed && (range_s <= 0 || range_s > 7 * 86400.0))
        cs_parse_refuse(p, from, strcspn(from, ")"), "a range is above 0s and at most 7d");
    if (!p->failed && !cs_parse_take(p, ")"))
        cs_parse_refuse(p, p->at, 1, "`)` is missing");
}

static void take_brackets(struct cs_parser *p, struct cs_term *term)
{
    if (cs_parse_take(p, "("))
        take_range(p, term);
}

static void take_quantile(struct cs_parser *p, struct cs_term *term)
{
    term->measure = CS_MEASURE_QUANTILE;
    term->quantile = cs_parse_quantile(p);
    if (p->failed)
        return;
    if (cs_parse_take(p, ","))
        take_range(p, term);
    else if (!cs_parse_take(p, ")"))
        cs_parse_refuse(p, p->at, 1, "`)` or a range such as `, 5m)` is missing");
}

static bool take_level(struct cs_parser *p, struct cs_term *term)
{
    for (size_t i = 0; i < cs_levels_n; i++) {
        if (!cs_parse_take(p, cs_levels[i].name))
            continue;
        term->level = cs_levels[i].name;
        term->range = 0;
        if (cs_parse_take(p, "("))
            cs_parse_refuse(p, p->at - 1, 1, "a level is taken at the instant: no range");
        return true;
    }
    return false;
}

static void take_latency(struct cs_parser *p, struct cs_term *term)
{
    if (cs_parse_take(p, "p(")) {
        take_quantile(p, term);
    } else if (cs_parse_take(p, "mean")) {
        term->measure = CS_MEASURE_MEAN;
        take_brackets(p, term);
    } else {
        cs_parse_unknown(p, "measure or level", true);
    }
}

static bool take_share(struct cs_parser *p, struct cs_term *term)
{
    static const struct {
        const char *word;
        enum cs_measure measure;
    } share[] = {{"success", CS_MEASURE_SUCCESS},
                 {"errors", CS_MEASURE_ERRORS},
                 {"limited", CS_MEASURE_LIMITED}};

    for (size_t i = 0; i < sizeof share / sizeof share[0]; i++) {
        if (!cs_parse_take(p, share[i].word))
            continue;
        term->measure = share[i].measure;
        take_brackets(p, term);
        return true;
    }
    return false;
}

static void take_measure(struct cs_parser *p, struct cs_term *term)
{
    term->latency = CS_LATENCY_CLIENT;
    term->range = default_range;
    if (take_level(p, term) || take_share(p, term))
        return;
    if (cs_parse_take(p, "under")) {
        term->measure = CS_MEASURE_UNDER;
        term->under = (cs_time)llround(cs_parse_value(p, CS_DIM_TIME) * 1e9);
        take_brackets(p, term);
    } else if (cs_parse_take(p, "database_up")) {
        term->measure = CS_MEASURE_DATABASE_UP;
        term->range = 0;
    } else {
        if (cs_parse_take(p, "first_byte"))
            term->latency = CS_LATENCY_FIRST_BYTE;
        else if (cs_parse_take(p, "server"))
            term->latency = CS_LATENCY_SERVER;
        take_latency(p, term);
    }
}

static enum cs_dim dim_of(const struct cs_term *term)
{
    if (term->level != NULL)
        return cs_levels_find(term->level)->is_share ? CS_DIM_SHARE : CS_DIM_NUMBER;
    return term->measure == CS_MEASURE_QUANTILE || term->measure == CS_MEASURE_MEAN
               ? CS_DIM_TIME
               : CS_DIM_SHARE;
}

static void take_term(struct cs_parser *p, struct cs_term *term)
{
    take_measure(p, term);
    if (p->failed)
        return;
    term->compare = cs_parse_comparison(p);
    if (!p->failed)
        term->threshold = cs_parse_value(p, dim_of(term));
}

static void bind_expr(struct cs_bind *bind, const struct cs_node *node, const char *key,
                      const struct cs_place *place, struct cs_expr *expr)
{
    struct cs_term term[MAX_TERMS] = {{0}};
    uint32_t n = 0;

    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return;
    struct cs_parser p = cs_parser_start(bind, node, key);
    do {
        if (n == MAX_TERMS) {
            cs_parse_refuse(&p, p.at, 1, "more than 16 comparisons");
            break;
        }
        take_term(&p, &term[n++]);
        if (p.failed)
            break;
        bool is_or = cs_parse_take(&p, "or");
        if (!is_or && !cs_parse_take(&p, "and"))
            break;
        if (n < MAX_TERMS)
            term[n].is_alternative = is_or;
    } while (true);
    cs_parse_space(&p);
    if (!p.failed && *p.at != '\0')
        cs_parse_refuse(&p, p.at, strlen(p.at), "`and`, `or` or nothing is wanted here");
    if (p.failed)
        return;
    expr->text = cs_arena_strdup(bind->arena, node->value);
    expr->term = cs_arena_array(bind->arena, n, sizeof *expr->term);
    expr->n = n;
    memcpy(expr->term, term, n * sizeof *term);
}

void cs_bind_alert_expr(struct cs_bind *bind, const struct cs_node *node,
                        const struct cs_place *place, void *base)
{
    struct cs_alert *alert = base;

    bind_expr(bind, node, "expr", place, &alert->expr);
}

void cs_bind_alert_of(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, void *base)
{
    struct cs_alert *alert = base;

    cs_bind_subject(bind, node, place, &alert->of);
}

void cs_bind_health_warning(struct cs_bind *bind, const struct cs_node *node,
                            const struct cs_place *place, void *base)
{
    struct cs_dashboard *dashboard = base;

    bind_expr(bind, node, "warning", place, &dashboard->warning);
}

void cs_bind_health_critical(struct cs_bind *bind, const struct cs_node *node,
                             const struct cs_place *place, void *base)
{
    struct cs_dashboard *dashboard = base;

    bind_expr(bind, node, "critical", place, &dashboard->critical);
}

void cs_bind_health_of(struct cs_bind *bind, const struct cs_node *node,
                       const struct cs_place *place, void *base)
{
    struct cs_dashboard *dashboard = base;

    cs_bind_subject(bind, node, place, &dashboard->of);
}
