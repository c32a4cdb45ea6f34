/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>

#include "capsim/experiment.h"
#include "test_scenario.h"

#define TEXT                                                                              \
    "capsim: 1\nname: t\nhorizon: { duration: 20s, lead_in: 0s }\nreplications: 8\n"      \
    "fleets: { f: {} }\n"                                                                 \
    "functions: { serve: { fleet: f, steps: [ { wait: { exponential: { mean: 1s, n: 9 } " \
    "} } ] } }\ntraffic: { t: { trace: { file: x.csv }, mix: { serve: 100% } } }\n"

/* A trace that is another file by now ends the experiment: no number comes of it, and the
 * result says why.  As it was checked, it runs. */
Test(experiment_trouble, a_trace_that_changed)
{
    struct folder folder;

    folder_init(&folder);
    (void)folder_write(&folder, "x.csv", "time\n1\n2\n");
    struct cs_load_options options = {.path = folder_write(&folder, "s.yaml", TEXT)};
    struct cs_run_options run = {.jobs = 2};
    struct loaded loaded = load_with(&options);

    cr_assert(loaded.scenario != NULL, "%s", loaded.said);
    struct cs_result *result = cs_experiment_run(loaded.scenario, &run);

    cr_expect_null(result->trouble);
    cr_expect_eq(result->replications, 8);
    cr_expect_eq(result->requests, 16);
    cs_result_free(result);
    (void)folder_write(&folder, "x.csv", "time\n1\n2\n3\n");
    result = cs_experiment_run(loaded.scenario, &run);
    cr_assert_not_null(result->trouble);
    cr_expect(strstr(result->trouble, "x.csv") != NULL, "%s", result->trouble);
    cr_expect_eq(result->replications, 0);
    cr_expect(result->is_interrupted);
    cs_result_free(result);
    loaded_release(&loaded);
    folder_release(&folder);
}
