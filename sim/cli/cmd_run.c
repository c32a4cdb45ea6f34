/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "capsim/experiment.h"
#include "cli/cli.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "cli/stop.h"

static const struct argp_option option_list[] = {
    CS_OPTION_SET,   CS_OPTION_SLO,  CS_OPTION_SEED,   CS_OPTION_REPS,
    CS_OPTION_JOBS,  CS_OPTION_OUT,  CS_OPTION_FORMAT, CS_OPTION_EXIT_ZERO,
    CS_OPTION_QUIET, CS_OPTION_DATA, CS_OPTION_END,
};

static void warn(const struct cs_scenario *scenario)
{
    struct cs_arena *arena = cs_arena_new();
    const char **warning = NULL;
    size_t n = cs_scenario_warnings(scenario, arena, &warning);

    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "capsim: warning: %s\n", warning[i]);
    fprintf(stderr, "capsim: %s, replications: %s%lu\n", scenario->name,
            scenario->precision > 0 ? "up to " : "", (unsigned long)scenario->replications);
    cs_arena_free(arena);
}

static struct cs_result *simulate(const struct cs_scenario *scenario,
                                  const struct cs_options *options, const atomic_int *stop)
{
    struct cs_progress_bar bar;
    char *reproduce = cs_options_command(options);
    struct cs_run_options run_options = {
        .jobs = options->jobs,
        .command = reproduce,
        .version = CAPSIM_VERSION,
        .progress = cs_progress_bar_show,
        .progress_self = &bar,
        .stop = stop,
    };
    struct cs_result *result;

    cs_progress_bar_init(&bar, options->quiet);
    result = cs_experiment_run(scenario, &run_options);
    cs_progress_bar_end(&bar);
    free(reproduce);
    return result;
}

/* The files first, so that a reader who closes the pipe loses nothing. */
static int deliver(const struct cs_result *result, const char *dir,
                   const struct cs_options *options)
{
    int status = cs_cli_write(result, dir, options->data);
    int printed = cs_cli_print(result, options->format);

    if (status == CS_EXIT_OK && !options->quiet)
        fprintf(stderr, "capsim: wrote %s/report.html\n", dir);
    return status != CS_EXIT_OK ? status : printed;
}

static int verdict(const struct cs_result *result, const struct cs_options *options)
{
    return options->exit_zero ? CS_EXIT_OK : cs_experiment_exit_status(result);
}

static int run_into(const struct cs_scenario *scenario, const char *dir,
                    const struct cs_options *options)
{
    const atomic_int *stop = cs_stop_install();
    struct cs_result *result;
    bool is_partial;
    int status = CS_EXIT_OK;

    if (!options->quiet)
        warn(scenario);
    result = simulate(scenario, options, stop);
    if (result->trouble != NULL) {
        fprintf(stderr, "capsim: %s\n", result->trouble);
        cs_result_free(result);
        return CS_EXIT_WORLD;
    }
    is_partial = result->is_interrupted;
    if (is_partial)
        fprintf(stderr, "capsim: interrupted: %lu of %lu replications\n",
                (unsigned long)result->replications, (unsigned long)scenario->replications);
    if (result->replications > 0)
        status = deliver(result, dir, options);
    if (status == CS_EXIT_OK)
        status = is_partial ? CS_EXIT_INTERRUPTED : verdict(result, options);
    cs_result_free(result);
    return status;
}

static int run_scenario(const struct cs_scenario *scenario, const struct cs_options *options)
{
    struct cs_arena *arena = cs_arena_new();
    const char *dir = options->out;
    int status;

    if (dir == NULL)
        dir = cs_arena_printf(arena, "out/%s", scenario->name);
    status = cs_cli_prepare(dir);
    if (status == CS_EXIT_OK)
        status = run_into(scenario, dir, options);
    cs_arena_free(arena);
    return status;
}

static int run_run(const struct cs_command *command, int argc, char **argv)
{
    struct cs_options options;
    struct cs_scenario *scenario;
    int status;

    cs_options_read(&options, command, option_list, argc, argv);
    scenario = cs_cli_load(&options, &status);
    if (scenario != NULL) {
        status = run_scenario(scenario, &options);
        cs_scenario_free(scenario);
    }
    cs_options_release(&options);
    return status;
}

const struct cs_command cs_command_run = {
    "run",
    "Simulate; print the summary, write the report",
    "FILE",
    run_run,
};
