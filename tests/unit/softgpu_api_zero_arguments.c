/* SPDX-License-Identifier: MIT */
/*
 * Every exported function, called with nothing but zeros, returns: before cuInit(), without a
 * context, with one, and in the child of a fork.  And every function has a name that
 * cuGetProcAddress() finds unless it answers "not supported".
 */
#include <cuda.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/softgpu_driver.h"

typedef CUresult (*any_fn)(size_t, size_t, size_t, size_t, size_t, size_t, size_t, size_t, size_t,
			   size_t, size_t, size_t, size_t, size_t, size_t, size_t);

static const struct {
	const char *symbol, *name;
	int version;
	bool per_thread;
} rows[] = {
#define ANY false
#define LEGACY false
#define THREAD true
#define EXPORT(symbol, name, version, stream) { #symbol, #name, version, stream },
#include "wire/exports.def"
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void *driver;

static any_fn function(const char *symbol)
{
	any_fn fn = (any_fn)dlsym(driver, symbol);

	if (!fn)
		fprintf(stderr, "%s is not exported\n", symbol);
	CHECK(fn);
	return fn;
}

static CUresult zeros(const char *symbol)
{
	return function(symbol)(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

static int call_all(void)
{
	int missing = 0;

	for (int i = 0; i < ROWS; i++)
		if (strcmp(rows[i].symbol, "cuInit"))
			missing += zeros(rows[i].symbol) == CUDA_ERROR_NOT_SUPPORTED;
	return missing;
}

static void names_lead_to_symbols(void)
{
	CUresult (*find)(const char *, void **, int, cuuint64_t, CUdriverProcAddressQueryResult *);
	CUdriverProcAddressQueryResult status;
	void *address;

	find = (void *)function("cuGetProcAddress_v2");
	for (int i = 0; i < ROWS; i++) {
		cuuint64_t flags = rows[i].per_thread ?
					   CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM :
					   CU_GET_PROC_ADDRESS_LEGACY_STREAM;

		CHECK(!find(rows[i].name, &address, rows[i].version, flags, &status));
		if (status == CU_GET_PROC_ADDRESS_SUCCESS)
			CHECK(address);
		else
			CHECK(!address);
	}
	CHECK(!find("cuMemAlloc", &address, 12000, 0, &status));
	CHECK(address == (void *)function("cuMemAlloc_v2"));
	CHECK(!find("cuCtxCreate", &address, 11040, 0, &status));
	CHECK(address == (void *)function("cuCtxCreate_v3"));
	CHECK(!find("cuMemcpyAsync", &address, 12000,
		    CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM, &status));
	CHECK(address == (void *)function("cuMemcpyAsync_ptsz"));
}

int main(void)
{
	CUresult (*create)(CUcontext *, unsigned int, CUdevice);
	CUcontext context;
	int missing, status;
	pid_t child;

	alarm(60);
	driver = softgpu_driver();
	call_all();
	CHECK(zeros("cuMemFree_v2") == CUDA_ERROR_NOT_INITIALIZED);
	CHECK(!zeros("cuInit"));
	missing = call_all();
	CHECK(zeros("cuMemFree_v2") == CUDA_ERROR_INVALID_CONTEXT);
	create = (void *)function("cuCtxCreate_v2");
	CHECK(!create(&context, 0, 0));
	CHECK(zeros("cuMemFree_v2") == CUDA_SUCCESS);
	call_all();
	names_lead_to_symbols();
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		CHECK(zeros("cuInit") == CUDA_ERROR_NOT_INITIALIZED);
		call_all();
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	printf("%d functions, %d not supported\n", ROWS, missing);
	return 0;
}
