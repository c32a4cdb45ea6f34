/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/heap.h"

#include <stdlib.h>

#include "capsim/array.h"

void cs_heap_init(struct cs_heap *heap)
{
    *heap = (struct cs_heap){0};
}

void cs_heap_release(struct cs_heap *heap)
{
    free(heap->entry);
    free(heap->position);
    *heap = (struct cs_heap){0};
}

static bool goes_before(const struct cs_heap_entry *a, const struct cs_heap_entry *b)
{
    return a->key != b->key ? a->key < b->key : a->sequence < b->sequence;
}

static void place(struct cs_heap *heap, uint32_t at, struct cs_heap_entry entry)
{
    heap->entry[at] = entry;
    heap->position[entry.id] = at;
}

static void sift_up(struct cs_heap *heap, uint32_t at, struct cs_heap_entry entry)
{
    while (at > 0 && goes_before(&entry, &heap->entry[(at - 1) / 2])) {
        place(heap, at, heap->entry[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(heap, at, entry);
}

static void sift_down(struct cs_heap *heap, uint32_t at, struct cs_heap_entry entry)
{
    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= heap->n)
            break;
        if (child + 1 < heap->n && goes_before(&heap->entry[child + 1], &heap->entry[child]))
            child++;
        if (!goes_before(&heap->entry[child], &entry))
            break;
        place(heap, at, heap->entry[child]);
        at = child;
    }
    place(heap, at, entry);
}

static void settle(struct cs_heap *heap, uint32_t at, struct cs_heap_entry entry)
{
    if (at > 0 && goes_before(&entry, &heap->entry[(at - 1) / 2]))
        sift_up(heap, at, entry);
    else
        sift_down(heap, at, entry);
}

static void know_id(struct cs_heap *heap, uint32_t id)
{
    uint32_t old = heap->ids;

    if (id < old)
        return;
    CS_GROW(heap->position, (size_t)id + 1, heap->ids);
    for (uint32_t i = old; i < heap->ids; i++)
        heap->position[i] = CS_HEAP_ABSENT;
}

void cs_heap_put(struct cs_heap *heap, uint32_t id, uint64_t key)
{
    struct cs_heap_entry entry = {.key = key, .sequence = heap->sequence++, .id = id};

    know_id(heap, id);
    if (heap->position[id] != CS_HEAP_ABSENT) {
        settle(heap, heap->position[id], entry);
        return;
    }
    CS_GROW(heap->entry, (size_t)heap->n + 1, heap->capacity);
    sift_up(heap, heap->n++, entry);
}

void cs_heap_remove(struct cs_heap *heap, uint32_t id)
{
    if (!cs_heap_has(heap, id))
        return;
    uint32_t at = heap->position[id];
    struct cs_heap_entry last = heap->entry[--heap->n];

    heap->position[id] = CS_HEAP_ABSENT;
    if (last.id != id)
        settle(heap, at, last);
}
