/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_BREAKER_H
#define CAPSIM_MODELS_BREAKER_H

#include "capsim/engine.h"
#include "capsim/scenario.h"

#include "meters.h"

/*
 * Circuit breakers.  Closed: attempts are made, and so many failures in a row
 * open it.  Open: none is made, for the time that it stays so.  Half open: so
 * many probes at once; the first success closes it, a failure opens it again.
 *
 * What began before the last change of state says nothing about the one after
 * it: an attempt carries the breaker's epoch, and counts only while that is so.
 */

enum cs_breaker_state { CS_BREAKER_CLOSED, CS_BREAKER_OPEN, CS_BREAKER_HALF_OPEN };

struct cs_breaker {
    enum cs_breaker_state state;
    uint32_t epoch, probes;         /* probes under way */
    int64_t failures;               /* in a row */
    cs_time until;                  /* open: it lets a probe through from then on */
    struct cs_breaker *prev, *next; /* of those that are open, first to end first */
};

struct cs_model;
struct cs_instance;
struct cs_request;

/* All breakers of one dependency. */
struct cs_breakers {
    const struct cs_breaker_config *config;
    struct cs_engine *engine;
    struct cs_breaker *shared;       /* by region, then the global one */
    struct cs_breaker *first, *last; /* of the open ones */
    uint32_t timer;
    struct cs_fan open_rows;
    struct cs_counts opened, short_circuited;
};

void cs_breakers_init(struct cs_breakers *breakers, struct cs_engine *engine,
                      const struct cs_breaker_config *config, uint32_t n_regions);
void cs_breakers_release(struct cs_breakers *breakers);
/* Its settings from now on; one that is taken away lets everything through at once. */
void cs_breakers_reconfigure(struct cs_breakers *breakers,
                             const struct cs_breaker_config *config);

/* Whether an attempt may be made now.  Then *epoch must come back once, with
 * what became of it or to say that nobody will know. */
bool cs_breaker_admit(struct cs_breakers *breakers, struct cs_breaker *breaker,
                      uint32_t *epoch);
/* True when this failure has opened it. */
bool cs_breaker_failed(struct cs_breakers *breakers, struct cs_breaker *breaker,
                       uint32_t epoch);
void cs_breaker_succeeded(struct cs_breaker *breaker, uint32_t epoch);
void cs_breaker_forgotten(struct cs_breaker *breaker, uint32_t epoch);
/* Closed and as new: who had it is gone. */
void cs_breaker_reset(struct cs_breakers *breakers, struct cs_breaker *breaker);

/* The one that a request's attempt at the dependency, which has some, is under.  An
 * instance's are made when it first needs one, and stay with it. */
struct cs_breaker *cs_breaker_of(struct cs_model *model, const struct cs_request *request,
                                 uint32_t dependency);
/* The instance goes: its breakers with it. */
void cs_breakers_drop(struct cs_model *model, struct cs_instance *instance);

#endif
