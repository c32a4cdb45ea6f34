/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "capsim/array.h"
#include "scenario/text.h"

enum { BUFFER = 1 << 16, ROW_MAX = 4096 };

enum column { TIME, FUNCTION, TIER, USER, ZONE, COLUMNS };
static const char *const column_name[COLUMNS] = {"time", "function", "tier", "user", "zone"};

struct cs_replay {
    const struct cs_scenario *scenario;
    int fd;
    bool is_hashed;
    SHA256_CTX sha;
    char buffer[BUFFER + 1];
    size_t from, end; /* what of it is not used yet */
    bool is_last;     /* nothing more in the file */
    bool has_header;
    enum cs_replay_status final; /* CS_REPLAY_ROW while there may be more */
    enum column column[COLUMNS]; /* of a row's fields */
    size_t n_columns;
    uint64_t row;           /* lines read */
    uint64_t index;         /* rows of data */
    cs_time at;             /* of the row before */
    uint32_t last[COLUMNS]; /* names that were found last */
    char problem[256];
};

struct cs_replay *cs_replay_new(const struct cs_scenario *scenario, const char *path,
                                bool is_hashed)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK); /* a pipe that took its place is no wait */

    if (fd < 0)
        return NULL;
    struct cs_replay *replay = CS_NEW(struct cs_replay);

    replay->scenario = scenario;
    replay->fd = fd;
    replay->at = -CS_TIME_LIMIT;
    replay->is_hashed = is_hashed;
    SHA256_Init(&replay->sha);
    return replay;
}

void cs_replay_free(struct cs_replay *replay)
{
    if (replay == NULL)
        return;
    close(replay->fd);
    free(replay);
}

const char *cs_replay_problem(const struct cs_replay *replay)
{
    return replay->problem;
}

/* ---- lines ---- */

static bool fill(struct cs_replay *replay)
{
    ssize_t n;

    memmove(replay->buffer, replay->buffer + replay->from, replay->end - replay->from);
    replay->end -= replay->from;
    replay->from = 0;
    do
        n = read(replay->fd, replay->buffer + replay->end, BUFFER - replay->end);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        (void)snprintf(replay->problem, sizeof replay->problem, "row %llu: %s",
                       (unsigned long long)replay->row + 1, strerror(errno));
        replay->final = CS_REPLAY_UNREADABLE;
        return false;
    }
    if (replay->is_hashed)
        SHA256_Update(&replay->sha, (const uint8_t *)replay->buffer + replay->end, (size_t)n);
    replay->end += (size_t)n;
    replay->is_last = n == 0;
    return true;
}

/* The next line without its end; NULL at the end, or in trouble. */
static char *next_line(struct cs_replay *replay, size_t *length)
{
    for (;;) {
        char *line = replay->buffer + replay->from;
        size_t have = replay->end - replay->from;
        char *stop = memchr(line, '\n', have);

        if (stop == NULL && have < ROW_MAX && !replay->is_last) {
            if (!fill(replay))
                return NULL;
            continue;
        }
        if (stop == NULL && have == 0) {
            replay->final = CS_REPLAY_END;
            return NULL;
        }
        *length = stop != NULL ? (size_t)(stop - line) : have;
        replay->from += *length + (stop != NULL ? 1 : 0);
        replay->row++;
        if (*length > 0 && line[*length - 1] == '\r')
            --*length;
        line[*length] = '\0';
        return line;
    }
}

__attribute__((format(printf, 2, 3))) static enum cs_replay_status
refuse(struct cs_replay *replay, const char *fmt, ...)
{
    va_list args;
    int n = snprintf(replay->problem, sizeof replay->problem,
                     "row %llu: ", (unsigned long long)replay->row);

    va_start(args, fmt);
    (void)vsnprintf(replay->problem + n, sizeof replay->problem - (size_t)n, fmt, args);
    va_end(args);
    return CS_REPLAY_BAD;
}

/* ---- fields ---- */

