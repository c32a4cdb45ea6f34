/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CLI_OPTIONS_H
#define CAPSIM_CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"

/*
 * The options that commands share.  An option means the same in each command
 * that has it; a command lists the ones it takes, by these entries.
 */
enum cs_format { CS_FORMAT_TEXT, CS_FORMAT_JSON, CS_FORMAT_CSV, CS_FORMAT_HTML };

/* clang-format off */
#define CS_OPTION_SET {"set", 's', "PATH=VALUE", 0, "Change a setting (repeatable)", 0}
#define CS_OPTION_SLO \
    {"slo", 'o', "NAME,...", 0, "The objectives that decide; the others only report", 0}
#define CS_OPTION_SEED {"seed", 'e', "N", 0, "Seed of the random numbers", 0}
#define CS_OPTION_REPS {"reps", 'r', "N", 0, "Number of replications", 0}
#define CS_OPTION_JOBS {"jobs", 'j', "N", 0, "Threads (default: one a processor)", 0}
#define CS_OPTION_OUT {"out", 'O', "DIR", 0, "Folder of the results (default: out/NAME)", 0}
#define CS_OPTION_FORMAT \
    {"format", 'f', "FORMAT", 0, "Of standard output: text, json or csv", 0}
#define CS_OPTION_EXIT_ZERO {"exit-zero", 'z', NULL, 0, "Make exit status 3 and 4 a 0", 0}
#define CS_OPTION_QUIET {"quiet", 'q', NULL, 0, "No progress and no remarks", 0}
#define CS_OPTION_DATA \
    {"data", 'D', "DIR", 0, "Folder that holds configs/ and plots/ of the program", 0}
#define CS_OPTION_END {0}
/* clang-format on */

struct cs_options {
    const char *operand; /* the FILE, or NULL */
    const char **set;    /* PATH=VALUE, --seed and --reps among them */
    size_t n_sets, set_cap;
    const char *slo, *seed, *reps, *out, *data;
    unsigned jobs; /* 0: one a processor */
    enum cs_format format;
    bool exit_zero, quiet;

    const char *command_name;
    bool wants_operand, allows_html;
    char **made; /* the strings of `set` that are ours */
    size_t n_made, made_cap;
};

/*
 * Read a command's arguments.  A mistake is told and ends the process with
 * CS_EXIT_USAGE, --help with 0.
 *
 * list  the options the command takes, CS_OPTION_END last
 *
 * A command whose `usage` is empty takes no operand, the others just one,
 * and "[...]" means that it may be left out.  Strings are borrowed from argv.
 */
void cs_options_read(struct cs_options *options, const struct cs_command *command,
                     const struct argp_option *list, int argc, char **argv);
void cs_options_release(struct cs_options *options);

/* The command that gives these results again, quoted for a shell: what does not
 * bear on them (jobs, folders, format) is left out.  Free with free(). */
char *cs_options_command(const struct cs_options *options);

#endif
