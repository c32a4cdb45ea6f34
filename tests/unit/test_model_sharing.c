/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model_fixture.h"

enum { JOBS = 200 };

struct run {
    struct cs_engine engine;
    struct cs_sharing sharing;
    cs_time done[JOBS]; /* by customer; 0: not yet */
    uint32_t job[JOBS], order[JOBS], n_done;
};

static void on_done(void *self, uint32_t customer)
{
    struct run *run = self;

    cr_assert_eq(run->done[customer], 0);
    run->done[customer] = run->engine.now;
    run->order[run->n_done++] = customer;
}

static void run_init(struct run *run, double cpus, double alpha, double beta)
{
    memset(run, 0, sizeof *run);
    cs_engine_init(&run->engine, 1, 0);
    cs_sharing_init(&run->sharing, &run->engine, cpus, alpha, beta, on_done, run);
}

static void run_release(struct run *run)
{
    cs_sharing_release(&run->sharing);
    cs_engine_release(&run->engine);
}

static void run_to(struct run *run, cs_time at)
{
    cs_engine_run(&run->engine, at);
    run->engine.now = at;
}

static void add_at(struct run *run, cs_time at, uint32_t customer, double need)
{
    run_to(run, at);
    run->job[customer] = cs_sharing_add(&run->sharing, customer, need);
}

Test(model_sharing, one_job_alone)
{
    struct run run;

    run_init(&run, 1.0, 0.0, 0.0);
    add_at(&run, 100, 0, 50.0);
    run_to(&run, 1000);
    cr_expect_eq(run.done[0], 150);
    run_release(&run);
}

/* 0 to 40 alone; then half each: job 0 has 60 left, job 1 30: 1 is done at 100,
 * and 0, with 30 left, at 130. */
Test(model_sharing, two_jobs_on_one_cpu)
{
    struct run run;

    run_init(&run, 1.0, 0.0, 0.0);
    add_at(&run, 0, 0, 100.0);
    add_at(&run, 40, 1, 30.0);
    run_to(&run, 1000);
    cr_expect_eq(run.done[1], 100);
    cr_expect_eq(run.done[0], 130);
    run_release(&run);
}

/* Two CPUs: a third job makes each run at 2/3; at most one CPU a job. */
Test(model_sharing, more_cpus_than_jobs_are_no_use)
{
    struct run run;

    run_init(&run, 2.0, 0.0, 0.0);
    add_at(&run, 0, 0, 90.0);
    add_at(&run, 0, 1, 90.0);
    add_at(&run, 30, 2, 40.0); /* 60 each left: 2 is done after 60 */
    run_to(&run, 1000);
    cr_expect_eq(run.done[2], 90);
    cr_expect_eq(run.done[0], 110);
    cr_expect_eq(run.done[1], 110);
    run_release(&run);
    run_init(&run, 0.5, 0.0, 0.0);
    add_at(&run, 0, 0, 10.0);
    run_to(&run, 1000);
    cr_expect_eq(run.done[0], 20);
    run_release(&run);
}

/* min(n, cpus) / (1 + alpha (n - 1) + beta n (n - 1)), worked by hand. */
Test(model_sharing, the_rate_follows_the_universal_scalability_law)
{
    struct run run;

    run_init(&run, 4.0, 0.1, 0.01);
    cr_expect_float_eq(cs_sharing_rate(&run.sharing, 1), 1.0, 1e-15);
    cr_expect_float_eq(cs_sharing_rate(&run.sharing, 2), 2.0 / 1.12, 1e-14);
    cr_expect_float_eq(cs_sharing_rate(&run.sharing, 4), 4.0 / 1.42, 1e-14);
    cr_expect_float_eq(cs_sharing_rate(&run.sharing, 10), 4.0 / 2.8, 1e-14);
    add_at(&run, 0, 0, 1000.0);
    add_at(&run, 0, 1, 1000.0); /* each at 1/1.12 */
    run_to(&run, 10000);
    cr_expect_eq(run.done[0], 1120);
    cr_expect_eq(run.done[1], 1120);
    run_release(&run);
}

Test(model_sharing, a_job_that_is_taken_out_speeds_up_the_rest)
{
    struct run run;

    run_init(&run, 1.0, 0.0, 0.0);
    add_at(&run, 0, 0, 100.0);
    add_at(&run, 0, 1, 100.0);
    run_to(&run, 60); /* 30 done of each */
    cs_sharing_remove(&run.sharing, run.job[0]);
    add_at(&run, 90, 2, 40.0); /* 40 left of job 1 */
    run_to(&run, 1000);
    cr_expect_eq(run.done[0], 0);
    cr_expect_eq(run.done[1], 170);
    cr_expect_eq(run.done[2], 170);
    cr_expect_eq(run.sharing.jobs.n, 0);
    run_release(&run);
}

