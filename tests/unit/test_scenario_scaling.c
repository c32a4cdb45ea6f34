/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How instances come and go by tokens, rules and memory: values, defaults, warnings. */
#include <criterion/criterion.h>

#include "capsim/memory.h"
#include "test_scenario.h"

static const char text[] = TEST_SMALL_HEAD
    "fleets:\n"
    "  api:\n"
    "    memory: 1024MB\n"
    "    cpu_threads: 1\n"
    "    concurrency: 8\n"
    "    start_burst: { rate: 100/min, burst: 1000 }\n"
    "    scale_out:\n"
    "      - { when: cpu > 80%, for: 30s, add: 2, cooldown: 45s }\n"
    "      - { when: \"memory>=62.5%\", for: 1m }\n"
    "    memory_use: { base: 180MB, per_request: 40MB, per_connection: 3MB }\n"
    "  chat: { like: api, memory: 2048MB, memory_use: { per_request: 300MB } }\n"
    "  plain: {}\n"
    "databases: { d: { pool: { max: 5 }, queries: { q: 1ms } } }\n"
    "functions:\n"
    "  serve: { fleet: api, steps: [ { query: q } ] }\n"
    "  talk: { fleet: chat, steps: [ { cpu: 5ms } ] }\n"
    "traffic: { open: { rate: 9/s, mix: { serve: 50%, talk: 50% } } }\n";

Test(scenario_scaling, what_is_written_is_what_is_bound)
{
    struct loaded loaded = load_text(text);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    const struct cs_fleet *api = &loaded.scenario->fleet[0], *chat = &loaded.scenario->fleet[1];
    const struct cs_fleet *plain = &loaded.scenario->fleet[2];

    cr_expect(api->start_burst.exists);
    cr_expect_float_eq(api->start_burst.rate_per_s, 100.0 / 60.0, 1e-15);
    cr_expect_eq(api->start_burst.burst, 1000);
    cr_assert_eq(api->n_scale_out, 2);
    cr_expect_eq(api->scale_out[0].measure, CS_SCALE_CPU);
    cr_expect_not(api->scale_out[0].or_equal);
    cr_expect_float_eq(api->scale_out[0].threshold, 0.8, 1e-15);
    cr_expect_eq(api->scale_out[0].window, 30 * CS_S);
    cr_expect_eq(api->scale_out[0].add, 2);
    cr_expect_eq(api->scale_out[0].cooldown, 45 * CS_S);
    cr_expect_eq(api->scale_out[1].measure, CS_SCALE_MEMORY);
    cr_expect(api->scale_out[1].or_equal);
    cr_expect_float_eq(api->scale_out[1].threshold, 0.625, 1e-15);
    cr_expect_eq(api->scale_out[1].add, 1);
    cr_expect_eq(api->scale_out[1].cooldown, 0);
    cr_expect_float_eq(api->memory_use.base, 180 * 0x1p20, 0.5);
    cr_expect_eq(chat->n_scale_out, 2);
    cr_expect_float_eq(chat->memory_use.base, 180 * 0x1p20, 0.5); /* by `like` */
    cr_expect_float_eq(chat->memory_use.per_request, 300 * 0x1p20, 0.5);
    cr_expect_not(plain->start_burst.exists || plain->memory_use.exists);
    cr_expect_eq(plain->n_scale_out, 0);
    /* 8 requests and 5 connections; the other asks no database. */
    cr_expect_float_eq(cs_memory_most(loaded.scenario, 0), 515 * 0x1p20, 0.5);
    cr_expect_float_eq(cs_memory_most(loaded.scenario, 1), 2580 * 0x1p20, 0.5);
    cr_expect_float_eq(cs_memory_most(loaded.scenario, 2), 0.0, 1e-12);
    loaded_release(&loaded);
}

Test(scenario_scaling, each_value_is_in_the_hash)
{
    static const char *const set[] = {"fleets.api.start_burst.rate=101/min",
                                      "fleets.api.start_burst.burst=999",
                                      "fleets.api.scale_out.0.when=slots > 80%",
                                      "fleets.api.scale_out.0.when=cpu >= 80%",
                                      "fleets.api.scale_out.0.when=cpu > 81%",
                                      "fleets.api.scale_out.1.for=61s",
                                      "fleets.api.scale_out.1.add=2",
                                      "fleets.api.scale_out.0.cooldown=46s",
                                      "fleets.api.memory_use.base=181MB",
                                      "fleets.api.memory_use.per_request=41MB",
                                      "fleets.api.memory_use.per_connection=4MB"};
    struct loaded loaded = load_text(text);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
        struct loaded other = load_set(text, set[i]);

        cr_assert_not_null(other.scenario, "%s: %s", set[i], other.said);
        cr_expect_str_neq(other.scenario->hash, loaded.scenario->hash, "%s", set[i]);
        loaded_release(&other);
    }
    loaded_release(&loaded);
}

static bool warns(const char *set, const char *part)
{
    struct loaded loaded = load_set(text, set);
    struct cs_arena *arena = cs_arena_new();
    const char **line = NULL;
    bool found = false;

    cr_assert_not_null(loaded.scenario, "%s: %s", set, loaded.said);
    size_t n = cs_scenario_warnings(loaded.scenario, arena, &line);

    for (size_t i = 0; i < n; i++)
        found = found || strstr(line[i], part) != NULL;
    cs_arena_free(arena);
    loaded_release(&loaded);
    return found;
}

/* api needs 515 MB at most: 50.3 % of 1024 MB; one thread is all of its 0.58 vCPU. */
Test(scenario_scaling, what_can_never_be_or_may_be_is_told)
{
    cr_expect(warns("seed=1", "Fleet chat: with concurrency 8 an instance may come to need"));
    cr_expect_not(warns("seed=1", "Fleet api: with concurrency 8 an instance may come"));
    cr_expect(
        warns("fleets.api.memory=514MB", "Fleet api: with concurrency 8 an instance may"));
    cr_expect(warns("seed=1", "Fleet api: its rule on memory >= 62.5% can never fire"));
    cr_expect_not(warns("fleets.api.scale_out.1.when=memory > 50%", "Fleet api: its rule on"));
    cr_expect(
        warns("fleets.api.vcpus=1.25", "Fleet api: its rule on cpu > 80% can never fire"));
    cr_expect_not(warns("fleets.api.vcpus=1.24", "Fleet api: its rule on cpu"));
}

Test(scenario_scaling, in_flight_as_in_the_file)
{
    static const struct {
        const char *set;
        bool is_fine;
    } change[] = {{"fleets.api.start_burst.rate: 5/s", true},
                  {"fleets.api.memory_use.per_request: 50MB", true},
                  {"fleets.api.scale_out: [ { when: slots > 50%, for: 10s } ]", true},
                  {"fleets.api.scale_out: []", true},
                  {"fleets.plain.scale_out: [ { when: slots > 50%, for: 10s } ]", true},
                  {"fleets.api.memory_use.base: 2GB", false}};

    for (size_t i = 0; i < sizeof change / sizeof change[0]; i++) {
        char whole[4096];

        (void)snprintf(whole, sizeof whole, "%sevents: [ { at: 1h, set: { %s } } ]\n", text,
                       change[i].set);
        struct loaded loaded = load_text(whole);

        cr_expect_eq(loaded.scenario != NULL, change[i].is_fine, "%s: %s", change[i].set,
                     loaded.said);
        loaded_release(&loaded);
    }
}
