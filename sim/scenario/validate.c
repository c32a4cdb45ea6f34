/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/validate.h"
#include "scenario/levels.h"

#include <math.h>
#include <string.h>

#define MAX_REQUESTS 1e11
#define MAX_USERS 20000000u
#define MAX_SAMPLES_A_RUN 1e7
#define MB_PER_VCPU 1769.0 /* AWS Lambda: 1,769 MB is the equivalent of one vCPU */

static const struct cs_mark *mark_of(const struct cs_bind *bind, const char *section,
                                     const char *name, const char *key)
{
    return cs_bind_mark(bind, cs_arena_printf(bind->scratch, "%s.%s.%s", section, name, key));
}

/* ---- what follows from what was said ---- */

static void fill_places(struct cs_bind *bind)
{
    struct cs_scenario *s = bind->scenario;

    s->zones_declared = s->n_zones > 0;
    s->regions_declared = s->n_regions > 0;
    if (!s->zones_declared) {
        s->zone = CS_ARENA_NEW(bind->arena, struct cs_zone);
        *s->zone = (struct cs_zone){.name = "", .share = 1};
        s->n_zones = 1;
    }
    if (!s->regions_declared) {
        s->region = CS_ARENA_NEW(bind->arena, struct cs_region);
        *s->region = (struct cs_region){.name = "", .max_instances = CS_UNLIMITED};
        s->n_regions = 1;
    }
    if (!s->zones_declared || !s->regions_declared)
        s->zone_rtt = NULL;
    if (!s->regions_declared)
        s->region_rtt = NULL;
}

static void fill_fleet(struct cs_bind *bind, struct cs_fleet *fleet)
{
    const struct cs_scenario *s = bind->scenario;

    if (fleet->in_region == NULL) {
        fleet->in_region = CS_ARENA_ARRAY(bind->arena, bool, s->n_regions);
        for (uint32_t r = 0; r < s->n_regions; r++)
            fleet->in_region[r] = true;
    }
    if (fleet->pool == NULL) {
        fleet->pool = CS_ARENA_ARRAY(bind->arena, struct cs_pool_config, s->n_databases + 1u);
        for (uint32_t d = 0; d < s->n_databases; d++)
            fleet->pool[d] = s->database[d].pool;
    }
    if (fleet->vcpus < 0 && fleet->memory_bytes == 0 &&
        !cs_bind_says(bind, cs_arena_printf(bind->scratch, "fleets.%s.memory", fleet->name)))
        cs_diag_error(bind->diag, mark_of(bind, "fleets", fleet->name, "vcpus"),
                      "vcpus: auto needs `memory`");
    if (fleet->memory_bytes > 0 && fleet->vcpus <= 0)
        fleet->vcpus = fleet->memory_bytes / (MB_PER_VCPU * 0x1p20);
}

static void fill_users(struct cs_bind *bind)
{
    struct cs_scenario *s = bind->scenario;
    uint64_t users = 0;

    for (uint32_t t = 0; t < s->n_tiers; t++) {
        s->tier[t].first_user = users;
        users += s->tier[t].users;
    }
    for (uint32_t i = 0; i < s->n_sources; i++) { /* of attacks */
        s->source[i].first_own_user = users;
        users += s->source[i].own_users;
    }
    if (users > MAX_USERS)
        cs_diag_error(bind->diag, cs_bind_mark(bind, "tiers"),
                      "tiers: more than 20 million users in all");
}

/* ---- contradictions ---- */

static void check_zones(struct cs_bind *bind)
{
    const struct cs_scenario *s = bind->scenario;
    double sum = 0;
    bool is_sound = true;

    for (uint32_t z = 0; z < s->n_zones; z++) {
        sum += s->zone[z].share;
        is_sound = is_sound && (s->zone[z].share > 0 || cs_diagnostics_errors(bind->diag) == 0);
    }
    if (is_sound && fabs(sum - 1) > 1e-6)
        cs_diag_error(bind->diag, cs_bind_mark(bind, "zones"),
                      "zones: shares sum to %.6g%%, not 100%%", sum * 100);
}

