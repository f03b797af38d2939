/* SPDX-License-Identifier: MIT */
/*
 * Which context a call runs in.
 *
 * The runtime's device is the device of the thread's current driver context, so
 * that programs may mix both APIs; a thread without one gets the primary context
 * of the device it last chose (0 at first), retained when the first thread needs
 * it.  cudaDeviceReset() destroys a primary context under all threads: it raises
 * the generation, and each thread that meets a newer one than its own looks
 * whether its context was among the dead and then makes the new one current.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "cudart.h"
#include "fatbin.h"

#define DEVICES_MAX 256

/* A primary context: the one retained, or else the one that a reset has ended. */
struct primary {
	CUcontext live;
	CUcontext dead;
};

/* Taken before the registry's locks, never after. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct primary primaries[DEVICES_MAX];
static atomic_uint generation = 1;
static atomic_int default_device;

static __thread struct {
	int device;
	bool chosen; /* by cudaSetDevice(); else the default device is meant */
	unsigned int generation;
} self;

int context_default_device(void)
{
	return self.chosen ? self.device : atomic_load(&default_device);
}

/** context_set_default_device() - the device of threads that never called cudaSetDevice() */
void context_set_default_device(int device)
{
	atomic_store(&default_device, device);
}

/*
 * Some errors outlive the context that they ended (cudaErrorIllegalAddress: "the process must be
 * terminated and relaunched"), and a reset with it.  Of the context after the reset NVIDIA's runtime
 * then says that the device is not available, not that old error.
 */
static cudaError_t check_after_reset(const struct primary *primary, cudaError_t error)
{
	if (!primary->dead)
		return error;
	return error || driver.cuCtxSynchronize() ? cudaErrorDevicesUnavailable : cudaSuccess;
}

/* Retain and announce the primary context.  Called with the lock held. */
static cudaError_t retain(int device, CUcontext *context)
{
	struct primary *primary = &primaries[device];
	CUcontext previous = NULL;
	CUdevice handle;
	cudaError_t error;

	if (primary->live)
		goto out;
	error = error_from(driver.cuDeviceGet(&handle, device));
	if (!error)
		error = error_from(driver.cuDevicePrimaryCtxRetain(&primary->live, handle));
	if (error) {
		primary->live = NULL;
		return check_after_reset(primary, error);
	}
	driver.cuCtxGetCurrent(&previous);
	error = check_after_reset(primary, error_from(driver.cuCtxSetCurrent(primary->live)));
	if (!error)
		fatbin_context_created();
	driver.cuCtxSetCurrent(previous);
	if (error && primary->dead) {
		driver.cuDevicePrimaryCtxRelease(handle);
		primary->live = NULL;
		return error;
	}
out:
	*context = primary->live;
	return cudaSuccess;
}

/**
 * context_retain() - the primary context of a device, created if need be
 * @device: ordinal; cudaErrorInvalidDevice if there is none
 *
 * The runtime holds one reference for all threads until cudaDeviceReset().
 */
cudaError_t context_retain(int device, CUcontext *context)
{
	cudaError_t error = driver_enter();

	if (error)
		return error;
	if (device < 0 || device >= DEVICES_MAX)
		return cudaErrorInvalidDevice;
	pthread_mutex_lock(&lock);
	error = retain(device, context);
	pthread_mutex_unlock(&lock);
	return error;
}

static cudaError_t make_current(int device)
{
	CUcontext context;
	cudaError_t error = context_retain(device, &context);

	return error ? error : error_from(driver.cuCtxSetCurrent(context));
}

/** context_select() - make a device the calling thread's, as cudaSetDevice() does */
cudaError_t context_select(int device)
{
	unsigned int now = atomic_load(&generation);
	cudaError_t error = make_current(device);

	if (error)
		return error;
	self.device = device;
	self.chosen = true;
	self.generation = now;
	return cudaSuccess;
}

/* The device whose primary context @context was before a reset ended it, or -1. */
static int dead_device(CUcontext context)
{
	int device = -1;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < DEVICES_MAX && device < 0; i++)
		if (primaries[i].dead == context && primaries[i].live != context)
			device = i;
	pthread_mutex_unlock(&lock);
	return device;
}

/**
 * context_enter() - have a live context current on the calling thread
 *
 * Every call that touches a device begins here.
 */
cudaError_t context_enter(void)
{
	unsigned int now = atomic_load(&generation);
	cudaError_t error = driver_enter();
	CUcontext context = NULL;
	int device;

	if (error)
		return error;
	error = error_from(driver.cuCtxGetCurrent(&context));
	if (error)
		return error;
	if (context && self.generation == now)
		return cudaSuccess;
	device = context ? dead_device(context) : context_default_device();
	if (device >= 0)
		error = make_current(device);
	if (!error)
		self.generation = now;
	return error;
}

/** context_device() - the device of the calling thread, without creating a context */
cudaError_t context_device(CUdevice *device)
{
	cudaError_t error = driver_enter();
	CUcontext context = NULL;

	if (error)
		return error;
	error = error_from(driver.cuCtxGetCurrent(&context));
	if (error)
		return error;
	if (context && driver.cuCtxGetDevice(device) == CUDA_SUCCESS)
		return cudaSuccess;
	return error_from(driver.cuDeviceGet(device, context_default_device()));
}

/**
 * context_reset() - destroy the primary context of the calling thread's device
 *
 * The thread keeps its device; the next call begins anew in a fresh context.
 */
cudaError_t context_reset(void)
{
	CUdevice handle;
	cudaError_t error = context_device(&handle);
	struct primary *primary;

	if (error)
		return error;
	pthread_mutex_lock(&lock);
	primary = &primaries[handle];
	error = error_from(driver.cuDevicePrimaryCtxReset(handle));
	if (!error && primary->live) {
		driver.cuDevicePrimaryCtxRelease(handle);
		primary->dead = primary->live;
		primary->live = NULL;
		atomic_fetch_add(&generation, 1);
	}
	pthread_mutex_unlock(&lock);
	if (!error) {
		driver.cuCtxSetCurrent(NULL);
		self.device = handle;
		self.chosen = true;
	}
	return error;
}
