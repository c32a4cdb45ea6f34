/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who goes where: nearest, by weight, in order; and when regions are down. */
#include "model_fixture.h"

#define SHOP                                                       \
    "fleets: { f: {} }\n"                                          \
    "functions: { r: { fleet: f, steps: [ { wait: 100ms } ] } }\n" \
    "traffic: { t: { rate: 1/s, mix: { r: 100% } } }\n"
#define TWO(routing)                                                              \
    STAGE_HEAD "zones: { us: { share: 100% } }\nregions: { near: {}, far: {} }\n" \
               "network: { " routing "rtt: { us: { near: 20ms, far: 60ms } } }\n" SHOP

static void set_down(struct stage *stage, uint32_t region, bool is_down)
{
    stage->model->region[region].is_down = is_down;
    cs_routes_refresh(stage->model);
}

static uint64_t in_region(const struct stage *stage, const char *label)
{
    return count_of(stage->model, "requests_total", label);
}

Test(model_route, a_region_that_is_down_is_skipped)
{
    struct stage stage;

    stage_open(&stage, TWO(""));
    uint32_t before = stage_send(&stage, 0, "r");

    stage_run(&stage, 500 * CS_MS);
    set_down(&stage, 0, true);
    uint32_t during = stage_send(&stage, 1000, "r");

    stage_run(&stage, 1500 * CS_MS);
    set_down(&stage, 0, false);
    uint32_t after = stage_send(&stage, 2000, "r");

    stage_run(&stage, 3 * CS_S);
    FINE(&stage, before, 120);
    FINE(&stage, during, 1160);
    FINE(&stage, after, 2120);
    cr_expect_eq(in_region(&stage, "region=near"), 2);
    cr_expect_eq(in_region(&stage, "region=far"), 1);
    stage_finish(&stage);
}

Test(model_route, the_next_nearest_takes_the_load_of_an_outage)
{
    struct stage stage;

    stage_open(&stage, TWO("") "events: [ { at: 1s, for: 1s, outage: { region: near } } ]\n");
    uint32_t before = stage_send(&stage, 800, "r");
    uint32_t during = stage_send(&stage, 1000, "r");
    uint32_t after = stage_send(&stage, 2000, "r");

    stage_run(&stage, 3 * CS_S);
    FINE(&stage, before, 920);
    FINE(&stage, during, 1160);
    FINE(&stage, after, 2120);
    stage_finish(&stage);
}

#define TO_FAR "events: [ { at: 1s, set: { network.weights: { near: 0%, far: 100% } } } ]\n"

Test(model_route, weights_change_while_it_runs)
{
    struct stage stage;

    stage_open(&stage, TWO("routing: weighted, weights: { near: 100% }, ") TO_FAR);
    uint32_t before = stage_send(&stage, 999, "r");
    uint32_t after = stage_send(&stage, 1001, "r");

    stage_run(&stage, 3 * CS_S);
    FINE(&stage, before, 1119);
    FINE(&stage, after, 1161);
    stage_finish(&stage);
}

Test(model_route, without_any_region_the_edge_answers)
{
    struct stage stage;

    stage_open(&stage, TWO(""));
    set_down(&stage, 0, true);
    set_down(&stage, 1, true);
    uint32_t at_once = stage_send(&stage, 10, "r");

    stage_run(&stage, CS_S);
    HEARD(&stage, at_once, 502, CS_REASON_REGION_DOWN, 10);
    cr_expect_eq(in_region(&stage, "region=near"), 1, "it counts where it would have gone");
    cr_expect_eq(in_region(&stage, "reason=region_down"), 1);
    stage_finish(&stage);
    stage_open(&stage, TWO("") "cdn: { hit_time: 8ms }\n");
    set_down(&stage, 0, true);
    set_down(&stage, 1, true);
    uint32_t soon = stage_send(&stage, 10, "r");

    stage_run(&stage, CS_S);
    HEARD(&stage, soon, 502, CS_REASON_REGION_DOWN, 18);
    stage_finish(&stage);
}

Test(model_route, who_is_on_the_way_when_it_goes_down_finds_nobody)
{
    struct stage stage;

    stage_open(&stage, TWO(""));
    uint32_t number = stage_send(&stage, 0, "r");

    stage_run(&stage, 9 * CS_MS);
    set_down(&stage, 0, true);
    stage_run(&stage, CS_S);
    HEARD(&stage, number, 502, CS_REASON_REGION_DOWN, 20);
    cr_expect_eq(count_of(stage.model, "invocations_total", NULL), 0);
    stage_finish(&stage);
}

