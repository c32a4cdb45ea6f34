/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "scenario/dump.h"
#include "scenario/schema_rows.h"
#include "scenario/validate.h"

#define MAX_PRICE 1e12

static const struct cs_choice billed_words[] = {{"life", 0}, {"busy", 1}, {NULL, 0}};

static const struct cs_field price_rows[] = {
    {.key = "currency",
     .type = CS_TYPE_TEXT,
     AT(cs_prices, currency),
     .fallback = "USD",
     .doc = "of all prices"},
    {.key = "billed",
     .type = CS_TYPE_CHOICE,
     AT(cs_prices, is_busy_billed),
     .choice = billed_words,
     .fallback = "life",
     .doc = "gb_hour: for an instance's life, or for its time with a request"},
    {.key = "gb_hour",
     NUMBER,
     AT(cs_prices, gb_hour),
     .max = MAX_PRICE,
     .doc = "of an instance's memory"},
    {.key = "cpu_hour",
     NUMBER,
     AT(cs_prices, cpu_hour),
     .max = MAX_PRICE,
     .doc = "of CPU used"},
    {.key = "million_invocations",
     NUMBER,
     AT(cs_prices, million_invocations),
     .max = MAX_PRICE,
     .doc = "functions begun"},
    {.key = "connection_hour",
     NUMBER,
     AT(cs_prices, connection_hour),
     .max = MAX_PRICE,
     .doc = "of a connection to a database"},
    {.key = "databases", .type = CS_TYPE_LOADER, .doc = "databases.NAME: 10/month, fixed"},
};
SCHEMA(cs_schema_prices, "prices", price_rows, sizeof(struct cs_prices));

static const char databases[] = "databases";
enum { PREFIX = sizeof databases - 1 };

static void refuse_money(struct cs_bind *bind, const struct cs_node *node,
                         const struct cs_place *place)
{
    cs_bind_refuse(bind, node, place,
                   "an amount for a time is wanted, /hour, /day or /month (30 days)",
                   "10/month");
}

/* "10/month" as an amount a second. */
static bool parse_money(struct cs_bind *bind, const struct cs_node *node,
                        const struct cs_place *place, double *per_s)
{
    static const struct {
        const char *text;
        double seconds;
    } span[] = {{"/hour", 3600}, {"/day", 86400}, {"/month", 30 * 86400.0}};
    const char *rest;
    double amount = 0;

    if (!cs_bind_expect(bind, node, CS_NODE_SCALAR, place))
        return false;
    if (cs_number_parse(node->value, &amount, &rest) && amount >= 0 && amount <= MAX_PRICE) {
        rest += *rest == ' ' ? 1 : 0;
        for (size_t i = 0; i < sizeof span / sizeof span[0]; i++)
            if (strcmp(rest, span[i].text) == 0) {
                *per_s = amount / span[i].seconds;
                return true;
            }
    }
    refuse_money(bind, node, place);
    return false;
}

/* A --set may come over what the file says. */
static void bind_database(struct cs_bind *bind, const struct cs_pair *pair, const char *name,
                          const struct cs_place *place, struct cs_prices *prices)
{
    struct cs_place at = {place, name};
    uint32_t d = cs_bind_ref(bind, CS_SECTION_DATABASES, name, &pair->mark);
    bool is_set = pair->mark.text != NULL && pair->mark.text->is_set;
    double per_s = 0;

    if (!parse_money(bind, pair->value, &at, &per_s) || d == CS_NONE)
        return;
    if (!isnan(prices->database_s[d]) && !is_set)
        cs_diag_error(bind->diag, &pair->mark, "%s: given twice", cs_place_text(bind, &at));
    prices->database_s[d] = per_s;
}

void cs_bind_prices(struct cs_bind *bind, const struct cs_node *node,
                    const struct cs_place *place, void *base)
{
    struct cs_prices *prices = &((struct cs_scenario *)base)->prices;
    uint32_t n = bind->scenario->n_databases;
    struct cs_place inner = {place, databases};

    prices->exists = true;
    prices->gb_hour = prices->cpu_hour = (double)NAN;
    prices->million_invocations = prices->connection_hour = (double)NAN;
    prices->database_s = CS_ARENA_ARRAY(bind->arena, double, n + 1u);
    for (uint32_t d = 0; d < n; d++)
        prices->database_s[d] = (double)NAN;
    if (!cs_bind_expect(bind, node, CS_NODE_MAP, place))
        return;
    struct cs_node *fixed = cs_node_new(bind->scratch, CS_NODE_MAP, &node->mark);
    for (size_t i = 0; i < node->n; i++) {
        const struct cs_pair *pair = &node->pair[i];
        if (strncmp(pair->key, databases, PREFIX) == 0 && pair->key[PREFIX] == '.') {
            bind_database(bind, pair, pair->key + PREFIX + 1, &inner, prices);
            continue;
        }
        cs_node_add(bind->scratch, fixed, pair->key, &pair->mark, pair->value);
        if (strcmp(pair->key, databases) != 0 ||
            !cs_bind_expect(bind, pair->value, CS_NODE_MAP, &inner))
            continue;
        for (size_t k = 0; k < pair->value->n; k++)
            bind_database(bind, &pair->value->pair[k], pair->value->pair[k].key, &inner,
                          prices);
    }
    cs_bind_map(bind, &cs_schema_prices, fixed, place, prices, true);
}

void cs_dump_prices(struct cs_sink *sink, const struct cs_scenario *s, const void *base)
{
    const struct cs_prices *prices = &((const struct cs_scenario *)base)->prices;

    cs_sink_print(sink, "%d\n", prices->exists ? 1 : 0);
    if (!prices->exists)
        return;
    cs_dump_map(sink, s, &cs_schema_prices, prices);
    for (uint32_t d = 0; d < s->n_databases; d++)
        if (!isnan(prices->database_s[d]))
            cs_sink_print(sink, "%s %.17g\n", s->database[d].name, prices->database_s[d]);
}

/* ---- contradictions ---- */

static bool fleet_says(struct cs_bind *bind, const struct cs_fleet *fleet, const char *key)
{
    return cs_bind_says(bind, cs_arena_printf(bind->scratch, "fleets.%s.%s", fleet->name, key));
}

static void check_fleet(struct cs_bind *bind, const struct cs_fleet *fleet)
{
    const struct cs_prices *prices = &bind->scenario->prices;

    if (fleet_says(bind, fleet, "memory"))
        return;
    if (!isnan(prices->gb_hour) && fleet->memory_bytes <= 0)
        cs_diag_error(bind->diag, cs_bind_mark(bind, "prices.gb_hour"),
                      "prices.gb_hour: fleets.%s does not say its `memory`", fleet->name);
    if (!isnan(prices->cpu_hour) && fleet->vcpus <= 0 && !fleet_says(bind, fleet, "vcpus"))
        cs_diag_error(bind->diag, cs_bind_mark(bind, "prices.cpu_hour"),
                      "prices.cpu_hour: fleets.%s does not say its `vcpus` or `memory`",
                      fleet->name);
}

void cs_validate_prices(struct cs_bind *bind)
{
    const struct cs_scenario *s = bind->scenario;

    if (!s->prices.exists)
        return;
    if (s->prices.currency != NULL && !cs_bind_is_name(s->prices.currency))
        cs_diag_error(bind->diag, cs_bind_mark(bind, "prices.currency"),
                      "prices.currency: a code such as USD or EUR is wanted");
    for (uint32_t f = 0; f < s->n_fleets; f++)
        check_fleet(bind, &s->fleet[f]);
}
