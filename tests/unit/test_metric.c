/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "capsim/metric.h"

enum { START = 100, HOUR_START = 120, HOUR_END = 160, END = 200, STEP = 30 };

static const unsigned level_stats = CS_STAT_BIT(CS_STAT_TIME_MEAN) |
                                    CS_STAT_BIT(CS_STAT_TIME_P95) |
                                    CS_STAT_BIT(CS_STAT_BUSY_HOUR) | CS_STAT_BIT(CS_STAT_MAX);

/* A window of 100 s in four steps, the last of 10 s, with an hour of 40 s. */
static struct cs_registry *new_registry(void)
{
    struct cs_registry *registry = cs_registry_new();

    cs_registry_window(registry, START * CS_S, END * CS_S, STEP * CS_S, HOUR_START * CS_S,
                       HOUR_END * CS_S);
    return registry;
}

static double value(const struct cs_registry *registry, size_t i, enum cs_stat stat)
{
    return cs_metric_value(registry, cs_registry_metric(registry, i), stat);
}

static double point(const struct cs_registry *registry, size_t i, size_t step)
{
    return (double)cs_registry_series(registry, i)->value[step];
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-6 * (1.0 + fabs(b));
}

/* All instants at which the registry must be told, and a level that is set on
 * the way: 9 before the window, 2 from its start, 6 in the middle of the hour,
 * 1 after the hour, 50 once the window is over. */
static void run_window(struct cs_registry *registry, struct cs_level *level)
{
    cs_level_set(level, 9, 50 * CS_S);
    cs_level_set(level, 2, START * CS_S);
    cs_registry_start(registry, START * CS_S);
    cs_registry_hour(registry, HOUR_START * CS_S, true);
    cs_registry_step(registry, 130 * CS_S);
    cs_level_set(level, 6, 140 * CS_S);
    cs_level_set(level, 1, HOUR_END * CS_S);
    cs_registry_hour(registry, HOUR_END * CS_S, false);
    cs_registry_step(registry, 160 * CS_S);
    cs_registry_step(registry, 190 * CS_S);
    cs_registry_step(registry, END * CS_S);
    cs_registry_end(registry, END * CS_S);
    cs_level_set(level, 50, 210 * CS_S);
    cs_level_flush(level, 900 * CS_S);
}

Test(metric, names_and_quantiles)
{
    cr_expect_str_eq(cs_stat_name(CS_STAT_P999), "p999");
    cr_expect_str_eq(cs_stat_name(CS_STAT_BUSY_HOUR), "busy_hour");
    for (int stat = 0; stat < CS_STATS; stat++)
        for (int other = 0; other < stat; other++)
            cr_expect_str_neq(cs_stat_name((enum cs_stat)stat),
                              cs_stat_name((enum cs_stat)other));
    cr_expect(cs_stat_quantile(CS_STAT_P999) == 0.999);
    cr_expect(cs_stat_quantile(CS_STAT_MEAN) == 0.0);
    cr_expect(cs_stat_quantile(CS_STAT_RATIO) == 0.0);
}

Test(metric, times_are_shown_in_seconds)
{
    struct cs_registry *registry = new_registry();
    struct cs_hist *hist = cs_metric_time(registry, "t", CS_NO_LABELS,
                                          CS_STAT_BIT(CS_STAT_MEAN) | CS_STAT_BIT(CS_STAT_P50));

    cr_expect(isnan(value(registry, 0, CS_STAT_MEAN)));
    cr_expect(isnan(value(registry, 0, CS_STAT_P50)));
    cr_expect(isnan(value(registry, 0, CS_STAT_MAX)));
    for (int i = 1; i <= 1000; i++)
        cs_hist_add(hist, i * CS_MS);
    cr_expect(near(value(registry, 0, CS_STAT_MEAN), 0.5005));
    cr_expect(fabs(value(registry, 0, CS_STAT_P50) - 0.5) < 0.004);
    cr_expect(fabs(value(registry, 0, CS_STAT_P99) - 0.99) < 0.008);
    cr_expect(value(registry, 0, CS_STAT_MAX) == 1.0);
    cr_expect_str_eq(cs_registry_metric(registry, 0)->unit, "seconds");
    cs_registry_free(registry);
}

