/* SPDX-License-Identifier: MIT */
/*
 * Pageable memory that can be watched is shared as it is copied, and never used once it has changed
 *
 * The host's device memory is an array, and the host watches when the test says so.
 */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include <pthread.h>
#include <string.h>

#include "tests/unit/double/host.h"

#define DEVICE_BYTES	((size_t)8 << 20)
#define MIB		((size_t)1 << 20)
#define THREADS		3

static uint8_t device[DEVICE_BYTES * (THREADS + 1)];
static uint64_t device_base;
static _Atomic bool windows_are_gone;
static _Atomic unsigned through_windows;

static uint8_t *at(const void *address)
{
	uint64_t offset = *(const uint64_t *)address - device_base;

	CHECK(offset < sizeof(device));
	return device + offset;
}

static CUresult alloc(struct arg *argv)
{
	*(uint64_t *)argv[0].p = device_base;
	return CUDA_SUCCESS;
}

static CUresult write_inline(struct arg *argv)
{
	memcpy(at(argv[0].p), argv[2].p, argv[2].n);
	return CUDA_SUCCESS;
}

static CUresult write_inline_async(struct arg *argv)
{
	memcpy(at(argv[0].p), argv[3].p, argv[3].n);
	return CUDA_SUCCESS;
}

static CUresult read_inline(struct arg *argv)
{
	memcpy(argv[2].p, at(argv[0].p), argv[2].n);
	return CUDA_SUCCESS;
}

static bool gone(const struct wire_span *span)
{
	if (!(span->flags & WIRE_SPAN_LOOSE))
		return false;
	through_windows++;
	return windows_are_gone;
}

static CUresult write_region(struct arg *argv)
{
	const struct wire_span *span = argv[1].p;

	if (gone(span))
		return CUDA_ERROR_NOT_FOUND;
	memcpy(at(argv[0].p), host_span(span), span->bytes);
	return CUDA_SUCCESS;
}

static CUresult read_region(struct arg *argv)
{
	const struct wire_span *span = argv[1].p;

	if (gone(span))
		return CUDA_ERROR_NOT_FOUND;
	memcpy(host_span(span), at(argv[0].p), span->bytes);
	return CUDA_SUCCESS;
}

/* Copy to the device and back; how many commands went through windows */
static unsigned copy(uint8_t *memory, size_t bytes)
{
	unsigned before = through_windows;

	for (size_t i = 0; i < bytes; i += 100)
		memory[i]++;
	CHECK(!cuMemcpyHtoD(device_base, memory, bytes));
	/* A few bytes may be under way still. */
	CHECK(!cuCtxSynchronize());
	CHECK(!memcmp(device, memory, bytes));
	for (size_t i = 0; i < bytes; i += 100)
		device[i]++;
	CHECK(!cuMemcpyDtoH(memory, device_base, bytes));
	CHECK(!memcmp(device, memory, bytes));
	return through_windows - before;
}

static uint8_t *pages(size_t bytes)
{
	uint8_t *memory = aligned_alloc(4096, bytes);

	CHECK(memory);
	memset(memory, 1, bytes);
	return memory;
}

/* What is allocated next may lie there, and windows of what is gone must not: the kernel would tell. */
static void give_back(uint8_t *memory, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 4096)
		host_memory_changes(memory + i);
	free(memory);
}

static void shared_at_once_and_registered_later(void)
{
	uint8_t *memory = pages(3 * MIB);
	unsigned regions = host_regions, registered = host_count[CALL_host_register];

	CHECK(!cuMemcpyHtoD(device_base, memory + 10, MIB));
	CHECK(host_regions == regions + 1 && host_count[CALL_host_register] == registered);
	CHECK(copy(memory + 10, MIB) == 2);
	CHECK(copy(memory + 10000, MIB / 2) == 2);
	CHECK(host_regions == regions + 1 && host_count[CALL_host_register] == registered + 1);
	/* What goes beyond the window gets another, if it is large. */
	CHECK(copy(memory, 3 * MIB) == 4);
	CHECK(host_regions == regions + 2);
	for (int i = 0; i < 4; i++)
		copy(memory, 3 * MIB);
	host_memory_changes(memory);
	host_memory_changes(memory + 3 * MIB - 1);
	CHECK(copy(memory, 3 * MIB) == 2);
	CHECK(host_regions == regions + 1);
	give_back(memory, 3 * MIB);
}

