/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must stay the same between two runs, whatever makes the rate change. */
#include "traffic_fixture.h"

#define WINDOW "duration: 60s, lead_in: 10s, sample: 1s"
#define PAIR(load, keys)                                                            \
    "capsim: 1\nname: test\nhorizon: { start: 2025-11-27T23:59:30Z, " WINDOW " }\n" \
    "replications: 2\nseed: 7\nload: " load "\n" PLATFORM                           \
    SOURCE(keys)

#define PROFILE "profile: { points: [[0s, 5/s], [20s, 40/s], [25s, 10/s]], repeat: 40s }"
#define GROWTH "growth: { p10: 4%/week, p90: 14%/week }"
#define CALENDAR "calendar: { 2025-11-28: 2.5 }"
#define DAYS "day_factor: { gamma: { mean: 1, cv: 0.5 } }"
#define BURST "burst: { factor: 3, high: 3s, low: 10s }"

static void expect_nested(const char *half, const char *one, const char *more)
{
    struct stage a, b, c;

    stage_run_scenario(&a, load_or_fail(half), NULL);
    stage_run_scenario(&b, load_or_fail(one), NULL);
    stage_run_scenario(&c, load_or_fail(more), NULL);
    struct pairs up = pairs_of(&b, &c), down = pairs_of(&a, &b);

    cr_expect_gt(up.both, 300, "%d", up.both);
    cr_expect_eq(up.differ + up.only_first + up.only_second, 0, "of %d: %d differ, %d, %d",
                 up.both, up.differ, up.only_first, up.only_second);
    cr_expect_eq(down.differ + down.only_first, 0, "of %d: %d differ, %d", down.both,
                 down.differ, down.only_first);
    cr_expect(down.both > up.both * 2 / 5 && down.both < up.both * 3 / 5, "%d of %d", down.both,
              up.both);
    cr_expect_gt(cs_model_requests(c.model), cs_model_requests(b.model) * 6 / 5);
    stage_close(&a);
    stage_close(&b);
    stage_close(&c);
}

#define NESTED(keys) expect_nested(PAIR("0.5", keys), PAIR("1", keys), PAIR("1.3", keys))

/* All who come at load 1 come at 1.3 too, at the same instants, by the same users. */
Test(model_pairs, a_load_within_a_greater)
{
    NESTED("rate: 12/s");
    NESTED(PROFILE);
    NESTED("rate: 12/s, " GROWTH);
    NESTED("rate: 12/s, " CALENDAR);
    NESTED("rate: 12/s, " DAYS);
    NESTED("rate: 12/s, " BURST);
    NESTED(PROFILE ", " GROWTH ", " CALENDAR ", " DAYS ", " BURST);
}

/* ---- others ---- */

#define BESIDE(other)                                                               \
    "capsim: 1\nname: test\nhorizon: { start: 2025-11-27T23:59:30Z, " WINDOW " }\n" \
    "replications: 2\nseed: 7\n" PLATFORM "traffic:\n  o: { " other                 \
    ", mix: { b: 100% }, tiers: none }\n"                                           \
    "  t: { rate: 12/s, " BURST ", " DAYS ", mix: { a: 70%, b: 30% }, "             \
    "tiers: { free: 80%, paid: 20% } }\n"

static void expect_same(struct cs_scenario *one, struct cs_scenario *two)
{
    struct stage a, b;

    stage_run_scenario(&a, one, "t");
    stage_run_scenario(&b, two, "t");
    struct pairs pairs = pairs_of(&a, &b);

    cr_expect_gt(pairs.both, 300);
    cr_expect_eq(pairs.differ + pairs.only_first + pairs.only_second, 0, "%d", pairs.differ);
    stage_close(&a);
    stage_close(&b);
}

