/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_VERIFY_H
#define CAPSIM_VERIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "capsim/arena.h"
#include "capsim/estimate.h"

/*
 * Theory against simulation: systems whose answer is known in closed form, as
 * scenario files, each simulated through the same loader and the same models as
 * any other scenario.  The formula takes its parameters from the loaded file.
 */

/* A row is off when its distance passes this many standard errors. */
#define CS_VERIFY_Z_MAX 4.5

struct cs_verify_row {
    const char *system;           /* "M/M/20, 90/s" */
    const char *quantity;         /* "p95 of response" */
    const char *unit;             /* "s", "1" (a share), "requests", "instances", ... */
    const char *file;             /* of the scenario, within the folder */
    const char *sets;             /* what was laid over it, "PATH=VALUE ...", or "" */
    double theory;                /* NaN when the file could not be loaded */
    struct cs_estimate simulated; /* 95 % interval; NaN when there is no value */
    double z;                     /* (simulated - theory) / standard error; NaN when none */
    bool ok;                      /* |z| <= CS_VERIFY_Z_MAX */
    const char *trouble;          /* why there is no z, or "" */
};

/*
 * Run the checks whose file or system contains `only` (NULL or "": all), those
 * of one file and the same settings on one simulation.
 *
 * config_dir  folder of the scenarios, such as configs/theory
 * jobs        threads; 0: one a processor
 * arena       receives the rows and their strings
 *
 * Returns the number of rows, in table order; 0 when `only` matches nothing.  A
 * file that does not load, and a value that is missing, are rows that are off.
 * The whole table takes some 10 s of CPU time.
 */
size_t cs_verify_run(const char *config_dir, unsigned jobs, struct cs_arena *arena,
                     const struct cs_verify_row **rows, const char *only);

/* How many of the rows are off. */
size_t cs_verify_off(const struct cs_verify_row *rows, size_t n);

#endif
