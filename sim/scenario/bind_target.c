/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "scenario/bind.h"
#include "scenario/suggest.h"

/*
 * target  = measure op value
 * measure = [ "first_byte" | "server" ] ( "p(" N ")" | "mean" )
 *         | "under" DURATION | "success" | "errors" | "limited" | "database_up"
 */
struct parser {
    struct cs_bind *bind;
    const struct cs_node *node;
    const char *text, *at;
    bool failed;
};

static void refuse(struct parser *p, const char *where, size_t length, const char *what)
{
    struct cs_mark mark = p->node->mark;
    uint32_t inside = (uint32_t)(where - p->text) + (p->node->is_plain ? 0 : 1);

    if (p->failed)
        return;
    p->failed = true;
    if (mark.length > inside) {
        mark.column += inside;
        mark.length = length > 0 ? (uint32_t)length : 1;
    }
    cs_diag_error(p->bind->diag, &mark, "target: %s", what);
}

static void skip_space(struct parser *p)
{
    while (*p->at == ' ')
        p->at++;
}

static bool take(struct parser *p, const char *word)
{
    size_t n = strlen(word);
    bool is_name = isalpha((unsigned char)word[n - 1]) != 0;

    skip_space(p);
    if (strncmp(p->at, word, n) != 0)
        return false;
    if (is_name && (isalnum((unsigned char)p->at[n]) || p->at[n] == '_'))
        return false;
    p->at += n;
    return true;
}

/* A run without spaces or operators, such as 99.9% or 1000ms. */
static double take_value(struct parser *p, enum cs_dim dim)
{
    char copy[64];
    double si = 0;

    skip_space(p);
    size_t n = strcspn(p->at, " <>=()");
    if (n == 0 || n >= sizeof copy) {
        refuse(p, p->at, n, n == 0 ? "a value is missing" : "too long a value");
        return 0;
    }
    memcpy(copy, p->at, n);
    copy[n] = '\0';
    const char *why = cs_unit_parse(copy, dim, &si);
    if (why == NULL && (si < 0 || si > cs_dim_max(dim)))
        why = "out of range";
    if (why != NULL)
        refuse(p, p->at, n,
               cs_arena_printf(p->bind->scratch, "\"%s\": %s, such as %s", copy, why,
                               cs_dim_example(dim)));
    p->at += n;
    return si;
}

static void take_quantile(struct parser *p, struct cs_slo *slo)
{
    const char *rest = NULL;
    double n = 0;

    skip_space(p);
    if (!cs_number_parse(p->at, &n, &rest) || n <= 0 || n >= 100) {
        refuse(p, p->at, 1, "p(N) wants a number between 0 and 100, such as p(95)");
        return;
    }
    p->at = rest;
    if (take(p, ",")) {
        refuse(p, p->at, 1,
               "a range such as 5m belongs to alerts; an objective has its window");
        return;
    }
    if (!take(p, ")"))
        refuse(p, p->at, 1, "`)` is missing");
    slo->measure = CS_MEASURE_QUANTILE;
    slo->quantile = n / 100;
}

static void refuse_measure(struct parser *p)
{
    static const char *const word[] = {"p(95)",       "mean",       "under",
                                       "success",     "errors",     "limited",
                                       "database_up", "first_byte", "server"};
    char name[65], hint[CS_SUGGEST_TEXT];
    size_t n = strcspn(p->at, " <>=(");

    n = n < sizeof name ? n : sizeof name - 1;
    memcpy(name, p->at, n);
    name[n] = '\0';
    struct cs_suggest suggest = cs_suggest_start(name);
    for (size_t i = 0; i < sizeof word / sizeof word[0]; i++)
        cs_suggest_offer(&suggest, word[i]);
    if (strncmp(name, "db_", 3) == 0 || strncmp(name, "instance", 8) == 0 ||
        strstr(name, "_utilization") != NULL)
        refuse(p, p->at, n, "an objective on a level metric is not simulated by this version");
    else
        refuse(p, p->at, n,
               cs_arena_printf(p->bind->scratch, "unknown measure \"%s\"%s", name,
                               cs_suggest_text(&suggest, hint)));
}

static void take_latency(struct parser *p, struct cs_slo *slo)
{
    if (take(p, "p("))
        take_quantile(p, slo);
    else if (take(p, "mean"))
        slo->measure = CS_MEASURE_MEAN;
    else
        refuse_measure(p);
}

static bool is_latency(const struct cs_slo *slo)
{
    return slo->measure == CS_MEASURE_QUANTILE || slo->measure == CS_MEASURE_MEAN;
}

static void take_measure(struct parser *p, struct cs_slo *slo)
{
    slo->latency = CS_LATENCY_CLIENT;
    if (take(p, "first_byte")) {
        slo->latency = CS_LATENCY_FIRST_BYTE;
        take_latency(p, slo);
    } else if (take(p, "server")) {
        slo->latency = CS_LATENCY_SERVER;
        take_latency(p, slo);
    } else if (take(p, "under")) {
        slo->measure = CS_MEASURE_UNDER;
        slo->under = (cs_time)llround(take_value(p, CS_DIM_TIME) * 1e9);
    } else if (take(p, "success")) {
        slo->measure = CS_MEASURE_SUCCESS;
    } else if (take(p, "errors")) {
        slo->measure = CS_MEASURE_ERRORS;
    } else if (take(p, "limited")) {
        slo->measure = CS_MEASURE_LIMITED;
    } else if (take(p, "database_up")) {
        slo->measure = CS_MEASURE_DATABASE_UP;
    } else {
        take_latency(p, slo);
    }
}

static void take_comparison(struct parser *p, struct cs_slo *slo)
{
    if (take(p, "<="))
        slo->compare = CS_LE;
    else if (take(p, "<"))
        slo->compare = CS_LT;
    else if (take(p, ">="))
        slo->compare = CS_GE;
    else if (take(p, ">"))
        slo->compare = CS_GT;
    else
        refuse(p, p->at, 1, "one of < <= > >= is wanted");
    slo->threshold = take_value(p, is_latency(slo) ? CS_DIM_TIME : CS_DIM_SHARE);
}

void cs_bind_target(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_slo *slo = base;

    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return;
    struct parser p = {.bind = bind, .node = node, .text = node->value, .at = node->value};
    slo->target = cs_arena_strdup(bind->arena, node->value);
    take_measure(&p, slo);
    if (!p.failed)
        take_comparison(&p, slo);
    skip_space(&p);
    if (*p.at != '\0')
        refuse(&p, p.at, strlen(p.at),
               strncmp(p.at, "and", 3) == 0 || strncmp(p.at, "or", 2) == 0
                   ? "one objective is one comparison; write two objectives"
                   : "nothing is wanted after the value");
}

void cs_bind_of(struct cs_bind *bind, const struct cs_node *node, const struct cs_place *place,
                void *base)
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
    struct cs_slo *slo = base;

    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    for (size_t i = 0; node->n == 1 && i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct cs_node *value = node->pair[0].value;
        if (strcmp(kinds[i].key, node->pair[0].key) != 0)
            continue;
        slo->of = kinds[i].of;
        if (cs_bind_expect(bind, value, CS_NODE_SCALAR, place))
            slo->of_index = cs_bind_ref(bind, kinds[i].section, value->value, &value->mark);
        return;
    }
    cs_diag_error(
        bind->diag, &node->mark,
        "%s: one of function, fleet, database, dependency, region, zone, tier and its "
        "name are wanted",
        cs_place_text(bind, place));
}
