/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_NOTES_H
#define SCENARIO_NOTES_H

#include "capsim/arena.h"

/* Sentences collected one by one. */
struct cs_notes {
    struct cs_arena *arena;
    const char **line;
    size_t n, cap;
};

__attribute__((format(printf, 2, 3))) void cs_note(struct cs_notes *notes, const char *fmt,
                                                   ...);

#endif
