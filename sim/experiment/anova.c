/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"

static double mean_of(const double *y, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += y[i] - y[0];
    return y[0] + sum / (double)n;
}

static double squares(const double *y, size_t n, double centre)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (y[i] - centre) * (y[i] - centre);
    return sum;
}

struct cs_anova cs_anova(const double *y, size_t groups, size_t each)
{
    CS_ASSERT(groups >= 2 && each >= 2);
    double *mean = CS_NEW_ARRAY(double, groups);
    double within = 0.0;

    for (size_t g = 0; g < groups; g++) {
        mean[g] = mean_of(y + g * each, each);
        within += squares(y + g * each, each, mean[g]);
    }
    struct cs_anova a = {.mean = mean_of(mean, groups)};
    double of_means = squares(mean, groups, a.mean) / (double)(groups - 1);

    a.within = within / (double)(groups * (each - 1));
    a.between = of_means - a.within / (double)each;
    a.between = a.between > 0.0 ? a.between : 0.0;
    double shrink = of_means > 0.0 ? sqrt(a.between / of_means) : 0.0;

    for (size_t g = 0; g < groups; g++)
        mean[g] = a.mean + (mean[g] - a.mean) * shrink;
    a.lo = cs_sample_quantile(mean, groups, 0.025);
    a.hi = cs_sample_quantile(mean, groups, 0.975);
    free(mean);
    return a;
}
