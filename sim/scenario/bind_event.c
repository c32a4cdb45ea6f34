/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "capsim/array.h"
#include "scenario/bind.h"
#include "scenario/units.h"

enum { MAX_EVENTS = 1000 };

/* ---- when ---- */

/* "09:30": seconds into the day; -1 when it is not written so. */
static int32_t clock_time(const char *s)
{
    if (strlen(s) != 5 || s[2] != ':' || strspn(s, "0123456789") != 2 ||
        strspn(s + 3, "0123456789") != 2)
        return -1;
    int32_t hour = (s[0] - '0') * 10 + (s[1] - '0');
    int32_t minute = (s[3] - '0') * 10 + (s[4] - '0');

    return hour < 24 && minute < 60 ? hour * 3600 + minute * 60 : -1;
}

void cs_bind_event_at(struct cs_bind *bind, const struct cs_node *node,
                      const struct cs_place *place, void *base)
{
    struct cs_event *event = base;
    double si = 0;

    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return;
    int32_t clock_s = clock_time(node->value);

    if (clock_s >= 0) {
        int64_t into_day = bind->scenario->horizon.start_unix_s % 86400;

        event->at = (clock_s - into_day + (clock_s < into_day ? 86400 : 0)) * CS_S;
    } else if (strchr(node->value, ':') != NULL) {
        cs_bind_refuse(bind, node, place, "a clock time has two digits each, in quotes",
                       "\"09:30\"");
    } else if (cs_bind_quantity(bind, node, place, CS_DIM_TIME, 0, 366 * 86400.0, &si)) {
        event->at = (cs_time)llround(si * 1e9);
    }
    if (event->at >= bind->scenario->horizon.duration && bind->scenario->horizon.duration > 0)
        cs_diag_error(bind->diag, &node->mark, "%s: %s is after the end of the measured window",
                      cs_place_text(bind, place), cs_node_shown(bind->scratch, node));
}

/* ---- what ---- */

static bool is_word(const struct cs_node *node, const char *word)
{
    return node->kind == CS_NODE_SCALAR && strcmp(node->value, word) == 0;
}

void cs_bind_deploy_fleets(struct cs_bind *bind, const struct cs_node *node,
                           const struct cs_place *place, void *base)
{
    struct cs_deploy *deploy = base;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return;
    deploy->of_fleet = CS_ARENA_ARRAY(bind->arena, bool, bind->scenario->n_fleets + 1u);
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_node *item = node->pair[i].value;
        struct cs_place at = cs_place_item(bind, place, i);
        if (!cs_bind_expect(bind, item, CS_NODE_SCALAR, &at))
            continue;
        uint32_t fleet = cs_bind_ref(bind, CS_SECTION_FLEETS, item->value, &item->mark);
        if (fleet != CS_NONE)
            deploy->of_fleet[fleet] = true;
    }
}

void cs_bind_deploy(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_event *event = base;

    event->deploy.exists = true;
    if (node->kind == CS_NODE_SCALAR && !is_word(node, "all")) {
        cs_bind_refuse(bind, node, place, "`all` or a map is wanted",
                       "{ fleets: [api], rolling: 5m }");
        return;
    }
    if (node->kind != CS_NODE_SCALAR)
        cs_bind_map(bind, &cs_schema_deploy, node, place, &event->deploy, true);
    if (event->deploy.of_fleet != NULL)
        return;
    event->deploy.of_fleet = CS_ARENA_ARRAY(bind->arena, bool, bind->scenario->n_fleets + 1u);
    for (uint32_t f = 0; f < bind->scenario->n_fleets; f++)
        event->deploy.of_fleet[f] = true;
}

void cs_bind_set(struct cs_bind *bind, const struct cs_node *node, const struct cs_place *place,
                 void *base)
{
    struct cs_event *event = base;

    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    event->has_set = true;
    struct cs_event_set *grown =
        CS_ARENA_ARRAY(bind->scratch, struct cs_event_set, bind->n_sets + 1u);
    if (bind->n_sets > 0)
        memcpy(grown, bind->set, bind->n_sets * sizeof *grown);
    grown[bind->n_sets++] =
        (struct cs_event_set){(uint32_t)(event - bind->scenario->event), node};
    bind->set = grown;
}

/* ---- in words ---- */

static const char *also(struct cs_bind *bind, const char *text, const char *more)
{
    return cs_arena_printf(bind->arena, "%s%s%s", text, *text != '\0' ? "; " : "", more);
}

