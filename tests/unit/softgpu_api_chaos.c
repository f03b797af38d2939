/* SPDX-License-Identifier: MIT */
/*
 * Four threads make random calls of the driver API on the same handles, valid, stale and invented,
 * while streams, events, memory, modules and contexts come and go under them.  Any error will
 * do; a crash or a hang will not.
 */
#include <cuda.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/softgpu_driver.h"

#define FUNCTIONS(F)                                                                               \
	F(cuInit) F(cuDevicePrimaryCtxRetain) F(cuDevicePrimaryCtxRelease_v2)                      \
	F(cuDevicePrimaryCtxReset_v2) F(cuCtxSetCurrent) F(cuCtxSynchronize) F(cuCtxDestroy_v2)    \
	F(cuMemAlloc_v2) F(cuMemFree_v2) F(cuMemAllocAsync) F(cuMemFreeAsync) F(cuMemHostAlloc)    \
	F(cuMemFreeHost) F(cuMemcpyHtoDAsync_v2) F(cuMemcpyDtoHAsync_v2) F(cuMemcpyDtoDAsync_v2)   \
	F(cuMemsetD8Async) F(cuStreamCreate) F(cuStreamDestroy_v2) F(cuStreamSynchronize)          \
	F(cuStreamQuery) F(cuStreamWaitEvent) F(cuEventCreate) F(cuEventDestroy_v2)                \
	F(cuEventRecord) F(cuEventQuery) F(cuEventSynchronize) F(cuEventElapsedTime_v2)            \
	F(cuLaunchHostFunc) F(cuModuleLoadData) F(cuModuleUnload) F(cuModuleGetFunction)           \
	F(cuLaunchKernel) F(cuPointerGetAttributes) F(cuLibraryLoadData) F(cuLibraryUnload)        \
	F(cuLibraryGetKernel) F(cuCtxCreate_v4)

#define DECLARE(name) static __typeof__(name) *do_##name;
FUNCTIONS(DECLARE)

enum { SLOTS = 8, THREADS = 4, PAGE = 4096 };

static const char ptx[] =
	".version 6.4\n.target sm_50\n.address_size 64\n"
	".visible .global .align 4 .u32 counter;\n"
	".visible .entry count(.param .u64 p)\n{\n"
	"	.reg .pred %p<2>;\n	.reg .b32 %r<2>;\n	.reg .b64 %rd<2>;\n"
	"	ld.param.u64 %rd1, [p];\n	setp.ne.s64 %p1, %rd1, 0;\n"
	"	@%p1 bra USE;\n	mov.u64 %rd1, counter;\n"
	"USE:	ld.global.u32 %r1, [%rd1];\n"
	"	st.global.u32 [%rd1], %r1;\n	ret;\n}\n";

/* What all threads share, read and written with get() and set() */
static struct {
	uintptr_t stream[SLOTS], event[SLOTS], module[SLOTS], function[SLOTS], library[SLOTS];
	uintptr_t memory[SLOTS];
} shared;

/*
 * The bytes of the memory are not touched under the thread sanitizer: two streams that copy to one
 * place are this program's race, and real.
 */
#ifdef __SANITIZE_THREAD__
enum { COPIED = 0 };
#else
enum { COPIED = PAGE };
#endif

static uintptr_t get(const uintptr_t *slot)
{
	return __atomic_load_n(slot, __ATOMIC_RELAXED);
}

static void set(uintptr_t *slot, void *value)
{
	__atomic_store_n(slot, (uintptr_t)value, __ATOMIC_RELAXED);
}

static unsigned int calls;

static void open_driver(void)
{
	void *driver = softgpu_driver();

#define FIND(name) do_##name = dlsym(driver, #name); CHECK(do_##name);
	FUNCTIONS(FIND)
}

static void host_function(void *data)
{
	CHECK(do_cuCtxSynchronize() == CUDA_ERROR_NOT_PERMITTED);
}

/* One of the shared things, or nothing, or nonsense */
static void *pick(const uintptr_t *slots, unsigned int *seed)
{
	int i = rand_r(seed) % 20;

	if (i == 0)
		return (void *)(uintptr_t)(rand_r(seed) * 8ull);
	return i == 1 ? NULL : (void *)get(&slots[i % SLOTS]);
}

static CUstream stream(unsigned int *seed)
{
	static const CUstream defaults[] = { NULL, (CUstream)1, (CUstream)2 };

	return rand_r(seed) % 3 ? pick(shared.stream, seed) : defaults[rand_r(seed) % 3];
}

