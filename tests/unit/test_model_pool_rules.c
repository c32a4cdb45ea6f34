/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * node-postgres' pool (packages/pg-pool/index.js), rule by rule: requests at given
 * instants, when each is answered, and what the pool holds in between.
 */
#include "model_fixture.h"

enum { MAX_SENT = 6, MAX_LOOKS = 6 };

struct sent {
    double at;
    const char *function;
    double end; /* fine; below 0: 500 at -end */
};

struct look {
    double at; /* just after all that happens then */
    uint32_t total, idle, waiting;
};

struct rule {
    const char *says, *pool, *fleet;
    struct sent sent[MAX_SENT];
    struct look look[MAX_LOOKS];
};

static const struct rule rules[] = {
    {"callers beyond max wait in a queue, first in first out",
     "max: 1",
     "",
     {{0, "q20", 20}, {1, "q10", 30}, {2, "q5", 35}},
     {{2, 1, 0, 2}, {20, 1, 0, 1}, {35, 1, 1, 0}}},
    {"the queue has no bound",
     "max: 1",
     "",
     {{0, "q20", 20}, {0, "q5", 25}, {0, "q5", 30}, {0, "q5", 35}, {0, "q5", 40}},
     {{0, 1, 0, 4}}},
    {"where none is idle and there is room, the caller opens one",
     "max: 2, connect: 10ms",
     "",
     {{0, "q20", 30}, {5, "q20", 35}},
     {{9, 2, 0, 0}}},
    {"an idle one is used before another is opened",
     "max: 2, connect: 10ms",
     "",
     {{0, "q10", 20}, {25, "q10", 35}},
     {{24, 1, 1, 0}, {26, 1, 0, 0}}},
    {"of the idle ones the last used is first: the other's timer goes on",
     "max: 2, idle_timeout: 50ms",
     "",
     {{0, "q20", 20}, {0, "q30", 30}, {40, "q10", 50}},
     {{69.9, 2, 2, 0}, {70, 1, 1, 0}, {99.9, 1, 1, 0}, {100, 0, 0, 0}}},
    {"one that connects counts toward max",
     "max: 1, connect: 10ms",
     "",
     {{0, "q20", 30}, {1, "q20", 50}},
     {{1, 1, 0, 1}}},
    {"who caused a connection waits for it, though another comes free",
     "max: 2, connect: 10ms",
     "",
     {{0, "q20", 30}, {25, "q20", 55}, {31, "q20", 51}},
     {{30, 2, 1, 0}}},
    {"the timeout of a waiter runs from when it was put in the queue",
     "max: 1, connect: 10ms, connect_timeout: 25ms",
     "",
     {{0, "q20", 30}, {1, "q20", -26}, {6, "q20", 50}},
     {{25.9, 1, 0, 2}, {26, 1, 0, 1}}},
    {"establishing has a timeout of its own, and a failure frees the place",
     "max: 1, connect: 20ms, connect_timeout: 15ms",
     "",
     {{0, "q10", -15}, {20, "q10", -35}},
     {{14.9, 1, 0, 0}, {15, 0, 0, 0}}},
    {"a waiter that comes to open one keeps its first timer",
     "max: 1, connect: 20ms, connect_timeout: 15ms",
     "",
     {{0, "q10", -15}, {5, "q10", -20}},
     {{15, 1, 0, 0}, {20, 1, 0, 0}, {30, 0, 0, 0}}},
    {"one that nobody waits for any more goes idle when it is there",
     "max: 1, connect: 10ms",
     "",
     {{0, "brief", -5}, {12, "q10", 22}},
     {{9.9, 1, 0, 0}, {10, 1, 1, 0}}},
    {"the pool tries nothing again by itself",
     "max: 1, connect: 20ms, connect_timeout: 5ms",
     "",
     {{0, "q10", -5}},
     {{5, 0, 0, 0}, {900, 0, 0, 0}}},
    {"a release at min starts no timer",
     "max: 3, min: 1, idle_timeout: 50ms",
     "",
     {{0, "q10", 10}},
     {{9000, 1, 1, 0}}},
    {"min opens nothing",
     "max: 3, min: 2, idle_timeout: 50ms",
     "",
     {{100, "q10", 110}},
     {{90, 0, 0, 0}, {9000, 1, 1, 0}}},
    {"a release above min starts a timer, which closes if that is still so",
     "max: 2, min: 1, idle_timeout: 50ms",
     "",
     {{0, "q10", 10}, {0, "q20", 20}},
     {{59.9, 2, 2, 0}, {60, 1, 1, 0}, {70, 1, 1, 0}, {9000, 1, 1, 0}}},
    {"each release starts the timer anew",
     "max: 1, idle_timeout: 50ms",
     "",
     {{0, "q10", 10}, {55, "q10", 65}, {100, "q5", 105}},
     {{154.9, 1, 1, 0}, {155, 0, 0, 0}}},
    {"one released to a waiter has no timer",
     "max: 1, idle_timeout: 50ms",
     "",
     {{0, "q30", 30}, {10, "q30", 60}},
     {{80, 1, 1, 0}, {110, 0, 0, 0}}},
    {"an idle timeout of nothing never closes",
     "max: 2",
     "",
     {{0, "q10", 10}, {0, "q10", 10}},
     {{900000, 2, 2, 0}}},
    {"timers stand still while the instance is frozen",
     "max: 1, idle_timeout: 50ms",
     ", freeze: true",
     {{0, "q10", 10}, {200, "work", 300}},
     {{199, 1, 1, 0}, {249.9, 1, 1, 0}, {250, 0, 0, 0}}},
};

