/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens at one nanosecond, 100 ms: something ends, is granted, times
 * out, loses its client or its time, and somebody arrives.  The order is
 * release, grant, expiry, arrival; then who was scheduled first.
 */
#include "model_fixture.h"

#define SLOT(settings, functions)                                                          \
    STAGE_HEAD "fleets: { f: { max_instances: 1, " settings " } }\nfunctions:\n" functions \
               "traffic: { t: { rate: 1/h, mix: { a: 100% } } }\n"
#define PATIENT(text) text "clients: { patience: 100ms }\n"
#define WAIT(name, ms) "  " name ": { fleet: f, steps: [ { wait: " ms " } ] }\n"
#define WAIT_AT_MOST(name, ms, most) \
    "  " name ": { fleet: f, max_duration: " most ", steps: [ { wait: " ms " } ] }\n"

/* ---- an instance's slot ---- */

Test(model_ties, a_slot_goes_to_the_waiter_whose_time_is_up)
{
    struct stage stage;

    stage_open(&stage, SLOT("queue: { timeout: 90ms }", WAIT("a", "100ms") WAIT("b", "5ms")));
    stage_send(&stage, 0.0, "a");
    stage_send(&stage, 9.0, "b");  /* out at 99 */
    stage_send(&stage, 10.0, "b"); /* out at 100 */
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 100);
    HEARD(&stage, 1, 503, CS_REASON_QUEUE_TIMEOUT, 99);
    FINE(&stage, 2, 105);
    stage_close(&stage);
}

Test(model_ties, a_slot_goes_to_the_waiter_whose_client_leaves)
{
    struct stage stage;

    stage_open(&stage, PATIENT(SLOT("queue: {}, cancel_abandoned: true",
                                    WAIT("a", "100ms") WAIT("b", "5ms"))));
    stage_send(&stage, 0.0, "b"); /* 0 to 5 */
    stage_send(&stage, 0.0, "a"); /* 5 to 105: gone at 100, is served to its end */
    stage_send(&stage, 5.0, "a"); /* granted at 105, gone at 105: served to 205 */
    stage_send(&stage, 110.0, "b");
    stage_run(&stage, CS_S);
    HEARD(&stage, 1, 499, CS_REASON_GAVE_UP, 100);
    HEARD(&stage, 2, 499, CS_REASON_GAVE_UP, 105);
    FINE(&stage, 3, 210);
    stage_close(&stage);
}

Test(model_ties, an_answer_beats_patience_and_max_duration)
{
    struct stage stage;

    stage_open(&stage, PATIENT(SLOT("concurrency: 9",
                                    WAIT("a", "100ms") WAIT_AT_MOST("b", "100ms", "100ms")
                                        WAIT("c", "100000001ns")
                                            WAIT_AT_MOST("d", "60ms", "59999999ns"))));
    stage_send(&stage, 0.0, "a");
    stage_send(&stage, 0.0, "b");
    stage_send(&stage, 0.0, "c");
    stage_send(&stage, 0.0, "d");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 100);
    FINE(&stage, 1, 100);
    HEARD(&stage, 2, 499, CS_REASON_GAVE_UP, 100);
    HEARD(&stage, 3, 504, CS_REASON_MAX_DURATION, 59.999999);
    stage_close(&stage);
}

Test(model_ties, an_arrival_takes_the_slot_that_an_end_or_a_kill_frees)
{
    struct stage stage;

    stage_open(&stage, SLOT("queue: { limit: 0 }", WAIT("a", "100ms") WAIT("b", "5ms")
                                                       WAIT_AT_MOST("k", "200ms", "100ms")));
    stage_send(&stage, 0.0, "a");
    stage_send(&stage, 100.0, "b");
    stage_send(&stage, 200.0, "k");
    stage_send(&stage, 300.0, "b");
    stage_run(&stage, CS_S);
    FINE(&stage, 1, 105);
    HEARD(&stage, 2, 504, CS_REASON_MAX_DURATION, 300);
    FINE(&stage, 3, 305);
    stage_close(&stage);
}

/* Request 0 is killed at 100, its time being set before request 1 began to
 * wait: its slot is granted before the queue's timeout fires. */
