/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/json_reader.h"

static struct cs_estimate estimate(struct cs_reader *r, json_t *row, const char *key)
{
    return cs_reader_estimate(r, cs_reader_get(r, row, key));
}

void cs_reader_alert(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_result_alert *alert = &r->result->alert[i];

    alert->name = cs_reader_text(r, row, "name");
    alert->expr = cs_reader_text(r, row, "expr");
    alert->of = cs_reader_text(r, row, "of");
    alert->severity = cs_reader_text(r, row, "severity");
    alert->for_s = cs_reader_number(r, row, "for_s");
    alert->fired = estimate(r, row, "fired_per_window");
    alert->time_firing = estimate(r, row, "time_firing_s");
    alert->first_at = estimate(r, row, "first_at_s");
    alert->ever = estimate(r, row, "fired_at_all");
    alert->note = cs_reader_text(r, row, "note");
}

void cs_reader_health(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_result_health *health = &r->result->health[i];

    health->name = cs_reader_text(r, row, "name");
    health->of = cs_reader_text(r, row, "of");
    health->warning_expr = cs_reader_text(r, row, "warning_expr");
    health->critical_expr = cs_reader_text(r, row, "critical_expr");
    health->healthy = estimate(r, row, "healthy");
    health->warning = estimate(r, row, "warning");
    health->critical = estimate(r, row, "critical");
    health->note = cs_reader_text(r, row, "note");
}

void cs_reader_event(struct cs_reader *r, json_t *row, size_t i)
{
    struct cs_result_event *event = &r->result->event[i];

    event->name = cs_reader_text(r, row, "name");
    event->what = cs_reader_text(r, row, "what");
    event->at_s = cs_reader_number(r, row, "at_s");
    event->for_s = cs_reader_number(r, row, "for_s");
    event->settled = estimate(r, row, "settled");
    event->settle = estimate(r, row, "settle_s");
}
