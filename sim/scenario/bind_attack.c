/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An attack is one more open source, with users of its own: all that a source does
 * it does too.
 */
#include <string.h>

#include "scenario/bind.h"

/* One more source behind those of the file. */
static struct cs_source *add_source(struct cs_bind *bind)
{
    struct cs_scenario *s = bind->scenario;
    struct cs_source *grown = CS_ARENA_ARRAY(bind->arena, struct cs_source, s->n_sources + 1u);

    if (s->n_sources > 0)
        memcpy(grown, s->source, s->n_sources * sizeof *grown);
    s->source = grown;
    return &grown[s->n_sources++];
}

static bool is_source(const struct cs_scenario *s, const char *name)
{
    for (uint32_t i = 0; i < s->n_sources; i++)
        if (strcmp(s->source[i].name, name) == 0)
            return true;
    return false;
}

void cs_bind_attack(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_event *event = base;
    struct cs_attack_draft *draft = CS_ARENA_NEW(bind->scratch, struct cs_attack_draft);

    cs_bind_map(bind, &cs_schema_attack, node, place, draft, true);
    if (draft->tier != CS_NONE && draft->users == 0)
        cs_diag_error(bind->diag, &node->mark,
                      "%s: `tier` is that of its `users`; without them it is anonymous",
                      cs_place_text(bind, place));
    if (draft->users > 0 && bind->scenario->n_tiers == 0)
        cs_diag_error(bind->diag, &node->mark, "%s: `users` are of a tier, and there is none",
                      cs_place_text(bind, place));
    event->has_attack = true;
    bind->attack = draft;
}

void cs_attack_add(struct cs_bind *bind, const struct cs_event *event)
{
    const struct cs_attack_draft *attack = bind->attack;
    const char *name = event->name;

    for (unsigned number = 2; is_source(bind->scenario, name); number++)
        name = cs_arena_printf(bind->arena, "%s-%u", event->name, number);
    struct cs_source *source = add_source(bind);

    *source = (struct cs_source){
        .name = name,
        .rate_per_s = attack->source.rate_per_s,
        .mix = attack->source.mix,
        .n_mix = attack->source.n_mix,
        .from = event->at,
        .to = event->length == CS_NEVER ? CS_NEVER : event->at + event->length,
        .own_users = attack->users,
        .tier = CS_ARENA_NEW(bind->arena, struct cs_share),
    };
    if (attack->users == 0)
        return; /* anonymous */
    *source->tier = (struct cs_share){attack->tier == CS_NONE ? 0 : attack->tier, 1};
    source->n_tiers = 1;
}

void cs_attack_copy(struct cs_bind *bind)
{
    const struct cs_scenario *base = bind->base;

    while (bind->scenario->n_sources < base->n_sources) {
        const struct cs_source *from = &base->source[bind->scenario->n_sources];

        *add_source(bind) = *from;
    }
}
