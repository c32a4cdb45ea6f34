/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/attempt.h"
#include "scenario/notes.h"
#include "scenario/validate.h"

static bool is_limited(const struct cs_dependency *d)
{
    return d->rate_limit_per_s < (double)CS_UNLIMITED;
}

/* What waits for a failure where none can come. */
static void warn_never(const struct cs_scenario *s, uint32_t index, struct cs_notes *notes)
{
    const struct cs_dependency *d = &s->dependency[index];
    bool can_fail = cs_scenario_attempt_can_fail(s, index);

    if (!can_fail && d->breaker.exists)
        cs_note(notes,
                "Dependency %s: no attempt fails (no error_rate, timeout, max_concurrency, "
                "rate_limit or outage), so its circuit breaker can never open.",
                d->name);
    if (!can_fail && d->fallback != CS_NONE)
        cs_note(notes, "Dependency %s: no call fails, so its fallback can never be used.",
                d->name);
    if (!can_fail && d->retries.max > 0)
        cs_note(notes, "Dependency %s: no attempt fails, so none can be retried.", d->name);
    if (d->breaker.exists && d->breaker.failures == CS_UNLIMITED)
        cs_note(notes, "Dependency %s: failures: unlimited never open its circuit breaker.",
                d->name);
}

static void warn_retries(const struct cs_scenario *s, uint32_t index, struct cs_notes *notes)
{
    const struct cs_dependency *d = &s->dependency[index];
    const struct cs_backoff *backoff = &d->retries.backoff;
    double delay = cs_work_backoff(backoff, 1), limit = cs_time_s(d->timeout);

    if (d->retries.max == 0 || d->timeout == CS_NEVER)
        return;
    if (!backoff->full_jitter && delay > limit)
        cs_note(notes,
                "Dependency %s: no retry is ever made: the first would come %.4g s after a "
                "failure, and the timeout of the whole call is %.4g s.",
                d->name, delay, limit);
    if (!cs_scenario_attempt_can_err(s, index))
        cs_note(notes,
                "Dependency %s: no retry is ever made: only its timeout makes a call fail, and "
                "that is of the whole call, its retries included.",
                d->name);
}

static double calls_per_s(const struct cs_scenario *s, uint32_t dependency)
{
    double rate = 0;

    for (uint32_t f = 0; f < s->n_functions; f++)
        for (uint32_t i = 0; i < s->function[f].n_steps; i++) {
            const struct cs_step *step = &s->function[f].step[i];
            if (step->kind == CS_STEP_CALL && step->target == dependency)
                rate += cs_work_rate(s, f) * step->count;
        }
    return rate;
}

void cs_warn_dependencies(const struct cs_scenario *s, struct cs_notes *notes)
{
    for (uint32_t i = 0; i < s->n_dependencies; i++) {
        const struct cs_dependency *d = &s->dependency[i];
        double rate = calls_per_s(s, i);

        warn_never(s, i, notes);
        warn_retries(s, i, notes);
        if (is_limited(d) && rate > d->rate_limit_per_s)
            cs_note(notes,
                    "Dependency %s: steps call it %.4g times a second on average, and its "
                    "rate_limit is %.4g.",
                    d->name, rate, d->rate_limit_per_s);
    }
}
