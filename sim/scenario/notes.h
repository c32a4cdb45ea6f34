/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_NOTES_H
#define SCENARIO_NOTES_H

#include <stdint.h>

#include "capsim/arena.h"
#include "capsim/scenario.h"

struct cs_scenario;

/* Sentences collected one by one. */
struct cs_notes {
    struct cs_arena *arena;
    const char **line;
    size_t n, cap;
};

__attribute__((format(printf, 2, 3))) void cs_note(struct cs_notes *notes, const char *fmt,
                                                   ...);
/* What a dependency waits for in vain (warn_dependency.c). */
void cs_warn_dependencies(const struct cs_scenario *scenario, struct cs_notes *notes);

/* What rules on utilisation and memory can never come to, or may (check_scaling.c). */
void cs_warn_scaling(const struct cs_scenario *scenario, uint32_t fleet,
                     struct cs_notes *notes);
/* What of the traffic can never bind or looks wrong (warn_traffic.c). */
void cs_warn_traffic(const struct cs_scenario *scenario, struct cs_notes *notes);

#endif
