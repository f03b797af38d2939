/* SPDX-License-Identifier: MIT */
/* engine.c - the opcode tests' kernels on softgpu's engine alone */
#include "softgpu_engine.h"
#undef CHECK	/* that of gpu.h is the same */

#include "tests/opcodes/engine.h"
#include "tests/opcodes/gpu.h"

unsigned gpu_capability(void)
{
	return 100;	/* the engine has all, whatever the device says */
}

const char *gpu_head(void)
{
	return ".version 8.7\n.target sm_90\n.address_size 64\n";
}

struct gpu_program *gpu_try(const char *text, char *log, size_t log_bytes)
{
	struct ptx_text ptx = { text, strlen(text), "test" };
	struct program *program;

	if (program_create(&program, &engine, &ptx, 1, log, log_bytes) != CUDA_SUCCESS)
		return NULL;
	return (struct gpu_program *)program;
}

struct gpu_program *gpu_load(const char *text)
{
	return (struct gpu_program *)program_from(text);
}

void gpu_run(struct gpu_program *program, unsigned grid, unsigned block, void *data, size_t bytes)
{
	void *copy = device_memory(bytes);

	memcpy(copy, data, bytes);
	run_ok((struct program *)program, grid, block, &copy, 1);
	memcpy(data, copy, bytes);
	device_release(copy);
}

void gpu_unload(struct gpu_program *program)
{
	program_destroy((struct program *)program);
}

uint64_t random_bits(void)
{
	return random64();
}

void gpu_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	exit(1);
}

void engine_open(void)
{
	engine_begin();
}

void engine_close(void)
{
	engine_fini(&engine);
}
