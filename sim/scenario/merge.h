/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_MERGE_H
#define SCENARIO_MERGE_H

#include "capsim/scenario.h"
#include "scenario/schema.h"
#include "scenario/tree.h"

/*
 * Laying trees over each other.  Maps merge key by key; lists, values and
 * distributions are replaced whole.
 */

/* `over` laid over `base`; neither is changed.  field: what stands there in
 * the table (NULL: unknown). */
struct cs_node *cs_merge_over(struct cs_arena *arena, const struct cs_field *field,
                              const struct cs_node *base, const struct cs_node *over);
/* Two parts of one scenario: a value that both give is an error that names
 * both places. */
struct cs_node *cs_merge_beside(struct cs_arena *arena, const struct cs_node *one,
                                const struct cs_node *two, struct cs_diagnostics *diag);
/* The map of one item of a section with what `like` names beneath it. */
const struct cs_node *cs_merge_like(struct cs_arena *arena, const struct cs_field *section,
                                    const struct cs_node *map, const struct cs_pair *item,
                                    struct cs_diagnostics *diag);
/* The merged tree of a scenario: presets, then the file and its includes, then
 * --set (load.c).  NULL after an error that leaves nothing to bind. */
struct cs_node *cs_merge_load(struct cs_arena *arena, const struct cs_load_options *options,
                              const char *folder, struct cs_diagnostics *diag);
/*
 * Lay a value over what stands at a dotted path of root; start: where the path is
 * written.  Keys with one of the flags `fixed` (CS_FIXED, or 0) are refused.
 */
void cs_merge_put(struct cs_arena *arena, struct cs_node *root, const char *path,
                  const struct cs_mark *start, struct cs_node *value, unsigned fixed,
                  struct cs_diagnostics *diag);
/* A copy that shares nothing with the original but scalars' text. */
struct cs_node *cs_merge_copy(struct cs_arena *arena, const struct cs_node *node);
/* Lay one PATH=VALUE over root. */
void cs_merge_set(struct cs_arena *arena, struct cs_node *root, const char *argument,
                  struct cs_diagnostics *diag);
/* The field that a key of a map under `field` stands for; NULL: unknown. */
const struct cs_field *cs_merge_child(const struct cs_field *field, const char *key);
/* The whole scenario, as a field of nothing. */
extern const struct cs_field cs_field_root;

#endif
