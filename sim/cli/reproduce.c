/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/check.h"

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "0123456789_-+=./,:@%";

/* One word of a POSIX shell: as it is, or within single quotes. */
static void print_word(FILE *out, const char *word)
{
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    }
    fputc('\'', out);
}

static void print_option(FILE *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    fprintf(out, " --%s ", name);
    print_word(out, value);
}

char *cs_options_command(const struct cs_options *options)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        cs_out_of_memory(0);
    fprintf(out, "capsim %s ", options->command_name);
    print_word(out, options->operand);
    for (size_t i = 0; i + options->n_made < options->n_sets; i++)
        print_option(out, "set", options->set[i]);
    print_option(out, "seed", options->seed);
    print_option(out, "reps", options->reps);
    print_option(out, "slo", options->slo);
    if (fclose(out) != 0)
        cs_out_of_memory(size);
    return text;
}