Test(model_ties, of_two_expiries_the_first_set_is_first)
{
    struct stage stage;

    stage_open(&stage, SLOT("queue: { timeout: 90ms }",
                            WAIT_AT_MOST("a", "200ms", "100ms") WAIT("b", "5ms")));
    stage_send(&stage, 0.0, "a");
    stage_send(&stage, 10.0, "b");
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 504, CS_REASON_MAX_DURATION, 100);
    FINE(&stage, 1, 105);
    stage_close(&stage);

    /* The other way about: request 2 waits since 10, request 1 begins at 20. */
    stage_open(&stage, SLOT("queue: { timeout: 90ms }",
                            WAIT("b", "20ms") WAIT_AT_MOST("a", "200ms", "80ms")));
    stage_send(&stage, 0.0, "b");
    stage_send(&stage, 5.0, "a");
    stage_send(&stage, 10.0, "b");
    stage_run(&stage, CS_S);
    HEARD(&stage, 1, 504, CS_REASON_MAX_DURATION, 100);
    HEARD(&stage, 2, 503, CS_REASON_QUEUE_TIMEOUT, 100);
    stage_close(&stage);
}

/* Idle since 60, gone at 100, before an arrival; one granted at 100 keeps it. */
Test(model_ties, an_idle_instance_goes_before_an_arrival)
{
    struct stage stage;

    stage_open(&stage,
               SLOT("cold_start: 7ms, idle_timeout: 40ms, queue: {}", WAIT("a", "53ms")));
    stage_send(&stage, 0.0, "a");
    stage_send(&stage, 100.0, "a");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 60);
    FINE(&stage, 1, 160);
    cr_expect_eq(stage.heard[1].ordinal, 1);
    stage_close(&stage);
}

/* ---- a connection ---- */

#define DATABASE(rest, functions)                                                       \
    STAGE_HEAD                                                                          \
    "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 50 } }\n"          \
    "databases:\n  db:\n" rest                                                          \
    "    queries: { q5: 5ms, q20: 20ms, q100: 100ms }\nfunctions:\n"                    \
    "  q5: { fleet: f, steps: [ { query: q5 } ] }\n"                                    \
    "  q20: { fleet: f, steps: [ { query: q20 } ] }\n"                                  \
    "  q100: { fleet: f, steps: [ { query: q100 } ] }\n"                                \
    "  late: { fleet: f, steps: [ { wait: 100ms }, { query: q5 } ] }\n"                 \
    "  k100: { fleet: f, max_duration: 100ms, steps: [ { query: q20, count: 50 } ] }\n" \
    "  k90: { fleet: f, max_duration: 90ms, steps: [ { query: q5 } ] }\n" functions     \
    "traffic: { t: { rate: 1/h, mix: { q5: 100% } } }\n"

/* One unit, released at 100: `first` is out of time just then, `next` waits too. */
static void expect_passed_on(const char *text, bool killed)
{
    struct stage stage;

    stage_open(&stage, text);
    stage_send(&stage, 0.0, "q100");
    uint32_t first = stage_send(&stage, 10.0, killed ? "k90" : "q5");
    uint32_t next = stage_send(&stage, 20.0, "q5");
    uint32_t last = stage_send(&stage, 100.0, "q20");

    stage_run(&stage, CS_S);
    FINE(&stage, 0, 100);
    if (killed)
        HEARD(&stage, first, 504, CS_REASON_MAX_DURATION, 100);
    else
        FINE(&stage, first, 105);
    FINE(&stage, next, killed ? 105 : 110);
    FINE(&stage, last, killed ? 125 : 130);
    stage_close(&stage);
}

Test(model_ties, a_connection_goes_to_the_waiter_whose_time_is_up)
{
    expect_passed_on(DATABASE("    pool: { max: 1, connect_timeout: 90ms }\n", ""), false);
}

Test(model_ties, a_connection_granted_to_one_killed_goes_on_at_once)
{
    expect_passed_on(DATABASE("    pool: { max: 1 }\n", ""), true);
}

Test(model_ties, a_backend_goes_to_the_waiter_whose_time_is_up)
{
    expect_passed_on(DATABASE("    gateway: { pool_size: 1, wait_timeout: 90ms }\n", ""),
                     false);
    expect_passed_on(DATABASE("    pool: { max: 9 }\n"
                              "    gateway: { pool_size: 1, wait_timeout: 90ms }\n",
                              ""),
                     false);
}

