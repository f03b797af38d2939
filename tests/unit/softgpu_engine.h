/* SPDX-License-Identifier: MIT */
/*
 * softgpu_engine.h - run PTX on softgpu's engine alone
 *
 * Device memory is a few blocks of the heap, exact to the byte, so that an access one byte
 * behind a block is found.
 */
#ifndef SOFTGPU_ENGINE_TEST_H
#define SOFTGPU_ENGINE_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "softgpu/launch.h"
#include "tests/unit/check.h"

#define BLOCKS		64
#define MOST_BYTES	((size_t)256 << 20)	/* of a block: the device is a small one */

static struct {
	uint64_t base;
	size_t bytes;
} blocks[BLOCKS];

static uint64_t device_alloc(void *context, size_t bytes, size_t align, enum engine_purpose why)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		void *memory;

		if (blocks[i].base)
			continue;
		if (bytes > MOST_BYTES || posix_memalign(&memory, align < 16 ? 16 : align, bytes ? bytes : 1))
			return 0;
		memset(memory, 0, bytes);
		blocks[i].base = (uint64_t)(uintptr_t)memory;
		blocks[i].bytes = bytes;
		return blocks[i].base;
	}
	return 0;
}

static void device_free(void *context, uint64_t address)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (blocks[i].base != address)
			continue;
		free((void *)(uintptr_t)address);
		blocks[i].base = blocks[i].bytes = 0;
		return;
	}
	CHECK(!"free of what was not allocated");
}

static bool device_find(void *context, uint64_t address, uint64_t *base, size_t *bytes)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (address - blocks[i].base < blocks[i].bytes) {
			*base = blocks[i].base;
			*bytes = blocks[i].bytes;
			return true;
		}
	}
	return false;
}

static struct engine engine;

static inline void *device_memory(size_t bytes)
{
	uint64_t address = device_alloc(NULL, bytes, 256, ENGINE_GLOBAL);

	CHECK(address);
	return (void *)(uintptr_t)address;
}

static inline void device_release(void *memory)
{
	device_free(NULL, (uint64_t)(uintptr_t)memory);
}

static inline void engine_begin(void)
{
	static const struct engine_memory memory = { NULL, device_alloc, device_free, device_find };

	engine_init(&engine, &memory);
}

static inline struct program *program_from(const char *text)
{
	struct ptx_text ptx = { text, strlen(text), "test" };
	struct program *program;
	char log[1024] = "";
	CUresult result = program_create(&program, &engine, &ptx, 1, log, sizeof(log));

	if (result != CUDA_SUCCESS) {
		fprintf(stderr, "%s\nprogram_create: %d: %s", text, result, log);
		exit(1);
	}
	return program;
}

/* Run the program's kernel "k" with pointers as parameters */
static inline CUresult run_kernel(struct program *program, unsigned grid, unsigned block,
				  void *const *pointers, unsigned count, struct fault *fault)
{
	struct launch launch = {
		.engine = &engine, .kernel = program_kernel(program, "k"),
		.grid = { grid, 1, 1 }, .block = { block, 1, 1 },
		.params = pointers, .params_bytes = count * sizeof(*pointers), .timeout_ms = 20000,
	};

	CHECK(launch.kernel);
	return launch_run(&launch, fault);
}

static inline void run_ok(struct program *program, unsigned grid, unsigned block,
			  void *const *pointers, unsigned count)
{
	struct fault fault;

	if (run_kernel(program, grid, block, pointers, count, &fault) != CUDA_SUCCESS) {
		fprintf(stderr, "launch: %d: %s\n", fault.result, fault.text);
		exit(1);
	}
}

/* xorshift64*; TEST_SEED repeats a run */
static uint64_t seed;

static inline uint64_t random64(void)
{
	if (!seed) {
		const char *text = getenv("TEST_SEED");

		seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) * 2654435761u | 1;
		fprintf(stderr, "TEST_SEED=0x%llx\n", (unsigned long long)seed);
	}
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1dull;
}

/* Run the rest of main() twice: with the handlers for any x86-64, and with those for this one */
static inline void both_instruction_sets(void)
{
	pid_t child = fork();
	int status;

	if (!child) {
		setenv("SOFTGPU_ISA", "base", 1);
		return;
	}
	CHECK(waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		exit(1);
}

#endif /* SOFTGPU_ENGINE_TEST_H */
