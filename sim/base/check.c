/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void cs_assert_failed(const char *cond, const char *file, int line)
{
    fprintf(stderr, "capsim: internal error: %s:%d: %s\n", file, line, cond);
    abort();
}

_Noreturn void cs_out_of_memory(unsigned long bytes)
{
    fprintf(stderr, "capsim: out of memory: %lu bytes wanted\n", bytes);
    abort();
}
