/* SPDX-License-Identifier: MIT */
/*
 * driver.c - the opcode tests' kernels through the driver API
 *
 * The Makefile builds a program from this, the rows of one file and the name of what checks them:
 * -DROWS_TO_CHECK=check_integer.
 */
#include "check.h"
#undef CHECK		/* that of gpu.h is the same */
#undef ARRAY_SIZE

#include "tests/opcodes/gpu.h"

struct gpu_program {
	CUmodule module;
};

static unsigned capability;

unsigned gpu_capability(void)
{
	return capability;
}

const char *gpu_head(void)
{
	static char head[64];

	/* Rows need no more than 9.0, which later GPUs have, too */
	snprintf(head, sizeof(head), ".version 8.7\n.target sm_%u\n.address_size 64\n",
		 capability > 90 ? 90 : capability);
	return head;
}

/* softgpu compiles a kernel when it is loaded */
static CUresult load_entries(CUmodule module)
{
	CUfunction functions[16];
	unsigned count;
	CUresult result = cuModuleGetFunctionCount(&count, module);

	if (result == CUDA_SUCCESS && count > ARRAY_SIZE(functions))
		result = CUDA_ERROR_INVALID_VALUE;
	if (result == CUDA_SUCCESS)
		result = cuModuleEnumerateFunctions(functions, count, module);
	for (unsigned i = 0; result == CUDA_SUCCESS && i < count; i++)
		result = cuFuncLoad(functions[i]);
	return result;
}

struct gpu_program *gpu_try(const char *text, char *log, size_t log_bytes)
{
	CUjit_option options[] = { CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
	void *values[] = { log, (void *)(uintptr_t)log_bytes };
	struct gpu_program *program = malloc(sizeof(*program));
	CUresult result;

	CHECK(program);
	result = cuModuleLoadDataEx(&program->module, text, 2, options, values);
	if (result == CUDA_SUCCESS) {
		result = load_entries(program->module);
		if (result == CUDA_SUCCESS)
			return program;
		cuModuleUnload(program->module);
	}
	if (!*log)
		snprintf(log, log_bytes, "%s", cu_name(result));
	free(program);
	return NULL;
}

struct gpu_program *gpu_load(const char *text)
{
	char log[2048] = "";
	struct gpu_program *program = gpu_try(text, log, sizeof(log));

	if (!program) {
		fprintf(stderr, "%s\n", text);
		gpu_fail(__FILE__, __LINE__, log);
	}
	return program;
}

void gpu_launch(struct gpu_program *program, const struct gpu_shape *shape, void *data, size_t bytes)
{
	CUlaunchAttribute cluster = {
		.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION,
		.value.clusterDim = { shape->cluster[0], shape->cluster[1], shape->cluster[2] },
	};
	CUlaunchConfig config = {
		shape->grid[0], shape->grid[1], shape->grid[2], shape->block[0], shape->block[1],
		shape->block[2], shape->shared, NULL, &cluster, shape->cluster[0] ? 1 : 0,
	};
	CUdeviceptr memory;
	CUfunction kernel;
	void *params[] = { &memory, (void *)(uintptr_t)shape->extra };

	CU(cuModuleGetFunction(&kernel, program->module, shape->entry ? shape->entry : "k"));
	CU(cuMemAlloc(&memory, bytes));
	CU(cuMemcpyHtoD(memory, data, bytes));
	CU(cuLaunchKernelEx(&config, kernel, params, NULL));
	CU(cuMemcpyDtoH(data, memory, bytes));
	CU(cuMemFree(memory));
}

void gpu_unload(struct gpu_program *program)
{
	CU(cuModuleUnload(program->module));
	free(program);
}

uint64_t random_bits(void)
{
	return rng();
}

void gpu_fail(const char *file, int line, const char *what)
{
	check_note(file, line, what);
	check_give_up();
	abort();
}

int main(void)
{
	CUcontext context;
	int major, minor;

	/* softgpu in this process is to have all instructions */
	setenv("QCUDA_SOFTGPU_CC", "9.0", 0);
	CU(cuInit(0));
	CU(cuDevicePrimaryCtxRetain(&context, 0));
	CU(cuCtxSetCurrent(context));
	CU(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0));
	CU(cuDeviceGetAttribute(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0));
	capability = (unsigned)(major * 10 + minor);
	if (ROWS_TO_CHECK())
		check_note(__FILE__, __LINE__, "some instructions are wrong\n");
	return finish();
}
