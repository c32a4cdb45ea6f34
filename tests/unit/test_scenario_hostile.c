/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <sys/stat.h>

#include "test_scenario.h"

/* What a scenario file must not be able to do: take long, take much memory,
 * crash.  The timeout is the test of the first. */
TestSuite(scenario_hostile, .timeout = 30);

static char *repeated(const char *head, const char *unit, size_t n, const char *tail)
{
    size_t size = strlen(head) + n * strlen(unit) + strlen(tail) + 1;
    char *text = malloc(size), *at = text;

    at += sprintf(at, "%s", head);
    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%s", unit);
    strcpy(at, tail);
    return text;
}

static void expect_refused(const char *text, const char *because)
{
    struct loaded loaded = load_text(text);

    cr_expect_null(loaded.scenario, "%s", because);
    cr_expect_not_null(strstr(loaded.said, because), "%s: %.400s", because, loaded.said);
    loaded_release(&loaded);
}

Test(scenario_hostile, deep_nesting)
{
    char *text = repeated("capsim: ", "[", 100000, "");

    expect_refused(text, "32 levels");
    free(text);
    text = repeated("capsim: ", "{a: ", 50000, "");
    expect_refused(text, "32 levels");
    free(text);
}

Test(scenario_hostile, many_anchors_and_aliases)
{
    char *text = repeated("capsim: [", "&a 1, ", 60000, "1]");

    expect_refused(text, "anchors");
    free(text);
    expect_refused("a: *b\n", "aliases");
    expect_refused("&p {self: *p}\n", "anchors");
}

Test(scenario_hostile, too_large)
{
    char *text = repeated("capsim: 1\n", "# filler line of a comment\n", 60000, "");

    expect_refused(text, "larger than 1024 KiB");
    free(text);
    text = repeated("capsim: [", "1,", 200000, "1]");
    expect_refused(text, "100000 YAML events");
    free(text);
}

Test(scenario_hostile, many_keys)
{
    char *text = malloc(1 << 20), *at = text;

    for (int i = 0; i < 40000; i++)
        at += sprintf(at, "k%d: 1\n", i);
    expect_refused(text, "10000 keys");
    at = text;
    for (int i = 0; i < 9000; i++)
        at += sprintf(at, "unknown_key_number_%d: 1\n", i);
    struct loaded loaded = load_text(text);
    cr_expect_null(loaded.scenario);
    cr_expect_leq(strlen(loaded.said), 60000, "at most 100 problems are shown");
    loaded_release(&loaded);
    free(text);
}

Test(scenario_hostile, not_a_scenario)
{
    expect_refused("", "nothing in it");
    expect_refused("# only a comment\n", "nothing in it");
    expect_refused("- a\n- b\n", "a map of keys");
    expect_refused("42", "a map of keys");
    expect_refused("capsim: 1\n---\ncapsim: 1\n", "second document");
    expect_refused("capsim: !!int 1\n", "tags");
    expect_refused("? [a, b]\n: 1\n", "plain word");
    expect_refused("capsim: \"a\\0b\"\n", "NUL");
    expect_refused("capsim: 1\nname: \"\xff\"\n", "not UTF-8");
    expect_refused("\xff\xfe"
                   "c",
                   "UTF-16");
    expect_refused("capsim: 1\nfleets:\n", "nothing is there");
}

Test(scenario_hostile, huge_numbers)
{
    expect_refused(TEST_SMALL "tiers: { a: { users: 10000000 }, b: { users: 10000000 }, c: { "
                              "users: 10000000 } }\n",
                   "20 million");
    struct loaded loaded = load_set(TEST_SMALL, "traffic.open.rate=1e7/s");
    cr_expect_not_null(strstr(loaded.said, "about 1.6e+12 requests"), "%s", loaded.said);
    loaded_release(&loaded);
}