/* Whether a round trip to the region can ever be needed. */
static bool region_is_used(const struct cs_scenario *s, uint32_t region)
{
    for (uint32_t f = 0; f < s->n_fleets; f++)
        if (cs_scenario_may_route(s, &s->fleet[f], region))
            return true;
    return false;
}

static void check_zone_distances(struct cs_bind *bind, uint32_t region)
{
    const struct cs_scenario *s = bind->scenario;

    for (uint32_t z = 0; s->zone_rtt != NULL && z < s->n_zones; z++)
        if (s->zone_rtt[z * s->n_regions + region] == NULL)
            cs_diag_error(bind->diag, cs_bind_mark(bind, "network.rtt"),
                          "no round-trip time between zone %s and region %s", s->zone[z].name,
                          s->region[region].name);
}

static void check_database_distances(struct cs_bind *bind, uint32_t region)
{
    const struct cs_scenario *s = bind->scenario;

    for (uint32_t d = 0; s->region_rtt != NULL && d < s->n_databases; d++) {
        uint32_t home = s->database[d].region;
        if (home != CS_NONE && home != region &&
            s->region_rtt[region * s->n_regions + home] == NULL)
            cs_diag_error(bind->diag, cs_bind_mark(bind, "network.rtt"),
                          "no round-trip time between region %s and region %s, where database "
                          "%s is",
                          s->region[region].name, s->region[home].name, s->database[d].name);
    }
}

static void check_fleet(struct cs_bind *bind, const struct cs_fleet *fleet)
{
    const struct cs_scenario *s = bind->scenario;

    if (fleet->min_instances > fleet->max_instances)
        cs_diag_error(bind->diag, mark_of(bind, "fleets", fleet->name, "min_instances"),
                      "fleets.%s: min_instances is above max_instances", fleet->name);
    for (uint32_t d = 0; d < s->n_databases; d++)
        if (fleet->pool[d].min > fleet->pool[d].max && fleet->pool[d].max > 0)
            cs_diag_error(bind->diag, mark_of(bind, "databases", s->database[d].name, "pool"),
                          "fleets.%s: the pool of %s has min above max", fleet->name,
                          s->database[d].name);
}

/* What is warm from the start must fit under the region's cap. */
static void check_region(struct cs_bind *bind, uint32_t r)
{
    const struct cs_scenario *s = bind->scenario;
    double least = 0;

    for (uint32_t f = 0; f < s->n_fleets; f++)
        least += s->fleet[f].in_region[r] ? (double)s->fleet[f].min_instances : 0;
    if (s->region[r].max_instances != CS_UNLIMITED &&
        least > (double)s->region[r].max_instances)
        cs_diag_error(bind->diag, mark_of(bind, "regions", s->region[r].name, "max_instances"),
                      "regions.%s: max_instances is below what its fleets keep warm (%g)",
                      s->region[r].name, least);
}

static void check_slo(struct cs_bind *bind, struct cs_slo *slo)
{
    const struct cs_scenario *s = bind->scenario;
    const struct cs_mark *mark = mark_of(bind, "slos", slo->name, "target");
    bool is_database = slo->measure == CS_MEASURE_DATABASE_UP;

    if (slo->target == NULL)
        return;
    if (is_database && slo->of == CS_OF_ALL && s->n_databases == 1) {
        slo->of = CS_OF_DATABASE;
        slo->of_index = 0;
    }
    if (is_database && slo->of != CS_OF_DATABASE)
        cs_diag_error(bind->diag, mark, "database_up is of one database: of: {database: NAME}");
    else if (!is_database && (slo->of == CS_OF_DATABASE || slo->of == CS_OF_DEPENDENCY))
        cs_diag_error(bind->diag, mark,
                      "an objective of a %s that is not database_up is not simulated by this "
                      "version",
                      slo->of == CS_OF_DATABASE ? "database" : "dependency");
}

