/* SPDX-License-Identifier: MIT */
/*
 * heap.c - the heap behind malloc() and free() in kernels
 *
 * Kernels can write to all of the heap, so nothing the allocator believes is kept there:
 * an array beside it holds, for each unit, the number of units of the allocation that
 * begins there.  Allocation is next-fit; @cursor is never inside an allocation.
 */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "softgpu/heap.h"

#define UNIT	16

struct heap {
	uint64_t base;
	uint32_t units, cursor;
	uint32_t *length;	/* of the allocation that begins here, in units; 0: none */
};

/* Engines are few and their heaps rarely used: one lock for all */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct heap *heap_create(struct engine *engine)
{
	struct heap *heap = calloc(1, sizeof(*heap));
	uint64_t units = engine->heap_bytes / UNIT;

	if (!heap)
		return NULL;
	heap->units = units < UINT32_MAX ? (uint32_t)units : UINT32_MAX;
	heap->length = calloc((size_t)heap->units + 1, sizeof(*heap->length));
	if (!heap->length)
		goto fail;
	heap->base = engine->memory.alloc(engine->memory.context, engine->heap_bytes, 256,
					  ENGINE_HEAP);
	if (!heap->base)
		goto fail;
	return heap;
fail:
	free(heap->length);
	free(heap);
	return NULL;
}

/* The first run of @want free units in [@from, @to), or @to */
static uint32_t find_run(const struct heap *heap, uint32_t from, uint32_t to, uint32_t want)
{
	uint32_t start = from, at = from;

	while (at < to) {
		if (heap->length[at]) {
			at += heap->length[at];
			start = at;
		} else if (++at - start == want) {
			return start;
		}
	}
	return to;
}

uint64_t heap_alloc(struct engine *engine, uint64_t bytes)
{
	uint64_t address = 0, want = bytes / UNIT + (bytes % UNIT != 0);
	struct heap *heap;
	uint32_t at;

	if (!want)
		return 0;
	pthread_mutex_lock(&lock);
	if (!engine->heap)
		engine->heap = heap_create(engine);
	heap = engine->heap;
	if (!heap || want > heap->units)
		goto out;
	at = find_run(heap, heap->cursor, heap->units, (uint32_t)want);
	if (at == heap->units)
		at = find_run(heap, 0, heap->units, (uint32_t)want);
	if (at == heap->units)
		goto out;
	heap->length[at] = (uint32_t)want;
	heap->cursor = at + (uint32_t)want;
	address = heap->base + (uint64_t)at * UNIT;
out:
	pthread_mutex_unlock(&lock);
	return address;
}

bool heap_free(struct engine *engine, uint64_t address)
{
	struct heap *heap;
	bool found = false;
	uint64_t at;

	pthread_mutex_lock(&lock);
	heap = engine->heap;
	if (heap) {
		at = (address - heap->base) / UNIT;
		found = !((address - heap->base) % UNIT) && at < heap->units && heap->length[at];
		if (found) {
			heap->length[at] = 0;
			heap->cursor = (uint32_t)at < heap->cursor ? (uint32_t)at : heap->cursor;
		}
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void heap_destroy(struct engine *engine)
{
	struct heap *heap = engine->heap;

	if (!heap)
		return;
	engine->memory.release(engine->memory.context, heap->base);
	free(heap->length);
	free(heap);
	engine->heap = NULL;
}
