/* SPDX-License-Identifier: MIT */
/*
 * driver.c - the state of the driver as a whole: initialised or not
 *
 * Nothing is torn down at exit.  Kernels and streams may still be running in other threads
 * then, and the process ends with exit_group() under them; only running launches are asked to
 * stop, so that a program that ends does not burn the processor until the last
 * atexit() handler is through.  The library is linked -z nodelete, so dlclose() does not take
 * the code away either.
 *
 * What the environment says, read by the first cuInit():
 *
 *	QCUDA_SOFTGPU_MEM	memory of the device: 512M, 6G; 4G if not given
 *	QCUDA_SOFTGPU_DEVICES	how many of them, 1 .. 16; 1 if not given
 *	QCUDA_SOFTGPU_CC	compute capability: 5.0 .. 9.0; 7.5 if not given
 *	QCUDA_SOFTGPU_LOG	file for what error codes cannot say, or "off"; standard error
 *				if not given
 *	CUDA_VISIBLE_DEVICES, CUDA_LAUNCH_BLOCKING	as NVIDIA documents them
 */
#include "softgpu/driver.h"

#include <pthread.h>
#include <stdlib.h>

#include "softgpu/device.h"
#include "softgpu/launch.h"

static pthread_once_t init_once = PTHREAD_ONCE_INIT;
static CUresult init_result;	/* of the first cuInit() */
static bool initialised;	/* atomic */
static bool launch_blocking;	/* constant once initialised */
static bool forked;		/* this is the child of a process that was initialised */
static __thread bool in_callback;

static void after_fork(void)
{
	forked = initialised;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && atoi(value);
}

static void init(void)
{
	init_result = device_init();
	if (init_result)
		return;
	launch_blocking = is_set("CUDA_LAUNCH_BLOCKING");
	pthread_atfork(NULL, NULL, after_fork);
	__atomic_store_n(&initialised, true, __ATOMIC_RELEASE);
}

CUresult cuInit(unsigned int Flags)
{
	if (Flags)
		return CUDA_ERROR_INVALID_VALUE;
	if (forked)
		return CUDA_ERROR_NOT_INITIALIZED;
	pthread_once(&init_once, init);
	return init_result;
}

CUresult cuDriverGetVersion(int *driverVersion)
{
	if (!driverVersion)
		return CUDA_ERROR_INVALID_VALUE;
	*driverVersion = DRIVER_VERSION;
	return CUDA_SUCCESS;
}

CUresult driver_enter(void)
{
	if (in_callback)
		return CUDA_ERROR_NOT_PERMITTED;
	if (forked || !__atomic_load_n(&initialised, __ATOMIC_ACQUIRE))
		return CUDA_ERROR_NOT_INITIALIZED;
	return CUDA_SUCCESS;
}

bool driver_launch_blocking(void)
{
	return launch_blocking;
}

void driver_callback(bool begins)
{
	in_callback = begins;
}

__attribute__((destructor)) static void driver_exit(void)
{
	launch_stop_all();
}
