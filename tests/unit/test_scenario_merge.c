/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "test_scenario.h"

TestSuite(scenario_merge, .timeout = 30);

static void expect_hash(const char *a, const char *b, bool is_same)
{
    struct loaded one = load_text(a), two = load_text(b);

    cr_assert_not_null(one.scenario, "%s", one.said);
    cr_assert_not_null(two.scenario, "%s", two.said);
    cr_expect_eq(strcmp(one.scenario->hash, two.scenario->hash) == 0, is_same, "%s\n%s", a, b);
    cr_expect_eq(strlen(one.scenario->hash), 64);
    loaded_release(&one);
    loaded_release(&two);
}

static const char *const rest =
    "functions: { serve: { fleet: f, steps: [ { wait: 1s } ] }, "
    "idle: { fleet: f, steps: [] } }\n"
    "traffic: { open: { rate: 60/min, mix: { serve: 70%, idle: 30% } } }\n";

static const char *with(const char *fleets)
{
    static char text[4][1024];
    static unsigned turn;
    char *out = text[turn++ % 4];

    (void)snprintf(out, sizeof text[0], "%sfleets: %s\n%s", TEST_SMALL_HEAD, fleets, rest);
    return out;
}

Test(scenario_merge, hash_is_of_settings_not_of_text)
{
    static const char other[] =
        "# a comment\ntraffic:\n  open:\n    mix: {idle: 30%, serve: 70%}\n    rate: 1/s\n"
        "functions:\n  idle: {steps: [], fleet: f}\n"
        "  serve: {steps: [{wait: {constant: 1000ms}}], fleet: f}\n"
        "fleets: {f: {concurrency: 1}}\ntitle: Another title\n"
        "seed: 1\nhorizon: {lead_in: 600s, duration: 120m}\nname: small\ncapsim: 1\n";

    expect_hash(with("{ f: {} }"), other, true);
    expect_hash(with("{ f: {} }"), with("{ f: { concurrency: 2 } }"), false);
    expect_hash(with("{ f: {} }"), with("{ f: { queue: {} } }"), false);
    expect_hash(with("{ f: {} }"), with("{ f: { cold_start: 1ms } }"), false);
    expect_hash(with("{ f: { cold_start: {exponential: {mean: 1ms}} } }"),
                with("{ f: { cold_start: {exponential: {mean: 1.0000001ms}} } }"), false);
}

Test(scenario_merge, hash_sees_every_setting)
{
    static const char *const set[] = {
        "name=other",
        "horizon.duration=3h",
        "horizon.lead_in=0s",
        "horizon.sample=1s",
        "horizon.start=2024-01-02",
        "replications=21",
        "seed=2",
        "load=1.1",
        "zones={a: {share: 100%}}",
        "regions={a: {max_instances: 5}}",
        "tiers={t: {users: 5}}",
        "databases={d: {queries: {q: 1s}}}",
        "dependencies={d: {latency: 1s}}",
        "fleets.f.freeze=true",
        "functions.serve.max_duration=5s",
        "functions.serve.errors={500: 1%}",
        "functions.serve.steps.0.wait=2s",
        "traffic.open.rate=91/s",
        "traffic.open.weekly=[1, 1, 1, 1, 1, 1, 2]",
        "clients.patience=5s",
        "slos={a: {target: mean < 1s}}",
        "slos={a: {target: mean < 2s}}",
    };
    struct loaded loaded[sizeof set / sizeof set[0]];
    size_t n = sizeof set / sizeof set[0];

    for (size_t i = 0; i < n; i++) {
        loaded[i] = load_set(TEST_SMALL, set[i]);
        cr_assert_not_null(loaded[i].scenario, "%s", loaded[i].said);
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(loaded[i].scenario->hash, loaded[j].scenario->hash, "%s, %s",
                              set[i], set[j]);
    }
    for (size_t i = 0; i < n; i++)
        loaded_release(&loaded[i]);
}

