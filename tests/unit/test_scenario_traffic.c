/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>

#include "capsim/math.h"
#include "capsim/replay.h"
#include "capsim/shape.h"
#include "scenario/validate.h"
#include "test_scenario.h"

#define HEAD                                                                              \
    "capsim: 1\nname: t\nhorizon: { start: 2025-11-26T00:00:00Z, duration: 4d, lead_in: " \
    "1h }\nreplications: 3\nfleets: { f: {} }\n"                                          \
    "functions: { a: { fleet: f, steps: [ { wait: 1s } ] }, b: { fleet: f, steps: [ "     \
    "{ wait: 1s } ] } }\n"
#define TRAFFIC(keys) HEAD "traffic: { t: { " keys ", mix: { a: 75%, b: 25% } } }\n"

static struct loaded sound(const char *text)
{
    struct loaded loaded = load_text(text);

    cr_assert(loaded.scenario != NULL, "%s", loaded.said);
    return loaded;
}

/* ---- growth ---- */

static double per_month(const char *text)
{
    char scenario[1024];

    (void)snprintf(scenario, sizeof scenario,
                   HEAD "traffic: { t: { rate: 1/s, growth: %s, mix: { a: 100%% } } }\n", text);
    struct loaded loaded = sound(scenario);
    double factor = exp(loaded.scenario->source[0].growth.per_s[0] * 365.25 / 12 * 86400);

    loaded_release(&loaded);
    return factor;
}

Test(scenario_traffic, growth_compounds)
{
    cr_expect_float_eq(per_month("8%/month"), 1.08, 1e-12);
    cr_expect_float_eq(per_month("-5 %/month"), 0.95, 1e-12);
    cr_expect_float_eq(per_month("0%/month"), 1.0, 1e-12);
    cr_expect_float_eq(per_month("100%/year"), pow(2, 1 / 12.0), 1e-12);
    cr_expect_float_eq(per_month("33.1%/quarter"), 1.1, 1e-12);
    cr_expect_float_eq(per_month("1%/week"), pow(1.01, 365.25 / 84), 1e-12);
}

/* Through the given quantiles, straight in the normal score between and beyond them. */
Test(scenario_traffic, growth_with_quantiles)
{
    struct loaded loaded =
        sound(TRAFFIC("rate: 1/s, growth: { p90: 14%/month, p10: 4%/month, p50: 8%/month }"));
    const struct cs_growth *growth = &loaded.scenario->source[0].growth;
    double month = 365.25 / 12 * 86400, last = -1;

    cr_assert_eq(growth->n, 3);
    cr_expect_float_eq(exp(cs_growth_quantile(growth, .1) * month), 1.04, 1e-12);
    cr_expect_float_eq(exp(cs_growth_quantile(growth, .5) * month), 1.08, 1e-12);
    cr_expect_float_eq(exp(cs_growth_quantile(growth, .9) * month), 1.14, 1e-12);
    for (int i = 1; i < 1000; i++) {
        double q = cs_growth_quantile(growth, i / 1000.0);

        cr_expect_gt(q, last);
        last = q;
    }
    /* Beyond: p99 lies as far on as z says. */
    double z = cs_normal_quantile(.99) / cs_normal_quantile(.9);
    cr_expect_float_eq(cs_growth_quantile(growth, .99) * month,
                       log(1.08) + z * (log(1.14) - log(1.08)), 1e-12);
    loaded_release(&loaded);
}

/* ---- profiles ---- */

static double rate_at(const struct cs_profile *profile, cs_time t)
{
    struct cs_piece piece = cs_profile_piece(profile, t);

    cr_expect(piece.from <= t && t < piece.to);
    return cs_piece_at(&piece, t);
}

Test(scenario_traffic, a_profile_point_by_point)
{
    struct loaded loaded = sound(
        TRAFFIC("profile: { points: [[10s, 5/s], [20s, 80/s], [25s, 10/s]], join: linear }"));
    const struct cs_profile *p = &loaded.scenario->source[0].profile;

    cr_assert_eq(p->n, 3);
    cr_expect_float_eq(rate_at(p, -5 * CS_S), 5, 1e-12);
    cr_expect_float_eq(rate_at(p, 0), 5, 1e-12);
    cr_expect_float_eq(rate_at(p, 15 * CS_S), 42.5, 1e-12);
    cr_expect_float_eq(rate_at(p, 20 * CS_S), 80, 1e-12);
    cr_expect_float_eq(rate_at(p, 24 * CS_S), 24, 1e-12);
    cr_expect_float_eq(rate_at(p, CS_HOUR), 10, 1e-12);
    /* 10 s at 5, 10 s at 42.5 in the mean, 5 s at 45, 5 s at 10. */
    cr_expect_float_eq(cs_profile_mean(p, 0, 30 * CS_S), (50 + 425 + 225 + 50) / 30.0, 1e-12);
    loaded_release(&loaded);
}

