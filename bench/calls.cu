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
#include "measure.h"

/* Calls that are queued before the device is waited for: drivers have room for some 1,000 */
#define QUEUED	250

static int samples;
static const char *only;

__global__ void count(unsigned int *counter)
{
	atomicAdd(counter, 1);
}

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

static void launches_in_a_row(unsigned int *counter, unsigned int *launches)
{
	const int n = samples * 5;
	std::vector<double> rates;

	if (!wanted(only, "launches_in_a_row"))
		return;
	for (int round = 0; round < 5; round++) {
		double start = now();

		for (int i = 0; i < n; i++)
			count<<<1, 1>>>(counter);
		NEED(cudaDeviceSynchronize());
		rates.push_back(n / (now() - start) / 1e3);
		*launches += n;
	}
	figure("launches_in_a_row", "k/s", rates);
}

int main(int argc, char **argv)
{
	int percent = argc > 1 ? atoi(argv[1]) : 100;
	unsigned int *counter, value, launches = 0;
	double start = now();
	cudaEvent_t event;
	void *memory;

	only = argc > 2 ? argv[2] : NULL;
	samples = std::max(20000 * percent / 100, 20);
	NEED(cudaMalloc(&counter, sizeof(*counter)));
	NEED(cudaMemset(counter, 0, sizeof(*counter)));
	count<<<1, 1>>>(counter);
	launches++;
	NEED(cudaDeviceSynchronize());
	if (wanted(only, "first_kernel_done"))
		figure("first_kernel_done", "ms", (now() - start) * 1e3);
	warm_up(0.005 * percent);

	measure("launch", samples, QUEUED, [&] {
		count<<<1, 1>>>(counter);
		launches++;
	});
	launches_in_a_row(counter, &launches);
	measure("launch_and_synchronize", samples, 1, [&] {
		count<<<1, 1>>>(counter);
		launches++;
		NEED(cudaStreamSynchronize(0));
	});
	measure("synchronize_idle", samples, samples, [&] { NEED(cudaStreamSynchronize(0)); });
	measure("malloc_and_free_1MiB", samples / 10, samples, [&] {
		NEED(cudaMalloc(&memory, 1 << 20));
		NEED(cudaFree(memory));
	});
	NEED(cudaEventCreate(&event));
	measure("event_record", samples, QUEUED, [&] { NEED(cudaEventRecord(event)); });
	NEED(cudaMemcpy(&value, counter, sizeof(value), cudaMemcpyDeviceToHost));
	if (value != launches) {
		fprintf(stderr, "%u launches counted, %u made\n", value, launches);
		return 1;
	}
	measure("memset_4B", samples / 10, QUEUED,
		[&] { NEED(cudaMemsetAsync(counter, 0, sizeof(*counter))); });
	NEED(cudaMemcpy(&value, counter, sizeof(value), cudaMemcpyDeviceToHost));
	return value != 0 && wanted(only, "memset_4B");
}
