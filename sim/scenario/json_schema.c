/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/dist_forms.h"
#include "scenario/schema.h"

/* JSON Schema 2020-12 of the format, for editors; checks that need more than
 * one key stay with `capsim check`. */

static const struct {
    const char *name, *pattern;
} dims[] = {{"number", NULL},
            {"time", "^(unlimited|auto|[+]?[0-9.]+([eE][-+]?[0-9]+)? ?(ns|us|ms|s|m|h|d|w))$"},
            {"size", "^[+]?[0-9.]+([eE][-+]?[0-9]+)? ?(B|KB|MB|GB|KiB|MiB|GiB)$"},
            {"rate", "^[+]?[0-9.]+([eE][-+]?[0-9]+)? ?/(s|min|h|d)$"},
            {"share", "^[+]?[0-9.]+([eE][-+]?[0-9]+)? ?%$"},
            {"offset", "^[-+]?[0-9.]+(h|m)$"},
            {"growth", "^[-+]?[0-9.]+([eE][-+]?[0-9]+)? ?%/(week|month|quarter|year)$"}};

enum { N_DIMS = sizeof dims / sizeof dims[0] };

static void put_string(FILE *out, const char *s)
{
    fputc('"', out);
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\')
            fputc('\\', out);
        fputc(*s, out);
    }
    fputc('"', out);
}

/* A distribution of one dimension: a value, or a map of one kind. */
static void put_dist(FILE *out, enum cs_dim dim)
{
    size_t n = 0;
    const struct cs_dist_form *form = cs_dist_forms(&n);
    const char *name = dims[dim].name;

    fprintf(out,
            "\"%s_dist\":{\"anyOf\":[{\"$ref\":\"#/$defs/%s\"},{\"type\":\"object\","
            "\"minProperties\":1,\"maxProperties\":2,\"additionalProperties\":false,"
            "\"properties\":{\"weight\":{\"type\":\"number\"}",
            name, name);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(form[i].kind, form[i - 1].kind) == 0)
            continue;
        fprintf(out, ",\"%s\":", form[i].kind);
        if (strcmp(form[i].kind, "constant") == 0)
            fprintf(out, "{\"$ref\":\"#/$defs/%s\"}", name);
        else if (strcmp(form[i].kind, "mixture") == 0)
            fprintf(out, "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/%s_dist\"}}", name);
        else
            fputs("{\"type\":\"object\"}", out);
    }
    fputs("}}]}", out);
}

static void put_map(FILE *out, const struct cs_schema *schema);

static void put_choice(FILE *out, const struct cs_field *field)
{
    fputs("\"enum\":[", out);
    for (const struct cs_choice *c = field->choice; c->word != NULL; c++)
        if (c->value != CS_LATER_WORD) {
            fputs(c != field->choice ? "," : "", out);
            put_string(out, c->word);
        }
    fputc(']', out);
}

static void put_count(FILE *out, const struct cs_field *field)
{
    fprintf(out, "\"anyOf\":[{\"type\":\"integer\",\"minimum\":%.17g", field->min);
    if (field->max > 0)
        fprintf(out, ",\"maximum\":%.17g", field->max);
    fputs((field->flags & CS_OR_UNLIMITED) != 0 ? "},{\"const\":\"unlimited\"}]" : "}]", out);
}

static void put_quantity(FILE *out, const struct cs_field *field)
{
    if (field->dim != CS_DIM_NUMBER) {
        fprintf(out, "\"$ref\":\"#/$defs/%s\"", dims[field->dim].name);
        return;
    }
    fprintf(out, "\"anyOf\":[{\"type\":\"number\",\"minimum\":%.17g}", field->min);
    if ((field->flags & CS_OR_UNLIMITED) != 0)
        fputs(",{\"const\":\"unlimited\"}", out);
    if ((field->flags & CS_OR_AUTO) != 0)
        fputs(",{\"const\":\"auto\"}", out);
    fputc(']', out);
}

