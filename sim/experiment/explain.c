/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"

#include "build.h"

/* ---- what is explained apart ---- */

static bool is_about_latency(const struct cs_slo *slo)
{
    return slo->measure == CS_MEASURE_QUANTILE || slo->measure == CS_MEASURE_MEAN ||
           slo->measure == CS_MEASURE_UNDER;
}

static bool has_function(const struct cs_scenario *scenario, const struct cs_scope *scope,
                         uint32_t function)
{
    if (scope->of == CS_OF_FUNCTION)
        return scope->index == function;
    return scope->of == CS_OF_ALL || scenario->function[function].fleet == scope->index;
}

/* A scope that every function is in says what all requests say. */
static bool is_whole(const struct cs_scenario *scenario, const struct cs_scope *scope)
{
    for (uint32_t f = 0; f < scenario->n_functions; f++)
        if (!has_function(scenario, scope, f))
            return false;
    return true;
}

size_t cs_scopes(const struct cs_scenario *scenario, struct cs_arena *arena,
                 struct cs_scope **out)
{
    struct cs_scope *scope = CS_ARENA_ARRAY(arena, struct cs_scope, scenario->n_slos + 1);
    size_t n = 1;

    scope[0] = (struct cs_scope){.of = CS_OF_ALL};
    for (uint32_t i = 0; i < scenario->n_slos; i++) {
        const struct cs_slo *slo = &scenario->slo[i];
        struct cs_scope one = {slo->of, slo->of_index};
        bool is_new = is_about_latency(slo) &&
                      (one.of == CS_OF_FUNCTION || one.of == CS_OF_FLEET) &&
                      !is_whole(scenario, &one);

        for (size_t k = 1; k < n && is_new; k++)
            is_new = scope[k].of != one.of || scope[k].index != one.index;
        if (is_new)
            scope[n++] = one;
    }
    *out = scope;
    return n;
}

/* ---- time by stage ---- */

static struct cs_breakdown_bin *row_of(struct cs_breakdown_bin *bin, size_t function)
{
    return bin + function * CS_BREAKDOWN_BINS;
}

/* slow, then all, for each scope. */
static void shares_of(const struct cs_scenario *scenario, struct cs_breakdown_bin *bin,
                      double *share)
{
    struct cs_arena *arena = cs_arena_new();
    struct cs_scope *scope;
    size_t n = cs_scopes(scenario, arena, &scope);
    struct cs_breakdown_bin *sum =
        CS_ARENA_ARRAY(arena, struct cs_breakdown_bin, n * CS_BREAKDOWN_BINS);

    for (size_t i = 0; i < n; i++) {
        double *out = share + 2 * i * CS_BREAKDOWN_STAGES;

        for (uint32_t f = 0; f < scenario->n_functions; f++)
            if (has_function(scenario, &scope[i], f))
                cs_breakdown_merge(row_of(sum, i), row_of(bin, f));
        cs_breakdown_shares(row_of(sum, i), CS_SLOW_SHARE, out);
        cs_breakdown_shares(row_of(sum, i), 1.0, out + CS_BREAKDOWN_STAGES);
    }
    cs_arena_free(arena);
}

static size_t shares_size(const struct cs_scenario *scenario)
{
    return 2 * ((size_t)scenario->n_slos + 1) * CS_BREAKDOWN_STAGES;
}

void cs_stages_take(struct cs_summary *summary, const struct cs_scenario *scenario,
                    const struct cs_model *model)
{
    summary->stage = CS_NEW_ARRAY(double, shares_size(scenario));
    shares_of(scenario, cs_model_breakdown(model)->bin, summary->stage);
}

void cs_stages_pool(struct cs_pooled *pooled, const struct cs_scenario *scenario,
                    const struct cs_model *model)
{
    for (uint32_t f = 0; f < scenario->n_functions; f++)
        cs_breakdown_merge(row_of(pooled->bin, f), row_of(cs_model_breakdown(model)->bin, f));
}

static const char *scope_text(struct cs_result *result, const struct cs_scenario *scenario,
                              const struct cs_scope *scope)
{
    if (scope->of == CS_OF_ALL)
        return "";
    return cs_arena_printf(result->arena, "%s: %s",
                           scope->of == CS_OF_FUNCTION ? "function" : "fleet",
                           scope->of == CS_OF_FUNCTION ? scenario->function[scope->index].name
                                                       : scenario->fleet[scope->index].name);
}

static struct cs_estimate estimate_at(const double *pooled, const struct cs_summary *summary,
                                      size_t n, size_t at, double confidence)
{
    double *y = CS_NEW_ARRAY(double, n + 1);

    for (size_t r = 0; r < n; r++)
        y[r] = summary[r].stage[at];
    struct cs_estimate value =
        cs_build_within(cs_estimate_section(pooled[at], y, n, confidence), 1.0);

    free(y);
    return value;
}

void cs_build_stages(struct cs_result *result, const struct cs_scenario *scenario,
                     const struct cs_pooled *pooled, const struct cs_summary *summary, size_t n)
{
    struct cs_explain *explain = &result->explain;
    struct cs_scope *scope;
    size_t n_scopes = cs_scopes(scenario, result->arena, &scope);
    double *share = CS_NEW_ARRAY(double, shares_size(scenario));

    shares_of(scenario, pooled->bin, share);
    explain->stage =
        CS_ARENA_ARRAY(result->arena, struct cs_explain_stage, n_scopes * CS_BREAKDOWN_STAGES);
    for (size_t i = 0; i < n_scopes * CS_BREAKDOWN_STAGES; i++) {
        size_t s = i % CS_BREAKDOWN_STAGES;
        size_t slow = 2 * (i - s) + s, all = slow + CS_BREAKDOWN_STAGES;

        if (!(share[all] > 0.0))
            continue;
        explain->stage[explain->n_stages++] = (struct cs_explain_stage){
            .of = scope_text(result, scenario, &scope[i / CS_BREAKDOWN_STAGES]),
            .stage = cs_model_stage_name(s),
            .slow = estimate_at(share, summary, n, slow, result->confidence),
            .all = estimate_at(share, summary, n, all, result->confidence),
        };
    }
    free(share);
}
