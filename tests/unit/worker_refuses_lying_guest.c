/* SPDX-License-Identifier: MIT */
/*
 * worker_refuses_lying_guest.c - the row is the guard
 *
 * Commands as a hostile guest would write them, handed to the dispatcher with a
 * driver made of counters: what the rows refuse never reaches the driver, and
 * what is merely wrong gets CUDA's error and leaves the session alive.
 */
/* links: qcu-device/worker_calls.c */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/control.h"
#include "qcu-device/worker/dispatch.h"
#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/region.h"
#include "tests/unit/check.h"
#include "wire/channel.h"
#include "wire/codec.h"

#define REPLY_CAP 8192

#define HUGE_REGION (1ull << 40)	/* region 3: the same pages again and again */

static uint8_t memory[4096];	/* region 1 of this guest */
static int called;
static jmp_buf ends;	/* where the session does */

void control_end(const char *why)
{
	longjmp(ends, 1);
}

bool region_get(uint32_t id, struct region_ref *out)
{
	*out = (struct region_ref){ .base = memory,
				    .length = id == 3 ? HUGE_REGION : sizeof(memory) };
	return id == 1 || id == 3;
}

void region_put(struct region_ref *ref)
{
}

bool region_run_get(const struct region_ref *ref, uint64_t end)
{
	return false;
}

void region_run_put(void)
{
}

bool region_vaddr(const void *address, uint64_t *vaddr)
{
	return false;
}

