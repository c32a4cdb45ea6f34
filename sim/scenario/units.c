/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/units.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/math.h"

#define YEAR (365.25 * 86400)

struct unit {
    enum cs_dim dim;
    const char *suffix;
    double times, over; /* SI = value * times / over: 613ms is 613 / 1000 exactly rounded */
};

static const struct unit units[] = {
    {CS_DIM_NUMBER, "", 1, 1},
    {CS_DIM_TIME, "ns", 1, 1e9},
    {CS_DIM_TIME, "us", 1, 1e6},
    {CS_DIM_TIME, "ms", 1, 1e3},
    {CS_DIM_TIME, "s", 1, 1},
    {CS_DIM_TIME, "m", 60, 1},
    {CS_DIM_TIME, "h", 3600, 1},
    {CS_DIM_TIME, "d", 86400, 1},
    {CS_DIM_TIME, "w", 604800, 1},
    {CS_DIM_SIZE, "B", 1, 1},
    {CS_DIM_SIZE, "KB", 0x1p10, 1},
    {CS_DIM_SIZE, "MB", 0x1p20, 1},
    {CS_DIM_SIZE, "GB", 0x1p30, 1},
    {CS_DIM_SIZE, "KiB", 0x1p10, 1},
    {CS_DIM_SIZE, "MiB", 0x1p20, 1},
    {CS_DIM_SIZE, "GiB", 0x1p30, 1},
    {CS_DIM_RATE, "/s", 1, 1},
    {CS_DIM_RATE, "/min", 1, 60},
    {CS_DIM_RATE, "/h", 1, 3600},
    {CS_DIM_RATE, "/d", 1, 86400},
    {CS_DIM_SHARE, "%", 1, 100},
    {CS_DIM_OFFSET, "m", 60, 1},
    {CS_DIM_OFFSET, "h", 3600, 1},
    {CS_DIM_GROWTH, "%/week", 1, 604800},
    {CS_DIM_GROWTH, "%/month", 1, YEAR / 12},
    {CS_DIM_GROWTH, "%/quarter", 1, YEAR / 4},
    {CS_DIM_GROWTH, "%/year", 1, YEAR},
};

enum { N_UNITS = sizeof units / sizeof units[0] };

const char *cs_dim_example(enum cs_dim dim)
{
    static const char *const example[] = {"5",   "30s",  "1024MB",  "100/min",
                                          "80%", "+10h", "8%/month"};

    return example[dim];
}

const char *cs_dim_noun(enum cs_dim dim)
{
    static const char *const noun[] = {"a number", "a duration",     "a size",  "a rate",
                                       "a share",  "a clock offset", "a growth"};

    return noun[dim];
}

static const char *digits(const char *s)
{
    while (isdigit((unsigned char)*s))
        s++;
    return s;
}

bool cs_number_parse(const char *text, double *value, const char **rest)
{
    const char *s = text;
    char copy[64];

    if (*s == '+' || *s == '-')
        s++;
    const char *whole = s;
    s = digits(s);
    if (s == whole || (*whole == '0' && s > whole + 1))
        return false;
    if (*s == '.') {
        const char *fraction = ++s;
        s = digits(s);
        if (s == fraction)
            return false;
    }
    if (*s == 'e' || *s == 'E') {
        const char *exponent = s + 1;
        exponent += *exponent == '+' || *exponent == '-' ? 1 : 0;
        const char *end = digits(exponent);
        s = end > exponent ? end : s;
    }
    size_t n = (size_t)(s - text);
    if (n >= sizeof copy)
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    *value = strtod(copy, NULL);
    *rest = s;
    return isfinite(*value);
}

static const struct unit *find_unit(const char *suffix, enum cs_dim dim, bool any)
{
    for (size_t i = 0; i < N_UNITS; i++)
        if ((any || units[i].dim == dim) && strcmp(units[i].suffix, suffix) == 0)
            return &units[i];
    return NULL;
}

static const char *explain_number(const char *text)
{
    size_t sign = *text == '+' || *text == '-';

    if (text[sign] == '0' && isdigit((unsigned char)text[sign + 1]))
        return "a number has no leading zeros";
    if (strchr(text, ',') != NULL)
        return "the decimal sign is a point";
    return "not a number";
}

static const char *explain_unit(const char *suffix, enum cs_dim dim)
{
    if (*suffix == '\0')
        return dim == CS_DIM_SHARE ? "a share is written in percent" : "its unit is missing";
    if (*suffix == 'x' || *suffix == 'X')
        return "numbers are decimal";
    if (*suffix == '_')
        return "digits only";
    if (dim == CS_DIM_TIME && strpbrk(suffix, "0123456789") != NULL)
        return "compound times are not read; one number and one unit";
    if (dim == CS_DIM_GROWTH)
        return "growth is %/week, %/month, %/quarter or %/year";
    if (dim == CS_DIM_NUMBER)
        return "a plain number is wanted, without a unit";
    if (dim == CS_DIM_RATE && strcmp(suffix, "/m") == 0)
        return "a minute is /min";
    if (find_unit(suffix, dim, true) != NULL)
        return "the unit is of another kind";
    return "not a known unit";
}

const char *cs_unit_parse(const char *text, enum cs_dim dim, double *si)
{
    const char *rest = text;
    double value = 0;

    if (!cs_number_parse(text, &value, &rest))
        return rest == text ? explain_number(text) : "too large";
    if (rest[0] == ' ' && rest[1] != '\0' && rest[1] != ' ')
        rest++;
    const struct unit *unit = find_unit(rest, dim, false);
    if (unit == NULL)
        return explain_unit(rest, dim);
    *si = value * unit->times / unit->over;
    if (dim == CS_DIM_GROWTH) {
        if (value <= -100)
            return "less than nothing would be left";
        *si = cs_log(1 + value / 100) / unit->over;
    }
    return isfinite(*si) ? NULL : "too large";
}

const char *cs_unit_print(char out[CS_UNIT_TEXT], double si, enum cs_dim dim)
{
    const struct unit *best = NULL;

    if (dim == CS_DIM_GROWTH) {
        (void)snprintf(out, CS_UNIT_TEXT, "%.4g%%/month", 100 * expm1(si * (YEAR / 12)));
        return out;
    }
    for (size_t i = 0; i < N_UNITS; i++) {
        const struct unit *u = &units[i];
        double value = si * u->over / u->times;
        bool is_plain = strchr(u->suffix, 'i') == NULL && strcmp(u->suffix, "w") != 0;
        if (u->dim != dim || (dim == CS_DIM_RATE && u->over > 1) ||
            (dim == CS_DIM_TIME && u->times > 1 && value < 1.5 && si != u->times))
            continue;
        if (is_plain && (best == NULL || fabs(value) >= 1))
            best = u;
    }
    if (dim == CS_DIM_TIME && si == 0)
        (void)snprintf(out, CS_UNIT_TEXT, "0 s");
    else
        (void)snprintf(
            out, CS_UNIT_TEXT, "%.4g%s%s", si * best->over / best->times,
            *best->suffix != '\0' && *best->suffix != '%' && *best->suffix != '/' ? " " : "",
            best->suffix);
    return out;
}