Test(scenario_traffic, a_profile_that_repeats)
{
    struct loaded loaded = sound(
        TRAFFIC("profile: { points: [[10s, 5/s], [20s, 80/s], [25s, 10/s]], repeat: 20s }"));
    struct cs_profile p = loaded.scenario->source[0].profile;

    cr_expect_float_eq(rate_at(&p, 15 * CS_S), 42.5, 1e-12);
    cr_expect_float_eq(rate_at(&p, 27 * CS_S), 8, 1e-12); /* on its way back to 5 */
    cr_expect_float_eq(rate_at(&p, 30 * CS_S), 5, 1e-12);
    cr_expect_float_eq(rate_at(&p, 2015 * CS_S), 42.5, 1e-12);
    cr_expect_float_eq(cs_profile_mean(&p, 10 * CS_S, 2010 * CS_S), (425 + 225 + 37.5) / 20,
                       1e-9);
    p.is_step = true;
    cr_expect_float_eq(rate_at(&p, 15 * CS_S), 5, 1e-12);
    cr_expect_float_eq(rate_at(&p, 29 * CS_S), 10, 1e-12);
    cr_expect_float_eq(rate_at(&p, 30 * CS_S), 5, 1e-12);
    loaded_release(&loaded);
}

/* ---- what is expected ---- */

static double expected_of(const char *text, cs_time from, cs_time to)
{
    struct loaded loaded = sound(text);
    cs_time start = loaded.scenario->horizon.lead_in;
    double n = cs_shape_expected(loaded.scenario, &loaded.scenario->source[0], start + from,
                                 start + to);

    loaded_release(&loaded);
    return n;
}

Test(scenario_traffic, expected_requests)
{
    double day = 86400;

    cr_expect_float_eq(expected_of(TRAFFIC("rate: 2/s"), 0, CS_DAY), 2 * day, 1e-6);
    cr_expect_float_eq(
        expected_of(TRAFFIC("rate: 2/s, calendar: { 2025-11-28: 2.5 }"), 0, 4 * CS_DAY),
        2 * day * 5.5, 1e-6);
    cr_expect_float_eq(
        expected_of(TRAFFIC("rate: 2/s, burst: { factor: 3, high: 30s, low: 10m }"), 0, CS_DAY),
        2 * day * 690 / 630, 1e-6);
    cr_expect_float_eq(
        expected_of(TRAFFIC("rate: 2/s, day_factor: { uniform: { min: 0, max: 3 } }"), 0,
                    CS_DAY),
        3 * day, 1e-6);
    cr_expect_float_eq(
        expected_of(TRAFFIC("profile: { points: [[1m, 0/s], [2m, 60/s], [3m, 0/s]] }"), 0,
                    CS_DAY),
        3600, 1e-6);
    double g = log(1.5) / (365.25 / 12);
    cr_expect_float_eq(expected_of(TRAFFIC("rate: 2/s, growth: 50%/month"), 0, 4 * CS_DAY),
                       2 * day * expm1(4 * g) / g, 0.5);
}

/*
 * Six hours of a day that has all its traffic in the other half: next to none, and
 * the mean of the day over a whole one.  The mean would promise 43,200.
 */
Test(scenario_traffic, a_night_has_fewer_requests_to_simulate)
{
    static const char *const text =
        TRAFFIC("rate: 2/s, daily: [0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1]");
    struct loaded loaded = sound(text);
    struct cs_scenario *s = loaded.scenario;

    s->replications = 3;
    s->horizon.lead_in = 0;
    s->horizon.start_unix_s = 1704070800; /* 01:00 */
    s->horizon.duration = 6 * CS_HOUR;
    cr_expect_float_eq(cs_work_requests(s), 0, 1e-6);
    s->horizon.duration = CS_DAY;
    cr_expect_float_eq(cs_work_requests(s), 3 * 2.0 * 86400, 1);
    s->load = 0.5;
    cr_expect_float_eq(cs_work_requests(s), 3 * 86400, 1);
    loaded_release(&loaded);
}

/* The least of a sum of features: a source with an interval of its own. */
Test(scenario_traffic, expected_requests_of_an_interval)
{
    struct loaded loaded = sound(TRAFFIC("rate: 2/s"));
    struct cs_source *source = &loaded.scenario->source[0];

    source->from = 10 * CS_S;
    source->to = 40 * CS_S;
    cr_expect_float_eq(cs_shape_expected(loaded.scenario, source, 0, CS_DAY), 60, 1e-9);
    source->to = CS_NEVER;
    cr_expect_float_eq(cs_shape_expected(loaded.scenario, source, 0, CS_HOUR + CS_MIN), 100,
                       1e-9);
    loaded_release(&loaded);
}