Test(model_pairs, an_unused_source_changes_nothing)
{
    const char *alone = PAIR("1", "rate: 12/s, " BURST ", " DAYS);

    expect_same(load_or_fail(alone), load_or_fail(BESIDE("rate: 0/s")));
    expect_same(load_or_fail(alone), load_or_fail(BESIDE("rate: 0/s, " BURST ", " GROWTH)));
    expect_same(load_or_fail(alone),
                load_or_fail(BESIDE("profile: { points: [[0s, 0/s], [1ms, 0/s]], "
                                    "repeat: 2ms }")));
    expect_same(load_or_fail(alone), load_or_fail(BESIDE("rate: 30/s, " DAYS)));
}

/* An interval that holds the whole run is none, draw by draw. */
Test(model_pairs, an_interval_without_an_end)
{
    struct cs_scenario *bounded = load_or_fail(PAIR("1", "rate: 12/s"));

    bounded->source[0].from = -10 * CS_S;
    bounded->source[0].to = CS_NEVER;
    expect_same(load_or_fail(PAIR("1", "rate: 12/s")), bounded);
}

/* A source that begins and ends: nobody before or after, and as many as it says. */
Test(model_pairs, an_interval)
{
    struct cs_scenario *scenario = load_or_fail(PAIR("2", "rate: 12/s"));

    scenario->source[0].from = 20 * CS_S;
    scenario->source[0].to = 50 * CS_S;
    struct cs_model *model = cs_model_new(scenario, 0);

    cr_expect_eq(made_until(model, 30 * CS_S), 0);
    double made = (double)made_until(model, 60 * CS_S);
    cr_expect_lt(fabs(z_of(made, 720, sqrt(720))), 4.5, "%g", made);
    cs_model_run(model);
    cr_expect_eq((double)model->requests, made);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* ---- settings that change in flight ---- */

/* At 30 s the model gets `after`; all it has heard of. */
static void run_swapped(struct stage *stage, struct cs_scenario *before,
                        const struct cs_scenario *after)
{
    *stage = (struct stage){.scenario = before};
    stage->model = cs_model_new(before, 0);
    stage->heard = calloc(STAGE_REQUESTS, sizeof *stage->heard);
    stage->attempt = calloc(STAGE_ATTEMPTS, sizeof *stage->attempt);
    listening = stage;
    (void)made_until(stage->model, 30 * CS_S);
    stage->model->scenario = after;
    cs_sources_reconfigure(stage->model);
    cs_model_run(stage->model);
    all_checks_hold(stage->model);
    stage->model->scenario = before; /* that is freed with the stage */
}

static struct pairs swapped_pairs(const char *from, const char *to, double max_load,
                                  uint64_t *made)
{
    struct cs_scenario *after = load_or_fail(to), *before = load_or_fail(from);
    struct stage a, b;

    before->max_load = max_load;
    stage_run_scenario(&a, load_or_fail(from), NULL);
    run_swapped(&b, before, after);
    struct pairs pairs = pairs_of(&a, &b);

    *made = b.model->requests;
    stage_close(&a);
    stage_close(&b);
    cs_scenario_free(after);
    return pairs;
}

/* The same again, and layers that wait: nobody is sent otherwise. */
Test(model_pairs, a_swap_that_changes_nothing)
{
    const char *text = PAIR("1", PROFILE ", " GROWTH ", " DAYS ", " BURST);
    uint64_t made = 0;
    struct pairs pairs = swapped_pairs(text, text, 3, &made);

    cr_expect_gt(pairs.both, 300);
    cr_expect_eq(pairs.differ + pairs.only_first + pairs.only_second, 0);
}

/* A load that rises keeps all of the load before it, and adds its share from then on. */
Test(model_pairs, a_load_that_rises_in_flight)
{
    uint64_t made = 0;
    struct pairs pairs = swapped_pairs(PAIR("1", "rate: 12/s, " BURST),
                                       PAIR("2.5", "rate: 12/s, " BURST), 2.5, &made);
    double extra = (double)made - pairs.both;

    cr_expect_eq(pairs.differ + pairs.only_first + pairs.only_second, 0);
    cr_expect_gt(extra, 1.5 * 12 * 40 * 0.8);
}

/* Another rate holds from then on, and not before: 12/s for 30 s, 48/s for 40 s. */
Test(model_pairs, a_rate_that_rises_in_flight)
{
    struct cs_scenario *before = load_or_fail(PAIR("1", "rate: 12/s")),
                       *after = load_or_fail(PAIR("1", "rate: 48/s"));
    struct stage a, b;
    int late = 0;

    stage_run_scenario(&a, load_or_fail(PAIR("1", "rate: 12/s")), NULL);
    run_swapped(&b, before, after);
    for (int i = 0; i < STAGE_REQUESTS; i++) {
        if (a.heard[i].times > 0 && a.heard[i].sent <= 30 * CS_S)
            cr_expect_eq(a.heard[i].sent, b.heard[i].sent);
        late +=
            b.heard[i].times > 0 && b.heard[i].sent > 30 * CS_S && b.heard[i].sent <= 70 * CS_S;
    }
    cr_expect_lt(fabs(z_of(late, 48 * 40, sqrt(48 * 40))), 4.5, "%d", late);
    stage_close(&a);
    stage_close(&b);
    cs_scenario_free(after);
}

/* ---- the same by an event of the file ---- */

#define EVENT(set) \
    PAIR("1", "rate: 12/s, " BURST) "events: [ { at: +20s, for: 20s, set: { " set " } } ]\n"

static double made_between(struct cs_model *model, cs_time from, cs_time to)
{
    uint64_t before = made_until(model, from);

    return (double)(made_until(model, to) - before);
}

/* Load 3 for 20 s by an event: the requests of load 1 are all there, and two thirds are
 * beside them while it lasts.  It catches layers that were not wired for it. */
Test(model_pairs, an_event_that_sets_the_load)
{
    struct stage one, two;

    stage_run_scenario(&one, load_or_fail(PAIR("1", "rate: 12/s, " BURST)), NULL);
    stage_run_scenario(&two, load_or_fail(EVENT("load: 3")), NULL);
    struct pairs pairs = pairs_of(&one, &two);

    cr_expect_gt(pairs.both, 300);
    cr_expect_eq(pairs.differ + pairs.only_first + pairs.only_second, 0);
    stage_close(&one);
    stage_close(&two);
    struct cs_scenario *scenario = load_or_fail(EVENT("load: 3")),
                       *alone = load_or_fail(PAIR("1", "rate: 12/s, " BURST));
    struct cs_model *a = cs_model_new(alone, 0), *b = cs_model_new(scenario, 0);

    for (int part = 0; part < 3; part++) {
        cs_time from = part == 0 ? 0 : part == 1 ? 30 * CS_S : 50 * CS_S;
        cs_time to = part == 0 ? 30 * CS_S : part == 1 ? 50 * CS_S : 70 * CS_S;
        double x = made_between(a, from, to), y = made_between(b, from, to);

        if (part != 1)
            cr_expect(!(x < y || x > y), "%g and %g", x, y);
        else
            cr_expect_lt(fabs(z_of(y - x, 2 * x, sqrt(6 * x))), 4.5, "%g and %g", x, y);
    }
    cs_model_free(a);
    cs_model_free(b);
    cs_scenario_free(scenario);
    cs_scenario_free(alone);
}

/* A rate for 20 s, then the old one again. */
Test(model_pairs, an_event_that_sets_a_rate)
{
    struct cs_scenario *scenario = load_or_fail(
        PAIR("1", "rate: 20/s") "events: [ { at: +20s, for: 20s, set: { traffic.t.rate: 80/s "
                                "} } ]\n");
    struct cs_model *model = cs_model_new(scenario, 0);

    cr_expect_lt(fabs(z_of(made_between(model, 0, 30 * CS_S), 600, sqrt(600))), 4.5);
    cr_expect_lt(fabs(z_of(made_between(model, 30 * CS_S, 50 * CS_S), 1600, 40)), 4.5);
    cr_expect_lt(fabs(z_of(made_between(model, 50 * CS_S, 70 * CS_S), 400, 20)), 4.5);
    cs_model_free(model);
    cs_scenario_free(scenario);
}
