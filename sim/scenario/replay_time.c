/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "capsim/replay.h"
#include "scenario/date.h"

/*
 * Whole numbers all the way: a row's time does not depend on how a locale or a
 * machine reads a decimal, and what was written from a run comes back to the
 * nanosecond.
 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits after a point, as billionths; what is beyond them is cut off. */
static const char *fraction_of(const char *s, int64_t *billionths)
{
    int64_t unit = 100000000;

    *billionths = 0;
    for (; is_digit(*s); s++) {
        *billionths += (*s - '0') * unit;
        unit /= 10;
    }
    return s;
}

static bool parse_utc(const char *text, int64_t start_unix_s, cs_time *at)
{
    const char *s = text + 19;
    int64_t unix_s = 0, fraction = 0;

    if (!cs_date_parse(text, 19, &unix_s))
        return false;
    if (*s == '.') {
        if (!is_digit(s[1]))
            return false;
        s = fraction_of(s + 1, &fraction);
    }
    int64_t seconds = unix_s - start_unix_s;

    if (strcmp(s, "Z") != 0 || seconds > CS_TIME_LIMIT / CS_S ||
        seconds < -CS_TIME_LIMIT / CS_S)
        return false;
    *at = seconds * CS_S + fraction;
    return true;
}

static cs_time unit_of(const char *suffix)
{
    static const struct {
        const char *suffix;
        cs_time ns;
    } units[] = {{"", CS_S},    {"s", CS_S},    {"ms", CS_MS}, {"us", CS_US},    {"ns", 1},
                 {"m", CS_MIN}, {"h", CS_HOUR}, {"d", CS_DAY}, {"w", 7 * CS_DAY}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(suffix, units[i].suffix) == 0)
            return units[i].ns;
    return 0;
}

/* billionths * ns / 1e9, rounded down; ns may be a week. */
static cs_time part_of(int64_t billionths, cs_time ns)
{
    return billionths * (ns / 1000000000) + billionths * (ns % 1000000000) / 1000000000;
}

bool cs_replay_time(const char *text, int64_t start_unix_s, cs_time *at)
{
    bool is_negative = *text == '-';
    const char *s = text + (is_negative || *text == '+' ? 1 : 0);
    int64_t whole = 0, fraction = 0;
    size_t digits = 0;

    if (strlen(text) >= 20 && text[4] == '-')
        return parse_utc(text, start_unix_s, at);
    for (; is_digit(s[digits]); digits++) {
        if (whole > CS_TIME_LIMIT / 10)
            return false;
        whole = whole * 10 + (s[digits] - '0');
    }
    s += digits;
    if (digits == 0)
        return false;
    if (*s == '.') {
        if (!is_digit(s[1]))
            return false;
        s = fraction_of(s + 1, &fraction);
    }
    cs_time unit = unit_of(s);

    if (unit == 0 || whole > CS_TIME_LIMIT / unit)
        return false;
    cs_time time = whole * unit + part_of(fraction, unit);

    *at = is_negative ? -time : time;
    return true;
}
