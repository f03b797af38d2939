/* SPDX-License-Identifier: MIT */
/* Addresses of the device are kept free here; what is known of a pointer is what it is */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include <sys/mman.h>

#include "tests/unit/double/host.h"

#define MIB ((size_t)1 << 20)

static uint64_t hole;		/* 1 GiB of addresses that nothing uses */
static CUdeviceptr next;	/* where the host allocates next */
static unsigned freed;

static CUresult alloc(struct arg *argv)
{
	*(uint64_t *)argv[0].p = next;
	next += (*(uint64_t *)argv[1].p + 511) & ~511ull;
	return CUDA_SUCCESS;
}

static CUresult count_free(struct arg *argv)
{
	freed++;
	return CUDA_SUCCESS;
}

static bool is_free_here(uint64_t address)
{
	void *p = mmap((void *)address, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p, 4096);
	return p == (void *)address;
}

static void reserved_for_ever(void)
{
	CUdeviceptr a, b;

	next = hole + 512;
	CHECK(is_free_here(next & ~4095ull));
	CHECK(!cuMemAlloc(&a, 100) && a == hole + 512);
	CHECK(!cuMemAlloc(&b, 5 * MIB));
	CHECK(!is_free_here(hole) && !is_free_here((b + 5 * MIB - 1) & ~4095ull));
	CHECK(!cuMemFree(a) && !cuMemFree(b));
	CHECK(!is_free_here(hole));
	/* Once a device pointer, never a host pointer: no crash, but CUDA's error. */
	CHECK(cuMemcpyHtoD(0x1000, (void *)a, 10) == CUDA_ERROR_INVALID_VALUE);
}

/* The host hands out addresses where this process has something: they are kept aside. */
static void collisions_are_avoided(void)
{
	void *mine = mmap((void *)(hole + 100 * MIB), 3 * MIB, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CUdeviceptr a;

	CHECK(mine == (void *)(hole + 100 * MIB));
	next = hole + 100 * MIB;
	freed = 0;
	CHECK(!cuMemAlloc(&a, MIB));
	CHECK(a == hole + 100 * MIB + 3 * MIB && freed == 3);
	munmap(mine, 3 * MIB);
}

/* A region of the host's that this process can only reserve by the page */
static void close_neighbours(void)
{
	void *mine = mmap((void *)(hole + 200 * MIB), MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CUdeviceptr a, b, c;

	CHECK(mine == (void *)(hole + 200 * MIB));
	next = hole + 200 * MIB + MIB;
	CHECK(!cuMemAlloc(&a, 4096) && a == hole + 200 * MIB + MIB);
	CHECK(!cuMemAlloc(&b, 100) && b == a + 4096);
	CHECK(!cuMemAlloc(&c, 10 * MIB) && c == b + 512);
	CHECK(!is_free_here(a) && !is_free_here((c + 10 * MIB) & ~4095ull));
	munmap(mine, MIB);
}

static void attributes(void)
{
	CUpointer_attribute names[] = { CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
					CU_POINTER_ATTRIBUTE_RANGE_START_ADDR,
					CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL };
	unsigned type = 77;
	CUdeviceptr start, a;
	int ordinal, plain;
	void *data[] = { &type, &start, &ordinal };
	char *pinned;
	size_t size;

	next = hole + 300 * MIB;
	CHECK(!cuMemAlloc(&a, 1000));
	CHECK(!cuPointerGetAttributes(3, names, data, a + 999));
	CHECK(type == CU_MEMORYTYPE_DEVICE && start == a && ordinal == 0);
	CHECK(!cuPointerGetAttribute(&size, CU_POINTER_ATTRIBUTE_RANGE_SIZE, a) && size == 1000);
	CHECK(cuPointerGetAttribute(&type, names[0], a + 1000) == CUDA_ERROR_INVALID_VALUE);
	CHECK(cuPointerGetAttribute(&pinned, CU_POINTER_ATTRIBUTE_HOST_POINTER, a) ==
	      CUDA_ERROR_INVALID_VALUE);
	CHECK(!cuMemHostAlloc((void **)&pinned, 1000, 0));
	CHECK(!cuPointerGetAttributes(3, names, data, (CUdeviceptr)pinned + 5));
	CHECK(type == CU_MEMORYTYPE_HOST && start == (CUdeviceptr)pinned);
	CHECK(!cuMemFreeHost(pinned));
	CHECK(cuMemFreeHost(pinned) == CUDA_ERROR_INVALID_VALUE);
	CHECK(!cuPointerGetAttributes(3, names, data, (CUdeviceptr)&plain));
	CHECK(type == 0 && start == 0 && ordinal == -2);
	CHECK(cuPointerGetAttribute(&type, names[0], (CUdeviceptr)&plain) ==
	      CUDA_ERROR_INVALID_VALUE);
}

static void context_takes_all_with_it(void)
{
	unsigned regions, type;
	CUcontext context;
	CUdeviceptr a;
	void *pinned, *plain = malloc(10000);

	CHECK(!cuCtxCreate(&context, NULL, 0, 0));
	regions = host_regions;
	CHECK(!cuMemAlloc(&a, 1000) && !cuMemHostAlloc(&pinned, 1000, 0));
	CHECK(!cuMemHostRegister(plain, 10000, 0));
	CHECK(host_regions == regions + 2);
	CHECK(!cuCtxDestroy(context));
	CHECK(host_regions == regions);
	CHECK(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, a) ==
	      CUDA_ERROR_INVALID_VALUE);
	CHECK(cuMemFreeHost(pinned) == CUDA_ERROR_INVALID_VALUE);
	CHECK(cuMemHostUnregister(plain) == CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
	free(plain);
}

int main(void)
{
	hole = host_hole(1024 * MIB);
	host_answers[CALL_cuMemAlloc_v2] = alloc;
	host_answers[CALL_cuMemFree_v2] = count_free;
	host_start();
	reserved_for_ever();
	collisions_are_avoided();
	close_neighbours();
	attributes();
	context_takes_all_with_it();
	return 0;
}
