/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_BIND_H
#define SCENARIO_BIND_H

#include "scenario/schema.h"
#include "scenario/tree.h"

/*
 * From the merged tree to the struct, driven by the table.  Nothing here stops
 * at a problem: it is reported at its place and binding goes on with what the
 * struct had.
 */
struct cs_bind {
    struct cs_arena *arena;   /* the scenario's */
    struct cs_arena *scratch; /* dies with the load */
    struct cs_diagnostics *diag;
    struct cs_scenario *scenario;
    const struct cs_node *root;
    const char *folder; /* of the scenario file: where samples are looked for */
    /* Of a version of the scenario that an event's `set` makes (versions.c): the
     * scenario as the file has it; NULL otherwise. */
    const struct cs_scenario *base;
    /* Of a plan: the scenario that it is a change of; NULL otherwise. */
    const struct cs_scenario *plan_of;
    const struct cs_node *plans;    /* the file's */
    struct cs_attack_draft *attack; /* of the event that is being bound */
    struct cs_event_set *set;       /* found in the events */
    uint32_t n_sets;
};

/* The `set` of an event: paths and values. */
struct cs_event_set {
    uint32_t event;
    const struct cs_node *node;
};

/* Where a value stands, as in databases.supabase.pool. */
struct cs_place {
    const struct cs_place *up;
    const char *name;
};

const char *cs_place_text(struct cs_bind *bind, const struct cs_place *place);
/* The mark of the deepest part of a dotted path that the tree has. */
const struct cs_mark *cs_bind_mark(const struct cs_bind *bind, const char *path);
/* Whether the tree has all of it: a value that is there and was not taken has had
 * its error, and needs no second one about its absence. */
bool cs_bind_says(const struct cs_bind *bind, const char *path);

/* Bind the root into the scenario, check it, and bind its versions (load.c). */
void cs_bind_scenario(struct cs_bind *bind);

/* Bind a map; node NULL: defaults alone.  with_defaults false leaves what the
 * map does not say as it is in base. */
void cs_bind_map(struct cs_bind *bind, const struct cs_schema *schema,
                 const struct cs_node *node, const struct cs_place *place, void *base,
                 bool with_defaults);

/* The node is of this kind; else an error. */
bool cs_bind_expect(struct cs_bind *bind, const struct cs_node *node, enum cs_node_kind kind,
                    const struct cs_place *place);
/* A value of the dimension in [min, max] (SI); false after an error. */
bool cs_bind_quantity(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, enum cs_dim dim, double min, double max,
                      double *si);
/* The value at node is wrong: `place: "value": why, such as example`. */
void cs_bind_refuse(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, const char *why, const char *example);
/* A distribution whose values lie in [min, max], or NULL after an error. */
const struct cs_dist *cs_bind_dist(struct cs_bind *bind, const struct cs_node *node,
                                   const struct cs_place *place, enum cs_dim dim, double max);
/* The greatest value of a dimension, for those who set no lower one. */
double cs_dim_max(enum cs_dim dim);

/* Index of a name in a bound section; CS_NONE after an error at mark. */
uint32_t cs_bind_ref(struct cs_bind *bind, enum cs_section section, const char *name,
                     const struct cs_mark *mark);
/* The name of the index-th thing of a section; "none" for CS_NONE. */
const char *cs_section_name(const struct cs_scenario *scenario, enum cs_section section,
                            uint32_t index);
/* The same without an error. */
uint32_t cs_bind_find(const struct cs_bind *bind, enum cs_section section, const char *name);
/* A name of our own kind: letters, digits, _ and -, up to 64. */
bool cs_bind_is_name(const char *name);

/* The source of an event's attack, behind those of the file; those of the base for
 * its versions (bind_attack.c). */
void cs_attack_add(struct cs_bind *bind, const struct cs_event *event);
void cs_attack_copy(struct cs_bind *bind);

/* A numbered place such as [3], from scratch. */
struct cs_place cs_place_item(struct cs_bind *bind, const struct cs_place *up, size_t index);

/* Values of a samples file, SI, into scratch; NULL after an error (bind_samples.c). */
const double *cs_bind_samples(struct cs_bind *bind, const struct cs_node *file, enum cs_dim dim,
                              double max, size_t *n);

#endif