static const char *deploy_words(struct cs_bind *bind, const struct cs_deploy *deploy)
{
    char time[CS_UNIT_TEXT];
    const char *text = "";
    uint32_t n = 0;

    for (uint32_t f = 0; f < bind->scenario->n_fleets; f++) {
        if (!deploy->of_fleet[f])
            continue;
        text = cs_arena_printf(bind->arena, "%s%s%s", text, n++ > 0 ? ", " : "",
                               bind->scenario->fleet[f].name);
    }
    if (n == bind->scenario->n_fleets)
        text = "all fleets";
    text = cs_arena_printf(bind->arena, "deployment of %s", text);
    if (deploy->rolling == 0)
        return text;
    return cs_arena_printf(bind->arena, "%s, rolling over %s", text,
                           cs_unit_print(time, cs_time_s(deploy->rolling), CS_DIM_TIME));
}

/* "calls to openai x 3": whose, unless it is all of them. */
static const char *slow_part(struct cs_bind *bind, const char *text, double factor,
                             const char *words, const char *of, enum cs_section section,
                             uint32_t index)
{
    if (factor == 1)
        return text;
    bool is_one = index != CS_NONE;

    return also(bind, text,
                cs_arena_printf(bind->arena, "%s%s%s x %g", words, is_one ? of : "",
                                is_one ? cs_section_name(bind->scenario, section, index) : "",
                                factor));
}

static const char *slow_words(struct cs_bind *bind, const struct cs_slowness *slow)
{
    const char *text = slow_part(bind, "", slow->queries, "queries", " of ",
                                 CS_SECTION_DATABASES, slow->database);

    text = slow_part(bind, text, slow->calls, "calls", " to ", CS_SECTION_DEPENDENCIES,
                     slow->dependency);
    return slow_part(bind, text, slow->cpu, "CPU time", " of ", CS_SECTION_FLEETS, slow->fleet);
}

static const char *outage_words(struct cs_bind *bind, const struct cs_outage *outage)
{
    const struct cs_scenario *s = bind->scenario;

    if (outage->region != CS_NONE)
        return cs_arena_printf(bind->arena, "outage of region %s",
                               cs_section_name(s, CS_SECTION_REGIONS, outage->region));
    if (outage->database != CS_NONE)
        return cs_arena_printf(bind->arena, "outage of database %s",
                               cs_section_name(s, CS_SECTION_DATABASES, outage->database));
    return cs_arena_printf(bind->arena, "outage of dependency %s",
                           cs_section_name(s, CS_SECTION_DEPENDENCIES, outage->dependency));
}

static const char *set_words(struct cs_bind *bind, const struct cs_node *set)
{
    const char *text = "";

    for (size_t i = 0; i < set->n; i++) {
        const struct cs_node *value = set->pair[i].value;
        text = also(bind, text,
                    cs_arena_printf(bind->arena, "%.100s = %.40s", set->pair[i].key,
                                    value->kind == CS_NODE_SCALAR ? value->value : "..."));
    }
    return text;
}

static const char *words(struct cs_bind *bind, const struct cs_event *event)
{
    const struct cs_scenario *s = bind->scenario;
    const char *text = "";

    if (event->outage.exists)
        text = also(bind, text, outage_words(bind, &event->outage));
    if (event->slow.exists)
        text = also(bind, text, slow_words(bind, &event->slow));
    if (event->error_burst.exists)
        text = also(bind, text,
                    cs_arena_printf(bind->arena, "%g %% of requests fail with %u",
                                    100 * event->error_burst.rate,
                                    (unsigned)event->error_burst.code));
    if (event->leak.exists)
        text = also(
            bind, text,
            cs_arena_printf(bind->arena, "%g %% of connections to %s are not given back",
                            100 * event->leak.probability,
                            cs_section_name(s, CS_SECTION_DATABASES, event->leak.database)));
    if (event->has_attack)
        text = also(
            bind, text,
            cs_arena_printf(bind->arena, "attack of %g/s", bind->attack->source.rate_per_s));
    if (event->has_set)
        text = also(bind, text, set_words(bind, bind->set[bind->n_sets - 1].node));
    if (event->deploy.exists)
        text = also(bind, text, deploy_words(bind, &event->deploy));
    return text;
}

/* ---- an event ---- */

