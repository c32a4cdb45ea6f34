/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/conclude.h"
#include "report/escape.h"
#include "report/human.h"
#include "report/view.h"

struct page {
    const struct cs_result *result;
    const struct cs_figures *figures;
    const char *warning;
};

static void put_sentence(const struct page *page, FILE *out)
{
    char *sentence = cs_view_sentence(page->result);

    cs_escape_html(out, sentence, CS_HTML_TEXT);
    free(sentence);
}

static void put_title(const struct page *page, FILE *out)
{
    cs_escape_html(out, *page->result->title != '\0' ? page->result->title : page->result->name,
                   2 * CS_HTML_NAME);
}

static void put_sign(const struct page *page, FILE *out)
{
    const char *sign = cs_verdict_sign(cs_view_verdict(page->result));

    fprintf(out, "%.*s", (int)strcspn(sign, " "), sign);
}

/* "not exercised" is two words, a class is one. */
static void put_class(const struct page *page, FILE *out)
{
    const char *word = cs_verdict_word(cs_view_verdict(page->result));

    fprintf(out, "%.*s", (int)strcspn(word, " "), word);
}

static void put_run(const struct page *page, FILE *out)
{
    const struct cs_result *r = page->result;
    char a[CS_HUMAN_SIZE], b[CS_HUMAN_SIZE], c[CS_HUMAN_SIZE];

    fprintf(out, "%s from %s UTC, after %s of lead-in, ", cs_human_span(a, r->duration_s),
            cs_clock_day(b, r->start_unix_s), cs_human_span(c, r->lead_in_s));
    fprintf(out, "%" PRIu64 " replication%s. ", r->replications,
            r->replications == 1 ? "" : "s");
    fprintf(out, "%s requests and %s events simulated.", cs_human_count(a, r->requests),
            cs_human_count(b, r->events));
    char sentence[CS_CONCLUDE_MAX][CS_CONCLUDE_SIZE];
    size_t n = cs_conclude(r, sentence);

    for (size_t i = 0; i < n; i++) {
        fputc(' ', out);
        cs_escape_html(out, sentence[i], CS_CONCLUDE_SIZE);
    }
}

static void put_cards(const struct page *page, FILE *out)
{
    cs_html_cards(page->result, out);
}

static void put_watches(const struct page *page, FILE *out)
{
    cs_html_watches(page->result, out);
}

static void put_figures(const struct page *page, FILE *out)
{
    cs_html_figures(page->figures, page->warning, out);
}

static void put_step(const struct page *page, FILE *out)
{
    char step[CS_HUMAN_SIZE], sample[CS_HUMAN_SIZE];

    cs_human_span(sample, page->result->sample_s);
    if (page->figures->step_s > page->result->sample_s)
        fprintf(out, "A point is the mean of %s of samples, one each %s.",
                cs_human_span(step, page->figures->step_s), sample);
    else
        fprintf(out, "A point is one sample of %s.", sample);
}

static void put_levels(const struct page *page, FILE *out)
{
    cs_html_levels(page->result, out);
}

static void put_latency(const struct page *page, FILE *out)
{
    cs_html_latency(page->result, out);
}

static void put_traffic(const struct page *page, FILE *out)
{
    cs_html_traffic(page->result, out);
    cs_html_limits(page->result, out);
}

static void put_cost(const struct page *page, FILE *out)
{
    cs_html_cost(page->result, out);
}

static void put_explain(const struct page *page, FILE *out)
{
    cs_html_explain(page->result, out);
}

static void put_checks(const struct page *page, FILE *out)
{
    cs_html_checks(page->result, out);
}

static void put_assumptions(const struct page *page, FILE *out)
{
    cs_html_sentences(page->result->assumption, page->result->n_assumptions,
                      "The scenario takes nothing for granted beyond its own numbers.", out);
}

static void put_off(const struct page *page, FILE *out)
{
    cs_html_sentences(page->result->off, page->result->n_off, "Nothing is left out.", out);
}

static void put_reproduce(const struct page *page, FILE *out)
{
    cs_html_reproduce(page->result, out);
}

static const struct {
    const char *name;
    void (*put)(const struct page *, FILE *);
} placeholder[] = {
    {"@SENTENCE@", put_sentence}, {"@TITLE@", put_title},
    {"@SIGN@", put_sign},         {"@CLASS@", put_class},
    {"@RUN@", put_run},           {"@CARDS@", put_cards},
    {"@WATCHES@", put_watches},   {"@FIGURES@", put_figures},
    {"@STEP@", put_step},         {"@UTILISATION@", put_levels},
    {"@LATENCY@", put_latency},   {"@TRAFFIC@", put_traffic},
    {"@COST@", put_cost},         {"@EXPLAIN@", put_explain},
    {"@CHECKS@", put_checks},     {"@ASSUMPTIONS@", put_assumptions},
    {"@OFF@", put_off},           {"@REPRODUCE@", put_reproduce},
};

/* Only the template's own marks are filled in: what is put is not read again. */
static void put_line(const struct page *page, const char *p, FILE *out)
{
    while (*p != '\0') {
        size_t skip = 0;

        for (size_t i = 0; *p == '@' && i < sizeof placeholder / sizeof placeholder[0]; i++) {
            size_t len = strlen(placeholder[i].name);

            if (strncmp(p, placeholder[i].name, len) == 0) {
                placeholder[i].put(page, out);
                skip = len;
                break;
            }
        }
        if (skip == 0)
            fputc(*p, out);
        p += skip > 0 ? skip : 1;
    }
}

int cs_html_page(const struct cs_result *result, const struct cs_figures *figures,
                 const char *template_path, const char *warning, FILE *out)
{
    const struct page page = {result, figures, warning};
    FILE *in = fopen(template_path, "r");
    char *line = NULL;
    size_t cap = 0;

    if (in == NULL)
        return -1;
    errno = 0;
    while (getline(&line, &cap, in) >= 0)
        put_line(&page, line, out);
    int code = ferror(in) || ferror(out) ? -1 : 0;

    free(line);
    fclose(in);
    return code;
}
