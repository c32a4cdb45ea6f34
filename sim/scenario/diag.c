/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/arena.h"
#include "capsim/array.h"

enum severity { WARNING, ERROR, WORLD };

struct problem {
    enum severity severity;
    uint32_t text;   /* in the kept ones; UINT32_MAX: no place */
    uint32_t serial; /* in order of discovery */
    struct cs_mark mark;
    const char *message;
};

struct kept {
    const struct cs_text *original;
    struct cs_text copy;
};

struct cs_diagnostics {
    struct cs_arena *arena;
    struct problem *problem;
    size_t n, cap;
    struct kept *text;
    size_t n_texts, texts_cap;
    size_t errors, warnings;
    bool is_world;
};

struct cs_diagnostics *cs_diagnostics_new(void)
{
    struct cs_diagnostics *diag = CS_NEW(struct cs_diagnostics);

    diag->arena = cs_arena_new();
    return diag;
}

void cs_diagnostics_free(struct cs_diagnostics *diag)
{
    if (diag == NULL)
        return;
    cs_arena_free(diag->arena);
    free(diag->problem);
    free(diag->text);
    free(diag);
}

size_t cs_diagnostics_errors(const struct cs_diagnostics *diag)
{
    return diag->errors;
}

size_t cs_diagnostics_warnings(const struct cs_diagnostics *diag)
{
    return diag->warnings;
}

bool cs_diagnostics_is_world(const struct cs_diagnostics *diag)
{
    return diag->is_world;
}

bool cs_diag_is_full(const struct cs_diagnostics *diag)
{
    return diag->n >= CS_DIAG_MAX;
}

void cs_diag_keep(struct cs_diagnostics *diag, const struct cs_text *text)
{
    CS_GROW(diag->text, diag->n_texts + 1, diag->texts_cap);
    struct kept *kept = &diag->text[diag->n_texts++];

    kept->original = text;
    kept->copy = *text;
    kept->copy.name = cs_arena_strdup(diag->arena, text->name);
    char *bytes = cs_arena_alloc(diag->arena, text->length + 1);
    memcpy(bytes, text->bytes, text->length);
    kept->copy.bytes = bytes;
}

static uint32_t text_number(const struct cs_diagnostics *diag, const struct cs_mark *mark)
{
    if (mark == NULL || mark->text == NULL)
        return UINT32_MAX;
    for (size_t i = 0; i < diag->n_texts; i++)
        if (diag->text[i].original == mark->text)
            return (uint32_t)i;
    return UINT32_MAX;
}

static bool is_known(const struct cs_diagnostics *diag, uint32_t text,
                     const struct cs_mark *mark, const char *message)
{
    for (size_t i = 0; i < diag->n; i++) {
        const struct problem *p = &diag->problem[i];
        if (p->text == text && strcmp(p->message, message) == 0 &&
            (text == UINT32_MAX ||
             (p->mark.line == mark->line && p->mark.column == mark->column)))
            return true;
    }
    return false;
}

static void add(struct cs_diagnostics *diag, enum severity severity, const struct cs_mark *mark,
                const char *fmt, va_list args)
{
    char message[1024];
    uint32_t text = text_number(diag, mark);

    (void)vsnprintf(message, sizeof message, fmt, args);
    if (is_known(diag, text, mark, message))
        return;
    if (severity == WARNING)
        diag->warnings++;
    else
        diag->errors++;
    diag->is_world = diag->is_world || severity == WORLD;
    if (cs_diag_is_full(diag))
        return;
    CS_GROW(diag->problem, diag->n + 1, diag->cap);
    diag->problem[diag->n] = (struct problem){
        .severity = severity,
        .text = text,
        .serial = (uint32_t)diag->n,
        .message = cs_arena_strdup(diag->arena, message),
    };
    if (text != UINT32_MAX)
        diag->problem[diag->n].mark = *mark;
    diag->n++;
}

void cs_diag_error(struct cs_diagnostics *diag, const struct cs_mark *mark, const char *fmt,
                   ...)
{
    va_list args;

    va_start(args, fmt);
    add(diag, ERROR, mark, fmt, args);
    va_end(args);
}

void cs_diag_warning(struct cs_diagnostics *diag, const struct cs_mark *mark, const char *fmt,
                     ...)
{
    va_list args;

    va_start(args, fmt);
    add(diag, WARNING, mark, fmt, args);
    va_end(args);
}

