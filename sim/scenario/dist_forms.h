/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_DIST_FORMS_H
#define SCENARIO_DIST_FORMS_H

#include <stddef.h>

#include "capsim/dist.h"
#include "scenario/tree.h"

/* How each distribution is written: its kind and parameters.  A kind with two
 * ways of being written has two rows. */
enum cs_param_kind {
    CS_PARAM_VALUE,    /* of the quantity's dimension, from 0 */
    CS_PARAM_POSITIVE, /* the same, above 0 */
    CS_PARAM_NUMBER,   /* plain, in [min, max] */
    CS_PARAM_COUNT     /* plain and whole, in [min, max] */
};

struct cs_dist_param {
    const char *key;
    enum cs_param_kind kind;
    double min, max;
};

enum { CS_DIST_MAX_PARAMS = 2 };

struct cs_dist_form {
    const char *kind;
    struct cs_dist_param param[CS_DIST_MAX_PARAMS]; /* a NULL key ends them */
};

const struct cs_dist_form *cs_dist_forms(size_t *n);
/* The row of this kind that has most of the map's keys; NULL: no such kind. */
const struct cs_dist_form *cs_dist_form_of(const char *kind, const struct cs_node *map);
/* What contradicts itself in the parameters, or NULL. */
const char *cs_dist_form_wrong(const struct cs_dist_form *form, const double *v);
/* The distribution of a row with parameters, from its parameters. */
struct cs_dist cs_dist_form_make(const struct cs_dist_form *form, const double *v);

#endif
