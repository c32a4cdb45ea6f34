/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/date.h"

/* Digits of a fixed-width field; -1 when one is not a digit. */
static int field_of(const char *s, size_t width)
{
    int value = 0;

    for (size_t i = 0; i < width; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        value = value * 10 + (s[i] - '0');
    }
    return value;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

/* By the formula of POSIX 2008, XBD 4.15. */
bool cs_date_parse(const char *s, size_t n, int64_t *unix_s)
{
    int hour = 0, minute = 0, second = 0;

    if ((n != 10 && n != 19) || s[4] != '-' || s[7] != '-')
        return false;
    int year = field_of(s, 4), month = field_of(s + 5, 2), day = field_of(s + 8, 2);
    if (n == 19) {
        if (s[10] != 'T' || s[13] != ':' || s[16] != ':')
            return false;
        hour = field_of(s + 11, 2);
        minute = field_of(s + 14, 2);
        second = field_of(s + 17, 2);
    }
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) ||
        hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    int64_t yday = day - 1, y = year - 1900;
    for (int m = 1; m < month; m++)
        yday += days_in(year, m);
    *unix_s = second + minute * 60 + hour * 3600 + yday * 86400 + (y - 70) * 31536000 +
              ((y - 69) / 4) * 86400 - ((y - 1) / 100) * 86400 + ((y + 299) / 400) * 86400;
    return true;
}
