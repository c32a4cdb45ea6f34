/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces: what was sent is sent again, row by row. */
#include "traffic_fixture.h"

struct csv {
    char path[32];
    FILE *out;
};

static void csv_open(struct csv *csv, const char *header)
{
    strcpy(csv->path, "/tmp/capsim-trace-XXXXXX");
    int fd = mkstemp(csv->path);

    csv->out = fd >= 0 ? fdopen(fd, "w") : NULL;
    cr_assert(csv->out != NULL);
    fputs(header, csv->out);
}

/* A scenario in the same folder that replays it. */
static struct cs_scenario *replay_of(struct csv *csv, const char *load, const char *keys)
{
    char text[2048];

    if (csv->out != NULL)
        fclose(csv->out);
    csv->out = NULL;
    (void)snprintf(text, sizeof text,
                   "capsim: 1\nname: test\nhorizon: { duration: 60s, lead_in: 10s }\n"
                   "replications: 2\nseed: 7\nload: %s\n%s"
                   "traffic: { t: { trace: { file: %s }%s%s } }\n",
                   load, PLATFORM, strrchr(csv->path, '/') + 1, *keys != '\0' ? ", " : "",
                   keys);
    return load_or_fail(text);
}

static void put_time(FILE *out, cs_time at)
{
    fprintf(out, "%s%lld.%09lld", at < 0 ? "-" : "", (long long)(llabs(at) / CS_S),
            (long long)(llabs(at) % CS_S));
}

/* Every request of a run up to the window's end, a row each, in the order of sending. */
static uint64_t write_run(struct csv *csv, const char *text)
{
    struct stage stage;
    uint64_t n = 0;

    stage_run_scenario(&stage, load_or_fail(text), NULL);
    for (int i = 0; i < STAGE_REQUESTS; i++) {
        const struct heard *heard = &stage.heard[i];

        if (heard->times == 0 || heard->sent >= stage.model->end)
            continue;
        put_time(csv->out, heard->sent - 10 * CS_S);
        fprintf(csv->out, ",%s,%s,u%llu\n", i % 3 == 0 ? "a" : "b",
                i % 4 == 0 ? "paid" : "free", (unsigned long long)heard->user);
        n++;
    }
    stage_close(&stage);
    return n;
}

#define RUN                                                                              \
    "capsim: 1\nname: test\nhorizon: { duration: 60s, lead_in: 10s }\nreplications: 2\n" \
    "seed: 7\n" PLATFORM SOURCE("rate: 12/s, burst: { factor: 4, high: 2s, low: 9s }")

/* A run written down and replayed: the same instants, to the nanosecond, and a user is
 * one user; the lead-in has its part. */
Test(model_trace, a_run_written_down_comes_again)
{
    struct csv csv;
    struct stage live, replay;
    int k = 0;

    csv_open(&csv, "time,function,tier,user\n");
    uint64_t n = write_run(&csv, RUN);

    stage_run_scenario(&live, load_or_fail(RUN), NULL);
    struct cs_scenario *scenario = replay_of(&csv, "1", "");

    cr_expect_eq(scenario->source[0].trace.rows, n);
    stage_run_scenario(&replay, scenario, NULL);
    cr_expect_gt(n, 700);
    cr_expect_eq(replay.model->requests, n);
    for (int i = 0; i < STAGE_REQUESTS; i++) {
        if (live.heard[i].times == 0 || live.heard[i].sent >= live.model->end)
            continue;
        const struct heard *x = &live.heard[i], *y = &replay.heard[k++];

        cr_expect_eq(x->sent, y->sent, "row %d", k);
        for (int j = 0, m = 0; m < k; j++) {
            if (live.heard[j].times == 0 || live.heard[j].sent >= live.model->end)
                continue;
            cr_expect_eq(x->user == live.heard[j].user, y->user == replay.heard[m].user);
            m++;
        }
    }
    cr_expect_eq((uint64_t)k, n);
    stage_close(&live);
    stage_close(&replay);
    unlink(csv.path);
}

