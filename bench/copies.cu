/* SPDX-License-Identifier: MIT */
/*
 * copies.cu - bandwidth by size: copies of every kind, and kernels that work on host memory
 *
 *	copies [MIB [NAME]]
 *
 * Sizes from 4 KiB to MIB (256); only the kinds with NAME in theirs, or the one of which NAME is a figure.
 *
 * pinned, registered		cudaMemcpy from and to memory of cudaMallocHost, cudaHostRegister
 * pageable			the same of malloc, which CUDA has seen before
 * pageable_first		of memory fresh from the kernel: to the device the program has just
 *				written it, to the host it has not touched it
 * pinned_async			a dozen cudaMemcpyAsync on one stream, then a wait
 * pinned_both_ways		the same in both directions at once, on two streams
 * mapped			a kernel reads, or writes, pinned memory where it is
 * on_device			device to device
 *
 * What was moved is checked, after every figure.
 */
#include <sys/mman.h>

#include "measure.h"

/* Copies that are queued before the device is waited for */
#define QUEUED		12
#define BLOCK		256
#define MOST_BLOCKS	2048

static size_t largest;
static const char *only;
static cudaStream_t up, down;
static void *device, *device2;

/* Two areas of host memory of one kind: what is copied to the device, and back */
struct area {
	unsigned char *from, *back;
};

/* One sample is @bytes in the time that copy() takes: until there are 5 and 0.1 s, 500 at most */
template <typename Prepare, typename Copy>
static void measure(const std::string &name, size_t bytes, Prepare prepare, Copy copy)
{
	std::vector<double> rates;
	double began = now();

	do {
		prepare();

		double start = now();

		copy();
		rates.push_back(bytes / (now() - start) / 1e9);
	} while (rates.size() < 6 || (now() - began < 0.1 && rates.size() < 500));
	rates.erase(rates.begin());	/* the first one finds things as the last figure left them */
	figure(name, "GB/s", rates);
}

template <typename Copy> static void measure(const std::string &name, size_t bytes, Copy copy)
{
	measure(name, bytes, [] {}, copy);
}

/* Bytes that are different for every @seed, and never zero for long */
static void fill(unsigned char *data, size_t bytes, unsigned int seed)
{
	for (size_t i = 0; i + 4 <= bytes; i += 4) {
		seed = seed * 1664525u + 1013904223u;
		memcpy(data + i, &seed, 4);
	}
}

static void check_same(const std::string &name, const void *got, const void *want, size_t bytes)
{
	if (!memcmp(got, want, bytes))
		return;
	fprintf(stderr, "%s: not what it should be\n", name.c_str());
	exit(1);
}

/* What @memory on the device holds, by a way that no figure measures */
static void check_device(const std::string &name, const void *memory, const void *want, size_t bytes)
{
	static std::vector<unsigned char> got;

	got.resize(bytes);
	NEED(cudaMemcpy(got.data(), memory, bytes, cudaMemcpyDeviceToHost));
	check_same(name, got.data(), want, bytes);
}

static void synchronous(const std::string &kind, const area &host, size_t bytes)
{
	fill(host.from, bytes, rand());
	memset(host.back, 0, bytes);
	measure(kind + ".to_device." + size_name(bytes), bytes,
		[&] { NEED(cudaMemcpy(device, host.from, bytes, cudaMemcpyHostToDevice)); });
	measure(kind + ".to_host." + size_name(bytes), bytes,
		[&] { NEED(cudaMemcpy(host.back, device, bytes, cudaMemcpyDeviceToHost)); });
	check_same(kind, host.back, host.from, bytes);
}

static void *fresh(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return memory;
}

/* Memory that neither CUDA nor, to the host, anybody else has touched */
static void first_touch(const std::string &kind, const area &host, size_t bytes)
{
	void *memory = fresh(bytes);
	auto renew = [&] {
		munmap(memory, bytes);
		memory = fresh(bytes);
	};

	fill(host.from, bytes, rand());
	measure(kind + ".to_device." + size_name(bytes), bytes,
		[&] {
			renew();
			memcpy(memory, host.from, bytes);
		},
		[&] { NEED(cudaMemcpy(device, memory, bytes, cudaMemcpyHostToDevice)); });
	check_device(kind, device, host.from, bytes);
	measure(kind + ".to_host." + size_name(bytes), bytes, renew,
		[&] { NEED(cudaMemcpy(memory, device, bytes, cudaMemcpyDeviceToHost)); });
	check_same(kind, memory, host.from, bytes);
	munmap(memory, bytes);
}

static void asynchronous(const std::string &kind, const area &host, size_t bytes)
{
	fill(host.from, bytes, rand());
	memset(host.back, 0, bytes);
	measure(kind + ".to_device." + size_name(bytes), bytes * QUEUED, [&] {
		for (int i = 0; i < QUEUED; i++)
			NEED(cudaMemcpyAsync(device, host.from, bytes, cudaMemcpyHostToDevice, up));
		NEED(cudaStreamSynchronize(up));
	});
	measure(kind + ".to_host." + size_name(bytes), bytes * QUEUED, [&] {
		for (int i = 0; i < QUEUED; i++)
			NEED(cudaMemcpyAsync(host.back, device, bytes, cudaMemcpyDeviceToHost, down));
		NEED(cudaStreamSynchronize(down));
	});
	check_same(kind, host.back, host.from, bytes);
}