Test(model_ties, a_backend_granted_to_one_killed_goes_on_at_once)
{
    expect_passed_on(DATABASE("    gateway: { pool_size: 1 }\n", ""), true);
    expect_passed_on(DATABASE("    pool: { max: 9 }\n    gateway: { pool_size: 1 }\n", ""),
                     true);
}

/* The client of request 1 leaves at 110, when its unit comes: it is served. */
Test(model_ties, a_unit_comes_with_the_end_of_patience)
{
    static const char *const texts[] = {
        PATIENT(DATABASE("    pool: { max: 1 }\n", "")),
        PATIENT(DATABASE("    gateway: { pool_size: 1 }\n", "")),
    };
    for (int i = 0; i < 2; i++) {
        struct stage stage;

        stage_open(&stage, texts[i]);
        stage_send(&stage, 5.0, "q5");   /* to 10 */
        stage_send(&stage, 9.0, "q100"); /* to 110, which is too late */
        stage_send(&stage, 10.0, "q20"); /* granted and given up at 110, to 130 */
        stage_send(&stage, 125.0, "q5");
        stage_run(&stage, CS_S);
        HEARD(&stage, 1, 499, CS_REASON_GAVE_UP, 109);
        HEARD(&stage, 2, 499, CS_REASON_GAVE_UP, 110);
        FINE(&stage, 3, 135);
        stage_close(&stage);
    }
}

/* A kill frees connection and backend in time for who comes just then. */
Test(model_ties, what_a_kill_frees_serves_an_arrival)
{
    static const char *const texts[] = {
        DATABASE("    pool: { max: 1, connect_timeout: 90ms }\n", ""),
        DATABASE("    gateway: { pool_size: 1, wait_timeout: 90ms }\n", ""),
    };
    for (int i = 0; i < 2; i++) {
        struct stage stage;

        stage_open(&stage, texts[i]);
        stage_send(&stage, 0.0, "k100");
        stage_send(&stage, 10.0, "q5"); /* behind, at 20 for the gateway's next query */
        stage_send(&stage, 100.0, "q5");
        stage_run(&stage, CS_S);
        HEARD(&stage, 0, 504, CS_REASON_MAX_DURATION, 100);
        FINE(&stage, 1, 25);
        cr_expect_eq(stage.heard[2].code, 200);
        cr_expect_eq(stage.heard[2].end, 105 * CS_MS);
        stage_close(&stage);
    }
}

/* Idle since 20, closed at 100: who asks as his wait ends is in time, who
 * arrives is not, and opens another (10 ms). */
Test(model_ties, an_idle_connection_closes_before_an_arrival)
{
    struct stage stage;

    stage_open(&stage,
               DATABASE("    pool: { max: 1, connect: 10ms, idle_timeout: 70ms }\n", ""));
    stage_send(&stage, 0.0, "q20"); /* to 30 */
    stage_send(&stage, 0.0, "late");
    stage_send(&stage, 175.0, "q5"); /* idle since 105 */
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 30);
    FINE(&stage, 1, 105);
    FINE(&stage, 2, 190);
    stage_close(&stage);
}

/* There at 100 and killed at 100: it is open, and idle. */
Test(model_ties, a_connection_opens_for_one_who_is_killed)
{
    struct stage stage;

    stage_open(&stage,
               DATABASE("    pool: { max: 1, connect: 100ms, connect_timeout: 100ms }\n", ""));
    stage_send(&stage, 0.0, "k100");
    stage_send(&stage, 100.0, "q5");
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 504, CS_REASON_MAX_DURATION, 100);
    FINE(&stage, 1, 105);
    stage_close(&stage);
}

Test(model_ties, a_query_that_ends_beats_its_statement_timeout)
{
    static const char *const texts[] = {
        DATABASE("    server: { max_connections: 9, statement_timeout: 100ms }\n", ""),
        DATABASE("    server: { max_connections: 9, vcpus: 1, statement_timeout: 100ms }\n",
                 ""),
    };
    for (int i = 0; i < 2; i++) {
        struct stage stage;

        stage_open(&stage, texts[i]);
        stage_send(&stage, 0.0, "q100");
        stage_run(&stage, CS_S);
        FINE(&stage, 0, 100);
        stage_close(&stage);
    }
}

/* ---- a dependency's slot ---- */

