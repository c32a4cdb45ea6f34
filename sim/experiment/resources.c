/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "capsim/array.h"

#include "explain.h"

enum { MAX_LABELS = 3, LABEL_SIZE = 160 };

struct list {
    struct cs_result *result;
    const struct cs_scenario *scenario;
    size_t capacity;
};

/* Labels as "key=value"; a NULL value drops out, as in the model's rows. */
static struct cs_estimate level(const struct list *list, const char *name, const char *stat,
                                const char *const pair[][2], size_t n)
{
    char text[MAX_LABELS][LABEL_SIZE];
    const char *label[MAX_LABELS] = {NULL};
    size_t used = 0;

    for (size_t i = 0; i < n; i++)
        if (pair[i][1] != NULL) {
            snprintf(text[used], LABEL_SIZE, "%.40s=%.100s", pair[i][0], pair[i][1]);
            label[used] = text[used];
            used++;
        }
    const struct cs_result_metric *row = cs_result_find(list->result, name, stat, label, used);

    return row != NULL ? row->value
                       : (struct cs_estimate){.mean = (double)NAN, (double)NAN, (double)NAN, 0};
}

static struct cs_estimate scaled(struct cs_estimate e, double factor)
{
    return (struct cs_estimate){e.mean * factor, e.lo * factor, e.hi * factor, e.n};
}

/* A thing with no interval adds none. */
static struct cs_estimate plus(struct cs_estimate a, struct cs_estimate b)
{
    a.mean += b.mean;
    a.lo += isnan(b.lo) ? b.mean : b.lo;
    a.hi += isnan(b.hi) ? b.mean : b.hi;
    return a;
}

__attribute__((format(printf, 5, 6))) static void add(struct list *list, struct cs_estimate use,
                                                      double capacity, const char *unit,
                                                      const char *format, ...)
{
    struct cs_explain *explain = &list->result->explain;
    char where[256];
    va_list args;

    if (!(use.mean > 0.0) || !(capacity > 0.0) || isinf(capacity) ||
        explain->n_resources == list->capacity)
        return;
    va_start(args, format);
    vsnprintf(where, sizeof where, format, args);
    va_end(args);
    struct cs_estimate share = scaled(use, 1.0 / capacity);

    explain->resource[explain->n_resources++] = (struct cs_explain_resource){
        .where = cs_arena_strdup(list->result->arena, where),
        .unit = unit,
        .capacity = capacity,
        .utilization = share,
        .load = {.mean = 1.0 / share.mean,
                 .lo = 1.0 / share.hi,
                 .hi = share.lo > 0.0 ? 1.0 / share.lo : (double)NAN,
                 .n = share.n},
    };
}

static const char *region_label(const struct cs_scenario *s, uint32_t r)
{
    return s->regions_declared ? s->region[r].name : NULL;
}

/* Those that serve and those that start; idle ones give way to others. */
static struct cs_estimate instances_in_use(const struct list *list, const char *fleet,
                                           const char *region)
{
    const char *const busy[][2] = {{"fleet", fleet}, {"region", region}, {"state", "busy"}};
    const char *const starting[][2] = {
        {"fleet", fleet}, {"region", region}, {"state", "starting"}};

    return plus(level(list, "instances", "busy_hour", busy, 3),
                level(list, "instances", "busy_hour", starting, 3));
}

static void add_regions(struct list *list)
{
    const struct cs_scenario *s = list->scenario;

    for (uint32_t r = 0; r < s->n_regions; r++)
        if (s->region[r].max_instances != CS_UNLIMITED)
            add(list, instances_in_use(list, NULL, region_label(s, r)),
                (double)s->region[r].max_instances, "instances", "max_instances of region %s",
                s->region[r].name);
}

/* All instances of a fleet that may be, over its regions. */
static double most_instances(const struct cs_scenario *s, const struct cs_fleet *fleet)
{
    double n = 0.0;

    for (uint32_t r = 0; r < s->n_regions; r++)
        if (fleet->in_region[r]) {
            int64_t cap = s->region[r].max_instances;

            cap = fleet->max_instances < cap ? fleet->max_instances : cap;
            n += cap == CS_UNLIMITED ? HUGE_VAL : (double)cap;
        }
    return n;
}

/* Share of what the instances that are there have, times their number. */
static void add_share(struct list *list, const struct cs_fleet *fleet, const char *name,
                      double each, const char *unit, const char *what)
{
    const char *const label[][2] = {{"fleet", fleet->name}};
    struct cs_estimate share = level(list, name, "busy_hour", label, 1);
    struct cs_estimate there = level(list, "instances", "busy_hour", label, 1);
    double most = most_instances(list->scenario, fleet);

    add(list, scaled(share, there.mean * each), most * each, unit, "%s of fleet %s", what,
        fleet->name);
}

