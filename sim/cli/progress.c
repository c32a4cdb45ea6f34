/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/streams.h"

enum { MIN_COLUMNS = 40, DEFAULT_COLUMNS = 80, MAX_BAR = 50, TEXT_COLUMNS = 34 };

static double clock_s(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < MIN_COLUMNS)
        return DEFAULT_COLUMNS;
    return size.ws_col;
}

/* "1h 05m", "3m 20s", "12s" */
static void format_duration(char *text, size_t size, double seconds)
{
    long s = (long)(seconds + 0.5);

    if (s >= 3600)
        snprintf(text, size, "%ldh %02ldm", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(text, size, "%ldm %02lds", s / 60, s % 60);
    else
        snprintf(text, size, "%lds", s);
}

static void draw(const char *left, struct cs_progress progress)
{
    char bar[MAX_BAR + 1];
    int width = columns() - TEXT_COLUMNS;
    int full;

    if (width > MAX_BAR)
        width = MAX_BAR;
    full = (int)((uint64_t)width * progress.done / progress.total);
    memset(bar, '.', (size_t)width);
    memset(bar, '#', (size_t)full);
    bar[width] = '\0';
    fprintf(stderr, "\r\033[K[%s] %llu/%llu, %s left", bar, (unsigned long long)progress.done,
            (unsigned long long)progress.total, left);
    fflush(stderr);
}

void cs_progress_bar_init(struct cs_progress_bar *bar, bool quiet)
{
    bar->is_quiet = quiet;
    bar->is_live = cs_stream_is_live(stderr);
    bar->is_drawn = false;
    bar->start_s = clock_s();
    bar->last_s = bar->start_s;
}

void cs_progress_bar_end(struct cs_progress_bar *bar)
{
    if (bar->is_drawn)
        fputs("\r\033[K", stderr);
    bar->is_drawn = false;
}

void cs_progress_bar_show(void *self, struct cs_progress progress)
{
    struct cs_progress_bar *bar = self;
    double now = clock_s();
    double pause = bar->is_live ? 0.1 : 30.0;
    char left[32];

    if (bar->is_quiet || progress.done == 0 || progress.done > progress.total)
        return;
    if (now - bar->last_s < pause && (!bar->is_live || bar->is_drawn))
        return;
    bar->last_s = now;
    format_duration(left, sizeof left,
                    (now - bar->start_s) / (double)progress.done *
                        (double)(progress.total - progress.done));
    if (bar->is_live)
        draw(left, progress);
    else
        fprintf(stderr, "capsim: %llu of %llu replications, %s left\n",
                (unsigned long long)progress.done, (unsigned long long)progress.total, left);
    bar->is_drawn = bar->is_live;
}
