/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The edge under its own traffic. */
#include "model_fixture.h"

#define PLACES                                                           \
    "zones: { us: { share: 100% } }\nregions: { iad1: {} }\n"            \
    "network: { rtt: { us: { iad1: 40ms } } }\ncdn: { hit_time: 8ms }\n" \
    "fleets: { f: {} }\n"

static uint64_t hits(const struct stage *stage)
{
    return count_of(stage->model, "cdn_hits_total", NULL);
}

static uint64_t invocations(const struct stage *stage)
{
    return count_of(stage->model, "invocations_total", NULL);
}

/* What is asked for must not depend on who else asks, and a rank must be a rank: of
 * 4,000 requests for Zipf keys the share of the first is 1 / sum(1 / k) = 0.34. */
Test(model_cdn_live, keys_are_drawn_by_popularity)
{
    struct stage stage;
    uint64_t first = 0, n = 0;

    stage_open_live(&stage, STAGE_HEAD
                    "fleets: { f: {} }\nfunctions: { page: { fleet: f, cache: { ttl: "
                    "1h, keys: { count: 10, zipf: 1 } }, steps: [] } }\n"
                    "traffic: { t: { rate: 1/s, mix: { page: 100% } } }\n");
    cs_model_run(stage.model);
    for (uint32_t i = 0; i < 10; i++)
        n += stage.model->cdn.entry[i].is_there;
    cr_expect_eq(n, 10, "all ten were asked for");
    cr_expect_eq(invocations(&stage), 10, "and each once");
    n = 0;
    for (uint32_t number = 0; number < 4000; number++) {
        struct cs_draw draw;

        cs_draw_init(&draw, 1, stage.model->source[0].cache_stream, number, 0, 0, 0);
        first += cs_zipf_sample(&stage.scenario->function[0].cache.popularity,
                                cs_draw_u64(&draw)) == 0;
        n++;
    }
    /* p = 0.3414, sd of the count 30.0 */
    cr_expect(first > 1366 - 135 && first < 1366 + 135, "%d of 4000", (int)first);
    stage_close(&stage);
}

/* Refreshes and misses of a whole hour, with everything that is always checked. */
Test(model_cdn_live, a_busy_edge_keeps_all_invariants)
{
    struct stage stage;

    stage_open_live(
        &stage, STAGE_HEAD PLACES
        "functions: { page: { fleet: f, errors: { 500: 10% },\n"
        "  cache: { ttl: 2s, stale_while_revalidate: 3s, keys: { count: 50, zipf: 1 } },\n"
        "  steps: [ { wait: { exponential: { mean: 300ms } } } ] } }\n"
        "traffic: { t: { rate: 20/s, mix: { page: 100% } } }\n");
    cs_model_run(stage.model);
    all_checks_hold(stage.model);
    uint64_t all = count_of(stage.model, "requests_total", NULL);

    cr_expect_gt(hits(&stage), all / 3);
    cr_expect_gt(hits(&stage) + invocations(&stage), all, "refreshes invoke as well");
    cr_expect_lt(stage.model->cdn.n_due, 200u, "no more on their way than under way");
    stage_close(&stage);
}