static void both_ways(const std::string &kind, const area &host, size_t bytes)
{
	fill(host.from, bytes, rand());
	memset(host.back, 0, bytes);
	NEED(cudaMemcpy(device2, host.from, bytes, cudaMemcpyHostToDevice));
	measure(kind + "." + size_name(bytes), bytes * QUEUED * 2, [&] {
		for (int i = 0; i < QUEUED; i++) {
			NEED(cudaMemcpyAsync(device, host.from, bytes, cudaMemcpyHostToDevice, up));
			NEED(cudaMemcpyAsync(host.back, device2, bytes, cudaMemcpyDeviceToHost, down));
		}
		NEED(cudaStreamSynchronize(up));
		NEED(cudaStreamSynchronize(down));
	});
	check_same(kind, host.back, host.from, bytes);
	check_device(kind, device, host.from, bytes);
}

/* Moves @n elements from where they are to where they shall be, either of them in host memory */
__global__ void move(uint4 *to, const uint4 *from, size_t n)
{
	for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < n;
	     i += (size_t)gridDim.x * blockDim.x)
		to[i] = from[i];
}

static void mapped(const std::string &kind, const area &host, size_t bytes)
{
	size_t n = bytes / sizeof(uint4);
	int blocks = (int)std::min<size_t>((n + BLOCK - 1) / BLOCK, MOST_BLOCKS);

	fill(host.from, bytes, rand());
	memset(host.back, 0, bytes);
	measure(kind + ".kernel_reads." + size_name(bytes), bytes, [&] {
		move<<<blocks, BLOCK>>>((uint4 *)device, (const uint4 *)host.from, n);
		NEED(cudaDeviceSynchronize());
	});
	measure(kind + ".kernel_writes." + size_name(bytes), bytes, [&] {
		move<<<blocks, BLOCK>>>((uint4 *)host.back, (const uint4 *)device, n);
		NEED(cudaDeviceSynchronize());
	});
	check_same(kind, host.back, host.from, bytes);
}

static void on_device(const std::string &kind, const area &host, size_t bytes)
{
	fill(host.from, bytes, rand());
	NEED(cudaMemcpy(device, host.from, bytes, cudaMemcpyHostToDevice));
	measure(kind + "." + size_name(bytes), bytes * QUEUED, [&] {
		for (int i = 0; i < QUEUED; i++)
			NEED(cudaMemcpyAsync(device2, device, bytes, cudaMemcpyDeviceToDevice, up));
		NEED(cudaStreamSynchronize(up));
	});
	check_device(kind, device2, host.from, bytes);
}

/* Also if @only is "pageable.to_host.4KiB", say, and @kind the part before the dot */
static bool wanted_kind(const std::string &kind)
{
	return wanted(only, kind.c_str()) || !strncmp(only, (kind + ".").c_str(), kind.size() + 1);
}

static void by_size(const std::string &kind, const area &host,
		    void (*measure_kind)(const std::string &, const area &, size_t))
{
	if (wanted_kind(kind))
		for (size_t bytes = 4096; bytes <= largest; bytes *= 4)
			measure_kind(kind, host, bytes);
}

int main(int argc, char **argv)
{
	area pinned, registered, pageable;

	largest = (size_t)(argc > 1 ? atoi(argv[1]) : 256) << 20;
	only = argc > 2 ? argv[2] : NULL;
	NEED(cudaMalloc(&device, largest));
	NEED(cudaMalloc(&device2, largest));
	NEED(cudaStreamCreateWithFlags(&up, cudaStreamNonBlocking));
	NEED(cudaStreamCreateWithFlags(&down, cudaStreamNonBlocking));
	NEED(cudaMallocHost((void **)&pinned.from, largest));
	NEED(cudaMallocHost((void **)&pinned.back, largest));
	warm_up(0.3);

	by_size("pinned", pinned, synchronous);
	by_size("pinned_async", pinned, asynchronous);
	by_size("pinned_both_ways", pinned, both_ways);
	by_size("mapped", pinned, mapped);
	by_size("on_device", pinned, on_device);
	NEED(cudaFreeHost(pinned.from));
	NEED(cudaFreeHost(pinned.back));

	pageable.from = (unsigned char *)malloc(largest);
	pageable.back = (unsigned char *)malloc(largest);
	by_size("pageable", pageable, synchronous);
	by_size("pageable_first", pageable, first_touch);

	registered = { (unsigned char *)fresh(largest), (unsigned char *)fresh(largest) };
	NEED(cudaHostRegister(registered.from, largest, cudaHostRegisterDefault));
	NEED(cudaHostRegister(registered.back, largest, cudaHostRegisterDefault));
	by_size("registered", registered, synchronous);
	NEED(cudaHostUnregister(registered.from));
	NEED(cudaHostUnregister(registered.back));
	return 0;
}
