/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a limiter decides at once, where its step stands.
 * Equation:   limit_rule.c's; the limit reached is the greatest use that a limiter
 *             of the same kind, shared by the whole platform and refusing nothing,
 *             sees of what was accepted, over the limit.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: the round trip to a store of limits outside the instance.
 */
#include "limiter.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"

#include "limit_table.h"
#include "platform.h"
#include "seen.h"

/* One who was away for so many times of filling a bucket is taken as new. */
enum { METER_FILLS = 8 };

struct limiter {
    enum cs_limit_algorithm algorithm;
    enum cs_limit_scope scope;
    enum cs_retry_after retry;
    cs_time retry_after;
    struct cs_tier_limit *real, *shadow; /* by tier, as they are now */
    bool has_shadow;
    struct cs_limit_table table, shadow_table;
    struct cs_limit_table meter;  /* of what was accepted anywhere; scope not global */
    struct cs_limit_reach *reach; /* by tier */
};

/* Users ever seen in the measured window. */
struct seen {
    struct cs_seen users;
    uint64_t **count; /* rows by tier, then all */
};

struct cs_limiters {
    struct limiter *limiter;
    uint32_t n;
    struct seen active, limited;
    uint64_t **shadow; /* rows by tier, then all; NULL: no limiter has a shadow */
    double **reach;    /* likewise */
};

/* ---- one request ---- */

static uint64_t place_of(const struct cs_model *model, enum cs_limit_scope scope,
                         const struct cs_request *request)
{
    switch (scope) {
    case CS_SCOPE_INSTANCE:
        return cs_instance_of(model, request)->serial;
    case CS_SCOPE_REGION:
        return request->region;
    case CS_SCOPE_GLOBAL:
        return 0;
    }
    return 0;
}

static void ask_shadow(struct cs_model *model, struct limiter *limiter,
                       const struct cs_limit_ask *real, struct cs_request *request)
{
    struct cs_limit_ask ask = *real;
    cs_time wait = 0;

    ask.limits = &limiter->shadow[request->tier];
    if (cs_limit_ask(&limiter->shadow_table, &ask, &wait, NULL) || request->is_shadow_limited)
        return;
    request->is_shadow_limited = true;
    if (!request->is_measured)
        return;
    (*model->limiters->shadow[request->tier])++;
    (*model->limiters->shadow[model->scenario->n_tiers])++;
}

static void tell_reach(struct cs_limiters *limiters, uint32_t n_tiers, uint32_t tier,
                       double ratio)
{
    double *row = limiters->reach[tier], *all = limiters->reach[n_tiers];

    *row = ratio > *row ? ratio : *row;
    *all = ratio > *all ? ratio : *all;
}

static bool ask_real(struct cs_model *model, struct limiter *limiter, struct cs_limit_ask *ask,
                     struct cs_request *request)
{
    bool is_global = limiter->scope == CS_SCOPE_GLOBAL;
    struct cs_limit_reach *reach = &limiter->reach[request->tier];
    struct cs_limit_reach *measured = request->is_measured ? reach : NULL;
    double before = reach->ratio;
    cs_time wait = 0;
    bool accepted = cs_limit_ask(&limiter->table, ask, &wait, is_global ? measured : NULL);

    if (!accepted)
        request->retry_after = limiter->retry == CS_RETRY_AFTER_WINDOW ? wait
                               : limiter->retry == CS_RETRY_AFTER_TIME ? limiter->retry_after
                                                                       : CS_NEVER;
    else if (!is_global) {
        ask->place = 0;
        cs_limit_charge(&limiter->meter, ask, measured);
    }
    if (reach->ratio > before)
        tell_reach(model->limiters, model->scenario->n_tiers, request->tier, reach->ratio);
    return accepted;
}

bool cs_limiter_admit(struct cs_model *model, uint32_t id, struct cs_request *request)
{
    struct limiter *limiter = &model->limiters->limiter[id];
    struct cs_limit_ask ask;

    if (request->user == CS_ANONYMOUS)
        return true;
    bool has_real = cs_tier_is_limited(&limiter->real[request->tier]);
    bool has_shadow =
        limiter->has_shadow && cs_tier_is_limited(&limiter->shadow[request->tier]);

    if (!has_real && !has_shadow)
        return true;
    ask = (struct cs_limit_ask){.limits = &limiter->real[request->tier],
                                .place = place_of(model, limiter->scope, request),
                                .user = request->user,
                                .tier = request->tier,
                                .now = model->engine.now};
    if (has_shadow)
        ask_shadow(model, limiter, &ask, request);
    return !has_real || ask_real(model, limiter, &ask, request);
}

