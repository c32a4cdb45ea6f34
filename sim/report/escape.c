/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/escape.h"

#include <stdbool.h>
#include <string.h>

#include "capsim/check.h"

enum { REPLACEMENT = 0xFFFD, ELLIPSIS = 0x2026 };

/* Bytes of the sequence that `lead` starts, 0 when none does (RFC 3629). */
static unsigned sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    if (lead >= 0xF0 && lead <= 0xF4)
        return 4;
    return 0;
}

static bool is_code(uint32_t code, unsigned len)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};

    return code >= least[len] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

/* Marks that change the order in which later text is shown. */
static bool reorders(uint32_t code)
{
    return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

uint32_t cs_utf8_next(const char **s)
{
    const unsigned char *p = (const unsigned char *)*s;
    unsigned len = sequence_length(p[0]);
    uint32_t code = len <= 1 ? p[0] : p[0] & (0x7Fu >> len);

    if (p[0] == 0)
        return 0;
    for (unsigned i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            len = 0;
            break;
        }
        code = code << 6 | (p[i] & 0x3Fu);
    }
    if (len == 0 || !is_code(code, len)) {
        *s += 1;
        return REPLACEMENT;
    }
    *s += len;
    return reorders(code) ? REPLACEMENT : code;
}

size_t cs_utf8_length(const char *s)
{
    size_t n = 0;

    while (cs_utf8_next(&s) != 0)
        n++;
    return n;
}

void cs_utf8_put(FILE *out, uint32_t code)
{
    if (code < 0x80) {
        fputc((int)code, out);
    } else if (code < 0x800) {
        fputc((int)(0xC0 | code >> 6), out);
        fputc((int)(0x80 | (code & 0x3F)), out);
    } else if (code < 0x10000) {
        fputc((int)(0xE0 | code >> 12), out);
        fputc((int)(0x80 | (code >> 6 & 0x3F)), out);
        fputc((int)(0x80 | (code & 0x3F)), out);
    } else {
        fputc((int)(0xF0 | code >> 18), out);
        fputc((int)(0x80 | (code >> 12 & 0x3F)), out);
        fputc((int)(0x80 | (code >> 6 & 0x3F)), out);
        fputc((int)(0x80 | (code & 0x3F)), out);
    }
}

char *cs_utf8_clean(const char *s)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    uint32_t code;

    if (out == NULL)
        cs_out_of_memory(strlen(s));
    while ((code = cs_utf8_next(&s)) != 0)
        cs_utf8_put(out, code);
    if (fclose(out) != 0)
        cs_out_of_memory(size);
    return text;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

static void put_html(FILE *out, uint32_t code)
{
    switch (code) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    case '\'':
        fputs("&#39;", out);
        break;
    default:
        cs_utf8_put(out, is_control(code) && code != '\n' && code != '\t' ? REPLACEMENT : code);
    }
}

static void put_term(FILE *out, uint32_t code)
{
    if (code == '\n' || code == '\t' || code == '\r')
        code = ' ';
    cs_utf8_put(out, is_control(code) ? REPLACEMENT : code);
}

static void put_limited(FILE *out, const char *s, size_t max, void (*put)(FILE *, uint32_t))
{
    uint32_t code;

    for (size_t n = 0; (code = cs_utf8_next(&s)) != 0; n++) {
        if (max > 0 && n + 1 >= max && *s != '\0') {
            put(out, ELLIPSIS);
            return;
        }
        put(out, code);
    }
}

void cs_escape_html(FILE *out, const char *s, size_t max)
{
    put_limited(out, s, max, put_html);
}

void cs_escape_term(FILE *out, const char *s, size_t max)
{
    put_limited(out, s, max, put_term);
}

void cs_escape_csv(FILE *out, const char *s)
{
    bool is_formula = *s != '\0' && strchr("=+-@\t\r", *s) != NULL;
    bool is_quoted = strpbrk(s, "\",\r\n") != NULL;
    uint32_t code;

    if (is_quoted)
        fputc('"', out);
    if (is_formula)
        fputc('\'', out);
    while ((code = cs_utf8_next(&s)) != 0) {
        if (code == '"')
            fputc('"', out);
        cs_utf8_put(out, code);
    }
    if (is_quoted)
        fputc('"', out);
}
