/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_SCHEMA_H
#define SCENARIO_SCHEMA_H

#include <stddef.h>

#include "capsim/scenario.h"
#include "scenario/tree.h"
#include "scenario/units.h"

/*
 * The format, as one table: every key with its type, unit, range, default and
 * meaning.  Binding, defaults, error texts, merging, the hash and the JSON
 * Schema are all driven by it.  A key that the format has and this version does
 * not simulate is in it as CS_TYPE_LATER, so that using it is an error.
 */
enum cs_type {
    CS_TYPE_QUANTITY, /* by dim: cs_time for times and offsets, else double (SI) */
    CS_TYPE_COUNT,    /* whole number; uint32_t, or 64 bits wide */
    CS_TYPE_BOOL,
    CS_TYPE_CHOICE, /* a word; an enum or a bool */
    CS_TYPE_TEXT,
    CS_TYPE_DIST,   /* const struct cs_dist *, by dim */
    CS_TYPE_REF,    /* uint32_t: index of the thing named */
    CS_TYPE_MAP,    /* the child's keys, of the same or an embedded struct */
    CS_TYPE_NAMED,  /* a map of things: an array of the child's struct and its count */
    CS_TYPE_CUSTOM, /* its own binder */
    CS_TYPE_LATER,  /* not simulated by this version */
    CS_TYPE_LOADER  /* use, include, like: gone before binding */
};

enum {
    CS_REQUIRED = 1,     /* when the map around it is given */
    CS_OR_UNLIMITED = 2, /* the word `unlimited`: CS_NEVER, CS_UNLIMITED, infinity */
    CS_OR_AUTO = 4,      /* the word `auto`: -1 */
    CS_POSITIVE = 8,     /* 0 is out of range */
    CS_NO_HASH = 16,     /* says nothing about the simulation */
    CS_FIXED = 32        /* an event's `set` cannot change it while it runs */
};

#define CS_NOWHERE ((size_t)-1) /* checked, not stored */

struct cs_bind;
struct cs_place;
struct cs_sink;

struct cs_choice {
    const char *word;
    int value; /* CS_LATER_WORD: not simulated by this version */
};
#define CS_LATER_WORD (-1)

/* What names a reference can give; also where a step finds its target. */
enum cs_section {
    CS_SECTION_ZONES,
    CS_SECTION_REGIONS,
    CS_SECTION_TIERS,
    CS_SECTION_LIMITS,
    CS_SECTION_DATABASES,
    CS_SECTION_DEPENDENCIES,
    CS_SECTION_FLEETS,
    CS_SECTION_FUNCTIONS
};

typedef void cs_bind_fn(struct cs_bind *bind, const struct cs_node *node,
                        const struct cs_place *place, void *base);
typedef void cs_dump_fn(struct cs_sink *sink, const struct cs_scenario *scenario,
                        const void *base);

struct cs_field {
    const char *key;
    enum cs_type type;
    enum cs_dim dim;
    size_t offset;        /* in the struct around it, or CS_NOWHERE */
    size_t width;         /* bytes of the member */
    size_t second;        /* NAMED: offset of the count; MAP: of `exists`, or CS_NOWHERE */
    enum cs_section to;   /* REF */
    double min, max;      /* SI; max 0: the dimension's own */
    const char *fallback; /* text taken when the key is absent; NULL: zero */
    unsigned flags;
    const struct cs_choice *choice; /* ends with a NULL word */
    const struct cs_schema *child;
    cs_bind_fn *bind;
    cs_dump_fn *dump;
    const char *json;          /* CUSTOM: its JSON Schema, where the child does not say it */
    const char *allowed;       /* LATER: the one value that means "off" */
    const char *const *unless; /* REQUIRED: but not beside one of these keys; NULL at the end */
    const char *doc;
};

struct cs_schema {
    const char *what; /* "fleet" */
    const struct cs_field *field;
    size_t n;
    size_t size;               /* of the struct, NAMED */
    const char *const *one_of; /* exactly one of these keys is wanted; NULL at the end */
};

extern const struct cs_schema cs_schema_root;
extern const struct cs_schema cs_schema_pool;
extern const struct cs_schema cs_schema_retries;
extern const struct cs_schema cs_schema_queue;
extern const struct cs_schema cs_schema_step;
extern const struct cs_schema cs_schema_scale_rule;
extern const struct cs_schema cs_schema_tier_limits;
extern const struct cs_schema cs_schema_replications;
extern const struct cs_schema cs_schema_event;
extern const struct cs_schema cs_schema_deploy;
extern const struct cs_schema cs_schema_attack;
extern const struct cs_schema cs_schema_plan;
extern const struct cs_schema cs_schema_users, cs_schema_stage, cs_schema_session,
    cs_schema_repeat;
