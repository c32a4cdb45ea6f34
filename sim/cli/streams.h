/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CLI_STREAMS_H
#define CAPSIM_CLI_STREAMS_H

#include <stdbool.h>
#include <stdio.h>

/*
 * The standard streams.  Results go to standard output, all else to standard
 * error.  cs_streams_open is called once, first: a closed standard output ends
 * the process with 1 (a file opened later would take its place), and whatever
 * the exit, output that could not be written makes the status 1.
 */
void cs_streams_open(void);

/* A person looks at it: a terminal, not a dumb one, and not a CI job's. */
bool cs_stream_is_live(FILE *stream);
/* Live, and NO_COLOR is not set (https://no-color.org). */
bool cs_stream_has_color(FILE *stream);

#endif
