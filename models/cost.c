/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: an instance is paid from its start to its end, starting and idle time
 *             included, or (billed: busy) for the time in which it has a request;
 *             what has a fixed price is paid for the measured window.
 * Equation:   cost = sum of price * quantity over the window; a month is 30 days.
 * Source:     -
 * Leaves out: free allotments, steps of rounding, egress, what answers of the edge and
 *             dependencies cost.
 */
#include "platform.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "capsim/array.h"

#define GB 0x1p30
#define HOUR_S 3600.0
#define MONTH_S (30.0 * 86400.0)

void cs_cost_wire_cell(struct cs_model *model, struct cs_cell *cell, struct cs_labels labels)
{
    static const unsigned all[] = {0, 1, 2, 3};
    struct cs_fan life = {0}, busy = {0}, cpu = {0}, used = {0};

    cs_integrals_build(&life, model, "instance_seconds_total", "seconds", 1.0, labels, all, 4,
                       &cell->alive_rows);
    cs_integrals_build(&busy, model, "busy_instance_seconds_total", "seconds", 1.0, labels, all,
                       4, &cell->state_rows[CS_INSTANCE_BUSY]);
    if (cs_scenario_ever_has(model->scenario, CS_HAS_MEMORY, cell->fleet, 0))
        cs_integrals_build(&cell->memory_rows, model, "gb_hours_total", "GB h",
                           1.0 / (GB * HOUR_S), labels, all, 4, NULL);
    if (!cs_scenario_ever_has(model->scenario, CS_HAS_CPU, cell->fleet, 0))
        return;
    for (uint32_t i = 0; i < cell->cpu_share.n; i++)
        used.level[used.n++] = cell->cpu_share.row[i]->part;
    cs_integrals_build(&cpu, model, "cpu_seconds_total", "seconds", 1e-6, labels, all, 3,
                       &used);
}

/* ---- money ---- */

struct bill {
    struct cs_model *model;
    struct cs_metric_term *term; /* of all items so far, for the total */
    size_t n;
    double fixed;
};

static void add_row(struct bill *bill, struct cs_labels labels, double fixed,
                    const struct cs_metric_term *term, size_t n)
{
    struct cs_model *model = bill->model;
    const struct cs_prices *prices = &model->scenario->prices;
    const char *unit = prices->exists ? prices->currency : "currency";
    double months = cs_time_s(model->end - model->start) / MONTH_S;
    struct cs_metric_term *monthly = CS_NEW_ARRAY(struct cs_metric_term, n + 1);

    for (size_t i = 0; i < n; i++) {
        monthly[i] = term[i];
        monthly[i].factor /= months;
    }
    cs_metric_sum(model->registry, "cost", unit, labels, fixed, term, n);
    cs_metric_sum(model->registry, "cost_per_month", unit, labels, fixed / months, monthly, n);
    free(monthly);
}

/* price * the total row of this name, where both exist. */
static void add_item(struct bill *bill, const char *item, const char *name, enum cs_stat stat,
                     double price)
{
    const struct cs_labels none = CS_NO_LABELS;
    size_t row = cs_row_find(bill->model, name, &none);
    struct cs_metric_term term = {.row = row, .stat = stat, .factor = price};

    if (isnan(price) || row == cs_registry_metrics(bill->model->registry))
        return;
    add_row(bill, CS_LABELS({"item", item}), 0.0, &term, 1);
    bill->term[bill->n++] = term;
}

static void add_database(struct bill *bill, uint32_t d)
{
    struct cs_model *model = bill->model;
    double price = model->scenario->prices.database_s[d];
    double fixed = price * cs_time_s(model->end - model->start);
    char *name = model->cost_item[d];

    if (isnan(price))
        return;
    snprintf(name, sizeof model->cost_item[d], "database:%s",
             model->scenario->database[d].name);
    add_row(bill, CS_LABELS({"item", name}), fixed, NULL, 0);
    bill->fixed += fixed;
}

void cs_costs_wire(struct cs_model *model)
{
    static const unsigned masks[] = {0, 1};
    const struct cs_scenario *scenario = model->scenario;
    const struct cs_prices *prices = &scenario->prices;
    struct cs_metric_term term[4];
    struct bill bill = {.model = model, .term = term};

    for (uint32_t d = 0; d < scenario->n_databases; d++) {
        struct cs_fan hours = {0};

        cs_integrals_build(&hours, model, "connection_hours_total", "connection h",
                           1.0 / HOUR_S, CS_LABELS({"database", scenario->database[d].name}),
                           masks, 2, &model->database[d].clients_rows);
    }
    if (!prices->exists) { /* money is unknown */
        add_row(&bill, CS_NO_LABELS, (double)NAN, NULL, 0);
        return;
    }
    model->cost_item = cs_calloc(scenario->n_databases + 1u, sizeof *model->cost_item);
    add_item(&bill, "gb_hours", "gb_hours_total", CS_STAT_TOTAL, prices->gb_hour);
    add_item(&bill, "cpu_hours", "cpu_seconds_total", CS_STAT_TOTAL, prices->cpu_hour / HOUR_S);
    add_item(&bill, "invocations", "invocations_total", CS_STAT_COUNT,
             prices->million_invocations / 1e6);
    add_item(&bill, "connection_hours", "connection_hours_total", CS_STAT_TOTAL,
             prices->connection_hour);
    for (uint32_t d = 0; d < scenario->n_databases; d++)
        add_database(&bill, d);
    add_row(&bill, CS_NO_LABELS, bill.fixed, term, bill.n);
}

void cs_costs_release(struct cs_model *model)
{
    free(model->cost_item);
}