static void check_precision(struct cs_bind *bind)
{
    const struct cs_scenario *s = bind->scenario;

    if (s->precision > 0 && s->n_slos == 0)
        cs_diag_error(bind->diag, cs_bind_mark(bind, "replications.precision"),
                      "replications: precision is of the values of objectives, and there are "
                      "none in `slos`");
}

static void check_size(struct cs_bind *bind)
{
    const struct cs_scenario *s = bind->scenario;
    double requests = cs_work_requests(s);
    double samples = (double)s->horizon.duration / (double)s->horizon.sample;

    if (requests > MAX_REQUESTS)
        cs_diag_error(bind->diag, cs_bind_mark(bind, "horizon.duration"),
                      "this would simulate about %.2g requests (rate x load x (duration + "
                      "lead_in) x replications); the most is 1e11",
                      requests);
    if (samples > MAX_SAMPLES_A_RUN)
        cs_diag_error(bind->diag, cs_bind_mark(bind, "horizon.sample"),
                      "horizon: %.2g samples a run; the most is 1e7", samples);
    if (s->horizon.duration > CS_TIME_LIMIT - s->horizon.lead_in)
        cs_diag_error(bind->diag, cs_bind_mark(bind, "horizon.duration"), "horizon: too long");
}

/* A plan's users are mostly who they were: their table is shared. */
static bool same_activity(const struct cs_scenario *base, struct cs_scenario *s, uint32_t t)
{
    const struct cs_tier *was = base != NULL && t < base->n_tiers ? &base->tier[t] : NULL;
    struct cs_tier *tier = &s->tier[t];

    if (was == NULL || was->users != tier->users || was->zipf_exponent != tier->zipf_exponent ||
        was->zipf_shift != tier->zipf_shift)
        return false;
    tier->activity = was->activity;
    return true;
}

void cs_validate(struct cs_bind *bind)
{
    struct cs_scenario *s = bind->scenario;

    fill_places(bind);
    fill_users(bind);
    check_zones(bind);
    for (uint32_t f = 0; f < s->n_fleets; f++) {
        fill_fleet(bind, &s->fleet[f]);
        check_fleet(bind, &s->fleet[f]);
        cs_validate_scaling(bind, &s->fleet[f]);
    }
    cs_validate_routing(bind);
    for (uint32_t r = 0; r < s->n_regions && !cs_diag_is_full(bind->diag); r++) {
        check_region(bind, r);
        if (!region_is_used(s, r))
            continue;
        check_zone_distances(bind, r);
        check_database_distances(bind, r);
    }
    for (uint32_t i = 0; i < s->n_sources; i++) {
        cs_validate_demand(bind, &s->source[i]);
        cs_validate_source(bind, &s->source[i]);
    }
    check_precision(bind);
    cs_validate_prices(bind);
    cs_validate_dependencies(bind);
    for (uint32_t i = 0; i < s->n_slos; i++)
        check_slo(bind, &s->slo[i]);
    cs_validate_watches(bind);
    if (cs_diagnostics_errors(bind->diag) > 0)
        return;
    cs_work_sessions(s);
    cs_validate_caches(bind);
    if (bind->base != NULL) { /* users are who they were */
        s->horizon = bind->base->horizon;
        for (uint32_t t = 0; t < s->n_tiers; t++)
            s->tier[t].activity = bind->base->tier[t].activity;
        return;
    }
    if (s->horizon.lead_in_is_auto)
        s->horizon.lead_in = cs_work_lead_in(s);
    check_size(bind);
    for (uint32_t t = 0; t < s->n_tiers && cs_diagnostics_errors(bind->diag) == 0; t++)
        if (!same_activity(bind->plan_of, s, t))
            s->tier[t].activity = cs_zipf_new(bind->arena, s->tier[t].users,
                                              s->tier[t].zipf_exponent, s->tier[t].zipf_shift);
}
