/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/bind.h"
#include "scenario/suggest.h"

struct names {
    const char *noun;
    const void *array; /* of structs that begin with their name */
    size_t size;
    uint32_t n;
};

static struct names names_of(const struct cs_scenario *s, enum cs_section section)
{
    switch (section) {
    case CS_SECTION_ZONES:
        return (struct names){"zone", s->zone, sizeof *s->zone, s->n_zones};
    case CS_SECTION_REGIONS:
        return (struct names){"region", s->region, sizeof *s->region, s->n_regions};
    case CS_SECTION_TIERS:
        return (struct names){"tier", s->tier, sizeof *s->tier, s->n_tiers};
    case CS_SECTION_LIMITS:
        return (struct names){"rate limit", s->limiter, sizeof *s->limiter, s->n_limiters};
    case CS_SECTION_DATABASES:
        return (struct names){"database", s->database, sizeof *s->database, s->n_databases};
    case CS_SECTION_DEPENDENCIES:
        return (struct names){"dependency", s->dependency, sizeof *s->dependency,
                              s->n_dependencies};
    case CS_SECTION_FLEETS:
        return (struct names){"fleet", s->fleet, sizeof *s->fleet, s->n_fleets};
    case CS_SECTION_FUNCTIONS:
        return (struct names){"function", s->function, sizeof *s->function, s->n_functions};
    }
    return (struct names){"", NULL, 0, 0};
}

static const char *name_at(const struct names *names, uint32_t index)
{
    return *(const char *const *)(const void *)((const char *)names->array +
                                                index * names->size);
}

const char *cs_section_name(const struct cs_scenario *scenario, enum cs_section section,
                            uint32_t index)
{
    struct names names = names_of(scenario, section);

    return index < names.n ? name_at(&names, index) : "none";
}

uint32_t cs_bind_find(const struct cs_bind *bind, enum cs_section section, const char *name)
{
    struct names names = names_of(bind->scenario, section);

    for (uint32_t i = 0; i < names.n; i++)
        if (strcmp(name_at(&names, i), name) == 0)
            return i;
    return CS_NONE;
}

uint32_t cs_bind_ref(struct cs_bind *bind, enum cs_section section, const char *name,
                     const struct cs_mark *mark)
{
    char hint[CS_SUGGEST_TEXT];
    struct names names = names_of(bind->scenario, section);
    uint32_t found = cs_bind_find(bind, section, name);

    if (found != CS_NONE || cs_diag_is_full(bind->diag))
        return found;
    struct cs_suggest suggest = cs_suggest_start(name);
    for (uint32_t i = 0; i < names.n; i++)
        cs_suggest_offer(&suggest, name_at(&names, i));
    cs_diag_error(bind->diag, mark, "unknown %s \"%.64s\"%s", names.noun, name,
                  cs_suggest_text(&suggest, hint));
    return CS_NONE;
}
