/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a platform starts a fleet's instances, in a region, by a token bucket
 *             that starts full; who finds no token queues, first come, first served.
 * Equation:   credit' = min(burst, credit + rate dt), in whole units of 1e-6 a day, so
 *             that a rate with six decimals or fewer loses nothing.
 * Source:     Turner (1986) for the bucket; AWS Lambda's 1000 environments in 10 s.
 * Leaves out: a bucket that several fleets or regions share.
 */
#include "platform.h"

enum { TIMER_TOKEN };

/* A rate is counted in 1e-6 tokens a day, credit in that times ns. */
static const double MICRO_PER_DAY = 86400e6;
static const __int128 TOKEN = (__int128)86400000000000 * 1000000;

static int64_t rate_of(const struct cs_start_burst *config)
{
    return (int64_t)(config->rate_per_s * MICRO_PER_DAY + 0.5);
}

static void refill(struct cs_start_bucket *bucket, const struct cs_start_burst *config,
                   cs_time now)
{
    __int128 most = config->burst * TOKEN;

    bucket->credit += (__int128)rate_of(config) * (now - bucket->since);
    bucket->credit = bucket->credit < most ? bucket->credit : most;
    bucket->since = now;
}

static void on_token(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_model *model = self;
    struct cs_cell *cell = &model->cell[arg];

    (void)kind;
    cs_fleet_serve_waiting(model, cell);
    cs_starts_follow(model, cell);
}

static const struct cs_actor starts_actor = {"start burst", on_token};

void cs_starts_wire(struct cs_model *model, struct cs_cell *cell)
{
    const struct cs_start_burst *config = &cell->config->start_burst;

    cell->starts = (struct cs_start_bucket){
        .credit = config->burst * TOKEN,
        .timer = cs_timer_new(&model->engine, CS_TREE_FAR, &starts_actor, model, cell->index)};
}

bool cs_starts_has(struct cs_model *model, struct cs_cell *cell)
{
    const struct cs_start_burst *config = &cell->config->start_burst;

    if (!config->exists)
        return true;
    refill(&cell->starts, config, model->engine.now);
    return cell->starts.credit >= TOKEN;
}

void cs_starts_take(struct cs_model *model, struct cs_cell *cell)
{
    if (!cell->config->start_burst.exists)
        return;
    CS_ENGINE_ASSERT(&model->engine, cs_starts_has(model, cell));
    cell->starts.credit -= TOKEN;
    cs_starts_follow(model, cell);
}

/* What has come in until now came at the old rate; a new bucket is full. */
void cs_starts_reconfigure(struct cs_model *model, struct cs_cell *cell,
                           const struct cs_fleet *before)
{
    struct cs_start_bucket *bucket = &cell->starts;

    if (before->start_burst.exists)
        refill(bucket, &before->start_burst, model->engine.now);
    else
        bucket->credit = cell->config->start_burst.burst * TOKEN;
    bucket->since = model->engine.now;
    if (cell->config->start_burst.exists)
        cs_starts_follow(model, cell);
    else
        cs_timer_cancel(&model->engine, bucket->timer);
}

void cs_starts_follow(struct cs_model *model, struct cs_cell *cell)
{
    if (cell->slots.waiting == 0 || cs_starts_has(model, cell))
        return;
    int64_t rate = rate_of(&cell->config->start_burst);
    __int128 wait = (TOKEN - cell->starts.credit + rate - 1) / rate;
    cs_time due = model->engine.now + (cs_time)wait;

    /* One that is set for then keeps its place in the order. */
    if (cs_calendar_due(&model->engine.calendar, cell->starts.timer) != due)
        cs_timer_set(&model->engine, cell->starts.timer, due, CS_CLASS_RELEASE, TIMER_TOKEN);
}
