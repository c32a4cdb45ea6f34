/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CLI_CLI_H
#define CAPSIM_CLI_CLI_H

/* Exit statuses: what a CI gate may rely on. */
enum {
    CS_EXIT_OK = 0,
    CS_EXIT_WORLD = 1,     /* disk, memory, gnuplot */
    CS_EXIT_USAGE = 2,     /* bad input or usage */
    CS_EXIT_MISSED = 3,    /* a gating objective is missed, a row is off */
    CS_EXIT_UNDECIDED = 4, /* a gating objective is undecided */
    CS_EXIT_INTERRUPTED = 130
};

/*
 * A command of the program.  It is one file with one of these; all else there
 * is static.
 *
 * run  gets argv[0] = "capsim NAME" and the command's own arguments, and
 *      returns an exit status.  Usage errors end the process with 2.
 */
struct cs_command {
    const char *name;
    const char *summary; /* what it does, in one line */
    const char *usage;   /* its operands, as help shows them */
    int (*run)(const struct cs_command *command, int argc, char **argv);
};

extern const struct cs_command cs_command_check;
extern const struct cs_command cs_command_run;
extern const struct cs_command cs_command_report;
extern const struct cs_command cs_command_verify;
extern const struct cs_command cs_command_schema;

/*
 * The program: options of its own, then a command and its arguments.
 * commands  ends with NULL
 */
int cs_cli_main(const struct cs_command *const *commands, int argc, char **argv);

#endif
