/* SPDX-License-Identifier: MIT */
/*
 * Calls of all kinds that read and write the same memory, one after another, on the default stream, on
 * one that waits for it, and on one that does not: the device's memory is what the CPU says
 */
#include <cooperative_groups.h>

#include "check.h"

#define OPERATIONS	600
#define WORDS		(400 << 10)	/* of a buffer */
#define BUFFERS		3
#define PINNED		6
#define SYMBOL_WORDS	1024

__device__ unsigned symbol[SYMBOL_WORDS];

static __global__ void add(unsigned *words, size_t n, unsigned value)
{
	for (size_t i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
		words[i] += value;
}

static __global__ void add_symbol(unsigned *words, size_t n)
{
	for (size_t i = threadIdx.x; i < n; i += blockDim.x)
		words[i] += symbol[i];
}

/* Each word of the range becomes the sum of it and of the first, as that was before */
static __global__ void add_first(unsigned *words, size_t n)
{
	unsigned first = *words;

	cooperative_groups::this_grid().sync();
	for (size_t i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
		words[i] += first;
}

/* @want: what @dev holds once all that was enqueued is done */
static struct buffer {
	unsigned *dev, *want;
} buffers[BUFFERS];

/* Memory that copies under way may use until @last says that they are done */
static struct pinned {
	unsigned *words, *dev;
	bool managed;
	cudaEvent_t last;
} pinned[PINNED];

/* A range of a buffer, and where the operation goes */
struct work {
	struct buffer *buffer;
	unsigned *dev, *want;
	size_t n;
	cudaStream_t stream;
};

static cudaStream_t waiting, apart, capturing;
static cudaEvent_t event;
static unsigned *host, symbol_want[SYMBOL_WORDS];
static bool registered;

static void fill(unsigned *words, size_t n)
{
	unsigned x = (unsigned)rng();

	for (size_t i = 0; i < n; i++, x = x * 1664525 + 1013904223)
		words[i] = x;
}

static struct pinned *idle_pinned(void)
{
	struct pinned *p = &pinned[rng_below(PINNED)];

	CUDA(cudaEventSynchronize(p->last));
	/* The device may work on it, and this one has no concurrent managed access. */
	if (p->managed)
		CUDA(cudaDeviceSynchronize());
	return p;
}

static void to_device(const struct work *w)
{
	fill(host, w->n);
	if (!w->stream)
		CUDA(cudaMemcpy(w->dev, host, w->n * 4, cudaMemcpyHostToDevice));
	else
		CUDA(cudaMemcpyAsync(w->dev, host, w->n * 4, cudaMemcpyHostToDevice, w->stream));
	if (registered && w->stream)
		CUDA(cudaStreamSynchronize(w->stream));
	memcpy(w->want, host, w->n * 4);
	memset(host, 0, w->n * 4);
}

static void to_host(const struct work *w)
{
	if (!w->stream)
		CUDA(cudaMemcpy(host, w->dev, w->n * 4, cudaMemcpyDeviceToHost));
	else
		CUDA(cudaMemcpyAsync(host, w->dev, w->n * 4, cudaMemcpyDeviceToHost, w->stream));
	if (w->stream)
		CUDA(cudaStreamSynchronize(w->stream));
	CHECK_SAME(host, w->want, w->n * 4);
}

static void pinned_to_device(const struct work *w)
{
	struct pinned *p = idle_pinned();

	fill(p->words, w->n);
	memcpy(w->want, p->words, w->n * 4);
	if (w->stream || rng() % 2)
		CUDA(cudaMemcpyAsync(w->dev, p->words, w->n * 4, cudaMemcpyHostToDevice, w->stream));
	else
		CUDA(cudaMemcpy(w->dev, p->words, w->n * 4, cudaMemcpyHostToDevice));
	CUDA(cudaEventRecord(p->last, w->stream));
}

static void device_to_pinned(const struct work *w)
{
	struct pinned *p = idle_pinned();

	if (w->stream) {
		CUDA(cudaMemcpyAsync(p->words, w->dev, w->n * 4, cudaMemcpyDeviceToHost, w->stream));
		CUDA(cudaStreamSynchronize(w->stream));
	} else {
		CUDA(cudaMemcpy(p->words, w->dev, w->n * 4, cudaMemcpyDeviceToHost));
	}
	if (p->managed)
		CUDA(cudaDeviceSynchronize());
	CHECK_SAME(p->words, w->want, w->n * 4);
}

static void set(const struct work *w)
{
	int value = (int)rng_below(256);

	if (!w->stream && rng() % 2)
		CUDA(cudaMemset(w->dev, value, w->n * 4));
	else
		CUDA(cudaMemsetAsync(w->dev, value, w->n * 4, w->stream));
	memset(w->want, value, w->n * 4);
}

static void launch(const struct work *w)
{
	unsigned value = (unsigned)rng();

	add<<<4, 64, 0, w->stream>>>(w->dev, w->n, value);
	CUDA(cudaGetLastError());
	for (size_t i = 0; i < w->n; i++)
		w->want[i] += value;
}

static void launch_cooperative(const struct work *w)
{
	unsigned *dev = w->dev, first = *w->want;
	size_t n = w->n;
	void *params[] = { &dev, &n };

	CUDA(cudaLaunchCooperativeKernel((const void *)add_first, 2, 64, params, 0, w->stream));
	for (size_t i = 0; i < w->n; i++)
		w->want[i] += first;
}

static void within_device(const struct work *w)
{
	struct buffer *from = &buffers[rng_below(BUFFERS)];
	size_t at = rng_below(WORDS - w->n + 1);

	if (from == w->buffer)
		return;
	if (!w->stream && rng() % 2)
		CUDA(cudaMemcpy(w->dev, from->dev + at, w->n * 4, cudaMemcpyDeviceToDevice));
	else
		CUDA(cudaMemcpyAsync(w->dev, from->dev + at, w->n * 4, cudaMemcpyDefault, w->stream));
	memcpy(w->want, from->want + at, w->n * 4);
}

static void rows(const struct work *w)
{
	size_t width = 1 + w->n / 10, height = w->n / (width + 1);

	if (width < 2 || !height)
		return;
	fill(host, w->n);
	CUDA(cudaMemcpy2D(w->dev, (width + 1) * 4, host, width * 4, width * 4, height,
			  cudaMemcpyHostToDevice));
	for (size_t y = 0; y < height; y++)
		memcpy(w->want + y * (width + 1), host + y * width, width * 4);
	CUDA(cudaMemcpy2D(host, width * 4, w->dev + 1, (width + 1) * 4, (width - 1) * 4, height,
			  cudaMemcpyDeviceToHost));
	for (size_t y = 0; y < height; y++)
		CHECK_SAME(host + y * width, w->want + y * (width + 1) + 1, (width - 1) * 4);
}

static void run_graph(const struct work *w)
{
	cudaStreamCaptureStatus status;
	unsigned value = (unsigned)rng();
	cudaGraphExec_t exec;
	cudaGraph_t graph;
	unsigned long long id;

	CUDA(cudaStreamBeginCapture(capturing, cudaStreamCaptureModeThreadLocal));
	add<<<4, 64, 0, capturing>>>(w->dev, w->n, value);
	CUDA(cudaStreamGetCaptureInfo(capturing, &status, &id));
	CHECK(status == cudaStreamCaptureStatusActive);
	CUDA(cudaMemsetAsync(w->dev, 7, 4, capturing));
	CUDA(cudaStreamEndCapture(capturing, &graph));
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	CUDA(cudaGraphLaunch(exec, w->stream));
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
	for (size_t i = 0; i < w->n; i++)
		w->want[i] += value;
	*w->want = 0x07070707;
}

static void by_scratch(const struct work *w)
{
	unsigned value = (unsigned)rng(), *scratch;

	CUDA(cudaMallocAsync((void **)&scratch, w->n * 4, w->stream));
	CUDA(cudaMemcpyAsync(scratch, w->dev, w->n * 4, cudaMemcpyDeviceToDevice, w->stream));
	add<<<4, 64, 0, w->stream>>>(scratch, w->n, value);
	CUDA(cudaMemcpyAsync(w->dev, scratch, w->n * 4, cudaMemcpyDeviceToDevice, w->stream));
	CUDA(cudaFreeAsync(scratch, w->stream));
	for (size_t i = 0; i < w->n; i++)
		w->want[i] += value;
}

/* A host function says what is copied. */
static void CUDART_CB write_word(void *data)
{
	*(unsigned *)data ^= 0xffffffff;
}

static void by_host_function(const struct work *w)
{
	struct pinned *p = idle_pinned();

	if (p->managed)
		return;
	*p->words = (unsigned)rng();
	*w->want = ~*p->words;
	CUDA(cudaLaunchHostFunc(w->stream, write_word, p->words));
	CUDA(cudaMemcpyAsync(w->dev, p->words, 4, cudaMemcpyHostToDevice, w->stream));
	CUDA(cudaEventRecord(p->last, w->stream));
}

static void by_symbol(const struct work *w)
{
	size_t n = w->n < SYMBOL_WORDS ? w->n : SYMBOL_WORDS;

	fill(host, n);
	CUDA(cudaMemcpyToSymbol(symbol, host, n * 4));
	memcpy(symbol_want, host, n * 4);
	memset(host, 0, n * 4);
	add_symbol<<<1, 64>>>(w->dev, n);
	CUDA(cudaGetLastError());
	for (size_t i = 0; i < n; i++)
		w->want[i] += symbol_want[i];
}

/* The buffer goes, and comes back with other contents. */
static void renew(const struct work *w)
{
	struct buffer *b = w->buffer;

	CUDA(cudaFree(b->dev));
	CUDA(cudaMalloc((void **)&b->dev, WORDS * 4));
	CUDA(cudaMemcpy(b->dev, b->want, WORDS * 4, cudaMemcpyHostToDevice));
}

static void register_host(const struct work *w)
{
	CUDA(cudaDeviceSynchronize());
	if (registered)
		CUDA(cudaHostUnregister(host));
	else
		CUDA(cudaHostRegister(host, WORDS * 4, cudaHostRegisterDefault));
	registered = !registered;
}

static void by_mapping(const struct work *w)
{
	struct pinned *p = idle_pinned();
	unsigned value = (unsigned)rng();

	fill(p->words, w->n);
	add<<<4, 64, 0, w->stream>>>(p->dev, w->n, value);
	CUDA(cudaMemcpyAsync(w->dev, p->dev, w->n * 4, cudaMemcpyDefault, w->stream));
	CUDA(cudaEventRecord(p->last, w->stream));
	CUDA(cudaEventSynchronize(p->last));
	if (p->managed)
		CUDA(cudaDeviceSynchronize());
	memcpy(w->want, p->words, w->n * 4);
}

static void wait(const struct work *w)
{
	if (rng() % 2)
		CUDA(cudaStreamSynchronize(w->stream));
	else
		CUDA(cudaDeviceSynchronize());
}

static void (*const operations[])(const struct work *) = {
	to_device, to_device, to_host, pinned_to_device, device_to_pinned, set, launch, launch,
	launch_cooperative, within_device, rows, run_graph, by_scratch, by_host_function, by_symbol,
	renew, register_host, by_mapping, wait,
};

static size_t some_words(void)
{
	static const size_t most[] = { 4, 250, 4096, 4200, 16384, 17000, 70000, WORDS };

	return 1 + rng_below(most[rng_below(ARRAY_SIZE(most))]);
}

/* What is not ordered by the default stream is ordered by an event and a wait. */
static void operate(void)
{
	cudaStream_t streams[] = { NULL, waiting, apart };
	struct work w;
	size_t at;

	w.buffer = &buffers[rng_below(BUFFERS)];
	w.n = some_words();
	at = rng_below(WORDS - w.n + 1);
	w.dev = w.buffer->dev + at;
	w.want = w.buffer->want + at;
	w.stream = streams[rng_below(ARRAY_SIZE(streams))];
	if (w.stream == apart) {
		CUDA(cudaEventRecord(event, NULL));
		CUDA(cudaStreamWaitEvent(apart, event, 0));
	}
	operations[rng_below(ARRAY_SIZE(operations))](&w);
	if (w.stream == apart)
		CUDA(cudaStreamSynchronize(apart));
}

static void begin(void)
{
	CUDA(cudaStreamCreate(&waiting));
	CUDA(cudaStreamCreateWithFlags(&apart, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&capturing, cudaStreamNonBlocking));
	CUDA(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	host = (unsigned *)malloc(WORDS * 4);
	CHECK(host);
	for (int i = 0; i < BUFFERS; i++) {
		buffers[i].want = (unsigned *)calloc(WORDS, 4);
		CHECK(buffers[i].want);
		CUDA(cudaMalloc((void **)&buffers[i].dev, WORDS * 4));
		CUDA(cudaMemset(buffers[i].dev, 0, WORDS * 4));
	}
	for (int i = 0; i < PINNED; i++) {
		struct pinned *p = &pinned[i];

		p->managed = i == PINNED - 1;
		CUDA(cudaEventCreateWithFlags(&p->last, cudaEventDisableTiming));
		if (p->managed) {
			CUDA(cudaMallocManaged((void **)&p->words, WORDS * 4, cudaMemAttachGlobal));
			p->dev = p->words;
			continue;
		}
		CUDA(cudaMallocHost((void **)&p->words, WORDS * 4));
		CUDA(cudaHostGetDevicePointer((void **)&p->dev, p->words, 0));
	}
}

static void end(void)
{
	if (registered)
		CUDA(cudaHostUnregister(host));
	for (int i = 0; i < BUFFERS; i++) {
		CUDA(cudaMemcpy(host, buffers[i].dev, WORDS * 4, cudaMemcpyDeviceToHost));
		CHECK_SAME(host, buffers[i].want, WORDS * 4);
		CUDA(cudaFree(buffers[i].dev));
		free(buffers[i].want);
	}
	for (int i = 0; i < PINNED; i++) {
		CUDA(pinned[i].managed ? cudaFree(pinned[i].words) : cudaFreeHost(pinned[i].words));
		CUDA(cudaEventDestroy(pinned[i].last));
	}
	CUDA(cudaEventDestroy(event));
	CUDA(cudaStreamDestroy(capturing));
	CUDA(cudaStreamDestroy(apart));
	CUDA(cudaStreamDestroy(waiting));
	free(host);
}

int main()
{
	begin();
	for (int i = 0; i < OPERATIONS; i++)
		operate();
	end();
	return finish();
}
