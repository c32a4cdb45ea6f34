/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The code's own outcome is what it responds with, where it does so before its end. */
#include "model_fixture.h"

#define RESPONDS(errors)                                                    \
    STAGE_HEAD "fleets: { f: { max_instances: 1 } }\n"                      \
               "functions: { g: { fleet: f, errors: " errors ", steps: [\n" \
               "  { wait: 20ms }, respond, { wait: 50ms } ] } }\n"          \
               "traffic: { t: { rate: 1/h, mix: { g: 100% } } }\n"

Test(model_respond, with_the_outcome_of_the_code)
{
    struct stage stage;

    stage_open(&stage, RESPONDS("{ 404: 100% }"));
    uint32_t one = stage_send(&stage, 0, "g");
    uint32_t refused = stage_send(&stage, 60, "g"); /* what follows still holds the instance */
    uint32_t two = stage_send(&stage, 70, "g");

    stage_run(&stage, CS_S);
    HEARD(&stage, one, 404, CS_REASON_FUNCTION_ERROR, 20);
    HEARD(&stage, refused, 503, CS_REASON_QUEUE_FULL, 60);
    HEARD(&stage, two, 404, CS_REASON_FUNCTION_ERROR, 90);
    stage_close(&stage);
}

/* 2,000 of 5 %: 100, within 4.5 standard errors of 9.7; a second draw at the end would
 * show in the reasons, as an answer is settled once. */
Test(model_respond, drawn_once)
{
    struct stage stage;
    int failed = 0;

    stage_open(&stage, RESPONDS("{ 500: 5% }"));
    for (int i = 0; i < 2000; i++)
        (void)stage_send(&stage, 100 * i, "g");
    stage_run(&stage, 300 * CS_S);
    for (uint32_t i = 0; i < 2000; i++)
        failed += stage.heard[i].code == 500;
    cr_expect(failed > 100 - 44 && failed < 100 + 44, "%d failed", failed);
    stage_close(&stage);
}