Test(scenario_hostile, ten_mistakes_are_ten_reports)
{
    struct loaded loaded = load_text(
        "capsim: 1\nname: a b\nhorizon: { duration: 10 }\nreplications: many\nload: -1\n"
        "fleets: { f: { concurency: 2, reuse: last } }\n"
        "functions: { s: { fleet: g, steps: [ { wait: 5MB } ] } }\n"
        "traffic: { t: { rate: 5, mix: { s: 90% } } }\n");

    cr_expect_null(loaded.scenario);
    cr_expect_eq(cs_diagnostics_errors(loaded.diag), 10, "%s", loaded.said);
    loaded_release(&loaded);
}

/* A pipe in place of a file is refused, not waited for (the test would time out). */
Test(scenario_hostile, pipes_are_no_files, .timeout = 10)
{
    static const char *const text[] = {
        TEST_SMALL "include: [ pipe ]\n",
        TEST_SMALL_HEAD "fleets: { f: {} }\nfunctions: { s: { fleet: f, steps: [ { wait: 1s } "
                        "] } }\ntraffic: { t: { trace: { file: pipe }, mix: { s: 100% } } }\n",
        TEST_SMALL_HEAD "fleets: { f: {} }\nfunctions: { s: { fleet: f, steps: [ { wait: { "
                        "samples: { file: pipe } } } ] } }\n"
                        "traffic: { t: { rate: 1/s, mix: { s: 100% } } }\n",
    };
    struct folder folder;
    char pipe[128];

    folder_init(&folder);
    (void)snprintf(pipe, sizeof pipe, "%s/pipe", folder.path);
    cr_assert_eq(mkfifo(pipe, 0600), 0);
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        struct cs_load_options options = {.path = folder_write(&folder, "s.yaml", text[i])};
        struct loaded loaded = load_with(&options);

        cr_expect_null(loaded.scenario);
        cr_expect(strstr(loaded.said, "not a regular file") != NULL, "%s", loaded.said);
        loaded_release(&loaded);
    }
    (void)unlink(pipe);
    folder_release(&folder);
}

/* xorshift64 (Marsaglia 2003): any fixed sequence will do. */
static unsigned long long next(unsigned long long *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static size_t mutate(char *text, size_t length, unsigned long long *state)
{
    static const char bytes[] = "{}[]:,-#&*!|>'\"%@` \t\n\r.0123456789eE/aszw\x80\xff\xc3";
    unsigned changes = 1 + (unsigned)(next(state) % 4);

    for (unsigned i = 0; i < changes && length > 1; i++) {
        size_t at = (size_t)(next(state) % length);
        if (next(state) % 4 == 0) {
            size_t cut = (size_t)(next(state) % 8) % (length - at);
            memmove(text + at, text + at + cut, length - at - cut);
            length -= cut;
        } else {
            text[at] = bytes[next(state) % (sizeof bytes - 1)];
        }
    }
    return length;
}

/* Under the sanitizers this finds reads past a token or a mark; without them,
 * crashes and endless loops. */
Test(scenario_hostile, mutations_never_crash)
{
    static const char good[] = TEST_SMALL
        "databases: { d: { pool: { max: 5, connect: {gamma: {mean: 5ms, cv: 2}} }, "
        "queries: { q: {quantiles: {p50: 1s, max: 2s}} } } }\n"
        "slos: { a: { target: \"first_byte p(95) < 4s\", of: { function: serve } } }\n"
        "zones: { e: { share: 60%, utc_offset: -5h }, w: { share: 40% } }\n";
    unsigned long long state = 88172645463325252ull;
    unsigned sound = 0;

    for (unsigned i = 0; i < 3000; i++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        size_t length = mutate(text, sizeof good - 1, &state);
        struct loaded loaded = load_bytes(text, length);
        cr_assert_eq(loaded.scenario != NULL, cs_diagnostics_errors(loaded.diag) == 0);
        sound += loaded.scenario != NULL ? 1 : 0;
        loaded_release(&loaded);
    }
    cr_expect_gt(sound, 10, "some mutations are still scenarios");
    cr_expect_lt(sound, 2900);
}
