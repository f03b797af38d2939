/* SPDX-License-Identifier: MIT */
/* Registrations that meet in a page: the host has it once, and as the one that wants most of it does */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include <string.h>

#include "tests/unit/double/host.h"

#define PAGE	((size_t)4096)
#define NOT	UINT32_MAX

static uint32_t flags = NOT;	/* of the one registration that the host has; NOT: none */
static bool refuses;

static CUresult host_register(struct arg *argv)
{
	CHECK(flags == NOT);
	if (refuses)
		return CUDA_ERROR_OUT_OF_MEMORY;
	flags = *(unsigned int *)argv[1].p;
	*(uint64_t *)argv[2].p = (uintptr_t)host_span(argv[0].p);
	return CUDA_SUCCESS;
}

static CUresult host_unregister(struct arg *argv)
{
	CHECK(flags != NOT);
	flags = NOT;
	return CUDA_SUCCESS;
}

static void register_two(uint8_t *page, unsigned int first, unsigned int second)
{
	CHECK(!cuMemHostRegister(page, 1000, first) && flags == first);
	CHECK(!cuMemHostRegister(page + 2000, 1000, second));
}

/* @first: the offset of the one that goes first */
static void unregister_two(uint8_t *page, unsigned int expected, size_t first)
{
	CHECK(flags == expected);
	CHECK(!cuMemHostUnregister(page + first) && flags == expected);
	CHECK(!cuMemHostUnregister(page + 2000 - first) && flags == NOT);
}

static void read_only_if_all_say_so(uint8_t *page)
{
	const unsigned int read_only = CU_MEMHOSTREGISTER_READ_ONLY;

	for (size_t first = 0; first <= 2000; first += 2000) {
		register_two(page, 0, 0);
		unregister_two(page, 0, first);
		register_two(page, read_only, read_only);
		unregister_two(page, read_only, first);
		register_two(page, 0, read_only);
		unregister_two(page, 0, first);
		register_two(page, read_only, 0);
		unregister_two(page, 0, first);
	}
}

/* The second is refused, and the first may still be undone. */
static void refused(uint8_t *page)
{
	unsigned regions = host_regions;

	CHECK(!cuMemHostRegister(page, 1000, CU_MEMHOSTREGISTER_READ_ONLY));
	refuses = true;
	CHECK(cuMemHostRegister(page + 2000, 1000, 0) == CUDA_ERROR_OUT_OF_MEMORY);
	CHECK(cuMemHostUnregister(page + 2000) == CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
	refuses = false;
	CHECK(!cuMemHostUnregister(page) && flags == NOT && host_regions == regions);
}

int main(void)
{
	uint8_t *page = aligned_alloc(PAGE, PAGE);

	CHECK(page);
	memset(page, 1, PAGE);
	host_answers[CALL_host_register] = host_register;
	host_answers[CALL_host_unregister] = host_unregister;
	host_start();
	read_only_if_all_say_so(page);
	refused(page);
	free(page);
	return 0;
}