/* Replayed again, in another replication too, it is the same to the last number. */
Test(model_trace, the_same_in_every_replication)
{
    struct csv csv;

    csv_open(&csv, "time,function\n");
    for (int i = 0; i < 500; i++)
        fprintf(csv.out, "%d.%03d,%s\n", i / 10, i % 10 * 37, i % 2 == 0 ? "a" : "b");
    struct cs_scenario *scenario = replay_of(&csv, "1", "tiers: none");
    struct cs_model *model[2] = {cs_model_new(scenario, 0), cs_model_new(scenario, 1)};

    for (cs_time t = 0; t < 70 * CS_S; t += CS_S / 4)
        cr_expect_eq(made_until(model[0], t), made_until(model[1], t));
    cr_expect_eq(model[0]->requests, 500);
    cs_model_free(model[0]);
    cs_model_free(model[1]);
    cs_scenario_free(scenario);
    unlink(csv.path);
}

static void put_rows(struct csv *csv, int n)
{
    for (int i = 0; i < n; i++)
        fprintf(csv->out, "%dms,%s,v%d\n", i * 20, i % 3 == 0 ? "a" : "", i % 7);
}

/* Load thins a trace, or replays it in layers with numbers of their own; the rows of load
 * 1 are the same in a greater one. */
Test(model_trace, load)
{
    struct csv csv;
    struct stage half, one, more;

    csv_open(&csv, "time,function,user\n");
    put_rows(&csv, 2000);
    const char *keys = "mix: { a: 50%, b: 50% }, tiers: { free: 80%, paid: 20% }";

    stage_run_scenario(&half, replay_of(&csv, "0.5", keys), NULL);
    stage_run_scenario(&one, replay_of(&csv, "1", keys), NULL);
    stage_run_scenario(&more, replay_of(&csv, "2.3", keys), NULL);
    struct pairs down = pairs_of(&half, &one), up = pairs_of(&one, &more);

    cr_expect_eq(one.model->requests, 2000);
    cr_expect_eq(up.both, 2000);
    cr_expect_eq(up.differ + up.only_first + up.only_second, 0);
    cr_expect_eq(down.differ + down.only_first, 0);
    cr_expect_lt(fabs(z_of(down.both, 1000, sqrt(500))), 4.5, "%d", down.both);
    cr_expect_lt(fabs(z_of((double)more.model->requests, 4600, sqrt(2000 * .3 * .7))), 4.5,
                 "%llu", (unsigned long long)more.model->requests);
    stage_close(&half);
    stage_close(&one);
    stage_close(&more);
    unlink(csv.path);
}

/* A user of the rows has one tier, though the rows do not say it, and the tier a row says
 * counts. */
Test(model_trace, a_user_has_one_tier)
{
    struct csv csv;
    struct stage stage;
    uint64_t user[7] = {0};

    csv_open(&csv, "time,function,user\n");
    put_rows(&csv, 2000);
    stage_run_scenario(
        &stage, replay_of(&csv, "1", "mix: { b: 100% }, tiers: { free: 50%, paid: 50% }"),
        NULL);
    for (int i = 0; i < 2000; i++) {
        cr_assert_neq(stage.heard[i].user, CS_ANONYMOUS);
        user[i % 7] = i < 7 ? stage.heard[i].user : user[i % 7];
        cr_expect_eq(stage.heard[i].user, user[i % 7]);
    }
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < i; j++)
            cr_expect_neq(user[i], user[j]);
    stage_close(&stage);
    unlink(csv.path);
}

/* Tier and zone of a row reach the request: counted apart, from what the rows say. */
Test(model_trace, tier_and_zone_of_a_row)
{
    struct csv csv;
    struct stage stage;

    csv_open(&csv, "zone, time, tier, function, user\n");
    for (int i = 0; i < 300; i++)
        fprintf(csv.out, "%s,2025-01-01T00:00:%02d.%03dZ,\"%s\",b,\"x,\"\"%d\"\r\n",
                i % 3 == 0 ? "west" : "east", i / 10, i % 10, i % 5 == 0 ? "paid" : "free", i);
    fclose(csv.out);
    csv.out = NULL;
    char text[2048];

    (void)snprintf(text, sizeof text,
                   "capsim: 1\nname: test\nhorizon: { start: 2024-12-31T23:59:50Z, duration: "
                   "60s, lead_in: 0s }\nreplications: 2\n%s"
                   "traffic: { t: { trace: { file: %s } } }\n",
                   PLATFORM, strrchr(csv.path, '/') + 1);
    stage_run_scenario(&stage, load_or_fail(text), NULL);
    cr_expect_eq(count_of(stage.model, "requests_total", "tier=paid"), 60);
    cr_expect_eq(count_of(stage.model, "requests_total", "tier=free"), 240);
    cr_expect_eq(stage.heard[0].sent, 10 * CS_S);
    cr_expect_eq(stage.heard[299].sent, 39 * CS_S + 9 * CS_MS);
    stage_close(&stage);
    unlink(csv.path);
}

