/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dependencies as the loader reads them, and what `check` says of them. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "scenario/validate.h"
#include "test_scenario.h"

#define CALLED(dependencies)                                                 \
    TEST_SMALL_HEAD                                                          \
    "fleets: { f: {} }\n"                                                    \
    "dependencies:\n" dependencies                                           \
    "functions: { serve: { fleet: f, steps: [ { call: d, count: 2 } ] } }\n" \
    "traffic: { open: { rate: 10/s, mix: { serve: 100% } } }\n"

static struct loaded load(const char *text)
{
    struct loaded loaded = load_text(text);

    cr_assert_not_null(loaded.scenario, "%s", loaded.said);
    return loaded;
}

Test(scenario_dependency, keeps_what_is_said)
{
    struct loaded loaded = load(CALLED(
        "  d: { latency: 1s, retries: { max: 2, backoff: { initial: 500ms, factor: 3, max: "
        "8s, jitter: full } }, rate_limit: 1000/min, circuit_breaker: { failures: 5, open: "
        "20s, probes: 2, scope: region }, fallback: e }\n  e: { like: d, fallback: none }\n"));
    const struct cs_dependency *d = &loaded.scenario->dependency[0];

    cr_expect_eq(d->retries.max, 2u);
    cr_expect_eq(d->retries.backoff.initial, 500 * CS_MS);
    cr_expect_eq(d->retries.backoff.factor, 3.0);
    cr_expect_eq(d->retries.backoff.max, 8 * CS_S);
    cr_expect(d->retries.backoff.full_jitter);
    cr_expect_float_eq(d->rate_limit_per_s, 1000.0 / 60.0, 1e-12);
    cr_expect(d->breaker.exists);
    cr_expect_eq(d->breaker.failures, 5);
    cr_expect_eq(d->breaker.open, 20 * CS_S);
    cr_expect_eq(d->breaker.probes, 2u);
    cr_expect_eq(d->breaker.scope, CS_SCOPE_REGION);
    cr_expect_eq(d->fallback, 1u);
    cr_expect_eq(d[1].fallback, CS_NONE);
    cr_expect_eq(d[1].breaker.probes, 2u);
    loaded_release(&loaded);
}

Test(scenario_dependency, what_is_absent_is_off)
{
    struct loaded loaded = load(CALLED("  d: { latency: 1s }\n"));
    const struct cs_dependency *d = &loaded.scenario->dependency[0];

    cr_expect_eq(d->retries.max, 0u);
    cr_expect(isinf(d->rate_limit_per_s));
    cr_expect_not(d->breaker.exists);
    cr_expect_eq(d->fallback, CS_NONE);
    loaded_release(&loaded);

    loaded = load(CALLED("  d: { latency: 1s, circuit_breaker: { failures: 3 } }\n"));
    d = &loaded.scenario->dependency[0];
    cr_expect_eq(d->breaker.open, 30 * CS_S);
    cr_expect_eq(d->breaker.probes, 1u);
    cr_expect_eq(d->breaker.scope, CS_SCOPE_INSTANCE);
    loaded_release(&loaded);
}

/* Each of them is part of what is simulated. */
Test(scenario_dependency, settings_are_in_the_hash)
{
    static const char *const change[] = {
        "dependencies.d.rate_limit=10/s",
        "dependencies.d.retries.max=3",
        "dependencies.d.retries.backoff.initial=2s",
        "dependencies.d.circuit_breaker.failures=6",
        "dependencies.d.circuit_breaker.open=31s",
        "dependencies.d.circuit_breaker.probes=2",
        "dependencies.d.circuit_breaker.scope=global",
        "dependencies.d.fallback=e",
        "dependencies.d.fallback=h",
    };
    enum { CHANGES = sizeof change / sizeof change[0] };
    const char *text =
        CALLED("  d: { latency: 1s, retries: { max: 1, backoff: { initial: 1s } }, "
               "circuit_breaker: { failures: 5 } }\n  e: { latency: 1s }\n"
               "  h: { latency: 1s }\n");
    char hash[CHANGES + 1][65];

    for (int i = 0; i <= CHANGES; i++) {
        struct loaded loaded = i < CHANGES ? load_set(text, change[i]) : load_text(text);

        cr_assert_not_null(loaded.scenario, "%s", loaded.said);
        strcpy(hash[i], loaded.scenario->hash);
        loaded_release(&loaded);
        for (int k = 0; k < i; k++)
            cr_expect_str_neq(hash[i], hash[k], "%d and %d", i, k);
    }
}

/* By hand: with errors of 50 %, two retries and delays of 1 and 2 s (half of it with
 * jitter), first byte 1 s, rest 2 s: 3 + 0.5 (1 + 1) + 0.25 (1 + 2), then e with an
 * eighth of 4 s; two calls a request. */