#define DEPENDENCY(functions)                                                                  \
    STAGE_HEAD "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 50 } }\n"      \
               "dependencies: { d: { latency: 100ms, timeout: 100ms, max_concurrency: 1 } }\n" \
               "functions:\n"                                                                  \
               "  call: { fleet: f, max_duration: 100ms, steps: [ { call: d } ] }\n"           \
               "  kill: { fleet: f, max_duration: 50ms, steps: [ { call: d } ] }\n"            \
               "  a: { fleet: f, steps: [ { wait: 100ms }, { call: d } ] }\n"                  \
               "traffic: { t: { rate: 1/h, mix: { call: 100% } } }\n"

Test(model_ties, a_call_that_ends_beats_its_timeout_and_serves_an_arrival)
{
    struct stage stage;

    stage_open(&stage, DEPENDENCY(""));
    stage_send(&stage, 0.0, "call");
    stage_send(&stage, 99.999999, "call");
    stage_send(&stage, 100.0, "call");
    stage_send(&stage, 200.0, "kill");
    stage_send(&stage, 250.0, "call");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 100);
    HEARD(&stage, 1, 502, CS_REASON_DEPENDENCY_FULL, 99.999999);
    FINE(&stage, 2, 200);
    HEARD(&stage, 3, 504, CS_REASON_MAX_DURATION, 250);
    FINE(&stage, 4, 350);
    stage_close(&stage);
}

/* Two holds end at 100: the one begun first is first. */
Test(model_ties, of_two_releases_the_first_set_is_first)
{
    for (int caller_first = 0; caller_first < 2; caller_first++) {
        struct stage stage;

        stage_open(&stage, DEPENDENCY(""));
        stage_send(&stage, 0.0, caller_first ? "call" : "a");
        stage_send(&stage, 0.0, caller_first ? "a" : "call");
        stage_run(&stage, CS_S);
        if (caller_first)
            FINE(&stage, 1, 200);
        else
            HEARD(&stage, 0, 502, CS_REASON_DEPENDENCY_FULL, 100);
        stage_close(&stage);
    }
}

/* ---- an instance's CPU ---- */

#define CPU(concurrency)                                                    \
    STAGE_HEAD                                                              \
    "fleets: { f: { max_instances: 1, concurrency: " concurrency            \
    ", vcpus: 1, queue: { timeout: 90ms } } }\nfunctions:\n"                \
    "  a: { fleet: f, max_duration: 100ms, steps: [ { cpu: 100ms } ] }\n"   \
    "  half: { fleet: f, max_duration: 100ms, steps: [ { cpu: 50ms } ] }\n" \
    "  b: { fleet: f, steps: [ { cpu: 5ms } ] }\n"                          \
    "  kill: { fleet: f, max_duration: 40ms, steps: [ { cpu: 30ms } ] }\n"  \
    "traffic: { t: { rate: 1/h, mix: { a: 100% } } }\nclients: { patience: 100ms }\n"

Test(model_ties, a_cpu_step_that_ends_beats_every_timeout)
{
    struct stage stage;

    stage_open(&stage, CPU("1"));
    stage_send(&stage, 0.0, "a");
    stage_send(&stage, 10.0, "b");
    stage_send(&stage, 105.0, "b");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 100);
    FINE(&stage, 1, 105);
    FINE(&stage, 2, 110);
    stage_close(&stage);
    stage_open(&stage, CPU("2"));
    stage_send(&stage, 0.0, "half");
    stage_send(&stage, 0.0, "half"); /* both at half speed to 100 */
    stage_send(&stage, 10.0, "b");
    stage_run(&stage, CS_S);
    FINE(&stage, 0, 100);
    FINE(&stage, 1, 100);
    FINE(&stage, 2, 105);
    stage_close(&stage);
}

/* Killed at 40 with 20 of 30 ms done; what arrives then has the CPU as if it
 * had never been there, and the other goes on at half speed. */
Test(model_ties, a_kill_gives_its_share_back)
{
    struct stage stage;

    stage_open(&stage, CPU("2"));
    stage_send(&stage, 0.0, "kill");
    stage_send(&stage, 0.0, "half"); /* 20 done at 40, 25 at 50, then alone */
    stage_send(&stage, 40.0, "b");   /* 40 to 50 */
    stage_run(&stage, CS_S);
    HEARD(&stage, 0, 504, CS_REASON_MAX_DURATION, 40);
    FINE(&stage, 2, 50);
    FINE(&stage, 1, 75);
    stage_close(&stage);
}
