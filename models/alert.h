/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_ALERT_H
#define CAPSIM_MODELS_ALERT_H

#include "capsim/scenario.h"
#include "capsim/time.h"

/*
 * The rules of alerts, apart from where their values come from.
 *
 * An expression is looked at once a sample, and what it says holds until the
 * next look.  Prometheus evaluates so ("Alerting rules", prometheus.io/docs):
 * an alert is pending from the first look at which its expression is true, and
 * fires at the first look that finds it true for `hold`; one false look ends it.
 */
struct cs_alert_run {
    bool is_pending, is_firing;
    cs_time since;  /* pending */
    uint64_t fired; /* times that it began to fire */
    cs_time firing; /* in all */
    cs_time first;  /* began to fire; CS_NEVER */
};

void cs_alert_run_init(struct cs_alert_run *run);
/* A look at `now`; the next, or the end, is at `until`.  Whether it fires. */
bool cs_alert_look(struct cs_alert_run *run, bool is_true, cs_time hold, cs_time now,
                   cs_time until);

/* Whether the expression holds for the values of its terms; a term whose value
 * is NaN (no data) does not.  No term: false. */
bool cs_expr_holds(const struct cs_expr *expr, const double *value);

#endif
