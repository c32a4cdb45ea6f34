/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: the processor is shared equally and at every instant.
 * Equation:   dV/dt = r(n) / n; a job of need S that comes at V leaves at V + S.
 * Source:     Kleinrock (1967) for sharing; Gunther (2007) for the slowdown.
 * Leaves out: the cost of switching, unequal weights.
 */
#include "sharing.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"

static uint64_t key_of(double tag)
{
    uint64_t bits;

    memcpy(&bits, &tag, sizeof bits); /* ordered like the number, as tag >= 0 */
    return bits;
}

static double tag_of(uint64_t key)
{
    double tag;

    memcpy(&tag, &key, sizeof tag);
    return tag;
}

double cs_sharing_rate(const struct cs_sharing *sharing, uint32_t n)
{
    double jobs = (double)n;
    double running = jobs < sharing->cpus ? jobs : sharing->cpus;

    return running /
           (1.0 + sharing->alpha * (jobs - 1.0) + sharing->beta * jobs * (jobs - 1.0));
}

static void advance(struct cs_sharing *sharing)
{
    uint32_t n = sharing->jobs.n;
    cs_time now = sharing->engine->now;

    if (n == 0)
        sharing->virtual_ns = 0.0;
    else
        sharing->virtual_ns +=
            (double)(now - sharing->since) * cs_sharing_rate(sharing, n) / (double)n;
    sharing->since = now;
}

static void arm(struct cs_sharing *sharing)
{
    uint32_t n = sharing->jobs.n;

    if (n == 0) {
        cs_timer_cancel(sharing->engine, sharing->timer);
        return;
    }
    double left = tag_of(cs_heap_top(&sharing->jobs)->key) - sharing->virtual_ns;
    double wait = left > 0.0 ? left * (double)n / cs_sharing_rate(sharing, n) : 0.0;

    cs_timer_set(sharing->engine, sharing->timer,
                 sharing->engine->now + cs_time_from_s(wait * 1e-9), CS_CLASS_RELEASE, 0);
}

static void free_job(struct cs_sharing *sharing, uint32_t job)
{
    cs_heap_remove(&sharing->jobs, job);
    CS_GROW(sharing->free_job, (size_t)sharing->n_free + 1, sharing->free_capacity);
    sharing->free_job[sharing->n_free++] = job;
}

static void on_done(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_sharing *sharing = self;
    uint32_t job = cs_heap_top(&sharing->jobs)->id;

    (void)kind;
    (void)arg;
    advance(sharing);
    free_job(sharing, job);
    arm(sharing);
    sharing->on_done(sharing->self, sharing->customer[job]);
}

static const struct cs_actor sharing_actor = {"processor sharing", on_done};

void cs_sharing_init(struct cs_sharing *sharing, struct cs_engine *engine, double cpus,
                     double alpha, double beta, void (*done)(void *, uint32_t), void *self)
{
    *sharing = (struct cs_sharing){.engine = engine,
                                   .cpus = cpus,
                                   .alpha = alpha,
                                   .beta = beta,
                                   .on_done = done,
                                   .self = self};
    cs_heap_init(&sharing->jobs);
    sharing->timer = cs_timer_new(engine, CS_TREE_NEAR, &sharing_actor, sharing, 0);
}

void cs_sharing_release(struct cs_sharing *sharing)
{
    cs_heap_release(&sharing->jobs);
    free(sharing->customer);
    free(sharing->free_job);
}

uint32_t cs_sharing_add(struct cs_sharing *sharing, uint32_t customer, double need_ns)
{
    uint32_t job =
        sharing->n_free > 0 ? sharing->free_job[--sharing->n_free] : sharing->n_jobs++;

    advance(sharing);
    CS_GROW(sharing->customer, (size_t)sharing->n_jobs, sharing->job_capacity);
    sharing->customer[job] = customer;
    cs_heap_put(&sharing->jobs, job, key_of(sharing->virtual_ns + need_ns));
    arm(sharing);
    return job;
}

void cs_sharing_remove(struct cs_sharing *sharing, uint32_t job)
{
    advance(sharing);
    free_job(sharing, job);
    arm(sharing);
}

void cs_sharing_resize(struct cs_sharing *sharing, double cpus, double alpha, double beta)
{
    advance(sharing);
    sharing->cpus = cpus;
    sharing->alpha = alpha;
    sharing->beta = beta;
    arm(sharing);
}
