/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which codes have rows, and whether an objective could fail at all. */
#include "model_fixture.h"

#define HEAD                                                                             \
    "capsim: 1\nname: codes\nhorizon: { duration: 20m, lead_in: 0s }\nreplications: 1\n" \
    "fleets: { f: {}, g: {} }\n"
#define TRAFFIC "traffic: { t: { rate: 5/s, mix: { a: 100% } } }\n"
#define PLAIN "functions: { a: { fleet: f, steps: [ { wait: 10ms } ] } }\n" TRAFFIC

static struct cs_model *run(struct cs_scenario *scenario)
{
    struct cs_model *model = cs_model_new(scenario, 0);

    cs_model_run(model);
    all_checks_hold(model);
    return model;
}

/* Fewer rows than codes would have counted the last ones as 200. */
Test(model_codes, every_code_has_its_row)
{
    char text[8192], label[16];
    int n =
        snprintf(text, sizeof text, HEAD "functions: { a: { fleet: f, errors: { 400: 0.5%%");

    for (int code = 401; code < 600; code++)
        n += snprintf(text + n, sizeof text - (size_t)n, ", %d: 0.5%%", code);
    (void)snprintf(text + n, sizeof text - (size_t)n, "%s",
                   " }, steps: [ { wait: 1ms } ] } }\n" TRAFFIC);
    struct cs_scenario *scenario = load_or_fail(text);
    struct cs_model *model = run(scenario);

    cr_expect_eq(count_of(model, "requests_total", "code=200"), 0);
    for (int code = 400; code < 600; code++) {
        (void)snprintf(label, sizeof label, "code=%d", code);
        cr_expect_gt(count_of(model, "requests_total", label), 5, "%s", label);
    }
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* A code that comes with a `set` was counted as 200. */
Test(model_codes, a_code_that_is_set_has_its_row)
{
    struct cs_scenario *scenario = load_or_fail(
        HEAD "functions: { a: { fleet: f, errors: { 500: 10% }, steps: [] } }\n" TRAFFIC
             "events: [ { at: 10m, set: { functions.a.errors: { 418: 90% } } } ]\n");
    struct cs_model *model = run(scenario);
    uint64_t teapots = count_of(model, "requests_total", "code=418");

    cr_expect_gt(teapots, 2400); /* 2,700 expected, sd 52 */
    cr_expect_eq(count_of(model, "requests_total", NULL),
                 teapots + count_of(model, "requests_total", "code=200") +
                     count_of(model, "requests_total", "code=500"));
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* ---- objectives that nothing could make fail ---- */

#define ASKED                                                                             \
    "slos: { e: { target: \"errors < 1%\", of: { fleet: f } }, l: { target: \"limited < " \
    "1%\", of: { function: a } } }\n"

/* Catches incidents and settings in flight that the judgement does not look at: a run with a
 * quarter of errors was told as not exercised, and let a gate pass. */
Test(model_codes, what_happens_on_the_clock_exercises_objectives)
{
    static const struct {
        const char *text;
        bool errors, limited;
    } row[] = {
        {PLAIN, false, false},
        {PLAIN "events: [ { at: 5m, error_burst: { rate: 20% } } ]\n", true, false},
        {PLAIN "events: [ { at: 5m, error_burst: { fleet: g, rate: 20% } } ]\n", false, false},
        {PLAIN "events: [ { at: 5m, error_burst: { rate: 20%, code: 429 } } ]\n", false, true},
        {PLAIN "events: [ { at: 5m, error_burst: { rate: 20%, code: 404 } } ]\n", false, false},
        {PLAIN "regions: { r: {} }\nevents: [ { at: 5m, outage: { region: r } } ]\n", true,
         false},
        {PLAIN "events: [ { at: 5m, set: { fleets.f.max_instances: 1 } } ]\n", true, false},
        {PLAIN "events: [ { at: 5m, set: { functions.a.errors.500: 1% } } ]\n", true, false},
        {PLAIN "events: [ { at: 5m, set: { clients.patience: 1s } } ]\n", true, false},
        {"functions: { a: { fleet: f, errors: { 429: 1% }, steps: [] } }\n" TRAFFIC, false,
         true},
    };

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[2048];

        (void)snprintf(text, sizeof text, "%s%s", HEAD ASKED, row[i].text);
        struct cs_scenario *scenario = load_or_fail(text);

        cr_expect_eq(cs_slo_is_exercised(scenario, &scenario->slo[0]), row[i].errors, "%s",
                     row[i].text);
        cr_expect_eq(cs_slo_is_exercised(scenario, &scenario->slo[1]), row[i].limited, "%s",
                     row[i].text);
        cs_scenario_free(scenario);
    }
}
