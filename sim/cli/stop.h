/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CLI_STOP_H
#define CAPSIM_CLI_STOP_H

#include <stdatomic.h>

/*
 * Let SIGINT and SIGTERM ask for an orderly end: the flag that is returned
 * becomes non-zero.  The second such signal ends the process at once.
 *
 * The flag is the one writable object of the program at file scope: a signal
 * handler reaches nothing else.
 */
const atomic_int *cs_stop_install(void);

#endif
