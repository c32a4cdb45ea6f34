/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/stop.h"

#include <signal.h>
#include <stddef.h>

/* C17 7.14.1.1 lets a handler write a lock-free atomic. */
static atomic_int cs_stop_requested;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler sets this flag");

static void request_stop(int signal_number)
{
    (void)signal_number;
    atomic_store(&cs_stop_requested, 1);
}

const atomic_int *cs_stop_install(void)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = request_stop};

    sigemptyset(&action.sa_mask);
    /* The handler is for the first signal; the next has its default effect. */
    action.sa_flags = (int)SA_RESETHAND | SA_RESTART;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
    return &cs_stop_requested;
}