/* Rows of the lead-in are replayed, those before it are not; later ones are not measured. */
Test(model_trace, before_and_after)
{
    struct csv csv;
    struct stage stage;

    csv_open(&csv, "time,function\n-11,b\n-10,b\n-0.5,b\n\n0,b\n59.999999999,b\n60,b\n");
    stage_run_scenario(&stage, replay_of(&csv, "1", "tiers: none"), NULL);
    cr_expect_eq(stage.heard[1].sent, 0);
    cr_expect_eq(stage.heard[0].times, 0);
    cr_expect_eq(count_of(stage.model, "requests_total", NULL), 2);
    stage_close(&stage);
    unlink(csv.path);
}

/* A file that is another one, or gone, when it is to be replayed, is told and not run. */
Test(model_trace, a_file_that_changed)
{
    struct csv csv;

    csv_open(&csv, "time,function\n");
    fputs("1,b\n2,b\n", csv.out);
    struct cs_scenario *scenario = replay_of(&csv, "1", "tiers: none");
    struct cs_model *model = cs_model_new(scenario, 0);

    cr_expect_null(cs_model_trouble(model));
    FILE *out = fopen(csv.path, "a");
    fputs("3,b\n", out);
    fclose(out);
    cs_model_run(model);
    cr_assert_not_null(cs_model_trouble(model));
    cr_expect(strstr(cs_model_trouble(model), "changed while") != NULL);
    cs_model_free(model);
    model = cs_model_new(scenario, 0);
    cs_model_run(model);
    cr_assert_not_null(cs_model_trouble(model));
    cr_expect(strstr(cs_model_trouble(model), "not the file") != NULL);
    cs_model_free(model);
    unlink(csv.path);
    model = cs_model_new(scenario, 0);
    cs_model_run(model);
    cr_assert_not_null(cs_model_trouble(model));
    cr_expect(strstr(cs_model_trouble(model), "cannot read") != NULL);
    cs_model_free(model);
    cs_scenario_free(scenario);
}

/* Users whom rows name are limited and counted like others, each for itself, though their
 * numbers are hashes: user i asks i % 4 times at once, of which 2 are let through. */
Test(model_trace, named_users_are_limited)
{
    struct csv csv;
    struct stage stage;
    char text[2048];

    csv_open(&csv, "time,tier,user\n");
    for (int i = 0; i < 200; i++)
        for (int k = 0; k < i % 4; k++)
            fprintf(csv.out, "%d.%03d,%s,user-%d\n", i / 10, i % 10, i % 8 < 4 ? "free" : "",
                    i);
    fclose(csv.out);
    csv.out = NULL;
    (void)snprintf(text, sizeof text,
                   "capsim: 1\nname: test\nhorizon: { duration: 60s, lead_in: 0s }\n"
                   "replications: 2\ntiers: { free: { users: 3 }, paid: { users: 2 } }\n"
                   "rate_limits: { r: { scope: global, limits: { free: { per_second: 2 }, "
                   "paid: { per_second: 2 } } } }\nfleets: { f: {} }\n"
                   "functions: { a: { fleet: f, steps: [ { limit: r } ] } }\n"
                   "traffic: { t: { trace: { file: %s }, mix: { a: 100%% } } }\n",
                   strrchr(csv.path, '/') + 1);
    stage_run_scenario(&stage, load_or_fail(text), NULL);
    cr_expect_eq(count_of(stage.model, "requests_total", NULL), 300);
    cr_expect_eq(count_of(stage.model, "active_users", NULL), 150);
    cr_expect_eq(count_of(stage.model, "rate_limited_total", NULL), 50);
    cr_expect_eq(count_of(stage.model, "limited_users", NULL), 50);
    cr_expect_geq(count_of(stage.model, "active_users", "tier=free"), 75);
    stage_close(&stage);
    unlink(csv.path);
}
