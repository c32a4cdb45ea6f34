/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/data.h"
#include "cli/nearest.h"
#include "cli/options.h"

static const char *nearest_of(const char *typed, const char *a, const char *b)
{
    struct cs_nearest nearest;

    cs_nearest_init(&nearest, typed);
    cs_nearest_offer(&nearest, a);
    cs_nearest_offer(&nearest, b);
    return nearest.best;
}

Test(cli, one_slip_of_each_kind_is_forgiven)
{
    cr_assert_str_eq(nearest_of("verfy", "report", "verify"), "verify");
    cr_assert_str_eq(nearest_of("veerify", "report", "verify"), "verify");
    cr_assert_str_eq(nearest_of("verifi", "report", "verify"), "verify");
    cr_assert_str_eq(nearest_of("verfiy", "report", "verify"), "verify");
    cr_assert_str_eq(nearest_of("rnu", "check", "run"), "run");
}

Test(cli, the_nearest_wins_and_the_first_of_equals)
{
    cr_assert_str_eq(nearest_of("latency_p96", "latency_p99", "latency_p96x"), "latency_p99");
    cr_assert_str_eq(nearest_of("latency_p9", "latency", "latency_p95"), "latency_p95");
}

Test(cli, what_is_far_is_not_proposed)
{
    cr_assert_null(nearest_of("frobnicate", "check", "verify"));
    cr_assert_null(nearest_of("cu", "run", "abc")); /* 2 of 2 letters */
    cr_assert_null(nearest_of("", "run", "check"));
}

Test(cli, a_word_too_long_is_passed_over)
{
    char word[80];

    memset(word, 'a', sizeof word);
    word[63] = '\0';
    cr_assert_str_eq(nearest_of(word, "b", word), word);
    word[63] = 'a';
    word[64] = '\0';
    cr_assert_null(nearest_of(word, "b", word));
}

static const struct argp_option option_list[] = {
    CS_OPTION_SET,  CS_OPTION_SLO, CS_OPTION_SEED,   CS_OPTION_REPS,
    CS_OPTION_JOBS, CS_OPTION_OUT, CS_OPTION_FORMAT, CS_OPTION_END,
};

static void read_words(struct cs_options *options, const char **argv)
{
    static const struct cs_command command = {"run", "", "FILE", NULL};
    int argc = 0;

    while (argv[argc] != NULL)
        argc++;
    cs_options_read(options, &command, option_list, argc, (char **)argv);
}

Test(cli, seed_and_reps_are_the_last_settings)
{
    const char *argv[] = {"capsim run",  "--seed",   "7", "a.yaml",
                          "--set=x.y=1", "--reps=3", NULL};
    struct cs_options options;

    read_words(&options, argv);
    cr_assert_str_eq(options.operand, "a.yaml");
    cr_assert_eq(options.n_sets, 3);
    cr_assert_str_eq(options.set[0], "x.y=1");
    cr_assert_str_eq(options.set[1], "seed=7");
    cr_assert_str_eq(options.set[2], "replications=3");
    cs_options_release(&options);
}

Test(cli, the_command_to_reproduce_is_quoted_and_leaves_out_what_does_not_matter)
{
    const char *argv[] = {"capsim run", "--jobs=2", "--out",         "x y",
                          "it's.yaml",  "--set",    "a.b=p(95) < 1", "--format=json",
                          "--seed",     "7",        "--slo=a,b",     NULL};
    struct cs_options options;
    char *command;

    read_words(&options, argv);
    command = cs_options_command(&options);
    cr_assert_str_eq(command, "capsim run 'it'\\''s.yaml' --set 'a.b=p(95) < 1' --seed 7 "
                              "--slo a,b");
    cr_assert_eq(options.jobs, 2);
    cr_assert_eq(options.format, CS_FORMAT_JSON);
    free(command);
    cs_options_release(&options);
}

Test(cli, a_given_data_folder_is_taken_as_it_is)
{
    char *path = cs_data_path("/some/where", "plots");

    cr_assert_str_eq(path, "/some/where/plots");
    free(path);
}

Test(cli, the_last_resort_is_where_the_program_was_to_be_installed)
{
    char *path = cs_data_path(NULL, "plots");

    cr_assert_eq(path[0], '/');
    cr_assert_str_eq(path + strlen(path) - strlen("/plots"), "/plots");
    free(path);
}