static CUresult CUDAAPI fake_alloc(CUdeviceptr *dptr, size_t bytes)
{
	called++;
	*dptr = 0x1000 + bytes;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_read(void *dst, CUdeviceptr src, size_t bytes)
{
	called++;
	memset(dst, 0xaa, bytes);
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_stream_create(CUstream *stream, unsigned int flags)
{
	called++;
	*stream = (CUstream)0x5000;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_stream_sync(CUstream stream)
{
	called++;
	return stream == (CUstream)0x5000 || stream == CU_STREAM_PER_THREAD ? CUDA_SUCCESS :
									      CUDA_ERROR_UNKNOWN;
}

static CUresult CUDAAPI fake_get_function(CUfunction *function, CUmodule module, const char *name)
{
	called++;
	*function = (CUfunction)(uintptr_t)strlen(name);
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_copy3d(const CUDA_MEMCPY3D *copy)
{
	called++;
	return CUDA_SUCCESS;
}

static struct dispatch *dispatch;
static _Alignas(8) uint8_t reply[REPLY_CAP];

static uint64_t current;	/* context of the commands */

/* Send one call; returns what dispatch_command() does, the CUresult in @rc. */
static ssize_t send(uint32_t id, const struct arg *argv, int *rc)
{
	const struct call *call = call_find(id);
	struct wire_command header = { .call = id, .flags = WIRE_WANT_REPLY, .context = current };
	struct request request;
	uint8_t *command, *at;
	ssize_t n;

	CHECK(request_encode(&request, call, argv));
	header.bytes = sizeof(header) + request.bytes;
	command = malloc(header.bytes);
	memcpy(command, &header, sizeof(header));
	at = command + sizeof(header);
	for (int i = 0; i < request.n_iov; i++) {
		memcpy(at, request.iov[i].iov_base, request.iov[i].iov_len);
		at += request.iov[i].iov_len;
	}
	n = dispatch_command(dispatch, command, header.bytes, reply, REPLY_CAP);
	if (n > 0 && rc)
		*rc = ((struct wire_reply *)reply)->result;
	free(command);
	return n;
}

/* dispatch_refuse() ends a session; this test goes on with a new one. */
static void renew(void)
{
	dispatch_destroy(dispatch);
	dispatch = dispatch_create(0);
	CHECK(dispatch);
}

static void sizes_must_be_the_rows(void)
{
	uint64_t dptr = 0, bytes = 64, huge = 1 << 20;
	uint8_t data[64];
	int rc;

	called = 0;
	/* fine */
	CHECK(send(CALL_cuMemAlloc_v2, (struct arg[]){ { &dptr, 8 }, { &bytes, 8 } }, &rc) > 0);
	CHECK(rc == 0 && called == 1);
	memcpy(&dptr, reply + sizeof(struct wire_reply), 8);
	CHECK(dptr == 0x1000 + 64);
	/* short scalar, short output, missing scalar */
	CHECK(send(CALL_cuMemAlloc_v2, (struct arg[]){ { &dptr, 8 }, { &bytes, 4 } }, NULL) < 0);
	CHECK(send(CALL_cuMemAlloc_v2, (struct arg[]){ { &dptr, 4 }, { &bytes, 8 } }, NULL) < 0);
	CHECK(send(CALL_cuMemAlloc_v2, (struct arg[]){ { &dptr, 8 }, { NULL, ARG_NONE } }, NULL) < 0);
	/* a buffer shorter than the count says, and one that does not fit a reply */
	CHECK(send(CALL_read_inline, (struct arg[]){ { &dptr, 8 }, { &bytes, 8 }, { data, 8 } },
		   NULL) < 0);
	CHECK(send(CALL_read_inline, (struct arg[]){ { &dptr, 8 }, { &huge, 8 }, { data, 64 } },
		   NULL) < 0);
	CHECK(send(CALL_read_inline, (struct arg[]){ { &dptr, 8 }, { &huge, 8 }, { data, huge } },
		   NULL) < 0);
	CHECK(called == 1);
	renew();
	CHECK(send(CALL_read_inline, (struct arg[]){ { &dptr, 8 }, { &bytes, 8 }, { data, 64 } },
		   &rc) > 0);
	CHECK(rc == 0 && called == 2);
}

static void handles_must_be_known_and_of_their_kind(void)
{
	uint64_t stream = handle_make(KIND_CUstream, 1, 5), wrong = handle_make(KIND_CUevent, 1, 5);
	uint64_t stale = handle_make(KIND_CUstream, 0, 5), host_pointer = 0x5000;
	uint32_t flags = 0;
	int rc;

	called = 0;
	CHECK(send(CALL_cuStreamCreate, (struct arg[]){ { &stream, 8 }, { &flags, 4 } }, &rc) > 0);
	CHECK(rc == 0 && called == 1);
	CHECK(send(CALL_cuStreamSynchronize, (struct arg[]){ { &stream, 8 } }, &rc) > 0 && rc == 0);
	CHECK(called == 2);
	CHECK(send(CALL_cuStreamSynchronize, (struct arg[]){ { &wrong, 8 } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(send(CALL_cuStreamSynchronize, (struct arg[]){ { &stale, 8 } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(send(CALL_cuStreamSynchronize, (struct arg[]){ { &host_pointer, 8 } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_HANDLE && called == 2);
	/* a name in use, a name of another kind, an index beyond the table */
	CHECK(send(CALL_cuStreamCreate, (struct arg[]){ { &stream, 8 }, { &flags, 4 } }, NULL) < 0);
	renew();
	CHECK(send(CALL_cuStreamCreate, (struct arg[]){ { &wrong, 8 }, { &flags, 4 } }, NULL) < 0);
	renew();
	stream = handle_make(KIND_CUstream, 1, HANDLE_INDEX_MAX);
	CHECK(send(CALL_cuStreamCreate, (struct arg[]){ { &stream, 8 }, { &flags, 4 } }, NULL) < 0);
	renew();
	CHECK(called == 2);
}

static void strings_must_end(void)
{
	uint64_t module = handle_make(KIND_CUmodule, 1, 6), function;
	int rc;

	CHECK(handle_put(module, (void *)0x6000, 0));
	called = 0;
	function = handle_make(KIND_CUfunction, 1, 7);
	CHECK(send(CALL_cuModuleGetFunction,
		   (struct arg[]){ { &function, 8 }, { &module, 8 }, { "abc", 3 } }, NULL) < 0);
	CHECK(send(CALL_cuModuleGetFunction,
		   (struct arg[]){ { &function, 8 }, { &module, 8 }, { "", 0 } }, NULL) < 0);
	CHECK(called == 0);
	CHECK(send(CALL_cuModuleGetFunction,
		   (struct arg[]){ { &function, 8 }, { &module, 8 }, { "abc", 4 } }, &rc) > 0);
	CHECK(rc == 0 && called == 1);
	/* the function dies with its module */
	handle_drop(module);
	void *object;
	CHECK(!handle_get(KIND_CUfunction, function, &object));
}

static void spans_must_lie_in_their_region(void)
{
	static const struct wire_span bad[] = {
		{ .region = 2, .bytes = 1 },
		{ .region = 1, .offset = 4096, .bytes = 1 },
		{ .region = 1, .offset = 1, .bytes = 4096 },
		{ .region = 1, .offset = UINT64_MAX, .bytes = 2 },
	};
	struct wire_span good = { .region = 1, .offset = 96, .bytes = 4000 };
	uint64_t src = 0x1000;
	int rc;

	called = 0;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(send(CALL_read_region,
			   (struct arg[]){ { &src, 8 }, { (void *)&bad[i], sizeof(bad[i]) } },
			   NULL) < 0);
		renew();
	}
	CHECK(called == 0);
	CHECK(send(CALL_read_region, (struct arg[]){ { &src, 8 }, { &good, sizeof(good) } }, &rc) > 0);
	CHECK(rc == 0 && called == 1 && memory[4095] == 0xaa);
}

/* What the driver has registered, and how it answers */
static int registered;
static CUresult unregister_result;	/* in a context */
static CUresult unregister_in_none;
static CUcontext current_context;

static CUresult CUDAAPI fake_set_current(CUcontext context)
{
	current_context = context;
	return CUDA_SUCCESS;
}

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
	CHECK(send(CALL_host_register,
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
	CHECK(send(CALL_host_register, argv, NULL) < 0 && !registered);
	renew();
	CHECK(send(CALL_host_unregister, argv, NULL) < 0);
	renew();
	span.flags = 0;
	current = handle_make(KIND_CUcontext, 1, 50);
	CHECK(handle_put(current, (void *)0xc000, 0));
	/* the driver refuses to let go for now */
	register_memory();
	unregister_result = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	CHECK(send(CALL_host_unregister, argv, &rc) > 0 && rc == (int)unregister_result);
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
	ssize_t n = send(call, (struct arg[]){ { &handle, 8 }, { &device, 4 } }, NULL);

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

static const void *captured;

static CUresult CUDAAPI fake_write_async(CUdeviceptr to, const void *from, size_t bytes,
					 CUstream stream)
{
	captured = from;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_read_async(void *to, CUdeviceptr from, size_t bytes, CUstream stream)
{
	captured = to;
	memset(to, 0x55, bytes);
	return CUDA_SUCCESS;
}

/* A graph of copies that a stream has captured is left with no address of the heap's. */
static void captured_copies_stay_out_of_the_heap(void)
{
	uint64_t to = 0x1000, stream = handle_make(KIND_CUstream, 1, 83), bytes = 8;
	char data[8] = "secret";
	int rc;

	driver.cuMemcpyHtoDAsync_v2 = fake_write_async;
	driver.cuMemcpyDtoHAsync_v2 = fake_read_async;
	CHECK(handle_put(stream, (void *)0x5000, 0));
	CHECK(send(CALL_write_inline_async,
		   (struct arg[]){ { &to, 8 }, { &stream, 8 }, { &bytes, 8 }, { data, 8 } },
		   &rc) > 0 && rc == 0);
	/* not in the command, and what is there stays there, and is nothing else after the thread */
	CHECK(!memcmp(captured, data, 8));
	CHECK(send(CALL_read_inline_async,
		   (struct arg[]){ { &to, 8 }, { &stream, 8 }, { &bytes, 8 }, { data, 8 } },
		   &rc) > 0 && rc == 0);
	CHECK((uint8_t *)captured < reply || (uint8_t *)captured >= reply + sizeof(reply));
	CHECK(reply[sizeof(struct wire_reply)] == 0x55);
	renew();
	CHECK(mmap((void *)((uintptr_t)captured & ~4095ul), 4096, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
	handle_drop(stream);
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
	CHECK(send(CALL_green_destroy, argv, NULL) < 0 && !called);
	renew();
	argv[1].p = &own;
	CHECK(send(CALL_green_destroy, argv, &rc) > 0 && rc == 0 && called == 1);
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
	CHECK(send(CALL_resource_of_device, ask, &rc) > 0 && rc == 0);
	memcpy(&got, reply + sizeof(struct wire_reply), sizeof(got));
	CHECK(got.type == CU_DEV_RESOURCE_TYPE_SM && got.sms == 8);
	/* of a kind that this host does not know: nothing is shown */
	resource_of_driver.type = 77;
	CHECK(send(CALL_resource_of_device, ask, &rc) > 0 && rc == CUDA_ERROR_INVALID_RESOURCE_TYPE);
	for (int i = 0; i < 4; i++)
		bad[i] = got;
	bad[0].number = 1;
	bad[1].number = UINT64_MAX;
	bad[2].sms = 9;
	bad[3].type = 77;
	called = 0;
	for (int i = 0; i < 4; i++) {
		describe[2].p = &bad[i];
		CHECK(send(CALL_resource_describe, describe, &rc) > 0 && rc != 0);
	}
	CHECK(!called);
	describe[2].p = &got;
	CHECK(send(CALL_resource_describe, describe, &rc) > 0 && rc == 0 && called == 1);
	handle_drop(desc);
}

static void rows_of_a_3d_copy_must_lie_in_their_region(void)
{
	struct wire_copy3d copy = {
		.src = { .place = WIRE_PLACE_REGION, .region = 1, .pitch = 64, .height = 8 },
		.dst = { .place = WIRE_PLACE_DEVICE, .address = 0x1000, .pitch = 64, .height = 8 },
		.width_bytes = 64, .height = 8, .depth = 8,
	};
	int rc;

	called = 0;
	CHECK(send(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, &rc) > 0 && called == 1);
	copy.depth = 9;
	CHECK(send(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	copy.depth = 8;
	copy.src.pitch = UINT64_MAX / 4;
	CHECK(send(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	copy.src.pitch = 64;
	copy.src.x_bytes = 1;
	CHECK(send(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	/* no pitch: rows are 65 bytes long then */
	copy.src.pitch = 0;
	copy.src.x_bytes = 2;
	copy.width_bytes = 63;
	CHECK(send(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	/* no height: slices have ten rows */
	copy.src.x_bytes = 0;
	copy.width_bytes = 64;
	copy.src.height = 0;
	copy.src.y = 2;
	copy.depth = 7;
	CHECK(send(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	copy.src.y = 0;
	CHECK(send(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, &rc) > 0 && called == 2);
	copy.src.place = 77;
	CHECK(send(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	CHECK(called == 2);
}

static CUresult CUDAAPI fake_texture(CUtexObject *object, const CUDA_RESOURCE_DESC *resource,
				     const CUDA_TEXTURE_DESC *texture,
				     const CUDA_RESOURCE_VIEW_DESC *view)
{
	called++;
	CHECK(resource->res.array.hArray == (CUarray)0x7000);
	*object = 1;
	return CUDA_SUCCESS;
}

/* An unknown array is CUDA's error, wherever it is named; a resource of no type is a lie */
static void arrays_must_be_known(void)
{
	uint64_t array = handle_make(KIND_CUarray, 1, 30);
	uint64_t object = handle_make(KIND_CUtexObject, 1, 31);
	struct wire_copy3d copy = {
		.src = { .place = WIRE_PLACE_ARRAY, .array = array },
		.dst = { .place = WIRE_PLACE_DEVICE, .address = 0x1000, .pitch = 64, .height = 8 },
		.width_bytes = 64, .height = 8, .depth = 1,
	};
	struct wire_resource resource = { .type = CU_RESOURCE_TYPE_ARRAY, .object = array };
	CUDA_TEXTURE_DESC texture = { 0 };
	CUtexObject number = 1;
	struct arg argv[] = {
		{ &object, 8 }, { &number, 8 }, { &resource, sizeof(resource) },
		{ &texture, sizeof(texture) }, { NULL, ARG_NONE },
	};
	int rc;

	called = 0;
	CHECK(send(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_HANDLE);
	copy.src.array = 1;	/* special for streams only */
	CHECK(send(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(send(CALL_texture_create, argv, &rc) > 0 && rc == CUDA_ERROR_INVALID_HANDLE);
	resource.object = 2;
	CHECK(send(CALL_texture_create, argv, &rc) > 0 && rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(called == 0);
	CHECK(handle_put(array, (void *)0x7000, 0));
	resource.object = array;
	CHECK(send(CALL_texture_create, argv, &rc) > 0 && rc == 0 && called == 1);
	/* the number is no name of it */
	CHECK(send(CALL_cuTexObjectDestroy, (struct arg[]){ { &number, 8 } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_VALUE);
	resource.type = 9;
	object = handle_make(KIND_CUtexObject, 1, 32);
	CHECK(send(CALL_texture_create, argv, NULL) < 0);
	renew();
}

static void images_must_be_as_long_as_they_say(void)
{
	struct wire_image image = { .region = 1, .kind = WIRE_IMAGE_PLAIN, .bytes = 64 };
	struct wire_piece piece = { .bytes = 64 };
	uint64_t module = handle_make(KIND_CUmodule, 1, 20);
	uint32_t one = 1, none = 0;
	uint32_t fatbin[4] = { 0xba55ed50, 1 | 16 << 16, 1000, 0 };
	int result, rc;
	struct arg argv[] = {
		{ &module, 8 }, { &image, sizeof(image) }, { &one, 4 }, { &piece, sizeof(piece) },
		{ &none, 4 }, { NULL, ARG_NONE }, { &none, 4 }, { NULL, ARG_NONE },
		{ &none, 4 }, { NULL, ARG_NONE }, { &result, 4 },
	};

	memcpy(memory, fatbin, sizeof(fatbin));
	CHECK(send(CALL_module_load, argv, &rc) > 0 && rc == CUDA_ERROR_INVALID_IMAGE);
	piece.offset = 8;	/* now it ends behind the image */
	CHECK(send(CALL_module_load, argv, NULL) < 0);
	renew();
	/* more than the host would like to copy, in a file and in memory; it asks for nothing */
	image = (struct wire_image){ .region = 3, .kind = WIRE_IMAGE_PLAIN, .bytes = 5ull << 30 };
	piece = (struct wire_piece){ .bytes = image.bytes };
	CHECK(send(CALL_module_load, argv, &rc) > 0 && rc == CUDA_ERROR_OUT_OF_MEMORY);
	piece.bytes = 64;
	CHECK(send(CALL_module_load, argv, &rc) > 0 && rc == CUDA_ERROR_OUT_OF_MEMORY);
	image.bytes = 4096;
	CHECK(send(CALL_module_load, argv, &rc) > 0 && rc == CUDA_ERROR_INVALID_IMAGE);
}

/* There is no daemon here, and so no image has a name. */
static void digests_name_what_the_daemon_has(void)
{
	struct wire_digest digest = { { 1 } };
	uint64_t module = handle_make(KIND_CUmodule, 1, 20), bytes = 1 << 20;
	uint32_t kind = WIRE_IMAGE_PLAIN, none = 0, known = 1;
	int result, rc;
	struct arg ask[] = { { &bytes, 8 }, { &known, 4 } };
	struct arg argv[] = {
		{ &module, 8 }, { &digest, sizeof(digest) }, { &kind, 4 }, { &bytes, 8 },
		{ &none, 4 }, { NULL, ARG_NONE }, { &none, 4 }, { NULL, ARG_NONE },
		{ &none, 4 }, { NULL, ARG_NONE }, { &result, 4 },
	};

	CHECK(send(CALL_image_known, ask, &rc) > 0 && rc == CUDA_SUCCESS);
	CHECK(send(CALL_module_load_known, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_FOUND);
	bytes = UINT64_MAX;
	CHECK(send(CALL_module_load_known, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_FOUND);
	kind = WIRE_IMAGE_WRAPPER + 1;
	CHECK(send(CALL_module_load_known, argv, NULL) < 0);
	renew();
	ask[1].n = ARG_NONE;
	CHECK(send(CALL_image_known, ask, NULL) < 0);
	renew();
}

static CUresult CUDAAPI fake_launch_host_func(CUstream stream, CUhostFn function, void *data)
{
	called++;
	return CUDA_ERROR_INVALID_HANDLE;
}

static void callbacks_are_of_a_known_kind(void)
{
	uint64_t stream = 0;
	struct wire_callback callback = { .function = 1, .kind = WIRE_CALLBACK_FUNCTION };
	const struct arg argv[] = { { &stream, 8 }, { &callback, sizeof(callback) } };
	int rc, before = called;

	driver.cuLaunchHostFunc = fake_launch_host_func;
	CHECK(send(CALL_callback_launch, argv, &rc) > 0 && rc == CUDA_ERROR_INVALID_HANDLE);
	callback.kind = 9;
	CHECK(send(CALL_callback_launch, argv, NULL) < 0 && called == before + 1);
	renew();
}

static CUresult CUDAAPI fake_link_create(unsigned int n, CUjit_option *options, void **values,
					 CUlinkState *state)
{
	called++;
	*state = (CUlinkState)0x7000;
	return CUDA_SUCCESS;
}

/* The object behind a link's handle is the worker's own: no number stands for one. */
static void links_are_made_here(void)
{
	uint64_t state = handle_make(KIND_CUlinkState, 1, 77), special = 1, offset = 0;
	uint32_t none = 0, bytes = 64, huge = 1u << 30;
	uint8_t data[64];
	struct wire_option pointer = { .option = CU_JIT_INFO_LOG_BUFFER, .value = 0x1000 };
	const struct arg create[] = { { &state, 8 }, { &none, 4 }, { NULL, ARG_NONE },
				      { &none, 4 }, { &none, 4 } };
	uint32_t one = 1;
	const struct arg with_pointer[] = { { &state, 8 }, { &one, 4 },
					    { &pointer, sizeof(pointer) }, { &none, 4 },
					    { &none, 4 } };
	const struct arg with_logs[] = { { &state, 8 }, { &none, 4 }, { NULL, ARG_NONE },
					 { &huge, 4 }, { &huge, 4 } };
	const struct arg fetch_special[] = { { &special, 8 }, { &offset, 8 }, { &bytes, 4 },
					     { data, sizeof(data) } };
	const struct arg fetch[] = { { &state, 8 }, { &offset, 8 }, { &bytes, 4 },
				     { data, sizeof(data) } };
	int rc;

	driver.cuLinkCreate_v2 = fake_link_create;
	CHECK(send(CALL_link_create, with_pointer, NULL) < 0);
	renew();
	CHECK(send(CALL_link_create, with_logs, NULL) < 0);
	renew();
	CHECK(send(CALL_link_fetch, fetch, &rc) > 0 && rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(send(CALL_link_fetch, fetch_special, &rc) > 0 && rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(send(CALL_link_create, create, &rc) > 0 && rc == CUDA_SUCCESS);
	CHECK(send(CALL_link_fetch, fetch, NULL) < 0);	/* nothing has been linked */
	renew();
}

static CUresult CUDAAPI fake_add_empty(CUgraphNode *node, CUgraph graph,
				       const CUgraphNode *dependencies, size_t n)
{
	called++;
	CHECK(graph == (CUgraph)0x7000 && n == 2);
	CHECK(dependencies[0] == (CUgraphNode)0x7100 && dependencies[1] == (CUgraphNode)0x7200);
	*node = (CUgraphNode)0x7300;
	return CUDA_SUCCESS;
}

static void arrays_name_objects_of_their_kind(void)
{
	uint64_t graph = handle_make(KIND_CUgraph, 1, 70), node = handle_make(KIND_CUgraphNode, 1, 33);
	uint64_t good[2] = { handle_make(KIND_CUgraphNode, 1, 71),
			     handle_make(KIND_CUgraphNode, 1, 72) };
	uint64_t bad[][2] = { { good[0], graph }, { good[0], 0 }, { good[0], 1 },
			      { good[0], 0x7200 }, { handle_make(KIND_CUgraphNode, 2, 71), good[1] } };
	uint64_t two = 2, three = 3;
	void *object;
	int rc;

	CHECK(handle_put(graph, (void *)0x7000, 0));
	CHECK(handle_put(good[0], (void *)0x7100, graph));
	CHECK(handle_put(good[1], (void *)0x7200, graph));
	called = 0;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(send(CALL_cuGraphAddEmptyNode,
			   (struct arg[]){ { &node, 8 }, { &graph, 8 }, { bad[i], 16 }, { &two, 8 } },
			   &rc) > 0);
		CHECK(rc == CUDA_ERROR_INVALID_VALUE && called == 0);
	}
	/* longer and shorter than the count, and no whole number of names */
	CHECK(send(CALL_cuGraphAddEmptyNode,
		   (struct arg[]){ { &node, 8 }, { &graph, 8 }, { good, 16 }, { &three, 8 } },
		   NULL) < 0);
	renew();
	CHECK(send(CALL_cuGraphAddEmptyNode,
		   (struct arg[]){ { &node, 8 }, { &graph, 8 }, { good, 12 }, { &two, 8 } },
		   NULL) < 0);
	renew();
	CHECK(called == 0);
	CHECK(send(CALL_cuGraphAddEmptyNode,
		   (struct arg[]){ { &node, 8 }, { &graph, 8 }, { good, 16 }, { &two, 8 } },
		   &rc) > 0);
	CHECK(rc == 0 && called == 1 && handle_get(KIND_CUgraphNode, node, &object));
	/* nodes die with their graph */
	handle_drop(graph);
	CHECK(!handle_get(KIND_CUgraphNode, node, &object));
	CHECK(!handle_get(KIND_CUgraphNode, good[0], &object));
}

static CUresult CUDAAPI fake_get_nodes(CUgraph graph, CUgraphNode *nodes, size_t *n)
{
	called++;
	for (size_t i = 0; nodes && i < 3; i++)
		nodes[i] = (CUgraphNode)(0x8100 + i);
	*n = 3;
	return CUDA_SUCCESS;
}

/* Names for objects that the driver made: enough of them, of their kind, and free */
static void names_are_lent_honestly(void)
{
	uint64_t graph = handle_make(KIND_CUgraph, 1, 40), other = handle_make(KIND_CUevent, 1, 44);
	uint64_t lent[3] = { handle_make(KIND_CUgraphNode, 1, 41), graph,
			     handle_make(KIND_CUgraphNode, 1, 42) };
	uint64_t first = 0, total, names[3];
	uint32_t no = 0, three = 3, used, huge = WIRE_MAX_NODES + 1;
	struct arg argv[] = { { &graph, 8 }, { &no, 4 }, { &first, 8 }, { &three, 4 },
			      { lent, 24 }, { &used, 4 }, { &total, 8 }, { names, 24 } };
	void *object;
	int rc;

	CHECK(handle_put(graph, (void *)0x8000, 0));
	called = 0;
	CHECK(send(CALL_graph_nodes, argv, NULL) < 0);	/* the second is a graph's, and taken */
	renew();
	lent[1] = other;
	CHECK(send(CALL_graph_nodes, argv, NULL) < 0);
	renew();
	lent[1] = handle_make(KIND_CUgraphNode, 1, HANDLE_INDEX_MAX);
	CHECK(send(CALL_graph_nodes, argv, NULL) < 0);
	renew();
	argv[3].p = &huge;
	CHECK(send(CALL_graph_nodes, argv, NULL) < 0);
	renew();
	argv[3].p = &three;
	handle_drop(lent[0]);	/* of those sessions, which would have ended */
	lent[1] = handle_make(KIND_CUgraphNode, 1, 43);
	CHECK(send(CALL_graph_nodes, argv, &rc) > 0 && rc == 0);
	CHECK(handle_name_of(KIND_CUgraphNode, (void *)0x8102) &&
	      handle_get(KIND_CUgraphNode, lent[1], &object));
	handle_drop(graph);
	CHECK(!handle_name_of(KIND_CUgraphNode, (void *)0x8102));
}

static CUresult CUDAAPI fake_add_copy(CUgraphNode *node, CUgraph graph,
				      const CUgraphNode *dependencies, size_t n,
				      const CUDA_MEMCPY3D *copy, CUcontext context)
{
	called++;
	CHECK(copy->srcHost == memory);
	*node = (CUgraphNode)0x9100;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_set_attribute(CUgraphNode node, CUkernelNodeAttrID attr,
					   const CUkernelNodeAttrValue *value)
{
	called++;
	return CUDA_SUCCESS;
}

static void nodes_name_memory_and_objects_of_the_guest(void)
{
	uint64_t graph = handle_make(KIND_CUgraph, 1, 50), node = handle_make(KIND_CUgraphNode, 1, 51);
	uint64_t none = 0, context = 0;
	struct wire_copy3d copy = {
		.src = { .place = WIRE_PLACE_REGION, .region = 1, .pitch = 64, .height = 8 },
		.dst = { .place = WIRE_PLACE_DEVICE, .address = 0x1000, .pitch = 64, .height = 8 },
		.width_bytes = 64, .height = 8, .depth = 8,
	};
	struct arg argv[] = { { &node, 8 }, { &graph, 8 }, { NULL, ARG_NONE }, { &none, 8 },
			      { &copy, sizeof(copy) }, { &context, 8 } };
	CUkernelNodeAttrID attr = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_EVENT;
	CUkernelNodeAttrValue value = { .programmaticEvent.event = (CUevent)0x1234 };
	int rc;

	CHECK(handle_put(graph, (void *)0x9000, 0));
	called = 0;
	copy.depth = 9;
	CHECK(send(CALL_node_add_copy, argv, NULL) < 0);
	renew();
	/* it may run on, and there is nothing to run on into: an error of the call */
	copy.src.place = WIRE_PLACE_RUN;
	CHECK(send(CALL_node_add_copy, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_SUPPORTED);
	copy.src.place = WIRE_PLACE_HOST;
	CHECK(send(CALL_node_add_copy, argv, NULL) < 0);
	renew();
	CHECK(called == 0);
	copy.src.place = WIRE_PLACE_REGION;
	copy.depth = 8;
	CHECK(send(CALL_node_add_copy, argv, &rc) > 0 && rc == 0 && called == 1);
	/* the value of an attribute may be a pointer */
	CHECK(send(CALL_node_set_attribute,
		   (struct arg[]){ { &node, 8 }, { &attr, sizeof(attr) }, { &value, sizeof(value) } },
		   &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_VALUE && called == 1);
	attr = CU_LAUNCH_ATTRIBUTE_PRIORITY;
	CHECK(send(CALL_node_set_attribute,
		   (struct arg[]){ { &node, 8 }, { &attr, sizeof(attr) }, { &value, sizeof(value) } },
		   &rc) > 0);
	CHECK(rc == 0 && called == 2);
	handle_drop(graph);
}

static CUresult CUDAAPI fake_add_alloc(CUgraphNode *node, CUgraph graph,
				       const CUgraphNode *dependencies, size_t n,
				       CUDA_MEM_ALLOC_NODE_PARAMS *params)
{
	called++;
	*node = (CUgraphNode)0x9200;
	return CUDA_SUCCESS;
}

/* Memory on the host would be the worker's, and of the guest's choice how much. */
static void graphs_allocate_on_devices(void)
{
	uint64_t graph = handle_make(KIND_CUgraph, 1, 50), node = handle_make(KIND_CUgraphNode, 1, 51);
	uint64_t none = 0, bytes = 4096, address;
	uint32_t no = 0;
	CUmemPoolProps props = { .allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
				 .location.type = CU_MEM_LOCATION_TYPE_HOST };
	struct arg argv[] = { { &node, 8 }, { &graph, 8 }, { NULL, ARG_NONE }, { &none, 8 },
			      { &props, sizeof(props) }, { &bytes, 8 }, { &no, 4 },
			      { NULL, ARG_NONE }, { &address, 8 } };
	int rc;

	driver.cuGraphAddMemAllocNode = fake_add_alloc;
	CHECK(handle_put(graph, (void *)0x9000, 0));
	called = 0;
	CHECK(send(CALL_node_add_alloc, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_SUPPORTED);
	props.location.type = CU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT;
	CHECK(send(CALL_node_add_alloc, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_SUPPORTED && !called);
	props.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	CHECK(send(CALL_node_add_alloc, argv, &rc) > 0 && rc == 0 && called == 1);
	handle_drop(graph);
}

/* An object may come to own itself, by way of another: it is forgotten all the same. */
static void a_circle_of_owners_ends(void)
{
	uint64_t graph = handle_make(KIND_CUgraph, 1, 60), node = handle_make(KIND_CUgraphNode, 1, 61);
	void *object;

	CHECK(handle_put(graph, (void *)0xa000, 0) && handle_put(node, (void *)0xa100, graph));
	CHECK(handle_move(graph, node));
	handle_drop(graph);
	CHECK(!handle_get(KIND_CUgraph, graph, &object));
	CHECK(!handle_get(KIND_CUgraphNode, node, &object));
}

/* A newer guest knows more calls: each is answered, counts in tickets, and harms nothing */
static void unknown_calls_are_answered(void)
{
	struct wire_command header = { .bytes = sizeof(header), .call = 0xfff,
				       .flags = WIRE_WANT_REPLY };
	const struct wire_reply *answer = (const struct wire_reply *)reply;

	CHECK(dispatch_command(dispatch, &header, sizeof(header), reply, REPLY_CAP) ==
	      sizeof(*answer));
	CHECK(answer->result == CUDA_ERROR_NOT_SUPPORTED && answer->bytes == sizeof(*answer));
	header.flags = WIRE_ASYNC;
	CHECK(!dispatch_command(dispatch, &header, sizeof(header), reply, REPLY_CAP));
	/* Waits for the one before */
	header.flags = WIRE_WANT_REPLY;
	header.ticket = 1;
	CHECK(dispatch_command(dispatch, &header, sizeof(header), reply, REPLY_CAP) > 0);
	CHECK(answer->deferred == CUDA_ERROR_NOT_SUPPORTED && answer->deferred_call == 0xfff);
}

/* Work on a thread's own default stream, until that has been waited for; in two contexts for good */
static void what_a_thread_leaves_is_known(void)
{
	uint64_t own = (uint64_t)(uintptr_t)CU_STREAM_PER_THREAD, before = current;
	struct arg argv[] = { { &own, sizeof(own) } };
	int rc;

	current = 1;
	CHECK(!dispatch_is_personal(dispatch));
	CHECK(send(CALL_cuStreamQuery, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_SUPPORTED);
	CHECK(dispatch_is_personal(dispatch));
	CHECK(send(CALL_cuStreamSynchronize, argv, &rc) > 0 && rc == CUDA_SUCCESS);
	CHECK(!dispatch_is_personal(dispatch));
	for (current = 2; current; current--)
		CHECK(send(CALL_cuStreamQuery, argv, &rc) > 0);
	current = 1;
	CHECK(send(CALL_cuStreamSynchronize, argv, &rc) > 0 && rc == CUDA_SUCCESS);
	CHECK(dispatch_is_personal(dispatch));
	dispatch_hand_on(dispatch, false);
	CHECK(dispatch_is_personal(dispatch));
	dispatch_hand_on(dispatch, true);
	CHECK(!dispatch_is_personal(dispatch));
	current = before;
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

static void nonsense_is_refused(void)
{
	struct wire_command header = { .bytes = sizeof(header), .call = CALL_cuMemAlloc_v2,
				       .flags = WIRE_WANT_REPLY };

	CHECK(dispatch_command(dispatch, &header, sizeof(header), reply, REPLY_CAP) < 0);
}

int main(void)
{
	driver.cuCtxSetCurrent = fake_set_current;
	driver.cuMemAlloc_v2 = fake_alloc;
	driver.cuMemcpyDtoH_v2 = fake_read;
	driver.cuStreamCreate = fake_stream_create;
	driver.cuStreamSynchronize = fake_stream_sync;
	driver.cuModuleGetFunction = fake_get_function;
	driver.cuMemcpy3D_v2 = fake_copy3d;
	driver.cuGraphAddEmptyNode = fake_add_empty;
	driver.cuGraphGetNodes = driver.cuGraphGetRootNodes = fake_get_nodes;
	driver.cuGraphAddMemcpyNode = fake_add_copy;
	driver.cuGraphKernelNodeSetAttribute = fake_set_attribute;
	renew();
	sizes_must_be_the_rows();
	renew();
	handles_must_be_known_and_of_their_kind();
	strings_must_end();
	renew();
	spans_must_lie_in_their_region();
	registrations_end_with_their_region();
	registrations_follow_the_driver();
	primary_contexts_have_one_name();
	captured_copies_stay_out_of_the_heap();
	green_contexts_end_with_their_own_context();
	resources_are_what_they_were();
	rows_of_a_3d_copy_must_lie_in_their_region();
	driver.cuTexObjectCreate = fake_texture;
	arrays_must_be_known();
	images_must_be_as_long_as_they_say();
	digests_name_what_the_daemon_has();
	callbacks_are_of_a_known_kind();
	links_are_made_here();
	arrays_name_objects_of_their_kind();
	names_are_lent_honestly();
	nodes_name_memory_and_objects_of_the_guest();
	graphs_allocate_on_devices();
	a_circle_of_owners_ends();
	unknown_calls_are_answered();
	nonsense_is_refused();
	what_a_thread_leaves_is_known();
	renew();
	kernels_must_not_reach_the_worker();
	dispatch_destroy(dispatch);
	return 0;
}
