/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/figure.h"

/* Ids would repeat over the figures of a page, titles would pop up as tips,
 * and no figure uses the symbols. */
static const struct {
    const char *from, *to;
} cut[] = {{"<title>", "</title>"},
           {"<desc>", "</desc>"},
           {"<defs>", "</defs>"},
           {" id=\"", "\""},
           {" font-family=\"", "\""}};

/* Where the text after a cut at `p` goes on; p itself when nothing is cut. */
static const char *skip_cut(const char *p)
{
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        size_t len = strlen(cut[i].from);

        if (strncmp(p, cut[i].from, len) != 0)
            continue;
        const char *end = strstr(p + len, cut[i].to);

        return end == NULL ? p : end + strlen(cut[i].to);
    }
    return p;
}

static void copy_body(const char *p, const char *end, FILE *out)
{
    char last = '\n';

    while (p < end) {
        const char *next = skip_cut(p);

        if (next != p) {
            p = next;
            continue;
        }
        /* Blank lines and indents are a tenth of the file. */
        if (!((*p == '\n' || *p == '\t') && last == '\n')) {
            fputc(*p, out);
            last = *p;
        }
        p++;
    }
}

char *cs_svg_strip(const char *svg, char *view_box, size_t view_box_size)
{
    static const char attribute[] = "viewBox=\"";
    const char *open = strstr(svg, "<svg");
    const char *box = open == NULL ? NULL : strstr(open, attribute);
    const char *body = open == NULL ? NULL : strchr(open, '>');
    const char *end = NULL;
    char *text = NULL;
    size_t size = 0;

    if (body == NULL || box == NULL || box > body)
        return NULL;
    for (const char *p = body; (p = strstr(p, "</svg>")) != NULL; p++)
        end = p;
    box += sizeof attribute - 1;
    size_t box_len = strspn(box, "0123456789. ");

    if (end == NULL || box[box_len] != '"' || box_len >= view_box_size)
        return NULL;
    memcpy(view_box, box, box_len);
    view_box[box_len] = '\0';
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    copy_body(body + 1, end, out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