static void open_stage(struct stage *stage, const struct rule *rule)
{
    char text[2048];

    snprintf(text, sizeof text,
             STAGE_HEAD
             "fleets: { f: { min_instances: 1, max_instances: 1, concurrency: 50%s } }\n"
             "databases:\n  db:\n    pool: { %s }\n"
             "    queries: { q5: 5ms, q10: 10ms, q20: 20ms, q30: 30ms }\n"
             "functions:\n"
             "  q5: { fleet: f, steps: [ { query: q5 } ] }\n"
             "  q10: { fleet: f, steps: [ { query: q10 } ] }\n"
             "  q20: { fleet: f, steps: [ { query: q20 } ] }\n"
             "  q30: { fleet: f, steps: [ { query: q30 } ] }\n"
             "  brief: { fleet: f, max_duration: 5ms, steps: [ { query: q20 } ] }\n"
             "  work: { fleet: f, steps: [ { wait: 100ms } ] }\n"
             "traffic: { t: { rate: 1/h, mix: { q10: 100%% } } }\n",
             rule->fleet, rule->pool);
    stage_open(stage, text);
}

static void expect_look(const struct stage *stage, const struct rule *rule,
                        const struct look *look)
{
    const struct cs_pool *pool = stage->model->cell[0].instance[0]->pool[0];
    uint32_t total = pool == NULL ? 0 : pool->total;
    uint32_t idle = pool == NULL ? 0 : pool->n_idle;
    uint32_t waiting = pool == NULL ? 0 : (uint32_t)pool->active.waiting;

    cr_expect(total == look->total && idle == look->idle && waiting == look->waiting,
              "%s: at %g ms %u in all, %u idle, %u wait", rule->says, look->at, (unsigned)total,
              (unsigned)idle, (unsigned)waiting);
}

/* Everything in the order of time: looks come after what is sent at their instant. */
static void play(struct stage *stage, const struct rule *rule)
{
    size_t look = 0;

    for (size_t i = 0; i < MAX_SENT && rule->sent[i].function != NULL; i++) {
        for (; look < MAX_LOOKS && rule->look[look].at < rule->sent[i].at &&
               (look == 0 || rule->look[look].at > 0);
             look++) {
            stage_run(stage, (cs_time)(rule->look[look].at * (double)CS_MS));
            expect_look(stage, rule, &rule->look[look]);
        }
        stage_send(stage, rule->sent[i].at, rule->sent[i].function);
    }
    for (; look < MAX_LOOKS && (look == 0 || rule->look[look].at > 0); look++) {
        stage_run(stage, (cs_time)(rule->look[look].at * (double)CS_MS));
        expect_look(stage, rule, &rule->look[look]);
    }
}

Test(model_pool_rules, each_is_kept)
{
    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++) {
        struct stage stage;

        open_stage(&stage, &rules[r]);
        play(&stage, &rules[r]);
        stage_run(&stage, 1000 * CS_S);
        for (uint32_t i = 0; i < stage.n; i++) {
            const struct heard *heard = &stage.heard[i];
            double end = rules[r].sent[i].end;
            bool is_fine = heard->times == 1 && (heard->code == 200) == (end > 0.0) &&
                           heard->end == (cs_time)((end > 0.0 ? end : -end) * (double)CS_MS);

            cr_expect(is_fine, "%s: request %u: code %d at %g ms", rules[r].says, (unsigned)i,
                      heard->code, (double)heard->end / (double)CS_MS);
        }
        stage_close(&stage);
    }
}
