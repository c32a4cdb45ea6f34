/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden values of circuit breakers. */
#include <math.h>

#include <criterion/criterion.h>

#include "capsim/theory.h"

#define NEAR(got, want, ulp)                                                              \
    cr_assert(fabs((got) - (want)) <= 0.51 * (ulp), "%s = %.12g, not %.12g", #got, (got), \
              (want))

/* Confirmed by an independent simulation; the trip by a chain of
 * its states too. */
Test(theory, breaker)
{
    NEAR(cs_theory_breaker_short_circuited(10.0, 0.5, 5, 1.0), 0.238095, 1e-6);
    NEAR(cs_theory_breaker_short_circuited(50.0, 0.2, 3, 5.0), 0.666667, 1e-6);
    NEAR(cs_theory_breaker_short_circuited(5.0, 0.05, 2, 30.0), 0.272727, 1e-6);
    NEAR(cs_theory_breaker_trip(0.5, 5), 62.0, 1e-12);
    NEAR(cs_theory_breaker_trip(0.25, 1), 4.0, 1e-12);
}