/* A field in double quotes, a quote within doubled; where it stops, or NULL. */
static char *unquote(char *s, char **field)
{
    char *to = s + 1;

    *field = to;
    for (s++; *s != '\0'; s++) {
        if (*s == '"' && *++s != '"') {
            *to = '\0';
            return s;
        }
        *to++ = *s;
    }
    return NULL;
}

/* Cut the line into its fields; their number, or a greater one, or SIZE_MAX. */
static size_t split(char *line, char *field[COLUMNS])
{
    size_t n = 0;

    for (char *s = line;; s++) {
        char *start = s, *value;

        while (*s == ' ' || *s == '\t')
            s++;
        value = s;
        if (*s == '"') {
            s = unquote(s, &value);
            if (s == NULL || (*s != ',' && *s != '\0'))
                return SIZE_MAX;
        } else {
            s += strcspn(s, ",");
        }
        char *end = s;
        bool more = *s == ',';

        *end = '\0';
        while (value >= start && end > value && (end[-1] == ' ' || end[-1] == '\t'))
            *--end = '\0';
        if (n < COLUMNS)
            field[n] = value;
        n++;
        if (!more)
            return n;
    }
}

/* A field as it may be shown: short, and printable. */
static const char *shown(char *field)
{
    for (char *s = field; *s != '\0'; s++)
        if ((unsigned char)*s < ' ' || (unsigned char)*s >= 127)
            *s = '?';
    if (strlen(field) > 40)
        memcpy(field + 37, "...", 4);
    return field;
}

static enum cs_replay_status read_header(struct cs_replay *replay, char *line)
{
    char *field[COLUMNS];
    size_t n = split(line, field);
    bool has[COLUMNS] = {false};

    if (n > COLUMNS)
        return refuse(replay, "the first row names the columns: time, function, tier, user, "
                              "zone, each once at most");
    for (size_t i = 0; i < n; i++) {
        size_t c = 0;

        while (c < COLUMNS && strcmp(field[i], column_name[c]) != 0)
            c++;
        if (c == COLUMNS)
            return refuse(replay,
                          "\"%s\" is no column; the first row names them: time, "
                          "function, tier, user, zone",
                          shown(field[i]));
        if (has[c])
            return refuse(replay, "column %s is there twice", column_name[c]);
        has[c] = true;
        replay->column[i] = (enum column)c;
    }
    if (!has[TIME])
        return refuse(replay, "there is no column time");
    replay->n_columns = n;
    replay->has_header = true;
    return CS_REPLAY_ROW;
}

static const char *name_of(const struct cs_scenario *s, enum column column, uint32_t i)
{
    return column == FUNCTION ? s->function[i].name
           : column == TIER   ? s->tier[i].name
                              : s->zone[i].name;
}

static bool find_name(struct cs_replay *replay, enum column column, const char *name,
                      uint32_t *found)
{
    const struct cs_scenario *s = replay->scenario;
    uint32_t n = column == FUNCTION ? s->n_functions : column == TIER ? s->n_tiers : s->n_zones;
    uint32_t last = replay->last[column];

    if (last < n && strcmp(name_of(s, column, last), name) == 0) {
        *found = last;
        return true;
    }
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(name_of(s, column, i), name) == 0) {
            *found = replay->last[column] = i;
            return true;
        }
    return false;
}

/* FNV-1a, and the top bit: apart from the numbers of tiers' users. */
static uint64_t user_of(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    h |= 1ULL << 63;
    return h == UINT64_MAX ? h - 1 : h;
}

static enum cs_replay_status read_field(struct cs_replay *replay, enum column column,
                                        char *field, struct cs_replay_row *row)
{
    uint32_t found = 0;

    if (column == TIME) {
        if (!cs_replay_time(field, replay->scenario->horizon.start_unix_s, &row->at))
            return refuse(replay,
                          "\"%s\" is no time: seconds, a duration or a date in UTC are "
                          "wanted, such as 12.5, 250ms or 2025-10-06T09:00:00Z",
                          shown(field));
        return CS_REPLAY_ROW;
    }
    if (*field == '\0')
        return CS_REPLAY_ROW;
    if (column == USER) {
        row->user = user_of(field);
        return CS_REPLAY_ROW;
    }
    if (!find_name(replay, column, field, &found))
        return refuse(replay, "unknown %s \"%s\"", column_name[column], shown(field));
    if (column == FUNCTION)
        row->function = found;
    else if (column == TIER)
        row->tier = found;
    else
        row->zone = found;
    return CS_REPLAY_ROW;
}