Test(metric, ratios_of_counts)
{
    struct cs_registry *registry = new_registry();
    uint64_t *all = cs_metric_count(registry, "all", "requests", CS_NO_LABELS, NULL);
    uint64_t *bad = cs_metric_count(registry, "bad", "requests", CS_NO_LABELS, all);

    cr_expect_eq(cs_registry_metric(registry, 0)->stats, CS_STAT_BIT(CS_STAT_COUNT));
    cr_expect_eq(cs_registry_metric(registry, 1)->stats,
                 CS_STAT_BIT(CS_STAT_COUNT) | CS_STAT_BIT(CS_STAT_RATIO));
    cr_expect(value(registry, 1, CS_STAT_COUNT) == 0.0);
    cr_expect(isnan(value(registry, 1, CS_STAT_RATIO)), "no share of nothing");
    *all = 8;
    *bad = 2;
    cr_expect(value(registry, 0, CS_STAT_COUNT) == 8.0);
    cr_expect(value(registry, 1, CS_STAT_COUNT) == 2.0);
    cr_expect(value(registry, 1, CS_STAT_RATIO) == 0.25);
    cs_registry_free(registry);
}

Test(metric, a_level_is_taken_over_the_window_alone)
{
    struct cs_registry *registry = new_registry();

    run_window(registry, cs_metric_level(registry, "l", "requests", CS_NO_LABELS, level_stats));
    /* 2 for 40 s, 6 for 20 s, 1 for 40 s. */
    cr_expect(near(value(registry, 0, CS_STAT_TIME_MEAN), 2.4));
    cr_expect(near(value(registry, 0, CS_STAT_BUSY_HOUR), 4.0));
    cr_expect(value(registry, 0, CS_STAT_MAX) == 6.0);
    cr_expect(value(registry, 0, CS_STAT_TIME_P95) == 6.0);
    cs_registry_free(registry);
}

Test(metric, a_share_is_the_ratio_of_the_sums)
{
    struct cs_registry *registry = new_registry();
    struct cs_level *whole =
        cs_metric_level(registry, "whole", "connections", CS_NO_LABELS, level_stats);
    struct cs_level *part =
        cs_metric_level(registry, "part", "connections", CS_NO_LABELS, level_stats);
    struct cs_level *share =
        cs_metric_share(registry, "share", CS_NO_LABELS, level_stats, part, whole);

    cs_level_set(whole, 10, 0);
    cs_level_set(part, 2, 0);
    cs_level_set(share, 2000, 0);
    cs_registry_start(registry, START * CS_S);
    cs_registry_hour(registry, HOUR_START * CS_S, true);
    cs_level_set(whole, 40, 150 * CS_S); /* 2 of 10, then 40 of 40 */
    cs_level_set(part, 40, 150 * CS_S);
    cs_level_set(share, 10000, 150 * CS_S);
    cs_registry_hour(registry, HOUR_END * CS_S, false);
    cs_registry_end(registry, END * CS_S);
    /* The mean of the shares would be 0.6. */
    cr_expect(near(value(registry, 2, CS_STAT_TIME_MEAN), 2100.0 / 2500.0));
    cr_expect(near(value(registry, 2, CS_STAT_BUSY_HOUR), 460.0 / 700.0));
    cr_expect(value(registry, 2, CS_STAT_MAX) == 1.0);
    /* A bin of the distribution over time reaches to 10,015 there. */
    cr_expect(value(registry, 2, CS_STAT_TIME_P95) == 1.0, "no quantile above the maximum");
    cs_registry_free(registry);
}

Test(metric, a_share_of_nothing_is_none)
{
    struct cs_registry *registry = new_registry();
    struct cs_level *whole =
        cs_metric_level(registry, "whole", "connections", CS_NO_LABELS, level_stats);

    cs_metric_share(registry, "share", CS_NO_LABELS, level_stats, whole, whole);
    run_window(registry,
               cs_metric_level(registry, "other", "requests", CS_NO_LABELS, level_stats));
    cr_expect(value(registry, 1, CS_STAT_TIME_MEAN) == 0.0);
    cr_expect(value(registry, 1, CS_STAT_MAX) == 0.0);
    cs_registry_free(registry);
}

