/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TEST_MODEL_COMPARE_H
#define TEST_MODEL_COMPARE_H

#include <math.h>

#include "model_fixture.h"

/* Two whole runs, compared request by request or metric by metric. */

/* Every request of `text` from this source (NULL: the only one). */
static inline void run_all(struct stage *stage, const char *text, const char *source)
{
    stage_open_live(stage, text);
    stage->source = source;
    cs_model_run(stage->model);
    all_checks_hold(stage->model);
}

struct compared {
    int both, earlier, later, differ;
};

static inline struct compared compare(const struct stage *a, const struct stage *b)
{
    struct compared result = {0};

    for (int i = 0; i < STAGE_REQUESTS; i++) {
        const struct heard *x = &a->heard[i], *y = &b->heard[i];

        result.differ += x->times != y->times || x->code != y->code || x->end != y->end ||
                         x->sent != y->sent || x->user != y->user;
        if (x->times == 0 || y->times == 0)
            continue;
        result.both++;
        result.earlier += y->end < x->end;
        result.later += y->end > x->end;
    }
    return result;
}

static inline struct compared compare_texts(const char *a, const char *b, const char *source)
{
    struct stage one, two;

    run_all(&one, a, source);
    run_all(&two, b, source);
    struct compared result = compare(&one, &two);

    stage_close(&one);
    stage_close(&two);
    return result;
}

static inline void expect_no_one_later(const char *less, const char *more)
{
    struct compared result = compare_texts(less, more, NULL);

    cr_expect_gt(result.both, 800);
    cr_expect_eq(result.later, 0, "%d of %d later", result.later, result.both);
    cr_expect_gt(result.earlier, 50, "%d of %d earlier", result.earlier, result.both);
}

static inline void expect_same(const char *a, const char *b, const char *source)
{
    struct compared result = compare_texts(a, b, source);

    cr_expect_gt(result.both, 800);
    cr_expect_eq(result.differ, 0, "%d of %d differ", result.differ, result.both);
}

static inline void expect_same_metrics(const struct cs_model *a, const struct cs_model *b)
{
    const struct cs_registry *one = cs_model_registry(a), *two = cs_model_registry(b);

    cr_assert_eq(cs_registry_metrics(one), cs_registry_metrics(two));
    for (size_t i = 0; i < cs_registry_metrics(one); i++) {
        const struct cs_metric *x = cs_registry_metric(one, i), *y = cs_registry_metric(two, i);

        for (int s = 0; s < CS_STATS; s++) {
            if (!(x->stats & CS_STAT_BIT(s)))
                continue;
            double u = cs_metric_value(one, x, (enum cs_stat)s);
            double v = cs_metric_value(two, y, (enum cs_stat)s);

            cr_expect((isnan(u) && isnan(v)) || !(u < v || u > v), "%s %s: %g and %g", x->name,
                      cs_stat_name((enum cs_stat)s), u, v);
        }
    }
}

#endif
