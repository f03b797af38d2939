/* SPDX-License-Identifier: MIT */
/*
 * ptx.c - fuzz the PTX parser, the linker and the decoder, and run what they let through
 *
 * The input is a text.  Kernels run with little memory and for a few milliseconds.
 */
#include "tests/unit/softgpu_engine.h"
#include "softgpu/texture.h"

#define DATA_BYTES	4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void swallow(void *context, const char *text, size_t bytes)
{
}

/* Number 1 is a texture of two levels, number 2 a surface */
static void make_textures(void)
{
	static _Alignas(16) unsigned char texels[4096];
	const struct texture_image image = {
		.address = (uintptr_t)texels, .width = 8, .height = 4, .depth = 3, .pitch = 128,
		.slice = 512,
	};
	struct texture texture = {
		.kind = TEXTURE_SAMPLED, .format = { CHANNEL_S16, 4, false }, .floats = true,
		.normalized = true, .layered = true, .dims = 2, .levels = 2,
		.image = { image, image }, .filter = CU_TR_FILTER_MODE_LINEAR, .lod_max = 9,
		.level_filter = CU_TR_FILTER_MODE_LINEAR, .address_mode = {
			CU_TR_ADDRESS_MODE_MIRROR, CU_TR_ADDRESS_MODE_BORDER,
		},
	};

	CHECK(texture_add(&texture) == 1);
	texture.kind = TEXTURE_SURFACE;
	CHECK(texture_add(&texture) == 2);
}

static void begin_once(void)
{
	if (engine.memory.find)
		return;
	engine_begin();
	engine.print = swallow;
	make_textures();
}

static void run(struct kernel *kernel)
{
	unsigned char params[256] = { 0 };
	void *data = device_memory(DATA_BYTES);
	struct kernel_info info;
	struct fault fault;
	struct launch launch = {
		.engine = &engine, .kernel = kernel, .grid = { 1, 1, 1 }, .block = { 40, 1, 1 },
		.dynamic_shared = 64, .params = params, .params_bytes = sizeof(params),
		.timeout_ms = 5,
	};

	memcpy(params, &data, sizeof(data));
	kernel_info(kernel, &info);
	if (info.param_bytes <= sizeof(params) && info.max_threads >= 40 && info.local < 65536 &&
	    launch_run(&launch, &fault) != CUDA_SUCCESS)
		CHECK(*fault.text);
	device_release(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ptx_text ptx = { (const char *)data, size, "fuzz" };
	struct program *program;
	CUresult result;
	char log[512];

	begin_once();
	result = program_create(&program, &engine, &ptx, 1, log, sizeof(log));
	if (result != CUDA_SUCCESS) {
		CHECK(*log || result == CUDA_ERROR_OUT_OF_MEMORY);
		return 0;
	}
	for (unsigned i = 0; i < program_kernel_count(program) && i < 8; i++) {
		struct kernel *kernel = program_kernel_at(program, i);

		if (kernel_prepare(kernel, log, sizeof(log)) == CUDA_SUCCESS)
			run(kernel);
		else
			CHECK(*log);
	}
	program_destroy(program);
	return 0;
}