Test(scenario_merge, like_chains_and_replaces_distributions)
{
    struct loaded loaded = load_text(with(
        "{ f: { memory: 1GB, cold_start: {lognormal: {p50: 1s, p95: 2s}}, queue: {limit: 5, "
        "timeout: 1s} }, g: { like: f, cold_start: {exponential: {mean: 3s}} }, h: { like: g, "
        "queue: {limit: 7} } }"));

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    const struct cs_fleet *h = &loaded.scenario->fleet[2];
    cr_expect_eq(h->cold_start->kind, CS_DIST_EXPONENTIAL);
    cr_expect_eq(h->queue_limit, 7);
    cr_expect_not_null(h->queue_timeout);
    cr_expect_eq(h->memory_bytes, 0x1p30);
    loaded_release(&loaded);

    loaded = load_text(with("{ f: { like: g }, g: { like: f } }"));
    cr_expect_null(loaded.scenario);
    cr_expect_not_null(strstr(loaded.said, "circle"), "%s", loaded.said);
    loaded_release(&loaded);
}

Test(scenario_merge, the_scenario_wins_over_presets)
{
    struct folder folder;

    folder_init(&folder);
    (void)folder_write(&folder, "base.yaml",
                       "capsim: 1\nfleets: { f: { concurrency: 7, memory: "
                       "1GB, cold_start: 1s } }\n");
    (void)folder_write(&folder, "more.yaml", "fleets: { f: { memory: 2GB } }\n");
    const char *dirs[] = {"/nonexistent", folder.path};
    struct cs_load_options options = {
        .path = folder_write(&folder, "s.yaml",
                             TEST_SMALL_HEAD
                             "use: [base, more]\nfleets: { f: { concurrency: 9 } }\n"
                             "functions: { serve: { fleet: f, steps: [] } }\n"
                             "traffic: { open: { rate: 1/s, mix: { serve: 100% } } }\n"),
        .preset_dir = dirs,
        .n_preset_dirs = 2};
    struct loaded loaded = load_with(&options);
    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(loaded.scenario->fleet[0].concurrency, 9);
    cr_expect_eq(loaded.scenario->fleet[0].memory_bytes, 0x1p31);
    cr_expect_not_null(loaded.scenario->fleet[0].cold_start);
    loaded_release(&loaded);

    options.path = folder_write(&folder, "t.yaml", "capsim: 1\nname: t\nuse: bas\n");
    loaded = load_with(&options);
    cr_expect_null(loaded.scenario);
    cr_expect_not_null(strstr(loaded.said, "did you mean \"base\"?"), "%s", loaded.said);
    cr_expect_not_null(strstr(loaded.said, folder.path), "%s", loaded.said);
    loaded_release(&loaded);
    folder_release(&folder);
}

static struct loaded load_including(const char *part, const char *link)
{
    struct folder folder;
    char target[160];

    folder_init(&folder);
    (void)folder_write(&folder, "part.yaml", part);
    if (link != NULL) {
        (void)snprintf(target, sizeof target, "%s/part.yaml", folder.path);
        (void)remove(target);
        cr_assert_eq(symlink(link, target), 0);
    }
    struct cs_load_options options = {
        .path =
            folder_write(&folder, "s.yaml",
                         TEST_SMALL_HEAD "include: [part.yaml]\nfleets: { f: {} }\n"
                                         "functions: { serve: { fleet: f, steps: [] } }\n"
                                         "traffic: { a: { rate: 1/s, mix: { serve: 100% } } "
                                         "}\n")};
    struct loaded loaded = load_with(&options);
    folder_release(&folder);
    return loaded;
}

