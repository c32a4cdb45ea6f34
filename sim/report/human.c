/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/human.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Two significant digits of what three decimals would not show. */
static void put_small(char *buf, double value, const char *suffix)
{
    double size = fabs(value);
    int decimals = 4;

    for (double least = 0.00095; decimals < 7 && size < least; least /= 10)
        decimals++;
    if (size > 0 && size < 5e-8)
        snprintf(buf, CS_HUMAN_SIZE, "%s0.0000001%s", value < 0 ? ">-" : "<", suffix);
    else
        snprintf(buf, CS_HUMAN_SIZE, "%.*f%s", decimals, value, suffix);
}

/* Three significant digits; an exponent only where there is no other way. */
static void put_number(char *buf, double value, const char *suffix)
{
    double size = fabs(value);
    bool is_whole = size == floor(size);
    int decimals = is_whole || size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.09995 ? 2 : 3;
    char whole[CS_HUMAN_SIZE];

    if (size >= 999.5 && size < 1e15) {
        snprintf(buf, CS_HUMAN_SIZE, "%s%s%s", value < 0 ? "-" : "",
                 cs_human_count(whole, (uint64_t)(size + 0.5)), suffix);
        return;
    }
    if (size >= 1e15)
        snprintf(buf, CS_HUMAN_SIZE, "%.2g%s", value, suffix);
    else if (size < 0.0005)
        put_small(buf, value, suffix);
    else
        snprintf(buf, CS_HUMAN_SIZE, "%.*f%s", decimals, value, suffix);
}

static void put_number_zero(char *buf, const char *suffix)
{
    snprintf(buf, CS_HUMAN_SIZE, "0%s", suffix);
}

static void put_seconds(char *buf, double value)
{
    double size = fabs(value);

    if (size == 0)
        put_number_zero(buf, " s");
    else if (size < 0.9995e-3)
        put_number(buf, value * 1e6, " µs");
    else if (size < 0.9995)
        put_number(buf, value * 1e3, " ms");
    else
        put_number(buf, value, " s");
}

static void drop_zeros(char *number)
{
    size_t len = strlen(number);

    if (strchr(number, '.') == NULL)
        return;
    while (number[len - 1] == '0')
        len--;
    number[number[len - 1] == '.' ? len - 1 : len] = '\0';
}

/* Enough decimals that the distance to 0 and to 1 keeps two digits. */
static int share_decimals(double value)
{
    double gap = fmin(fabs(value), fabs(1 - value));
    int decimals = 0;

    for (double least = 0.0995; decimals < 4 && gap < least; least /= 10)
        decimals++;
    return value == 0 || value == 1 ? 0 : decimals;
}

/* And that the half-width of an interval keeps a digit. */
static int interval_decimals(const struct cs_estimate *estimate)
{
    double half = 50 * (estimate->hi - estimate->lo);
    int decimals = share_decimals(estimate->mean);

    for (double least = 1; decimals < 4 && half > 0 && half < least; least /= 10)
        if (-log10(least) >= decimals)
            decimals++;
    return decimals;
}

static void put_share(char *buf, double value, int decimals)
{
    if (value != 0 && value != 1 && fmin(fabs(value), fabs(1 - value)) < 5e-7) {
        snprintf(buf, CS_HUMAN_SIZE, value < 0.5 ? "<0.0001%%" : ">99.9999%%");
    } else {
        snprintf(buf, CS_HUMAN_SIZE - 1, "%.*f", decimals, value * 100);
        drop_zeros(buf);
        strcat(buf, "%");
    }
}

static bool is_share(const char *unit)
{
    return strcmp(unit, "1") == 0;
}

static bool has_interval(const struct cs_estimate *estimate)
{
    return !isnan(estimate->lo) && !isnan(estimate->hi);
}

const char *cs_human_value(char *buf, double value, const char *unit)
{
    if (!isfinite(value))
        snprintf(buf, CS_HUMAN_SIZE, isnan(value) ? "–" : value > 0 ? "unlimited" : "-∞");
    else if (strcmp(unit, "seconds") == 0)
        put_seconds(buf, value);
    else if (is_share(unit))
        put_share(buf, value, share_decimals(value));
    else if (value == 0)
        put_number_zero(buf, "");
    else
        put_number(buf, value, "");
    return buf;
}

/*
 * A time with an interval: value and ends in the unit of the value, with the
 * decimals that three digits take, and more while the interval would vanish.
 */
