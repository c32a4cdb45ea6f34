/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sends given requests through the models and says how each ended:
 *
 *     drive SCENARIO.yaml < ARRIVALS      "ns function user" a line, in order, or
 *                                         "ns WORD:DEPENDENCY -1": down up slow fast
 *
 * prints "number code reason end_ns" a request, of its last attempt, and where there are
 * rate limits what a 429 told its client (or "None") and whether a shadow would have
 * refused it.  User -1 is nobody.  The scenario's own traffic is silenced.  Linked with
 * --wrap=cs_request_settle to hear of every answer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/platform.h"

enum { MAX_REQUESTS = 1000 };

struct drive {
    struct cs_model *model;
    uint32_t n;
    struct {
        int code;
        enum cs_reason reason;
        cs_time end, told;
        bool shadow;
    } request[MAX_REQUESTS];
};

static struct drive drive;

void __real_cs_request_settle(struct cs_model *model, struct cs_request *request, int code,
                              enum cs_reason reason, cs_time last_byte);
void __wrap_cs_request_settle(struct cs_model *model, struct cs_request *request, int code,
                              enum cs_reason reason, cs_time last_byte);
void __wrap_cs_request_settle(struct cs_model *model, struct cs_request *request, int code,
                              enum cs_reason reason, cs_time last_byte)
{
    __real_cs_request_settle(model, request, code, reason, last_byte);
    drive.request[request->number].code = code;
    drive.request[request->number].reason = reason;
    drive.request[request->number].end = last_byte;
    drive.request[request->number].told = request->retry_after;
    drive.request[request->number].shadow = request->is_shadow_limited;
}

static const char *reason_name(enum cs_reason reason)
{
    static const char *const name[CS_REASONS] = {
        [CS_REASON_OK] = "ok",
        [CS_REASON_RATE_LIMITED] = "rate_limited",
        [CS_REASON_QUEUE_FULL] = "queue_full",
        [CS_REASON_QUEUE_TIMEOUT] = "queue_timeout",
        [CS_REASON_MAX_DURATION] = "max_duration",
        [CS_REASON_POOL_EXHAUSTED] = "pool_exhausted",
        [CS_REASON_CONNECTIONS_REFUSED] = "connections_refused",
        [CS_REASON_BACKEND_TIMEOUT] = "backend_timeout",
        [CS_REASON_OUT_OF_MEMORY] = "out_of_memory",
        [CS_REASON_GAVE_UP] = "gave_up",
        [CS_REASON_DEPENDENCY_ERROR] = "dependency_error",
        [CS_REASON_DEPENDENCY_TIMEOUT] = "dependency_timeout",
        [CS_REASON_DEPENDENCY_FULL] = "dependency_full",
        [CS_REASON_DEPENDENCY_LIMITED] = "dependency_limited",
        [CS_REASON_BREAKER_OPEN] = "breaker_open",
    };

    return name[reason] != NULL ? name[reason] : "unexpected";
}

static uint32_t tier_of(uint64_t user)
{
    const struct cs_scenario *scenario = drive.model->scenario;
    uint32_t tier = 0;

    while (tier + 1 < scenario->n_tiers && scenario->tier[tier + 1].first_user <= user)
        tier++;
    return tier;
}

/* At `at`, after all else at that instant: an arrival comes last. */
static void send_at(cs_time at, uint32_t function, int64_t user)
{
    cs_engine_run(&drive.model->engine, at);
    drive.model->engine.now = at;
    struct cs_request *request = cs_request_new(drive.model);

    request->number = drive.n++;
    request->function = function;
    request->user = user < 0 ? CS_ANONYMOUS : (uint64_t)user;
    request->tier = user < 0 ? 0 : tier_of((uint64_t)user);
    cs_request_send(drive.model, request);
}

static uint32_t function_named(const struct cs_scenario *scenario, const char *name)
{
    for (uint32_t f = 0; f < scenario->n_functions; f++)
        if (strcmp(scenario->function[f].name, name) == 0)
            return f;
    fprintf(stderr, "drive: no function \"%s\"\n", name);
    exit(2);
}

/* At `at`, before all else at that instant; `to` is "word:dependency". */
static void control_at(cs_time at, char *to, const struct cs_scenario *scenario)
{
    char *name = strchr(to, ':');
    uint32_t d = 0;

    *name++ = '\0';
    while (d < scenario->n_dependencies && strcmp(scenario->dependency[d].name, name) != 0)
        d++;
    if (d == scenario->n_dependencies)
        exit(2);
    cs_engine_run(&drive.model->engine, at - 1);
    drive.model->engine.now = at;
    if (strcmp(to, "slow") == 0 || strcmp(to, "fast") == 0)
        drive.model->dependency[d].slow = strcmp(to, "slow") == 0 ? 3.0 : 1.0;
    else
        cs_dependency_set_down(drive.model, d, strcmp(to, "down") == 0);
}

static void send_all(const struct cs_scenario *scenario)
{
    char name[64];
    int64_t at, user;

    while (scanf("%" SCNd64 " %63s %" SCNd64, &at, name, &user) == 3) {
        if (strchr(name, ':') != NULL) {
            control_at(at, name, scenario);
            continue;
        }
        if (drive.n == MAX_REQUESTS)
            exit(2);
        send_at(at, function_named(scenario, name), user);
    }
}

static struct cs_scenario *load(const char *path)
{
    struct cs_load_options options = {.path = path};
    struct cs_diagnostics *diag = cs_diagnostics_new();
    struct cs_scenario *scenario = cs_scenario_load(&options, diag);

    if (scenario == NULL)
        cs_diagnostics_print(diag, stderr);
    cs_diagnostics_free(diag);
    return scenario;
}

static void print_all(const struct cs_scenario *scenario)
{
    for (uint32_t i = 0; i < drive.n; i++) {
        printf("%" PRIu32 " %d %s %" PRId64, i, drive.request[i].code,
               reason_name(drive.request[i].reason), drive.request[i].end);
        if (scenario->n_limiters > 0 && drive.request[i].told != CS_NEVER)
            printf(" %" PRId64, drive.request[i].told);
        else if (scenario->n_limiters > 0)
            printf(" None");
        if (scenario->n_limiters > 0)
            printf(" %s", drive.request[i].shadow ? "True" : "False");
        putchar('\n');
    }
}

int main(int argc, char **argv)
{
    struct cs_scenario *scenario = argc == 2 ? load(argv[1]) : NULL;

    if (scenario == NULL)
        return 2;
    drive.model = cs_model_new(scenario, 0);
    for (uint32_t i = 0; i < drive.model->n_sources; i++)
        cs_timer_cancel(&drive.model->engine, drive.model->source[i].timer);
    send_all(scenario);
    cs_engine_run(&drive.model->engine, scenario->horizon.duration / 2);
    print_all(scenario);
    cs_model_free(drive.model);
    cs_scenario_free(scenario);
    return 0;
}
