/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/conclude.h"

#include <inttypes.h>
#include <math.h>

#include "report/human.h"

static void tell_estimand(const struct cs_result *result, char *to)
{
    char span[CS_HUMAN_SIZE];

    if (result->estimand == CS_STEADY)
        snprintf(to, CS_CONCLUDE_SIZE,
                 "Every number is of the steady state: this load held for ever.");
    else
        snprintf(to, CS_CONCLUDE_SIZE,
                 "Every number is of a terminating window: these %s, from their own start.",
                 cs_human_span(span, result->duration_s));
}

static void tell_intervals(const struct cs_result *result, char *to)
{
    char each[CS_HUMAN_SIZE];

    if (result->replications < 2)
        snprintf(to, CS_CONCLUDE_SIZE,
                 "One replication gives no intervals, but for shares of windows.");
    else if (result->confidence > 0.95)
        snprintf(to, CS_CONCLUDE_SIZE,
                 "Intervals hold at 95%% over all %" PRIu64 " planned looks, each at %s; where "
                 "none is shown, the value was always the same.",
                 result->stopping.looks, cs_human_value(each, result->confidence, "1"));
    else
        snprintf(
            to, CS_CONCLUDE_SIZE,
            "Intervals are of 95%%, across replications; where none is shown, the value was "
            "always the same.");
}

static void tell_stopping(const struct cs_result *result, char *to)
{
    const struct cs_result_stopping *stopping = &result->stopping;
    char asked[CS_HUMAN_SIZE], achieved[CS_HUMAN_SIZE];

    cs_human_value(asked, stopping->asked, "1");
    cs_human_value(achieved, stopping->achieved, "1");
    snprintf(to, CS_CONCLUDE_SIZE,
             "Precision: values of objectives within %s, %s asked; %s after %" PRIu64
             " replications, look %" PRIu64 " of %" PRIu64 ".",
             achieved, asked,
             stopping->is_reached     ? "reached, and every verdict decided"
             : result->is_interrupted ? "interrupted"
                                      : "the most allowed were run",
             result->replications, stopping->looked, stopping->looks);
}

static void tell_joint(const struct cs_result *result, char *to)
{
    const struct cs_result_joint *joint = &result->joint;
    char share[CS_HUMAN_SIZE];

    snprintf(to, CS_CONCLUDE_SIZE,
             "Together: all gating objectives held in %s of replications; %" PRIu64
             " of %" PRIu64 " verdict%s with 95%% joint confidence (Holm).",
             cs_human_estimate(share, &joint->all_met, "1"), joint->decided, joint->n,
             joint->n == 1 ? " holds" : "s hold");
}

size_t cs_conclude(const struct cs_result *result,
                   char sentence[CS_CONCLUDE_MAX][CS_CONCLUDE_SIZE])
{
    size_t n = 0;

    tell_estimand(result, sentence[n++]);
    tell_intervals(result, sentence[n++]);
    if (!isnan(result->stopping.asked))
        tell_stopping(result, sentence[n++]);
    if (result->joint.n > 0)
        tell_joint(result, sentence[n++]);
    return n;
}

const char *cs_conclude_value(char *buf, const struct cs_result_slo *slo)
{
    char worse[CS_HUMAN_SIZE], near[CS_HUMAN_SIZE];

    if (!slo->split.is_split)
        return cs_human_estimate(buf, &slo->value, slo->unit);
    cs_human_estimate(worse, &slo->split.worse, "1");
    snprintf(buf, CS_HUMAN_SIZE, "P(near %.20s) %.60s",
             cs_human_value(near, slo->split.worse_mean, slo->unit), worse);
    return buf;
}

static double half_width(const struct cs_estimate *estimate)
{
    double half = fmax(estimate->hi - estimate->mean, estimate->mean - estimate->lo);

    return isnan(half) || estimate->mean == 0 ? -1.0 : half / fabs(estimate->mean);
}

const char *cs_conclude_within(char *buf, const struct cs_result_metric *const *cell, size_t n)
{
    double most = -1.0;

    for (size_t i = 0; i < n; i++)
        if (cell[i] != NULL)
            most = fmax(most, half_width(&cell[i]->value));
    if (most < 0.0)
        snprintf(buf, CS_HUMAN_SIZE, "–");
    else
        snprintf(buf, CS_HUMAN_SIZE, "±%.*f%%", most < 0.0995 ? 1 : 0, 100 * most);
    return buf;
}
