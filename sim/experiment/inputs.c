/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capsim/array.h"
#include "capsim/refit.h"

#include "explain.h"

/*
 * An outer parametric bootstrap: scenario b has every distribution that carries
 * its n refitted to a sample of its own, and is replicated a few times.  No
 * replication number is used twice, so that what differs between scenarios by
 * chance is what differs within one.
 */
enum { FIRST_REPLICATION = 1 << 30 };

static const struct {
    const char *name, *stat;
} rows[] = {{"request_duration_seconds", "mean"},
            {"request_duration_seconds", "p95"},
            {"request_duration_seconds", "p99"},
            {"errors_total", "ratio"}};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

struct bootstrap {
    const struct cs_scenario *scenario;
    const struct cs_run_options *options;
    struct cs_result *result;
    size_t n_jobs, n_values; /* values of a job: rows, then objectives */
    double *value;           /* value * n_jobs + job */
    atomic_uint next;
    uint32_t done; /* under lock */
    pthread_mutex_t lock;
};

static bool is_stopped(const struct cs_run_options *options)
{
    return options->stop != NULL && atomic_load(options->stop) != 0;
}

static double row_value(const struct cs_registry *registry, size_t row)
{
    for (size_t i = 0; i < cs_registry_metrics(registry); i++) {
        const struct cs_metric *metric = cs_registry_metric(registry, i);

        if (metric->labels.label[0].key != NULL || strcmp(metric->name, rows[row].name) != 0)
            continue;
        for (int stat = 0; stat < CS_STATS; stat++)
            if ((metric->stats & CS_STAT_BIT(stat)) != 0 &&
                strcmp(cs_stat_name((enum cs_stat)stat), rows[row].stat) == 0)
                return cs_metric_value(registry, metric, (enum cs_stat)stat);
    }
    return (double)NAN;
}

/* Mean over the windows in which something was asked. */
static double slo_value(const struct cs_model *model, size_t slo)
{
    struct cs_slo_outcome outcome = cs_model_slo(model, slo);
    double sum = 0.0;
    size_t n = 0;

    for (size_t i = 0; i < outcome.n_windows; i++)
        if (!isnan(outcome.value[i])) {
            sum += outcome.value[i];
            n++;
        }
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* A replication that the world would not let run: there will be no answer. */
static void fail(struct bootstrap *work, const char *trouble)
{
    pthread_mutex_lock(&work->lock);
    if (work->result->trouble == NULL)
        work->result->trouble = cs_arena_strdup(work->result->arena, trouble);
    pthread_mutex_unlock(&work->lock);
}

static bool run_job(struct bootstrap *work, uint32_t job)
{
    struct cs_scenario *scenario =
        cs_scenario_refit(work->scenario, job / work->scenario->inputs.replications);
    struct cs_model *model = cs_model_new(scenario, (uint32_t)FIRST_REPLICATION + job);

    cs_model_run(model);
    bool is_sound = cs_model_trouble(model) == NULL;

    if (!is_sound)
        fail(work, cs_model_trouble(model));
    for (size_t v = 0; is_sound && v < work->n_values; v++)
        work->value[v * work->n_jobs + job] =
            v < N_ROWS ? row_value(cs_model_registry(model), v) : slo_value(model, v - N_ROWS);
    cs_model_free(model);
    cs_scenario_free(scenario);
    return is_sound;
}

static void *worker(void *arg)
{
    struct bootstrap *work = arg;
    uint64_t before = work->result->replications;

    while (!is_stopped(work->options)) {
        uint32_t job = atomic_fetch_add(&work->next, 1);

        if (job >= work->n_jobs || !run_job(work, job))
            break;
        pthread_mutex_lock(&work->lock);
        work->done++;
        if (work->options->progress != NULL)
            work->options->progress(
                work->options->progress_self,
                (struct cs_progress){before + work->done, before + work->n_jobs});
        pthread_mutex_unlock(&work->lock);
    }
    return NULL;
}

static void run_threads(struct bootstrap *work)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t jobs = work->options->jobs > 0 ? work->options->jobs
                  : processors > 0        ? (size_t)processors
                                          : 1;
    pthread_t *thread = CS_NEW_ARRAY(pthread_t, jobs + 1);
    size_t started = 0;

    while (started + 1 < jobs && pthread_create(&thread[started], NULL, worker, work) == 0)
        started++;
    worker(work);
    for (size_t i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    free(thread);
}

static bool is_whole(const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(y[i]))
            return false;
    return true;
}

static void add_row(struct cs_result *result, const struct bootstrap *work, size_t v)
{
    const double *y = work->value + v * work->n_jobs;
    struct cs_explain_input *row = &result->explain.input[result->explain.n_inputs];

    if (v < N_ROWS) {
        const struct cs_result_metric *metric =
            cs_result_find(result, rows[v].name, rows[v].stat, NULL, 0);

        if (metric == NULL)
            return;
        *row = (struct cs_explain_input){.name = rows[v].name,
                                         .stat = rows[v].stat,
                                         .unit = metric->unit,
                                         .value = metric->value};
    } else {
        const struct cs_result_slo *slo = &result->slo[v - N_ROWS];

        *row = (struct cs_explain_input){
            .name = cs_arena_printf(result->arena, "objective %s", slo->name),
            .stat = "value",
            .unit = slo->unit,
            .value = slo->value};
    }
    if (!is_whole(y, work->n_jobs))
        return;
    struct cs_anova a =
        cs_anova(y, work->scenario->inputs.bootstraps, work->scenario->inputs.replications);

    row->lo = a.between > 0.0 ? a.lo : (double)NAN;
    row->hi = a.between > 0.0 ? a.hi : (double)NAN;
    row->input_sd = sqrt(a.between);
    row->simulation_sd = sqrt(a.within);
    result->explain.n_inputs++;
}

void cs_build_inputs(struct cs_result *result, const struct cs_scenario *scenario,
                     const struct cs_run_options *options)
{
    size_t fitted = cs_scenario_fitted(scenario);
    struct bootstrap work = {.scenario = scenario,
                             .options = options,
                             .result = result,
                             .n_jobs = (size_t)scenario->inputs.bootstraps *
                                       scenario->inputs.replications,
                             .n_values = N_ROWS + result->n_slos};

    result->explain.fitted = fitted;
    if (fitted == 0 || scenario->inputs.bootstraps < 2 || result->replications == 0)
        return;
    work.value = CS_NEW_ARRAY(double, work.n_values *work.n_jobs);
    pthread_mutex_init(&work.lock, NULL);
    run_threads(&work);
    pthread_mutex_destroy(&work.lock);
    if (work.done == work.n_jobs) {
        result->explain.bootstraps = scenario->inputs.bootstraps;
        result->explain.bootstrap_replications = scenario->inputs.replications;
        result->explain.input =
            CS_ARENA_ARRAY(result->arena, struct cs_explain_input, work.n_values);
        for (size_t v = 0; v < work.n_values; v++)
            add_row(result, &work, v);
    }
    free(work.value);
}
