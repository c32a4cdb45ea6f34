/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static void check_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    fprintf(stderr, "capsim: standard output: %s\n",
            errno != 0 ? strerror(errno) : "could not be written");
    _exit(CS_EXIT_WORLD);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

void cs_streams_open(void)
{
    bool has_output = is_open(STDOUT_FILENO);

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (!is_open(fd) && open("/dev/null", O_RDWR) < 0)
            _exit(CS_EXIT_WORLD);
    if (!has_output) {
        fputs("capsim: standard output is closed\n", stderr);
        exit(CS_EXIT_WORLD);
    }
    if (atexit(check_output) != 0)
        exit(CS_EXIT_WORLD);
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0';
}

bool cs_stream_is_live(FILE *stream)
{
    const char *term = getenv("TERM");

    return isatty(fileno(stream)) && !is_set("CI") && term != NULL && strcmp(term, "dumb") != 0;
}

bool cs_stream_has_color(FILE *stream)
{
    return cs_stream_is_live(stream) && !is_set("NO_COLOR");
}
