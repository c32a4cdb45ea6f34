/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_PARSE_H
#define SCENARIO_PARSE_H

#include "scenario/bind.h"

/*
 * What the little languages of objectives and alerts share: a text read from
 * left to right, whose first problem is reported at its own column.
 */
struct cs_parser {
    struct cs_bind *bind;
    const struct cs_node *node;
    const char *key; /* whose text it is, for the reports */
    const char *text, *at;
    bool failed;
};

struct cs_parser cs_parser_start(struct cs_bind *bind, const struct cs_node *node,
                                 const char *key);

/* An error at `where`, `length` bytes wide; only the first counts. */
void cs_parse_refuse(struct cs_parser *p, const char *where, size_t length, const char *what);
void cs_parse_space(struct cs_parser *p);
/* Pass a word or sign if it comes next. */
bool cs_parse_take(struct cs_parser *p, const char *word);
/* A value such as 99.9% or 1000ms, SI; what must not be negative. */
double cs_parse_value(struct cs_parser *p, enum cs_dim dim);
/* The N of p(N), after its "p(", as a share. */
double cs_parse_quantile(struct cs_parser *p);
/* The word that comes next is none that could stand here: refuse it, with the
 * nearest measure (or level).  kind: what it should have been. */
void cs_parse_unknown(struct cs_parser *p, const char *kind, bool with_levels);
enum cs_compare cs_parse_comparison(struct cs_parser *p);

/* {fleet: api}: one kind and the name of one that there is (bind_target.c). */
void cs_bind_subject(struct cs_bind *bind, const struct cs_node *node,
                     const struct cs_place *place, struct cs_subject *scope);

#endif
