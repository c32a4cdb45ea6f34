/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* realpath */
#include "scenario/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario/bind.h"
#include "scenario/suggest.h"

const char *cs_files_folder(struct cs_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return ".";
    return slash == path ? "/" : cs_arena_strndup(arena, path, (size_t)(slash - path));
}

static bool climbs(const char *path)
{
    for (const char *s = path; s != NULL; s = strchr(s, '/')) {
        s += *s == '/' ? 1 : 0;
        if (strncmp(s, "..", 2) == 0 && (s[2] == '/' || s[2] == '\0'))
            return true;
    }
    return false;
}

/* Whether the file, links followed, is below the folder, links followed. */
static bool is_inside(const char *folder, const char *file)
{
    char *top = realpath(folder, NULL), *real = realpath(file, NULL);
    size_t n = top != NULL ? strlen(top) : 0;
    bool inside = top != NULL && real != NULL && strncmp(top, real, n) == 0 &&
                  (real[n] == '/' || strcmp(top, "/") == 0);

    free(top);
    free(real);
    return inside;
}

/* Not a folder, nor a pipe that would be waited for. */
static bool is_file(const char *path)
{
    struct stat stat_of;

    return stat(path, &stat_of) == 0 && S_ISREG(stat_of.st_mode);
}

const char *cs_files_below(struct cs_arena *arena, const char *folder,
                           const struct cs_node *name, struct cs_diagnostics *diag)
{
    const char *path = NULL, *wrong = NULL;

    if (name->kind != CS_NODE_SCALAR || *name->value == '\0')
        wrong = "the path of a file is wanted";
    else if (name->value[0] == '/')
        wrong = "an absolute path; files lie in the scenario's folder or below";
    else if (climbs(name->value))
        wrong = "`..` leaves the scenario's folder";
    if (wrong == NULL) {
        path = strcmp(folder, ".") == 0 ? name->value
                                        : cs_arena_printf(arena, "%s/%s", folder, name->value);
        if (access(path, R_OK) != 0) {
            cs_diag_world(diag, &name->mark, "cannot read %s: %s", path, strerror(errno));
            return NULL;
        }
        if (!is_inside(folder, path))
            wrong = "a link that leaves the scenario's folder";
    }
    if (wrong == NULL && !is_file(path))
        wrong = "not a regular file";
    if (wrong != NULL)
        cs_diag_error(diag, &name->mark, "%s: %s", cs_node_shown(arena, name), wrong);
    return wrong == NULL ? path : NULL;
}

static void offer_presets(struct cs_arena *arena, const char *folder,
                          struct cs_suggest *suggest)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry = dir != NULL ? readdir(dir) : NULL;

    for (; entry != NULL; entry = readdir(dir)) {
        size_t n = strlen(entry->d_name);
        if (n > 5 && strcmp(entry->d_name + n - 5, ".yaml") == 0)
            cs_suggest_offer(suggest, cs_arena_strndup(arena, entry->d_name, n - 5));
    }
    if (dir != NULL)
        closedir(dir);
}

const char *cs_files_preset(struct cs_arena *arena, const struct cs_load_options *options,
                            const struct cs_node *name, struct cs_diagnostics *diag)
{
    char hint[CS_SUGGEST_TEXT];
    const char *looked = "";

    if (name->kind != CS_NODE_SCALAR || !cs_bind_is_name(name->value)) {
        cs_diag_error(diag, &name->mark, "use: the name of a preset is wanted, not %s",
                      cs_node_shown(arena, name));
        return NULL;
    }
    struct cs_suggest suggest = cs_suggest_start(name->value);
    for (size_t i = 0; i < options->n_preset_dirs; i++) {
        const char *dir = options->preset_dir[i];
        const char *path = cs_arena_printf(arena, "%s/%s.yaml", dir, name->value);
        if (access(path, R_OK) == 0)
            return path;
        looked = cs_arena_printf(arena, "%s%s%s", looked, *looked ? ", " : "", dir);
        offer_presets(arena, dir, &suggest);
    }
    cs_diag_error(diag, &name->mark, "no preset \"%s\" (looked in %s)%s", name->value,
                  *looked ? looked : "no folder", cs_suggest_text(&suggest, hint));
    return NULL;
}
