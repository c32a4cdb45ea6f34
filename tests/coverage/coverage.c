/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *     coverage SCENARIO [EXPERIMENTS]
 *
 * How often intervals of a nominal 95 % hold the truth: 400 experiments on the
 * M/M/2 of mm2.yaml, each with a seed of its own, through the library that the
 * program is made of.  Mean and 95 % quantile are compared with the closed
 * form; the share of windows that meet the objective, which has none, with the
 * share over all 8,000 windows, known 20 times as well as any one of them.
 *
 * Prints a table; exit status 1 when a share lies outside its bounds.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/experiment.h"
#include "capsim/theory.h"

#include <gsl/gsl_errno.h>

enum { ROWS = 3 };

struct row {
    const char *name;
    double least, most; /* bounds of the coverage */
    double truth;
    struct cs_estimate *seen;
};

static struct cs_scenario *load(const char *path, unsigned seed)
{
    char set[32];
    const char *const sets[] = {set};
    struct cs_load_options options = {.path = path, .set = sets, .n_sets = 1};
    struct cs_diagnostics *diag = cs_diagnostics_new();

    snprintf(set, sizeof set, "seed=%u", seed);
    struct cs_scenario *scenario = cs_scenario_load(&options, diag);

    if (scenario == NULL)
        cs_diagnostics_print(diag, stderr);
    cs_diagnostics_free(diag);
    return scenario;
}

static struct cs_estimate metric_of(const struct cs_result *result, const char *stat)
{
    return cs_result_find(result, "request_duration_seconds", stat, NULL, 0)->value;
}

static int experiment(const char *path, unsigned i, struct row *row, uint64_t *met,
                      uint64_t *windows)
{
    struct cs_scenario *scenario = load(path, 1000 + i);

    if (scenario == NULL)
        return -1;
    struct cs_result *result = cs_experiment_run(scenario, &(struct cs_run_options){.jobs = 0});

    row[0].seen[i] = metric_of(result, "mean");
    row[1].seen[i] = metric_of(result, "p95");
    row[2].seen[i] = result->slo[0].attainment;
    *met += result->slo[0].windows_met;
    *windows += result->slo[0].windows;
    cs_result_free(result);
    cs_scenario_free(scenario);
    return 0;
}

/* Prints a line; true when the coverage is within its bounds. */
static int judge(const struct row *row, unsigned n)
{
    unsigned above = 0, below = 0;
    double half = 0.0;

    for (unsigned i = 0; i < n; i++) {
        above += row->seen[i].lo > row->truth;
        below += row->seen[i].hi < row->truth;
        half += (row->seen[i].hi - row->seen[i].lo) / 2 / n;
    }
    double share = 1.0 - (double)(above + below) / n;
    int is_within = share >= row->least && share <= row->most;

    printf("| %-10s | %9.6f | %6.2f %% | %.4f | %.4f | %.4f | %.3f to %.3f | %s |\n", row->name,
           row->truth, 100 * half / row->truth, share, (double)above / n, (double)below / n,
           row->least, row->most, is_within ? "ok" : "OFF");
    return is_within;
}

int main(int argc, char **argv)
{
    unsigned n = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 400;
    uint64_t met = 0, windows = 0;
    struct row row[ROWS] = {
        {"mean", 0.92, 0.975, cs_theory_mmc_mean(7.0, 0.2, 2), NULL},
        {"p95", 0.92, 0.975, cs_theory_mmc_quantile(7.0, 0.2, 2, 0.95), NULL},
        {"attainment", 0.94, 1.0, 0.0, NULL},
    };
    int all = 1;

    if (argc < 2 || n == 0) {
        fprintf(stderr, "usage: coverage SCENARIO [EXPERIMENTS]\n");
        return 2;
    }
    gsl_set_error_handler_off();
    for (int k = 0; k < ROWS; k++)
        row[k].seen = CS_NEW_ARRAY(struct cs_estimate, n);
    for (unsigned i = 0; i < n; i++)
        if (experiment(argv[1], i, row, &met, &windows) != 0)
            return 2;
    row[2].truth = (double)met / (double)windows;
    printf(
        "| number     | truth     | half     | covers | above  | below  | bounds         | |\n"
        "|---|---|---|---|---|---|---|---|\n");
    for (int k = 0; k < ROWS; k++) {
        all &= judge(&row[k], n);
        free(row[k].seen);
    }
    printf("%u experiments of %u replications\n", n, (unsigned)(windows / n));
    return all ? 0 : 1;
}
