/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a rule looks at its fleet in a region ten times a window, but not more
 *             often than each second nor more seldom than every ten.
 * Equation:   utilisation = use over the window / capacity, of which there is what
 *             there was over the window or what there is now with all that start,
 *             whichever is more.  So a fleet that grows is not taken for one that is
 *             still full, and one that shrinks not for one that is full now.
 * Source:     the scenario's semantics (models/README.md); Kubernetes' horizontal
 *             autoscaler, which counts pods that are not ready as idle.
 * Leaves out: scaling in, which idle_timeout does; forecasts.
 */
#include "platform.h"

#include <stdlib.h>

#include "capsim/array.h"

enum { LOOKS_A_WINDOW = 10, PPM = 1000000 };

/* Integrals of use and capacity at a look. */
struct look {
    __int128 used, capacity;
};

struct rule {
    cs_time period, rests_until;
    struct look *look; /* a ring of the last n + 1 */
    uint32_t n;        /* looks a window */
    uint64_t looks;    /* taken */
    uint32_t timer;
};

struct cs_scaler {
    struct rule *rule; /* as many as the fleet has */
    uint32_t capacity;
    struct cs_level starting[CS_SCALE_MEASURES]; /* capacity that starts */
};

/* ---- what is looked at ---- */

/* A fan's last row is that of the fleet in the region, or what says the same; NULL:
 * there was nothing of it when the model was wired. */
static const struct cs_share_row *share_of(const struct cs_cell *cell,
                                           enum cs_scale_measure measure)
{
    const struct cs_share_fan *fan = NULL;

    switch (measure) {
    case CS_SCALE_CPU:
        fan = &cell->cpu_share;
        break;
    case CS_SCALE_MEMORY:
        fan = &cell->memory_share;
        break;
    case CS_SCALE_SLOTS:
        fan = &cell->slot_share;
        break;
    }
    return fan->n > 0 ? fan->row[fan->n - 1] : NULL;
}

static int64_t capacity_of(const struct cs_instance *instance, enum cs_scale_measure measure)
{
    switch (measure) {
    case CS_SCALE_CPU:
        return instance->cpu_rate > 0.0 ? (int64_t)(instance->config->vcpus * 1e6) : 0;
    case CS_SCALE_MEMORY:
        return (int64_t)instance->config->memory_bytes;
    case CS_SCALE_SLOTS:
        break;
    }
    return instance->config->concurrency;
}

static __int128 integral(struct cs_level *level, cs_time now)
{
    cs_level_flush(level, now);
    return level->area;
}

/* True when the mean over the window that ends now is above. */
static bool is_true(const struct cs_cell *cell, struct rule *rule,
                    const struct cs_scale_rule *config, cs_time now)
{
    const struct cs_share_row *share = share_of(cell, config->measure);
    struct cs_level *starting = &cell->scaler->starting[config->measure];
    struct look *look = &rule->look[rule->looks % (rule->n + 1)];

    if (share == NULL)
        return false;
    look->used = integral(share->part, now);
    look->capacity = integral(share->whole, now) + integral(starting, now);
    rule->looks++;
    if (rule->looks <= rule->n)
        return false; /* not yet a whole window */
    const struct look *first = &rule->look[rule->looks % (rule->n + 1)];
    __int128 used = look->used - first->used;
    __int128 there_was = look->capacity - first->capacity;
    __int128 there_is =
        (__int128)(share->whole->value + starting->value) * (rule->period * rule->n);
    __int128 there = there_is > there_was ? there_is : there_was;
    int64_t threshold = (int64_t)(config->threshold * PPM + 0.5);

    return there_is > 0 && (config->or_equal ? used * PPM >= there * threshold
                                             : used * PPM > there * threshold);
}

/* ---- when ---- */

static void on_look(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_model *model = self;
    struct cs_cell *cell = &model->cell[arg];
    cs_time now = model->engine.now;
    struct rule *rule = &cell->scaler->rule[kind];
    const struct cs_scale_rule *config = &cell->config->scale_out[kind];
    uint32_t started = 0;

    cs_timer_set(&model->engine, rule->timer, now + rule->period, CS_CLASS_SAMPLE, kind);
    if (!is_true(cell, rule, config, now) || now < rule->rests_until)
        return;
    while (started < config->add && cs_fleet_start_idle(model, cell)) {
        started++;
        if (now >= model->start && now < model->end)
            cs_counts_add(&cell->scale_outs);
    }
    if (started > 0)
        rule->rests_until = now + config->cooldown;
}