Test(model_route, in_order)
{
    struct stage stage;

    stage_open(&stage, TWO("routing: failover, order: [far, near], "));
    uint32_t first = stage_send(&stage, 0, "r");

    stage_run(&stage, 500 * CS_MS);
    set_down(&stage, 1, true);
    uint32_t second = stage_send(&stage, 1000, "r");

    stage_run(&stage, 2 * CS_S);
    FINE(&stage, first, 160);
    FINE(&stage, second, 1120);
    stage_finish(&stage);
    stage_open(&stage, TWO("routing: failover, order: [far], "));
    set_down(&stage, 1, true);
    uint32_t none = stage_send(&stage, 0, "r");

    stage_run(&stage, CS_S);
    HEARD(&stage, none, 502, CS_REASON_REGION_DOWN, 0);
    stage_finish(&stage);
    stage_open(&stage, TWO("routing: failover, ")); /* as declared */
    uint32_t declared = stage_send(&stage, 0, "r");

    stage_run(&stage, CS_S);
    FINE(&stage, declared, 120);
    stage_finish(&stage);
}

/* ---- by weight ---- */

#define WEIGHED(regions, weights, rtt)                                                     \
    "capsim: 1\nname: test\nhorizon: { duration: 1000s, lead_in: 0s }\nreplications: 2\n"  \
    "seed: 3\nzones: { us: { share: 100% } }\nregions: { " regions " }\n"                  \
    "network: { routing: weighted, weights: { " weights " }, rtt: { us: { " rtt " } } }\n" \
    "fleets: { f: {} }\nfunctions: { r: { fleet: f, steps: [ { wait: 100ms } ] } }\n"      \
    "traffic: { t: { rate: 4/s, mix: { r: 100% } } }\n"
#define ABC \
    WEIGHED("a: {}, b: {}, c: {}", "a: 50%, b: 30%, c: 20%", "a: 10ms, b: 20ms, c: 30ms")

static void run_live(struct stage *stage, const char *text, uint32_t down)
{
    stage_open_live(stage, text);
    if (down != CS_NONE)
        set_down(stage, down, true);
    cs_model_run(stage->model);
    all_checks_hold(stage->model);
}

/* By how long it took: 10 ms a region. */
static int region_of(const struct heard *heard)
{
    return heard->times == 0 ? -1
                             : (int)((heard->end - heard->sent - 100 * CS_MS) / (10 * CS_MS));
}

/* Chi-square of 2 degrees of freedom: 20 has a probability of 5e-5. It would find weights
 * that are taken for ranks, or a draw that two regions share. */
Test(model_route, shares_are_the_weights)
{
    static const double weight[] = {0.5, 0.3, 0.2};
    struct stage stage;
    double n[3] = {0}, all = 0, chi = 0;

    run_live(&stage, ABC, CS_NONE);
    for (int i = 0; i < STAGE_REQUESTS; i++)
        if (stage.heard[i].times > 0) {
            n[region_of(&stage.heard[i]) - 1]++;
            all++;
        }
    cr_assert_gt(all, 3500);
    for (int r = 0; r < 3; r++)
        chi += (n[r] - all * weight[r]) * (n[r] - all * weight[r]) / (all * weight[r]);
    cr_expect_lt(chi, 20.0, "%g %g %g", n[0], n[1], n[2]);
    stage_close(&stage);
}

struct moves {
    int stayed, moved, strayed;
};

/* Who is not where he was: from `left` (moved) or from elsewhere (strayed). */
static struct moves compare(const struct stage *one, const struct stage *two, int left)
{
    struct moves moves = {0};

    for (int i = 0; i < STAGE_REQUESTS; i++) {
        int a = region_of(&one->heard[i]), b = region_of(&two->heard[i]);

        moves.stayed += a == b && a > 0;
        moves.moved += a != b && a == left;
        moves.strayed += a != b && a != left;
    }
    return moves;
}

Test(model_route, an_outage_moves_nobody_else)
{
    struct stage one, two;

    run_live(&one, ABC, CS_NONE);
    run_live(&two, ABC, 1);
    struct moves moves = compare(&one, &two, 2);

    cr_expect_eq(moves.strayed, 0);
    cr_expect_gt(moves.moved, 1000);
    cr_expect_gt(moves.stayed, 2500);
    stage_close(&one);
    stage_close(&two);
}

static void expect_same(const char *a, const char *b)
{
    struct stage one, two;

    run_live(&one, a, CS_NONE);
    run_live(&two, b, CS_NONE);
    struct moves moves = compare(&one, &two, -2);

    cr_expect_eq(moves.strayed, 0);
    cr_expect_gt(moves.stayed, 3500);
    for (int i = 0; i < STAGE_REQUESTS; i++)
        cr_assert_eq(one.heard[i].end, two.heard[i].end);
    stage_close(&one);
    stage_close(&two);
}

Test(model_route, the_order_of_regions_says_nothing)
{
    expect_same(ABC, WEIGHED("c: {}, a: {}, b: {}", "b: 30%, c: 20%, a: 50%",
                             "a: 10ms, b: 20ms, c: 30ms"));
}

Test(model_route, a_region_without_weight_changes_nothing)
{
    expect_same(ABC, WEIGHED("x: {}, a: {}, b: {}, c: {}", "a: 50%, b: 30%, c: 20%",
                             "a: 10ms, b: 20ms, c: 30ms"));
}

