/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/data.h"
#include "cli/nearest.h"

static bool is_name(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && memcmp(name, text, len) == 0;
}

static void unknown_slo(const struct cs_scenario *scenario, const char *text, size_t len)
{
    char typed[64];
    struct cs_nearest nearest;

    snprintf(typed, sizeof typed, "%.*s", (int)(len < 63 ? len : 63), text);
    cs_nearest_init(&nearest, typed);
    for (uint32_t i = 0; i < scenario->n_slos; i++)
        cs_nearest_offer(&nearest, scenario->slo[i].name);
    fprintf(stderr, "capsim: --slo: no objective \"%s\" in %s", typed, scenario->path);
    if (nearest.best != NULL)
        fprintf(stderr, "; did you mean \"%s\"?", nearest.best);
    fputc('\n', stderr);
}

/* Let the objectives in the list decide, and no other; -1 if one is unknown. */
static int choose_slos(struct cs_scenario *scenario, const char *list)
{
    int status = 0;

    for (uint32_t i = 0; i < scenario->n_slos; i++)
        scenario->slo[i].gate = false;
    for (const char *at = list;; at++) {
        size_t len = strcspn(at, ",");
        bool is_found = false;

        for (uint32_t i = 0; i < scenario->n_slos; i++) {
            if (is_name(scenario->slo[i].name, at, len)) {
                scenario->slo[i].gate = true;
                is_found = true;
            }
        }
        if (!is_found) {
            unknown_slo(scenario, at, len);
            status = -1;
        }
        at += len;
        if (*at == '\0')
            return status;
    }
}

static struct cs_scenario *load(const struct cs_options *options, struct cs_diagnostics *diag)
{
    char *presets = cs_data_path(options->data, "configs/presets");
    const char *const dirs[] = {presets};
    struct cs_load_options load_options = {
        .path = options->operand,
        .set = options->set,
        .n_sets = options->n_sets,
        .preset_dir = dirs,
        .n_preset_dirs = 1,
    };
    struct cs_scenario *scenario = cs_scenario_load(&load_options, diag);

    free(presets);
    return scenario;
}

struct cs_scenario *cs_cli_load(const struct cs_options *options, int *status)
{
    struct cs_diagnostics *diag = cs_diagnostics_new();
    struct cs_scenario *scenario = load(options, diag);

    *status = CS_EXIT_OK;
    if (cs_diagnostics_errors(diag) > 0 || cs_diagnostics_warnings(diag) > 0)
        cs_diagnostics_print(diag, stderr);
    if (scenario == NULL) {
        *status = cs_diagnostics_is_world(diag) ? CS_EXIT_WORLD : CS_EXIT_USAGE;
    } else if (options->slo != NULL && choose_slos(scenario, options->slo) != 0) {
        *status = CS_EXIT_USAGE;
        cs_scenario_free(scenario);
        scenario = NULL;
    }
    cs_diagnostics_free(diag);
    return scenario;
}
