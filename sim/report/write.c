/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* realpath */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capsim/report.h"
#include "report/csv.h"
#include "report/html.h"

/* `put` NULL: the page, which needs more than the result. */
static const struct {
    const char *name;
    int (*put)(const struct cs_result *, FILE *);
} file[] = {
    {"result.json", cs_report_json}, {"metrics.csv", cs_csv_metrics},
    {"series.csv", cs_csv_series},   {"slos.csv", cs_csv_slos},
    {"alerts.csv", cs_csv_alerts},   {"health.csv", cs_csv_health},
    {"events.csv", cs_csv_events},   {"explain.csv", cs_csv_explain},
    {"report.html", NULL},
};

enum { N_FILES = sizeof file / sizeof file[0], TRIES = 100 };

/* Every file is whole and on disk under a temporary name before the first is
 * renamed, so a folder never mixes two runs because a disk was full. */
struct folder {
    int fd;
    char path[PATH_MAX];    /* absolute */
    char temp[N_FILES][64]; /* "": not there */
};

struct content {
    const struct cs_result *result;
    const struct cs_figures *figures;
    const char *template_path, *warning;
};

static int make_folders(const char *dir)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%s", dir) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    return mkdir(path, 0777) != 0 && errno != EEXIST ? -1 : 0;
}

static int folder_open(struct folder *folder, const char *dir)
{
    *folder = (struct folder){.fd = -1};
    if (*dir == '\0') {
        errno = ENOENT;
        return -1;
    }
    if (make_folders(dir) != 0 || realpath(dir, folder->path) == NULL)
        return -1;
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder->fd < 0 ? -1 : 0;
}

static void folder_close(struct folder *folder)
{
    int saved = errno;

    for (size_t i = 0; i < N_FILES; i++)
        if (folder->temp[i][0] != '\0')
            unlinkat(folder->fd, folder->temp[i], 0);
    if (folder->fd >= 0)
        close(folder->fd);
    errno = saved;
}

/* A new file of this name's own; never one that is there, nor a link. */
static FILE *open_temp(struct folder *folder, size_t i)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = -1;

    for (int try = 0; try < TRIES && fd < 0; try++) {
        snprintf(folder->temp[i], sizeof folder->temp[i], ".%s.%ld.%d", file[i].name,
                 (long)getpid(), try);
        fd = openat(folder->fd, folder->temp[i], flags, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

    if (fd < 0)
        folder->temp[i][0] = '\0';
    else if (out == NULL)
        close(fd);
    return out;
}

static int put_content(const struct content *content, size_t i, FILE *out)
{
    if (file[i].put != NULL)
        return file[i].put(content->result, out);
    return cs_html_page(content->result, content->figures, content->template_path,
                        content->warning, out);
}

static int write_temp(struct folder *folder, const struct content *content, size_t i)
{
    FILE *out = open_temp(folder, i);

    if (out == NULL)
        return -1;
    int code = put_content(content, i, out);

    if (code == 0 && (fflush(out) != 0 || ferror(out) || fsync(fileno(out)) != 0))
        code = -1;
    int saved = errno;

    if (fclose(out) != 0)
        return -1;
    errno = saved == 0 ? EIO : saved;
    return code;
}

static int rename_all(struct folder *folder)
{
    for (size_t i = 0; i < N_FILES; i++) {
        if (renameat(folder->fd, folder->temp[i], folder->fd, file[i].name) != 0)
            return -1;
        folder->temp[i][0] = '\0';
    }
    return fsync(folder->fd);
}

/* Figures are an extra: whatever keeps them from being drawn is a warning. */
static void draw(struct cs_figures *figures, const struct folder *folder, const char *plots_dir,
                 char *warning, size_t warning_size)
{
    char plots[PATH_MAX], work[PATH_MAX];

    if (realpath(plots_dir, plots) == NULL) {
        snprintf(warning, warning_size, "%.120s: %s", plots_dir, strerror(errno));
        return;
    }
    if (snprintf(work, sizeof work, "%s/.figures-XXXXXX", folder->path) >= PATH_MAX ||
        mkdtemp(work) == NULL) {
        snprintf(warning, warning_size, "no folder to draw in: %s", strerror(errno));
        return;
    }
    cs_figures_draw(figures, plots, work, warning, warning_size);
    rmdir(work);
}

static int write_all(const struct cs_result *result, struct folder *folder,
                     const char *plots_dir, char *warning, size_t warning_size)
{
    char template_path[PATH_MAX];
    struct cs_figures figures;
    int code = 0;

    if (snprintf(template_path, sizeof template_path, "%s/report.html.in", plots_dir) >=
        PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    cs_figures_init(&figures, result);
    draw(&figures, folder, plots_dir, warning, warning_size);
    const struct content content = {result, &figures, template_path, warning};

    for (size_t i = 0; i < N_FILES && code == 0; i++)
        code = write_temp(folder, &content, i);
    int saved = errno;

    cs_figures_release(&figures);
    errno = saved;
    return code == 0 ? rename_all(folder) : code;
}

int cs_report_prepare(const char *dir)
{
    struct folder folder;
    int code = folder_open(&folder, dir);
    FILE *out = code == 0 ? open_temp(&folder, 0) : NULL;

    if (out == NULL)
        code = -1;
    else
        code = fclose(out);
    folder_close(&folder);
    return code;
}

int cs_report_write(const struct cs_result *result, const char *dir, const char *plots_dir,
                    char *warning, size_t warning_size)
{
    struct folder folder;

    if (warning_size > 0)
        warning[0] = '\0';
    int code = folder_open(&folder, dir);

    if (code == 0)
        code = write_all(result, &folder, plots_dir, warning, warning_size);
    folder_close(&folder);
    return code;
}
