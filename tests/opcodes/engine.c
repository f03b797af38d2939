/* SPDX-License-Identifier: MIT */
/* engine.c - the opcode tests' kernels on softgpu's engine alone */
#include "softgpu_engine.h"
#undef CHECK	/* that of gpu.h is the same */

#include "tests/opcodes/coverage.h"
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
	for (unsigned i = 0; i < program_kernel_count(program); i++) {
		if (kernel_prepare(program_kernel_at(program, i), log, log_bytes) != CUDA_SUCCESS) {
			program_destroy(program);
			return NULL;
		}
	}
	return (struct gpu_program *)program;
}

struct gpu_program *gpu_load(const char *text)
{
	return (struct gpu_program *)program_from(text);
}

void gpu_launch(struct gpu_program *program, const struct gpu_shape *shape, void *data, size_t bytes)
{
	struct {
		void *data __attribute__((aligned(16)));
		unsigned char extra[EXTRA_BYTES] __attribute__((aligned(16)));
	} params = { .data = device_memory(bytes) };
	struct launch launch = {
		.engine = &engine,
		.kernel = program_kernel((struct program *)program, shape->entry ? shape->entry : "k"),
		.grid = { shape->grid[0], shape->grid[1], shape->grid[2] },
		.block = { shape->block[0], shape->block[1], shape->block[2] },
		.cluster = { shape->cluster[0], shape->cluster[1], shape->cluster[2] },
		.dynamic_shared = shape->shared, .params = &params,
		.params_bytes = shape->extra ? sizeof(params) : sizeof(params.data), .timeout_ms = 20000,
	};
	struct fault fault;

	if (shape->extra)
		memcpy(params.extra, shape->extra, EXTRA_BYTES);
	memcpy(params.data, data, bytes);
	if (launch_run(&launch, &fault) != CUDA_SUCCESS)
		gpu_fail(__FILE__, __LINE__, fault.text);
	memcpy(data, params.data, bytes);
	device_release(params.data);
}

void gpu_unload(struct gpu_program *program)
{
	coverage_note((struct program *)program);
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
