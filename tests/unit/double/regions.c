/* SPDX-License-Identifier: MIT */
/* The worker's regions, for tests of what runs calls: there is one, of a page, with the id 1. */
#include <stdio.h>
#include <stdlib.h>

#include "qcu-device/worker/control.h"
#include "qcu-device/worker/region.h"

static uint8_t memory[4096];

bool region_get(uint32_t id, struct region_ref *ref)
{
	*ref = (struct region_ref){ .base = memory, .length = sizeof(memory) };
	return id == 1;
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

void control_end(const char *why)
{
	printf("the session ends: %s\n", why);
	exit(1);
}
