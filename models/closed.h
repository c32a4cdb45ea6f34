/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_CLOSED_H
#define CAPSIM_MODELS_CLOSED_H

#include "platform.h"

/* What closed.c (what virtual users do) and closed_plan.c (how many there are) share. */

struct virtual_user {
    uint64_t user;
    uint32_t tier, zone;
    uint32_t iteration, pc;
    uint32_t draws, requests; /* of this iteration, so far */
    uint32_t left[CS_SESSION_DEPTH];
    uint32_t timer;
    cs_time began; /* the iteration */
    bool is_there;
};

struct cs_closed {
    struct virtual_user *user;
    uint32_t n_users;     /* the most that there can be */
    uint32_t planned;     /* users below it go on with another iteration */
    uint32_t stage, from; /* the stage under way; how many it started with, at load 1 */
    cs_time stage_begin;
    uint64_t session_stream;
    struct cs_fan present;
};

/* The first iteration of one who is there from now on begins at once. */
void cs_virtual_user_begin(struct cs_source_state *state, struct virtual_user *user);

/* The most that there can be, at the greatest load of the run. */
uint32_t cs_closed_most(const struct cs_scenario *scenario, const struct cs_users *config);
/* Wire it: the first ones come at the start of the run. */
void cs_closed_plan(struct cs_source_state *state);

#endif
