/* SPDX-License-Identifier: MIT */
/* Registrations that meet in a page: the host has it once; they agree whether the device only reads it, and end */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include <string.h>

#include "qcu-library/cuda/pins.h"
#include "tests/unit/double/host.h"

#define PAGE	((size_t)4096)
#define NOT	UINT32_MAX

static uint32_t flags = NOT;	/* of the one registration that the host has; NOT: none */

static CUresult host_register(struct arg *argv)
{
	CHECK(flags == NOT);
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

static void undo(uint8_t *page, unsigned int expected, size_t first)
{
	CHECK(flags == expected);
	CHECK(!cuMemHostUnregister(page + first) && flags == expected);
	CHECK(!cuMemHostUnregister(page + 2000 - first) && flags == NOT);
}

/* In both orders of undoing it */
static void those_that_agree(uint8_t *page, unsigned int one, unsigned int other)
{
	for (size_t first = 0; first <= 2000; first += 2000) {
		CHECK(!cuMemHostRegister(page, 1000, one) && flags == one);
		CHECK(!cuMemHostRegister(page + 2000, 1000, other));
		undo(page, one, first);
	}
}

/* The second is refused, and the first may still be undone. */
static void those_that_do_not(uint8_t *page, unsigned int one, unsigned int other)
{
	unsigned regions = host_regions;

	CHECK(!cuMemHostRegister(page, 1000, one));
	CHECK(cuMemHostRegister(page + 2000, 1000, other) == CUDA_ERROR_INVALID_VALUE);
	CHECK(cuMemHostUnregister(page + 2000) == CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
	CHECK(flags == one && !cuMemHostUnregister(page) && flags == NOT && host_regions == regions);
}

/* A page that is shared as well, as for a graph, is registered no longer than it would be without. */
static void those_that_end_while_it_is_shared(uint8_t *page)
{
	struct pinned pinned;
	CUcontext context;

	CHECK(!pins_share((uintptr_t)page, 4096, &pinned));
	CHECK(!cuMemHostRegister(page, 1000, CU_MEMHOSTREGISTER_READ_ONLY));
	CHECK(!cuMemHostUnregister(page) && flags == NOT);
	CHECK(!cuMemHostRegister(page, 1000, 0) && flags == 0);
	CHECK(!cuMemHostUnregister(page));

	CHECK(!cuCtxCreate_v4(&context, NULL, 0, 0));
	CHECK(!cuMemHostRegister(page, 1000, CU_MEMHOSTREGISTER_READ_ONLY));
	CHECK(!cuCtxDestroy(context));
	flags = NOT;	/* which the host has seen to */
	CHECK(!cuMemHostRegister(page, 1000, CU_MEMHOSTREGISTER_READ_ONLY));
	CHECK(flags == CU_MEMHOSTREGISTER_READ_ONLY);
	CHECK(!cuMemHostUnregister(page) && flags == NOT);
	pins_unshare((uintptr_t)page, 4096);
}

int main(void)
{
	unsigned int regions;
	uint8_t *page = aligned_alloc(PAGE, PAGE);

	CHECK(page);
	memset(page, 1, PAGE);
	host_answers[CALL_host_register] = host_register;
	host_answers[CALL_host_unregister] = host_unregister;
	host_start();
	those_that_agree(page, 0, CU_MEMHOSTREGISTER_PORTABLE);
	those_that_agree(page, CU_MEMHOSTREGISTER_READ_ONLY, CU_MEMHOSTREGISTER_READ_ONLY);
	those_that_do_not(page, 0, CU_MEMHOSTREGISTER_READ_ONLY);
	those_that_do_not(page, CU_MEMHOSTREGISTER_READ_ONLY, 0);
	regions = host_regions;
	those_that_end_while_it_is_shared(page);
	CHECK(host_regions == regions);
	free(page);
	return 0;
}
