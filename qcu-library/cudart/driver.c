/* SPDX-License-Identifier: MIT */
/*
 * The driver under the runtime.
 *
 * Nothing is linked: a program that uses the runtime starts on a machine with no
 * driver and is told so by its first call (cudaErrorInsufficientDriver).  The
 * loader finds libcuda.so.1, whichever it is; each function of driver.def is
 * looked up in it once.  One that is missing answers CUDA_ERROR_NOT_SUPPORTED,
 * so that a smaller or older driver fails only the calls that need more of it.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "cudart.h"

#define DRIVER_NAME "libcuda.so.1"

/* A runtime works on drivers of its own major version and later. */
#define DRIVER_OLDEST (CUDART_VERSION / 1000 * 1000)

struct driver driver;

static pthread_once_t loaded = PTHREAD_ONCE_INIT;
static cudaError_t load_error;
static int load_version;
static atomic_bool leaving;

#define STRING_(x) #x
#define STRING(x) STRING_(x)

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define DRIVER(function) { STRING(function), offsetof(struct driver, function) },
#include "driver.def"
#undef DRIVER
};

/* Stands in for any function: in the C ABIs of Linux the caller owns the arguments. */
static CUresult missing(void)
{
	return CUDA_ERROR_NOT_SUPPORTED;
}

static void look_up(void *library)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *function = dlsym(library, functions[i].name);

		*(void **)((char *)&driver + functions[i].offset) =
			function ? function : (void *)missing;
	}
}

static void leave(void)
{
	atomic_store(&leaving, true);
}

/* CUDA does not survive a fork: the child asks no driver for anything, not even at its exit. */
static void forget(void)
{
	load_error = cudaErrorInitializationError;
	leave();
}

static cudaError_t load(void)
{
	void *library = dlopen(DRIVER_NAME, RTLD_NOW);
	cudaError_t error;

	if (!library)
		return cudaErrorInsufficientDriver;
	look_up(library);
	/* After the driver's own handlers in registration, so before them at exit. */
	atexit(leave);
	if (driver.cuDriverGetVersion(&load_version))
		load_version = 0;
	if (load_version < DRIVER_OLDEST)
		return cudaErrorInsufficientDriver;
	error = error_from(driver.cuInit(0));
	if (!error)
		pthread_atfork(NULL, NULL, forget);
	return error;
}

static void load_once(void)
{
	load_error = load();
}

/**
 * driver_enter() - load and initialise the driver, once for the process
 *
 * Return: success; cudaErrorInsufficientDriver if there is no libcuda.so.1 or it
 * is of an older major version; else what cuInit() said, the same at every call.
 */
cudaError_t driver_enter(void)
{
	pthread_once(&loaded, load_once);
	return load_error;
}

/** driver_version() - cuDriverGetVersion(), 0 where there is no driver */
cudaError_t driver_version(int *version)
{
	pthread_once(&loaded, load_once);
	*version = load_version;
	return cudaSuccess;
}

/** driver_leaving() - the process is exiting, and with it all that the driver holds */
bool driver_leaving(void)
{
	return atomic_load(&leaving);
}
