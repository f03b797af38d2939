/* SPDX-License-Identifier: MIT */
/* Device memory: blocks do not overlap, are zero, are found, are freed once; sizes are 64 bits */
/* links: softgpu/range.c softgpu/memfd.c softgpu/memory.c */
#include "softgpu/device.h"
#include "softgpu/memory.h"
#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GIB	((uint64_t)1 << 30)
#define TOTAL	(6 * GIB)
#define DEVICE	(1u << MEMORY_DEVICE)

enum { BLOCKS = 400 };

static struct device device = { .memory_bytes = TOTAL };
static struct memory_block blocks[BLOCKS];

static CUresult alloc(struct memory_block *block, uint64_t size, uint64_t align)
{
	*block = (struct memory_block){ .size = size, .kind = MEMORY_DEVICE,
					.device = &device };
	return memory_alloc(block, align);
}

static uint64_t available(void)
{
	uint64_t free_bytes, total;

	memory_info(&device, &free_bytes, &total);
	CHECK(total == TOTAL);
	return free_bytes;
}

static bool is_filled(const unsigned char *bytes, uint64_t size, int with)
{
	for (uint64_t i = 0; i < size; i++)
		if (bytes[i] != with)
			return false;
	return true;
}

/* Every block is filled with its own number: one that overlaps another shows. */
static void come_and_go(void)
{
	for (int step = 0; step < 20000; step++) {
		int i = rand() % BLOCKS;
		struct memory_block *block = &blocks[i];
		unsigned char *bytes = memory_pointer(block->base);

		if (block->base) {
			CHECK(is_filled(bytes, block->size, 1 + i % 255));
			CHECK(memory_free(block->base, DEVICE));
			CHECK(!memory_find(block->base, &(struct memory_block){ 0 }));
			block->base = 0;
			continue;
		}
		CHECK(!alloc(block, 1 + (uint64_t)(rand() % (rand() % 10 ? 3000 : 100000)),
			     1u << rand() % 14));
		bytes = memory_pointer(block->base);
		CHECK(block->base % MEMORY_ALIGN == 0);
		CHECK(is_filled(bytes, block->size, 0));
		memset(bytes, 1 + i % 255, block->size);
	}
	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i].base)
			CHECK(memory_free(blocks[i].base, DEVICE));
	CHECK(available() == TOTAL);
}

static void find_exactly(void)
{
	struct memory_block block, found;

	CHECK(!alloc(&block, 100, 1));
	CHECK(memory_find(block.base + 99, &found) && found.id == block.id);
	CHECK(!memory_find(block.base + 100, &found));
	CHECK(!memory_find(block.base - 1, &found));
	CHECK(memory_covers(block.base, 100) && !memory_covers(block.base, 101));
	CHECK(!memory_covers(block.base + 1, UINT64_MAX));
	CHECK(!memory_free(block.base + 1, DEVICE));
	CHECK(!memory_free(block.base, 1u << MEMORY_HOST));
	CHECK(memory_claim(block.base, DEVICE) && !memory_claim(block.base, DEVICE));
	CHECK(memory_free(block.base, DEVICE) && !memory_free(block.base, DEVICE));
}

static void fill_up(void)
{
	struct memory_block big, rest;

	CHECK(alloc(&big, TOTAL + 1, 1) == CUDA_ERROR_OUT_OF_MEMORY);
	CHECK(alloc(&big, UINT64_MAX, 1) == CUDA_ERROR_OUT_OF_MEMORY);
	CHECK(!alloc(&big, TOTAL, 1) && available() == 0);
	CHECK(alloc(&rest, 1, 1) == CUDA_ERROR_OUT_OF_MEMORY);
	CHECK(memory_free(big.base, DEVICE));
	CHECK(!alloc(&big, 5 * GIB, 1));
	*(char *)memory_pointer(big.base + 5 * GIB - 1) = 1;
	CHECK(alloc(&rest, 2 * GIB, 1) == CUDA_ERROR_OUT_OF_MEMORY);
	CHECK(memory_free(big.base, DEVICE) && available() == TOTAL);
}

static void host_memory(void)
{
	struct memory_block pinned = { .size = 5000, .kind = MEMORY_HOST };
	struct memory_block again, own = { .size = 10000, .kind = MEMORY_REGISTERED };
	char *bytes = malloc(10000);

	CHECK(!memory_host_alloc(&pinned));
	CHECK(memory_covers(pinned.base, 5000) && !memory_covers(pinned.base, 5001));
	own.base = (uintptr_t)bytes;
	CHECK(!memory_register(&own) && memory_covers(own.base + 1, 9999));
	again = own;
	again.base += 9999;
	CHECK(memory_register(&again) == CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
	CHECK(!memory_host_valid(NULL, 1) && memory_host_valid(bytes, 10000));
	CHECK(!memory_host_valid((void *)-1, 2));
	CHECK(memory_free(own.base, 1u << MEMORY_REGISTERED));
	CHECK(memory_free(pinned.base, 1u << MEMORY_HOST));
	free(bytes);
}

static void context_takes_its_own(void)
{
	const struct context *mine = (const struct context *)&blocks;
	struct memory_block a = { .size = 1, .kind = MEMORY_DEVICE, .device = &device,
				  .context = mine }, b, c;

	c = a;
	c.kind = MEMORY_VARIABLE;
	CHECK(!alloc(&b, 1, 1) && !memory_alloc(&a, 1) && !memory_alloc(&c, 1));
	memory_free_all(mine);
	CHECK(!memory_covers(a.base, 1) && memory_covers(b.base, 1) && memory_covers(c.base, 1));
	CHECK(memory_free(b.base, DEVICE) && memory_free(c.base, 1u << MEMORY_VARIABLE));
	CHECK(available() == TOTAL);
}

int main(void)
{
	srand(1);
	CHECK(!memory_covers(4096, 1));
	CHECK(!memory_init(TOTAL) && available() == TOTAL);
	find_exactly();
	come_and_go();
	fill_up();
	host_memory();
	context_takes_its_own();
	return 0;
}
