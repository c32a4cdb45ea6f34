/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_EDGE_H
#define CAPSIM_EDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "capsim/dist.h"
#include "capsim/time.h"

/* Parts of a scenario (scenario.h): where requests go, what the edge keeps, what is paid. */

/* Which region takes a request, among those that are up and that its fleet may run in. */
enum cs_routing { CS_ROUTING_NEAREST, CS_ROUTING_WEIGHTED, CS_ROUTING_FAILOVER };

/* Answers of a function that the edge keeps. */
struct cs_cache {
    bool exists;
    cs_time ttl;                    /* fresh for so long */
    cs_time stale_while_revalidate; /* then answered stale for so long, while refreshed */
    uint32_t keys;                  /* what can be asked for, >= 1 */
    double zipf_exponent;           /* of the keys' popularity; 0: all alike */
    struct cs_zipf popularity;      /* of `keys` ranks */
    /* At the mean rate, for estimates alone: share answered at the edge, and share
     * that invokes the function. */
    double hit_share, origin_share;
};

struct cs_cdn_config {
    const struct cs_dist *hit_time; /* of an answer from the edge; NULL: none */
};

/* What is paid; NaN: no such price.  Changes no request. */
struct cs_prices {
    bool exists;
    const char *currency;
    bool is_busy_billed;      /* gb_hour: for the time with a request, not the whole life */
    double gb_hour, cpu_hour; /* memory of instances; CPU that steps used */
    double million_invocations;
    double connection_hour; /* of a connection to a database */
    double *database_s;     /* by database: fixed, a second; 0: none */
};

#endif
