/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "report/figure.h"

enum { TIME_LIMIT_S = 30, AT_ONCE = 2, SVG_MAX_BYTES = 8 << 20 };

static const char *const variant_name[2] = {"wide", "narrow"};

struct job {
    struct cs_figure *figure;
    unsigned variant;
    pid_t pid; /* 0: none under way */
    struct timespec started;
    char out_path[PATH_MAX], error_path[PATH_MAX], data_path[PATH_MAX];
};

struct drawing {
    const char *plots_dir, *work_dir;
    char marks[CS_FIGURE_MARKS_TEXT]; /* the same in every figure */
    char *error;
    size_t error_size;
    bool failed;
};

static void fail(struct drawing *d, const char *what, const char *why)
{
    if (!d->failed)
        snprintf(d->error, d->error_size, "%s: %s", what, why);
    d->failed = true;
}

static int prepare(struct drawing *d, struct job *job, size_t id)
{
    if (snprintf(job->data_path, PATH_MAX, "%s/%zu.dat", d->work_dir, id) >= PATH_MAX ||
        snprintf(job->out_path, PATH_MAX, "%s/%zu.svg", d->work_dir, id) >= PATH_MAX ||
        snprintf(job->error_path, PATH_MAX, "%s/%zu.err", d->work_dir, id) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return cs_figure_write_data(job->figure, job->data_path);
}

static unsigned shown_limits(const struct cs_figure *figure)
{
    unsigned n = 0;

    for (unsigned i = 0; i < figure->n_limits; i++)
        n += figure->limit[i].is_shown ? 1u : 0u;
    return n;
}

/* No shell, no inherited environment, no start-up file, output and messages
 * into files of the private folder. */
static int spawn(struct drawing *d, struct job *job)
{
    char script[PATH_MAX], lines[16], limits[16], x_range[96], y_range[96];
    char program[] = "gnuplot", no_rc[] = "--default-settings", call[] = "-c";
    char locale[] = "LC_ALL=C.UTF-8", path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
    char *env[] = {locale, path, NULL};
    const struct cs_figure *f = job->figure;
    double scale = cs_figure_scale(f);
    posix_spawn_file_actions_t actions;

    snprintf(lines, sizeof lines, "%u", f->n_lines);
    snprintf(limits, sizeof limits, "%u", shown_limits(f));
    snprintf(x_range, sizeof x_range, "%.3f %.3f", f->x_lo, f->x_hi);
    snprintf(y_range, sizeof y_range, "%.9g %.9g", f->y_lo * scale, f->y_hi * scale);
    if (snprintf(script, sizeof script, "%s/figure.gp", d->plots_dir) >= PATH_MAX)
        return ENAMETOOLONG;
    /* posix_spawn takes char *const argv[] but changes nothing. */
    char *argv[] = {program,
                    no_rc,
                    call,
                    script,
                    (char *)(uintptr_t)d->plots_dir,
                    (char *)(uintptr_t)f->script,
                    job->data_path,
                    (char *)(uintptr_t)variant_name[job->variant],
                    lines,
                    limits,
                    x_range,
                    y_range,
                    d->marks,
                    NULL};
    int code = posix_spawn_file_actions_init(&actions);

    if (code != 0)
        return code;
    const int flags = O_WRONLY | O_CREAT | O_EXCL;

    if ((code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
        (code = posix_spawn_file_actions_addopen(&actions, 1, job->out_path, flags, 0600)) ==
            0 &&
        (code = posix_spawn_file_actions_addopen(&actions, 2, job->error_path, flags, 0600)) ==
            0)
        code = posix_spawnp(&job->pid, program, &actions, NULL, argv, env);
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0)
        job->pid = 0;
    return code;
}

static void start(struct drawing *d, struct job *job)
{
    clock_gettime(CLOCK_MONOTONIC, &job->started);
    int code = spawn(d, job);

    if (code == ENOENT)
        fail(d, "gnuplot", "not installed");
    else if (code != 0)
        fail(d, "gnuplot", strerror(code));
}

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0;

    if (in == NULL)
        return NULL;
    FILE *copy = open_memstream(&text, &size);
    char block[4096];
    size_t n;

    while (copy != NULL && size <= SVG_MAX_BYTES &&
           (n = fread(block, 1, sizeof block, in)) > 0) {
        fwrite(block, 1, n, copy);
        fflush(copy);
    }
    fclose(in);
    if (copy == NULL || fclose(copy) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void finish(struct drawing *d, struct job *job, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        job->figure->svg[job->variant] = read_file(job->out_path);
        if (job->figure->svg[job->variant] == NULL)
            fail(d, job->figure->script, "its drawing cannot be read");
        return;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        fail(d, "gnuplot", "not installed");
        return;
    }
    char *message = read_file(job->error_path);
    char *line = message == NULL ? NULL : message + strspn(message, "\n");

    if (line != NULL)
        line[strcspn(line, "\n")] = '\0';
    fail(d, job->figure->script, line != NULL && *line != '\0' ? line : "gnuplot failed");
    free(message);
}

static bool is_late(const struct job *job)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec - job->started.tv_sec > TIME_LIMIT_S;
}

/* Look after one job: true when it is no longer under way. */
static bool attend(struct drawing *d, struct job *job)
{
    int status;
    pid_t pid = waitpid(job->pid, &status, WNOHANG);

    if (pid == 0 && !is_late(job))
        return false;
    if (pid == 0) {
        kill(job->pid, SIGKILL);
        while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
            continue;
        fail(d, job->figure->script, "gnuplot took too long and was stopped");
    } else if (pid == job->pid) {
        finish(d, job, status);
    } else if (errno == EINTR) {
        return false;
    } else {
        fail(d, "gnuplot", strerror(errno));
    }
    job->pid = 0;
    return true;
}

static void clean(const struct job *job)
{
    unlink(job->data_path);
    unlink(job->out_path);
    unlink(job->error_path);
}

static void run_all(struct drawing *d, struct job *job, size_t n)
{
    static const struct timespec pause = {.tv_nsec = 3000000};
    size_t next = 0, under_way = 0;

    while (next < n || under_way > 0) {
        while (next < n && under_way < AT_ONCE) {
            if (prepare(d, &job[next], next) != 0)
                fail(d, "figure data", strerror(errno));
            else
                start(d, &job[next]);
            under_way += job[next++].pid != 0;
        }
        for (size_t i = 0; i < next; i++)
            if (job[i].pid != 0 && attend(d, &job[i]))
                under_way--;
        if (under_way > 0)
            nanosleep(&pause, NULL);
    }
    for (size_t i = 0; i < n; i++)
        clean(&job[i]);
}

int cs_figures_draw(struct cs_figures *figures, const char *plots_dir, const char *work_dir,
                    char *error, size_t error_size)
{
    struct drawing d = {
        .plots_dir = plots_dir, .work_dir = work_dir, .error = error, .error_size = error_size};
    struct job *job = cs_arena_array(figures->arena, 2 * figures->n + 1, sizeof *job);
    size_t n = 0;

    cs_figure_marks_text(d.marks, figures);
    for (size_t i = 0; i < figures->n; i++)
        for (unsigned v = 0; v < 2 && figures->figure[i].why_missing == NULL; v++)
            job[n++] = (struct job){.figure = &figures->figure[i], .variant = v};
    run_all(&d, job, n);
    return d.failed ? -1 : 0;
}
