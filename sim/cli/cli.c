/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/arena.h"
#include "cli/nearest.h"
#include "cli/streams.h"

struct top {
    const struct cs_command *const *commands;
    const struct cs_command *chosen;
    int first; /* index in argv of the command's name */
};

static const struct cs_command *find(const struct cs_command *const *commands, const char *name)
{
    for (size_t i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static _Noreturn void unknown_command(const struct cs_command *const *commands,
                                      const char *name)
{
    struct cs_nearest nearest;

    cs_nearest_init(&nearest, name);
    for (size_t i = 0; commands[i] != NULL; i++)
        cs_nearest_offer(&nearest, commands[i]->name);
    fprintf(stderr, "capsim: unknown command \"%s\"", name);
    if (nearest.best != NULL)
        fprintf(stderr, "; did you mean \"%s\"?", nearest.best);
    fputs("\nTry 'capsim --help'.\n", stderr);
    exit(CS_EXIT_USAGE);
}

enum { KEY_VERSION = 'V' };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct top *top = state->input;

    switch (key) {
    case KEY_VERSION:
        puts("capsim " CAPSIM_VERSION);
        exit(CS_EXIT_OK);
    case ARGP_KEY_ARG:
        top->chosen = find(top->commands, arg);
        if (top->chosen == NULL)
            unknown_command(top->commands, arg);
        top->first = state->next - 1;
        state->next = state->argc; /* the rest is the command's */
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which command?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option top_options[] = {
    {"version", KEY_VERSION, NULL, 0, "Print the version", -1},
    {0},
};

/* The list of commands stands in the help text, from the one table. */
static const char *help_text(struct cs_arena *arena, const struct cs_command *const *commands)
{
    const char *text = "A discrete-event capacity simulator.\n\nCommands:\n";

    for (size_t i = 0; commands[i] != NULL; i++)
        text = cs_arena_printf(arena, "%s  %-7s %-9s %s\n", text, commands[i]->name,
                               commands[i]->usage, commands[i]->summary);
    return cs_arena_printf(arena,
                           "%s\v"
                           "'capsim COMMAND --help' tells a command's options.\n\n"
                           "Exit status: 0 ran, every gating objective met; 1 the world "
                           "failed (disk, memory, gnuplot); 2 bad input or usage; 3 ran, "
                           "one is missed; 4 ran, one is undecided; 130 interrupted.",
                           text);
}

static int run_command(const struct top *top, int argc, char **argv)
{
    char *first = argv[top->first];
    size_t size = strlen("capsim ") + strlen(first) + 1;
    char *name = malloc(size);
    int status;

    if (name == NULL) {
        perror("capsim");
        return CS_EXIT_WORLD;
    }
    snprintf(name, size, "capsim %s", first);
    argv[top->first] = name;
    status = top->chosen->run(top->chosen, argc - top->first, argv + top->first);
    argv[top->first] = first;
    free(name);
    return status;
}

int cs_cli_main(const struct cs_command *const *commands, int argc, char **argv)
{
    struct top top = {.commands = commands};
    struct cs_arena *arena;
    struct argp argp = {top_options, parse, "COMMAND [ARGUMENT...]", NULL, NULL, NULL, NULL};

    cs_streams_open();
    argp_err_exit_status = CS_EXIT_USAGE;
    arena = cs_arena_new();
    argp.doc = help_text(arena, commands);
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &top);
    cs_arena_free(arena);
    return run_command(&top, argc, argv);
}
