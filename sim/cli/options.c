/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/check.h"

enum { MAX_JOBS = 1024 };

static void add_set(struct cs_options *options, const char *set)
{
    CS_GROW(options->set, options->n_sets + 1, options->set_cap);
    options->set[options->n_sets++] = set;
}

/* --seed and --reps are settings like any other: the loader checks them. */
static void add_setting(struct cs_options *options, const char *path, const char *value)
{
    size_t size = strlen(path) + strlen(value) + 2;
    char *set = cs_calloc(size, 1);

    snprintf(set, size, "%s=%s", path, value);
    CS_GROW(options->made, options->n_made + 1, options->made_cap);
    options->made[options->n_made++] = set;
    add_set(options, set);
}

static unsigned read_jobs(const char *arg, struct argp_state *state)
{
    char *end;
    unsigned long jobs;

    errno = 0;
    jobs = strtoul(arg, &end, 10);
    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || jobs < 1 ||
        jobs > MAX_JOBS)
        argp_error(state, "--jobs wants a whole number from 1 to %d, not \"%s\"", MAX_JOBS,
                   arg);
    return (unsigned)jobs;
}

static enum cs_format read_format(const struct cs_options *options, const char *arg,
                                  struct argp_state *state)
{
    static const char *const names[] = {"text", "json", "csv", "html"};
    unsigned n = options->allows_html ? 4 : 3;

    for (unsigned i = 0; i < n; i++)
        if (strcmp(arg, names[i]) == 0)
            return (enum cs_format)i;
    argp_error(state, "--format wants text, json%s, not \"%s\"",
               n == 4 ? ", csv or html" : " or csv", arg);
    return CS_FORMAT_TEXT;
}

static void read_operand(struct cs_options *options, const char *arg, struct argp_state *state)
{
    if (!options->wants_operand || options->operand != NULL)
        argp_error(state, "unexpected argument \"%s\"", arg);
    options->operand = arg;
}

static error_t read_option(int key, char *arg, struct argp_state *state)
{
    struct cs_options *options = state->input;

    switch (key) {
    case 's':
        add_set(options, arg); /* the loader says what is wrong with it */
        break;
    case 'o':
        options->slo = arg;
        break;
    case 'e':
        options->seed = arg;
        break;
    case 'r':
        options->reps = arg;
        break;
    case 'j':
        options->jobs = read_jobs(arg, state);
        break;
    case 'O':
        options->out = arg;
        break;
    case 'f':
        options->format = read_format(options, arg, state);
        break;
    case 'z':
        options->exit_zero = true;
        break;
    case 'q':
        options->quiet = true;
        break;
    case 'D':
        options->data = arg;
        break;
    case ARGP_KEY_ARG:
        read_operand(options, arg, state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void cs_options_read(struct cs_options *options, const struct cs_command *command,
                     const struct argp_option *list, int argc, char **argv)
{
    struct argp argp = {list, read_option, command->usage, command->summary, NULL, NULL, NULL};
    bool is_optional = command->usage[0] == '[';

    *options = (struct cs_options){.command_name = command->name};
    options->wants_operand = command->usage[0] != '\0';
    options->allows_html = strcmp(command->name, "report") == 0;
    argp_parse(&argp, argc, argv, 0, NULL, options);
    if (options->wants_operand && !is_optional && options->operand == NULL) {
        fprintf(stderr, "%s: %s is missing\nTry '%s --help'.\n", argv[0], command->usage,
                argv[0]);
        cs_options_release(options);
        exit(CS_EXIT_USAGE);
    }
    if (options->seed != NULL)
        add_setting(options, "seed", options->seed);
    if (options->reps != NULL)
        add_setting(options, "replications", options->reps);
}

void cs_options_release(struct cs_options *options)
{
    for (size_t i = 0; i < options->n_made; i++)
        free(options->made[i]);
    free(options->made);
    free((void *)options->set);
    *options = (struct cs_options){0};
}
