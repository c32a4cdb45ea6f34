/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: what an expression says at a look holds until the next one.
 * Equation:   fires when true at every look of the last `hold`.
 * Source:     Prometheus, alerting rules.
 * Leaves out: keep_firing_for, and the time until somebody has read the page.
 */
#include "alert.h"

#include "subject.h"

void cs_alert_run_init(struct cs_alert_run *run)
{
    *run = (struct cs_alert_run){.first = CS_NEVER};
}

bool cs_alert_look(struct cs_alert_run *run, bool is_true, cs_time hold, cs_time now,
                   cs_time until)
{
    if (!is_true) {
        run->is_pending = run->is_firing = false;
        return false;
    }
    if (!run->is_pending)
        run->since = now;
    run->is_pending = true;
    if (now - run->since < hold)
        return false;
    if (!run->is_firing) {
        run->fired++;
        run->first = run->first == CS_NEVER ? now : run->first;
    }
    run->is_firing = true;
    run->firing += until - now;
    return true;
}

bool cs_expr_holds(const struct cs_expr *expr, const double *value)
{
    bool any = false, all = expr->n > 0;

    for (uint32_t i = 0; i < expr->n; i++) {
        const struct cs_term *term = &expr->term[i];

        if (term->is_alternative) {
            any = any || all;
            all = true;
        }
        all = all && cs_compare_holds(value[i], term->compare, term->threshold);
    }
    return any || all;
}
