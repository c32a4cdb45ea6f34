/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TEST_SCENARIO_H
#define TEST_SCENARIO_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capsim/scenario.h"

/* A folder of its own for a test's files, removed by its own end. */
struct folder {
    char path[64];
    char file[8][128];
    size_t n;
};

static inline void folder_init(struct folder *folder)
{
    memset(folder, 0, sizeof *folder);
    strcpy(folder->path, "/tmp/capsim-test-XXXXXX");
    if (mkdtemp(folder->path) == NULL)
        abort();
}

static inline const char *folder_write_n(struct folder *folder, const char *name,
                                         const char *bytes, size_t length)
{
    size_t slot = 0;
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder->path, name);
    while (slot < folder->n && strcmp(folder->file[slot], path) != 0)
        slot++;
    if (slot == folder->n && folder->n++ == 8)
        abort();
    strcpy(folder->file[slot], path);
    FILE *out = fopen(path, "wb");
    if (out == NULL || fwrite(bytes, 1, length, out) != length || fclose(out) != 0)
        abort();
    return folder->file[slot];
}

static inline const char *folder_write(struct folder *folder, const char *name,
                                       const char *text)
{
    return folder_write_n(folder, name, text, strlen(text));
}

static inline void folder_release(struct folder *folder)
{
    for (size_t i = 0; i < folder->n; i++)
        (void)remove(folder->file[i]);
    (void)rmdir(folder->path);
}

/* What loading said, and the scenario if it is sound. */
struct loaded {
    struct cs_scenario *scenario;
    struct cs_diagnostics *diag;
    char *said;
};

static inline struct loaded load_with(const struct cs_load_options *options)
{
    struct loaded loaded = {.diag = cs_diagnostics_new()};
    size_t size = 0;

    loaded.scenario = cs_scenario_load(options, loaded.diag);
    FILE *out = open_memstream(&loaded.said, &size);
    cs_diagnostics_print(loaded.diag, out);
    fclose(out);
    return loaded;
}

static inline struct loaded load_bytes(const char *bytes, size_t length)
{
    struct folder folder;

    folder_init(&folder);
    struct cs_load_options options = {.path = folder_write_n(&folder, "s.yaml", bytes, length)};
    struct loaded loaded = load_with(&options);
    folder_release(&folder);
    return loaded;
}

static inline struct loaded load_text(const char *text)
{
    return load_bytes(text, strlen(text));
}

static inline struct loaded load_set(const char *text, const char *set)
{
    struct folder folder;
    const char *sets[] = {set};

    folder_init(&folder);
    struct cs_load_options options = {
        .path = folder_write(&folder, "s.yaml", text), .set = sets, .n_sets = 1};
    struct loaded loaded = load_with(&options);
    folder_release(&folder);
    return loaded;
}

static inline void loaded_release(struct loaded *loaded)
{
    cs_scenario_free(loaded->scenario);
    cs_diagnostics_free(loaded->diag);
    free(loaded->said);
}

#define TEST_SMALL_HEAD "capsim: 1\nname: small\nhorizon: { duration: 2h, lead_in: 10m }\n"
#define TEST_SMALL                                                                         \
    TEST_SMALL_HEAD                                                                        \
    "fleets: { f: { max_instances: 1, concurrency: 20, queue: { limit: unlimited } } }\n"  \
    "functions: { serve: { fleet: f, steps: [ { wait: { exponential: { mean: 200ms } } } " \
    "] } }\n"                                                                              \
    "traffic: { open: { rate: 90/s, mix: { serve: 100% } } }\n"

/* A small scenario whose only step waits for the distribution written. */
static inline struct loaded load_dist(const char *dist)
{
    char text[2048];

    (void)snprintf(text, sizeof text,
                   TEST_SMALL_HEAD
                   "fleets: { f: {} }\n"
                   "functions: { serve: { fleet: f, steps: [ { wait: %s } ] } }\n"
                   "traffic: { open: { rate: 1/s, mix: { serve: 100%% } } }\n",
                   dist);
    return load_text(text);
}

#endif
