/* SPDX-License-Identifier: MIT */
/*
 * Threads that come and go copy memory of all sizes and kinds in both directions, on streams of all
 * kinds, some of which they destroy: what arrives is what the CPU says
 */
#include <pthread.h>

#include "check.h"

#define WORKERS		6
#define GENERATIONS	4	/* of threads; each goes on with the memory of the one before */
#define OPERATIONS	80	/* of a thread */
#define SLOTS		3
#define LARGEST		(3 * MIB)
#define STREAMS		5

/*
 * struct slot - memory on the device, and what it will hold when all that was enqueued is done
 * @last: recorded behind the last thing that was enqueued about it
 */
struct slot {
	unsigned char *dev, *want;
	cudaEvent_t last;
};

/*
 * struct worker - a thread, and one after another those that take its place
 * @host: pageable memory, @pinned: pinned, which copies under way may use: as long as @pinned_last says
 */
struct worker {
	pthread_t thread;
	uint64_t random;
	struct slot slots[SLOTS];
	cudaStream_t streams[STREAMS];
	unsigned char *host, *pinned;
	cudaEvent_t pinned_last;
};

/* rng() is for one thread. */
static uint64_t next(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	return w->random ^= w->random << 17;
}

static size_t below(struct worker *w, size_t n)
{
	return next(w) % n;
}

static void fill(struct worker *w, unsigned char *p, size_t bytes)
{
	uint64_t x = next(w);

	for (; bytes >= sizeof(x); p += sizeof(x), bytes -= sizeof(x), x = x * 6364136223846793005u + 1)
		memcpy(p, &x, sizeof(x));
	memcpy(p, &x, bytes);
}

static size_t some_size(struct worker *w)
{
	static const size_t most[] = { 100, 5000, 16384, 20000, 65536, 70000, 300000, LARGEST };
	size_t i = below(w, 2 * ARRAY_SIZE(most));

	return 1 + below(w, most[i < ARRAY_SIZE(most) ? i : i % 5]);
}

static void new_stream(struct worker *w, int i)
{
	int least, greatest;

	CUDA(cudaDeviceGetStreamPriorityRange(&least, &greatest));
	CUDA(cudaStreamCreateWithPriority(&w->streams[i],
					  i % 2 ? cudaStreamNonBlocking : cudaStreamDefault,
					  below(w, 2) ? least : greatest));
}

/* The first two are not made, and stay. */
static void open_streams(struct worker *w)
{
	w->streams[0] = cudaStreamLegacy;
	w->streams[1] = cudaStreamPerThread;
	for (int i = 2; i < STREAMS; i++)
		new_stream(w, i);
}

static void host_to_device(struct worker *w, struct slot *slot, size_t at, size_t bytes,
			   cudaStream_t stream)
{
	unsigned char *from = w->host + below(w, 64);

	fill(w, from, bytes);
	memcpy(slot->want + at, from, bytes);
	if (stream == cudaStreamLegacy && below(w, 2))
		CUDA(cudaMemcpy(slot->dev + at, from, bytes, cudaMemcpyHostToDevice));
	else
		CUDA(cudaMemcpyAsync(slot->dev + at, from, bytes, cudaMemcpyHostToDevice, stream));
	memset(from, 0, bytes);
}

