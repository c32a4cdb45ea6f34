/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/result.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"

struct cs_result *cs_result_new(void)
{
    struct cs_result *result = CS_NEW(struct cs_result);

    result->arena = cs_arena_new();
    result->name = result->title = result->hash = "";
    result->version = result->command = "";
    result->confidence = 0.95;
    result->stopping.asked = result->stopping.achieved = __builtin_nan("");
    result->joint.all_met.mean = result->joint.all_met.lo = __builtin_nan("");
    result->joint.all_met.hi = __builtin_nan("");
    return result;
}

void cs_result_free(struct cs_result *result)
{
    if (result == NULL)
        return;
    cs_arena_free(result->arena);
    free(result);
}

static bool label_is(const struct cs_result_label *label, const char *text)
{
    size_t len = strlen(label->key);

    return strncmp(text, label->key, len) == 0 && text[len] == '=' &&
           strcmp(text + len + 1, label->value) == 0;
}

static bool has_labels(const struct cs_result_metric *metric, const char *const *labels,
                       size_t n_labels)
{
    if (metric->n_labels != n_labels)
        return false;
    for (unsigned i = 0; i < metric->n_labels; i++) {
        bool found = false;

        for (size_t j = 0; j < n_labels && !found; j++)
            found = label_is(&metric->label[i], labels[j]);
        if (!found)
            return false;
    }
    return true;
}

const struct cs_result_metric *cs_result_find(const struct cs_result *result, const char *name,
                                              const char *stat, const char *const *labels,
                                              size_t n_labels)
{
    for (size_t i = 0; i < result->n_metrics; i++) {
        const struct cs_result_metric *metric = &result->metric[i];

        if (strcmp(metric->name, name) == 0 && strcmp(metric->stat, stat) == 0 &&
            has_labels(metric, labels, n_labels))
            return metric;
    }
    return NULL;
}

const char *cs_estimand_word(enum cs_estimand estimand)
{
    switch (estimand) {
    case CS_TERMINATING:
        return "terminating";
    case CS_STEADY:
        return "steady";
    }
    return "";
}

const char *cs_verdict_sign(enum cs_verdict verdict)
{
    switch (verdict) {
    case CS_MET:
        return "✔ met";
    case CS_MISSED:
        return "✖ missed";
    case CS_UNDECIDED:
        return "? undecided";
    case CS_NOT_EXERCISED:
        return "– not exercised";
    }
    return "";
}

const char *cs_verdict_word(enum cs_verdict verdict)
{
    switch (verdict) {
    case CS_MET:
        return "met";
    case CS_MISSED:
        return "missed";
    case CS_UNDECIDED:
        return "undecided";
    case CS_NOT_EXERCISED:
        return "not exercised";
    }
    return "";
}

const char *cs_twin_word(enum cs_twin_kind kind)
{
    switch (kind) {
    case CS_TWIN_EXACT:
        return "exact";
    case CS_TWIN_APPROXIMATION:
        return "approximation";
    case CS_TWIN_BOUND:
        return "bound";
    }
    return "";
}
