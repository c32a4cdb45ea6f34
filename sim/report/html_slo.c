/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/conclude.h"
#include "report/escape.h"
#include "report/html.h"
#include "report/human.h"

static void put_value(const struct cs_result_slo *slo, FILE *out)
{
    char value[CS_HUMAN_SIZE], interval[CS_HUMAN_SIZE];

    if (slo->split.is_split) {
        fprintf(out,
                "<p class=\"number\">%s</p>\n<p class=\"interval\">two outcomes: probability "
                "of the worse one, exact binomial interval</p>\n",
                cs_conclude_value(value, slo));
        return;
    }
    fprintf(out, "<p class=\"number\">%s</p>\n", cs_human_mean(value, &slo->value, slo->unit));
    cs_human_interval(interval, &slo->value, slo->unit);
    if (interval[0] != '\0')
        fprintf(out, "<p class=\"interval\">95 %% interval %s</p>\n", interval);
    else
        fputs("<p class=\"interval\">no interval</p>\n", out);
}

static void put_attainment(const struct cs_result_slo *slo, FILE *out)
{
    char share[CS_HUMAN_SIZE], asked[CS_HUMAN_SIZE], window[CS_HUMAN_SIZE];
    char interval[CS_HUMAN_SIZE];

    if (slo->windows == 0)
        return;
    cs_human_interval(interval, &slo->attainment, "1");
    fprintf(out, "<p>Met in %" PRIu64 " of %" PRIu64 " windows of %s: ", slo->windows_met,
            slo->windows, cs_human_span(window, slo->window_s));
    fputs(cs_human_mean(share, &slo->attainment, "1"), out);
    if (interval[0] != '\0')
        fprintf(out, " <span class=\"whole\">(%s)</span>", interval);
    fprintf(out, "; %s asked</p>\n", cs_human_value(asked, slo->attain, "1"));
}

static void put_budget(const struct cs_result_slo *slo, FILE *out)
{
    char left[CS_HUMAN_SIZE], burn[CS_HUMAN_SIZE], spent[CS_HUMAN_SIZE];

    if (slo->burn.n == 0)
        return;
    fprintf(out, "<p>Error budget left: <b>%s</b>",
            cs_human_mean(left, &slo->budget_left, "1"));
    cs_human_interval(left, &slo->budget_left, "1");
    if (left[0] != '\0')
        fprintf(out, " <span class=\"whole\">(%s)</span>", left);
    fprintf(out, "; burn %s; all of it spent in a window with probability %s</p>\n",
            cs_human_value(burn, slo->burn.mean, ""),
            cs_human_estimate(spent, &slo->p_exhausted, "1"));
}

static void put_card(const struct cs_result_slo *slo, FILE *out)
{
    const char *word = cs_verdict_word(slo->verdict);

    fprintf(out, "<article class=\"card %.*s\">\n<p class=\"verdict\">%s</p>\n<h3>",
            (int)strcspn(word, " "), word, cs_verdict_sign(slo->verdict));
    cs_escape_html(out, slo->name, CS_HTML_NAME);
    fputs("</h3>\n<p class=\"target\"><code>", out);
    cs_escape_html(out, slo->target, CS_HTML_NAME);
    fputs("</code>", out);
    if (*slo->of != '\0') {
        fputs(" of ", out);
        cs_escape_html(out, slo->of, CS_HTML_NAME);
    }
    fputs("</p>\n", out);
    put_value(slo, out);
    put_attainment(slo, out);
    put_budget(slo, out);
    if (!slo->gate)
        fputs("<p>Reported, decides nothing</p>\n", out);
    if (*slo->note != '\0') {
        fputs("<p class=\"note\">", out);
        cs_escape_html(out, slo->note, CS_HTML_TEXT);
        fputs("</p>\n", out);
    }
    fputs("</article>\n", out);
}

void cs_html_cards(const struct cs_result *result, FILE *out)
{
    if (result->n_slos == 0)
        fputs("<p>The scenario sets no objectives.</p>\n", out);
    for (size_t i = 0; i < result->n_slos; i++)
        put_card(&result->slo[i], out);
}
