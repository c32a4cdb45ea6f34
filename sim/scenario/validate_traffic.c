/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/validate.h"

#include <stdlib.h>
#include <string.h>

static const struct cs_mark *mark_of(const struct cs_bind *bind, const struct cs_source *source,
                                     const char *key)
{
    return cs_bind_mark(bind,
                        cs_arena_printf(bind->scratch, "traffic.%s.%s", source->name, key));
}

struct sized_tier {
    const struct cs_tier *tier;
    uint32_t index;
};

static int by_name(const void *left, const void *right)
{
    const struct sized_tier *a = left, *b = right;

    return strcmp(a->tier->name, b->tier->name);
}

/* Unsaid: every tier as often as it has users; by name, as shares are that are said. */
static void fill_tiers(struct cs_bind *bind, struct cs_source *source)
{
    const struct cs_scenario *s = bind->scenario;
    struct sized_tier *sized = CS_ARENA_ARRAY(bind->scratch, struct sized_tier, s->n_tiers + 1);
    double users = 0, so_far = 0;

    if (source->tier != NULL || s->n_tiers == 0)
        return;
    for (uint32_t t = 0; t < s->n_tiers; t++) {
        sized[t] = (struct sized_tier){&s->tier[t], t};
        users += (double)s->tier[t].users;
    }
    qsort(sized, s->n_tiers, sizeof *sized, by_name);
    source->tier = CS_ARENA_ARRAY(bind->arena, struct cs_share, s->n_tiers);
    source->n_tiers = s->n_tiers;
    for (uint32_t t = 0; t < s->n_tiers; t++) {
        so_far += (double)sized[t].tier->users;
        source->tier[t] = (struct cs_share){sized[t].index, so_far / users};
    }
    source->tier[s->n_tiers - 1].cumulative = 1; /* also where a refused tier has no users */
}

static void check_profile(struct cs_bind *bind, const struct cs_source *source)
{
    const struct cs_profile *p = &source->profile;

    if (p->n > 0 && p->repeat > 0 && p->at[p->n - 1] - p->at[0] > p->repeat)
        cs_diag_error(bind->diag, mark_of(bind, source, "profile.repeat"),
                      "traffic.%s: its points reach over a longer time than `repeat`",
                      source->name);
}

/* The first thing that makes the rate differ from one time to another. */
static const char *shape_of(const struct cs_source *source)
{
    return source->has_daily            ? "daily"
           : source->has_weekly         ? "weekly"
           : source->n_calendar > 0     ? "calendar"
           : source->growth.n > 0       ? "growth"
           : source->day_factor != NULL ? "day_factor"
                                        : NULL;
}

bool cs_validate_has_shape(const struct cs_source *source)
{
    return source->burst.exists || shape_of(source) != NULL;
}

/* What a load that is held for ever cannot have. */
static void check_steady(struct cs_bind *bind, const struct cs_source *source)
{
    const char *shape = source->trace.path != NULL ? "trace"
                        : source->profile.n > 0    ? "profile"
                                                   : shape_of(source);

    if (!bind->scenario->horizon.is_steady || shape == NULL)
        return;
    if (source->has_daily || source->has_weekly)
        cs_diag_error(bind->diag, mark_of(bind, source, shape),
                      "traffic.%s: a %s shape has no steady state: with `horizon.steady` the "
                      "same load is held for ever, and a day's mean is not its answer",
                      source->name, shape);
    else
        cs_diag_error(bind->diag, mark_of(bind, source, shape),
                      "traffic.%s: `%s` has no steady state: with `horizon.steady` the same "
                      "load is held for ever",
                      source->name, shape);
}

static void check_trace(struct cs_bind *bind, const struct cs_source *source)
{
    const char *shape = source->burst.exists ? "burst" : shape_of(source);

    if (source->trace.path != NULL && shape != NULL)
        cs_diag_error(bind->diag, mark_of(bind, source, shape),
                      "traffic.%s: `%s` is of a rate; the rows of a trace are replayed as they "
                      "are",
                      source->name, shape);
}

void cs_validate_demand(struct cs_bind *bind, struct cs_source *source)
{
    fill_tiers(bind, source);
    check_profile(bind, source);
    check_steady(bind, source);
    check_trace(bind, source);
}