static enum cs_replay_status read_row(struct cs_replay *replay, char *line,
                                      struct cs_replay_row *row)
{
    char *field[COLUMNS];
    size_t n = split(line, field);

    if (n == SIZE_MAX)
        return refuse(replay, "a quote that does not close");
    if (n != replay->n_columns)
        return refuse(replay, "%zu field%s, and there are %zu columns", n, n == 1 ? "" : "s",
                      replay->n_columns);
    *row = (struct cs_replay_row){
        .function = CS_NONE, .tier = CS_NONE, .zone = CS_NONE, .user = CS_NO_USER};
    for (size_t i = 0; i < n; i++)
        if (read_field(replay, replay->column[i], field[i], row) != CS_REPLAY_ROW)
            return CS_REPLAY_BAD;
    if (row->at < replay->at)
        return refuse(replay,
                      "earlier than the row before it: rows stand in the order of time");
    replay->at = row->at;
    row->index = replay->index++;
    row->line = replay->row;
    return CS_REPLAY_ROW;
}

enum cs_replay_status cs_replay_next(struct cs_replay *replay, struct cs_replay_row *row)
{
    while (replay->final == CS_REPLAY_ROW) {
        size_t length = 0;
        char *line = next_line(replay, &length);

        if (line == NULL)
            break;
        if (length >= ROW_MAX || memchr(line, '\0', length) != NULL) {
            replay->final = CS_REPLAY_UNREADABLE;
            (void)refuse(replay, length >= ROW_MAX ? "longer than 4095 bytes" : "a NUL byte");
            break;
        }
        const char *foreign = replay->is_hashed ? cs_utf8_foreign(line, line + length) : NULL;

        if (foreign != NULL) {
            (void)refuse(replay, "byte 0x%02x is not UTF-8 text", (unsigned char)*foreign);
            if (replay->has_header)
                return CS_REPLAY_BAD;
            replay->final = CS_REPLAY_UNREADABLE;
            break;
        }
        if (replay->row == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
            line += 3;
        if (*line == '\0')
            continue;
        if (replay->has_header)
            return read_row(replay, line, row);
        if (read_header(replay, line) != CS_REPLAY_ROW)
            replay->final = CS_REPLAY_UNREADABLE;
    }
    return replay->final;
}

/* ---- which file ---- */

static void identity_of(const struct cs_replay *replay, struct cs_trace *trace)
{
    struct stat stat;

    if (fstat(replay->fd, &stat) != 0)
        return;
    trace->device = (uint64_t)stat.st_dev;
    trace->inode = (uint64_t)stat.st_ino;
    trace->bytes = (int64_t)stat.st_size;
    trace->modified_ns = (int64_t)stat.st_mtim.tv_sec * CS_S + (int64_t)stat.st_mtim.tv_nsec;
}

void cs_replay_identify(const struct cs_replay *replay, struct cs_trace *trace)
{
    bool *const has[COLUMNS] = {NULL, &trace->has_function, &trace->has_tier, &trace->has_user,
                                &trace->has_zone};

    identity_of(replay, trace);
    for (size_t i = 0; i < replay->n_columns; i++)
        if (has[replay->column[i]] != NULL)
            *has[replay->column[i]] = true;
}

bool cs_replay_is_same(const struct cs_replay *replay, const struct cs_trace *trace)
{
    struct cs_trace now = {0};

    identity_of(replay, &now);
    return now.device == trace->device && now.inode == trace->inode &&
           now.bytes == trace->bytes && now.modified_ns == trace->modified_ns;
}

void cs_replay_hash(struct cs_replay *replay, char out[65])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX sha = replay->sha;

    SHA256_Final(digest, &sha);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
