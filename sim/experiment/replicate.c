/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capsim/array.h"
#include "capsim/experiment.h"

#include "build.h"
#include "explain.h"
#include "looks.h"
#include "summary.h"

/*
 * Replications are the unit of parallelism: threads take the next index, and a
 * result goes into the slot of its index, so what comes out does not depend on
 * who was faster.  Indexes are taken in order and each taken one is finished,
 * so a stop leaves a prefix.  POSIX threads: the thread sanitizer does not know
 * those of C11.
 */
struct work {
    const struct cs_scenario *scenario;
    const struct cs_run_options *options;
    struct cs_pooled pooled;
    struct cs_summary *summary;
    atomic_uint next;
    uint32_t limit;    /* replications until the next look */
    uint32_t done;     /* under pooled.lock */
    char trouble[256]; /* likewise: the world's, the first that was met; "": none */
    atomic_bool has_trouble;
};

static bool is_stopped(const struct work *work)
{
    return atomic_load(&work->has_trouble) ||
           (work->options->stop != NULL && atomic_load(work->options->stop) != 0);
}

static void tell(struct work *work)
{
    pthread_mutex_lock(&work->pooled.lock);
    work->done++;
    if (work->options->progress != NULL)
        work->options->progress(work->options->progress_self,
                                (struct cs_progress){work->done, work->limit});
    pthread_mutex_unlock(&work->pooled.lock);
}

/* A replication that the world would not let run: no other begins. */
static void fail(struct work *work, const char *trouble)
{
    pthread_mutex_lock(&work->pooled.lock);
    if (!atomic_exchange(&work->has_trouble, true))
        (void)snprintf(work->trouble, sizeof work->trouble, "%s", trouble);
    pthread_mutex_unlock(&work->pooled.lock);
}

static void *worker(void *arg)
{
    struct work *work = arg;

    while (!is_stopped(work)) {
        uint32_t replication = atomic_fetch_add(&work->next, 1);

        if (replication >= work->limit)
            break;
        struct cs_model *model = cs_model_new(work->scenario, replication);

        cs_model_run(model);
        if (cs_model_trouble(model) == NULL) {
            cs_summary_take(&work->summary[replication], &work->pooled, work->scenario, model);
            tell(work);
        } else {
            fail(work, cs_model_trouble(model));
        }
        cs_model_free(model);
    }
    return NULL;
}

static unsigned count_jobs(const struct cs_run_options *options, uint32_t replications)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned jobs = options->jobs;

    if (jobs == 0)
        jobs = processors > 0 ? (unsigned)processors : 1;
    return jobs < replications ? jobs : replications;
}

/* A thread that cannot be had is done without: the others take its share. */
static void run_threads(struct work *work, unsigned jobs)
{
    pthread_t *thread = CS_NEW_ARRAY(pthread_t, jobs + 1);
    unsigned started = 0;

    while (started + 1 < jobs && pthread_create(&thread[started], NULL, worker, work) == 0)
        started++;
    worker(work);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    free(thread);
}

static size_t count_done(const struct work *work)
{
    size_t n = 0;

    while (n < work->limit && work->summary[n].is_done)
        n++;
    return n;
}

/* Objectives as they stand, with the confidence of one look. */
static void build_slos(struct cs_result *result, const struct work *work, size_t n)
{
    const struct cs_scenario *scenario = work->scenario;
    struct cs_result_stopping *stopping = &result->stopping;

    stopping->min = scenario->min_replications;
    stopping->max = scenario->replications;
    stopping->looks = cs_looks_count(stopping->min, stopping->max);
    result->confidence = 1.0 - 0.05 / (double)stopping->looks;
    if (n > 0)
        cs_build_slos(result, scenario, work->summary, n);
    if (!(scenario->precision > 0.0))
        return;
    for (uint64_t k = stopping->min; k <= n; k = cs_looks_next(k, stopping->max)) {
        stopping->looked++;
        if (k == stopping->max)
            break;
    }
    stopping->asked = scenario->precision;
    stopping->achieved = cs_looks_precision(result);
    stopping->is_reached =
        stopping->looked > 0 && cs_looks_are_enough(result, scenario->precision);
}

