/* SPDX-License-Identifier: MIT */
/*
 * regions.c - the worker's regions, for tests of what runs calls
 *
 * There are two: 1 is a page, 3 says that it is the same page again and again.
 */
#include "qcu-device/worker/region.h"
#include "tests/unit/double/regions.h"

#define HUGE_REGION (1ull << 40)

uint8_t memory[4096];

bool region_get(uint32_t id, struct region_ref *ref)
{
	*ref = (struct region_ref){ .base = memory,
				    .length = id == 3 ? HUGE_REGION : sizeof(memory) };
	return id == 1 || id == 3;
}

void region_put(struct region_ref *ref)
{
}

bool region_run_get(const struct region_ref *ref, uint64_t end)
{
	return false;
}

void region_run_put(void)
{
}

bool region_vaddr(const void *address, uint64_t *vaddr)
{
	return false;
}
