/* SPDX-License-Identifier: MIT */
/*
 * worker_refuses_lying_guest.c - the row is the guard
 *
 * Commands as a hostile guest would write them, handed to the dispatcher with a
 * driver made of counters: what the rows refuse never reaches the driver, and
 * what is merely wrong gets CUDA's error and leaves the session alive.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/guest.c tests/unit/double/regions.c */
#include <string.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"
#include "tests/unit/check.h"
#include "tests/unit/double/guest.h"
#include "wire/channel.h"

static int called;

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

static void sizes_must_be_the_rows(void)
{
	uint64_t dptr = 0, bytes = 64, huge = 1 << 20;
	uint8_t data[64];
	int rc;

	called = 0;
	/* fine */
	CHECK(post(CALL_cuMemAlloc_v2, (struct arg[]){ { &dptr, 8 }, { &bytes, 8 } }, &rc) > 0);
	CHECK(rc == 0 && called == 1);
	memcpy(&dptr, reply + sizeof(struct wire_reply), 8);
	CHECK(dptr == 0x1000 + 64);
	/* short scalar, short output, missing scalar */
	CHECK(post(CALL_cuMemAlloc_v2, (struct arg[]){ { &dptr, 8 }, { &bytes, 4 } }, NULL) < 0);
	CHECK(post(CALL_cuMemAlloc_v2, (struct arg[]){ { &dptr, 4 }, { &bytes, 8 } }, NULL) < 0);
	CHECK(post(CALL_cuMemAlloc_v2, (struct arg[]){ { &dptr, 8 }, { NULL, ARG_NONE } }, NULL) < 0);
	/* a buffer shorter than the count says, and one that does not fit a reply */
	CHECK(post(CALL_read_inline, (struct arg[]){ { &dptr, 8 }, { &bytes, 8 }, { data, 8 } },
		   NULL) < 0);
	CHECK(post(CALL_read_inline, (struct arg[]){ { &dptr, 8 }, { &huge, 8 }, { data, 64 } },
		   NULL) < 0);
	CHECK(post(CALL_read_inline, (struct arg[]){ { &dptr, 8 }, { &huge, 8 }, { data, huge } },
		   NULL) < 0);
	CHECK(called == 1);
	renew();
	CHECK(post(CALL_read_inline, (struct arg[]){ { &dptr, 8 }, { &bytes, 8 }, { data, 64 } },
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
	CHECK(post(CALL_cuStreamCreate, (struct arg[]){ { &stream, 8 }, { &flags, 4 } }, &rc) > 0);
	CHECK(rc == 0 && called == 1);
	CHECK(post(CALL_cuStreamSynchronize, (struct arg[]){ { &stream, 8 } }, &rc) > 0 && rc == 0);
	CHECK(called == 2);
	CHECK(post(CALL_cuStreamSynchronize, (struct arg[]){ { &wrong, 8 } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(post(CALL_cuStreamSynchronize, (struct arg[]){ { &stale, 8 } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(post(CALL_cuStreamSynchronize, (struct arg[]){ { &host_pointer, 8 } }, &rc) > 0);
	CHECK(rc == CUDA_ERROR_INVALID_HANDLE && called == 2);
	/* a name in use, a name of another kind, an index beyond the table */
	CHECK(post(CALL_cuStreamCreate, (struct arg[]){ { &stream, 8 }, { &flags, 4 } }, NULL) < 0);
	renew();
	CHECK(post(CALL_cuStreamCreate, (struct arg[]){ { &wrong, 8 }, { &flags, 4 } }, NULL) < 0);
	renew();
	stream = handle_make(KIND_CUstream, 1, HANDLE_INDEX_MAX);
	CHECK(post(CALL_cuStreamCreate, (struct arg[]){ { &stream, 8 }, { &flags, 4 } }, NULL) < 0);
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
	CHECK(post(CALL_cuModuleGetFunction,
		   (struct arg[]){ { &function, 8 }, { &module, 8 }, { "abc", 3 } }, NULL) < 0);
	CHECK(post(CALL_cuModuleGetFunction,
		   (struct arg[]){ { &function, 8 }, { &module, 8 }, { "", 0 } }, NULL) < 0);
	CHECK(called == 0);
	CHECK(post(CALL_cuModuleGetFunction,
		   (struct arg[]){ { &function, 8 }, { &module, 8 }, { "abc", 4 } }, &rc) > 0);
	CHECK(rc == 0 && called == 1);
	/* the function dies with its module */
	handle_drop(module);
	void *object;
	CHECK(!handle_get(KIND_CUfunction, function, &object));
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
	CHECK(post(CALL_callback_launch, argv, &rc) > 0 && rc == CUDA_ERROR_INVALID_HANDLE);
	callback.kind = 9;
	CHECK(post(CALL_callback_launch, argv, NULL) < 0 && called == before + 1);
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
		CHECK(post(CALL_cuGraphAddEmptyNode,
			   (struct arg[]){ { &node, 8 }, { &graph, 8 }, { bad[i], 16 }, { &two, 8 } },
			   &rc) > 0);
		CHECK(rc == CUDA_ERROR_INVALID_VALUE && called == 0);
	}
	/* longer and shorter than the count, and no whole number of names */
	CHECK(post(CALL_cuGraphAddEmptyNode,
		   (struct arg[]){ { &node, 8 }, { &graph, 8 }, { good, 16 }, { &three, 8 } },
		   NULL) < 0);
	renew();
	CHECK(post(CALL_cuGraphAddEmptyNode,
		   (struct arg[]){ { &node, 8 }, { &graph, 8 }, { good, 12 }, { &two, 8 } },
		   NULL) < 0);
	renew();
	CHECK(called == 0);
	CHECK(post(CALL_cuGraphAddEmptyNode,
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
	CHECK(post(CALL_graph_nodes, argv, NULL) < 0);	/* the second is a graph's, and taken */
	renew();
	lent[1] = other;
	CHECK(post(CALL_graph_nodes, argv, NULL) < 0);
	renew();
	lent[1] = handle_make(KIND_CUgraphNode, 1, HANDLE_INDEX_MAX);
	CHECK(post(CALL_graph_nodes, argv, NULL) < 0);
	renew();
	argv[3].p = &huge;
	CHECK(post(CALL_graph_nodes, argv, NULL) < 0);
	renew();
	argv[3].p = &three;
	handle_drop(lent[0]);	/* of those sessions, which would have ended */
	lent[1] = handle_make(KIND_CUgraphNode, 1, 43);
	CHECK(post(CALL_graph_nodes, argv, &rc) > 0 && rc == 0);
	CHECK(handle_name_of(KIND_CUgraphNode, (void *)0x8102) &&
	      handle_get(KIND_CUgraphNode, lent[1], &object));
	handle_drop(graph);
	CHECK(!handle_name_of(KIND_CUgraphNode, (void *)0x8102));
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
	CHECK(post(CALL_cuStreamQuery, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_SUPPORTED);
	CHECK(dispatch_is_personal(dispatch));
	CHECK(post(CALL_cuStreamSynchronize, argv, &rc) > 0 && rc == CUDA_SUCCESS);
	CHECK(!dispatch_is_personal(dispatch));
	for (current = 2; current; current--)
		CHECK(post(CALL_cuStreamQuery, argv, &rc) > 0);
	current = 1;
	CHECK(post(CALL_cuStreamSynchronize, argv, &rc) > 0 && rc == CUDA_SUCCESS);
	CHECK(dispatch_is_personal(dispatch));
	dispatch_hand_on(dispatch, false);
	CHECK(dispatch_is_personal(dispatch));
	dispatch_hand_on(dispatch, true);
	CHECK(!dispatch_is_personal(dispatch));
	current = before;
}

static void nonsense_is_refused(void)
{
	struct wire_command header = { .bytes = sizeof(header), .call = CALL_cuMemAlloc_v2,
				       .flags = WIRE_WANT_REPLY };

	CHECK(dispatch_command(dispatch, &header, sizeof(header), reply, REPLY_CAP) < 0);
}

int main(void)
{
	driver.cuMemAlloc_v2 = fake_alloc;
	driver.cuMemcpyDtoH_v2 = fake_read;
	driver.cuStreamCreate = fake_stream_create;
	driver.cuStreamSynchronize = fake_stream_sync;
	driver.cuModuleGetFunction = fake_get_function;
	driver.cuGraphAddEmptyNode = fake_add_empty;
	driver.cuGraphGetNodes = driver.cuGraphGetRootNodes = fake_get_nodes;
	renew();
	sizes_must_be_the_rows();
	renew();
	handles_must_be_known_and_of_their_kind();
	strings_must_end();
	renew();
	callbacks_are_of_a_known_kind();
	arrays_name_objects_of_their_kind();
	names_are_lent_honestly();
	a_circle_of_owners_ends();
	unknown_calls_are_answered();
	nonsense_is_refused();
	what_a_thread_leaves_is_known();
	dispatch_destroy(dispatch);
	return 0;
}
