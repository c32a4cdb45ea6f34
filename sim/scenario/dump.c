/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/dump.h"

#include <sha256.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "capsim/array.h"
#include "scenario/bind.h"

struct cs_sink {
    SHA256_CTX sha;
};

void cs_sink_print(struct cs_sink *sink, const char *fmt, ...)
{
    char line[512];
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n;
    SHA256_Update(&sink->sha, (const uint8_t *)line,
                  length < sizeof line ? length : sizeof line - 1);
}

void cs_sink_dist(struct cs_sink *sink, const struct cs_dist *dist)
{
    if (dist == NULL) {
        cs_sink_print(sink, "none\n");
        return;
    }
    cs_sink_print(sink, "dist %d %u %.17g %.17g %.17g\n", (int)dist->kind, (unsigned)dist->n,
                  dist->a, dist->b, dist->c);
    if (dist->fitted_n > 0)
        cs_sink_print(sink, "n %u\n", (unsigned)dist->fitted_n);
    bool has_p = dist->kind == CS_DIST_QUANTILES || dist->kind == CS_DIST_MIXTURE;
    bool has_x = dist->kind == CS_DIST_QUANTILES || dist->kind == CS_DIST_SAMPLES;
    for (uint32_t i = 0; i < dist->n; i++) {
        if (has_p)
            cs_sink_print(sink, "p %.17g\n", dist->p[i]);
        if (has_x)
            cs_sink_print(sink, "x %.17g\n", dist->x[i]);
        if (dist->kind == CS_DIST_MIXTURE)
            cs_sink_dist(sink, &dist->part[i]);
    }
}

static int by_name(const void *left, const void *right)
{
    const char *const *const *a = left, *const *const *b = right;

    return strcmp(**a, **b);
}

static void dump_named(struct cs_sink *sink, const struct cs_scenario *s,
                       const struct cs_field *field, const char *base)
{
    const char *array = *(const char *const *)(const void *)(base + field->offset);
    uint32_t n = *(const uint32_t *)(const void *)(base + field->second);
    const char *const **item = CS_NEW_ARRAY(const char *const *, n + 1u);
    bool in_order = strcmp(field->key, "zones") == 0 || strcmp(field->key, "regions") == 0 ||
                    strcmp(field->key, "tiers") == 0;

    for (uint32_t i = 0; i < n; i++)
        item[i] = (const char *const *)(const void *)(array + i * field->child->size);
    if (!in_order)
        qsort(item, n, sizeof item[0], by_name);
    for (uint32_t i = 0; i < n; i++) {
        cs_sink_print(sink, "%s %s {\n", field->key, *item[i]);
        cs_dump_map(sink, s, field->child, item[i]);
        cs_sink_print(sink, "}\n");
    }
    free(item);
}

static void dump_plain(struct cs_sink *sink, const struct cs_field *field, const void *at)
{
    bool is_time = field->dim == CS_DIM_TIME || field->dim == CS_DIM_OFFSET;

    if (field->type == CS_TYPE_BOOL || field->width == sizeof(bool))
        cs_sink_print(sink, "%d\n", *(const bool *)at ? 1 : 0);
    else if (field->type == CS_TYPE_QUANTITY && !is_time)
        cs_sink_print(sink, "%.17g\n", *(const double *)at);
    else if (field->width == 4)
        cs_sink_print(sink, "%u\n", (unsigned)*(const uint32_t *)at);
    else
        cs_sink_print(sink, "%lld\n", (long long)*(const int64_t *)at);
}

static void dump_field(struct cs_sink *sink, const struct cs_scenario *s,
                       const struct cs_field *field, const char *base)
{
    const void *at = base + (field->offset == CS_NOWHERE ? 0 : field->offset);

    switch (field->type) {
    case CS_TYPE_QUANTITY:
    case CS_TYPE_COUNT:
    case CS_TYPE_BOOL:
    case CS_TYPE_CHOICE:
        dump_plain(sink, field, at);
        break;
    case CS_TYPE_TEXT:
        cs_sink_print(sink, "%s\n", *(const char *const *)at);
        break;
    case CS_TYPE_DIST:
        cs_sink_dist(sink, *(const struct cs_dist *const *)at);
        break;
    case CS_TYPE_REF:
        cs_sink_print(sink, "%s\n", cs_section_name(s, field->to, *(const uint32_t *)at));
        break;
    case CS_TYPE_MAP:
        cs_sink_print(sink, "%d {\n",
                      field->second == CS_NOWHERE ? 1 : *(const bool *)(base + field->second));
        cs_dump_map(sink, s, field->child, at);
        cs_sink_print(sink, "}\n");
        break;
    case CS_TYPE_NAMED:
        dump_named(sink, s, field, base);
        break;
    case CS_TYPE_CUSTOM:
        field->dump(sink, s, base);
        break;
    case CS_TYPE_LATER:
    case CS_TYPE_LOADER:
        break;
    }
}

static bool is_dumped(const struct cs_field *field)
{
    bool has_value = field->type != CS_TYPE_LATER && field->type != CS_TYPE_LOADER;
    bool is_stored = field->offset != CS_NOWHERE && (field->flags & CS_NO_HASH) == 0;

    return has_value && is_stored && (field->type != CS_TYPE_CUSTOM || field->dump != NULL);
}

void cs_dump_map(struct cs_sink *sink, const struct cs_scenario *scenario,
                 const struct cs_schema *schema, const void *base)
{
    for (size_t i = 0; i < schema->n; i++) {
        if (!is_dumped(&schema->field[i]))
            continue;
        cs_sink_print(sink, "%s ", schema->field[i].key);
        dump_field(sink, scenario, &schema->field[i], base);
    }
}

void cs_dump_hash(const struct cs_scenario *scenario, char out[65])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    struct cs_sink sink;

    SHA256_Init(&sink.sha);
    cs_sink_print(&sink, "capsim 1\nname %s\n", scenario->name);
    cs_dump_map(&sink, scenario, &cs_schema_root, scenario);
    SHA256_Final(digest, &sink.sha);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
