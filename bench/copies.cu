/* SPDX-License-Identifier: MIT */
/*
 * copies.cu - bandwidth of copies by size: pinned and pageable, both ways, on the device
 *
 * Prints lines "name value unit"; each value is the median of the repetitions,
 * and what was copied is checked.  Sizes above the limit given (MiB, default
 * 256) are left out: softgpu in an emulated VM has not all day.
 */
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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

static double now()
{
	using namespace std::chrono;

	return duration<double>(steady_clock::now().time_since_epoch()).count();
}

static const char *size_name(size_t bytes)
{
	static char name[32];

	if (bytes >= 1 << 20)
		snprintf(name, sizeof(name), "%zuMiB", bytes >> 20);
	else
		snprintf(name, sizeof(name), "%zuKiB", bytes >> 10);
	return name;
}

static double median(std::vector<double> &seconds)
{
	std::sort(seconds.begin(), seconds.end());
	return seconds[seconds.size() / 2];
}

/* GB/s of one kind of copy: repetitions until there are 5 and 0.1 s, 500 at most */
template <typename Copy> static void measure(const char *what, size_t bytes, Copy copy)
{
	std::vector<double> seconds;
	double began;

	copy();
	began = now();
	while (seconds.size() < 500 && (seconds.size() < 5 || now() - began < 0.1)) {
		double start = now();

		copy();
		seconds.push_back(now() - start);
	}
	printf("%s.%s %.3f GB/s\n", what, size_name(bytes), bytes / median(seconds) / 1e9);
	fflush(stdout);
}

static void fill(unsigned char *data, size_t bytes, unsigned int seed)
{
	for (size_t i = 0; i + 4 <= bytes; i += 4) {
		seed = seed * 1664525u + 1013904223u;
		memcpy(data + i, &seed, 4);
	}
}

static void host_copies(const char *kind, unsigned char *host, unsigned char *back, void *device,
			size_t bytes)
{
	char name[64];

	fill(host, bytes, (unsigned int)bytes);
	memset(back, 0, bytes);
	snprintf(name, sizeof(name), "%s.to_device", kind);
	measure(name, bytes, [&] { NEED(cudaMemcpy(device, host, bytes, cudaMemcpyHostToDevice)); });
	snprintf(name, sizeof(name), "%s.to_host", kind);
	measure(name, bytes, [&] { NEED(cudaMemcpy(back, device, bytes, cudaMemcpyDeviceToHost)); });
	if (memcmp(host, back, bytes)) {
		fprintf(stderr, "%s: %zu bytes came back changed\n", kind, bytes);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	size_t largest = (size_t)(argc > 1 ? atoi(argv[1]) : 256) << 20;
	unsigned char *pinned, *pinned_back, *pageable, *pageable_back;
	void *device, *device2;

	NEED(cudaMalloc(&device, largest));
	NEED(cudaMalloc(&device2, largest));
	NEED(cudaMallocHost((void **)&pinned, largest));
	NEED(cudaMallocHost((void **)&pinned_back, largest));
	pageable = (unsigned char *)malloc(largest);
	pageable_back = (unsigned char *)malloc(largest);
	for (size_t bytes = 4096; bytes <= largest; bytes *= bytes < (1 << 20) ? 16 : 4)
		host_copies("pinned", pinned, pinned_back, device, bytes);
	for (size_t bytes = 4096; bytes <= largest; bytes *= bytes < (1 << 20) ? 16 : 4)
		host_copies("pageable", pageable, pageable_back, device, bytes);
	measure("on_device", largest, [&] {
		NEED(cudaMemcpyAsync(device2, device, largest, cudaMemcpyDeviceToDevice));
		NEED(cudaDeviceSynchronize());
	});
	free(pageable);
	free(pageable_back);
	NEED(cudaFreeHost(pinned));
	NEED(cudaFreeHost(pinned_back));
	NEED(cudaFree(device));
	NEED(cudaFree(device2));
	return 0;
}
