/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CHECK_H
#define CAPSIM_CHECK_H

/*
 * Assertions for our own mistakes.  They stay on in release builds; only the
 * hottest lines use CS_ASSERT_DEBUG, which the sanitizer builds turn on.
 * Never for a user's input (diagnostics) or the world's failures (status).
 */
#define CS_ASSERT(cond) \
    (__builtin_expect(!!(cond), 1) ? (void)0 : cs_assert_failed(#cond, __FILE__, __LINE__))

#ifdef CS_DEBUG
#define CS_ASSERT_DEBUG(cond) CS_ASSERT(cond)
#else
#define CS_ASSERT_DEBUG(cond) ((void)0)
#endif

/* Print what failed and abort.  The engine has its own that adds the simulated
 * time, actor and event (engine.h). */
_Noreturn void cs_assert_failed(const char *cond, const char *file, int line);

/* Print that `bytes` could not be had and abort: out of memory is not handled. */
_Noreturn void cs_out_of_memory(unsigned long bytes);

#endif
