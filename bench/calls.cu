/* SPDX-License-Identifier: MIT */
/*
 * calls.cu - what single calls cost: start-up, launches, round trips
 *
 * Prints lines "name value unit"; values are medians, except the start-up,
 * which a program has only once.
 */
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <cuda_runtime.h>

#define NEED(call)                                                                      \
	do {                                                                            \
		cudaError_t rc_ = (call);                                               \
		if (rc_ != cudaSuccess) {                                               \
			fprintf(stderr, "%s: %s\n", #call, cudaGetErrorString(rc_));    \
			exit(1);                                                        \
		}                                                                       \
	} while (0)

__global__ void count(unsigned int *counter)
{
	atomicAdd(counter, 1);
}

static double now()
{
	using namespace std::chrono;

	return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/* Median microseconds of one call, over samples of @batch calls each */
template <typename Call> static void measure(const char *name, int samples, int batch, Call call)
{
	std::vector<double> micros;

	for (int i = 0; i < samples; i++) {
		double start = now();

		for (int j = 0; j < batch; j++)
			call();
		micros.push_back((now() - start) / batch * 1e6);
	}
	std::sort(micros.begin(), micros.end());
	printf("%s %.2f us\n", name, micros[micros.size() / 2]);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int scale = argc > 1 ? atoi(argv[1]) : 100;	/* per cent of the usual repetitions */
	int n = std::max(20 * scale / 100, 3), batch = std::max(1000 * scale / 100, 10);
	unsigned int *counter, value, launches = 0;
	double start = now();
	cudaEvent_t event;
	void *memory;

	NEED(cudaMalloc(&counter, sizeof(*counter)));
	NEED(cudaMemset(counter, 0, sizeof(*counter)));
	count<<<1, 1>>>(counter);
	launches++;
	NEED(cudaDeviceSynchronize());
	printf("first_kernel_done %.1f ms\n", (now() - start) * 1e3);

	measure("launch", n, batch, [&] {
		count<<<1, 1>>>(counter);
		launches++;
	});
	NEED(cudaDeviceSynchronize());
	measure("launch_and_synchronize", n, batch, [&] {
		count<<<1, 1>>>(counter);
		launches++;
		NEED(cudaStreamSynchronize(0));
	});
	measure("synchronize_idle", n, batch, [&] { NEED(cudaStreamSynchronize(0)); });
	measure("malloc_and_free_1MiB", n, batch / 10, [&] {
		NEED(cudaMalloc(&memory, 1 << 20));
		NEED(cudaFree(memory));
	});
	NEED(cudaEventCreate(&event));
	measure("event_record", n, batch, [&] { NEED(cudaEventRecord(event)); });
	measure("memset_4B", n, batch / 10, [&] {
		NEED(cudaMemsetAsync(counter, 0, sizeof(*counter)));
		launches = 0;
	});
	count<<<1, 1>>>(counter);
	launches++;
	NEED(cudaMemcpy(&value, counter, sizeof(value), cudaMemcpyDeviceToHost));
	if (value != launches) {
		fprintf(stderr, "%u launches counted, %u made\n", value, launches);
		return 1;
	}
	return 0;
}