void cs_diag_world(struct cs_diagnostics *diag, const struct cs_mark *mark, const char *fmt,
                   ...)
{
    va_list args;

    va_start(args, fmt);
    add(diag, WORLD, mark, fmt, args);
    va_end(args);
}

/* ---- printing ---- */

static int by_place(const void *left, const void *right)
{
    const struct problem *a = left, *b = right;

    if (a->text != b->text)
        return a->text < b->text ? -1 : 1;
    if (a->mark.line != b->mark.line)
        return a->mark.line < b->mark.line ? -1 : 1;
    if (a->mark.column != b->mark.column)
        return a->mark.column < b->mark.column ? -1 : 1;
    return a->serial < b->serial ? -1 : 1;
}

/* User text on a terminal: what could steer it becomes a question mark. */
static void print_harmless(FILE *out, const char *s, size_t length)
{
    const char *end = s + length;

    while (s < end) {
        uint32_t code = 0;
        size_t n = cs_utf8_decode(s, end, &code);
        if (n == 0 || cs_utf8_is_control(code))
            fputc(code == '\t' ? ' ' : '?', out);
        else
            fwrite(s, 1, n, out);
        s += n > 0 ? n : 1;
    }
}

/* Characters of a line shown whole; of a longer one, around the caret. */
enum { WHOLE = 110, BEFORE = 60, AFTER = 50 };

static size_t advance(const char **s, const char *end, size_t characters)
{
    size_t width = 0;

    while (characters-- > 0 && *s < end) {
        uint32_t code = 0;
        size_t n = cs_utf8_decode(*s, end, &code);
        width += n == 0 || cs_utf8_is_control(code) ? 1 : cs_utf8_width(code);
        *s += n > 0 ? n : 1;
    }
    return width;
}

static void print_source(FILE *out, const struct cs_text *text, const struct cs_mark *mark)
{
    size_t length = 0;
    const char *line = cs_text_line(text, mark->line, &length);

    if (line == NULL)
        return;
    const char *end = line + length, *from = line, *caret, *to;
    bool is_whole = advance(&from, end, WHOLE) <= WHOLE && from == end;
    size_t skip = !is_whole && mark->column > BEFORE ? mark->column - BEFORE : 0;
    size_t after = is_whole ? WHOLE : AFTER;
    from = line;
    (void)advance(&from, end, skip);
    caret = from;
    size_t indent = advance(&caret, end, mark->column - skip);
    to = caret;
    size_t under = advance(&to, end, mark->length < after ? mark->length : after);
    const char *last = caret;
    (void)advance(&last, end, after);
    last = last < to ? to : last;

    fprintf(out, "%5u | %s", (unsigned)mark->line + 1, from > line ? "..." : "");
    print_harmless(out, from, (size_t)(last - from));
    fprintf(out, "%s\n      | %*s^", last < end ? "..." : "",
            (int)(indent + (from > line ? 3 : 0)), "");
    for (size_t i = 1; i < under; i++)
        fputc('~', out);
    fputc('\n', out);
}

void cs_diagnostics_print(const struct cs_diagnostics *diag, FILE *out)
{
    struct problem *sorted = CS_NEW_ARRAY(struct problem, diag->n + 1);
    size_t total = diag->errors + diag->warnings;

    if (diag->n > 0)
        memcpy(sorted, diag->problem, diag->n * sizeof *sorted);
    qsort(sorted, diag->n, sizeof *sorted, by_place);
    for (size_t i = 0; i < diag->n; i++) {
        const struct problem *p = &sorted[i];
        const struct cs_text *text = p->text == UINT32_MAX ? NULL : &diag->text[p->text].copy;
        if (text != NULL) {
            print_harmless(out, text->name, strlen(text->name));
            fprintf(out, ":%u:%u: ", (unsigned)p->mark.line + 1, (unsigned)p->mark.column + 1);
        }
        fputs(p->severity == WARNING ? "warning: " : "error: ", out);
        print_harmless(out, p->message, strlen(p->message));
        fputc('\n', out);
        if (text != NULL)
            print_source(out, text, &p->mark);
    }
    if (total > diag->n)
        fprintf(out, "and %zu more\n", total - diag->n);
    if (diag->errors > 0)
        fprintf(out, "%zu error%s; nothing was run\n", diag->errors,
                diag->errors == 1 ? "" : "s");
    free(sorted);
}
