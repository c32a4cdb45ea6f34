/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/bind.h"

/* ---- distances ---- */

struct rtt_table {
    struct cs_bind *bind;
    const struct cs_mark **zone_mark, **region_mark; /* who said it, for doubles */
};

static void put_rtt(struct rtt_table *table, const struct cs_dist **cell,
                    const struct cs_mark **said, const struct cs_dist *dist,
                    const struct cs_mark *mark)
{
    bool other_is_preset = *said != NULL && (*said)->text != NULL && (*said)->text->is_preset;
    bool this_is_preset = mark->text != NULL && mark->text->is_preset;

    if (*said != NULL && other_is_preset == this_is_preset)
        cs_diag_error(table->bind->diag, mark,
                      "this round-trip time is given twice; also on line %u",
                      (unsigned)(*said)->line + 1);
    if (*said != NULL && this_is_preset)
        return;
    *cell = dist;
    *said = mark;
}

static void put_pair(struct rtt_table *table, const char *a, const char *b,
                     const struct cs_dist *dist, const struct cs_mark *mark)
{
    struct cs_bind *bind = table->bind;
    struct cs_scenario *s = bind->scenario;
    uint32_t za = cs_bind_find(bind, CS_SECTION_ZONES, a);
    uint32_t zb = cs_bind_find(bind, CS_SECTION_ZONES, b);
    uint32_t ra = cs_bind_find(bind, CS_SECTION_REGIONS, a);
    uint32_t rb = cs_bind_find(bind, CS_SECTION_REGIONS, b);
    uint32_t n = s->n_regions;

    if (za != CS_NONE && rb != CS_NONE)
        put_rtt(table, &s->zone_rtt[za * n + rb], &table->zone_mark[za * n + rb], dist, mark);
    if (zb != CS_NONE && ra != CS_NONE && (zb != za || ra != rb))
        put_rtt(table, &s->zone_rtt[zb * n + ra], &table->zone_mark[zb * n + ra], dist, mark);
    if (ra != CS_NONE && rb != CS_NONE && ra != rb) {
        put_rtt(table, &s->region_rtt[ra * n + rb], &table->region_mark[ra * n + rb], dist,
                mark);
        s->region_rtt[rb * n + ra] = s->region_rtt[ra * n + rb];
        table->region_mark[rb * n + ra] = table->region_mark[ra * n + rb];
    }
}

void cs_bind_rtt(struct cs_bind *bind, const struct cs_node *node, const struct cs_place *place,
                 void *base)
{
    struct cs_scenario *s = base;
    size_t zones = s->n_zones, regions = s->n_regions;
    struct rtt_table table = {bind, NULL, NULL};

    s->zone_rtt = CS_ARENA_ARRAY(bind->arena, const struct cs_dist *, zones *regions + 1);
    s->region_rtt = CS_ARENA_ARRAY(bind->arena, const struct cs_dist *, regions *regions + 1);
    table.zone_mark = CS_ARENA_ARRAY(bind->scratch, const struct cs_mark *, zones *regions + 1);
    table.region_mark =
        CS_ARENA_ARRAY(bind->scratch, const struct cs_mark *, regions *regions + 1);
    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_node *row = node->pair[i].value;
        struct cs_place from = {place, node->pair[i].key};
        if (!cs_bind_expect(bind, row, CS_NODE_MAP, &from))
            continue;
        for (size_t j = 0; j < row->n; j++) {
            struct cs_place to = {&from, row->pair[j].key};
            const struct cs_dist *dist =
                cs_bind_dist(bind, row->pair[j].value, &to, CS_DIM_TIME, 3600);
            if (dist == NULL) /* told already: the pair is not missing besides */
                dist = CS_ARENA_NEW(bind->scratch, struct cs_dist);
            put_pair(&table, from.name, to.name, dist, &row->pair[j].mark);
        }
    }
}

/* ---- databases and fleets ---- */

void cs_bind_queries(struct cs_bind *bind, const struct cs_node *node,
                     const struct cs_place *place, void *base)
{
    struct cs_database *database = base;

    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    database->query = CS_ARENA_ARRAY(bind->arena, struct cs_query, node->n + 1);
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        struct cs_place at = {place, pair->key};
        if (!cs_bind_is_name(pair->key))
            cs_diag_error(bind->diag, &pair->mark,
                          "a name is made of letters, digits, _ and -, 64 at most");
        database->query[database->n_queries++] = (struct cs_query){
            .name = cs_arena_strndup(bind->arena, pair->key, 64),
            .time = cs_bind_dist(bind, pair->value, &at, CS_DIM_TIME, cs_dim_max(CS_DIM_TIME)),
        };
    }
}

void cs_bind_fleet_regions(struct cs_bind *bind, const struct cs_node *node,
                           const struct cs_place *place, void *base)
{
    struct cs_fleet *fleet = base;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return;
    fleet->in_region = CS_ARENA_ARRAY(bind->arena, bool, bind->scenario->n_regions + 1u);
    if (node->n == 0)
        cs_diag_error(bind->diag, &node->mark, "%s: at least one region is wanted",
                      cs_place_text(bind, place));
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_node *item = node->pair[i].value;
        struct cs_place at = cs_place_item(bind, place, i);
        if (!cs_bind_expect(bind, item, CS_NODE_SCALAR, &at))
            continue;
        uint32_t region = cs_bind_ref(bind, CS_SECTION_REGIONS, item->value, &item->mark);
        if (region != CS_NONE)
            fleet->in_region[region] = true;
    }
}

void cs_bind_fleet_pools(struct cs_bind *bind, const struct cs_node *node,
                         const struct cs_place *place, void *base)
{
    const struct cs_scenario *s = bind->scenario;
    struct cs_fleet *fleet = base;

    fleet->pool = CS_ARENA_ARRAY(bind->arena, struct cs_pool_config, s->n_databases + 1u);
    for (uint32_t d = 0; d < s->n_databases; d++)
        fleet->pool[d] = s->database[d].pool;
    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        struct cs_place at = {place, pair->key};
        uint32_t d = cs_bind_ref(bind, CS_SECTION_DATABASES, pair->key, &pair->mark);
        if (d == CS_NONE)
            continue;
        cs_bind_map(bind, &cs_schema_pool, pair->value, &at, &fleet->pool[d],
                    !fleet->pool[d].exists);
        fleet->pool[d].exists = true;
    }
}

void cs_bind_queue(struct cs_bind *bind, const struct cs_node *node,
                   const struct cs_place *place, void *base)
{
    cs_bind_map(bind, &cs_schema_queue, node, place, base, true);
}
