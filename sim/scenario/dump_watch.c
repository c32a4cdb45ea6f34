/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/dump.h"
#include "scenario/schema.h"

static void dump_expr(struct cs_sink *sink, const struct cs_expr *expr)
{
    cs_sink_print(sink, "%u\n", (unsigned)expr->n);
    for (uint32_t i = 0; i < expr->n; i++) {
        const struct cs_term *term = &expr->term[i];

        cs_sink_print(sink, "%s %s %d %d %.17g %lld %lld %d %.17g\n",
                      term->is_alternative ? "or" : "and",
                      term->level != NULL ? term->level : "-", (int)term->measure,
                      (int)term->latency, term->quantile, (long long)term->under,
                      (long long)term->range, (int)term->compare, term->threshold);
    }
}

static void dump_scope(struct cs_sink *sink, const struct cs_scenario *s,
                       const struct cs_subject *scope)
{
    const struct cs_slo slo = {.of = scope->of, .of_index = scope->index};

    cs_dump_of(sink, s, &slo);
}

void cs_dump_alert_expr(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_alert *alert = base;

    (void)s;
    dump_expr(sink, &alert->expr);
}

void cs_dump_alert_of(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_alert *alert = base;

    dump_scope(sink, s, &alert->of);
}

void cs_dump_health_warning(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_dashboard *dashboard = base;

    (void)s;
    dump_expr(sink, &dashboard->warning);
}

void cs_dump_health_critical(struct cs_sink *sink, const struct cs_scenario *s,
                             const void *base)
{
    const struct cs_dashboard *dashboard = base;

    (void)s;
    dump_expr(sink, &dashboard->critical);
}

void cs_dump_health_of(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_dashboard *dashboard = base;

    dump_scope(sink, s, &dashboard->of);
}
