/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "scenario/bind.h"
#include "scenario/files.h"

enum { MAX_SAMPLE_BYTES = 16 << 20, MAX_SAMPLES = 1000000 };

/*
 * One value a row, with its unit ("4.2ms"); or a first row that is a unit
 * alone ("ms"), which then holds for rows of plain numbers.
 */
static const char *read_row(const char *row, const char *unit, enum cs_dim dim, double *si)
{
    char value[96];
    const char *rest = row;
    double number = 0;

    if (*unit == '\0' || !cs_number_parse(row, &number, &rest) || *rest != '\0')
        return cs_unit_parse(row, dim, si);
    (void)snprintf(value, sizeof value, "%.60s%.20s", row, unit);
    return cs_unit_parse(value, dim, si);
}

static bool copy_row(const struct cs_text *text, uint32_t line, const char *from, size_t length,
                     char out[64], struct cs_diagnostics *diag)
{
    struct cs_mark mark = {.text = text, .line = line, .length = 1};

    while (length > 0 && (*from == ' ' || *from == '\t')) {
        from++;
        length--;
    }
    while (length > 0 && strchr(" \t\r,", from[length - 1]) != NULL)
        length--;
    if (length >= 64) {
        cs_diag_error(diag, &mark, "row %u: longer than 63 bytes", (unsigned)line + 1);
        return false;
    }
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

/* The unit that the first row names for all; "" when it is a value. */
static void read_header(char *row, enum cs_dim dim, char unit[64])
{
    char probe[80];
    double si = 0;

    unit[0] = '\0';
    (void)snprintf(probe, sizeof probe, "1%s", row);
    if (*row != '\0' && strspn(row, "0123456789+-.") == 0 &&
        cs_unit_parse(probe, dim, &si) == NULL) {
        memcpy(unit, row, strlen(row) + 1);
        row[0] = '\0';
    }
}

const double *cs_bind_samples(struct cs_bind *bind, const struct cs_node *file, enum cs_dim dim,
                              double max, size_t *n)
{
    char row[64], unit[64] = "";
    const char *path = cs_files_below(bind->scratch, bind->folder, file, bind->diag);
    double *x = NULL;
    size_t cap = 0;
    bool ok = path != NULL;
    const struct cs_text *text =
        ok ? cs_text_read(bind->scratch, path, MAX_SAMPLE_BYTES, &file->mark, bind->diag)
           : NULL;

    *n = 0;
    ok = text != NULL;
    const char *s = ok ? text->bytes : NULL, *end = ok ? s + text->length : NULL;
    for (uint32_t line = 0; ok && s < end; line++) {
        const char *stop = memchr(s, '\n', (size_t)(end - s));
        size_t length = (size_t)((stop != NULL ? stop : end) - s);
        struct cs_mark mark = {.text = text, .line = line, .length = 1};
        double si = 0;
        if (!copy_row(text, line, s, length, row, bind->diag))
            ok = false;
        else if (line == 0)
            read_header(row, dim, unit);
        s += length + 1;
        if (!ok || row[0] == '\0')
            continue;
        const char *why = read_row(row, unit, dim, &si);
        if (why == NULL && (si < 0 || si > max))
            why = "out of range";
        if (why == NULL && *n >= MAX_SAMPLES)
            why = "more than a million rows";
        if (why != NULL) {
            cs_diag_error(bind->diag, &mark, "row %u: \"%s\": %s", (unsigned)line + 1, row,
                          why);
            ok = !cs_diag_is_full(bind->diag) && *n < MAX_SAMPLES;
            continue;
        }
        CS_GROW(x, *n + 1, cap);
        x[(*n)++] = si;
    }
    if (ok && *n == 0)
        cs_diag_error(bind->diag, &file->mark, "no values in %s", path);
    double *copy = CS_ARENA_ARRAY(bind->scratch, double, *n + 1);
    if (*n > 0)
        memcpy(copy, x, *n * sizeof *copy);
    free(x);
    return ok && *n > 0 ? copy : NULL;
}
