/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/dump.h"
#include "scenario/schema.h"

void cs_dump_event_at(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_event *event = base;

    (void)s;
    cs_sink_print(sink, "%lld\n", (long long)event->at);
}

void cs_dump_deploy_fleets(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_deploy *deploy = base;

    for (uint32_t f = 0; deploy->exists && f < s->n_fleets; f++)
        cs_sink_print(sink, "%s %d\n", s->fleet[f].name, deploy->of_fleet[f] ? 1 : 0);
}

void cs_dump_deploy(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_event *event = base;

    cs_dump_map(sink, s, &cs_schema_deploy, &event->deploy);
}

/* What is not in its source's rows. */
void cs_dump_attack(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_event *event = base;

    for (uint32_t i = 0; event->has_attack && i < s->n_sources; i++)
        if (s->source[i].to > 0)
            cs_sink_print(sink, "%s %llu\n", s->source[i].name,
                          (unsigned long long)s->source[i].own_users);
}

/* What an event sets is in the versions. */
void cs_dump_set(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_event *event = base;

    (void)s;
    cs_sink_print(sink, "%d\n", event->has_set ? 1 : 0);
}

void cs_dump_events(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    (void)base;
    for (uint32_t i = 0; i < s->n_events; i++)
        cs_dump_map(sink, s, &cs_schema_event, &s->event[i]);
    for (uint32_t i = 0; i < s->n_versions; i++) {
        cs_sink_print(sink, "version %lld {\n", (long long)s->version[i].at);
        cs_dump_map(sink, s->version[i].scenario, &cs_schema_root, s->version[i].scenario);
        cs_sink_print(sink, "}\n");
    }
}
