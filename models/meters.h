/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_METERS_H
#define CAPSIM_MODELS_METERS_H

#include "capsim/metric.h"
#include "capsim/scenario.h"

/* Rows that change together: a quantity and its totals over missing labels. */
enum { CS_FAN_MAX = 6 };

struct cs_fan {
    struct cs_level *level[CS_FAN_MAX];
    uint32_t n;
};

static inline void cs_fan_add(const struct cs_fan *fan, int64_t delta, cs_time now)
{
    for (uint32_t i = 0; i < fan->n; i++)
        cs_level_add(fan->level[i], delta, now);
}

struct cs_counts {
    uint64_t *count[CS_FAN_MAX];
    uint32_t n;
};

static inline void cs_counts_add(const struct cs_counts *counts)
{
    for (uint32_t i = 0; i < counts->n; i++)
        (*counts->count[i])++;
}

struct cs_fan_times {
    struct cs_hist *hist[CS_FAN_MAX];
    uint32_t n;
};

static inline void cs_times_add(const struct cs_fan_times *times, cs_time value)
{
    for (uint32_t i = 0; i < times->n; i++)
        cs_hist_add(times->hist[i], value);
}

/* A share part/whole over time: two levels, its own or other rows', and the
 * momentary ratio, which is worked out once an instant and not at each change. */
struct cs_share_row {
    struct cs_level *part, *whole;
    struct cs_level own_part, own_whole;
    struct cs_level *ratio;          /* units of 1e-4 */
    cs_time changed;                 /* last; the ratio since then is not yet on the level */
    int64_t part_value, whole_value; /* since then */
    int64_t scaled;                  /* whole that `scale` is for */
    double scale;                    /* 1e4 / whole */
};

struct cs_share_fan {
    struct cs_share_row *row[CS_FAN_MAX];
    uint32_t n;
};

/* Change part and whole, where they are its own. */
void cs_share_add(const struct cs_share_fan *fan, int64_t part, int64_t whole, cs_time now);
/* Part or whole have changed elsewhere. */
void cs_share_follow(const struct cs_share_fan *fan, cs_time now);

/* What requests are counted under. */
enum cs_dimension {
    CS_BY_ALL,
    CS_BY_FUNCTION,
    CS_BY_ZONE,
    CS_BY_REGION,
    CS_BY_TIER,
    CS_BY_SOURCE,
    CS_DIMENSIONS
};

enum cs_request_time { CS_TIME_DURATION, CS_TIME_SERVER, CS_TIME_FIRST_BYTE, CS_TIMES };

/* Codes that a result always has rows for, then those of the functions. */
enum { CS_CODES_MAX = 201 /* 200, and 400 to 599 */, CS_STAGES_MAX = 8, CS_REASONS_MAX = 32 };

struct cs_request_counts {
    uint64_t **all;     /* by index in the dimension; NULL: a second name */
    uint64_t **by_code; /* index * n_codes + code */
};

struct cs_meters {
    int code[CS_CODES_MAX];
    char code_name[CS_CODES_MAX][4];
    uint32_t n_codes;
    uint8_t code_index[600];                    /* by HTTP code */
    enum cs_dimension dimension[CS_DIMENSIONS]; /* those that need counting */
    uint32_t n_dimensions;
    struct cs_hist **times[CS_TIMES][CS_DIMENSIONS]; /* by index; NULL: a second name */
    struct cs_hist *stage[CS_STAGES_MAX];            /* those in use, and which they are */
    uint32_t stage_of[CS_STAGES_MAX], n_stages;
    struct cs_request_counts requests[CS_DIMENSIONS], user_requests[CS_DIMENSIONS];
    uint64_t *by_reason[CS_REASONS_MAX];
    uint64_t **rate_limited;                    /* by tier, then all */
    uint64_t **retries, **attempts;             /* likewise; NULL: clients do not retry */
    struct cs_hist *step_duration;              /* of the series */
    uint64_t measured;                          /* settled, of the measured window */
    uint64_t users_measured;                    /* what users wanted in it, and over */
    uint64_t all, errors, limited, not_limited; /* ever settled, for the series */
    struct cs_share_row **share_row;            /* owned */
    uint32_t n_share_rows, share_row_capacity;
};

/* Bring every share's ratio up to date, before its level is read. */
void cs_shares_settle(struct cs_meters *meters, cs_time now);

struct cs_model;

void cs_meters_wire(struct cs_model *model);
/* After all rows are there: series of the levels. */
void cs_meters_wire_levels(struct cs_model *model);
void cs_meters_release(struct cs_model *model);

/*
 * Build what a model file feeds: rows are registered when first asked for and
 * shared by all that ask with the same name and labels.  The labels of a row
 * are those of `full` that `masks` picks (bit i: label i); masks has n.  A
 * label with no value drops out.  Where there is only one database, fleet or
 * region, the total over it is a second name of its row and costs nothing.
 */
/* Where in the registry a row is; the number of rows when it is not. */
size_t cs_row_find(const struct cs_model *model, const char *name,
                   const struct cs_labels *labels);
void cs_fan_build(struct cs_fan *fan, struct cs_model *model, const char *name,
                  const char *unit, unsigned stats, struct cs_labels full,
                  const unsigned *masks, uint32_t n);
/* Integrals of the levels of `of`, which has rows of the same masks, or of their own
 * (of NULL). */
void cs_integrals_build(struct cs_fan *fan, struct cs_model *model, const char *name,
                        const char *unit, double scale, struct cs_labels full,
                        const unsigned *masks, uint32_t n, const struct cs_fan *of);
void cs_counts_build(struct cs_counts *counts, struct cs_model *model, const char *name,
                     const char *unit, struct cs_labels full, const unsigned *masks, uint32_t n,
                     const uint64_t *total);
void cs_times_build(struct cs_fan_times *times, struct cs_model *model, const char *name,
                    unsigned stats, struct cs_labels full, const unsigned *masks, uint32_t n);
void cs_share_build(struct cs_share_fan *fan, struct cs_model *model, const char *name,
                    unsigned stats, struct cs_labels full, const unsigned *masks, uint32_t n,
                    const struct cs_fan *part, const struct cs_fan *whole);

/* part, whole: rows of the same masks that it is the ratio of; NULL: its own. */
/* Fill the codes: those that results always have, then what functions and events add,
 * also by a `set`.  A code's name lives as long as the model. */
void cs_codes_find(struct cs_model *model);
const char *cs_code_name(struct cs_model *model, uint32_t i);

/* The names to show, or NULL where the scenario declares none. */
const char *cs_region_label(const struct cs_model *model, uint32_t region);

#endif
