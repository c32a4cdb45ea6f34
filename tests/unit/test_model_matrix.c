/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everything at one nanosecond, 100 ms: whoever waits for a resource, or uses it,
 * gets it or is done (grant), is out of time there (timeout), loses its client
 * (cancel), its instance (kill) and its time in all (expiry), in every
 * combination, while another waits behind it and a third arrives.
 *
 * The order is: an instance's end from outside, releases, grants, expiries and
 * timeouts by who was set first, arrivals.  Each request ends once, and in the
 * end nothing is held.
 */
#include "model_instant.h"

enum { GRANT = 1, TIMEOUT = 2, CANCEL = 4, EXPIRY = 8, EVENTS = 16 };
struct resource {
    const char *name;
    const char *fleet, *platform;  /* with %s for the timeout, %u for how long it takes */
    const char *hold, *use, *next; /* steps of a holder, of the subject, of one behind */
    const char *timeout; /* its setting, in `fleet` or `platform`; NULL: it has none */
    int code;            /* of a timeout */
    enum cs_reason reason;
    bool is_done;    /* what it waits for is its own end */
    bool has_begun;  /* its max_duration runs */
    bool is_outside; /* no instance has it */
};

#define INSTANCE "max_instances: 1, concurrency: 50"
#define Q "queries: { long: %ums, q5: 5ms }"

static const struct resource resources[] = {
    {.name = "instance queue",
     .fleet = "max_instances: 1, queue: { %s }",
     .platform = "",
     .timeout = "timeout: 90ms",
     .hold = "wait: %ums",
     .use = "wait: 5ms",
     .next = "wait: 5ms",
     .code = 503,
     .reason = CS_REASON_QUEUE_TIMEOUT,
     .is_outside = true},
    {.name = "starting instance",
     .fleet = "max_instances: 1, concurrency: 2, queue: {}, cold_start: %ums",
     .platform = "",
     .use = "wait: 5ms",
     .next = "wait: 5ms"},
    {.name = "CPU",
     .fleet = INSTANCE ", vcpus: 9",
     .platform = "",
     .use = "cpu: %ums",
     .next = "cpu: 200ms",
     .is_done = true,
     .has_begun = true},
    {.name = "CPU of its own",
     .fleet = "max_instances: 3, vcpus: 1",
     .platform = "",
     .use = "cpu: %ums",
     .next = "cpu: 200ms",
     .is_done = true,
     .has_begun = true},
    {.name = "pool",
     .fleet = INSTANCE,
     .platform = "databases: { db: { pool: { max: 1, %s }, " Q " } }\n",
     .timeout = "connect_timeout: 90ms",
     .hold = "query: long",
     .use = "query: q5",
     .next = "query: q5",
     .code = 500,
     .reason = CS_REASON_POOL_EXHAUSTED,
     .has_begun = true},
    {.name = "pool, then a shared server",
     .fleet = INSTANCE,
     .platform = "databases: { db: { pool: { max: 1, %s }, "
                 "server: { max_connections: 9, vcpus: 9 }, " Q " } }\n",
     .timeout = "connect_timeout: 90ms",
     .hold = "query: long",
     .use = "query: q5",
     .next = "query: q5",
     .code = 500,
     .reason = CS_REASON_POOL_EXHAUSTED,
     .has_begun = true},
    {.name = "connecting",
     .fleet = INSTANCE,
     .platform = "databases: { db: { pool: { max: 1, %s, connect: %ums }, "
                 "queries: { q5: 5ms } } }\n",
     .timeout = "connect_timeout: 90ms",
     .use = "query: q5",
     .next = "query: q5",
     .code = 500,
     .reason = CS_REASON_POOL_EXHAUSTED,
     .has_begun = true},
    {.name = "backend",
     .fleet = INSTANCE,
     .platform = "databases: { db: { gateway: { pool_size: 1, %s }, " Q " } }\n",
     .timeout = "wait_timeout: 90ms",
     .hold = "query: long",
     .use = "query: q5",
     .next = "query: q5",
     .code = 504,
     .reason = CS_REASON_BACKEND_TIMEOUT,
     .has_begun = true},
    {.name = "backend, from a pool",
     .fleet = INSTANCE,
     .platform =
         "databases: { db: { pool: { max: 9 }, gateway: { pool_size: 1, %s }, " Q " } }\n",
     .timeout = "wait_timeout: 90ms",
     .hold = "query: long",
     .use = "query: q5",
     .next = "query: q5",
     .code = 500,
     .reason = CS_REASON_POOL_EXHAUSTED,
     .has_begun = true},
    {.name = "server",
     .fleet = INSTANCE,
     .platform = "databases: { db: { server: { max_connections: 9, %s }, " Q " } }\n",
     .timeout = "statement_timeout: 90ms",
     .use = "query: long",
     .next = "query: q5",
     .code = 500,
     .reason = CS_REASON_STATEMENT_TIMEOUT,
     .is_done = true,
     .has_begun = true},
    {.name = "shared server",
     .fleet = INSTANCE,
     .platform = "databases: { db: { server: { max_connections: 9, vcpus: 9, %s }, " Q " } }\n",
     .timeout = "statement_timeout: 90ms",
     .use = "query: long",
     .next = "query: q5",
     .code = 500,
     .reason = CS_REASON_STATEMENT_TIMEOUT,
     .is_done = true,
     .has_begun = true},
    {.name = "dependency",
     .fleet = INSTANCE,
     .platform = "dependencies: { d: { %s, latency: %ums, max_concurrency: 2 } }\n",
     .timeout = "timeout: 90ms",
     .use = "call: d",
     .next = "call: d",
     .code = 504,
     .reason = CS_REASON_DEPENDENCY_TIMEOUT,
     .is_done = true,
     .has_begun = true},
};