static const struct cs_actor scaler_actor = {"scale out", on_look};

/* The window is cut into looks of equal length, of 1 s to 10 s where it can be. */
static uint32_t looks_in(cs_time window)
{
    if (window < LOOKS_A_WINDOW * CS_S)
        return window < CS_S ? 1 : (uint32_t)(window / CS_S);
    if (window > LOOKS_A_WINDOW * LOOKS_A_WINDOW * CS_S)
        return (uint32_t)((window + 10 * CS_S - 1) / (10 * CS_S));
    return LOOKS_A_WINDOW;
}

/* From now on; the first look of the ring is this instant's. */
static void set_rule(struct cs_model *model, struct cs_cell *cell, uint32_t i)
{
    struct rule *rule = &cell->scaler->rule[i];
    const struct cs_scale_rule *config = &cell->config->scale_out[i];

    free(rule->look);
    rule->n = looks_in(config->window);
    rule->period = config->window / rule->n;
    rule->rests_until = 0;
    rule->look = CS_NEW_ARRAY(struct look, (size_t)rule->n + 1);
    rule->looks = 0;
    (void)is_true(cell, rule, config, model->engine.now);
    cs_timer_set(&model->engine, rule->timer, model->engine.now + rule->period, CS_CLASS_SAMPLE,
                 i);
}

/* What starts now; instances that do not exist yet count when they start. */
static void count_starting(struct cs_model *model, struct cs_cell *cell)
{
    for (int m = 0; m < CS_SCALE_MEASURES; m++)
        cs_level_init(&cell->scaler->starting[m], model->engine.now, false);
    for (uint32_t i = 0; i < cell->n_instances; i++)
        if (cell->instance[i]->state == CS_INSTANCE_STARTING)
            cs_scaler_starting(model, cell->instance[i], 1);
}

static void set_rules(struct cs_model *model, struct cs_cell *cell)
{
    uint32_t n = cell->config->n_scale_out;
    struct cs_scaler *scaler = cell->scaler;
    uint32_t had = scaler->capacity;

    CS_GROW(scaler->rule, n, scaler->capacity);
    for (uint32_t i = had; i < scaler->capacity; i++)
        scaler->rule[i] =
            (struct rule){.timer = cs_timer_new(&model->engine, CS_TREE_FAR, &scaler_actor,
                                                model, cell->index)};
    for (uint32_t i = n; i < scaler->capacity; i++)
        cs_timer_cancel(&model->engine, scaler->rule[i].timer);
    count_starting(model, cell);
    for (uint32_t i = 0; i < n; i++)
        set_rule(model, cell, i);
}

void cs_scaler_wire(struct cs_model *model, struct cs_cell *cell)
{
    if (!cs_scenario_ever_has(model->scenario, CS_HAS_RULES, cell->fleet, 0) ||
        !cell->config->in_region[cell->region])
        return;
    cell->scaler = CS_NEW(struct cs_scaler);
    set_rules(model, cell);
}

static bool same_rules(const struct cs_fleet *a, const struct cs_fleet *b)
{
    bool same = a->n_scale_out == b->n_scale_out;

    for (uint32_t i = 0; same && i < a->n_scale_out; i++) {
        const struct cs_scale_rule *x = &a->scale_out[i], *y = &b->scale_out[i];

        same = x->measure == y->measure && x->or_equal == y->or_equal &&
               !(x->threshold < y->threshold || x->threshold > y->threshold) &&
               x->window == y->window && x->cooldown == y->cooldown && x->add == y->add;
    }
    return same;
}

void cs_scaler_reconfigure(struct cs_model *model, struct cs_cell *cell,
                           const struct cs_fleet *before)
{
    if (cell->scaler != NULL && !same_rules(before, cell->config))
        set_rules(model, cell);
}

void cs_scaler_release(struct cs_cell *cell)
{
    for (uint32_t i = 0; cell->scaler != NULL && i < cell->scaler->capacity; i++)
        free(cell->scaler->rule[i].look);
    if (cell->scaler != NULL)
        free(cell->scaler->rule);
    free(cell->scaler);
}

void cs_scaler_starting(struct cs_model *model, const struct cs_instance *instance, int sign)
{
    struct cs_scaler *scaler = model->cell[instance->cell].scaler;

    for (int m = 0; scaler != NULL && m < CS_SCALE_MEASURES; m++)
        cs_level_add(&scaler->starting[m],
                     sign * capacity_of(instance, (enum cs_scale_measure)m), model->engine.now);
}
