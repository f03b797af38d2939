/* SPDX-License-Identifier: MIT */
/*
 * Copies that nobody waits for at the host: their errors, and those before them, reach the program
 *
 * The host's device memory is an array.  The host refuses what the test says.
 */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include <pthread.h>
#include <string.h>

#include "tests/unit/double/host.h"

#define BYTES	((size_t)1 << 20)

static uint8_t device[BYTES];
static uint64_t device_base;	/* what the guest calls its first byte */

static CUresult alloc(struct arg *argv)
{
	*(uint64_t *)argv[0].p = device_base;
	return CUDA_SUCCESS;
}

static CUresult write_region(struct arg *argv)
{
	const struct wire_span *span = argv[1].p;

	memcpy(device + (*(uint64_t *)argv[0].p - device_base), host_span(span), span->bytes);
	return CUDA_SUCCESS;
}

static CUresult read_region(struct arg *argv)
{
	const struct wire_span *span = argv[1].p;

	memcpy(host_span(span), device + (*(uint64_t *)argv[0].p - device_base), span->bytes);
	return CUDA_SUCCESS;
}

static CUresult write_word(struct arg *argv)
{
	_Atomic uint32_t *word = *(void **)argv[1].p;

	atomic_store(word, *(uint32_t *)argv[2].p);
	return CUDA_SUCCESS;
}

static bool refuses;	/* the next copies of pinned memory */
static bool refused;	/* one, of which the guest has not been told */

