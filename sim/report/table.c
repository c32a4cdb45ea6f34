/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/table.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/check.h"
#include "report/escape.h"

void cs_table_init(struct cs_table *table, const char *align)
{
    *table = (struct cs_table){.n_columns = strlen(align), .align = align};
    CS_ASSERT(table->n_columns > 0 && table->n_columns <= CS_TABLE_COLUMNS);
}

void cs_table_release(struct cs_table *table)
{
    for (size_t i = 0; i < table->n_cells; i++)
        free(table->cell[i]);
    free(table->cell);
    free(table->color);
}

void cs_table_add(struct cs_table *table, const char *text, size_t max)
{
    char *safe = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&safe, &size);

    if (out == NULL)
        cs_out_of_memory(strlen(text));
    cs_escape_term(out, text, max);
    if (fclose(out) != 0)
        cs_out_of_memory(size);
    CS_GROW(table->cell, table->n_cells + 1, table->cap_cells);
    CS_GROW(table->color, table->n_cells + 1, table->cap_colors);
    table->color[table->n_cells] = NULL;
    table->cell[table->n_cells++] = safe;
}

void cs_table_color(struct cs_table *table, const char *color)
{
    CS_ASSERT(table->n_cells > 0);
    table->color[table->n_cells - 1] = color;
}

static void put_spaces(FILE *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fputc(' ', out);
}

static void print_cell(const struct cs_table *table, size_t i, size_t width, FILE *out,
                       int use_color)
{
    size_t gap = width - cs_utf8_length(table->cell[i]);
    size_t column = i % table->n_columns;
    const char *color = use_color ? table->color[i] : NULL;

    if (table->align[column] == 'r')
        put_spaces(out, gap);
    if (color != NULL)
        fputs(color, out);
    fputs(table->cell[i], out);
    if (color != NULL)
        fputs("\033[0m", out);
    if (table->align[column] == 'l' && column + 1 < table->n_columns)
        put_spaces(out, gap);
}

void cs_table_print(const struct cs_table *table, FILE *out, int use_color)
{
    size_t width[CS_TABLE_COLUMNS] = {0};

    for (size_t i = 0; i < table->n_cells; i++) {
        size_t len = cs_utf8_length(table->cell[i]);

        if (len > width[i % table->n_columns])
            width[i % table->n_columns] = len;
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t column = i % table->n_columns;

        if (width[column] > 0) {
            put_spaces(out, 2);
            print_cell(table, i, width[column], out, use_color);
        }
        if (column + 1 == table->n_columns)
            fputc('\n', out);
    }
}
