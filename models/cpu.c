/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: CPU steps of the requests on an instance share its vCPUs equally.
 * Equation:   n active run at min(1, vcpus / n, cpu_threads / n) each.
 * Source:     Kleinrock (1967); AWS Lambda's 1769 MB = 1 vCPU.
 * Leaves out: an event loop that a long handler blocks; CPU of starting.
 */
#include "platform.h"

enum { MICRO = 1000000 };

static void count_use(struct cs_model *model, struct cs_cell *cell, double before, double after)
{
    int64_t change = (int64_t)(after * MICRO) - (int64_t)(before * MICRO);

    if (change != 0)
        cs_share_add(&cell->cpu_share, change, 0, model->engine.now);
}

void cs_cpu_run(struct cs_model *model, struct cs_request *request, double seconds)
{
    struct cs_cell *cell = &model->cell[request->cell];
    struct cs_instance *instance = cs_instance_of(model, request);
    struct cs_sharing *cpu = &instance->cpu;

    seconds *= model->cell[request->cell].slow_cpu;
    if (instance->cpu_rate == 0.0) {
        cs_request_hold(model, request, cs_time_from_s(seconds));
        return;
    }
    request->at = CS_AT_CPU;
    if (instance->config->concurrency == 1) { /* alone: its own timer will do */
        count_use(model, cell, 0.0, instance->cpu_rate);
        cs_timer_set(&model->engine, request->timer,
                     model->engine.now + cs_time_from_s(seconds / instance->cpu_rate),
                     CS_CLASS_RELEASE, CS_REQUEST_CPU_DONE);
        return;
    }
    uint32_t n = cpu->jobs.n;

    count_use(model, cell, n > 0 ? cs_sharing_rate(cpu, n) : 0.0, cs_sharing_rate(cpu, n + 1));
    request->job = cs_sharing_add(cpu, cs_request_id(model, request), seconds * 1e9);
}

void cs_cpu_leave(struct cs_model *model, struct cs_request *request)
{
    struct cs_cell *cell = &model->cell[request->cell];
    struct cs_instance *instance = cs_instance_of(model, request);
    struct cs_sharing *cpu = &instance->cpu;

    if (instance->config->concurrency == 1) {
        count_use(model, cell, instance->cpu_rate, 0.0);
        return;
    }
    uint32_t n = cpu->jobs.n;

    cs_sharing_remove(cpu, request->job);
    count_use(model, cell, cs_sharing_rate(cpu, n), n > 1 ? cs_sharing_rate(cpu, n - 1) : 0.0);
}

void cs_cpu_done(struct cs_model *model, struct cs_request *request)
{
    struct cs_cell *cell = &model->cell[request->cell];
    const struct cs_instance *instance = cs_instance_of(model, request);
    const struct cs_sharing *cpu = &instance->cpu;

    if (instance->config->concurrency == 1) {
        count_use(model, cell, instance->cpu_rate, 0.0);
    } else {
        uint32_t n = cpu->jobs.n; /* without it */

        count_use(model, cell, cs_sharing_rate(cpu, n + 1),
                  n > 0 ? cs_sharing_rate(cpu, n) : 0.0);
    }
    request->at = CS_AT_NOWHERE;
    cs_program_run(model, request);
}