extern const struct cs_schema cs_schema_burst, cs_schema_profile;
extern const struct cs_schema cs_schema_cache_keys;

/* Drafts of what needs more than a copy to become the scenario's struct. */
struct cs_step_draft {
    const char *limit, *query, *call, *transaction;
    const struct cs_node *steps; /* of a transaction */
    const struct cs_dist *cpu, *wait;
    uint32_t count;
    bool stream, respond;
};

struct cs_session_draft {
    const struct cs_node *body; /* of `with` */
    const struct cs_node *repeat;
    const struct cs_dist *think;
    double with;
};

struct cs_repeat_draft {
    const struct cs_node *body;
    uint32_t min, max, count; /* 0: not given */
};

/* An attack: a source with users of its own, of a tier (CS_NONE: the first). */
struct cs_attack_draft {
    struct cs_source source;
    uint64_t users; /* 0: anonymous */
    uint32_t tier;
};

struct cs_tier_limits {
    uint32_t per_second, per_minute, per_hour, per_day, burst; /* 0: none */
    double rate_per_s;                                         /* likewise */
};

const struct cs_field *cs_schema_find(const struct cs_schema *schema, const char *key);

/* Binders and dumpers of what is not a plain value (bind_*.c). */
cs_bind_fn cs_bind_version, cs_bind_name, cs_bind_start, cs_bind_lead_in, cs_bind_rtt,
    cs_bind_limits, cs_bind_queries, cs_bind_fleet_regions, cs_bind_fleet_pools, cs_bind_queue,
    cs_bind_outcomes, cs_bind_steps, cs_bind_do, cs_bind_daily, cs_bind_weekly, cs_bind_mix,
    cs_bind_source_tiers, cs_bind_target, cs_bind_of, cs_bind_replications, cs_bind_alert_expr,
    cs_bind_alert_of, cs_bind_events, cs_bind_event_at, cs_bind_deploy, cs_bind_deploy_fleets,
    cs_bind_attack, cs_bind_set, cs_bind_plans, cs_bind_plan_set, cs_bind_plan_events,
    cs_bind_source_rate, cs_bind_growth, cs_bind_calendar, cs_bind_points, cs_bind_trace_file,
    cs_bind_health_warning, cs_bind_health_critical, cs_bind_health_of;
cs_bind_fn cs_bind_scale_out, cs_bind_scale_when;
cs_dump_fn cs_dump_scale_out, cs_dump_scale_when;
cs_bind_fn cs_bind_weights, cs_bind_order, cs_bind_cache_keys, cs_bind_prices;
cs_dump_fn cs_dump_start, cs_dump_lead_in, cs_dump_rtt, cs_dump_limits, cs_dump_queries,
    cs_dump_fleet_regions, cs_dump_fleet_pools, cs_dump_queue, cs_dump_outcomes, cs_dump_steps,
    cs_dump_daily, cs_dump_weekly, cs_dump_mix, cs_dump_source_tiers, cs_dump_target,
    cs_dump_source_rate, cs_dump_growth, cs_dump_calendar, cs_dump_points, cs_dump_trace_file,
    cs_dump_of, cs_dump_replications, cs_dump_events, cs_dump_event_at, cs_dump_deploy,
    cs_dump_deploy_fleets, cs_dump_attack, cs_dump_set, cs_dump_alert_expr, cs_dump_alert_of,
    cs_dump_health_warning, cs_dump_health_critical, cs_dump_health_of;
cs_bind_fn cs_bind_users, cs_bind_stages, cs_bind_session, cs_bind_session_body,
    cs_bind_session_repeat, cs_bind_retry_codes;
cs_dump_fn cs_dump_users, cs_dump_session, cs_dump_retry_codes;
cs_dump_fn cs_dump_weights, cs_dump_order, cs_dump_cache_keys, cs_dump_prices;
/* bind_dependency.c */
cs_bind_fn cs_bind_fallback;
cs_dump_fn cs_dump_fallback;

cs_bind_fn cs_bind_shadow_limits, cs_bind_retry_after; /* bind_limits.c */
cs_dump_fn cs_dump_shadow_limits, cs_dump_retry_after;

#endif
