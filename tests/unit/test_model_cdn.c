/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the edge keeps, by hand: a page takes 20 ms there, 100 ms, 20 ms back. */
#include "model_fixture.h"

#define PLACES                                   \
    "zones: { us: { share: 100% } }\n"           \
    "regions: { iad1: {} }\n"                    \
    "network: { rtt: { us: { iad1: 40ms } } }\n" \
    "cdn: { hit_time: 8ms }\n"                   \
    "fleets: { f: {} }\n"
#define PAGE(cache) \
    "functions: { page: { fleet: f, cache: " cache ", steps: [ { wait: 100ms } ] } }\n"
#define TRAFFIC "traffic: { t: { rate: 1/s, mix: { page: 100% } } }\n"

#define OPEN(stage, cache) stage_open(stage, STAGE_HEAD PLACES PAGE(cache) TRAFFIC)

static uint64_t hits(const struct stage *stage)
{
    return count_of(stage->model, "cdn_hits_total", NULL);
}

static uint64_t invocations(const struct stage *stage)
{
    return count_of(stage->model, "invocations_total", NULL);
}

Test(model_cdn, an_answer_is_kept_from_the_instant_at_which_it_passes)
{
    struct stage stage;

    OPEN(&stage, "{ ttl: 10s }");
    uint32_t miss = stage_send(&stage, 0, "page");
    uint32_t early = stage_send(&stage, 139.999999, "page");
    uint32_t hit = stage_send(&stage, 140, "page");

    stage_run(&stage, CS_S);
    FINE(&stage, miss, 140);
    FINE(&stage, early, 279.999999); /* misses are not joined */
    FINE(&stage, hit, 148);
    cr_expect_eq(hits(&stage), 1);
    cr_expect_eq(count_of(stage.model, "cdn_hits_total", "function=page"), 1);
    cr_expect_eq(invocations(&stage), 2, "a hit touches no fleet");
    cr_expect_eq(count_of(stage.model, "requests_total", "region=iad1"), 3);
    cr_expect_eq(metric_of(stage.model, "server_duration_seconds", NULL)->hist->total, 2,
                 "no time on a server where there was none");
    stage_finish(&stage);
}

Test(model_cdn, it_is_fresh_for_less_than_ttl)
{
    struct stage stage;

    OPEN(&stage, "{ ttl: 10s }");
    stage_send(&stage, 0, "page"); /* kept from 140 ms */
    uint32_t last = stage_send(&stage, 10139.999999, "page");
    uint32_t expired = stage_send(&stage, 10140, "page");
    uint32_t again = stage_send(&stage, 10280, "page");

    stage_run(&stage, 20 * CS_S);
    FINE(&stage, last, 10147.999999);
    FINE(&stage, expired, 10280);
    FINE(&stage, again, 10288);
    stage_finish(&stage);
}

Test(model_cdn, a_later_answer_renews_the_entry)
{
    struct stage stage;

    OPEN(&stage, "{ ttl: 10s }");
    stage_send(&stage, 0, "page");
    stage_send(&stage, 100, "page"); /* passes at 240 ms */
    uint32_t hit = stage_send(&stage, 10239.999999, "page");
    uint32_t miss = stage_send(&stage, 10240, "page");

    stage_run(&stage, 20 * CS_S);
    FINE(&stage, hit, 10247.999999);
    FINE(&stage, miss, 10380);
    stage_finish(&stage);
}

#define STALE "{ ttl: 10s, stale_while_revalidate: 5s }"

Test(model_cdn, stale_it_is_answered_at_once_and_refreshed_once)
{
    struct stage stage;

    OPEN(&stage, STALE);
    stage_send(&stage, 0, "page");
    uint32_t stale = stage_send(&stage, 10140, "page");
    uint32_t stale_too = stage_send(&stage, 10200, "page");
    uint32_t fresh = stage_send(&stage, 20279.999999, "page"); /* refreshed at 10,280 */

    stage_run(&stage, 20279 * CS_MS + 999999);
    cr_expect_eq(invocations(&stage), 2, "the first, and one refresh");
    uint32_t last = stage_send(&stage, 25279.999999, "page"); /* and refreshed again */

    stage_run(&stage, 30 * CS_S);
    FINE(&stage, stale, 10148);
    FINE(&stage, stale_too, 10208);
    FINE(&stage, fresh, 20287.999999);
    FINE(&stage, last, 25287.999999);
    cr_expect_eq(invocations(&stage), 3);
    cr_expect_eq(hits(&stage), 4);
    cr_expect_eq(count_of(stage.model, "requests_total", NULL), 5, "a refresh is no client's");
    cr_expect_eq(count_of(stage.model, "requests_total", "code=200"), 5);
    stage_finish(&stage);
}