static void put_custom(FILE *out, const struct cs_field *field)
{
    if (field->json != NULL) {
        fprintf(out, "\"allOf\":[%s]", field->json);
        return;
    }
    /* limits and pool are maps of names, steps and events lists, queue the map itself. */
    bool is_list = field->child == &cs_schema_step || field->child == &cs_schema_event;
    bool is_named = field->child == &cs_schema_tier_limits || field->child == &cs_schema_pool ||
                    field->child == &cs_schema_plan;
    if (field->child == &cs_schema_scale_rule) {
        fputs("\"type\":\"array\",\"items\":{", out);
        put_map(out, field->child);
        fputc('}', out);
        return;
    }
    if (is_list)
        fprintf(out, "\"type\":\"array\",\"items\":{\"anyOf\":[%s{",
                field->child == &cs_schema_step ? "{\"const\":\"respond\"}," : "");
    else if (is_named)
        fputs("\"type\":\"object\",\"additionalProperties\":{", out);
    put_map(out, field->child);
    fputs(is_list ? "}]}" : is_named ? "}" : "", out);
}

static void put_type(FILE *out, const struct cs_field *field)
{
    switch (field->type) {
    case CS_TYPE_QUANTITY:
        put_quantity(out, field);
        break;
    case CS_TYPE_COUNT:
        put_count(out, field);
        break;
    case CS_TYPE_BOOL:
        fputs("\"type\":\"boolean\"", out);
        break;
    case CS_TYPE_CHOICE:
        put_choice(out, field);
        break;
    case CS_TYPE_TEXT:
    case CS_TYPE_REF:
        fputs("\"type\":\"string\"", out);
        break;
    case CS_TYPE_DIST:
        fprintf(out, "\"$ref\":\"#/$defs/%s_dist\"", dims[field->dim].name);
        break;
    case CS_TYPE_MAP:
        if (field->second == CS_NOWHERE) {
            put_map(out, field->child);
            break;
        }
        fputs("\"anyOf\":[{\"const\":\"none\"},{", out);
        put_map(out, field->child);
        fputs("}]", out);
        break;
    case CS_TYPE_NAMED:
        fputs("\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{\"const\":"
              "\"none\"},{",
              out);
        put_map(out, field->child);
        fputs("}]}", out);
        break;
    case CS_TYPE_CUSTOM:
        put_custom(out, field);
        break;
    case CS_TYPE_LATER:
        fprintf(out, "\"const\":");
        put_string(out, field->allowed);
        break;
    case CS_TYPE_LOADER:
        fputs(strcmp(field->key, "like") == 0
                  ? "\"type\":\"string\""
                  : "\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}",
              out);
        break;
    }
}

static bool is_shown(const struct cs_field *field)
{
    return field->type != CS_TYPE_LATER || field->allowed != NULL;
}

/* The members of a map's schema, without its braces. */
static void put_map(FILE *out, const struct cs_schema *schema)
{
    const char *sep = "", *required = "";

    fputs("\"type\":\"object\",\"additionalProperties\":false,\"properties\":{", out);
    for (size_t i = 0; i < schema->n; i++) {
        const struct cs_field *field = &schema->field[i];
        if (!is_shown(field))
            continue;
        fputs(sep, out);
        put_string(out, field->key);
        fputs(":{\"description\":", out);
        put_string(out, field->doc);
        if (field->fallback != NULL) {
            fputs(",\"default\":", out);
            put_string(out, field->fallback);
        }
        fputc(',', out);
        put_type(out, field);
        fputc('}', out);
        sep = ",\n";
    }
    fputc('}', out);
    /* Where `like` or an include may bring a key, nothing can be required. */
    bool is_whole = cs_schema_find(schema, "like") == NULL && schema != &cs_schema_root;
    for (size_t i = 0; is_whole && i < schema->n; i++)
        if ((schema->field[i].flags & CS_REQUIRED) != 0 && schema != &cs_schema_pool) {
            fputs(*required == '\0' ? ",\"required\":[" : ",", out);
            put_string(out, schema->field[i].key);
            required = "]";
        }
    fputs(required, out);
}

void cs_scenario_schema(FILE *out)
{
    fputs("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n"
          "\"title\":\"capsim scenario\",\n\"$defs\":{",
          out);
    for (size_t i = 0; i < N_DIMS; i++) {
        fprintf(out, "%s\"%s\":", i > 0 ? ",\n" : "", dims[i].name);
        if (dims[i].pattern == NULL)
            fputs("{\"type\":\"number\"}", out);
        else {
            fputs("{\"type\":\"string\",\"pattern\":", out);
            put_string(out, dims[i].pattern);
            fputc('}', out);
        }
    }
    fputs(",\n", out);
    put_dist(out, CS_DIM_TIME);
    fputs(",\n", out);
    put_dist(out, CS_DIM_NUMBER);
    fputs("},\n", out);
    put_map(out, &cs_schema_root);
    fputs("}\n", out);
}
