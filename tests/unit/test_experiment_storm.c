/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A retry storm: two outcomes of one scenario. */
#include "test_scenario.h"

#include <criterion/criterion.h>

#include "capsim/experiment.h"

/*
 * M/M/10 at 80 %, whose clients give up after a second and ask again.  What they
 * gave up is still served, so a queue of more than a second feeds itself: 40/s become
 * up to 160/s, and none of it is for anybody any more.
 */
#define NEAR_THE_CLIFF(retries)                                                              \
    "capsim: 1\nname: storm\nhorizon: { duration: 10m, lead_in: 1m }\nreplications: 24\n"    \
    "seed: 3\n"                                                                              \
    "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 10, "                   \
    "queue: { limit: unlimited } } }\n"                                                      \
    "functions: { serve: { fleet: f, steps: [ { wait: { exponential: { mean: 200ms } } } ] " \
    "} }\n"                                                                                  \
    "clients: { patience: 1s, retry: { codes: [gave_up], max: " retries                      \
    ", backoff: { initial: 100ms, jitter: full } } }\n"                                      \
    "traffic: { open: { rate: 40/s, mix: { serve: 100% } } }\n"                              \
    "slos: { errors: { target: \"errors < 5%\", window: 10m } }\n"

static struct cs_result_slo run(const char *text, struct cs_result **result)
{
    struct loaded loaded = load_text(text);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    *result =
        cs_experiment_run(loaded.scenario, &(struct cs_run_options){.jobs = 2, .version = "1"});
    loaded_release(&loaded);
    return (*result)->slo[0];
}

/* Either nobody notices anything, or nearly everybody has given up: the mean is
 * neither.  Catches retries that do not come back as load, and abandoned work that is
 * not done. */
Test(experiment_storm, it_collapses_or_it_does_not)
{
    struct cs_result *result;
    struct cs_result_slo slo = run(NEAR_THE_CLIFF("3"), &result);

    cr_assert(slo.split.is_split);
    cr_expect_lt(slo.split.better_mean, 0.05);
    cr_expect_gt(slo.split.worse_mean, 0.5);
    cr_expect(slo.split.worse.mean > 0.1 && slo.split.worse.mean < 0.9, "%g",
              slo.split.worse.mean);
    cs_result_free(result);
}

/* The same without retries is far from any cliff. */
Test(experiment_storm, without_retries_there_is_one_outcome)
{
    struct cs_result *result;
    struct cs_result_slo slo = run(NEAR_THE_CLIFF("0"), &result);

    cr_expect(!slo.split.is_split);
    cr_expect_lt(slo.value.hi, 0.05);
    cs_result_free(result);
}