/* `format` with its %s and %u, in whatever order and number. */
static void fill(char *to, size_t size, const char *format, const char *setting,
                 unsigned length)
{
    size_t n = 0;

    for (const char *c = format; *c != '\0' && n + 1 < size; c++) {
        if (c[0] == '%' && c[1] == 's')
            n += (size_t)snprintf(to + n, size - n, "%s", setting);
        else if (c[0] == '%' && c[1] == 'u')
            n += (size_t)snprintf(to + n, size - n, "%u", length);
        else
            to[n++] = *c;
        if (c[0] == '%')
            c++;
    }
    to[n] = '\0';
}

/* Its timeout, or that there is none. */
static void setting_of(char *to, size_t size, const struct resource *resource, unsigned events)
{
    const char *timeout = resource->timeout == NULL ? "" : resource->timeout;

    snprintf(to, size, "%s", timeout);
    if (!(events & TIMEOUT) && *timeout != '\0')
        snprintf(to, size, "%.*s: unlimited", (int)strcspn(timeout, ":"), timeout);
}

/* The holder has it from 0 on, the subject asks at 10: one lasts to 100 or 150. */
static void write_text(char *text, size_t size, const struct resource *resource,
                       unsigned events)
{
    unsigned end = events & GRANT ? AT : AT + 50;
    unsigned length = resource->hold != NULL ? end : end - 10;
    char setting[64], fleet[256], platform[256], hold[64], use[64];

    setting_of(setting, sizeof setting, resource, events);
    fill(fleet, sizeof fleet, resource->fleet, setting, length);
    fill(platform, sizeof platform, resource->platform, setting, length);
    fill(hold, sizeof hold, resource->hold != NULL ? resource->hold : "wait: 1ms", "", length);
    fill(use, sizeof use, resource->use, "", length);
    snprintf(text, size,
             STAGE_HEAD "fleets: { f: { cancel_abandoned: true, %s } }\n%sfunctions:\n"
                        "  hold: { fleet: f, steps: [ { %s } ] }\n"
                        "  use: { fleet: f, %ssteps: [ { %s } ] }\n"
                        "  next: { fleet: f, steps: [ { %s } ] }\n"
                        "traffic: { t: { rate: 1/h, mix: { use: 100%% } } }\n%s",
             fleet, platform, hold, events & EXPIRY ? "max_duration: 90ms, " : "", use,
             resource->next, events & CANCEL ? "clients: { patience: 90ms }\n" : "");
}

