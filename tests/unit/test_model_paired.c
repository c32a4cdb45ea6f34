/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a change of a scenario must do on the whole: to means over replications. */
#include "model_compare.h"

#define HEAD                                                                        \
    "capsim: 1\nname: test\nhorizon: { duration: 60s, lead_in: 10s, sample: 1s }\n" \
    "replications: 2\nseed: 11\n"
#define WAIT \
    "functions: { r: { fleet: f, steps: [ { wait: { exponential: { mean: 200ms } } } ] } }\n"
#define CROWD(rest) HEAD "fleets: { f: { max_instances: 4, queue: {} } }\n" WAIT rest
#define POOL(max)                                                                      \
    HEAD "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 10000 } }\n" \
         "databases: { db: { pool: { max: " max ", connect_timeout: 150ms }, "         \
         "queries: { point: { exponential: { mean: 200ms } } } } }\n"                  \
         "functions: { r: { fleet: f, steps: [ { query: point } ] } }\n"               \
         "traffic: { t: { rate: 20/s, mix: { r: 100% } } }\n"

enum { PAIRS = 40 };

struct outcome {
    double failed, mean; /* share of 5xx; mean response */
};

static void run_replications(const char *text, struct outcome outcome[PAIRS])
{
    struct cs_scenario *scenario = load_or_fail(text);

    for (uint32_t r = 0; r < PAIRS; r++) {
        struct cs_model *model = cs_model_new(scenario, r);

        cs_model_run(model);
        all_checks_hold(model);
        const struct cs_metric *times = metric_of(model, "request_duration_seconds", NULL);

        outcome[r].mean = cs_metric_value(cs_model_registry(model), times, CS_STAT_MEAN);
        outcome[r].failed = (double)count_of(model, "requests_total", "code=500") /
                            (double)count_of(model, "requests_total", NULL);
        cs_model_free(model);
    }
    cs_scenario_free(scenario);
}

/* Student's t of the differences. */
static double paired(const struct outcome *a, const struct outcome *b, bool of_failed)
{
    double sum = 0.0, squares = 0.0;

    for (int r = 0; r < PAIRS; r++) {
        double d = of_failed ? a[r].failed - b[r].failed : a[r].mean - b[r].mean;

        sum += d;
        squares += d * d;
    }
    double mean = sum / PAIRS, variance = (squares - sum * mean) / (PAIRS - 1);

    return mean / sqrt(variance / PAIRS);
}

/*
 * With a timeout, some requests are worse off with a greater pool: one who got
 * through is now before them.  On the whole it is better, far beyond chance: a
 * pool that wakes the wrong waiter, or counts places wrongly, would not be.
 */
Test(model_paired, a_greater_pool_is_better_on_the_whole)
{
    struct outcome four[PAIRS], five[PAIRS];
    struct compared each = compare_texts(POOL("4"), POOL("5"), NULL);

    run_replications(POOL("4"), four);
    run_replications(POOL("5"), five);
    cr_expect_gt(each.later, 10, "%d of %d later", each.later, each.both);
    cr_expect_gt(paired(four, five, true), 4.5);
}

/* One Poisson source, or two of half its rate, are the same platform; two regions
 * that share nothing are as one with half the load.  Of independent runs: a rate
 * that is split or merged wrongly would show. */
Test(model_paired, sources_and_regions_split_and_merge)
{
    struct outcome one[PAIRS], two[PAIRS];

    run_replications(CROWD("traffic: { t: { rate: 16/s, mix: { r: 100% } } }\n"), one);
    run_replications(CROWD("traffic: { a: { rate: 8/s, mix: { r: 100% } }, "
                           "b: { rate: 8/s, mix: { r: 100% } } }\n"),
                     two);
    cr_expect_lt(fabs(paired(one, two, false)), 4.5, "t = %g", paired(one, two, false));
    run_replications(
        CROWD("regions: { r1: {}, r2: {} }\n"
              "zones: { z1: { share: 50% }, z2: { share: 50% } }\n"
              "network: { rtt: { z1: { r1: 0ms, r2: 9ms }, z2: { r1: 9ms, r2: 0ms }, "
              "r1: { r2: 9ms } } }\n"
              "traffic: { t: { rate: 32/s, mix: { r: 100% } } }\n"),
        two);
    cr_expect_lt(fabs(paired(one, two, false)), 4.5, "t = %g", paired(one, two, false));
}