/* Two of 100 on one CPU to 60: 30 done of each.  On two CPUs the 70 left take 70; at
 * alpha 1 (two at half a CPU's worth of work in all) what is left at 100 takes fourfold. */
Test(model_sharing, another_size_is_for_the_jobs_under_way)
{
    struct run run;

    run_init(&run, 1.0, 0.0, 0.0);
    add_at(&run, 0, 0, 100.0);
    add_at(&run, 0, 1, 100.0);
    run_to(&run, 60);
    cs_sharing_resize(&run.sharing, 2.0, 0.0, 0.0);
    run_to(&run, 100); /* 70 done of each */
    cs_sharing_resize(&run.sharing, 1.0, 1.0, 0.0);
    run_to(&run, 1000);
    cr_expect_eq(run.done[0], 220);
    cr_expect_eq(run.done[1], 220);
    run_release(&run);
}

/* ---- against the definition, from one event to the next ---- */

struct step {
    cs_time at;
    uint32_t customer;
    double need; /* negative: taken out */
};

struct slow {
    double left[JOBS]; /* service; negative: not there */
    cs_time now, done[JOBS];
    uint32_t n;
};

/* The job with least left is the next to be done, at the nearest nanosecond. */
static cs_time next_done(const struct slow *slow, double each, int *who)
{
    *who = -1;
    for (int i = 0; i < JOBS; i++)
        if (slow->left[i] >= 0.0 && (*who < 0 || slow->left[i] < slow->left[*who]))
            *who = i;
    return *who < 0 ? CS_NEVER : slow->now + llround(fmax(slow->left[*who], 0.0) / each);
}

/* Everything up to `until`: between two events each of n gets rate(n) / n. */
static void serve(struct slow *slow, const struct cs_sharing *law, cs_time until)
{
    for (;;) {
        double each = slow->n == 0 ? 1.0 : cs_sharing_rate(law, slow->n) / slow->n;
        int who;
        cs_time at = next_done(slow, each, &who), to = at < until ? at : until;

        for (int i = 0; i < JOBS; i++)
            if (slow->left[i] >= 0.0)
                slow->left[i] = fmax(slow->left[i] - each * (double)(to - slow->now), 0.0);
        slow->now = to;
        if (at > until)
            return;
        slow->left[who] = -1.0;
        slow->done[who] = at;
        slow->n--;
    }
}

static void apply(struct slow *slow, const struct step *step)
{
    double *left = &slow->left[step->customer];

    if (step->need > 0.0)
        slow->n++;
    else if (*left >= 0.0)
        slow->n--;
    *left = step->need;
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* Arrivals at random, a tenth of them taken out some time later. */
static uint32_t random_steps(struct step *steps, uint64_t *random)
{
    uint32_t n = 0;
    cs_time now = 0;

    for (uint32_t i = 0; i < JOBS; i++) {
        now += next_random(random) % 100;
        steps[n++] = (struct step){now, i, 20.0 + next_random(random) % 180};
        if (i % 10 == 9)
            steps[n++] = (struct step){now, i - next_random(random) % 8, -1.0};
    }
    return n;
}

/* Both round each end to a nanosecond, which can move later ends by as much.
 * Would catch a wrong rate, a forgotten change of it, a job that is lost. */
static void expect_alike(double cpus, double alpha, double beta, uint64_t seed)
{
    struct step steps[2 * JOBS];
    struct slow slow = {.n = 0};
    struct run run;
    uint64_t random = seed;
    uint32_t n = random_steps(steps, &random), ended = 0;

    for (int i = 0; i < JOBS; i++)
        slow.left[i] = -1.0;
    run_init(&run, cpus, alpha, beta);
    for (uint32_t i = 0; i < n; i++) {
        run_to(&run, steps[i].at);
        serve(&slow, &run.sharing, steps[i].at);
        if (steps[i].need > 0.0)
            add_at(&run, steps[i].at, steps[i].customer, steps[i].need);
        else if (run.done[steps[i].customer] == 0)
            cs_sharing_remove(&run.sharing, run.job[steps[i].customer]);
        apply(&slow, &steps[i]);
    }
    run_to(&run, CS_MS);
    serve(&slow, &run.sharing, CS_MS);
    for (int i = 0; i < JOBS; i++) {
        cs_time apart = run.done[i] - slow.done[i];

        cr_expect(apart >= -3 && apart <= 3, "customer %d: %g and %g", i, (double)run.done[i],
                  (double)slow.done[i]);
        ended += run.done[i] > 0;
    }
    cr_expect_gt(ended, JOBS * 3 / 4);
    cr_expect_eq(run.sharing.jobs.n, 0);
    run_release(&run);
}

Test(model_sharing, random_use_agrees_with_the_definition)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        expect_alike(1.0, 0.0, 0.0, seed);
        expect_alike(2.5, 0.0, 0.0, seed);
        expect_alike(HUGE_VAL, 0.05, 0.002, seed);
        expect_alike(3.0, 0.1, 0.001, seed);
    }
}
