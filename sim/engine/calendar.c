/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/calendar.h"

#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/check.h"

static cs_key *new_nodes(uint32_t width)
{
    cs_key *node = CS_NEW_ARRAY(cs_key, 2 * (size_t)width);

    for (size_t i = 0; i < 2 * (size_t)width; i++)
        node[i] = CS_KEY_NONE;
    return node;
}

void cs_calendar_init(struct cs_calendar *calendar)
{
    *calendar = (struct cs_calendar){0};
    for (int i = 0; i < CS_TREES; i++)
        calendar->tree[i] = (struct cs_calendar_tree){.width = 16, .node = new_nodes(16)};
}

void cs_calendar_release(struct cs_calendar *calendar)
{
    for (int i = 0; i < CS_TREES; i++) {
        free(calendar->tree[i].node);
        calendar->tree[i].node = NULL;
    }
}

static void grow(struct cs_calendar_tree *tree)
{
    uint32_t old = tree->width;
    const cs_key *leaf = tree->node + old;
    cs_key *node = new_nodes(2 * old);

    for (uint32_t i = 0; i < old; i++)
        node[2 * old + i] = leaf[i];
    for (uint32_t k = 2 * old - 1; k >= 1; k--)
        node[k] = node[2 * k] < node[2 * k + 1] ? node[2 * k] : node[2 * k + 1];
    free(tree->node);
    tree->node = node;
    tree->width = 2 * old;
}

uint32_t cs_calendar_slot(struct cs_calendar *calendar, enum cs_tree which)
{
    struct cs_calendar_tree *tree = &calendar->tree[which];

    CS_ASSERT(tree->used < 1u << (CS_SLOT_BITS - 1));
    if (tree->used == tree->width)
        grow(tree);
    return tree->used++ << 1 | (uint32_t)which;
}