static void device_to_host(struct worker *w, struct slot *slot, size_t at, size_t bytes,
			   cudaStream_t stream)
{
	unsigned char *to = w->host + below(w, 64);

	if (stream == cudaStreamLegacy && below(w, 2))
		CUDA(cudaMemcpy(to, slot->dev + at, bytes, cudaMemcpyDeviceToHost));
	else
		CUDA(cudaMemcpyAsync(to, slot->dev + at, bytes, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaStreamSynchronize(stream));
	CHECK_SAME(to, slot->want + at, bytes);
}

static void pinned_to_device(struct worker *w, struct slot *slot, size_t at, size_t bytes,
			     cudaStream_t stream)
{
	CUDA(cudaEventSynchronize(w->pinned_last));
	fill(w, w->pinned, bytes);
	memcpy(slot->want + at, w->pinned, bytes);
	CUDA(cudaMemcpyAsync(slot->dev + at, w->pinned, bytes, cudaMemcpyHostToDevice, stream));
	CUDA(cudaEventRecord(w->pinned_last, stream));
}

static void set(struct worker *w, struct slot *slot, size_t at, size_t bytes, cudaStream_t stream)
{
	int value = (int)below(w, 256);

	memset(slot->want + at, value, bytes);
	CUDA(cudaMemsetAsync(slot->dev + at, value, bytes, stream));
}

static void (*const operations[])(struct worker *, struct slot *, size_t, size_t, cudaStream_t) = {
	host_to_device, host_to_device, host_to_device, device_to_host, pinned_to_device, set,
};

static void operate(struct worker *w)
{
	struct slot *slot = &w->slots[below(w, SLOTS)];
	size_t bytes = some_size(w), at = below(w, LARGEST - bytes + 1);
	int i = (int)below(w, STREAMS);

	CUDA(cudaStreamWaitEvent(w->streams[i], slot->last, 0));
	operations[below(w, ARRAY_SIZE(operations))](w, slot, at, bytes, w->streams[i]);
	CUDA(cudaEventRecord(slot->last, w->streams[i]));
	if (i >= 2 && !below(w, 8)) {
		CUDA(cudaStreamDestroy(w->streams[i]));
		new_stream(w, i);
	}
}

/* What it has enqueued on its own default stream goes on when it has ended. */
static void *work(void *argument)
{
	struct worker *w = (struct worker *)argument;

	open_streams(w);
	for (int i = 0; i < OPERATIONS; i++)
		operate(w);
	for (int i = 2; i < STREAMS; i++)
		CUDA(cudaStreamDestroy(w->streams[i]));
	return NULL;
}

static void worker_init(struct worker *w)
{
	w->random = rng() | 1;
	w->host = (unsigned char *)malloc(LARGEST + 64);
	CHECK(w->host);
	CUDA(cudaMallocHost((void **)&w->pinned, LARGEST));
	CUDA(cudaEventCreateWithFlags(&w->pinned_last, cudaEventDisableTiming));
	for (int i = 0; i < SLOTS; i++) {
		w->slots[i].want = (unsigned char *)calloc(1, LARGEST);
		CHECK(w->slots[i].want);
		CUDA(cudaMalloc((void **)&w->slots[i].dev, LARGEST));
		CUDA(cudaMemset(w->slots[i].dev, 0, LARGEST));
		CUDA(cudaEventCreateWithFlags(&w->slots[i].last, cudaEventDisableTiming));
	}
}

static void worker_finish(struct worker *w)
{
	for (int i = 0; i < SLOTS; i++) {
		unsigned char *got = (unsigned char *)malloc(LARGEST);

		CHECK(got);
		CUDA(cudaMemcpy(got, w->slots[i].dev, LARGEST, cudaMemcpyDeviceToHost));
		CHECK_SAME(got, w->slots[i].want, LARGEST);
		CUDA(cudaFree(w->slots[i].dev));
		CUDA(cudaEventDestroy(w->slots[i].last));
		free(w->slots[i].want);
		free(got);
	}
	CUDA(cudaEventDestroy(w->pinned_last));
	CUDA(cudaFreeHost(w->pinned));
	free(w->host);
}

int main(void)
{
	static struct worker workers[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		worker_init(&workers[i]);
	CUDA(cudaDeviceSynchronize());
	for (int n = 0; n < GENERATIONS; n++) {
		for (int i = 0; i < WORKERS; i++)
			CHECK(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
		for (int i = 0; i < WORKERS; i++)
			CHECK(!pthread_join(workers[i].thread, NULL));
	}
	CUDA(cudaDeviceSynchronize());
	for (int i = 0; i < WORKERS; i++)
		worker_finish(&workers[i]);
	return finish();
}
