/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/parse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "scenario/levels.h"
#include "scenario/suggest.h"

struct cs_parser cs_parser_start(struct cs_bind *bind, const struct cs_node *node,
                                 const char *key)
{
    return (struct cs_parser){
        .bind = bind, .node = node, .key = key, .text = node->value, .at = node->value};
}

void cs_parse_refuse(struct cs_parser *p, const char *where, size_t length, const char *what)
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
    cs_diag_error(p->bind->diag, &mark, "%s: %s", p->key, what);
}

void cs_parse_space(struct cs_parser *p)
{
    while (*p->at == ' ')
        p->at++;
}

bool cs_parse_take(struct cs_parser *p, const char *word)
{
    size_t n = strlen(word);
    bool is_name = isalpha((unsigned char)word[n - 1]) != 0;

    cs_parse_space(p);
    if (strncmp(p->at, word, n) != 0)
        return false;
    if (is_name && (isalnum((unsigned char)p->at[n]) || p->at[n] == '_'))
        return false;
    p->at += n;
    return true;
}

double cs_parse_value(struct cs_parser *p, enum cs_dim dim)
{
    char copy[64];
    double si = 0;

    cs_parse_space(p);
    size_t n = strcspn(p->at, " <>=()");
    if (n == 0 || n >= sizeof copy) {
        cs_parse_refuse(p, p->at, n, n == 0 ? "a value is missing" : "too long a value");
        return 0;
    }
    memcpy(copy, p->at, n);
    copy[n] = '\0';
    const char *why = cs_unit_parse(copy, dim, &si);
    if (why == NULL && (si < 0 || si > cs_dim_max(dim)))
        why = "out of range";
    if (why != NULL)
        cs_parse_refuse(p, p->at, n,
                        cs_arena_printf(p->bind->scratch, "\"%s\": %s, such as %s", copy, why,
                                        cs_dim_example(dim)));
    p->at += n;
    return si;
}

double cs_parse_quantile(struct cs_parser *p)
{
    const char *rest = NULL;
    double n = 0;

    cs_parse_space(p);
    if (!cs_number_parse(p->at, &n, &rest) || n <= 0 || n >= 100) {
        cs_parse_refuse(p, p->at, 1, "p(N) wants a number between 0 and 100, such as p(95)");
        return 0;
    }
    p->at = rest;
    return n / 100;
}

enum cs_compare cs_parse_comparison(struct cs_parser *p)
{
    if (cs_parse_take(p, "<="))
        return CS_LE;
    if (cs_parse_take(p, "<"))
        return CS_LT;
    if (cs_parse_take(p, ">="))
        return CS_GE;
    if (!cs_parse_take(p, ">"))
        cs_parse_refuse(p, p->at, 1, "one of < <= > >= is wanted");
    return CS_GT;
}

/* p95 is how others write p(95). */
static bool is_quantile(const char *name)
{
    return name[0] == 'p' && name[1] != '\0' &&
           name[1 + strspn(name + 1, "0123456789.")] == '\0';
}

void cs_parse_unknown(struct cs_parser *p, const char *kind, bool with_levels)
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
    for (size_t i = 0; with_levels && i < cs_levels_n; i++)
        cs_suggest_offer(&suggest, cs_levels[i].name);
    cs_suggest_text(&suggest, hint);
    if (is_quantile(name))
        snprintf(hint, sizeof hint, "; did you mean \"p(%.20s)\"?", name + 1);
    cs_parse_refuse(p, p->at, n,
                    cs_arena_printf(p->bind->scratch, "unknown %s \"%s\"%s", kind, name, hint));
}