/* What is pinned for each copy takes no more regions for it. */
static void large_memory_whenever_it_changes(void)
{
	uint8_t *memory = pages(4 * MIB);
	unsigned regions;

	CHECK(copy(memory, 4 * MIB) == 2);
	regions = host_regions;
	for (int i = 0; i < 300; i++) {
		host_memory_changes(memory);
		CHECK(copy(memory, 4 * MIB) == 2 && host_regions == regions);
	}
	give_back(memory, 4 * MIB);
}

static void small_memory_at_the_second_copy(void)
{
	uint8_t *memory = pages(4 * 4096);
	unsigned before = through_windows;

	CHECK(!cuMemcpyHtoD(device_base, memory, 10000));
	CHECK(through_windows == before);
	CHECK(copy(memory, 10000) == 2);
	CHECK(copy(memory + 1, 4000) == 0);
	give_back(memory, 4 * 4096);
}

/* Memory that is new at each copy is shared less and less, until it stays. */
static void short_lived_memory_is_staged(size_t bytes)
{
	uint8_t *memory = pages(bytes);
	unsigned before = through_windows;

	for (int i = 0; i < 1000; i++) {
		host_memory_changes(memory);
		CHECK(!cuMemcpyHtoD(device_base, memory, bytes));
	}
	CHECK(through_windows - before < 30 && through_windows > before);
	for (int i = 0; i < 100; i++)
		copy(memory, bytes);
	CHECK(copy(memory, bytes) == 2);
	host_memory_changes(memory);
	CHECK(copy(memory, bytes) == (bytes < MIB ? 1 : 2));
	give_back(memory, bytes);
}

static void the_host_has_let_go(void)
{
	uint8_t *memory = pages(4 * MIB);

	CHECK(copy(memory, 4 * MIB) == 2);
	windows_are_gone = true;
	CHECK(copy(memory, 4 * MIB) == 2);
	windows_are_gone = false;
	CHECK(copy(memory, 4 * MIB) == 2);
	give_back(memory, 4 * MIB);
}

static void many(void)
{
	enum { N = 1500 };
	uint8_t *memory = pages(N * 8192);
	unsigned regions = host_regions;

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < N; i++)
			copy(memory + i * 8192, 8192);
	CHECK(host_regions <= regions + 1024);
	/* They give way to large memory. */
	CHECK(copy(memory, N * 8192 / 2) >= 2);
	give_back(memory, N * 8192);
}

static uint8_t *shared_memory;
static CUcontext context;

/* Each thread has a part of the memory of its own, windows know nothing of it. */
static void *copy_parts(void *argument)
{
	unsigned seed = (uintptr_t)argument;
	size_t begin = ((uintptr_t)argument - 1) * DEVICE_BYTES;
	CUdeviceptr there = device_base + begin;

	CHECK(!cuCtxSetCurrent(context));
	for (int i = 0; i < 300; i++) {
		size_t from = rand_r(&seed) % (2 * MIB), bytes = 1 + rand_r(&seed) % (2 * MIB);
		uint8_t *here = shared_memory + begin + from;

		memset(here, i, bytes);
		CHECK(!cuMemcpyHtoD(there, here, bytes));
		memset(here, 0, bytes);
		CHECK(!cuMemcpyDtoH(here, there, bytes));
		CHECK(here[0] == (uint8_t)i && !memcmp(here, here + 1, bytes - 1));
		if (!(i % 3))
			host_memory_changes(here);
	}
	return NULL;
}

static void many_threads(void)
{
	pthread_t threads[THREADS];

	CHECK(!cuCtxGetCurrent(&context));
	shared_memory = pages(sizeof(device));
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, copy_parts, (void *)(i + 1)));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	give_back(shared_memory, sizeof(device));
}

int main(void)
{
	CUdeviceptr p;

	host_answers[CALL_cuMemAlloc_v2] = alloc;
	host_answers[CALL_write_inline] = write_inline;
	host_answers[CALL_write_inline_async] = write_inline_async;
	host_answers[CALL_read_inline] = read_inline;
	host_answers[CALL_write_region] = write_region;
	host_answers[CALL_read_region] = read_region;
	host_watches();
	host_start();
	device_base = host_hole(sizeof(device));
	CHECK(!cuMemAlloc(&p, sizeof(device)));
	shared_at_once_and_registered_later();
	small_memory_at_the_second_copy();
	large_memory_whenever_it_changes();
	short_lived_memory_is_staged(16 << 10);
	short_lived_memory_is_staged(MIB);
	the_host_has_let_go();
	many();
	many_threads();
	return 0;
}