static void add_fleets(struct list *list)
{
    const struct cs_scenario *s = list->scenario;

    for (uint32_t f = 0; f < s->n_fleets; f++) {
        const struct cs_fleet *fleet = &s->fleet[f];
        double cpus = fleet->vcpus < fleet->cpu_threads ? fleet->vcpus : fleet->cpu_threads;

        if (fleet->concurrency > 1) {
            add_share(list, fleet, "slot_utilization", fleet->concurrency, "requests",
                      "concurrency");
            add_share(list, fleet, "cpu_utilization", cpus, "vCPUs", "vCPUs");
            continue;
        }
        for (uint32_t r = 0; r < s->n_regions && fleet->max_instances != CS_UNLIMITED; r++)
            if (fleet->in_region[r])
                add(list, instances_in_use(list, fleet->name, region_label(s, r)),
                    (double)fleet->max_instances, "instances", "max_instances of fleet %s%s%s",
                    fleet->name, s->regions_declared ? " in " : "",
                    s->regions_declared ? s->region[r].name : "");
    }
}

/* A pool that has a connection for each request of its instance never fills. */
static void add_pools(struct list *list, const struct cs_database *db, uint32_t d)
{
    const struct cs_scenario *s = list->scenario;

    for (uint32_t f = 0; f < s->n_fleets; f++) {
        const struct cs_fleet *fleet = &s->fleet[f];
        const struct cs_pool_config *pool = &fleet->pool[d];
        /* Rows have one of the two labels: it says all where there is one of the other. */
        const char *const label[][2] = {{"database", s->n_fleets == 1 ? db->name : NULL},
                                        {"fleet", s->n_fleets > 1 ? fleet->name : NULL}};

        if (!pool->exists || fleet->concurrency <= pool->max ||
            (s->n_fleets > 1 && s->n_databases > 1))
            continue;
        add(list, level(list, "db_pool_active_connections", "busy_hour", label, 2),
            most_instances(s, fleet) * pool->max, "connections",
            "pool max of %s in all instances of fleet %s", db->name, fleet->name);
    }
}

static double capacity_of(int64_t limit)
{
    return limit == CS_UNLIMITED ? HUGE_VAL : (double)limit;
}

static void add_databases(struct list *list)
{
    const struct cs_scenario *s = list->scenario;

    for (uint32_t d = 0; d < s->n_databases; d++) {
        const struct cs_database *db = &s->database[d];
        const char *const label[][2] = {{"database", db->name}};
        struct cs_estimate open = level(list, "db_connections", "busy_hour", label, 1);
        double slots = db->server.exists ? capacity_of(db->server.max_connections) : HUGE_VAL;

        add_pools(list, db, d);
        if (db->gateway.exists) {
            double backends = fmin(slots, capacity_of(db->gateway.pool_size));

            add(list, open, capacity_of(db->gateway.max_clients), "connections",
                "gateway max_clients of %s, idle connections included", db->name);
            add(list, level(list, "db_backends_active", "busy_hour", label, 1), backends,
                "connections", "gateway pool_size of %s", db->name);
        } else {
            add(list, open, slots, "connections",
                "server max_connections of %s, idle connections included", db->name);
        }
        add(list, level(list, "db_server_utilization", "busy_hour_ratio", label, 1), 1.0, "1",
            "server vCPUs of %s", db->name);
    }
}

static void add_dependencies(struct list *list)
{
    const struct cs_scenario *s = list->scenario;

    for (uint32_t i = 0; i < s->n_dependencies; i++) {
        const char *const label[][2] = {{"dependency", s->dependency[i].name}};
        double most = capacity_of(s->dependency[i].max_concurrency);
        struct cs_estimate use =
            level(list, "dependency_utilization", "busy_hour_ratio", label, 1);

        if (!isinf(most))
            add(list, scaled(use, most), most, "calls", "max_concurrency of %s",
                s->dependency[i].name);
        add(list, level(list, "dependency_rate_utilization", "busy_hour_ratio", label, 1), 1.0,
            "1", "rate_limit of %s", s->dependency[i].name);
    }
}

static int by_use(const void *left, const void *right)
{
    const struct cs_explain_resource *a = left, *b = right;

    return (a->utilization.mean < b->utilization.mean) -
           (a->utilization.mean > b->utilization.mean);
}

void cs_build_resources(struct cs_result *result, const struct cs_scenario *scenario)
{
    struct list list = {.result = result, .scenario = scenario};
    size_t cells = (size_t)scenario->n_fleets * scenario->n_regions;

    list.capacity = scenario->n_regions + 2 * cells + 2 * (size_t)scenario->n_dependencies +
                    (size_t)scenario->n_databases * (3 + scenario->n_fleets);
    result->explain.resource =
        CS_ARENA_ARRAY(result->arena, struct cs_explain_resource, list.capacity + 1);
    add_regions(&list);
    add_fleets(&list);
    add_databases(&list);
    add_dependencies(&list);
    /* Insertion keeps the order of equals: qsort need not. */
    for (size_t i = 1; i < result->explain.n_resources; i++)
        for (size_t k = i; k > 0; k--) {
            struct cs_explain_resource *at = &result->explain.resource[k - 1];
            struct cs_explain_resource held = at[0];

            if (by_use(&at[0], &at[1]) <= 0)
                break;
            at[0] = at[1];
            at[1] = held;
        }
}
