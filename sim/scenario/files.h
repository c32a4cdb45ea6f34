/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_FILES_H
#define SCENARIO_FILES_H

#include "scenario/tree.h"

/* Paths that a scenario may name: relative, without `..`, and inside the
 * scenario's folder even after symbolic links are followed. */

/* The folder of a path ("." for a bare name or standard input). */
const char *cs_files_folder(struct cs_arena *arena, const char *path);
/* The file that the scalar names below folder, or NULL after an error. */
const char *cs_files_below(struct cs_arena *arena, const char *folder,
                           const struct cs_node *name, struct cs_diagnostics *diag);
/* Where the preset is, or NULL after an error that says where it looked. */
const char *cs_files_preset(struct cs_arena *arena, const struct cs_load_options *options,
                            const struct cs_node *name, struct cs_diagnostics *diag);

#endif
