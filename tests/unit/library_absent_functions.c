/* SPDX-License-Identifier: MIT */
/*
 * What is not served, of both libraries, may be linked to and says so: graphics interop, external
 * memory and semaphores, multicast, checkpoints.  The driver first asks for cuInit().
 */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cuda.h>
#include <cuda_runtime_api.h>

static const char *test_call = "none";

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, test_call);     \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

/* Built two directories above the test: BUILD/lib, BUILD/tests/unit. */
static void *open_library(const char *name)
{
	char self[PATH_MAX] = "", path[PATH_MAX + 128];

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return NULL;
	snprintf(path, sizeof(path), "%s/../../lib/%s", dirname(self), name);
	return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static const char *const of_driver[] = {
#define ABSENT(name, why) #name,
#include "wire/calls.def"
#define GRAPHICS(name) #name,
#include "wire/graphics.def"
};

#define CUDART_MAJOR (CUDART_VERSION / 1000)
static const char *const of_runtime[] = {
#define ABSENT(name) #name,
#include "qcu-library/cudart/absent.def"
#undef ABSENT
};

int main(void)
{
	void *driver = open_library("libcuda.so.1"), *runtime = open_library(CUDART);

	CHECK(driver && runtime);
	for (size_t i = 0; i < sizeof(of_driver) / sizeof(*of_driver); i++) {
		int (*function)(void) = (int (*)(void))dlsym(driver, of_driver[i]);

		test_call = of_driver[i];
		CHECK(function && function() == CUDA_ERROR_NOT_INITIALIZED);
	}
	for (size_t i = 0; i < sizeof(of_runtime) / sizeof(*of_runtime); i++) {
		int (*function)(void) = (int (*)(void))dlsym(runtime, of_runtime[i]);

		test_call = of_runtime[i];
		CHECK(function && function() == cudaErrorNotSupported);
	}
	printf("%zu functions of the driver, %zu of the runtime\n",
	       sizeof(of_driver) / sizeof(*of_driver), sizeof(of_runtime) / sizeof(*of_runtime));
	return 0;
}
