/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/validate.h"

static const struct cs_mark *mark_of(const struct cs_bind *bind, const struct cs_source *source,
                                     const char *key)
{
    return cs_bind_mark(bind,
                        cs_arena_printf(bind->scratch, "traffic.%s.%s", source->name, key));
}

static void fill_tiers(struct cs_bind *bind, struct cs_source *source)
{
    const struct cs_scenario *s = bind->scenario;

    if (source->tier != NULL || s->n_tiers == 0 || source->trace.has_tier)
        return;
    if (s->n_tiers > 1) {
        cs_diag_error(bind->diag, mark_of(bind, source, "tiers"),
                      "traffic.%s: there are %u tiers: say their shares in `tiers`, or "
                      "`tiers: none`",
                      source->name, (unsigned)s->n_tiers);
        return;
    }
    source->tier = CS_ARENA_NEW(bind->arena, struct cs_share);
    *source->tier = (struct cs_share){0, 1};
    source->n_tiers = 1;
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
