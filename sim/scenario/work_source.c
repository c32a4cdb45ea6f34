/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "capsim/shape.h"
#include "scenario/validate.h"

static double open_rate(const struct cs_scenario *s, const struct cs_source *source,
                        uint32_t function)
{
    double share = cs_shape_share(source, function);

    return share > 0 ? cs_shape_mean_rate(s, source) * share : 0;
}

/* Mean number of virtual users at load 1 over lead-in and window. */
static double mean_users(const struct cs_scenario *s, const struct cs_users *users)
{
    double from = users->start, left = cs_time_s(s->horizon.duration), sum = 0;
    double lead_in = s->horizon.lead_in_is_auto ? 0 : cs_time_s(s->horizon.lead_in);

    sum += lead_in * from;
    for (uint32_t i = 0; i < users->n_stages && left > 0; i++) {
        double length = cs_time_s(users->stage[i].duration), target = users->stage[i].target;
        double part = length < left ? length : left;
        double to = length > 0 ? from + (target - from) * part / length : target;

        sum += part * (from + to) / 2;
        left -= part;
        from = target;
    }
    sum += left > 0 ? left * from : 0;
    return sum / (cs_time_s(s->horizon.duration) + lead_in);
}

static double closed_rate(const struct cs_scenario *s, const struct cs_users *users,
                          uint32_t function)
{
    double requests = 0;

    for (uint32_t i = 0; i < users->n_ops; i++)
        if (users->op[i].code == CS_SESSION_REQUEST && users->op[i].function == function)
            requests += users->op[i].times;
    return users->iteration_s > 0 ? mean_users(s, users) * requests / users->iteration_s : 0;
}

double cs_work_source_rate(const struct cs_scenario *s, const struct cs_source *source,
                           uint32_t function)
{
    double rate = source->users.exists ? closed_rate(s, &source->users, function)
                                       : open_rate(s, source, function);

    return rate * s->load;
}

/* What a user waits for an answer, at an empty platform. */
static double response_s(const struct cs_scenario *s, uint32_t function)
{
    double mean = 0;

    for (uint32_t z = 0; z < s->n_zones; z++) {
        uint32_t region = cs_work_region(s, s->function[function].fleet, z);
        const struct cs_dist *rtt =
            s->zone_rtt != NULL ? s->zone_rtt[z * s->n_regions + region] : NULL;

        mean += s->zone[z].share *
                (cs_work_of(s, function, z).mean_s + (rtt != NULL ? cs_dist_mean(rtt) : 0));
    }
    return mean;
}

void cs_work_sessions(struct cs_scenario *s)
{
    for (uint32_t i = 0; i < s->n_sources; i++) {
        struct cs_users *users = &s->source[i].users;

        for (uint32_t k = 0; k < users->n_ops; k++) {
            const struct cs_session_op *op = &users->op[k];
            bool is_request = op->code == CS_SESSION_REQUEST;

            users->requests += is_request ? op->times : 0;
            if (is_request)
                users->iteration_s += op->times * response_s(s, op->function);
            else if (op->code == CS_SESSION_THINK)
                users->iteration_s += op->times * cs_dist_mean(op->time);
        }
        users->iteration_s = fmax(users->iteration_s, 1e-3); /* the models' own least */
    }
}
