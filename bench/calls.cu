/* SPDX-License-Identifier: MIT */
/*
 * calls.cu - what single calls cost: start-up, launches, round trips
 *
 *	calls [PERCENT [NAME]]
 *
 * PERCENT of the usual repetitions; only the figures with NAME in theirs.  Each call is timed by
 * itself.  A call that only queues work is timed while the queue has room: what waits for room is
 * the rate's affair (launches_in_a_row).
 */
#include <thread>

#include "measure.h"

/* Calls that are queued before the device is waited for: drivers have room for some 1,000 */
#define QUEUED	250

#define SMALL	4096
#define NODES	20	/* kernels in a graph */

static int samples;
static const char *only;

__global__ void count(unsigned int *counter)
{
	atomicAdd(counter, 1);
}

struct counter {
	unsigned int *on_device, launches;

	void launch(cudaStream_t stream = 0)
	{
		count<<<1, 1, 0, stream>>>(on_device);
		launches++;
	}
};

/* Microseconds of each call; every @queued of them the device may catch up */
template <typename Call> static void measure(const char *name, int n, int queued, Call call)
{
	std::vector<double> micros;

	if (!wanted(only, name))
		return;
	n = std::max(n, 10);
	for (int i = 0; i < n; i++) {
		if (i % queued == 0)
			NEED(cudaDeviceSynchronize());

		double start = now();

		call();
		micros.push_back((now() - start) * 1e6);
	}
	NEED(cudaDeviceSynchronize());
	figure(name, "us", micros);
}

/* The same with a pause before each call in which everybody falls asleep */
template <typename Call> static void measure_from_idle(const char *name, int n, Call call)
{
	std::vector<double> micros;

	if (!wanted(only, name))
		return;
	for (int i = 0; i < std::max(n, 10); i++) {
		std::this_thread::sleep_for(std::chrono::milliseconds(5));

		double start = now();

		call();
		micros.push_back((now() - start) * 1e6);
	}
	figure(name, "us", micros);
}

/* Thousands of calls a second, to the end of what the last has the device do; @each: in one call() */
template <typename Call> static void measure_rate(const char *name, int n, int each, Call call)
{
	std::vector<double> rates;

	if (!wanted(only, name))
		return;
	for (int round = 0; round < 5; round++) {
		double start = now();

		for (int i = 0; i < n; i++)
			call();
		NEED(cudaDeviceSynchronize());
		rates.push_back(n * each / (now() - start) / 1e3);
	}
	figure(name, "k/s", rates);
}

static void start_up(struct counter *counter)
{
	double start = now();

	NEED(cudaMalloc(&counter->on_device, sizeof(*counter->on_device)));
	NEED(cudaMemset(counter->on_device, 0, sizeof(*counter->on_device)));
	counter->launch();
	NEED(cudaDeviceSynchronize());
	if (wanted(only, "first_kernel_done"))
		figure("first_kernel_done", "ms", (now() - start) * 1e3);
}

static void launches(struct counter *counter)
{
	measure("launch", samples, QUEUED, [&] { counter->launch(); });
	measure_rate("launches_in_a_row", samples * 5, 1, [&] { counter->launch(); });
	measure("launch_and_synchronize", samples, 1, [&] {
		counter->launch();
		NEED(cudaStreamSynchronize(0));
	});
}

static void waits(void)
{
	unsigned long long id;
	void *memory;
	int blocks;

	measure("synchronize_idle", samples, samples, [&] { NEED(cudaStreamSynchronize(0)); });
	/* What the guest's library cannot answer by itself, and costs a driver next to nothing */
	measure("round_trip", samples, samples, [&] { NEED(cudaStreamGetId(0, &id)); });
	measure_from_idle("round_trip_from_idle", samples / 100, [&] { NEED(cudaStreamGetId(0, &id)); });
	/* What programs and libraries ask before launches, and what does not change */
	measure("occupancy", samples, samples, [&] {
		NEED(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, count, 32, 0));
	});
	measure("malloc_and_free_1MiB", samples / 10, samples, [&] {
		NEED(cudaMalloc(&memory, 1 << 20));
		NEED(cudaFree(memory));
	});
}

