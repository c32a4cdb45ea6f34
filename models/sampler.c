/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks at the number of requests in the system.
 *
 * Assumes: nothing; it changes nothing in the model.
 * Equation: means from the exact integral that Little's law is checked with.
 * Source: capsim/steady.h.
 * Leaves out: what lies between the last whole step and the window's end.
 */
#include "sampler.h"

#include <stdlib.h>

#include "capsim/array.h"

#include "platform.h"

static void take_point(struct cs_sampler *sampler, __int128 area)
{
    double length = (double)sampler->step * (double)sampler->per_point;

    if (++sampler->in_point < sampler->per_point || sampler->n_path == sampler->n_points)
        return;
    sampler->path[sampler->n_path++] = (double)(area - sampler->point_area) / length;
    sampler->point_area = area;
    sampler->in_point = 0;
}

static void on_sample(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_model *model = self;
    struct cs_sampler *sampler = &model->sampler;
    cs_time now = model->engine.now;

    (void)kind;
    (void)arg;
    cs_little_advance(&model->system, now);
    if (now - sampler->step >= model->start)
        cs_correlation_add(&sampler->correlation, model->system.present,
                           model->system.area - sampler->step_area);
    sampler->step_area = model->system.area;
    take_point(sampler, model->system.area);
    if (model->end - now >= sampler->step)
        cs_timer_set(&model->engine, sampler->timer, now + sampler->step, CS_CLASS_SAMPLE, 0);
}

static const struct cs_actor sampler_actor = {"sampler", on_sample};

void cs_sampler_wire(struct cs_model *model)
{
    struct cs_sampler *sampler = &model->sampler;
    cs_time step = model->scenario->horizon.sample;
    uint64_t steps = (uint64_t)(model->end / step);

    sampler->step = step;
    sampler->per_point = (steps + CS_PATH_POINTS - 1) / CS_PATH_POINTS;
    sampler->n_points = steps > 0 ? (size_t)(steps / sampler->per_point) : 0;
    sampler->path = CS_NEW_ARRAY(double, sampler->n_points + 1);
    cs_correlation_init(&sampler->correlation, step);
    sampler->timer = cs_timer_new(&model->engine, CS_TREE_FAR, &sampler_actor, model, 0);
    if (steps > 0)
        cs_timer_set(&model->engine, sampler->timer, step, CS_CLASS_SAMPLE, 0);
}

void cs_sampler_release(struct cs_model *model)
{
    free(model->sampler.path);
}

struct cs_model_path cs_model_path(const struct cs_model *model)
{
    const struct cs_sampler *sampler = &model->sampler;

    return (struct cs_model_path){
        .mean = sampler->path,
        .n = sampler->n_path,
        .step = sampler->step * (cs_time)sampler->per_point,
    };
}

struct cs_correlation_parts cs_model_correlation(const struct cs_model *model)
{
    return cs_correlation_parts(&model->sampler.correlation);
}