static const char *name_outage(struct cs_bind *bind, const struct cs_outage *outage)
{
    const struct cs_scenario *s = bind->scenario;
    const char *of = outage->region != CS_NONE
                         ? cs_section_name(s, CS_SECTION_REGIONS, outage->region)
                     : outage->database != CS_NONE
                         ? cs_section_name(s, CS_SECTION_DATABASES, outage->database)
                         : cs_section_name(s, CS_SECTION_DEPENDENCIES, outage->dependency);

    return cs_arena_printf(bind->arena, "outage-%s", of);
}

/* What it is, the greatest first: a name for one that the file does not name. */
static const char *name_of(struct cs_bind *bind, const struct cs_event *event)
{
    if (event->outage.exists)
        return name_outage(bind, &event->outage);
    return event->has_attack           ? "attack"
           : event->error_burst.exists ? "error-burst"
           : event->leak.exists        ? "leak"
           : event->slow.exists        ? "slow"
           : event->has_set            ? "set"
                                       : "deploy";
}

static bool is_taken(const struct cs_scenario *s, const char *name, uint32_t before)
{
    for (uint32_t i = 0; i < before; i++)
        if (strcmp(s->event[i].name, name) == 0)
            return true;
    return false;
}

static void name_event(struct cs_bind *bind, struct cs_event *event)
{
    const struct cs_scenario *s = bind->scenario;
    const char *name = event->name != NULL ? event->name : name_of(bind, event);

    event->name = name;
    for (unsigned number = 2; is_taken(s, event->name, (uint32_t)(event - s->event)); number++)
        event->name = cs_arena_printf(bind->arena, "%s-%u", name, number);
}

/* What an outage names, known or not: that it is unknown has been said. */
static unsigned n_down(const struct cs_node *event)
{
    static const char *const key[] = {"region", "database", "dependency"};
    const struct cs_pair *outage = cs_node_find(event, "outage");
    unsigned n = 0;

    for (size_t i = 0; outage != NULL && i < sizeof key / sizeof key[0]; i++)
        n += cs_node_find(outage->value, key[i]) != NULL ? 1u : 0u;
    return n;
}

static void check_event(struct cs_bind *bind, const struct cs_node *node,
                        const struct cs_place *place, const struct cs_event *event)
{
    const struct cs_outage *outage = &event->outage;
    bool lasts = event->slow.exists || outage->exists || event->error_burst.exists ||
                 event->leak.exists || event->has_attack || event->has_set;

    if (!lasts && !event->deploy.exists)
        cs_diag_error(bind->diag, &node->mark,
                      "%s: an event is one or more of deploy, slow, outage, error_burst, leak, "
                      "attack, set",
                      cs_place_text(bind, place));
    if (!lasts && event->deploy.exists && event->length != CS_NEVER)
        cs_diag_error(bind->diag, &node->mark,
                      "%s: a deployment has no length; `deploy: {rolling: 5m}` stretches it",
                      cs_place_text(bind, place));
    if (outage->exists && n_down(node) != 1)
        cs_diag_error(bind->diag, &node->mark,
                      "%s: an outage is of one region, database or dependency",
                      cs_place_text(bind, place));
    if (event->name != NULL && !cs_bind_is_name(event->name))
        cs_diag_error(bind->diag, &node->mark,
                      "%s: a name is made of letters, digits, _ and -, 64 at most",
                      cs_place_text(bind, place));
}

void cs_bind_events(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_scenario *s = base;

    if (bind->base != NULL) { /* a version has no events of its own */
        cs_attack_copy(bind);
        return;
    }
    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return;
    if (node->n > MAX_EVENTS) {
        cs_diag_error(bind->diag, &node->mark, "%s: more than 1000 events",
                      cs_place_text(bind, place));
        return;
    }
    s->event = CS_ARENA_ARRAY(bind->arena, struct cs_event, node->n + 1);
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_node *item = node->pair[i].value;
        struct cs_place at = cs_place_item(bind, place, i);
        if (!cs_bind_expect(bind, item, CS_NODE_MAP, &at))
            continue;
        struct cs_event *event = &s->event[s->n_events];
        cs_bind_map(bind, &cs_schema_event, item, &at, event, true);
        check_event(bind, item, &at, event);
        name_event(bind, event);
        if (event->has_attack && cs_diagnostics_errors(bind->diag) == 0)
            cs_attack_add(bind, event);
        event->what = cs_diagnostics_errors(bind->diag) == 0 ? words(bind, event) : "";
        s->n_events++;
    }
}
