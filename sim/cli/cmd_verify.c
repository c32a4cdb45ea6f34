/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/verify.h"
#include "cli/cli.h"
#include "cli/data.h"
#include "cli/options.h"

static const struct argp_option option_list[] = {
    CS_OPTION_JOBS,      {"quiet", 'q', NULL, 0, "Print only the rows that are off", 0},
    CS_OPTION_FORMAT,    CS_OPTION_DATA,
    CS_OPTION_EXIT_ZERO, CS_OPTION_END,
};

static const char *sign(const struct cs_verify_row *row)
{
    return row->ok ? "\u2714 agrees" : "\u2716 off";
}

static int widest(int width, const char *text)
{
    int len = (int)strlen(text);

    return len > width ? len : width;
}

static void print_text(const struct cs_verify_row *row, size_t n, bool only_off)
{
    int system = 6, quantity = 8;

    for (size_t i = 0; i < n; i++) {
        system = widest(system, row[i].system);
        quantity = widest(quantity, row[i].quantity);
    }
    printf("%-*s  %-*s  %10s  %10s  %-24s  %5s\n", system, "system", quantity, "quantity",
           "theory", "simulated", "95 % interval", "z");
    for (size_t i = 0; i < n; i++, row++) {
        if (row->ok && only_off)
            continue;
        printf("%-*s  %-*s  %10.5g  %10.5g  [%10.5g, %10.5g]  %5.2f  %s%s%s\n", system,
               row->system, quantity, row->quantity, row->theory, row->simulated.mean,
               row->simulated.lo, row->simulated.hi, row->z, sign(row),
               row->trouble[0] != '\0' ? ": " : "", row->trouble);
    }
}

/* A cell, quoted when it must be (RFC 4180). */
static void print_cell(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    fputs("\",", stdout);
}

/* Nothing stands for a number that is missing. */
static void print_number(double value)
{
    if (isfinite(value))
        printf("%.17g", value);
    putchar(',');
}

static void print_csv(const struct cs_verify_row *row, size_t n, bool only_off)
{
    puts("system,quantity,unit,file,set,theory,simulated,lo,hi,z,ok");
    for (size_t i = 0; i < n; i++, row++) {
        if (row->ok && only_off)
            continue;
        print_cell(row->system);
        print_cell(row->quantity);
        print_cell(row->unit);
        print_cell(row->file);
        print_cell(row->sets);
        print_number(row->theory);
        print_number(row->simulated.mean);
        print_number(row->simulated.lo);
        print_number(row->simulated.hi);
        print_number(row->z);
        puts(row->ok ? "true" : "false");
    }
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void print_json(const struct cs_verify_row *row, size_t n, bool only_off)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < n; i++, row++) {
        if (row->ok && only_off)
            continue;
        json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:s}",
                            "system", row->system, "quantity", row->quantity, "unit", row->unit,
                            "file", row->file, "set", row->sets, "theory", number(row->theory),
                            "mean", number(row->simulated.mean), "lo",
                            number(row->simulated.lo), "hi", number(row->simulated.hi), "z",
                            number(row->z), "ok", row->ok, "trouble", row->trouble));
    }
    json_dumpf(rows, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(rows);
}

static void print_rows(const struct cs_verify_row *row, size_t n,
                       const struct cs_options *options)
{
    switch (options->format) {
    case CS_FORMAT_JSON:
        print_json(row, n, options->quiet);
        break;
    case CS_FORMAT_CSV:
        print_csv(row, n, options->quiet);
        break;
    case CS_FORMAT_TEXT:
    case CS_FORMAT_HTML:
        print_text(row, n, options->quiet);
        break;
    }
}

static int verify(const struct cs_options *options)
{
    struct cs_arena *arena = cs_arena_new();
    const struct cs_verify_row *row = NULL;
    char *configs = cs_data_path(options->data, "configs/theory");
    size_t n = cs_verify_run(configs, options->jobs, arena, &row, options->operand);
    size_t off = n == 0 ? 0 : cs_verify_off(row, n);
    int status = CS_EXIT_OK;

    if (n == 0) {
        fprintf(stderr, "capsim: no system matches \"%s\"\n",
                options->operand != NULL ? options->operand : "");
        status = CS_EXIT_USAGE;
    } else {
        print_rows(row, n, options);
        fprintf(stderr, "capsim: %zu rows, %zu off\n", n, off);
        if (off > 0 && !options->exit_zero)
            status = CS_EXIT_MISSED;
    }
    free(configs);
    cs_arena_free(arena);
    return status;
}

static int run_verify(const struct cs_command *command, int argc, char **argv)
{
    struct cs_options options;
    int status;

    cs_options_read(&options, command, option_list, argc, argv);
    status = verify(&options);
    cs_options_release(&options);
    return status;
}

const struct cs_command cs_command_verify = {
    "verify",
    "Theory against simulation on this machine, as a table",
    "[SYSTEM]",
    run_verify,
};
