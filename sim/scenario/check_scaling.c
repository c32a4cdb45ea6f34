/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules on utilisation and memory use contradict, and what of them can never be. */
#include "capsim/memory.h"
#include "scenario/notes.h"
#include "scenario/validate.h"

static const struct cs_mark *mark_of(struct cs_bind *bind, const struct cs_fleet *fleet,
                                     const char *key)
{
    return cs_bind_mark(bind, cs_arena_printf(bind->scratch, "fleets.%s.%s", fleet->name, key));
}

static void check_rule(struct cs_bind *bind, const struct cs_fleet *fleet,
                       const struct cs_scale_rule *rule)
{
    const char *wrong = NULL;

    switch (rule->measure) {
    case CS_SCALE_CPU:
        if (fleet->vcpus <= 0)
            wrong = "a rule on cpu needs `memory` or `vcpus`";
        break;
    case CS_SCALE_MEMORY:
        if (!fleet->memory_use.exists)
            wrong = "a rule on memory needs `memory_use`";
        break;
    case CS_SCALE_SLOTS:
        break;
    }
    if (wrong != NULL && rule->threshold > 0) /* else `when` has been reported */
        cs_diag_error(bind->diag, mark_of(bind, fleet, "scale_out"), "fleets.%s: %s",
                      fleet->name, wrong);
}

void cs_validate_scaling(struct cs_bind *bind, const struct cs_fleet *fleet)
{
    const struct cs_memory_use *use = &fleet->memory_use;
    char base[CS_UNIT_TEXT], memory[CS_UNIT_TEXT];

    bool says_nothing = mark_of(bind, fleet, "memory") == mark_of(bind, fleet, "");

    if (use->exists && fleet->memory_bytes <= 0 && says_nothing)
        cs_diag_error(bind->diag, mark_of(bind, fleet, "memory_use"),
                      "fleets.%s: memory_use needs `memory`, which it fills", fleet->name);
    else if (use->exists && fleet->memory_bytes > 0 && use->base > fleet->memory_bytes)
        cs_diag_error(bind->diag, mark_of(bind, fleet, "memory_use.base"),
                      "fleets.%s: base (%s) is above memory (%s): every instance would be "
                      "killed when it has started",
                      fleet->name, cs_unit_print(base, use->base, CS_DIM_SIZE),
                      cs_unit_print(memory, fleet->memory_bytes, CS_DIM_SIZE));
    for (uint32_t i = 0; i < fleet->n_scale_out; i++)
        check_rule(bind, fleet, &fleet->scale_out[i]);
}

/* The most of what an instance has that it can ever use. */
static double most_of(const struct cs_scenario *s, uint32_t f, enum cs_scale_measure measure)
{
    const struct cs_fleet *fleet = &s->fleet[f];
    double cpus = fleet->cpu_threads < fleet->vcpus ? fleet->cpu_threads : fleet->vcpus;

    switch (measure) {
    case CS_SCALE_CPU:
        return (cpus < fleet->concurrency ? cpus : fleet->concurrency) / fleet->vcpus;
    case CS_SCALE_MEMORY:
        return cs_memory_most(s, f) / fleet->memory_bytes;
    case CS_SCALE_SLOTS:
        break;
    }
    return 1;
}

void cs_warn_scaling(const struct cs_scenario *s, uint32_t f, struct cs_notes *notes)
{
    static const char *const word[CS_SCALE_MEASURES] = {"cpu", "memory", "slots"};
    const struct cs_fleet *fleet = &s->fleet[f];
    char most[CS_UNIT_TEXT], memory[CS_UNIT_TEXT];

    if (fleet->memory_use.exists && cs_memory_most(s, f) > fleet->memory_bytes)
        cs_note(notes,
                "Fleet %s: with concurrency %u an instance may come to need %s of its %s of "
                "memory; above that it is killed, and its requests end with 502.",
                fleet->name, (unsigned)fleet->concurrency,
                cs_unit_print(most, cs_memory_most(s, f), CS_DIM_SIZE),
                cs_unit_print(memory, fleet->memory_bytes, CS_DIM_SIZE));
    for (uint32_t i = 0; i < fleet->n_scale_out; i++) {
        const struct cs_scale_rule *rule = &fleet->scale_out[i];
        double can = most_of(s, f, rule->measure);

        if (can < rule->threshold * (1 - 1e-9) ||
            (!rule->or_equal && can <= rule->threshold * (1 + 1e-9)))
            cs_note(notes,
                    "Fleet %s: its rule on %s %s %.4g%% can never fire: an instance uses at "
                    "most %.4g%%.",
                    fleet->name, word[rule->measure], rule->or_equal ? ">=" : ">",
                    rule->threshold * 100, can * 100);
    }
}