struct time_form {
    double scale;
    const char *suffix;
    int decimals;
};

static bool has_time_form(const struct cs_estimate *estimate, const char *unit)
{
    return strcmp(unit, "seconds") == 0 && has_interval(estimate) && estimate->mean > 1e-6 &&
           estimate->mean < 999 && estimate->hi < 999;
}

static struct time_form time_form(const struct cs_estimate *estimate)
{
    double size = estimate->mean;
    struct time_form form = {1, " s", 2};

    if (size < 0.9995e-3)
        form = (struct time_form){1e6, " µs", 2};
    else if (size < 0.9995)
        form = (struct time_form){1e3, " ms", 2};
    size *= form.scale;
    form.decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    double half = 0.5 * (estimate->hi - estimate->lo) * form.scale;

    while (form.decimals < 4 && half > 0 && half < pow(10, -form.decimals))
        form.decimals++;
    return form;
}

static void put_time(char *buf, double value, struct time_form form)
{
    snprintf(buf, CS_HUMAN_SIZE, "%.*f%s", form.decimals, value * form.scale, form.suffix);
}

/* What follows the digits: " ms", "%", "". */
static const char *suffix_of(const char *text)
{
    return text + strcspn(text, " %");
}

const char *cs_human_interval(char *buf, const struct cs_estimate *estimate, const char *unit)
{
    char lo[CS_HUMAN_SIZE], hi[CS_HUMAN_SIZE];

    buf[0] = '\0';
    if (!has_interval(estimate))
        return buf;
    if (is_share(unit) && isfinite(estimate->mean)) {
        bool is_part = estimate->mean >= 0 && estimate->mean <= 1;
        int decimals = interval_decimals(estimate);

        put_share(lo, is_part ? fmax(estimate->lo, 0) : estimate->lo, decimals);
        put_share(hi, is_part ? fmin(estimate->hi, 1) : estimate->hi, decimals);
    } else if (has_time_form(estimate, unit)) {
        put_time(lo, estimate->lo, time_form(estimate));
        put_time(hi, estimate->hi, time_form(estimate));
    } else {
        cs_human_value(lo, estimate->lo, unit);
        cs_human_value(hi, estimate->hi, unit);
    }
    if (strcmp(suffix_of(lo), suffix_of(hi)) == 0 && *suffix_of(lo) != '\0')
        lo[strlen(lo) - strlen(suffix_of(lo))] = '\0';
    snprintf(buf, CS_HUMAN_SIZE, "%.40s%s%.40s", lo, *hi == '-' ? " to " : "–", hi);
    return buf;
}

const char *cs_human_mean(char *buf, const struct cs_estimate *estimate, const char *unit)
{
    if (has_time_form(estimate, unit)) {
        put_time(buf, estimate->mean, time_form(estimate));
        return buf;
    }
    if (!is_share(unit) || !has_interval(estimate) || !isfinite(estimate->mean))
        return cs_human_value(buf, estimate->mean, unit);
    put_share(buf, estimate->mean, interval_decimals(estimate));
    return buf;
}

const char *cs_human_estimate(char *buf, const struct cs_estimate *estimate, const char *unit)
{
    char value[CS_HUMAN_SIZE], interval[CS_HUMAN_SIZE];

    cs_human_mean(value, estimate, unit);
    cs_human_interval(interval, estimate, unit);
    if (interval[0] == '\0')
        snprintf(buf, CS_HUMAN_SIZE, "%s", value);
    else
        snprintf(buf, CS_HUMAN_SIZE, "%.36s (%.52s)", value, interval);
    return buf;
}

const char *cs_human_count(char *buf, uint64_t count)
{
    char digits[32];
    size_t n = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            buf[used++] = ',';
        buf[used++] = digits[i];
    }
    buf[used] = '\0';
    return buf;
}

const char *cs_human_span(char *buf, double seconds)
{
    static const struct {
        double seconds, least;
        const char *word;
    } unit[] = {{86400, 172800, "days"}, {3600, 3600, "h"}, {60, 120, "min"}, {1, 0, "s"}};
    size_t i = 0;

    while (i < 3 && seconds < unit[i].least)
        i++;
    snprintf(buf, CS_HUMAN_SIZE, "%.4g %s", seconds / unit[i].seconds, unit[i].word);
    return buf;
}
