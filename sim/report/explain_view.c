/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/explain_view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/check.h"
#include "report/human.h"
#include "report/view.h"

const char *const cs_saturation_leaves_out =
    "By the utilisation law, from the busy hour's mean: what requests ask of each resource is "
    "taken to stay as it is.  Queues grow and requests fail before a resource is used up; "
    "requests refused now, retries, cold starts and slower answers at a higher load are left "
    "out.";

const char *cs_stage_words(const char *stage)
{
    static const struct {
        const char *name, *words;
    } known[] = {
        {"instance_wait", "waiting for an instance"},
        {"cold_start", "cold start"},
        {"cpu", "computing"},
        {"wait", "other work of the function"},
        {"db_wait", "waiting for a connection"},
        {"query", "queries"},
        {"call", "calls to others"},
        {"network", "network"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, stage) == 0)
            return known[i].words;
    return stage;
}

static int digits_of(double load)
{
    return load < 10 ? 2 : load < 100 ? 1 : 0;
}

const char *cs_load_text(char *buf, const struct cs_estimate *load)
{
    int digits = digits_of(load->mean);

    if (!isfinite(load->mean))
        snprintf(buf, CS_HUMAN_SIZE, "–");
    else if (load->mean >= 1000)
        snprintf(buf, CS_HUMAN_SIZE, "over 1000x");
    else if (isfinite(load->lo) && isfinite(load->hi))
        snprintf(buf, CS_HUMAN_SIZE, "%.*fx (%.*f–%.*fx)", digits, load->mean, digits, load->lo,
                 digits, load->hi);
    else
        snprintf(buf, CS_HUMAN_SIZE, "%.*fx", digits, load->mean);
    return buf;
}

char *cs_saturation_sentence(const struct cs_result *result)
{
    const struct cs_explain *explain = &result->explain;
    char load[CS_HUMAN_SIZE], *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        cs_out_of_memory(1);
    if (explain->n_resources == 0)
        fputs("Nothing that the scenario gives a cap is used.", out);
    else
        fprintf(out, "Saturates first: %s, at %s the traffic.", explain->resource[0].where,
                cs_load_text(load, &explain->resource[0].load));
    if (fclose(out) != 0)
        cs_out_of_memory(size);
    return text;
}

const char *cs_input_text(char *buf, const struct cs_explain_input *input)
{
    const struct cs_estimate interval = {
        .mean = input->value.mean, .lo = input->lo, .hi = input->hi, .n = 2};

    cs_human_interval(buf, &interval, input->unit);
    if (buf[0] == '\0')
        snprintf(buf, CS_HUMAN_SIZE, "below the simulation's");
    return buf;
}

const char *cs_input_words(const struct cs_explain_input *input)
{
    return cs_view_words(input->name);
}

struct cs_busy_hour cs_busy_hour(const struct cs_result *result)
{
    const char *name = "request_duration_seconds";

    return (struct cs_busy_hour){
        .mean = cs_result_find(result, name, "busy_hour_mean", NULL, 0),
        .p95 = cs_result_find(result, name, "busy_hour_p95", NULL, 0),
        .p99 = cs_result_find(result, name, "busy_hour_p99", NULL, 0),
        .errors = cs_result_find(result, "errors_total", "busy_hour_ratio", NULL, 0),
    };
}
