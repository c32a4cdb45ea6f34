/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_HEAP_H
#define CAPSIM_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * An indexed binary min-heap of small dense ids (0, 1, 2, ...) by a 64-bit key
 * and, for equal keys, the order of insertion.  Used where ids come and go and
 * any of them may leave: warm instances by reuse rule, jobs of a shared
 * processor by finishing tag.
 */
struct cs_heap_entry {
    uint64_t key, sequence;
    uint32_t id;
};

struct cs_heap {
    struct cs_heap_entry *entry;
    uint32_t *position; /* by id; CS_HEAP_ABSENT when not in */
    uint32_t n, capacity, ids;
    uint64_t sequence;
};

#define CS_HEAP_ABSENT UINT32_MAX

void cs_heap_init(struct cs_heap *heap);
void cs_heap_release(struct cs_heap *heap);

static inline bool cs_heap_has(const struct cs_heap *heap, uint32_t id)
{
    return id < heap->ids && heap->position[id] != CS_HEAP_ABSENT;
}

/* Insert id, or move it to a new key.  O(log n). */
void cs_heap_put(struct cs_heap *heap, uint32_t id, uint64_t key);
/* Take id out; legal when it is not in.  O(log n). */
void cs_heap_remove(struct cs_heap *heap, uint32_t id);

/* The least; n must not be 0. */
static inline const struct cs_heap_entry *cs_heap_top(const struct cs_heap *heap)
{
    return &heap->entry[0];
}

/* The i-th of n, in no particular but reproducible order. */
static inline uint32_t cs_heap_at(const struct cs_heap *heap, uint32_t i)
{
    return heap->entry[i].id;
}

#endif