#define NEAREST(zones, regions, rtt)                                                       \
    "capsim: 1\nname: test\nhorizon: { duration: 1000s, lead_in: 0s }\nreplications: 2\n"  \
    "seed: 3\nzones: { " zones " }\nregions: { " regions " }\n"                            \
    "network: { rtt: { " rtt " } }\n"                                                      \
    "fleets: { f: { cold_start: 90ms, idle_timeout: 1s } }\n"                              \
    "functions: { r: { fleet: f, steps: [ { wait: { exponential: { mean: 1s } } } ] } }\n" \
    "traffic: { t: { rate: 4/s, mix: { r: 100% } } }\n"
#define NORTH_SOUTH "north: { share: 50% }, south: { share: 50% }"
#define FREE_NEAREST(regions, rtt)                                                         \
    "capsim: 1\nname: test\nhorizon: { duration: 1000s, lead_in: 0s }\nreplications: 2\n"  \
    "seed: 3\nzones: { " NORTH_SOUTH " }\nregions: { " regions " }\n"                      \
    "network: { rtt: { " rtt " } }\nfleets: { f: {} }\n"                                   \
    "functions: { r: { fleet: f, steps: [ { wait: { exponential: { mean: 1s } } } ] } }\n" \
    "traffic: { t: { rate: 4/s, mix: { r: 100% } } }\n"

static void expect_equal_ends(const char *a, const char *b)
{
    struct stage one, two;
    int n = 0;

    run_live(&one, a, CS_NONE);
    run_live(&two, b, CS_NONE);
    for (int i = 0; i < STAGE_REQUESTS; i++) {
        cr_assert_eq(one.heard[i].end, two.heard[i].end, "request %d", i);
        n += one.heard[i].times > 0;
    }
    cr_expect_gt(n, 3500);
    stage_close(&one);
    stage_close(&two);
}

Test(model_route, nearest_does_not_depend_on_the_order)
{
    expect_equal_ends(NEAREST(NORTH_SOUTH, "a: {}, b: {}",
                              "north: { a: 10ms, b: 50ms }, south: { a: 60ms, b: 20ms }"),
                      NEAREST(NORTH_SOUTH, "b: {}, a: {}",
                              "south: { b: 20ms, a: 60ms }, north: { a: 10ms, b: 50ms }"));
}

Test(model_route, a_region_that_nobody_is_near_changes_nothing)
{
    expect_equal_ends(
        NEAREST(NORTH_SOUTH, "a: {}, b: {}",
                "north: { a: 10ms, b: 50ms }, south: { a: 60ms, b: 20ms }"),
        NEAREST(NORTH_SOUTH, "x: {}, a: {}, b: {}",
                "north: { a: 10ms, b: 50ms, x: 90ms }, south: { a: 60ms, b: 20ms, x: 90ms }"));
}

/* Where regions share nothing and nobody waits, two with half the users each are one. */
Test(model_route, two_halves_are_one_whole)
{
    expect_equal_ends(FREE_NEAREST("a: {}, b: {}",
                                   "north: { a: 30ms, b: 90ms }, south: { a: 90ms, b: 30ms }"),
                      FREE_NEAREST("a: {}", "north: { a: 30ms }, south: { a: 30ms }"));
}

/* ---- a region far from its database ---- */

#define CHAT(regions)                                                                  \
    STAGE_HEAD                                                                         \
    "zones: { apac: { share: 100% } }\nregions: { " regions " }\n"                     \
    "network: { rtt: { apac: { iad1: 200ms, syd1: 10ms }, iad1: { syd1: 199ms } } }\n" \
    "fleets: { chat: {} }\n"                                                           \
    "databases: { db: { region: iad1, pool: { max: 2, connect: 30ms },\n"              \
    "  queries: { point: 4ms } } }\n"                                                  \
    "functions: { chat: { fleet: chat, steps: [ { query: point, count: 14 } ] } }\n"   \
    "traffic: { t: { rate: 1/s, mix: { chat: 100% } } }\n"

/* The users are 190 ms nearer and their chat takes 2.6 s longer: each of 14 queries goes
 * 199 ms there and back, and a new connection six times more. */
Test(model_route, a_region_near_its_users_and_far_from_its_data_is_slower)
{
    struct stage stage;

    stage_open(&stage, CHAT("iad1: {}"));
    uint32_t cold = stage_send(&stage, 0, "chat");
    uint32_t warm = stage_send(&stage, 10000, "chat");

    stage_run(&stage, 20 * CS_S);
    FINE(&stage, cold, 200 + 30 + 14 * 4);
    FINE(&stage, warm, 10000 + 200 + 14 * 4);
    stage_finish(&stage);
    stage_open(&stage, CHAT("iad1: {}, syd1: {}"));
    cold = stage_send(&stage, 0, "chat");
    warm = stage_send(&stage, 10000, "chat");
    stage_run(&stage, 20 * CS_S);
    FINE(&stage, cold, 10 + 6 * 199 + 30 + 14 * (199 + 4));
    FINE(&stage, warm, 10000 + 10 + 14 * (199 + 4));
    cr_expect_eq(in_region(&stage, "region=syd1"), 2);
    stage_finish(&stage);
}
