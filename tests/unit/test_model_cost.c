/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is used up and what it costs, by hand. */
#include <math.h>

#include "model_fixture.h"

/* Two fleets; an instance of `f` starts for 2 s, works for 3 s (0.4 s of CPU at 1 vCPU,
 * then 2.6 s), is idle for 10 s; one of `g` does nothing and goes after 4 s. */
#define PLATFORM                                                                      \
    STAGE_HEAD                                                                        \
    "fleets:\n"                                                                       \
    "  f: { memory: 2048MB, vcpus: 1, cold_start: 2s, idle_timeout: 10s }\n"          \
    "  g: { memory: 512MB, vcpus: 1, idle_timeout: 4s }\n"                            \
    "databases:\n"                                                                    \
    "  db: { pool: { max: 1, connect: 1s, idle_timeout: 2s }, queries: { q: 1s } }\n" \
    "  spare: { queries: { z: 1s } }\n"                                               \
    "functions:\n"                                                                    \
    "  work: { fleet: f, steps: [ { cpu: 400ms }, { wait: 2.6s } ] }\n"               \
    "  none: { fleet: g, steps: [] }\n"                                               \
    "  ask: { fleet: f, steps: [ { query: q } ] }\n"                                  \
    "traffic: { t: { rate: 1/s, mix: { work: 100% } } }\n"
#define PRICES                                                                           \
    "prices: { currency: EUR, gb_hour: 0.18, million_invocations: 0.60, cpu_hour: 0.5, " \
    "connection_hour: 0.02, databases.db: 10/month }\n"

static double total(const struct stage *stage, const char *name, const char *label)
{
    return cs_metric_value(cs_model_registry(stage->model),
                           metric_of(stage->model, name, label), CS_STAT_TOTAL);
}

static void near(double got, double want, const char *what)
{
    cr_expect(fabs(got - want) <= 1e-9 * (fabs(want) + 1e-12), "%s: %.12g, not %.12g", what,
              got, want);
}

#define TOTAL(name, label, want) near(total(&stage, name, label), want, name)

static void run_day(struct stage *stage, const char *text)
{
    stage_open(stage, text);
    stage_send(stage, 0, "work");
    stage_send(stage, 100, "none");
    stage_send(stage, 100000, "ask");
    cs_model_run(stage->model);
    all_checks_hold(stage->model);
}

/* `ask` at 100 s: a start of 2 s, 1 s of connecting, 1 s of query, 10 s of idleness; its
 * connection is there for 1 + 1 + 2 s. */
Test(model_cost, what_is_used_up)
{
    struct stage stage;

    run_day(&stage, PLATFORM);
    TOTAL("instance_seconds_total", "fleet=f", 15.0 + 14.0);
    TOTAL("instance_seconds_total", "fleet=g", 4.0);
    TOTAL("instance_seconds_total", NULL, 33.0);
    TOTAL("busy_instance_seconds_total", "fleet=f", 3.0 + 2.0);
    TOTAL("busy_instance_seconds_total", NULL, 5.0);
    TOTAL("gb_hours_total", "fleet=f", 2.0 * 29.0 / 3600);
    TOTAL("gb_hours_total", NULL, (2.0 * 29.0 + 0.5 * 4.0) / 3600);
    TOTAL("cpu_seconds_total", "fleet=f", 0.4);
    TOTAL("cpu_seconds_total", NULL, 0.4);
    TOTAL("connection_hours_total", "database=db", 4.0 / 3600);
    TOTAL("connection_hours_total", "database=spare", 0.0);
    TOTAL("connection_hours_total", NULL, 4.0 / 3600);
    stage_close(&stage);
}

Test(model_cost, without_prices_money_is_unknown)
{
    struct stage stage;

    run_day(&stage, PLATFORM);
    cr_expect(isnan(total(&stage, "cost", NULL)));
    cr_expect(isnan(total(&stage, "cost_per_month", NULL)));
    stage_close(&stage);
}

