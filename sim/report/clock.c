/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "report/human.h"

enum { DAY_S = 86400, DAYS_IN_400_YEARS = 146097 };

/* Of 1970-01-01 and 9999-12-31 from 0001-01-01, in days. */
static const int64_t epoch_day = 719162;
static const int64_t last_day = 3652058;

struct civil {
    int year, month, day; /* month and day from 1 */
};

static int is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month] + (month == 2 && is_leap(year));
}

/* Days of the proleptic Gregorian calendar before 1 January of `year`. */
static int64_t days_before_year(int year)
{
    int64_t y = year - 1;

    return 365 * y + y / 4 - y / 100 + y / 400;
}

static struct civil civil_from_days(int64_t days)
{
    struct civil c = {.year = (int)(days * 400 / DAYS_IN_400_YEARS) + 1, .month = 1};

    /* The quotient is a year off at most, near a new year. */
    while (days_before_year(c.year + 1) <= days)
        c.year++;
    while (days_before_year(c.year) > days)
        c.year--;
    days -= days_before_year(c.year);
    while (days >= month_days(c.year, c.month))
        days -= month_days(c.year, c.month++);
    c.day = (int)days + 1;
    return c;
}

/* Seconds since 0001-01-01, held within what four digits of a year can say. */
static int64_t held_seconds(double unix_s)
{
    double s = floor(unix_s) + (double)epoch_day * DAY_S;
    double last = (double)(last_day + 1) * DAY_S - 1;

    return !(s > 0) ? 0 : s > last ? (int64_t)last : (int64_t)s;
}

const char *cs_clock_format(char *buf, double unix_s)
{
    int64_t s = held_seconds(unix_s);
    struct civil c = civil_from_days(s / DAY_S);
    int of_day = (int)(s % DAY_S);

    snprintf(buf, CS_HUMAN_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day,
             of_day / 3600, of_day / 60 % 60, of_day % 60);
    return buf;
}

const char *cs_clock_day(char *buf, double unix_s)
{
    static const char *const name[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    int64_t s = held_seconds(unix_s);
    struct civil c = civil_from_days(s / DAY_S);
    int of_day = (int)(s % DAY_S);

    /* 0001-01-01 was a Monday. */
    snprintf(buf, CS_HUMAN_SIZE, "%s %04d-%02d-%02d %02d:%02d", name[s / DAY_S % 7], c.year,
             c.month, c.day, of_day / 3600, of_day / 60 % 60);
    return buf;
}

const char *cs_clock_time(char *buf, double unix_s, bool with_seconds)
{
    int of_day = (int)(held_seconds(unix_s) % DAY_S);

    if (with_seconds)
        snprintf(buf, CS_HUMAN_SIZE, "%02d:%02d:%02d", of_day / 3600, of_day / 60 % 60,
                 of_day % 60);
    else
        snprintf(buf, CS_HUMAN_SIZE, "%02d:%02d", of_day / 3600, of_day / 60 % 60);
    return buf;
}

const char *cs_clock_mark(char *buf, double start_unix_s, double duration_s, double at_s)
{
    if (duration_s > DAY_S)
        return cs_clock_day(buf, start_unix_s + at_s);
    return cs_clock_time(buf, start_unix_s + at_s, duration_s < 7200);
}

bool cs_clock_parse(const char *text, double *unix_s)
{
    struct civil c;
    int hour, minute, second, used = 0;

    if (strlen(text) != 20 ||
        sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &c.year, &c.month, &c.day, &hour, &minute,
               &second, &used) != 6 ||
        used != 20)
        return false;
    if (c.year < 1 || c.month < 1 || c.month > 12 || c.day < 1 ||
        c.day > month_days(c.year, c.month) || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59)
        return false;
    int64_t days = days_before_year(c.year) + c.day - 1 - epoch_day;

    for (int month = 1; month < c.month; month++)
        days += month_days(c.year, month);
    *unix_s = (double)(days * DAY_S + hour * 3600 + minute * 60 + second);
    return true;
}
