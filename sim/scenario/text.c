/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "scenario/diag.h"

size_t cs_utf8_decode(const char *s, const char *end, uint32_t *code)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)*s;
    size_t n = 0;

    if (lead < 0x80)
        n = 1;
    else if (lead >= 0xc2 && lead < 0xf5)
        n = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (n == 0 || (size_t)(end - s) < n)
        return 0;
    *code = n == 1 ? lead : lead & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | ((unsigned char)s[i] & 0x3fu);
    }
    if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
        return 0;
    return n;
}

const char *cs_utf8_foreign(const char *s, const char *end)
{
    uint32_t code = 0;

    while (s < end) {
        size_t n = (unsigned char)*s < 0x80 ? 1 : cs_utf8_decode(s, end, &code);

        if (n == 0)
            return s;
        s += n;
    }
    return NULL;
}

bool cs_utf8_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

unsigned cs_utf8_width(uint32_t c)
{
    if ((c >= 0x300 && c < 0x370) || (c >= 0x200b && c <= 0x200d) ||
        (c >= 0xfe00 && c <= 0xfe0f))
        return 0;
    bool wide = (c >= 0x1100 && c < 0x1160) || (c >= 0x2e80 && c < 0xa4d0) ||
                (c >= 0xac00 && c < 0xd7a4) || (c >= 0xf900 && c < 0xfb00) ||
                (c >= 0xfe30 && c < 0xfe70) || (c >= 0xff00 && c < 0xff61) ||
                (c >= 0xffe0 && c < 0xffe7) || (c >= 0x1f300 && c < 0x1f650) ||
                (c >= 0x1f680 && c < 0x1f700) || (c >= 0x1f900 && c < 0x1fa00) ||
                (c >= 0x20000 && c < 0x3fffe);
    return wide ? 2 : 1;
}

/* Bytes of the line break at s, 0 when there is none. */
static size_t break_at(const char *s, const char *end)
{
    uint32_t code = 0;

    if (*s == '\n')
        return 1;
    if (*s == '\r')
        return s + 1 < end && s[1] == '\n' ? 2 : 1;
    if ((unsigned char)*s < 0x80)
        return 0;
    size_t n = cs_utf8_decode(s, end, &code);
    return code == 0x85 || code == 0x2028 || code == 0x2029 ? n : 0;
}

const char *cs_text_line(const struct cs_text *text, uint32_t line, size_t *length)
{
    const char *s = text->bytes, *end = s + text->length, *from = s;
    uint32_t at = 0;

    for (; s < end; s++) {
        size_t n = break_at(s, end);
        if (n == 0)
            continue;
        if (at == line)
            break;
        at++;
        s += n - 1;
        from = s + 1;
    }
    *length = at == line ? (size_t)(s - from) : 0;
    return at == line ? from : NULL;
}

/* Where the byte stands, for a complaint about it. */
static struct cs_mark mark_of(const struct cs_text *text, size_t offset)
{
    struct cs_mark mark = {.text = text, .length = 1};
    const char *s = text->bytes, *at = s + offset, *end = s + text->length;

    while (s < at) {
        uint32_t code = 0;
        size_t n = break_at(s, end);
        if (n > 0) {
            mark.line++;
            mark.column = 0;
        } else {
            n = cs_utf8_decode(s, end, &code);
            mark.column++;
        }
        s += n > 0 ? n : 1;
    }
    return mark;
}

static bool text_is_sound(const struct cs_text *text, struct cs_diagnostics *diag)
{
    const char *s = text->bytes, *end = s + text->length;
    uint32_t code = 0;

    if (text->length >= 2 && (memcmp(s, "\xff\xfe", 2) == 0 || memcmp(s, "\xfe\xff", 2) == 0)) {
        cs_diag_error(diag, NULL, "%s: this is UTF-16; save it as UTF-8", text->name);
        return false;
    }
    while (s < end) {
        size_t n = cs_utf8_decode(s, end, &code);
        bool bad = code < 0x20 && code != '\t' && code != '\n' && code != '\r';
        struct cs_mark mark;
        if (n > 0 && !bad && code != 0x7f) {
            s += n;
            continue;
        }
        mark = mark_of(text, (size_t)(s - text->bytes));
        if (n == 0)
            cs_diag_error(diag, &mark, "byte 0x%02x is not UTF-8 text", (unsigned char)*s);
        else
            cs_diag_error(diag, &mark, "control character 0x%02x is not allowed",
                          (unsigned)code);
        return false;
    }
    return true;
}

struct cs_text *cs_text_of(struct cs_arena *arena, const char *name, const char *bytes,
                           size_t length, struct cs_diagnostics *diag)
{
    struct cs_text *text = CS_ARENA_NEW(arena, struct cs_text);

    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        length -= 3;
    }
    char *copy = cs_arena_alloc(arena, length + 1);
    if (length > 0)
        memcpy(copy, bytes, length);
    text->name = cs_arena_strdup(arena, name);
    text->bytes = copy;
    text->length = length;
    cs_diag_keep(diag, text);
    return text_is_sound(text, diag) ? text : NULL;
}

struct cs_text *cs_text_read(struct cs_arena *arena, const char *path, size_t max_bytes,
                             const struct cs_mark *from, struct cs_diagnostics *diag)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(path, "rb");
    struct cs_text *text = NULL;
    char *bytes = NULL;
    size_t n = 0, cap = 0, got = 1;

    if (in == NULL) {
        cs_diag_world(diag, from, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    while (got > 0 && n <= max_bytes) {
        CS_GROW(bytes, n + 4096, cap);
        got = fread(bytes + n, 1, cap - n, in);
        n += got;
    }
    if (ferror(in))
        cs_diag_world(diag, from, "cannot read %s: %s", path, strerror(errno));
    else if (n > max_bytes)
        cs_diag_error(diag, from, "%s is larger than %zu KiB", path, max_bytes / 1024);
    else
        text = cs_text_of(arena, is_stdin ? "<stdin>" : path, bytes, n, diag);
    free(bytes);
    if (!is_stdin)
        fclose(in);
    return text;
}
