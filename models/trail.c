/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a window is a whole number of samples and ends with one.
 * Equation:   sum over the last n samples = the sum before + new - oldest.
 * Source:     none needed.
 * Leaves out: where inside a sample a request was settled.
 */
#include "trail.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"

enum { BITS = 7, TOP = 63 };

uint32_t cs_trail_want(struct cs_trail *trail, uint32_t n)
{
    for (uint32_t i = 0; i < trail->n_ranges; i++)
        if (trail->range[i].n == n)
            return i;
    size_t capacity = trail->n_ranges;

    CS_ASSERT(n > 0 && trail->past == NULL);
    CS_GROW(trail->range, trail->n_ranges + 1, capacity);
    trail->range[trail->n_ranges] = (struct cs_trail_range){.n = n};
    trail->longest = n > trail->longest ? n : trail->longest;
    return trail->n_ranges++;
}

void cs_trail_start(struct cs_trail *trail)
{
    trail->past = CS_NEW_ARRAY(struct cs_tally, trail->longest + 1);
    trail->first_bin = CS_NEW_ARRAY(uint64_t, trail->longest + 1);
    if (!trail->has_times)
        return;
    cs_hist_init(&trail->shape, BITS, TOP);
    trail->touched = CS_NEW_ARRAY(uint32_t, trail->shape.n_bins);
    trail->log_capacity = 1024;
    trail->log = CS_NEW_ARRAY(struct cs_trail_bin, trail->log_capacity);
    for (uint32_t i = 0; i < trail->n_ranges; i++) {
        struct cs_hist *times = &trail->range[i].times;

        cs_hist_init(times, BITS, TOP);
        times->min = 0; /* not known once values leave: no bin is narrowed */
        times->max = INT64_MAX;
    }
}

void cs_trail_release(struct cs_trail *trail)
{
    for (uint32_t i = 0; trail->has_times && i < trail->n_ranges; i++)
        cs_hist_release(&trail->range[i].times);
    if (trail->has_times)
        cs_hist_release(&trail->shape);
    free(trail->range);
    free(trail->past);
    free(trail->first_bin);
    free(trail->touched);
    free(trail->log);
}

/* ---- the log of bins ---- */

static struct cs_trail_bin *entry(const struct cs_trail *trail, uint64_t number)
{
    return &trail->log[number & (trail->log_capacity - 1)];
}

static void grow_log(struct cs_trail *trail)
{
    uint64_t capacity = 2 * trail->log_capacity;
    struct cs_trail_bin *log = CS_NEW_ARRAY(struct cs_trail_bin, capacity);

    for (uint64_t i = trail->log_begin; i < trail->log_end; i++)
        log[i & (capacity - 1)] = *entry(trail, i);
    free(trail->log);
    trail->log = log;
    trail->log_capacity = capacity;
}

static void write_bins(struct cs_trail *trail)
{
    for (uint32_t i = 0; i < trail->n_touched; i++) {
        uint32_t bin = trail->touched[i];

        if (trail->log_end - trail->log_begin == trail->log_capacity)
            grow_log(trail);
        *entry(trail, trail->log_end++) =
            (struct cs_trail_bin){bin, (uint32_t)trail->shape.count[bin]};
        trail->shape.count[bin] = 0;
    }
    trail->n_touched = 0;
}

/* ---- windows ---- */

static uint64_t slot(const struct cs_trail *trail, uint64_t sample)
{
    return sample % (trail->longest + 1);
}

static void add_bins(struct cs_hist *times, const struct cs_trail *trail, uint64_t from,
                     uint64_t to, bool is_leaving)
{
    for (uint64_t i = from; i < to; i++) {
        const struct cs_trail_bin *bin = entry(trail, i);

        times->count[bin->bin] += is_leaving ? -(uint64_t)bin->count : bin->count;
        times->total += is_leaving ? -(uint64_t)bin->count : bin->count;
    }
}

static void enter(struct cs_tally *sum, const struct cs_tally *tally)
{
    sum->all += tally->all;
    sum->errors += tally->errors;
    sum->limited += tally->limited;
    sum->under += tally->under;
    sum->timed += tally->timed;
    sum->sum += tally->sum;
}

static void leave(struct cs_tally *sum, const struct cs_tally *tally)
{
    sum->all -= tally->all;
    sum->errors -= tally->errors;
    sum->limited -= tally->limited;
    sum->under -= tally->under;
    sum->timed -= tally->timed;
    sum->sum -= tally->sum;
}

static void move(struct cs_trail *trail, struct cs_trail_range *range, uint64_t sample)
{
    uint64_t newest = slot(trail, sample);

    enter(&range->sum, &trail->past[newest]);
    if (trail->has_times)
        add_bins(&range->times, trail, trail->first_bin[newest], trail->log_end, false);
    if (sample < range->n)
        return;
    uint64_t oldest = sample - range->n;

    leave(&range->sum, &trail->past[slot(trail, oldest)]);
    if (trail->has_times)
        add_bins(&range->times, trail, trail->first_bin[slot(trail, oldest)],
                 trail->first_bin[slot(trail, oldest + 1)], true);
}

void cs_trail_step(struct cs_trail *trail)
{
    uint64_t sample = trail->ended++;
    uint64_t newest = slot(trail, sample);

    trail->past[newest] = trail->now;
    trail->now = (struct cs_tally){0};
    trail->first_bin[newest] = trail->log_end;
    write_bins(trail);
    for (uint32_t i = 0; i < trail->n_ranges; i++)
        move(trail, &trail->range[i], sample);
    if (sample >= trail->longest)
        trail->log_begin = trail->first_bin[slot(trail, sample - trail->longest + 1)];
}

void cs_trail_restart(struct cs_trail *trail)
{
    CS_ASSERT(trail->ended == 0);
    trail->now = (struct cs_tally){0};
    for (uint32_t i = 0; i < trail->n_touched; i++)
        trail->shape.count[trail->touched[i]] = 0;
    trail->n_touched = 0;
}