Test(scenario_dependency, estimates_count_retries_and_fallbacks)
{
#define FAILING                                                                                \
    "  d: { first_byte: 1s, tokens: 20, tokens_per_second: 10, error_rate: 50%, fallback: e, " \
    "retries: { max: 2, backoff: { initial: 1s } } }\n  e: { latency: 4s }\n"
    static const struct {
        const char *set;
        double mean_s;
    } expected[] = {
        {"load=1", 2 * (3.0 + 1.0 + 0.75 + 0.5)},
        {"dependencies.d.retries.backoff.jitter=full", 2 * (3.0 + 0.75 + 0.5 + 0.5)},
        {"dependencies.d.timeout=2s", 2 * (2.0 + 0.5)},
        {"dependencies.d.retries.max=0", 2 * (3.0 + 2.0)},
        {"dependencies.d.error_rate=0%", 2 * 3.0},
    };

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct loaded loaded = load_set(CALLED(FAILING), expected[i].set);

        cr_assert_not_null(loaded.scenario, "%s", loaded.said);
        cr_expect_float_eq(cs_work_of(loaded.scenario, 0, 0).mean_s, expected[i].mean_s, 1e-9,
                           "%s", expected[i].set);
        loaded_release(&loaded);
    }
}

/* All notes in one text. */
static char *notes(const struct cs_scenario *scenario,
                   size_t (*of)(const struct cs_scenario *, struct cs_arena *, const char ***))
{
    struct cs_arena *arena = cs_arena_new();
    const char **line;
    char *text = NULL;
    size_t size = 0, n = of(scenario, arena, &line);
    FILE *out = open_memstream(&text, &size);

    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s\n", line[i]);
    fclose(out);
    cs_arena_free(arena);
    return text;
}

#define FALLS_BACK                                                                 \
    CALLED("  d: { latency: 1s, circuit_breaker: { failures: 5 }, fallback: e }\n" \
           "  e: { latency: 1s }\n")

Test(scenario_dependency, warns_of_what_can_never_be)
{
    static const struct {
        const char *text, *warning; /* "": no word of the dependency */
    } expected[] = {
        {CALLED("  d: { latency: 1s, circuit_breaker: { failures: 5 } }\n"), "can never open"},
        {CALLED("  d: { latency: 1s, fallback: e }\n  e: { latency: 1s }\n"),
         "its fallback can never be used"},
        {CALLED("  d: { latency: 1s, retries: { max: 1 } }\n"), "none can be retried"},
        {CALLED("  d: { latency: 1s, timeout: 5s, retries: { max: 1 } }\n"),
         "only its timeout makes a call fail"},
        {CALLED(
             "  d: { latency: 1s, error_rate: 1%, timeout: 5s, retries: { max: 1, backoff: { "
             "initial: 6s } } }\n"),
         "the first would come 6 s after a failure"},
        {CALLED("  d: { latency: 1s, rate_limit: 600/min }\n"),
         "call it 20 times a second on average, and its rate_limit is 10."},
        {FALLS_BACK "events: [ { at: 1h, for: 1m, outage: { dependency: d } } ]\n", ""},
        {CALLED(
             "  d: { latency: 1s, error_rate: 1%, timeout: 5s, circuit_breaker: { failures: 5 "
             "}, retries: { max: 1, backoff: { initial: 1s } } }\n"),
         ""},
    };

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct loaded loaded = load(expected[i].text);
        char *text = notes(loaded.scenario, cs_scenario_warnings);

        if (*expected[i].warning == '\0')
            cr_expect_null(strstr(text, "Dependency"), "%zu: %s", i, text);
        else
            cr_expect_not_null(strstr(text, expected[i].warning), "%zu: %s", i, text);
        free(text);
        loaded_release(&loaded);
    }
}

Test(scenario_dependency, says_what_is_off)
{
    static const struct {
        const char *text, *note;
    } expected[] = {
        {CALLED("  d: { latency: 1s }\n"),
         "Dependency d: no retries, fallback or circuit_breaker.\n"},
        {CALLED("  d: { latency: 1s, retries: { max: 1 } }\n"),
         "Dependency d: no circuit_breaker.\n"},
        {CALLED("  d: { latency: 1s, circuit_breaker: { failures: 1 } }\n"),
         "Dependency d: no retries or fallback.\n"},
    };

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct loaded loaded = load(expected[i].text);
        char *text = notes(loaded.scenario, cs_scenario_off);

        cr_expect_not_null(strstr(text, expected[i].note), "%zu: %s", i, text);
        free(text);
        loaded_release(&loaded);
    }
}
