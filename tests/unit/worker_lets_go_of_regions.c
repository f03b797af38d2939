/* SPDX-License-Identifier: MIT */
/*
 * worker_lets_go_of_regions.c - memory that the driver has registered, and its region's end
 *
 * The guest's kernel gives the pages of a region that has ended to somebody else.  The device
 * must not reach them any more, whatever became of the context and whatever the driver says.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/guest.c tests/unit/double/regions.c */
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"
#include "tests/unit/check.h"
#include "tests/unit/double/guest.h"
#include "tests/unit/double/regions.h"

/* What the driver has registered, and how it answers */
static int registered;
static CUresult unregister_result;	/* in a context */
static CUresult unregister_in_none;

static CUresult CUDAAPI fake_register(void *p, size_t bytes, unsigned int flags)
{
	registered++;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_unregister(void *p)
{
	CUresult rc = current_context ? unregister_result : unregister_in_none;

	if (rc == CUDA_SUCCESS && !registered)
		return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
	if (rc == CUDA_SUCCESS)
		registered--;
	return rc;
}

static CUresult CUDAAPI fake_pointer_attribute(void *data, CUpointer_attribute attribute,
					       CUdeviceptr address)
{
	if (unregister_in_none != CUDA_SUCCESS)
		return unregister_in_none;
	return registered ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

static CUresult CUDAAPI fake_synchronize(void)
{
	return CUDA_SUCCESS;
}

static CUresult device_pointer_result;

static CUresult CUDAAPI fake_device_pointer(CUdeviceptr *device, void *p, unsigned int flags)
{
	*device = (CUdeviceptr)(uintptr_t)p;
	return device_pointer_result;
}

static void register_memory(void)
{
	struct wire_span span = { .region = 1, .offset = 0, .bytes = 4096 };
	CUdeviceptr device;
	uint32_t flags = 0;
	int rc;

	renew();	/* dispatch_region_gone() is for another thread */
	CHECK(post(CALL_host_register,
		   (struct arg[]){ { &span, sizeof(span) }, { &flags, 4 }, { &device, 8 } },
		   &rc) > 0);
	CHECK(rc == (int)device_pointer_result && registered == 1);
}

/* Or the device would go on writing to pages that the guest's kernel has given to somebody else */
static void registrations_end_with_their_region(void)
{
	struct wire_span span = { .region = 1, .offset = 0, .bytes = 4096, .flags = WIRE_SPAN_RUN };
	uint64_t green = handle_make(KIND_CUcontext, 1, 51), device;
	uint32_t flags = 0;
	struct arg argv[] = { { &span, sizeof(span) }, { &flags, 4 }, { &device, 8 } };
	int rc;

	driver.cuCtxSynchronize = fake_synchronize;
	driver.cuMemHostRegister_v2 = fake_register;
	driver.cuMemHostUnregister = fake_unregister;
	driver.cuMemHostGetDevicePointer_v2 = fake_device_pointer;
	driver.cuPointerGetAttribute = fake_pointer_attribute;
	CHECK(post(CALL_host_register, argv, NULL) < 0 && !registered);
	renew();
	CHECK(post(CALL_host_unregister, argv, NULL) < 0);
	renew();
	span.flags = 0;
	current = handle_make(KIND_CUcontext, 1, 50);
	CHECK(handle_put(current, (void *)0xc000, 0));
	/* the driver refuses to let go for now */
	register_memory();
	unregister_result = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	CHECK(post(CALL_host_unregister, argv, &rc) > 0 && rc == (int)unregister_result);
	unregister_result = CUDA_SUCCESS;
	dispatch_region_gone(memory, sizeof(memory));
	CHECK(!registered);
	/* half registered, and the driver would not take it back */
	device_pointer_result = CUDA_ERROR_INVALID_VALUE;
	unregister_result = CUDA_ERROR_ILLEGAL_ADDRESS;
	register_memory();
	device_pointer_result = unregister_result = CUDA_SUCCESS;
	dispatch_region_gone(memory, sizeof(memory));
	CHECK(!registered);
	/* registered in a green context, which ends, while its primary lives */
	CHECK(handle_put(green, (void *)0xc100, current));
	current = green;
	register_memory();
	current = handle_owner(green);
	handle_drop(green);
	dispatch_region_gone(memory, sizeof(memory));
	CHECK(!registered);
	handle_drop(current);
	current = 0;
}

/* The driver's contexts count, and what the driver says; and where it does not let go, all ends */
static void registrations_follow_the_driver(void)
{
	current = handle_make(KIND_CUcontext, 1, 55);
	/* the name goes, the context stays */
	CHECK(handle_put(current, (void *)0xc500, 0));
	register_memory();
	handle_drop(current);
	dispatch_region_gone(memory, sizeof(memory));
	CHECK(!registered);
	/* both go, and the registration with them */
	CHECK(handle_put(current, (void *)0xc500, 0));
	register_memory();
	handle_drop(current);
	registered = 0;
	unregister_result = unregister_in_none = CUDA_ERROR_INVALID_CONTEXT;
	dispatch_region_gone(memory, sizeof(memory));
	/* an error stays in the context, not elsewhere */
	unregister_in_none = CUDA_SUCCESS;
	unregister_result = CUDA_ERROR_ILLEGAL_ADDRESS;
	CHECK(handle_put(current, (void *)0xc500, 0));
	register_memory();
	dispatch_region_gone(memory, sizeof(memory));
	CHECK(!registered);
	/* it is everywhere */
	register_memory();
	unregister_in_none = CUDA_ERROR_ILLEGAL_ADDRESS;
	if (!setjmp(ends)) {
		dispatch_region_gone(memory, sizeof(memory));
		CHECK(!"the guest's kernel has the pages, and the device, too");
	}
	registered = 0;
	unregister_result = unregister_in_none = CUDA_SUCCESS;
	handle_drop(current);
	current = 0;
}

static int reaching = -1;	/* the device whose kernels reach all memory */

static CUresult CUDAAPI fake_count(int *n)
{
	*n = 3;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_device(CUdevice *device, int ordinal)
{
	*device = 10 + ordinal;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_attribute(int *value, CUdevice_attribute attribute, CUdevice device)
{
	*value = attribute == CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS && device == 10 + reaching;
	return CUDA_SUCCESS;
}

static void kernels_must_not_reach_the_worker(void)
{
	CHECK(!driver_reaches_process());
	driver.cuDeviceGetCount = fake_count;
	driver.cuDeviceGet = fake_device;
	driver.cuDeviceGetAttribute = fake_attribute;
	CHECK(!driver_reaches_process());
	reaching = 2;
	CHECK(driver_reaches_process());
}

int main(void)
{
	renew();
	registrations_end_with_their_region();
	registrations_follow_the_driver();
	kernels_must_not_reach_the_worker();
	dispatch_destroy(dispatch);
	return 0;
}
