/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "report/escape.h"
#include "report/html.h"

static const char *const variant_class[2] = {"wide", "narrow"};

static void put_drawing(const struct cs_figure *figure, unsigned variant, FILE *out)
{
    char view_box[64];
    char *body = cs_svg_strip(figure->svg[variant], view_box, sizeof view_box);

    if (body == NULL)
        return;
    fprintf(out, "<svg class=\"%s\" role=\"img\" viewBox=\"%s\" aria-label=\"",
            variant_class[variant], view_box);
    cs_escape_html(out, figure->title, CS_HTML_NAME);
    fputs(". ", out);
    cs_escape_html(out, figure->caption, CS_HTML_TEXT);
    fputc(' ', out);
    cs_escape_html(out, figure->peak, CS_HTML_TEXT);
    fprintf(out, "\">\n<title>%s</title>\n%s</svg>\n", figure->title, body);
    free(body);
}

/* A sample of the stroke, with the classes of the template's colours. */
static void put_key(FILE *out, const char *kind, unsigned slot, const char *label)
{
    fprintf(out,
            "<li><svg class=\"key\" viewBox=\"0 0 28 8\" aria-hidden=\"true\">"
            "<path class=\"%s%u\" d=\"M0,4 H28\"/></svg>",
            kind, slot + 1);
    cs_escape_html(out, label, 3 * CS_HTML_NAME);
}

/* Many events would bury the lines: the table of events has them all. */
static void put_marks(const struct cs_figures *figures, FILE *out)
{
    enum { NAMED = 6 };
    unsigned n = figures->n_marks;

    if (n > NAMED)
        fprintf(out, "<li><b>A</b>–<b>%c</b> events, as listed above</li>\n",
                cs_figure_letter(n - 1));
    for (unsigned i = 0; i < n && n <= NAMED; i++) {
        fprintf(out, "<li><b>%c</b>", cs_figure_letter(i));
        cs_escape_html(out, figures->mark[i].name, CS_HTML_NAME);
        fputs("</li>\n", out);
    }
}

static void put_legend(const struct cs_figures *figures, const struct cs_figure *figure,
                       FILE *out)
{
    unsigned slot = 0;

    fputs("<ul class=\"legend\">\n", out);
    for (unsigned i = 0; i < figure->n_lines; i++) {
        put_key(out, "line", i, figure->line[i].label);
        fputs("</li>\n", out);
    }
    for (unsigned i = 0; i < figure->n_limits; i++) {
        const struct cs_figure_limit *limit = &figure->limit[i];

        if (limit->is_shown) {
            put_key(out, "limit", slot++, limit->label);
            fputs("</li>\n", out);
        }
    }
    for (unsigned i = 0; i < figure->n_limits; i++)
        if (!figure->limit[i].is_shown) {
            fputs("<li class=\"off\">", out);
            cs_escape_html(out, figure->limit[i].label, 3 * CS_HTML_NAME);
            fputs(" (above the axis)</li>\n", out);
        }
    put_marks(figures, out);
    fputs("</ul>\n", out);
}

static void put_figure(const struct cs_figures *figures, const struct cs_figure *figure,
                       FILE *out)
{
    fprintf(out, "<figure>\n<h3>%s", figure->title);
    if (*figure->group != '\0') {
        fputs(": ", out);
        cs_escape_html(out, figure->group, CS_HTML_NAME);
    }
    fputs("</h3>\n", out);
    put_legend(figures, figure, out);
    if (figure->svg[0] == NULL && figure->svg[1] == NULL)
        fputs("<p class=\"note\">This figure could not be drawn.</p>\n", out);
    for (unsigned v = 0; v < 2; v++)
        if (figure->svg[v] != NULL)
            put_drawing(figure, v, out);
    fprintf(out, "<figcaption>%s ", figure->caption);
    cs_escape_html(out, figure->peak, CS_HTML_TEXT);
    fputs("</figcaption>\n</figure>\n", out);
}

void cs_html_figures(const struct cs_figures *figures, const char *warning, FILE *out)
{
    bool any_missing = false;

    if (*warning != '\0') {
        fputs("<p class=\"note\">Figures are missing: ", out);
        cs_escape_html(out, warning, CS_HTML_TEXT);
        fputs(".</p>\n", out);
    }
    fputs("<div class=\"figures\">\n", out);
    for (size_t i = 0; i < figures->n; i++) {
        if (figures->figure[i].why_missing == NULL)
            put_figure(figures, &figures->figure[i], out);
        else
            any_missing = true;
    }
    fputs("</div>\n", out);
    if (!any_missing)
        return;
    fputs("<p class=\"note\">Not drawn: ", out);
    for (size_t i = 0, n = 0; i < figures->n; i++)
        if (figures->figure[i].why_missing != NULL)
            fprintf(out, "%s%s (%s)", n++ > 0 ? ", " : "", figures->figure[i].title,
                    figures->figure[i].why_missing);
    fputs(".</p>\n", out);
}