static bool is_enough(const struct work *work)
{
    struct cs_result *result = cs_result_new();

    build_slos(result, work, work->limit);
    bool is_reached = result->stopping.is_reached;

    cs_result_free(result);
    return is_reached;
}

static void run_all(struct work *work)
{
    uint32_t most = work->scenario->replications;

    work->limit = work->scenario->min_replications;
    for (;;) {
        run_threads(work, count_jobs(work->options, work->limit - work->done));
        if (count_done(work) < work->limit || work->limit == most || is_enough(work))
            return;
        atomic_store(&work->next, work->limit);
        work->limit = (uint32_t)cs_looks_next(work->limit, most);
    }
}

static void fill_head(struct cs_result *result, const struct work *work, size_t n)
{
    const struct cs_scenario *scenario = work->scenario;
    const struct cs_run_options *options = work->options;

    result->name = cs_arena_strdup(result->arena, scenario->name);
    result->title = cs_arena_strdup(result->arena,
                                    scenario->title != NULL ? scenario->title : scenario->name);
    result->hash = cs_arena_strdup(result->arena, scenario->hash);
    result->version =
        cs_arena_strdup(result->arena, options->version != NULL ? options->version : "");
    result->command =
        cs_arena_strdup(result->arena, options->command != NULL ? options->command : "");
    result->start_unix_s = (double)scenario->horizon.start_unix_s;
    result->duration_s = cs_time_s(scenario->horizon.duration);
    result->lead_in_s = cs_time_s(scenario->horizon.lead_in);
    result->sample_s = cs_time_s(scenario->horizon.sample);
    result->seed = scenario->seed;
    result->replications = n;
    result->estimand = scenario->horizon.is_steady ? CS_STEADY : CS_TERMINATING;
    result->is_interrupted = n < work->limit;
    if (work->has_trouble)
        result->trouble = cs_arena_strdup(result->arena, work->trouble);
    for (size_t r = 0; r < n; r++) {
        result->requests += work->summary[r].requests;
        result->events += work->summary[r].events;
    }
}

static struct cs_result *build(const struct work *work)
{
    struct cs_result *result = cs_result_new();
    size_t n = count_done(work);

    fill_head(result, work, n);
    build_slos(result, work, n);
    if (n > 0) {
        cs_build_metrics(result, &work->pooled, work->summary, n);
        cs_build_series(result, &work->pooled, work->summary, n);
        cs_build_budgets(result, work->scenario, work->summary, n);
        cs_build_watches(result, work->scenario, work->summary, n);
        cs_build_events(result, work->scenario);
    }
    if (n > 0) {
        cs_build_stages(result, work->scenario, &work->pooled, work->summary, n);
        cs_build_resources(result, work->scenario);
        cs_build_twins(result, work->scenario);
        cs_build_inputs(result, work->scenario, work->options);
    }
    cs_build_checks(result, work->summary, n);
    cs_build_guards(result, work->scenario, work->summary, n);
    cs_build_context(result, work->scenario);
    return result;
}

struct cs_result *cs_experiment_run(const struct cs_scenario *scenario,
                                    const struct cs_run_options *options)
{
    struct work work = {.scenario = scenario, .options = options};

    work.summary = CS_NEW_ARRAY(struct cs_summary, scenario->replications + 1);
    cs_pooled_init(&work.pooled, scenario);
    run_all(&work);
    struct cs_result *result = build(&work);

    for (uint32_t r = 0; r < scenario->replications; r++)
        cs_summary_release(&work.summary[r], scenario->n_slos);
    free(work.summary);
    cs_pooled_release(&work.pooled);
    return result;
}
