/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TEST_REPORT_FILES_H
#define TEST_REPORT_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A whole file, to be freed; NULL when there is none. */
static inline char *read_at(const char *dir, const char *name)
{
    char path[512], block[4096], *text = NULL;
    size_t size = 0, n;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *in = fopen(path, "rb");

    if (in == NULL)
        return NULL;
    FILE *out = open_memstream(&text, &size);

    while ((n = fread(block, 1, sizeof block, in)) > 0)
        fwrite(block, 1, n, out);
    fclose(in);
    fclose(out);
    return text;
}

/* How often `part` stands in `text`. */
static inline size_t count_of(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

#endif
