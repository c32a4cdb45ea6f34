/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_CLI_DATA_H
#define CAPSIM_CLI_DATA_H

/*
 * Where the program's own files lie: configs/ (presets, theory) and plots/.
 *
 * given  a folder from --data, or NULL: then beside the program (a source
 *        tree), in ../share/capsim of it (installed), two folders up (a build
 *        folder), or where it was to be installed
 *
 * The path of `below` in that folder; it need not exist.  Free with free().
 */
char *cs_data_path(const char *given, const char *below);

#endif
