/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/bind.h"
#include "scenario/date.h"

void cs_bind_version(struct cs_bind *bind, const struct cs_node *node,
                     const struct cs_place *place, void *base)
{
    (void)base;
    if (cs_bind_expect(bind, node, CS_NODE_SCALAR, place) && strcmp(node->value, "1") != 0)
        cs_diag_error(bind->diag, &node->mark, "capsim: %s: this version reads format 1",
                      cs_node_shown(bind->scratch, node));
}

void cs_bind_name(struct cs_bind *bind, const struct cs_node *node,
                  const struct cs_place *place, void *base)
{
    struct cs_scenario *scenario = base;

    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return;
    if (!cs_bind_is_name(node->value))
        cs_diag_error(bind->diag, &node->mark,
                      "name: %s: letters, digits, _ and - are wanted, 64 at most",
                      cs_node_shown(bind->scratch, node));
    scenario->name = cs_arena_strdup(bind->arena, node->value);
}

/* ---- the horizon ---- */

/* A date alone, or with its time and a Z. */
static bool parse_start(const char *s, int64_t *unix_s)
{
    size_t n = strlen(s);

    if (n == 20 && s[19] == 'Z')
        return cs_date_parse(s, 19, unix_s);
    return n == 10 && cs_date_parse(s, n, unix_s);
}

void cs_bind_start(struct cs_bind *bind, const struct cs_node *node,
                   const struct cs_place *place, void *base)
{
    struct cs_horizon *horizon = base;

    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return;
    if (!parse_start(node->value, &horizon->start_unix_s))
        cs_diag_error(bind->diag, &node->mark,
                      "%s: %s: a date from 1970 on, in UTC, is wanted, such as "
                      "2025-10-06T00:00:00Z",
                      cs_place_text(bind, place), cs_node_shown(bind->scratch, node));
}

void cs_bind_lead_in(struct cs_bind *bind, const struct cs_node *node,
                     const struct cs_place *place, void *base)
{
    struct cs_horizon *horizon = base;
    double si = 0;

    horizon->lead_in_is_auto = node->kind == CS_NODE_SCALAR && strcmp(node->value, "auto") == 0;
    if (horizon->lead_in_is_auto)
        return;
    if (cs_bind_quantity(bind, node, place, CS_DIM_TIME, 0, 366 * 86400.0, &si))
        horizon->lead_in = (cs_time)llround(si * 1e9);
}

/* ---- who asks ---- */

/* Names and their shares, which must sum to 100 %; by name, so that the order
 * of the keys in the file changes no draw. */
struct named_share {
    const char *name;
    double share;
    uint32_t index;
};

static int by_name(const void *left, const void *right)
{
    const struct named_share *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static struct cs_share *bind_shares(struct cs_bind *bind, const struct cs_node *node,
                                    const struct cs_place *place, enum cs_section section,
                                    uint32_t *count)
{
    struct cs_share *share = CS_ARENA_ARRAY(bind->arena, struct cs_share, node->n + 1);
    struct named_share *found = CS_ARENA_ARRAY(bind->scratch, struct named_share, node->n + 1);
    double sum = 0, so_far = 0;
    bool sound = true;
    uint32_t n = 0;

    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        struct cs_place at = {place, pair->key};
        double si = 0;
        bool ok = cs_bind_quantity(bind, pair->value, &at, CS_DIM_SHARE, 0, 1, &si);
        uint32_t index = cs_bind_ref(bind, section, pair->key, &pair->mark);
        sum += si;
        sound = sound && ok;
        if (index != CS_NONE)
            found[n++] = (struct named_share){pair->key, si, index};
    }
    if (sound && fabs(sum - 1) > 1e-6)
        cs_diag_error(bind->diag, &node->mark, "%s: shares sum to %.6g%%, not 100%%",
                      cs_place_text(bind, place), sum * 100);
    qsort(found, n, sizeof *found, by_name);
    for (uint32_t i = 0; i < n; i++) {
        so_far += found[i].share;
        share[i] = (struct cs_share){found[i].index, i + 1 == n ? 1 : so_far / sum};
    }
    *count = n;
    return share;
}

void cs_bind_mix(struct cs_bind *bind, const struct cs_node *node, const struct cs_place *place,
                 void *base)
{
    struct cs_source *source = base;

    if (cs_bind_expect(bind, node, CS_NODE_MAP, place))
        source->mix = bind_shares(bind, node, place, CS_SECTION_FUNCTIONS, &source->n_mix);
}

void cs_bind_source_tiers(struct cs_bind *bind, const struct cs_node *node,
                          const struct cs_place *place, void *base)
{
    struct cs_source *source = base;

    /* Not NULL with none of them: anonymous by decision, not by omission. */
    source->tier = CS_ARENA_NEW(bind->arena, struct cs_share);
    source->n_tiers = 0;
    if (node->kind == CS_NODE_SCALAR && strcmp(node->value, "none") == 0)
        return;
    if (cs_bind_expect(bind, node, CS_NODE_MAP, place))
        source->tier = bind_shares(bind, node, place, CS_SECTION_TIERS, &source->n_tiers);
}

/* Exactly n factors, scaled to mean 1. */
static bool bind_shape(struct cs_bind *bind, const struct cs_node *node,
                       const struct cs_place *place, size_t n, double *out)
{
    double sum = 0;
    bool ok = true;

    if (!cs_bind_expect(bind, node, CS_NODE_LIST, place))
        return false;
    if (node->n != n) {
        cs_diag_error(bind->diag, &node->mark, "%s: %zu values are wanted, not %zu",
                      cs_place_text(bind, place), n, node->n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct cs_place at = cs_place_item(bind, place, i);
        ok = cs_bind_quantity(bind, node->pair[i].value, &at, CS_DIM_NUMBER, 0, 1e6, &out[i]) &&
             ok;
        sum += out[i];
    }
    if (ok && sum <= 0) {
        cs_diag_error(bind->diag, &node->mark, "%s: all values are 0",
                      cs_place_text(bind, place));
        return false;
    }
    for (size_t i = 0; ok && i < n; i++)
        out[i] *= (double)n / sum;
    return ok;
}

void cs_bind_daily(struct cs_bind *bind, const struct cs_node *node,
                   const struct cs_place *place, void *base)
{
    struct cs_source *source = base;

    source->has_daily = bind_shape(bind, node, place, 24, source->daily);
}

void cs_bind_weekly(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_source *source = base;

    source->has_weekly = bind_shape(bind, node, place, 7, source->weekly);
}
