/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "scenario/dump.h"
#include "scenario/validate.h"

void cs_bind_weights(struct cs_bind *bind, const struct cs_node *node,
                     const struct cs_place *place, void *base)
{
    struct cs_scenario *s = base;

    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        struct cs_place at = {place, pair->key};
        double weight = 0;
        uint32_t region = cs_bind_ref(bind, CS_SECTION_REGIONS, pair->key, &pair->mark);
        if (cs_bind_quantity(bind, pair->value, &at, CS_DIM_SHARE, 0, 1, &weight) &&
            region != CS_NONE)
            s->region[region].weight = weight;
    }
}

void cs_bind_order(struct cs_bind *bind, const struct cs_node *node,
                   const struct cs_place *place, void *base)
{
    struct cs_scenario *s = base;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return;
    if (node->n == 0)
        cs_diag_error(bind->diag, &node->mark, "%s: at least one region is wanted",
                      cs_place_text(bind, place));
    for (uint32_t r = 0; r < s->n_regions; r++)
        s->region[r].turn = CS_NONE;
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_node *item = node->pair[i].value;
        struct cs_place at = cs_place_item(bind, place, i);
        if (!cs_bind_expect(bind, item, CS_NODE_SCALAR, &at))
            continue;
        uint32_t region = cs_bind_ref(bind, CS_SECTION_REGIONS, item->value, &item->mark);
        if (region == CS_NONE)
            continue;
        if (s->region[region].turn != CS_NONE)
            cs_diag_error(bind->diag, &item->mark, "%s: region %s is in it twice",
                          cs_place_text(bind, place), s->region[region].name);
        s->region[region].turn = (uint32_t)i;
    }
}

void cs_dump_weights(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    (void)base;
    for (uint32_t r = 0; s->routing == CS_ROUTING_WEIGHTED && r < s->n_regions; r++)
        cs_sink_print(sink, "%.17g\n", s->region[r].weight);
}

void cs_dump_order(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    (void)base;
    for (uint32_t r = 0; s->routing == CS_ROUTING_FAILOVER && r < s->n_regions; r++)
        cs_sink_print(sink, "%u\n", (unsigned)s->region[r].turn);
}

/* ---- contradictions ---- */

static bool is_given(const struct cs_bind *bind, const char *key)
{
    const struct cs_pair *network = cs_node_find(bind->root, "network");

    return network != NULL && network->value->kind == CS_NODE_MAP &&
           cs_node_find(network->value, key) != NULL;
}

static void check_words(struct cs_bind *bind)
{
    enum cs_routing routing = bind->scenario->routing;

    if (is_given(bind, "weights") && routing != CS_ROUTING_WEIGHTED)
        cs_diag_error(bind->diag, cs_bind_mark(bind, "network.weights"),
                      "network: `weights` are for `routing: weighted`");
    if (is_given(bind, "order") && routing != CS_ROUTING_FAILOVER)
        cs_diag_error(bind->diag, cs_bind_mark(bind, "network.order"),
                      "network: `order` is for `routing: failover`");
}

static void check_sum(struct cs_bind *bind)
{
    const struct cs_scenario *s = bind->scenario;
    double sum = 0;

    for (uint32_t r = 0; r < s->n_regions; r++)
        sum += s->region[r].weight;
    if (fabs(sum - 1) > 1e-6)
        cs_diag_error(bind->diag, cs_bind_mark(bind, "network.weights"),
                      "network.weights: they sum to %.6g%%, not 100%%", sum * 100);
}

static void check_fleet(struct cs_bind *bind, const struct cs_fleet *fleet)
{
    const struct cs_scenario *s = bind->scenario;

    for (uint32_t r = 0; r < s->n_regions; r++)
        if (cs_scenario_may_route(s, fleet, r))
            return;
    cs_diag_error(
        bind->diag,
        cs_bind_mark(bind, cs_arena_printf(bind->scratch, "fleets.%s.regions", fleet->name)),
        "fleets.%s: routing sends nothing to any of its regions", fleet->name);
}

void cs_validate_routing(struct cs_bind *bind)
{
    struct cs_scenario *s = bind->scenario;

    check_words(bind);
    for (uint32_t r = 0; r < s->n_regions; r++) {
        if (s->routing == CS_ROUTING_FAILOVER && !is_given(bind, "order"))
            s->region[r].turn = r;
        if (s->routing == CS_ROUTING_WEIGHTED && !is_given(bind, "weights"))
            s->region[r].weight = 1.0 / s->n_regions;
    }
    if (cs_diagnostics_errors(bind->diag) > 0)
        return;
    if (s->routing == CS_ROUTING_WEIGHTED)
        check_sum(bind);
    for (uint32_t f = 0; f < s->n_fleets && s->routing != CS_ROUTING_NEAREST; f++)
        check_fleet(bind, &s->fleet[f]);
}
