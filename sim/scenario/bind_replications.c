/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "scenario/bind.h"
#include "scenario/dump.h"
#include "scenario/schema_rows.h"

static const struct cs_field replication_rows[] = {
    {.key = "min",
     COUNT,
     AT(cs_scenario, min_replications),
     .min = 2,
     .max = 100000,
     .fallback = "20",
     .doc = "done before the first look"},
    {.key = "max",
     COUNT,
     AT(cs_scenario, replications),
     .min = 2,
     .max = 100000,
     .fallback = "200",
     .doc = "done at most"},
    {.key = "precision",
     SHARE,
     AT(cs_scenario, precision),
     .flags = CS_REQUIRED | CS_POSITIVE,
     .doc = "half-width of the intervals of objectives' values, relative to them"},
};
SCHEMA(cs_schema_replications, "replications", replication_rows, 0);
/* A number, or a map that says when to stop. */
void cs_bind_replications(struct cs_bind *bind, const struct cs_node *node,
                          const struct cs_place *place, void *base)
{
    enum { MOST = 100000 };
    struct cs_scenario *s = base;
    double count = 0;

    if (node->kind == CS_NODE_MAP) {
        cs_bind_map(bind, &cs_schema_replications, node, place, base, true);
        if (s->min_replications > s->replications)
            cs_diag_error(bind->diag, &node->mark, "%s: min is above max",
                          cs_place_text(bind, place));
        return;
    }
    if (!cs_bind_quantity(bind, node, place, CS_DIM_NUMBER, 1, MOST, &count))
        return;
    if (count != floor(count)) {
        cs_bind_refuse(bind, node, place, "a whole number is wanted", "5");
        return;
    }
    s->replications = s->min_replications = (uint32_t)count;
}

void cs_dump_replications(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    (void)base;
    cs_sink_print(sink, "%u %u %.17g\n", (unsigned)s->min_replications,
                  (unsigned)s->replications, s->precision);
}