/* ---- users ---- */

static void see(struct seen *seen, uint32_t n_tiers, const struct cs_request *request)
{
    if (!cs_seen_add(&seen->users, request->user))
        return;
    (*seen->count[request->tier])++;
    (*seen->count[n_tiers])++;
}

void cs_limiters_settle(struct cs_model *model, const struct cs_request *request,
                        bool is_limited)
{
    struct cs_limiters *limiters = model->limiters;

    if (limiters->n == 0 || request->user == CS_ANONYMOUS)
        return;
    see(&limiters->active, model->scenario->n_tiers, request);
    if (is_limited)
        see(&limiters->limited, model->scenario->n_tiers, request);
}

/* ---- settings ---- */

static cs_time keep_of(const struct limiter *limiter, const struct cs_tier_limit *tier,
                       uint32_t n_tiers)
{
    cs_time keep = 0;

    for (uint32_t t = 0; t < n_tiers; t++) {
        cs_time of = cs_limit_keep(limiter->algorithm, &tier[t]);

        keep = of > keep ? of : keep;
    }
    return keep;
}

static void copy_settings(struct limiter *limiter, const struct cs_limiter *config,
                          uint32_t n_tiers)
{
    limiter->retry = config->retry;
    limiter->retry_after = config->retry_after;
    limiter->has_shadow = config->shadow != NULL;
    for (uint32_t t = 0; t < n_tiers; t++) {
        limiter->real[t] = config->tier[t];
        limiter->shadow[t] =
            config->shadow != NULL ? config->shadow[t] : (struct cs_tier_limit){0};
    }
    limiter->table.keep = keep_of(limiter, limiter->real, n_tiers);
    limiter->shadow_table.keep = keep_of(limiter, limiter->shadow, n_tiers);
    limiter->meter.keep = limiter->table.keep;
    if (limiter->algorithm == CS_LIMIT_TOKEN_BUCKET)
        limiter->meter.keep = limiter->table.keep < CS_TIME_LIMIT / METER_FILLS
                                  ? METER_FILLS * limiter->table.keep
                                  : CS_TIME_LIMIT;
}

/* The greatest use so far is of other limits now: as much of them. */
static void rescale_reach(struct limiter *limiter, uint32_t tier)
{
    struct cs_limit_reach *reach = &limiter->reach[tier];
    const struct cs_tier_limit *limit = &limiter->real[tier];

    memset(reach->most, 0, sizeof reach->most);
    for (uint32_t i = 0; i < limit->n; i++)
        reach->most[limit->limit[i].window == CS_S     ? 0
                    : limit->limit[i].window == CS_MIN ? 1
                                                       : 2] =
            (uint64_t)(reach->ratio * limit->limit[i].count);
    if (limit->bucket.cost > 0)
        reach->most[0] = (uint64_t)(reach->ratio * (double)limit->bucket.size);
}

void cs_limiters_reconfigure(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    cs_time now = model->engine.now;

    for (uint32_t i = 0; i < model->limiters->n; i++) {
        struct limiter *limiter = &model->limiters->limiter[i];
        const struct cs_limiter *config = &scenario->limiter[i];

        CS_ASSERT(config->algorithm == limiter->algorithm && config->scope == limiter->scope);
        for (uint32_t t = 0; t < scenario->n_tiers; t++) {
            const struct cs_token_bucket *from = &limiter->real[t].bucket;

            cs_limit_rescale(&limiter->table, t, from, &config->tier[t].bucket, now);
            cs_limit_rescale(&limiter->meter, t, from, &config->tier[t].bucket, now);
            if (config->shadow != NULL)
                cs_limit_rescale(&limiter->shadow_table, t, &limiter->shadow[t].bucket,
                                 &config->shadow[t].bucket, now);
        }
        copy_settings(limiter, config, scenario->n_tiers);
        for (uint32_t t = 0; t < scenario->n_tiers; t++)
            rescale_reach(limiter, t);
    }
}

/* ---- wiring ---- */

static struct cs_labels tier_labels(const struct cs_scenario *scenario, uint32_t tier)
{
    return tier == scenario->n_tiers ? CS_NO_LABELS
                                     : CS_LABELS({"tier", scenario->tier[tier].name});
}