Test(scenario_merge, includes)
{
    struct loaded loaded =
        load_including("traffic: { b: { rate: 2/s, mix: { serve: 100% } } }\n", NULL);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(loaded.scenario->n_sources, 2);
    loaded_release(&loaded);

    loaded = load_including("traffic: { a: { rate: 2/s } }\n", NULL);
    cr_expect_null(loaded.scenario, "a value given twice");
    cr_expect_not_null(strstr(loaded.said, "s.yaml, line 7"), "%s", loaded.said);
    loaded_release(&loaded);

    loaded = load_including("include: s.yaml\n", NULL);
    cr_expect_null(loaded.scenario, "a circle");
    loaded_release(&loaded);

    loaded = load_including("", "/etc/hostname");
    cr_expect_null(loaded.scenario, "a link out of the folder");
    cr_expect_not_null(strstr(loaded.said, "leaves the scenario's folder"), "%s", loaded.said);
    loaded_release(&loaded);
}

Test(scenario_merge, set_reaches_lists_and_makes_known_keys)
{
    struct loaded loaded = load_set(TEST_SMALL, "functions.serve.steps.0.wait=3s");

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(loaded.scenario->function[0].step[0].time->kind, CS_DIST_CONSTANT);
    loaded_release(&loaded);
    loaded = load_set(TEST_SMALL, "slos={fast: {target: \"p(99.9) < 2s\"}}");
    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_float_eq(loaded.scenario->slo[0].quantile, 0.999, 1e-12);
    loaded_release(&loaded);
    loaded = load_set(TEST_SMALL "databases: { d: { pool: { max: 5 }, queries: {q: 1s} } }\n",
                      "fleets.f.pool.d.max=9");
    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(loaded.scenario->fleet[0].pool[0].max, 9);
    loaded_release(&loaded);
}

/* Merged key by key, two distributions would be neither. */
Test(scenario_merge, a_distribution_replaces_another_everywhere)
{
    static const char text[] =
        TEST_SMALL "databases: { d: { queries: { q: {lognormal: {p50: 1s, p95: 2s}}, "
                   "gamma: {gamma: {mean: 1s, cv: 1}} } } }\n";
    static const struct {
        const char *set;
        unsigned query;
        enum cs_dist_kind kind;
    } one[] = {
        {"databases.d.queries.q={exponential: {mean: 1s}}", 0, CS_DIST_EXPONENTIAL},
        {"databases.d.queries.q={lognormal: {mean: 1s, cv: 2}}", 0, CS_DIST_LOGNORMAL},
        {"databases.d.queries.q=3s", 0, CS_DIST_CONSTANT},
        {"databases.d.queries={q: {uniform: {min: 0s, max: 1s}}}", 0, CS_DIST_UNIFORM},
        {"databases.d.queries={gamma: {erlang: {mean: 1s, k: 3}}}", 1, CS_DIST_ERLANG},
    };

    for (size_t i = 0; i < sizeof one / sizeof one[0]; i++) {
        struct loaded loaded = load_set(text, one[i].set);

        cr_assert_not_null(loaded.scenario, "%s", loaded.said);
        cr_expect_eq(loaded.scenario->database[0].n_queries, 2);
        cr_expect_eq(loaded.scenario->database[0].query[one[i].query].time->kind, one[i].kind,
                     "%s", one[i].set);
        loaded_release(&loaded);
    }
    struct loaded loaded =
        load_set(TEST_SMALL, "functions.serve.steps.0.wait={uniform: {min: 0s, max: 1s}}");

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    cr_expect_eq(loaded.scenario->function[0].step[0].time->kind, CS_DIST_UNIFORM);
    loaded_release(&loaded);
}

Test(scenario_merge, a_missing_file_is_the_worlds_trouble)
{
    struct cs_load_options options = {.path = "/nonexistent/x.yaml"};
    struct loaded loaded = load_with(&options);

    cr_expect_null(loaded.scenario);
    cr_expect(cs_diagnostics_is_world(loaded.diag));
    loaded_release(&loaded);
    loaded = load_text("capsim: 2\n");
    cr_expect_not(cs_diagnostics_is_world(loaded.diag));
    loaded_release(&loaded);
}
