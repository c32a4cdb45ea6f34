/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_SCALING_H
#define CAPSIM_MODELS_SCALING_H

#include <stdbool.h>

#include "capsim/time.h"

struct cs_cell;
struct cs_fleet;
struct cs_instance;
struct cs_model;
struct cs_scaler;

/*
 * How fast instances may start, rules that start them, and the memory that ends
 * them.  Each is absent when the fleet does not set it, and costs a branch then.
 */

/* start_burst.c: a token bucket of starts, of a fleet in a region.  Starts full. */
struct cs_start_bucket {
    __int128 credit; /* 1e-6 / 86400e9 of a token */
    cs_time since;
    uint32_t timer;
};

void cs_starts_wire(struct cs_model *model, struct cs_cell *cell);
/* Whether an instance may start now, for all that start_burst says. */
bool cs_starts_has(struct cs_model *model, struct cs_cell *cell);
void cs_starts_take(struct cs_model *model, struct cs_cell *cell);
/*
 * Somebody waits now: where there is no token, who waits
 * is served when the next one comes.
 */
void cs_starts_follow(struct cs_model *model, struct cs_cell *cell);
/* The cell's settings were `before` until now; it has its new ones. */
void cs_starts_reconfigure(struct cs_model *model, struct cs_cell *cell,
                           const struct cs_fleet *before);

/* scaler.c: rules on utilisation, of a fleet in a region. */
void cs_scaler_wire(struct cs_model *model, struct cs_cell *cell);
void cs_scaler_release(struct cs_cell *cell);
/*
 * The cell has new settings.  If the rules are others, their windows start anew.
 */
void cs_scaler_reconfigure(struct cs_model *model, struct cs_cell *cell,
                           const struct cs_fleet *before);
/* An instance starts (1), or is no longer starting (-1). */
void cs_scaler_starting(struct cs_model *model, const struct cs_instance *instance, int sign);

/*
 * memory.c: an instance that comes to need more memory than it has is closed there
 * and then, and killed by a grant at the same instant, so that whoever caused it can
 * unwind first.
 */
void cs_memory_wire(struct cs_model *model, struct cs_cell *cell);
/* It is warm: from now on what it uses counts. */
void cs_memory_warm(struct cs_model *model, struct cs_instance *instance);
/* It is gone, with all that it used. */
void cs_memory_gone(struct cs_model *model, struct cs_instance *instance);
/* So many requests, or connections, more or less on a warm instance. */
void cs_memory_change(struct cs_model *model, struct cs_instance *instance, int requests,
                      int connections);

#endif