static CUresult move_pinned(struct arg *argv)
{
	refused |= refuses;
	return refuses ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

/* As the worker has it: nothing is marked behind what was refused. */
static CUresult mark(struct arg *argv)
{
	return refused ? CUDA_ERROR_INVALID_VALUE : write_word(argv);
}

static uint64_t waited_in;	/* the context in which the guest waited for a stream last */

static CUresult synchronize(struct arg *argv)
{
	refused = false;
	waited_in = host_context;
	return CUDA_SUCCESS;
}

static CUresult do_nothing(struct arg *argv)
{
	return CUDA_SUCCESS;
}

static CUresult refuse(struct arg *argv)
{
	return CUDA_ERROR_INVALID_VALUE;
}

/* A belt is made, and tried, between a call that was refused and the wait that tells of it. */
static void trying_takes_no_error(CUdeviceptr memory, uint8_t *plain)
{
	CUevent event;

	CHECK(!cuEventCreate(&event, 0));
	CHECK(!cuCtxSynchronize());
	host_answers[CALL_cuEventRecord] = refuse;
	CHECK(!cuEventRecord(event, NULL));
	CHECK(!cuMemcpyHtoDAsync(memory, plain, BYTES, NULL));
	CHECK(cuCtxSynchronize() == CUDA_ERROR_INVALID_VALUE);
	CHECK(host_count[CALL_cuStreamWriteValue32_v2] >= 2);
	CHECK(!cuCtxSynchronize());
	CHECK(!memcmp(device, plain, BYTES));
}

/* Do two copies cross without a wait?  The host may have to wait for a CPU: then not always. */
static bool costs_no_wait(CUdeviceptr memory, void *pinned)
{
	unsigned waits = host_count[CALL_cuStreamSynchronize];

	CHECK(!cuMemcpyHtoD(memory, pinned, 4096) && !cuMemcpyDtoH(pinned, memory, 4096));
	return host_count[CALL_cuStreamSynchronize] == waits;
}

/* What is refused is not taken for done; what is taken costs no wait at the host. */
static void refused_copies_fail(CUdeviceptr memory)
{
	unsigned waits;
	void *pinned;

	CHECK(!cuMemHostAlloc(&pinned, BYTES, 0));
	host_answers[CALL_write_region_async] = host_answers[CALL_read_region_async] = move_pinned;
	host_answers[CALL_stream_mark] = mark;
	host_answers[CALL_cuStreamSynchronize] = synchronize;
	for (int i = 0; i < 100; i++)
		CHECK(!cuMemcpyHtoD(memory, pinned, 4096));
	for (int i = 0; !costs_no_wait(memory, pinned); i++)
		CHECK(i < 100);
	CHECK(host_count[CALL_stream_mark] > 80);
	for (int i = 0; i < 4; i++) {
		refuses = true;
		CHECK((i % 2 ? cuMemcpyHtoD(memory, pinned, 4096) :
			       cuMemcpyDtoH(pinned, memory, 4096)) == CUDA_ERROR_INVALID_VALUE);
		refuses = false;
		CHECK(!cuCtxSynchronize());
		CHECK(!cuMemcpyHtoD(memory, pinned, 4096));
	}
	/* Nor if the error has gone elsewhere */
	waits = host_count[CALL_write_region];
	host_answers[CALL_stream_mark] = do_nothing;
	CHECK(!cuMemcpyHtoD(memory, pinned, 4096));
	CHECK(host_count[CALL_write_region] == waits + 1);
	host_answers[CALL_stream_mark] = mark;
	CHECK(!cuMemFreeHost(pinned));
}

static _Atomic bool enough;

static void *query(void *context)
{
	CHECK(!cuCtxSetCurrent(context));
	while (!atomic_load(&enough))
		cuStreamQuery(NULL);	/* tells of errors of the other thread, too */
	return NULL;
}

/* Nor if another thread, with more of them than channels, was told between the copy and its mark */
static void others_take_no_error(CUdeviceptr memory)
{
	CUcontext context;
	pthread_t thread;
	void *pinned;

	CHECK(!cuMemHostAlloc(&pinned, BYTES, 0) && !cuCtxGetCurrent(&context));
	host_channels_suffice();
	host_answers[CALL_cuStreamQuery] = synchronize;
	host_answers[CALL_write_region] = move_pinned;
	CHECK(!pthread_create(&thread, NULL, query, context));
	for (int i = 0; i < 100; i++) {
		while (cuCtxSynchronize())
			;
		refuses = true;
		CHECK(cuMemcpyHtoD(memory, pinned, 4096) == CUDA_ERROR_INVALID_VALUE);
		refuses = false;
	}
	atomic_store(&enough, true);
	CHECK(!pthread_join(thread, NULL));
	/* What nobody has asked for since */
	cuStreamSynchronize(NULL);
	CHECK(!refused);
	host_answers[CALL_write_region] = write_region;
	CHECK(!cuMemFreeHost(pinned));
}

/* So it is with short reads of pageable memory, which is not written if they are refused. */
static void short_reads_are_watched(CUdeviceptr memory, uint8_t *plain)
{
	unsigned asked = host_count[CALL_read_region] + host_count[CALL_read_inline];

	host_answers[CALL_read_region_async] = read_region;
	CHECK(!cuCtxSynchronize());
	for (size_t i = 0; i < 1000; i++) {
		size_t bytes = 1 + (size_t)rand() % (i % 8 ? 4096 : 64 << 10);
		size_t at = (size_t)rand() % (BYTES - bytes);

		memset(plain, 0, bytes + 1);
		CHECK(!cuMemcpyDtoH(plain, memory + at, bytes));
		CHECK(!memcmp(plain, device + at, bytes) && !plain[bytes]);
	}
	CHECK(host_count[CALL_read_region] + host_count[CALL_read_inline] == asked);
	host_answers[CALL_read_region_async] = move_pinned;
	memset(plain, 0x5a, 4096);
	refuses = true;
	CHECK(cuMemcpyDtoH(plain, memory, 4096) == CUDA_ERROR_INVALID_VALUE);
	refuses = false;
	for (size_t i = 0; i < 4096; i++)
		CHECK(plain[i] == 0x5a);
	CHECK(!cuCtxSynchronize());
}

static CUresult add_alloc(struct arg *argv)
{
	*(uint64_t *)argv[8].p = device_base;
	return CUDA_SUCCESS;
}

/* Of what may not be there, or not be written, the host is asked. */
static void only_the_host_knows(CUdeviceptr memory)
{
	CUDA_MEM_ALLOC_NODE_PARAMS params = {
		.poolProps = { .allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
			       .location = { .type = CU_MEM_LOCATION_TYPE_DEVICE } },
		.bytesize = BYTES,
	};
	void *pages = aligned_alloc(4096, 4096);
	unsigned posted = host_count[CALL_read_region_async];
	CUgraphNode node;
	CUgraph graph;

	refuses = true;
	host_answers[CALL_read_region] = move_pinned;
	CHECK(!cuMemHostRegister(pages, 4096, CU_MEMHOSTREGISTER_READ_ONLY));
	CHECK(cuMemcpyDtoH(pages, memory, 4096) == CUDA_ERROR_INVALID_VALUE);
	CHECK(host_count[CALL_read_region_async] == posted);
	CHECK(cuMemcpyDtoHAsync(pages, memory, 4096, NULL) == CUDA_ERROR_INVALID_VALUE);
	CHECK(!cuMemcpyHtoDAsync(memory, pages, 4096, NULL));	/* which is posted */
	CHECK(cuCtxSynchronize() == CUDA_ERROR_INVALID_VALUE);
	CHECK(!cuMemFree(memory));
	host_answers[CALL_node_add_alloc] = add_alloc;
	CHECK(!cuGraphCreate(&graph, 0));
	CHECK(!cuGraphAddMemAllocNode(&node, graph, NULL, 0, &params) && params.dptr == memory);
	CHECK(cuMemcpyHtoDAsync(memory, pages, 4096, NULL) == CUDA_ERROR_INVALID_VALUE);
	CHECK(!cuGraphDestroy(graph));
	CHECK(!cuMemHostUnregister(pages));
	refuses = false;
	CHECK(!cuMemAlloc(&memory, BYTES) && memory == device_base);
	free(pages);
}

/* A copy that has not arrived is waited for where it was made, whatever context is current by then. */
static void late_copies_are_waited_for(CUdeviceptr memory, uint8_t *plain)
{
	CUcontext before, after;

	host_answers[CALL_write_region_async] = write_region;
	host_answers[CALL_cuStreamWriteValue32_v2] = do_nothing;
	CHECK(!cuCtxGetCurrent(&before));
	CHECK(!cuMemcpyHtoD(memory, plain, BYTES));
	CHECK(!cuCtxCreate(&after, NULL, 0, 0));
	waited_in = 0;
	CHECK(!cuMemcpyDtoH(plain, memory, 16));
	CHECK(waited_in == (uint64_t)before);
	CHECK(!cuCtxDestroy(after));
}

int main(void)
{
	uint8_t *plain = malloc(BYTES);
	CUdeviceptr memory;

	setenv("QCUDA_SPIN_US", "20000", 1);
	device_base = host_hole(BYTES);
	host_answers[CALL_cuMemAlloc_v2] = alloc;
	host_answers[CALL_write_region] = host_answers[CALL_write_region_async] = write_region;
	host_answers[CALL_cuStreamWriteValue32_v2] = write_word;
	host_start();
	CHECK(!cuMemAlloc(&memory, BYTES) && memory == device_base);
	for (size_t i = 0; i < BYTES; i++)
		plain[i] = rand() >> 8;
	trying_takes_no_error(memory, plain);
	refused_copies_fail(memory);
	others_take_no_error(memory);
	short_reads_are_watched(memory, plain);
	only_the_host_knows(memory);
	late_copies_are_waited_for(memory, plain);
	free(plain);
	return 0;
}