Test(model_cost, a_bill)
{
    struct stage stage;
    double gb = 0.18 * 60.0 / 3600, cpu = 0.5 * 0.4 / 3600, calls = 0.60 * 3e-6;
    double open = 0.02 * 4.0 / 3600, db = 10.0 / 720, month = 720;

    run_day(&stage, PLATFORM PRICES);
    TOTAL("cost", "item=gb_hours", gb);
    TOTAL("cost", "item=cpu_hours", cpu);
    TOTAL("cost", "item=invocations", calls);
    TOTAL("cost", "item=connection_hours", open);
    TOTAL("cost", "item=database:db", db);
    TOTAL("cost", NULL, gb + cpu + calls + open + db);
    TOTAL("cost_per_month", "item=gb_hours", gb * month);
    TOTAL("cost_per_month", "item=database:db", 10.0);
    TOTAL("cost_per_month", NULL, (gb + cpu + calls + open + db) * month);
    cr_expect_str_eq(metric_of(stage.model, "cost", NULL)->unit, "EUR");
    stage_close(&stage);
}

Test(model_cost, billed_for_busy_time_alone)
{
    struct stage stage;

    run_day(&stage, PLATFORM "prices: { gb_hour: 0.18, billed: busy }\n");
    TOTAL("gb_hours_total", NULL, 2.0 * 5.0 / 3600);
    TOTAL("instance_seconds_total", NULL, 33.0);
    TOTAL("cost", NULL, 0.18 * 2.0 * 5.0 / 3600);
    cr_expect_str_eq(metric_of(stage.model, "cost", NULL)->unit, "USD");
    stage_close(&stage);
}

Test(model_cost, what_has_no_price_is_no_item)
{
    struct stage stage;

    run_day(&stage, PLATFORM "prices: { databases.spare: 3/day, databases.db: 0.5/hour }\n");
    TOTAL("cost", "item=database:spare", 3.0 / 24);
    TOTAL("cost", "item=database:db", 0.5);
    TOTAL("cost", NULL, 0.5 + 3.0 / 24);
    const struct cs_registry *registry = cs_model_registry(stage.model);
    int rows = 0;

    for (size_t i = 0; i < cs_registry_metrics(registry); i++)
        rows += strcmp(cs_registry_metric(registry, i)->name, "cost") == 0;
    cr_expect_eq(rows, 3);
    stage_close(&stage);
}

/* The lead-in costs nothing: an instance that starts in it is paid from the window's
 * start on. */
Test(model_cost, the_window_alone)
{
    struct stage stage;

    stage_open(&stage, "capsim: 1\nname: test\nhorizon: { duration: 1h, lead_in: 10s }\n"
                       "replications: 2\nseed: 1\n"
                       "fleets: { f: { memory: 1024MB, idle_timeout: 7s } }\n"
                       "functions: { r: { fleet: f, steps: [ { wait: 5s } ] } }\n"
                       "traffic: { t: { rate: 1/s, mix: { r: 100% } } }\n");
    stage_send(&stage, 4000, "r"); /* there from 4 s to 16 s */
    cs_model_run(stage.model);
    TOTAL("instance_seconds_total", NULL, 6.0);
    TOTAL("gb_hours_total", NULL, 6.0 / 3600);
    TOTAL("busy_instance_seconds_total", NULL, 0.0);
    stage_close(&stage);
}

/* By region too, and the parts make the whole. */
Test(model_cost, regions_add_up)
{
    struct stage stage;

    stage_open_live(
        &stage, STAGE_HEAD
        "zones: { x: { share: 50% }, y: { share: 50% } }\nregions: { a: {}, b: {} }\n"
        "network: { rtt: { x: { a: 10ms, b: 50ms }, y: { a: 50ms, b: 10ms } } }\n"
        "fleets: { f: { memory: 1024MB, idle_timeout: 7s } }\n"
        "functions: { r: { fleet: f, steps: [ { cpu: 50ms } ] } }\n"
        "traffic: { t: { rate: 2/s, mix: { r: 100% } } }\n"
        "prices: { gb_hour: 1 }\n");
    cs_model_run(stage.model);
    TOTAL("gb_hours_total", NULL,
          total(&stage, "gb_hours_total", "region=a") +
              total(&stage, "gb_hours_total", "region=b"));
    cr_expect_gt(total(&stage, "gb_hours_total", "region=b"), 0.5);
    TOTAL("cost", NULL, total(&stage, "gb_hours_total", NULL));
    TOTAL("cpu_seconds_total", NULL,
          total(&stage, "cpu_seconds_total", "region=a") +
              total(&stage, "cpu_seconds_total", "region=b"));
    stage_close(&stage);
}
