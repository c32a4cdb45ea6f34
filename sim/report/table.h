/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPORT_TABLE_H
#define CAPSIM_REPORT_TABLE_H

#include <stdio.h>

/* A table of text whose columns are as wide as what is in them. */

enum { CS_TABLE_COLUMNS = 8 };

struct cs_table {
    char **cell;
    const char **color; /* an escape sequence for the cell, or NULL */
    size_t n_cells, cap_cells, cap_colors;
    size_t n_columns;
    const char *align; /* 'l' or 'r' a column; the columns' number too */
};

void cs_table_init(struct cs_table *table, const char *align);
void cs_table_release(struct cs_table *table);
/* The next cell, row by row.  Text is cut at `max` columns and made safe for a
 * terminal; an empty cell takes no room. */
void cs_table_add(struct cs_table *table, const char *text, size_t max);
/* Colour the cell added last. */
void cs_table_color(struct cs_table *table, const char *color);
void cs_table_print(const struct cs_table *table, FILE *out, int use_color);

#endif