static void make(unsigned int *seed)
{
	int i = rand_r(seed) % SLOTS;
	CUdeviceptr memory = 0;
	void *made = NULL;

	switch (rand_r(seed) % 8) {
	case 0:
		do_cuStreamCreate((CUstream *)&made, rand_r(seed) % 2);
		set(&shared.stream[i], made);
		break;
	case 1:
		do_cuEventCreate((CUevent *)&made, rand_r(seed) % 4);
		set(&shared.event[i], made);
		break;
	case 2:
		do_cuMemAlloc_v2(&memory, PAGE);
		set(&shared.memory[i], (void *)memory);
		break;
	case 3:
		do_cuMemAllocAsync(&memory, PAGE, stream(seed));
		set(&shared.memory[i], (void *)memory);
		break;
	case 4:
		do_cuModuleLoadData((CUmodule *)&made, ptx);
		set(&shared.module[i], made);
		break;
	case 5:
		do_cuModuleGetFunction((CUfunction *)&made, pick(shared.module, seed), "count");
		set(&shared.function[i], made);
		break;
	case 6:
		do_cuLibraryLoadData((CUlibrary *)&made, ptx, NULL, NULL, 0, NULL, NULL, 0);
		set(&shared.library[i], made);
		break;
	case 7:
		do_cuLibraryGetKernel((CUkernel *)&made, pick(shared.library, seed), "count");
		set(&shared.function[i], made);
		break;
	}
}

static void use(unsigned int *seed, char *bytes)
{
	CUdeviceptr memory = get(&shared.memory[rand_r(seed) % SLOTS]);
	void *params[] = { &memory };
	float ms;

	switch (rand_r(seed) % 12) {
	case 0:
		do_cuMemcpyHtoDAsync_v2(memory, bytes, COPIED, stream(seed));
		break;
	case 1:
		do_cuMemcpyDtoHAsync_v2(bytes, memory, COPIED, stream(seed));
		break;
	case 2:
		do_cuMemsetD8Async(memory, 1, COPIED, stream(seed));
		break;
	case 3:
		do_cuStreamWaitEvent(stream(seed), pick(shared.event, seed), 0);
		break;
	case 4:
	case 5:
		do_cuEventRecord(pick(shared.event, seed), stream(seed));
		break;
	case 6:
		do_cuEventElapsedTime_v2(&ms, pick(shared.event, seed), pick(shared.event, seed));
		break;
	case 7:
		do_cuLaunchHostFunc(stream(seed), host_function, NULL);
		break;
	case 8:
	case 9:
		if (!COPIED || rand_r(seed) % 40)	/* its own variable; else one that may be gone */
			memory = 0;
		do_cuLaunchKernel(pick(shared.function, seed), 1, 1, 1, 32, 1, 1, 0,
				  stream(seed), params, NULL);
		break;
	case 10:
		do_cuEventSynchronize(pick(shared.event, seed));
		break;
	case 11:
		do_cuStreamSynchronize(stream(seed));
		break;
	}
}

static void destroy(unsigned int *seed)
{
	CUdeviceptr memory = get(&shared.memory[rand_r(seed) % SLOTS]);

	switch (rand_r(seed) % 6) {
	case 0:
		do_cuStreamDestroy_v2(pick(shared.stream, seed));
		break;
	case 1:
		do_cuEventDestroy_v2(pick(shared.event, seed));
		break;
	case 2:
		do_cuMemFree_v2(memory);
		break;
	case 3:
		do_cuMemFreeAsync(memory, stream(seed));
		break;
	case 4:
		do_cuModuleUnload(pick(shared.module, seed));
		break;
	case 5:
		do_cuLibraryUnload(pick(shared.library, seed));
		break;
	}
}

/* Sometimes a context of the thread's own, sometimes the primary one is reset for all. */
static void change_context(unsigned int *seed)
{
	CUcontext context;

	if (rand_r(seed) % 4 == 0)
		do_cuDevicePrimaryCtxReset_v2(0);
	if (!do_cuDevicePrimaryCtxRetain(&context, 0))
		do_cuCtxSetCurrent(context);
	if (rand_r(seed) % 4 == 0 && !do_cuCtxCreate_v4(&context, NULL, 0, 0)) {
		make(seed);
		do_cuCtxDestroy_v2(context);
	}
}

static void *chaos(void *argument)
{
	unsigned int seed = (unsigned int)(uintptr_t)argument;
	char *bytes = malloc(PAGE);

	CHECK(bytes);
	for (unsigned int i = 0; i < calls; i++) {
		int what = rand_r(&seed) % 100;

		if (i % 500 == 0 || what == 99)
			change_context(&seed);
		if (what < 25)
			make(&seed);
		else if (what < 85)
			use(&seed, bytes);
		else
			destroy(&seed);
	}
	do_cuCtxSynchronize();
	free(bytes);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	unsigned int seed = argc > 1 ? (unsigned int)atoi(argv[1]) : 1;

	calls = argc > 2 ? (unsigned int)atoi(argv[2]) : 20000;
	setenv("QCUDA_SOFTGPU_LOG", "off", 1);
	alarm(300);
	open_driver();
	CHECK(!do_cuInit(0));
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, chaos, (void *)(seed * 100 + i)));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	return 0;
}
