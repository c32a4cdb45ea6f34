/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "report/cost_view.h"
#include "report/escape.h"
#include "report/html.h"

static void put_money(const struct cs_result_metric *metric, FILE *out)
{
    char text[CS_HUMAN_SIZE];

    if (metric == NULL) {
        fputs("<td></td>", out);
        return;
    }
    fprintf(out, "<td>%s", cs_human_mean(text, &metric->value, metric->unit));
    cs_human_interval(text, &metric->value, metric->unit);
    if (text[0] != '\0')
        fprintf(out, "<small>%s</small>", text);
    fputs("</td>", out);
}

static void open_section(const char *currency, FILE *out)
{
    fputs("<section>\n<h2>Cost</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
          "aria-label=\"Cost\">\n<table>\n<caption>In ",
          out);
    cs_escape_html(out, currency, CS_HTML_NAME);
    fputs(", by the prices of the scenario, with 95 % intervals</caption>\n"
          "<thead><tr><td></td><th scope=\"col\">A window</th>"
          "<th scope=\"col\">A month of 30 days</th></tr></thead>\n<tbody>\n",
          out);
}

void cs_html_cost(const struct cs_result *result, FILE *out)
{
    bool any = false;

    for (size_t i = 0; i < result->n_metrics; i++) {
        const struct cs_result_metric *metric = &result->metric[i];
        char words[CS_HUMAN_SIZE];

        if (!cs_cost_is(metric))
            continue;
        if (!any)
            open_section(metric->unit, out);
        any = true;
        fprintf(out, "<tr><th scope=\"row\"%s>", metric->n_labels > 0 ? " class=\"part\"" : "");
        cs_escape_html(out, cs_cost_item(words, metric), CS_HTML_NAME);
        fputs("</th>", out);
        put_money(metric, out);
        put_money(cs_cost_monthly(result, metric), out);
        fputs("</tr>\n", out);
    }
    if (any)
        fputs("</tbody>\n</table>\n</div>\n</section>\n", out);
}
