/* SPDX-License-Identifier: MIT */
/*
 * worker_contexts_keep_their_names.c - primary and green contexts, and the resources of those
 */
/* links: qcu-device/worker_calls.c tests/unit/double/guest.c tests/unit/double/regions.c */
#include <string.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"
#include "tests/unit/check.h"
#include "tests/unit/double/guest.h"
#include "wire/channel.h"
#include "wire/payload.h"

static int called;

static int retained;

static CUresult CUDAAPI fake_retain(CUcontext *context, CUdevice device)
{
	retained++;
	*context = (CUcontext)(uintptr_t)(0xd000 + device);
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_release(CUdevice device)
{
	if (!retained)
		return CUDA_ERROR_INVALID_CONTEXT;
	retained--;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_reset(CUdevice device)
{
	return CUDA_SUCCESS;
}

static ssize_t primary(uint32_t call, uint64_t handle, CUdevice device)
{
	ssize_t n = post(call, (struct arg[]){ { &handle, 8 }, { &device, 4 } }, NULL);

	renew();
	return n;
}

/* A primary context has one name, and nobody gives back what is not theirs. */
static void primary_contexts_have_one_name(void)
{
	uint64_t one = handle_make(KIND_CUcontext, 1, 80), two = handle_make(KIND_CUcontext, 1, 81);
	uint64_t stream = handle_make(KIND_CUstream, 1, 82);
	void *object;

	driver.cuDevicePrimaryCtxRetain = fake_retain;
	driver.cuDevicePrimaryCtxRelease_v2 = fake_release;
	driver.cuDevicePrimaryCtxReset_v2 = fake_reset;
	CHECK(primary(CALL_primary_release, one, 0) < 0);
	CHECK(primary(CALL_primary_release, 0, 0) < 0);
	CHECK(primary(CALL_primary_reset, one, 0) < 0);
	CHECK(primary(CALL_primary_retain, stream, 0) < 0 && primary(CALL_primary_retain, 0, 0) < 0);
	CHECK(primary(CALL_primary_retain, one, 64) > 0 && primary(CALL_primary_retain, one, -1) > 0);
	CHECK(!retained);
	CHECK(primary(CALL_primary_retain, one, 0) > 0 && retained == 1);
	CHECK(primary(CALL_primary_retain, one, 0) < 0 && primary(CALL_primary_retain, two, 0) < 0);
	CHECK(primary(CALL_primary_retain, one, 1) < 0);
	CHECK(primary(CALL_primary_release, one, 1) < 0 && primary(CALL_primary_release, two, 0) < 0);
	CHECK(primary(CALL_primary_reset, two, 0) < 0 && primary(CALL_primary_reset, one, 1) < 0);
	CHECK(primary(CALL_primary_release, one, -1) < 0 && retained == 1);
	CHECK(handle_get(KIND_CUcontext, one, &object) && object == (void *)0xd000);
	CHECK(primary(CALL_primary_reset, one, 0) > 0 && !retained);
	CHECK(primary(CALL_primary_release, one, 0) < 0);
	CHECK(primary(CALL_primary_retain, one, 0) > 0 && retained == 1);
	CHECK(primary(CALL_primary_release, one, 0) > 0 && !retained);
	CHECK(!handle_get(KIND_CUcontext, one, &object));
}

static CUresult CUDAAPI fake_context_of_green(CUcontext *own, CUgreenCtx green)
{
	*own = (CUcontext)0xc300;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_green_destroy(CUgreenCtx green)
{
	called++;
	return CUDA_SUCCESS;
}

static void green_contexts_end_with_their_own_context(void)
{
	uint64_t green = handle_make(KIND_CUgreenCtx, 1, 52);
	uint64_t own = handle_make(KIND_CUcontext, 1, 53), other = handle_make(KIND_CUcontext, 1, 54);
	struct arg argv[] = { { &green, 8 }, { &other, 8 } };
	int rc;

	driver.cuCtxFromGreenCtx = fake_context_of_green;
	driver.cuGreenCtxDestroy = fake_green_destroy;
	CHECK(handle_put(green, (void *)0xc200, 0) && handle_put(own, (void *)0xc300, 0) &&
	      handle_put(other, (void *)0xc400, 0));
	called = 0;
	CHECK(post(CALL_green_destroy, argv, NULL) < 0 && !called);
	renew();
	argv[1].p = &own;
	CHECK(post(CALL_green_destroy, argv, &rc) > 0 && rc == 0 && called == 1);
	handle_drop(other);
}

static CUdevResource resource_of_driver;

static CUresult CUDAAPI fake_device_resource(CUdevice device, CUdevResource *resource,
					     CUdevResourceType type)
{
	*resource = resource_of_driver;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_describe(CUdevResourceDesc *desc, CUdevResource *resources,
				      unsigned int n)
{
	called++;
	*desc = (CUdevResourceDesc)0xc500;
	return CUDA_SUCCESS;
}

/* The number of an entry is the guest's to say; what is in it is not. */
static void resources_are_what_they_were(void)
{
	uint64_t desc = handle_make(KIND_CUdevResourceDesc, 1, 55);
	struct wire_dev_resource sent = { 0 }, got, bad[4];
	uint32_t n = 1, type = CU_DEV_RESOURCE_TYPE_SM;
	CUdevice device = 0;
	struct arg ask[] = { { &sent, sizeof(sent) }, { &device, 4 }, { &type, 4 } };
	struct arg describe[] = { { &desc, 8 }, { &n, 4 }, { &got, sizeof(got) } };
	int rc;

	driver.cuDeviceGetDevResource = fake_device_resource;
	driver.cuDevResourceGenerateDesc = fake_describe;
	resource_of_driver = (CUdevResource){ .type = CU_DEV_RESOURCE_TYPE_SM, .sm.smCount = 8 };
	CHECK(post(CALL_resource_of_device, ask, &rc) > 0 && rc == 0);
	memcpy(&got, reply + sizeof(struct wire_reply), sizeof(got));
	CHECK(got.type == CU_DEV_RESOURCE_TYPE_SM && got.sms == 8);
	/* of a kind that this host does not know: nothing is shown */
	resource_of_driver.type = 77;
	CHECK(post(CALL_resource_of_device, ask, &rc) > 0 && rc == CUDA_ERROR_INVALID_RESOURCE_TYPE);
	for (int i = 0; i < 4; i++)
		bad[i] = got;
	bad[0].number = 1;
	bad[1].number = UINT64_MAX;
	bad[2].sms = 9;
	bad[3].type = 77;
	called = 0;
	for (int i = 0; i < 4; i++) {
		describe[2].p = &bad[i];
		CHECK(post(CALL_resource_describe, describe, &rc) > 0 && rc != 0);
	}
	CHECK(!called);
	describe[2].p = &got;
	CHECK(post(CALL_resource_describe, describe, &rc) > 0 && rc == 0 && called == 1);
	handle_drop(desc);
}

int main(void)
{
	renew();
	primary_contexts_have_one_name();
	green_contexts_end_with_their_own_context();
	resources_are_what_they_were();
	dispatch_destroy(dispatch);
	return 0;
}
