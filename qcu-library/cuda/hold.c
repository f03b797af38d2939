/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/hold.h"

/* struct pages - a hold on pages of the program */
struct pages {
	struct hold hold;
	uint64_t start, bytes;
};

/* Guards all counts and the buried. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct holds buried;
static bool buried_in_use;

void hold_get(struct hold *hold, uint64_t count)
{
	pthread_mutex_lock(&lock);
	hold->count += count;
	pthread_mutex_unlock(&lock);
}

void hold_put(struct hold *hold, uint64_t count)
{
	bool last;

	pthread_mutex_lock(&lock);
	hold->count -= count;
	last = !hold->count;
	pthread_mutex_unlock(&lock);
	if (last)
		hold->release(hold);
}

static void release_pages(struct hold *hold)
{
	struct pages *pages = (struct pages *)hold;

	pins_unshare(pages->start, pages->bytes);
	free(pages);
}

CUresult hold_pages(uint64_t start, uint64_t bytes, struct pinned *pinned, struct hold **hold)
{
	struct pages *pages = malloc(sizeof(*pages));
	CUresult rc;

	if (!pages)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*pages = (struct pages){ { 1, release_pages }, start, bytes };
	rc = pins_share(start, bytes, pinned);
	if (rc == CUDA_SUCCESS)
		*hold = &pages->hold;
	else
		free(pages);
	return rc;
}

static bool make_room(struct holds *holds, size_t n)
{
	size_t room = holds->room ? holds->room : 8;
	struct held *items;

	while (room < holds->n + n)
		room *= 2;
	if (room == holds->room)
		return true;
	items = realloc(holds->items, room * sizeof(*items));
	if (!items)
		return false;
	holds->items = items;
	holds->room = room;
	return true;
}

CUresult holds_add(struct holds *holds, struct hold *hold, uint64_t count)
{
	for (size_t i = 0; i < holds->n; i++) {
		if (holds->items[i].hold == hold) {
			holds->items[i].count += count;
			return CUDA_SUCCESS;
		}
	}
	if (!make_room(holds, 1))
		return CUDA_ERROR_OUT_OF_MEMORY;
	holds->items[holds->n++] = (struct held){ hold, count };
	return CUDA_SUCCESS;
}

bool holds_take(struct holds *holds, struct hold *hold, uint64_t count)
{
	for (size_t i = 0; i < holds->n; i++) {
		struct held *held = &holds->items[i];

		if (held->hold != hold || held->count < count)
			continue;
		held->count -= count;
		if (!held->count)
			*held = holds->items[--holds->n];
		return true;
	}
	return false;
}

CUresult holds_copy(struct holds *to, const struct holds *from)
{
	CUresult rc = CUDA_SUCCESS;

	for (size_t i = 0; rc == CUDA_SUCCESS && i < from->n; i++) {
		rc = holds_add(to, from->items[i].hold, from->items[i].count);
		if (rc == CUDA_SUCCESS)
			hold_get(from->items[i].hold, from->items[i].count);
	}
	return rc;
}

void holds_clear(struct holds *holds)
{
	for (size_t i = 0; i < holds->n; i++)
		hold_put(holds->items[i].hold, holds->items[i].count);
	free(holds->items);
	*holds = (struct holds){ 0 };
}

void holds_bury(struct holds *holds, bool in_use)
{
	pthread_mutex_lock(&lock);
	if (holds->n && make_room(&buried, holds->n)) {
		for (size_t i = 0; i < holds->n; i++)
			buried.items[buried.n++] = holds->items[i];
		buried_in_use |= in_use;
	}
	pthread_mutex_unlock(&lock);
	free(holds->items);
	*holds = (struct holds){ 0 };
}

void holds_sweep(void)
{
	struct holds now = { 0 };
	bool in_use;

	/* To wait for the GPU would spoil a capture: then later. */
	if (capture_is_on())
		return;
	pthread_mutex_lock(&lock);
	now = buried;
	in_use = buried_in_use;
	buried = (struct holds){ 0 };
	buried_in_use = false;
	pthread_mutex_unlock(&lock);
	if (in_use && now.n)
		cuCtxSynchronize();
	holds_clear(&now);
}