Test(model_cdn, past_its_stale_time_it_is_gone)
{
    struct stage stage;

    OPEN(&stage, STALE);
    stage_send(&stage, 0, "page");
    uint32_t miss = stage_send(&stage, 15140, "page");

    stage_run(&stage, 20 * CS_S);
    FINE(&stage, miss, 15280);
    cr_expect_eq(hits(&stage), 0);
    stage_finish(&stage);
}

/* The refresh sets out at 10,140 and finds its region down 20 ms later. */
Test(model_cdn, a_refresh_that_fails_is_tried_again)
{
    struct stage stage;

    OPEN(&stage, STALE);
    stage_send(&stage, 0, "page");
    uint32_t stale = stage_send(&stage, 10140, "page");

    stage.model->region[0].is_down = true;
    cs_routes_refresh(stage.model);
    uint32_t during = stage_send(&stage, 10300, "page");

    stage_run(&stage, 11 * CS_S);
    cr_expect_eq(invocations(&stage), 1);
    stage.model->region[0].is_down = false;
    cs_routes_refresh(stage.model);
    uint32_t after = stage_send(&stage, 12000, "page");
    uint32_t fresh = stage_send(&stage, 22000, "page");

    stage_run(&stage, 30 * CS_S);
    FINE(&stage, stale, 10148);
    FINE(&stage, during, 10308); /* an outage does not show where answers are kept */
    FINE(&stage, after, 12008);
    FINE(&stage, fresh, 22008);
    cr_expect_eq(invocations(&stage), 2);
    stage_finish(&stage);
}

Test(model_cdn, a_purge_forgets_what_is_kept_and_what_is_on_its_way)
{
    struct stage stage;

    OPEN(&stage, STALE);
    stage_send(&stage, 0, "page");
    stage_run(&stage, 200 * CS_MS);
    cs_cdn_purge(stage.model);
    uint32_t before = stage_send(&stage, 210, "page"); /* passes at 350 */

    stage_run(&stage, 300 * CS_MS);
    cs_cdn_purge(stage.model);
    uint32_t after = stage_send(&stage, 360, "page"); /* passes at 500 */
    uint32_t hit = stage_send(&stage, 510, "page");

    stage_run(&stage, CS_S);
    FINE(&stage, before, 350);
    FINE(&stage, after, 500);
    FINE(&stage, hit, 518);
    stage_finish(&stage);
}

/* Between the answer at the region and its passing the edge. */
Test(model_cdn, a_purge_forgets_what_is_on_its_way_back)
{
    struct stage stage;

    OPEN(&stage, "{ ttl: 10s }");
    stage_send(&stage, 0, "page");
    stage_run(&stage, 130 * CS_MS);
    cs_cdn_purge(stage.model);
    uint32_t miss = stage_send(&stage, 150, "page");

    stage_run(&stage, CS_S);
    FINE(&stage, miss, 290);
    stage_finish(&stage);
}

Test(model_cdn, a_deployment_purges)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD PLACES PAGE("{ ttl: 10s }") TRAFFIC
               "events: [ { at: 1s, deploy: all } ]\n");
    stage_send(&stage, 0, "page");
    uint32_t hit = stage_send(&stage, 999, "page");
    uint32_t miss = stage_send(&stage, 1001, "page");

    stage_run(&stage, 2 * CS_S);
    FINE(&stage, hit, 1007);
    FINE(&stage, miss, 1141);
    stage_finish(&stage);
}

/* Each request is judged by the settings of its instant. */
Test(model_cdn, ttl_changes_while_it_runs)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD PLACES PAGE("{ ttl: 10s }") TRAFFIC
               "events: [ { at: 1s, set: { functions.page.cache.ttl: 500ms, "
               "cdn.hit_time: 20ms } } ]\n");
    stage_send(&stage, 0, "page");
    uint32_t hit = stage_send(&stage, 999, "page");
    uint32_t miss = stage_send(&stage, 1001, "page");
    uint32_t slow = stage_send(&stage, 1200, "page");

    stage_run(&stage, 2 * CS_S);
    FINE(&stage, hit, 1007);
    FINE(&stage, miss, 1141);
    FINE(&stage, slow, 1220);
    stage_finish(&stage);
}

