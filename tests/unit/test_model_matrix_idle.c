/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is idle and goes at one nanosecond, 100 ms, at which it is asked for or killed. */
#include "model_instant.h"

static const char idle_instance[] =
    STAGE_HEAD "fleets: { f: { idle_timeout: 90ms } }\n"
               "functions: { use: { fleet: f, steps: [ { wait: 10ms } ] }, "
               "next: { fleet: f, steps: [ { wait: 5ms } ] } }\n"
               "traffic: { t: { rate: 1/h, mix: { use: 100% } } }\n";

/* Idle since 10.  It goes once, and who arrives has another. */
Test(model_matrix_idle, an_idle_instance)
{
    for (int kill = NO_KILL; kill < KILLS; kill++) {
        struct stage stage;

        stage_open(&stage, idle_instance);
        stage_send(&stage, 0.0, "use");
        run_to(&stage, (enum kill)kill);
        uint32_t arrival = stage_send(&stage, AT, "next");

        if (kill == KILL_LAST)
            kill_all(&stage);
        stage_run(&stage, AT * CS_MS + 50 * CS_MS);
        FINE(&stage, 0, 10);
        if (kill == KILL_LAST)
            HEARD(&stage, arrival, 502, CS_REASON_OUT_OF_MEMORY, AT);
        else
            FINE(&stage, arrival, AT + 5);
        cr_expect_eq(stage.heard[arrival].ordinal, 1);
        cr_expect_eq(stage.model->cell[0].alive, kill == KILL_LAST ? 0 : 1);
        finish(&stage, "idle instance");
    }
}

#define IDLE_CONNECTION(most)                                                              \
    STAGE_HEAD "fleets: { f: { max_instances: 1, concurrency: 50 } }\n"                    \
               "databases: { db: { pool: { max: 1, connect: 10ms, idle_timeout: 70ms }, "  \
               "queries: { q5: 5ms, q20: 20ms } } }\nfunctions:\n"                         \
               "  use: { fleet: f, steps: [ { query: q20 } ] }\n"                          \
               "  next: { fleet: f, steps: [ { query: q5 } ] }\n"                          \
               "  late: { fleet: f, " most "steps: [ { wait: 100ms }, { query: q5 } ] }\n" \
               "traffic: { t: { rate: 1/h, mix: { use: 100% } } }\n"

/*
 * Idle since 30.  One who asks as its wait ends is in time, and if it is out of
 * time at once the connection is idle anew; who arrives finds it gone, or waits.
 */
static void run_idle_connection(bool asks, bool ends, enum kill kill)
{
    struct stage stage;
    uint32_t late = 0;

    stage_open(&stage, ends ? IDLE_CONNECTION("max_duration: 100ms, ") : IDLE_CONNECTION(""));
    stage_send(&stage, 0.0, "use");
    if (asks)
        late = stage_send(&stage, 0.0, "late");
    run_to(&stage, kill);
    uint32_t arrival = stage_send(&stage, AT, "next");

    if (kill == KILL_LAST)
        kill_all(&stage);
    stage_run(&stage, 10 * CS_S);
    if (asks && ends && kill != KILL_FIRST)
        HEARD(&stage, late, 504, CS_REASON_MAX_DURATION, AT);
    else if (asks && kill != NO_KILL)
        HEARD(&stage, late, 502, CS_REASON_OUT_OF_MEMORY, AT);
    else if (asks)
        FINE(&stage, late, AT + 5);
    if (kill == KILL_LAST)
        HEARD(&stage, arrival, 502, CS_REASON_OUT_OF_MEMORY, AT);
    else
        FINE(&stage, arrival, AT + (kill == KILL_FIRST || !asks ? 15 : ends ? 5 : 10));
    finish(&stage, "idle connection");
}

Test(model_matrix_idle, an_idle_connection)
{
    for (int kill = NO_KILL; kill < KILLS; kill++) {
        run_idle_connection(false, false, (enum kill)kill);
        run_idle_connection(true, false, (enum kill)kill);
        run_idle_connection(true, true, (enum kill)kill);
    }
}
