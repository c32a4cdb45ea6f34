/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `set` changes while requests are under way, by hand-made traces. */
#include "model_fixture.h"

#define HALF_SECOND(rest)                                                     \
    STAGE_HEAD "fleets: { f: { concurrency: 50, min_instances: 1 } }\n"       \
               "functions: { g: { fleet: f, steps: [ { wait: 500ms } ] } }\n" \
               "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\n" rest

static void gave_up_within(const struct stage *stage, uint32_t id, double from_ms, double to_ms)
{
    double at = (double)stage->heard[id].end / (double)CS_MS;

    cr_expect_eq(stage->heard[id].code, 499, "request %u: code %d", id, stage->heard[id].code);
    cr_expect(at >= from_ms && at <= to_ms, "request %u gave up at %g ms", id, at);
}

/* Each keeps the patience with which it was sent, whatever kind it is of. */
Test(patience, that_is_set_is_for_what_is_sent_from_then_on)
{
    struct stage stage;

    stage_open(&stage,
               HALF_SECOND("clients: { patience: 200ms }\nevents:\n"
                           "  - { at: 100ms, for: 50ms, set: { clients.patience: { uniform: "
                           "{ min: 30ms, max: 31ms } } } }\n"
                           "  - { at: 170ms, set: { clients.patience: 70ms } }\n"
                           "  - { at: 300ms, set: { clients.patience: unlimited } }\n"));
    uint32_t a = stage_send(&stage, 50, "g");
    uint32_t b = stage_send(&stage, 110, "g");
    uint32_t c = stage_send(&stage, 149, "g");
    uint32_t d = stage_send(&stage, 160, "g");
    uint32_t e = stage_send(&stage, 180, "g");
    uint32_t f = stage_send(&stage, 299, "g");
    uint32_t g = stage_send(&stage, 300, "g");

    stage_run(&stage, 2 * CS_S);
    HEARD(&stage, a, 499, CS_REASON_GAVE_UP, 250);
    gave_up_within(&stage, b, 140, 141);
    gave_up_within(&stage, c, 179, 180);
    HEARD(&stage, d, 499, CS_REASON_GAVE_UP, 360);
    HEARD(&stage, e, 499, CS_REASON_GAVE_UP, 250);
    HEARD(&stage, f, 499, CS_REASON_GAVE_UP, 369);
    FINE(&stage, g, 800);
    stage_close(&stage);
}

/* There was none, and what was sent without it waits on. */
Test(patience, that_is_set_where_there_was_none)
{
    struct stage stage;

    stage_open(&stage,
               HALF_SECOND("events:\n"
                           "  - { at: 100ms, set: { clients.patience: { uniform: { min: 30ms, "
                           "max: 31ms } } } }\n"
                           "  - { at: 150ms, set: { clients.patience: 40ms } }\n"));
    uint32_t a = stage_send(&stage, 50, "g");
    uint32_t b = stage_send(&stage, 120, "g");
    uint32_t c = stage_send(&stage, 200, "g");
    uint32_t d = stage_send(&stage, 600, "g"); /* in a record that has had all kinds */

    stage_run(&stage, 2 * CS_S);
    FINE(&stage, a, 550);
    gave_up_within(&stage, b, 150, 151);
    HEARD(&stage, c, 499, CS_REASON_GAVE_UP, 240);
    HEARD(&stage, d, 499, CS_REASON_GAVE_UP, 640);
    stage_close(&stage);
}
