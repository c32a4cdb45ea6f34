/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_SHARING_H
#define CAPSIM_MODELS_SHARING_H

#include "capsim/engine.h"
#include "capsim/heap.h"

/*
 * Processor sharing: n jobs run at total rate
 *
 *     min(n, cpus) / (1 + alpha (n - 1) + beta n (n - 1))
 *
 * each at an equal part of it.  An instance's CPU (alpha = beta = 0) and a
 * database server (the universal scalability law) are this.  Jobs carry the
 * service they still need in virtual time, so a change of n costs O(log n).
 */
struct cs_sharing {
    struct cs_engine *engine;
    struct cs_heap jobs; /* by the virtual time at which they are done */
    double virtual_ns;   /* service given to each job since it was last empty */
    cs_time since;
    double cpus, alpha, beta;
    uint32_t *customer; /* by job */
    uint32_t *free_job;
    uint32_t n_jobs, job_capacity, n_free, free_capacity;
    uint32_t timer;
    void (*on_done)(void *self, uint32_t customer);
    void *self;
};

/* cpus may be +infinity.  Must not move once in use. */
void cs_sharing_init(struct cs_sharing *sharing, struct cs_engine *engine, double cpus,
                     double alpha, double beta, void (*on_done)(void *, uint32_t), void *self);
void cs_sharing_release(struct cs_sharing *sharing);

/* Total rate with n jobs: service seconds a second. */
double cs_sharing_rate(const struct cs_sharing *sharing, uint32_t n);
/* A job of `need` ns alone; returns its number. */
uint32_t cs_sharing_add(struct cs_sharing *sharing, uint32_t customer, double need_ns);
/* Take a job out before it is done. */
void cs_sharing_remove(struct cs_sharing *sharing, uint32_t job);
/* Other processors or another slowdown from now on, also for the jobs under way. */
void cs_sharing_resize(struct cs_sharing *sharing, double cpus, double alpha, double beta);

#endif
