/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/verify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "capsim/check.h"
#include "capsim/experiment.h"
#include "experiment/verify_table.h"

enum { MAX_SETS = 8 };

static bool is_wanted(const struct cs_verify_check *check, const char *only)
{
    return only == NULL || strstr(check->file, only) != NULL ||
           strstr(check->system, only) != NULL;
}

static bool share_a_run(const struct cs_verify_check *a, const struct cs_verify_check *b)
{
    return strcmp(a->file, b->file) == 0 && strcmp(a->sets, b->sets) == 0;
}

/* What the loader said, on one line: the first problem, without its picture. */
static const char *first_problem(const struct cs_diagnostics *diag, struct cs_arena *arena)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const char *line = "cannot be loaded";

    if (out == NULL)
        return line;
    cs_diagnostics_print(diag, out);
    if (fclose(out) == 0 && size > 0)
        line = cs_arena_strndup(arena, text, strcspn(text, "\n"));
    free(text);
    return line;
}

static struct cs_scenario *load(const char *dir, const struct cs_verify_check *check,
                                struct cs_arena *arena, const char **trouble)
{
    const char *set[MAX_SETS];
    struct cs_load_options options = {
        .path = cs_arena_printf(arena, "%s/%s", dir, check->file),
        .set = set,
    };
    char *save = NULL;
    char *words = cs_arena_strdup(arena, check->sets);

    for (char *w = strtok_r(words, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        CS_ASSERT(options.n_sets < MAX_SETS);
        set[options.n_sets++] = w;
    }
    struct cs_diagnostics *diag = cs_diagnostics_new();
    struct cs_scenario *scenario = cs_scenario_load(&options, diag);

    if (scenario == NULL)
        *trouble = first_problem(diag, arena);
    cs_diagnostics_free(diag);
    return scenario;
}

/* The interval is a t interval of 95 %: half of it, the half that no limit cut,
 * is t standard errors. */
static double standard_error(struct cs_estimate value)
{
    if (value.n < 2)
        return nan("");
    double t = gsl_cdf_tdist_Pinv(0.975, (double)(value.n - 1));

    return fmax(value.hi - value.mean, value.mean - value.lo) / t;
}

static void judge(struct cs_verify_row *row, const struct cs_verify_check *check,
                  const struct cs_result *result)
{
    size_t n_labels = 0;

    while (n_labels < 2 && check->label[n_labels] != NULL)
        n_labels++;
    const struct cs_result_metric *metric =
        cs_result_find(result, check->metric, check->stat, check->label, n_labels);

    if (metric == NULL) {
        row->trouble = "the result has no such metric";
        return;
    }
    row->simulated = metric->value;
    double error = standard_error(metric->value);

    if (!(error > 0.0)) {
        row->trouble = "no interval";
        return;
    }
    row->z = (metric->value.mean - row->theory) / error;
    row->ok = fabs(row->z) <= CS_VERIFY_Z_MAX;
}

static struct cs_verify_row new_row(const struct cs_verify_check *check)
{
    return (struct cs_verify_row){
        .system = check->system,
        .quantity = check->quantity,
        .unit = check->unit,
        .file = check->file,
        .sets = check->sets,
        .theory = nan(""),
        .simulated = {.mean = nan(""), .lo = nan(""), .hi = nan("")},
        .z = nan(""),
        .trouble = "",
    };
}

/* The n checks of one simulation. */
static void run_group(const char *dir, unsigned jobs,
                      const struct cs_verify_check *const *check, size_t n,
                      struct cs_arena *arena, struct cs_verify_row *row)
{
    const struct cs_run_options options = {.jobs = jobs};
    const char *trouble = "";
    struct cs_scenario *scenario = load(dir, check[0], arena, &trouble);
    struct cs_result *result = scenario != NULL ? cs_experiment_run(scenario, &options) : NULL;

    for (size_t i = 0; i < n; i++) {
        row[i] = new_row(check[i]);
        row[i].trouble = result != NULL && result->trouble != NULL
                             ? cs_arena_strdup(arena, result->trouble)
                             : trouble;
        if (result == NULL || result->trouble != NULL)
            continue;
        row[i].theory = check[i]->oracle(scenario, check[i]);
        judge(&row[i], check[i], result);
    }
    if (result != NULL)
        cs_result_free(result);
    if (scenario != NULL)
        cs_scenario_free(scenario);
}

size_t cs_verify_run(const char *config_dir, unsigned jobs, struct cs_arena *arena,
                     const struct cs_verify_row **rows, const char *only)
{
    const struct cs_verify_check **check =
        CS_ARENA_ARRAY(arena, const struct cs_verify_check *, cs_verify_table_n);
    size_t n = 0;

    for (size_t i = 0; i < cs_verify_table_n; i++)
        if (is_wanted(&cs_verify_table[i], only))
            check[n++] = &cs_verify_table[i];
    struct cs_verify_row *row = CS_ARENA_ARRAY(arena, struct cs_verify_row, n + 1);

    for (size_t first = 0, end; first < n; first = end) {
        end = first + 1;
        while (end < n && share_a_run(check[first], check[end]))
            end++;
        run_group(config_dir, jobs, check + first, end - first, arena, row + first);
    }
    *rows = row;
    return n;
}

size_t cs_verify_off(const struct cs_verify_row *rows, size_t n)
{
    size_t off = 0;

    for (size_t i = 0; i < n; i++)
        off += !rows[i].ok;
    return off;
}
