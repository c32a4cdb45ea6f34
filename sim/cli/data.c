/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/data.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capsim/array.h"

static char *join(const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 2;
    char *path = cs_calloc(size, 1);

    snprintf(path, size, "%s/%s", a, b);
    return path;
}

/* Anything may be called configs/; presets are ours. */
static int holds_data(const char *dir)
{
    char *path = join(dir, "configs/presets");
    struct stat st;
    int holds = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

    free(path);
    return holds;
}

static int program_dir(char dir[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
    char *slash;

    if (n <= 0)
        return -1;
    dir[n] = '\0';
    slash = strrchr(dir, '/');
    if (slash == NULL)
        return -1;
    *slash = '\0';
    return 0;
}

char *cs_data_path(const char *given, const char *below)
{
    static const char *const from_program[] = {".", "../share/capsim", "../.."};
    char program[PATH_MAX];

    if (given != NULL)
        return join(given, below);
    if (program_dir(program) == 0) {
        for (size_t i = 0; i < sizeof from_program / sizeof *from_program; i++) {
            char *dir = join(program, from_program[i]);
            char *path = holds_data(dir) ? join(dir, below) : NULL;

            free(dir);
            if (path != NULL)
                return path;
        }
    }
    return join(CAPSIM_DATADIR, below);
}
