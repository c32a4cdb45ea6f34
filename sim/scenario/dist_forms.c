/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/dist_forms.h"

#include <stdbool.h>
#include <string.h>

static const struct cs_dist_form forms[] = {
    {"constant", {{NULL, 0, 0, 0}}},
    {"exponential", {{"mean", CS_PARAM_VALUE, 0, 0}}},
    {"uniform", {{"min", CS_PARAM_VALUE, 0, 0}, {"max", CS_PARAM_VALUE, 0, 0}}},
    {"lognormal", {{"p50", CS_PARAM_POSITIVE, 0, 0}, {"p95", CS_PARAM_POSITIVE, 0, 0}}},
    {"lognormal", {{"mean", CS_PARAM_POSITIVE, 0, 0}, {"cv", CS_PARAM_NUMBER, 1e-6, 100}}},
    {"gamma", {{"mean", CS_PARAM_POSITIVE, 0, 0}, {"cv", CS_PARAM_NUMBER, 1e-3, 100}}},
    {"erlang", {{"mean", CS_PARAM_VALUE, 0, 0}, {"k", CS_PARAM_COUNT, 1, 1000}}},
    {"weibull", {{"mean", CS_PARAM_POSITIVE, 0, 0}, {"shape", CS_PARAM_NUMBER, 0.1, 100}}},
    {"pareto", {{"min", CS_PARAM_POSITIVE, 0, 0}, {"shape", CS_PARAM_NUMBER, 0.1, 1000}}},
    {"hyperexponential", {{"mean", CS_PARAM_POSITIVE, 0, 0}, {"cv", CS_PARAM_NUMBER, 1, 100}}},
    {"quantiles", {{NULL, 0, 0, 0}}},
    {"samples", {{NULL, 0, 0, 0}}},
    {"mixture", {{NULL, 0, 0, 0}}},
};

enum { N_FORMS = sizeof forms / sizeof forms[0] };

const struct cs_dist_form *cs_dist_forms(size_t *n)
{
    *n = N_FORMS;
    return forms;
}

const struct cs_dist_form *cs_dist_form_of(const char *kind, const struct cs_node *map)
{
    const struct cs_dist_form *best = NULL;
    size_t best_found = 0;

    for (size_t i = 0; i < N_FORMS; i++) {
        size_t found = 1;
        if (strcmp(forms[i].kind, kind) != 0)
            continue;
        for (size_t p = 0; p < CS_DIST_MAX_PARAMS && forms[i].param[p].key != NULL; p++)
            found += cs_node_find(map, forms[i].param[p].key) != NULL ? 1 : 0;
        if (found > best_found) {
            best = &forms[i];
            best_found = found;
        }
    }
    return best;
}

const char *cs_dist_form_wrong(const struct cs_dist_form *form, const double *v)
{
    bool has_p95 = form->param[1].key != NULL && strcmp(form->param[1].key, "p95") == 0;

    if (strcmp(form->kind, "uniform") == 0 && v[0] > v[1])
        return "min is above max";
    if (has_p95 && v[1] <= v[0])
        return "p95 must be above p50";
    return NULL;
}

struct cs_dist cs_dist_form_make(const struct cs_dist_form *form, const double *v)
{
    const char *kind = form->kind;

    if (strcmp(kind, "exponential") == 0)
        return cs_dist_exponential(v[0]);
    if (strcmp(kind, "uniform") == 0)
        return cs_dist_uniform(v[0], v[1]);
    if (strcmp(kind, "lognormal") == 0)
        return strcmp(form->param[0].key, "p50") == 0 ? cs_dist_lognormal(v[0], v[1])
                                                      : cs_dist_lognormal_mean_cv(v[0], v[1]);
    if (strcmp(kind, "gamma") == 0)
        return cs_dist_gamma(v[0], v[1]);
    if (strcmp(kind, "erlang") == 0)
        return cs_dist_erlang(v[0], (uint32_t)v[1]);
    if (strcmp(kind, "weibull") == 0)
        return cs_dist_weibull(v[0], v[1]);
    if (strcmp(kind, "pareto") == 0)
        return cs_dist_pareto(v[0], v[1]);
    return cs_dist_hyperexponential(v[0], v[1]);
}
