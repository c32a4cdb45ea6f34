/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/check.h"
#include "scenario/dump.h"
#include "scenario/files.h"
#include "scenario/merge.h"
#include "scenario/plans.h"
#include "scenario/validate.h"
#include "scenario/versions.h"

void cs_bind_scenario(struct cs_bind *bind)
{
    cs_bind_map(bind, &cs_schema_root, bind->root, NULL, bind->scenario, true);
    cs_validate(bind);
    if (cs_diagnostics_errors(bind->diag) == 0 && bind->n_sets > 0)
        cs_versions_bind(bind);
}

static struct cs_scenario *bind_all(const struct cs_load_options *options,
                                    struct cs_arena *scratch, struct cs_diagnostics *diag)
{
    const char *folder = cs_files_folder(scratch, options->path);
    const struct cs_node *root = cs_merge_load(scratch, options, folder, diag);

    if (root == NULL)
        return NULL;
    struct cs_scenario *scenario = CS_NEW(struct cs_scenario);
    struct cs_bind bind = {
        .scratch = scratch, .diag = diag, .scenario = scenario, .root = root};
    scenario->arena = cs_arena_new();
    bind.arena = scenario->arena;
    bind.folder = folder;
    scenario->path = cs_arena_strdup(scenario->arena, options->path);
    cs_bind_scenario(&bind);
    if (cs_diagnostics_errors(diag) == 0)
        cs_plans_bind(&bind);
    if (cs_diagnostics_errors(diag) > 0) {
        cs_scenario_free(scenario);
        return NULL;
    }
    cs_dump_hash(scenario, scenario->hash);
    return scenario;
}

struct cs_scenario *cs_scenario_load(const struct cs_load_options *options,
                                     struct cs_diagnostics *diag)
{
    /* Numbers are read and written with a point, whatever the user's locale. */
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = c != (locale_t)0 ? uselocale(c) : (locale_t)0;
    struct cs_arena *scratch = cs_arena_new();

    struct cs_scenario *scenario = bind_all(options, scratch, diag);
    cs_arena_free(scratch);
    if (c != (locale_t)0) {
        uselocale(before);
        freelocale(c);
    }
    return scenario;
}

void cs_scenario_free(struct cs_scenario *scenario)
{
    if (scenario == NULL)
        return;
    cs_arena_free(scenario->arena);
    free(scenario);
}
