/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/breakdown.h"

#include "capsim/check.h"

void cs_breakdown_merge(struct cs_breakdown_bin *to, const struct cs_breakdown_bin *from)
{
    for (size_t i = 0; i < CS_BREAKDOWN_BINS; i++) {
        if (from[i].count == 0)
            continue;
        to[i].count += from[i].count;
        for (size_t s = 0; s < CS_BREAKDOWN_STAGES; s++)
            to[i].stage_ns[s] += from[i].stage_ns[s];
    }
}

static double count_all(const struct cs_breakdown_bin *row)
{
    double n = 0.0;

    for (size_t i = 0; i < CS_BREAKDOWN_BINS; i++)
        n += (double)row[i].count;
    return n;
}

double cs_breakdown_shares(const struct cs_breakdown_bin *row, double share,
                           double part[CS_BREAKDOWN_STAGES])
{
    CS_ASSERT(share > 0.0 && share <= 1.0);
    double wanted = share * count_all(row), left = wanted, sum = 0.0;

    for (size_t s = 0; s < CS_BREAKDOWN_STAGES; s++)
        part[s] = 0.0;
    for (size_t i = CS_BREAKDOWN_BINS; i > 0 && left > 0.0; i--) {
        const struct cs_breakdown_bin *bin = &row[i - 1];
        double n = (double)bin->count;

        if (bin->count == 0)
            continue;
        double weight = n <= left ? 1.0 : left / n;

        for (size_t s = 0; s < CS_BREAKDOWN_STAGES; s++)
            part[s] += weight * (double)bin->stage_ns[s];
        left -= n;
    }
    for (size_t s = 0; s < CS_BREAKDOWN_STAGES; s++)
        sum += part[s];
    for (size_t s = 0; s < CS_BREAKDOWN_STAGES; s++)
        part[s] = sum > 0.0 ? part[s] / sum : __builtin_nan("");
    return sum > 0.0 ? sum / wanted * 1e-9 : __builtin_nan("");
}