/* 2 for 40 s, 6 for 20 s, 1 for 40 s, of a row's level and of its own. */
Test(metric, an_integral_is_over_the_window_alone)
{
    struct cs_registry *registry = new_registry();
    struct cs_level *level =
        cs_metric_level(registry, "l", "instances", CS_NO_LABELS, level_stats);

    cr_expect_eq(cs_metric_integral(registry, "s", "seconds", CS_NO_LABELS, 1.0, level), level);
    cs_metric_integral(registry, "h", "hours", CS_NO_LABELS, 1.0 / 3600, level);
    run_window(registry, level);
    cr_expect(near(value(registry, 1, CS_STAT_TOTAL), 240.0));
    cr_expect(near(value(registry, 2, CS_STAT_TOTAL), 240.0 / 3600));
    cr_expect_eq(cs_registry_metric(registry, 1)->stats, CS_STAT_BIT(CS_STAT_TOTAL));
    cs_registry_free(registry);
    registry = new_registry();
    run_window(registry, cs_metric_integral(registry, "o", "seconds", CS_NO_LABELS, 0.5, NULL));
    cr_expect(near(value(registry, 0, CS_STAT_TOTAL), 120.0));
    cs_registry_free(registry);
}

Test(metric, a_sum_of_other_rows)
{
    struct cs_registry *registry = new_registry();
    uint64_t *count = cs_metric_count(registry, "c", "requests", CS_NO_LABELS, NULL);
    struct cs_level *level =
        cs_metric_integral(registry, "s", "seconds", CS_NO_LABELS, 1.0, NULL);
    struct cs_metric_term term[] = {{0, CS_STAT_COUNT, 2.0}, {1, CS_STAT_TOTAL, 0.5}};

    cs_metric_sum(registry, "both", "EUR", CS_NO_LABELS, 7.0, term, 2);
    cs_metric_sum(registry, "fixed", "EUR", CS_NO_LABELS, 7.0, NULL, 0);
    cs_metric_sum(registry, "unknown", "EUR", CS_NO_LABELS, (double)NAN, term, 2);
    term[0].factor = 1e9; /* its own copy */
    *count = 3;
    run_window(registry, level);
    cr_expect(near(value(registry, 2, CS_STAT_TOTAL), 7.0 + 6.0 + 120.0));
    cr_expect(near(value(registry, 3, CS_STAT_TOTAL), 7.0));
    cr_expect(isnan(value(registry, 4, CS_STAT_TOTAL)));
    cs_registry_free(registry);
}

Test(metric, an_alias_shows_the_same_under_another_name)
{
    struct cs_registry *registry = new_registry();
    struct cs_level *level = cs_metric_level(
        registry, "l", "requests", CS_LABELS({"fleet", "a"}, {"region", "r"}), level_stats);

    for (int i = 0; i < 40; i++) /* more than the first allocation holds */
        cs_metric_alias(registry, 0, "other", CS_LABELS({"fleet", "a"}));
    run_window(registry, level);
    cr_expect_eq(cs_registry_metrics(registry), 41);
    for (size_t i = 1; i < 41; i++) {
        const struct cs_metric *metric = cs_registry_metric(registry, i);

        cr_expect_str_eq(metric->name, "other");
        cr_expect_str_eq(metric->labels.label[0].value, "a");
        cr_expect_null(metric->labels.label[1].key);
        for (int stat = CS_STAT_TIME_MEAN; stat < CS_STATS; stat++)
            cr_expect(value(registry, i, (enum cs_stat)stat) ==
                      value(registry, 0, (enum cs_stat)stat));
        cr_expect(value(registry, i, CS_STAT_MAX) == 6.0);
    }
    cs_registry_free(registry);
}

Test(metric, a_level_in_steps)
{
    struct cs_registry *registry = new_registry();
    struct cs_level *level =
        cs_metric_level(registry, "l", "requests", CS_NO_LABELS, level_stats);

    cs_series_level(registry, "l", "requests", CS_NO_LABELS, level);
    run_window(registry, level);
    cr_assert_eq(cs_registry_steps(registry), 4);
    cr_expect_eq(cs_registry_step_length(registry), STEP * CS_S);
    cr_expect(near(point(registry, 0, 0), 2.0));
    cr_expect(near(point(registry, 0, 1), (2.0 * 10 + 6.0 * 20) / 30));
    cr_expect(near(point(registry, 0, 2), 1.0));
    cr_expect(near(point(registry, 0, 3), 1.0), "the short last step, by its own length");
    cs_registry_free(registry);
}

