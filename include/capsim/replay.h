/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_REPLAY_H
#define CAPSIM_REPLAY_H

#include "capsim/scenario.h"

/*
 * The rows of a trace, one by one, through a buffer of fixed size: a file of any
 * length takes the same memory.  The first row names the columns (time, function,
 * tier, user, zone; time alone is needed).  Fields are separated by commas and may
 * stand in double quotes; empty rows count and are passed over.
 *
 *     time      seconds ("12.25"), a duration with its unit ("-250ms"), both from the
 *               start of the measured window, or UTC ("2025-10-06T09:00:00.125Z");
 *               exact to the nanosecond, never less than in the row before
 *     function, tier, zone   a name, or empty: not said
 *     user      any text, or empty
 */
struct cs_replay;

struct cs_replay_row {
    uint64_t index;                /* of the row of data, from 0 */
    uint64_t line;                 /* in the file, from 1 */
    cs_time at;                    /* from the start of the measured window */
    uint32_t function, tier, zone; /* CS_NONE: not said */
    uint64_t user;                 /* 2^63 or more, the same for the same text; CS_NO_USER */
};
#define CS_NO_USER 0

enum cs_replay_status { CS_REPLAY_ROW, CS_REPLAY_END, CS_REPLAY_BAD, CS_REPLAY_UNREADABLE };

/* Opens the file; the scenario gives the names and must live as long.  NULL, and
 * errno, when it cannot be read.  Never allocates again. */
struct cs_replay *cs_replay_new(const struct cs_scenario *scenario, const char *path,
                                bool is_hashed);
void cs_replay_free(struct cs_replay *replay);

/* The next row.  After CS_REPLAY_BAD (see the problem) the next call goes on with the
 * row behind it; the last two statuses stay. */
enum cs_replay_status cs_replay_next(struct cs_replay *replay, struct cs_replay_row *row);
/* What was wrong: "row 7: ..."; rows are counted from 1, the header's. */
const char *cs_replay_problem(const struct cs_replay *replay);

/* Take note of the file's identity and columns; whether it still is that file. */
void cs_replay_identify(const struct cs_replay *replay, struct cs_trace *trace);
bool cs_replay_is_same(const struct cs_replay *replay, const struct cs_trace *trace);
/* SHA-256 of all that was read, in hex, if it is hashed; after CS_REPLAY_END that is the
 * whole file. */
void cs_replay_hash(struct cs_replay *replay, char out[65]);

/* A duration from its start, or UTC, as a time in a trace; false when it is neither. */
bool cs_replay_time(const char *text, int64_t start_unix_s, cs_time *at);

#endif