#define LIMITED                                                                         \
    STAGE_HEAD PLACES "tiers: { free: { users: 10 } }\n"                                \
                      "rate_limits: { user: { algorithm: sliding_log, scope: global,\n" \
                      "  limits: { free: { per_second: 5 } } } }\n"                     \
                      "functions:\n"                                                    \
                      "  own: { fleet: f, cache: { ttl: 10s },\n"                       \
                      "    steps: [ { limit: user }, { wait: 100ms } ] }\n"             \
                      "traffic: { t: { rate: 1/s, mix: { own: 100% } } }\n"

Test(model_cdn, never_for_a_user)
{
    struct stage stage;

    stage_open(&stage, LIMITED);
    uint32_t user = stage_send_by(&stage, 0, "own", 3);
    uint32_t nobody = stage_send(&stage, 200, "own"); /* the user's answer was not kept */
    uint32_t kept = stage_send(&stage, 400, "own");   /* nobody's was */
    uint32_t user_again = stage_send_by(&stage, 500 * CS_MS, "own", 3);

    stage_run(&stage, CS_S);
    FINE(&stage, user, 140);
    FINE(&stage, nobody, 340);
    FINE(&stage, kept, 408);
    FINE(&stage, user_again, 640);
    stage_finish(&stage);
}

Test(model_cdn, errors_are_not_kept)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD PLACES
               "functions: { page: { fleet: f, errors: { 404: 100% }, cache: { ttl: 10s },\n"
               "  steps: [ { wait: 100ms } ] } }\n" TRAFFIC);
    uint32_t one = stage_send(&stage, 0, "page");
    uint32_t two = stage_send(&stage, 200, "page");

    stage_run(&stage, CS_S);
    HEARD(&stage, one, 404, CS_REASON_FUNCTION_ERROR, 140);
    HEARD(&stage, two, 404, CS_REASON_FUNCTION_ERROR, 340);
    stage_finish(&stage);
}

Test(model_cdn, whoever_gave_up_filled_it_all_the_same)
{
    struct stage stage;

    stage_open(&stage,
               STAGE_HEAD PLACES "clients: { patience: 8ms }\n" PAGE("{ ttl: 10s }") TRAFFIC);
    uint32_t gone = stage_send(&stage, 0, "page");
    uint32_t hit = stage_send(&stage, 140, "page");

    stage_run(&stage, CS_S);
    HEARD(&stage, gone, 499, CS_REASON_GAVE_UP, 8);
    FINE(&stage, hit, 148); /* an answer beats the patience that ends then */
    stage_finish(&stage);
}

static uint32_t send_from(struct stage *stage, double ms, uint32_t zone)
{
    stage_run(stage, (cs_time)(ms * (double)CS_MS));
    stage->model->engine.now = (cs_time)(ms * (double)CS_MS);
    struct cs_request *request = cs_request_new(stage->model);

    request->number = stage->n++;
    request->zone = zone;
    request->user = CS_ANONYMOUS;
    cs_request_send(stage->model, request);
    return stage->n - 1;
}

Test(model_cdn, each_zone_has_an_edge_of_its_own)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD
               "zones: { us: { share: 50% }, eu: { share: 50% } }\n"
               "regions: { iad1: {} }\n"
               "network: { rtt: { us: { iad1: 40ms }, eu: { iad1: 60ms } } }\n"
               "cdn: { hit_time: 8ms }\nfleets: { f: {} }\n" PAGE("{ ttl: 10s }") TRAFFIC);
    send_from(&stage, 0, 0);
    uint32_t miss = send_from(&stage, 200, 1);
    uint32_t hit = send_from(&stage, 200, 0);
    uint32_t hit_too = send_from(&stage, 400, 1);

    stage_run(&stage, CS_S);
    FINE(&stage, miss, 360);
    FINE(&stage, hit, 208);
    FINE(&stage, hit_too, 408);
    stage_finish(&stage);
}

/* One edge where no zones are declared, and no time where no hit_time is. */
Test(model_cdn, without_places)
{
    struct stage stage;

    stage_open(&stage, STAGE_HEAD "fleets: { f: {} }\n" PAGE("{ ttl: 10s }") TRAFFIC);
    uint32_t miss = stage_send(&stage, 0, "page");
    uint32_t hit = stage_send(&stage, 100, "page");

    stage_run(&stage, CS_S);
    FINE(&stage, miss, 100);
    FINE(&stage, hit, 100);
    stage_finish(&stage);
}
