/* SPDX-License-Identifier: MIT */
/*
 * worker_refuses_memory_of_others.c - copies, nodes and textures name the guest's own memory
 *
 * Whatever a command says of places, the driver is given no address of the worker but those of
 * the guest's regions.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/guest.c tests/unit/double/regions.c */
#include <string.h>
#include <sys/mman.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"
#include "tests/unit/check.h"
#include "tests/unit/double/guest.h"
#include "tests/unit/double/regions.h"
#include "wire/channel.h"
#include "wire/payload.h"

static int called;

static CUresult CUDAAPI fake_read(void *dst, CUdeviceptr src, size_t bytes)
{
	called++;
	memset(dst, 0xaa, bytes);
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_copy3d(const CUDA_MEMCPY3D *copy)
{
	called++;
	return CUDA_SUCCESS;
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
		CHECK(post(CALL_read_region,
			   (struct arg[]){ { &src, 8 }, { (void *)&bad[i], sizeof(bad[i]) } },
			   NULL) < 0);
		renew();
	}
	CHECK(called == 0);
	CHECK(post(CALL_read_region, (struct arg[]){ { &src, 8 }, { &good, sizeof(good) } }, &rc) > 0);
	CHECK(rc == 0 && called == 1 && memory[4095] == 0xaa);
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
	CHECK(post(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, &rc) > 0 && called == 1);
	copy.depth = 9;
	CHECK(post(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	copy.depth = 8;
	copy.src.pitch = UINT64_MAX / 4;
	CHECK(post(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	copy.src.pitch = 64;
	copy.src.x_bytes = 1;
	CHECK(post(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	/* no pitch: rows are 65 bytes long then */
	copy.src.pitch = 0;
	copy.src.x_bytes = 2;
	copy.width_bytes = 63;
	CHECK(post(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	/* no height: slices have ten rows */
	copy.src.x_bytes = 0;
	copy.width_bytes = 64;
	copy.src.height = 0;
	copy.src.y = 2;
	copy.depth = 7;
	CHECK(post(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	copy.src.y = 0;
	CHECK(post(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, &rc) > 0 && called == 2);
	copy.src.place = 77;
	CHECK(post(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, NULL) < 0);
	renew();
	CHECK(called == 2);
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

static CUresult CUDAAPI fake_stream_sync(CUstream stream)
{
	return stream == (CUstream)0x5000 ? CUDA_SUCCESS : CUDA_ERROR_UNKNOWN;
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
	CHECK(post(CALL_write_inline_async,
		   (struct arg[]){ { &to, 8 }, { &stream, 8 }, { &bytes, 8 }, { data, 8 } },
		   &rc) > 0 && rc == 0);
	/* not in the command, and what is there stays there, and is nothing else after the thread */
	CHECK(!memcmp(captured, data, 8));
	CHECK(post(CALL_read_inline_async,
		   (struct arg[]){ { &to, 8 }, { &stream, 8 }, { &bytes, 8 }, { data, 8 } },
		   &rc) > 0 && rc == 0);
	CHECK((uint8_t *)captured < reply || (uint8_t *)captured >= reply + sizeof(reply));
	CHECK(reply[sizeof(struct wire_reply)] == 0x55);
	renew();
	CHECK(mmap((void *)((uintptr_t)captured & ~4095ul), 4096, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
	handle_drop(stream);
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
	CHECK(post(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_HANDLE);
	copy.src.array = 1;	/* special for streams only */
	CHECK(post(CALL_copy3d, (struct arg[]){ { &copy, sizeof(copy) } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(post(CALL_texture_create, argv, &rc) > 0 && rc == CUDA_ERROR_INVALID_HANDLE);
	resource.object = 2;
	CHECK(post(CALL_texture_create, argv, &rc) > 0 && rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(called == 0);
	CHECK(handle_put(array, (void *)0x7000, 0));
	resource.object = array;
	CHECK(post(CALL_texture_create, argv, &rc) > 0 && rc == 0 && called == 1);
	/* the number is no name of it */
	CHECK(post(CALL_cuTexObjectDestroy, (struct arg[]){ { &number, 8 } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_VALUE);
	resource.type = 9;
	object = handle_make(KIND_CUtexObject, 1, 32);
	CHECK(post(CALL_texture_create, argv, NULL) < 0);
	renew();
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
	CHECK(post(CALL_node_add_copy, argv, NULL) < 0);
	renew();
	/* it may run on, and there is nothing to run on into: an error of the call */
	copy.src.place = WIRE_PLACE_RUN;
	CHECK(post(CALL_node_add_copy, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_SUPPORTED);
	copy.src.place = WIRE_PLACE_HOST;
	CHECK(post(CALL_node_add_copy, argv, NULL) < 0);
	renew();
	CHECK(called == 0);
	copy.src.place = WIRE_PLACE_REGION;
	copy.depth = 8;
	CHECK(post(CALL_node_add_copy, argv, &rc) > 0 && rc == 0 && called == 1);
	/* the value of an attribute may be a pointer */
	CHECK(post(CALL_node_set_attribute,
		   (struct arg[]){ { &node, 8 }, { &attr, sizeof(attr) }, { &value, sizeof(value) } },
		   &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_VALUE && called == 1);
	attr = CU_LAUNCH_ATTRIBUTE_PRIORITY;
	CHECK(post(CALL_node_set_attribute,
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
	CHECK(post(CALL_node_add_alloc, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_SUPPORTED);
	props.location.type = CU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT;
	CHECK(post(CALL_node_add_alloc, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_SUPPORTED && !called);
	props.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	CHECK(post(CALL_node_add_alloc, argv, &rc) > 0 && rc == 0 && called == 1);
	handle_drop(graph);
}

int main(void)
{
	driver.cuMemcpyDtoH_v2 = fake_read;
	driver.cuMemcpy3D_v2 = fake_copy3d;
	driver.cuStreamSynchronize = fake_stream_sync;
	driver.cuGraphAddMemcpyNode = fake_add_copy;
	driver.cuGraphKernelNodeSetAttribute = fake_set_attribute;
	driver.cuTexObjectCreate = fake_texture;
	renew();
	spans_must_lie_in_their_region();
	rows_of_a_3d_copy_must_lie_in_their_region();
	captured_copies_stay_out_of_the_heap();
	arrays_must_be_known();
	nodes_name_memory_and_objects_of_the_guest();
	graphs_allocate_on_devices();
	dispatch_destroy(dispatch);
	return 0;
}