/* Rows by tier, then of all; `of`, where given, is what each is a ratio of. */
static uint64_t **count_rows(struct cs_model *model, const char *name, const char *unit,
                             uint64_t *const *of)
{
    uint32_t n = model->scenario->n_tiers;
    uint64_t **row = CS_NEW_ARRAY(uint64_t *, n + 1);

    for (uint32_t t = 0; t <= n; t++)
        row[t] = cs_metric_count(model->registry, name, unit, tier_labels(model->scenario, t),
                                 of != NULL ? of[t] : NULL);
    return row;
}

static void wire_shadow_rows(struct cs_model *model)
{
    const struct cs_meters *meters = &model->meters;
    uint32_t n = model->scenario->n_tiers;
    uint64_t **all = CS_NEW_ARRAY(uint64_t *, n + 1);

    for (uint32_t t = 0; t < n; t++) {
        all[t] = meters->requests[CS_BY_TIER].all[t];
        if (all[t] == NULL)
            all[t] = meters->requests[CS_BY_ALL].all[0];
    }
    all[n] = meters->requests[CS_BY_ALL].all[0];
    model->limiters->shadow = count_rows(model, "rate_limited_shadow_total", "requests", all);
    free(all);
}

static void wire_rows(struct cs_model *model)
{
    struct cs_limiters *limiters = model->limiters;
    uint32_t n = model->scenario->n_tiers;
    uint64_t users =
        n > 0 ? model->scenario->tier[n - 1].first_user + model->scenario->tier[n - 1].users
              : 0;

    limiters->active.count = count_rows(model, "active_users", "users", NULL);
    limiters->limited.count =
        count_rows(model, "limited_users", "users", limiters->active.count);
    cs_seen_init(&limiters->active.users, users);
    cs_seen_init(&limiters->limited.users, users);
    limiters->reach = CS_NEW_ARRAY(double *, n + 1);
    for (uint32_t t = 0; t <= n; t++)
        limiters->reach[t] = cs_metric_peak(model->registry, "effective_limit_ratio", "1",
                                            tier_labels(model->scenario, t));
}

static bool wire_limiter(struct limiter *limiter, const struct cs_limiter *config,
                         uint32_t n_tiers)
{
    limiter->algorithm = config->algorithm;
    limiter->scope = config->scope;
    limiter->real = CS_NEW_ARRAY(struct cs_tier_limit, n_tiers + 1);
    limiter->shadow = CS_NEW_ARRAY(struct cs_tier_limit, n_tiers + 1);
    limiter->reach = CS_NEW_ARRAY(struct cs_limit_reach, n_tiers + 1);
    cs_limit_table_init(&limiter->table, config->algorithm);
    cs_limit_table_init(&limiter->shadow_table, config->algorithm);
    cs_limit_table_init(&limiter->meter, config->algorithm);
    copy_settings(limiter, config, n_tiers);
    return limiter->has_shadow;
}

void cs_limiters_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    struct cs_limiters *limiters = model->limiters = CS_NEW(struct cs_limiters);
    bool has_shadow = false;

    limiters->n = scenario->n_limiters;
    limiters->limiter = CS_NEW_ARRAY(struct limiter, limiters->n + 1);
    for (uint32_t i = 0; i < limiters->n; i++)
        has_shadow |=
            wire_limiter(&limiters->limiter[i], &scenario->limiter[i], scenario->n_tiers);
    if (limiters->n > 0)
        wire_rows(model);
    if (has_shadow)
        wire_shadow_rows(model);
}

static void release_limiter(struct limiter *limiter)
{
    cs_limit_table_release(&limiter->table);
    cs_limit_table_release(&limiter->shadow_table);
    cs_limit_table_release(&limiter->meter);
    free(limiter->real);
    free(limiter->shadow);
    free(limiter->reach);
}

void cs_limiters_release(struct cs_model *model)
{
    struct cs_limiters *limiters = model->limiters;

    for (uint32_t i = 0; i < limiters->n; i++)
        release_limiter(&limiters->limiter[i]);
    free(limiters->limiter);
    cs_seen_release(&limiters->active.users);
    free(limiters->active.count);
    cs_seen_release(&limiters->limited.users);
    free(limiters->limited.count);
    free(limiters->shadow);
    free(limiters->reach);
    free(limiters);
}