/* What programs put between launches */
static void mixed(struct counter *counter)
{
	cudaStream_t stream, other;
	void *pinned, *device;
	cudaEvent_t event;

	NEED(cudaMallocHost(&pinned, SMALL));
	NEED(cudaMalloc(&device, SMALL));
	NEED(cudaStreamCreate(&stream));
	NEED(cudaStreamCreate(&other));
	NEED(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	measure("event_record", samples, QUEUED, [&] { NEED(cudaEventRecord(event, stream)); });
	measure("stream_wait_event", samples, QUEUED, [&] { NEED(cudaStreamWaitEvent(other, event, 0)); });
	measure("memset_4KiB", samples / 10, QUEUED, [&] {
		NEED(cudaMemsetAsync(device, 0, SMALL, stream));
	});
	measure("copy_async_4KiB", samples / 10, QUEUED, [&] {
		NEED(cudaMemcpyAsync(device, pinned, SMALL, cudaMemcpyHostToDevice, stream));
	});
	measure_rate("mixed_calls_in_a_row", samples, 9, [&] {
		counter->launch(stream);
		NEED(cudaMemcpyAsync(device, pinned, SMALL, cudaMemcpyHostToDevice, stream));
		NEED(cudaEventRecord(event, stream));
		NEED(cudaStreamWaitEvent(other, event, 0));
		NEED(cudaMemsetAsync(device, 0, SMALL, other));
		counter->launch(other);
		NEED(cudaMemcpyAsync(pinned, device, SMALL, cudaMemcpyDeviceToHost, other));
		NEED(cudaEventRecord(event, other));
		NEED(cudaStreamWaitEvent(stream, event, 0));
	});
	NEED(cudaEventDestroy(event));
	NEED(cudaStreamDestroy(other));
	NEED(cudaStreamDestroy(stream));
	NEED(cudaFree(device));
	NEED(cudaFreeHost(pinned));
}

static void graphs(struct counter *counter)
{
	unsigned int before = counter->launches;
	cudaGraphExec_t executable;
	cudaStream_t stream;
	cudaGraph_t graph;

	NEED(cudaStreamCreate(&stream));
	NEED(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
	for (int i = 0; i < NODES; i++)
		counter->launch(stream);
	counter->launches = before;
	NEED(cudaStreamEndCapture(stream, &graph));
	NEED(cudaGraphInstantiate(&executable, graph, 0));
	measure("graph_launch", samples / 10, QUEUED / NODES, [&] {
		NEED(cudaGraphLaunch(executable, stream));
		counter->launches += NODES;
	});
	measure("graph_launch_and_synchronize", samples / 10, 1, [&] {
		NEED(cudaGraphLaunch(executable, stream));
		NEED(cudaStreamSynchronize(stream));
		counter->launches += NODES;
	});
	NEED(cudaGraphExecDestroy(executable));
	NEED(cudaGraphDestroy(graph));
	NEED(cudaStreamDestroy(stream));
}

int main(int argc, char **argv)
{
	int percent = argc > 1 ? atoi(argv[1]) : 100;
	struct counter counter = {};
	unsigned int value;

	only = argc > 2 ? argv[2] : NULL;
	samples = std::max(20000 * percent / 100, 20);
	start_up(&counter);
	warm_up(0.005 * percent);
	launches(&counter);
	waits();
	mixed(&counter);
	graphs(&counter);
	NEED(cudaMemcpy(&value, counter.on_device, sizeof(value), cudaMemcpyDeviceToHost));
	if (value != counter.launches) {
		fprintf(stderr, "%u launches counted, %u made\n", value, counter.launches);
		return 1;
	}
	return 0;
}