/* What was counted before the window must not show in its first step. */
Test(metric, counters_in_steps)
{
    struct cs_registry *registry = new_registry();
    uint64_t bad = 7, all = 70;

    cs_series_ratio(registry, "ratio", CS_NO_LABELS, &bad, &all);
    cs_series_rate(registry, "rate", "requests/s", CS_NO_LABELS, &all);
    cs_registry_start(registry, START * CS_S);
    all += 60;
    bad += 15;
    cs_registry_step(registry, 130 * CS_S);
    cs_registry_step(registry, 160 * CS_S);
    cs_registry_step(registry, 190 * CS_S);
    all += 5;
    cs_registry_step(registry, END * CS_S);
    cs_registry_step(registry, END * CS_S); /* no time has passed: no step */
    cr_expect(near(point(registry, 0, 0), 0.25));
    cr_expect(isnan(point(registry, 0, 1)), "nothing counted, no share");
    cr_expect(near(point(registry, 0, 3), 0.0));
    cr_expect(near(point(registry, 1, 0), 2.0));
    cr_expect(near(point(registry, 1, 1), 0.0));
    cr_expect(near(point(registry, 1, 3), 0.5), "5 in the last 10 s");
    cs_registry_free(registry);
}

Test(metric, quantiles_in_steps)
{
    static const enum cs_stat stats[] = {CS_STAT_P50, CS_STAT_P99};
    struct cs_registry *registry = new_registry();
    struct cs_hist *hist = cs_series_time(registry, "t", CS_NO_LABELS, stats, 2);

    cs_hist_add(hist, 900 * CS_S); /* before the window */
    cs_registry_start(registry, START * CS_S);
    for (int i = 0; i < 10; i++)
        cs_hist_add(hist, i < 9 ? CS_S : 5 * CS_S);
    cs_registry_step(registry, 130 * CS_S);
    cs_registry_step(registry, 160 * CS_S);
    cs_hist_add(hist, 3 * CS_S);
    cs_registry_step(registry, 190 * CS_S);
    cr_expect_eq(cs_registry_n_series(registry), 2);
    cr_expect_str_eq(cs_registry_series(registry, 1)->stat, "p99");
    cr_expect(fabs(point(registry, 0, 0) - 1.0) < 0.01);
    cr_expect(fabs(point(registry, 1, 0) - 5.0) < 0.05);
    cr_expect(isnan(point(registry, 0, 1)), "the histogram is emptied after each step");
    cr_expect(fabs(point(registry, 0, 2) - 3.0) < 0.03);
    cr_expect(isnan(point(registry, 0, 3)), "a step that never came");
    cs_registry_free(registry);
}

Test(metric, shares_in_steps)
{
    struct cs_registry *registry = new_registry();
    struct cs_level part, whole;

    cs_level_init(&part, 0, false);
    cs_level_init(&whole, 0, false);
    cs_series_share(registry, "s", CS_NO_LABELS, &part, &whole);
    cs_registry_start(registry, START * CS_S);
    cs_registry_step(registry, 130 * CS_S);
    cs_level_set(&whole, 8, 130 * CS_S);
    cs_level_set(&part, 4, 145 * CS_S);
    cs_registry_step(registry, 160 * CS_S);
    cr_expect(near(point(registry, 0, 0), 0.0), "nothing there is nothing in use");
    cr_expect(near(point(registry, 0, 1), 0.25));
    cs_registry_free(registry);
    cs_level_release(&part);
    cs_level_release(&whole);
}

/* A pointer handed out stays good while the registry grows. */
Test(metric, collectors_do_not_move)
{
    enum { ROWS = 300 };
    struct cs_registry *registry = new_registry();
    uint64_t *count[ROWS];

    for (int i = 0; i < ROWS; i++)
        count[i] = cs_metric_count(registry, "c", "1", CS_NO_LABELS, NULL);
    for (int i = 0; i < ROWS; i++)
        *count[i] = (uint64_t)i;
    for (size_t i = 0; i < ROWS; i++)
        cr_expect(value(registry, i, CS_STAT_COUNT) == (double)i);
    cs_registry_free(registry);
}

/* A maximum that the model keeps: nothing yet is 0, and its row is `max`. */
Test(metric, a_peak)
{
    struct cs_registry *registry = new_registry();
    double *peak = cs_metric_peak(registry, "p", "1", CS_NO_LABELS);

    cr_expect_eq(cs_registry_metric(registry, 0)->stats, CS_STAT_BIT(CS_STAT_MAX));
    cr_expect_eq(value(registry, 0, CS_STAT_MAX), 0.0);
    *peak = 2.5;
    cr_expect_eq(value(registry, 0, CS_STAT_MAX), 2.5);
    cs_registry_free(registry);
}