/* ---- times of a trace ---- */

static cs_time time_of(const char *text)
{
    cs_time at = CS_NEVER;

    return cs_replay_time(text, 1764115200 /* 2025-11-26 */, &at) ? at : CS_NEVER;
}

Test(scenario_traffic, times_of_a_trace)
{
    cr_expect_eq(time_of("12.5"), 12500 * CS_MS);
    cr_expect_eq(time_of("+0.000000001"), 1);
    cr_expect_eq(time_of("-3"), -3 * CS_S);
    cr_expect_eq(time_of("250ms"), 250 * CS_MS);
    cr_expect_eq(time_of("1.5h"), 90 * CS_MIN);
    cr_expect_eq(time_of("-1.25us"), -1250);
    cr_expect_eq(time_of("0.1w"), 7 * CS_DAY / 10);
    cr_expect_eq(time_of("2025-11-26T00:00:00Z"), 0);
    cr_expect_eq(time_of("2025-11-27T01:00:00.000000001Z"), 25 * CS_HOUR + 1);
    cr_expect_eq(time_of("2025-11-25T23:59:59.5Z"), -500 * CS_MS);
    const char *const wrong[] = {"",
                                 "x",
                                 "1,5",
                                 "1.",
                                 ".5",
                                 "1 s",
                                 "1e3",
                                 "12 parsec",
                                 "--1",
                                 "2025-11-26",
                                 "99999999999999999999",
                                 "2025-11-31T00:00:00Z",
                                 "2025-11-26T00:00:00",
                                 "2025-11-26T00:00:00+01:00"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_eq(time_of(wrong[i]), CS_NEVER, "%s", wrong[i]);
}

/* ---- traces ---- */

static struct loaded load_trace(const char *csv, size_t length, const char *keys)
{
    struct folder folder;
    char text[1024];

    folder_init(&folder);
    (void)folder_write_n(&folder, "x.csv", csv, length);
    (void)snprintf(text, sizeof text, HEAD "traffic: { t: { trace: { file: x.csv }%s } }\n",
                   keys);
    struct cs_load_options options = {.path = folder_write(&folder, "s.yaml", text)};
    struct loaded loaded = load_with(&options);

    folder_release(&folder);
    return loaded;
}

static void expect_said(const char *csv, size_t length, const char *keys, const char *what)
{
    struct loaded loaded = load_trace(csv, length, keys);

    cr_expect_null(loaded.scenario);
    cr_expect(strstr(loaded.said, what) != NULL, "%s is not in\n%s", what, loaded.said);
    loaded_release(&loaded);
}

#define SAID(csv, what) expect_said(csv, sizeof csv - 1, "", what)

Test(scenario_traffic, rows_that_are_wrong)
{
    SAID("", "there are no rows");
    SAID("time,function\n", "there are no rows");
    SAID("1,a\n2,a\n", "row 1: \"1\" is no column");
    SAID("function,tier\na,\n", "row 1: there is no column time");
    SAID("time,time\n1,1\n", "row 1: column time is there twice");
    SAID("time,function\n1,a\nx,a\n", "row 3: \"x\" is no time");
    SAID("time,function\n1,a\n\n0.5,a\n", "row 4: earlier than the row before");
    SAID("time,function\n1,c\n", "row 2: unknown function \"c\"");
    SAID("time,function,zone\n1,a,mars\n", "row 2: unknown zone \"mars\"");
    SAID("time,function\n1,a,b\n", "row 2: 3 fields, and there are 2 columns");
    SAID("time,function\n1\n", "row 2: 1 field, and there are 2 columns");
    SAID("time,function\n1,\"a\n", "row 2: a quote that does not close");
    SAID("time,function\n1,a\0b\n", "row 2: a NUL byte");
    SAID("time\n1\n", "it does not say its function");
}

Test(scenario_traffic, a_row_that_is_too_long)
{
    static char csv[70000];

    strcpy(csv, "time,function,user\n1,a,");
    memset(csv + strlen(csv), 'u', 65000);
    expect_said(csv, strlen(csv), "", "row 2: longer than 4095 bytes");
}

/* Rows are read through a buffer: wherever its end falls, they are the same.  The hash is
 * of what the file holds. */
Test(scenario_traffic, a_long_trace)
{
    enum { ROWS = 40000 };
    char *csv = malloc(64 * ROWS), *s = csv;

    s += sprintf(s, "\xef\xbb\xbftime,function,user\r\n");
    for (int i = 0; i < ROWS; i++)
        s += sprintf(s, "%d.%d,%s,user number %d\r\n", i / 10, i % 10, i % 4 == 0 ? "b" : "a",
                     i);
    struct loaded one = load_trace(csv, (size_t)(s - csv), ""),
                  more = load_trace(csv, (size_t)(s - csv - 30), "");

    cr_assert(one.scenario != NULL, "%s", one.said);
    const struct cs_trace *trace = &one.scenario->source[0].trace;
    uint64_t in_slots = 0;

    cr_expect_eq(trace->rows, ROWS);
    cr_expect_eq(trace->by_function[0], ROWS * 3 / 4);
    cr_expect_eq(trace->by_function[1], ROWS / 4);
    cr_expect_eq(trace->last, 3999900 * CS_MS);
    for (uint32_t i = 0; i < trace->n_slots; i++)
        in_slots += trace->by_slot[i];
    cr_expect_eq(in_slots, ROWS);
    cr_expect_float_eq(cs_shape_share(&one.scenario->source[0], 0), 0.75, 1e-12);
    if (more.scenario != NULL)
        cr_expect_str_neq(one.scenario->hash, more.scenario->hash);
    loaded_release(&one);
    loaded_release(&more);
    free(csv);
}

Test(scenario_traffic, what_a_trace_leaves_open_is_drawn)
{
    static const char csv[] = "time,function\n1,\n2,b\n3,\n4,\n";
    struct loaded loaded = load_trace(csv, sizeof csv - 1, ", mix: { a: 50%, b: 50% }");

    cr_assert(loaded.scenario != NULL, "%s", loaded.said);
    cr_expect_float_eq(cs_shape_share(&loaded.scenario->source[0], 1), (1 + 1.5) / 4, 1e-12);
    loaded_release(&loaded);
}

/* ---- bounds ---- */

/* The bound of a day is above the rate at every minute of it, and not far, whatever the
 * clock of the zone: its hours need not be quarters of UTC. */
Test(scenario_traffic, the_bound_of_a_day)
{
    static const char *const offset[] = {"0h", "-5h", "+5.75h", "-7m", "+13m", "-11.9h"};

    for (size_t i = 0; i < sizeof offset / sizeof offset[0]; i++) {
        char text[2048];

        (void)snprintf(text, sizeof text,
                       HEAD
                       "zones: { z: { share: 100%%, utc_offset: %s } }\n"
                       "traffic: { t: { rate: 2/s, daily: [1,1,1,1,9,1,2,3,4,5,6,6,6,1,6,6,"
                       "5,5,5,4,3,2,1,1], weekly: [1,9,1,4,1,1,1], calendar: { 2025-11-28: "
                       "2.5 }, mix: { a: 100%% } } }\n",
                       offset[i]);
        struct loaded loaded = sound(text);
        const struct cs_source *source = &loaded.scenario->source[0];
        cs_time t = cs_shape_day_start(loaded.scenario, 0);

        for (int day = 0; day < 6; day++, t += CS_DAY) {
            double bound = cs_shape_clock_bound(loaded.scenario, source, 2, t), most = 0;

            for (int minute = 0; minute < 1440; minute++)
                for (int side = -1; side <= 0; side++) {
                    cs_time at = t + minute * CS_MIN + side * (minute > 0);

                    most = fmax(most, cs_shape_clock(loaded.scenario, source, 2, at));
                }
            cr_expect(bound >= most && bound < most * 1.001, "%s, day %d: %g and %g", offset[i],
                      day, bound, most);
        }
        loaded_release(&loaded);
    }
}

/* ---- tiers ---- */

/* Unsaid shares are those of the users, in the order of names as said ones are. */
Test(scenario_traffic, tiers_by_their_users)
{
    struct loaded loaded =
        sound(HEAD "tiers: { free: { users: 800 }, paid: { users: 150 }, big: { users: 50 } }\n"
                   "traffic: { t: { rate: 1/s, mix: { a: 100% } }, n: { rate: 1/s, mix: { a: "
                   "100% }, tiers: none } }\n");
    const struct cs_source *source = loaded.scenario->source;

    cr_assert_eq(source->n_tiers, 3);
    cr_expect_str_eq(loaded.scenario->tier[source->tier[0].index].name, "big");
    cr_expect_float_eq(source->tier[0].cumulative, 0.05, 1e-15);
    cr_expect_str_eq(loaded.scenario->tier[source->tier[1].index].name, "free");
    cr_expect_float_eq(source->tier[1].cumulative, 0.85, 1e-15);
    cr_expect_eq(source->tier[2].cumulative, 1);
    cr_expect_eq(source[1].n_tiers, 0);
    loaded_release(&loaded);
}
