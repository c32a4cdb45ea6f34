/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: who shares a breaker learns of an attempt's outcome at once; what
 *             began before a change of state says nothing after it.
 * Equation:   failure probability p, k in a row, Poisson lambda, instant calls,
 *             open for tau, one probe: P(short-circuited) = lambda tau / (p^-k +
 *             lambda tau).
 * Source:     Nygard, Release It! (2007), 5.2; renewal reward.
 * Leaves out: failure rates over a window, delays that grow with each opening.
 */
#include "breaker.h"

#include <stdlib.h>

#include "capsim/array.h"

#include "platform.h"

static void unlink_open(struct cs_breakers *breakers, struct cs_breaker *breaker)
{
    if (breaker->prev == NULL)
        breakers->first = breaker->next;
    else
        breaker->prev->next = breaker->next;
    if (breaker->next == NULL)
        breakers->last = breaker->prev;
    else
        breaker->next->prev = breaker->prev;
    cs_fan_add(&breakers->open_rows, -1, breakers->engine->now);
}

/* They end in the order in which they opened, unless the setting has changed. */
static void link_open(struct cs_breakers *breakers, struct cs_breaker *breaker)
{
    struct cs_breaker *before = breakers->last;

    while (before != NULL && before->until > breaker->until)
        before = before->prev;
    breaker->prev = before;
    breaker->next = before == NULL ? breakers->first : before->next;
    if (before == NULL)
        breakers->first = breaker;
    else
        before->next = breaker;
    if (breaker->next == NULL)
        breakers->last = breaker;
    else
        breaker->next->prev = breaker;
    cs_fan_add(&breakers->open_rows, 1, breakers->engine->now);
}

static void set_timer(struct cs_breakers *breakers)
{
    if (breakers->first == NULL)
        cs_timer_cancel(breakers->engine, breakers->timer);
    else
        cs_timer_set(breakers->engine, breakers->timer, breakers->first->until,
                     CS_CLASS_RELEASE, 0);
}

static void become(struct cs_breaker *breaker, enum cs_breaker_state state)
{
    breaker->state = state;
    breaker->epoch++;
    breaker->failures = 0;
    breaker->probes = 0;
}

static void open_it(struct cs_breakers *breakers, struct cs_breaker *breaker)
{
    become(breaker, CS_BREAKER_OPEN);
    breaker->until = breakers->engine->now + breakers->config->open;
    link_open(breakers, breaker);
    set_timer(breakers);
}

static void half_open(struct cs_breakers *breakers, struct cs_breaker *breaker)
{
    unlink_open(breakers, breaker);
    become(breaker, CS_BREAKER_HALF_OPEN);
    set_timer(breakers);
}

static void on_breakers(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_breakers *breakers = self;

    (void)kind, (void)arg;
    while (breakers->first != NULL && breakers->first->until <= breakers->engine->now)
        half_open(breakers, breakers->first);
}

static const struct cs_actor breakers_actor = {"breakers", on_breakers};

void cs_breakers_init(struct cs_breakers *breakers, struct cs_engine *engine,
                      const struct cs_breaker_config *config, uint32_t n_regions)
{
    *breakers = (struct cs_breakers){.config = config, .engine = engine};
    breakers->shared = CS_NEW_ARRAY(struct cs_breaker, n_regions + 1);
    breakers->timer = cs_timer_new(engine, CS_TREE_NEAR, &breakers_actor, breakers, 0);
}

void cs_breakers_release(struct cs_breakers *breakers)
{
    free(breakers->shared);
}

bool cs_breaker_admit(struct cs_breakers *breakers, struct cs_breaker *breaker, uint32_t *epoch)
{
    /* Whatever else falls on the instant at which its time is over comes after it. */
    if (breaker->state == CS_BREAKER_OPEN && breakers->engine->now >= breaker->until)
        half_open(breakers, breaker);
    if (breaker->state == CS_BREAKER_OPEN ||
        (breaker->state == CS_BREAKER_HALF_OPEN && breaker->probes >= breakers->config->probes))
        return false;
    breaker->probes += breaker->state == CS_BREAKER_HALF_OPEN;
    *epoch = breaker->epoch;
    return true;
}

bool cs_breaker_failed(struct cs_breakers *breakers, struct cs_breaker *breaker, uint32_t epoch)
{
    if (epoch != breaker->epoch || !breakers->config->exists)
        return false;
    if (breaker->state == CS_BREAKER_CLOSED && ++breaker->failures < breakers->config->failures)
        return false;
    open_it(breakers, breaker);
    return true;
}

void cs_breaker_succeeded(struct cs_breaker *breaker, uint32_t epoch)
{
    if (epoch != breaker->epoch)
        return;
    if (breaker->state == CS_BREAKER_HALF_OPEN)
        become(breaker, CS_BREAKER_CLOSED);
    breaker->failures = 0;
}

void cs_breaker_forgotten(struct cs_breaker *breaker, uint32_t epoch)
{
    if (epoch == breaker->epoch && breaker->state == CS_BREAKER_HALF_OPEN)
        breaker->probes--;
}

void cs_breaker_reset(struct cs_breakers *breakers, struct cs_breaker *breaker)
{
    if (breaker->state == CS_BREAKER_OPEN) {
        unlink_open(breakers, breaker);
        set_timer(breakers);
    }
    become(breaker, CS_BREAKER_CLOSED);
}

void cs_breakers_reconfigure(struct cs_breakers *breakers,
                             const struct cs_breaker_config *config)
{
    breakers->config = config;
    while (!config->exists && breakers->first != NULL)
        cs_breaker_reset(breakers, breakers->first);
}

/* ---- whose it is ---- */

static struct cs_breaker *of_instance(struct cs_model *model, struct cs_instance *instance,
                                      uint32_t dependency)
{
    if (instance->breaker == NULL)
        instance->breaker = CS_NEW_ARRAY(struct cs_breaker, model->scenario->n_dependencies);
    return &instance->breaker[dependency];
}

struct cs_breaker *cs_breaker_of(struct cs_model *model, const struct cs_request *request,
                                 uint32_t dependency)
{
    struct cs_breakers *breakers = &model->dependency[dependency].breakers;

    switch (breakers->config->scope) {
    case CS_SCOPE_INSTANCE:
        return of_instance(model, cs_instance_of(model, request), dependency);
    case CS_SCOPE_REGION:
        return &breakers->shared[request->region];
    case CS_SCOPE_GLOBAL:
        break;
    }
    return &breakers->shared[model->scenario->n_regions];
}

void cs_breakers_drop(struct cs_model *model, struct cs_instance *instance)
{
    for (uint32_t d = 0; instance->breaker != NULL && d < model->scenario->n_dependencies; d++)
        cs_breaker_reset(&model->dependency[d].breakers, &instance->breaker[d]);
}