/* ---- what must become of the subject ---- */

struct fate {
    int code;
    enum cs_reason reason;
    unsigned at; /* ms */
};

static struct fate fate_of(const struct resource *resource, unsigned events, enum kill kill)
{
    static const struct fate killed = {502, CS_REASON_OUT_OF_MEMORY, AT};
    bool has_it = events & GRANT || (kill == KILL_FIRST && resource->is_outside);

    if (kill == KILL_FIRST && !resource->is_outside)
        return killed;
    if (has_it && resource->is_done)
        return (struct fate){200, CS_REASON_OK, AT};
    if (events & CANCEL)
        return (struct fate){499, CS_REASON_GAVE_UP, AT};
    if (events & EXPIRY && resource->has_begun)
        return (struct fate){504, CS_REASON_MAX_DURATION, AT};
    if (events & TIMEOUT && !has_it)
        return (struct fate){resource->code, resource->reason, AT};
    if (kill == KILL_LAST && (has_it || !resource->is_outside))
        return killed;
    if (has_it || kill == KILL_LAST) /* the latter: an instance starts for it */
        return (struct fate){200, CS_REASON_OK, AT + 5};
    return (struct fate){200, CS_REASON_OK, resource->is_done ? AT + 50 : AT + 55};
}

/* ---- the run ---- */

/* One behind is next in line where neither limit nor kill reaches it. */
static void expect_next(const struct stage *stage, const struct resource *resource,
                        unsigned events, uint32_t next, const char *what)
{
    bool is_gone = events & EXPIRY && resource->has_begun;
    unsigned free = events & GRANT ? AT : AT + 50;

    if (resource->hold == NULL || events & (TIMEOUT | CANCEL))
        return;
    cr_expect_eq(stage->heard[next].end, (free + (is_gone ? 5 : 10)) * CS_MS,
                 "%s: the next ends at %g ms", what,
                 (double)stage->heard[next].end / (double)CS_MS);
}

static void run_case(const struct resource *resource, unsigned events, enum kill kill)
{
    struct stage stage;
    char text[2048], what[128];

    snprintf(what, sizeof what, "%s:%s%s%s%s%s", resource->name, events & GRANT ? " grant" : "",
             events & TIMEOUT ? " timeout" : "", events & CANCEL ? " cancel" : "",
             events & EXPIRY ? " expiry" : "",
             kill == KILL_FIRST  ? " kill first"
             : kill == KILL_LAST ? " kill last"
                                 : "");
    write_text(text, sizeof text, resource, events);
    stage_open(&stage, text);
    if (resource->hold != NULL)
        stage_send(&stage, 0.0, "hold");
    uint32_t subject = stage_send(&stage, 10.0, "use");
    uint32_t next = stage_send(&stage, 20.0, "next");

    run_to(&stage, kill);
    stage_send(&stage, AT, "next");
    if (kill == KILL_LAST)
        kill_all(&stage);
    stage_run(&stage, 10 * CS_S);
    struct fate fate = fate_of(resource, events, kill);
    const struct heard *heard = &stage.heard[subject];

    cr_expect(heard->code == fate.code && heard->reason == fate.reason &&
                  heard->end == fate.at * CS_MS,
              "%s: %d for reason %d at %g ms, not %d for %d at %u", what, heard->code,
              (int)heard->reason, (double)heard->end / (double)CS_MS, fate.code,
              (int)fate.reason, fate.at);
    if (kill == NO_KILL)
        expect_next(&stage, resource, events, next, what);
    finish(&stage, what);
}

Test(model_matrix, all_at_one_instant)
{
    for (size_t r = 0; r < sizeof resources / sizeof resources[0]; r++)
        for (unsigned events = 0; events < EVENTS; events++)
            for (int kill = NO_KILL; kill < KILLS; kill++)
                if (resources[r].timeout != NULL || !(events & TIMEOUT))
                    run_case(&resources[r], events, (enum kill)kill);
}
