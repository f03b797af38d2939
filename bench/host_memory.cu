/* SPDX-License-Identifier: MIT */
/*
 * host_memory.cu - what the parts of a copy of pageable memory cost on this machine
 *
 *	host_memory [NAME]
 *
 * The choices of docs/performance.md, "Pageable memory", rest on these figures.  To be run natively.
 * All of them, or those with NAME in theirs:
 *
 *	register	mapping, registering and unregistering memory of a memfd, as a worker does
 *			for guest memory: in one run, in shuffled runs of 2 MiB, in shuffled pages
 *	memcpy, stream	by threads, into and out of a staging buffer of 4 MiB, through the caches
 *			and past them
 *	staged		the whole way: threads fill (or empty) pieces of pinned memory that the
 *			device copies meanwhile
 *	ring		to the host with more and more staging memory
 *	waits		a synchronous copy of pinned memory, and an asynchronous one with a wait
 *			for its stream
 *	batch		scattered pinned memory by cudaMemcpyBatchAsync and by single copies
 */
#include <atomic>
#include <functional>
#include <immintrin.h>
#include <random>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

#include "measure.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define STAGING (4 * MIB)
#define LARGEST (64 * MIB)

static double median(std::vector<double> &values)
{
	std::sort(values.begin(), values.end());
	return values[values.size() / 2];
}

static double time_of(int times, const std::function<void()> &work)
{
	std::vector<double> seconds;

	work();
	for (int i = 0; i < times; i++) {
		double start = now();

		work();
		seconds.push_back(now() - start);
	}
	return median(seconds);
}

/* memcpy() past the caches: what is written is for the device, or not soon read */
__attribute__((target("avx2"))) static void *stream_copy(void *to, const void *from, size_t bytes)
{
	char *dst = (char *)to;
	const char *src = (const char *)from;

	for (; bytes >= 128; bytes -= 128, dst += 128, src += 128)
		for (int i = 0; i < 128; i += 32)
			_mm256_stream_si256((__m256i *)(dst + i),
					    _mm256_loadu_si256((const __m256i *)(src + i)));
	_mm_sfence();
	return memcpy(dst, src, bytes);
}

typedef void *copy_function(void *, const void *, size_t);

/* Threads that copy parts of one piece, polling for work: a floor, not what a library may do */
class Crew {
public:
	explicit Crew(int n, copy_function *function = memcpy) : n(n), function(function)
	{
		for (int i = 1; i < n; i++)
			threads.emplace_back([this, i] { serve(i); });
	}
	~Crew()
	{
		bytes = 0;
		round++;
		for (auto &thread : threads)
			thread.join();
	}
	void copy(void *to, const void *from, size_t length)
	{
		dst = (char *)to;
		src = (const char *)from;
		bytes = length;
		left = n - 1;
		round++;
		share(0);
		while (left)
			__builtin_ia32_pause();
	}

private:
	void share(int i)
	{
		size_t part = (bytes / n + 63) & ~(size_t)63, at = std::min(bytes, i * part);

		function(dst + at, src + at, i == n - 1 ? bytes - at : std::min(part, bytes - at));
	}
	void serve(int i)
	{
		for (unsigned seen = 0;;) {
			while (round == seen)
				__builtin_ia32_pause();
			seen++;
			if (!bytes)
				return;
			share(i);
			left--;
		}
	}

	int n;
	copy_function *function;
	std::vector<std::thread> threads;
	std::atomic<unsigned> round{ 0 };
	std::atomic<int> left{ 0 };
	char *dst;
	const char *src;
	size_t bytes;
};

static void register_cost(const char *how, size_t run, size_t bytes)
{
	int fd = memfd_create("guest", 0);
	std::vector<size_t> runs;
	std::vector<double> map, reg, unreg, touch;
	char *all;

	if (fd < 0 || ftruncate(fd, bytes))
		exit(1);
	all = (char *)mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(all, 1, bytes);
	for (size_t at = 0; at < bytes; at += run)
		runs.push_back(at);
	std::shuffle(runs.begin(), runs.end(), std::mt19937(1));
	for (int i = 0; i < 5; i++) {
		double t0 = now(), t1, t2, t3;
		char *base = (char *)mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		volatile char sum = 0;

		for (size_t k = 0; k < runs.size(); k++)
			if (mmap(base + k * run, run, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
				 runs[k]) == MAP_FAILED)
				exit(1);
		t1 = now();
		if (i % 2)
			for (size_t at = 0; at < bytes; at += 4096)
				sum = sum + base[at];
		if (i % 2)
			touch.push_back(now() - t1);
		t1 = now();
		NEED(cudaHostRegister(base, bytes, cudaHostRegisterPortable));
		t2 = now();
		NEED(cudaHostUnregister(base));
		t3 = now();
		map.push_back(t1 - t0 - (i % 2 ? touch.back() : 0));
		reg.push_back(t2 - t1);
		unreg.push_back(t3 - t2);
		munmap(base, bytes);
	}
	printf("register.%s.%zuKiB map %.0f us, touch %.0f us, register %.0f us, unregister %.0f us\n",
	       how, bytes / KIB, median(map) * 1e6, median(touch) * 1e6, median(reg) * 1e6,
	       median(unreg) * 1e6);
	fflush(stdout);
	munmap(all, bytes);
	close(fd);
}

static void memcpy_speed(const char *how, copy_function *function, int threads, char *pageable,
			 size_t bytes, char *staging)
{
	Crew crew(threads, function);
	double in = time_of(5, [&] {
		for (size_t at = 0; at < bytes; at += MIB)
			crew.copy(staging + at % STAGING, pageable + at, MIB);
	});
	double out = time_of(5, [&] {
		for (size_t at = 0; at < bytes; at += MIB)
			crew.copy(pageable + at, staging + at % STAGING, MIB);
	});

	printf("%s.%d_threads into %.1f, out of staging %.1f GB/s\n", how, threads, bytes / in / 1e9,
	       bytes / out / 1e9);
	fflush(stdout);
}

static void staged_to_device(Crew &crew, char *staging, char *pageable, char *device, size_t bytes,
			     size_t piece, cudaStream_t stream, cudaEvent_t *done)
{
	size_t slots = STAGING / piece, k = 0;

	for (size_t at = 0; at < bytes; at += piece, k++) {
		size_t slot = k % slots, n = std::min(piece, bytes - at);

		if (k >= slots)
			NEED(cudaEventSynchronize(done[slot]));
		crew.copy(staging + slot * piece, pageable + at, n);
		NEED(cudaMemcpyAsync(device + at, staging + slot * piece, n, cudaMemcpyHostToDevice,
				     stream));
		NEED(cudaEventRecord(done[slot], stream));
	}
	NEED(cudaStreamSynchronize(stream));
}

static void staged_to_host(Crew &crew, char *staging, char *pageable, char *device, size_t bytes,
			   size_t piece, cudaStream_t stream, cudaEvent_t *done,
			   size_t ring = STAGING)
{
	size_t slots = ring / piece, pieces = (bytes + piece - 1) / piece;

	for (size_t k = 0; k < pieces + slots; k++) {
		size_t slot = k % slots;

		if (k >= slots) {
			size_t at = (k - slots) * piece;

			if (at >= bytes)
				break;
			NEED(cudaEventSynchronize(done[slot]));
			crew.copy(pageable + at, staging + slot * piece, std::min(piece, bytes - at));
		}
		if (k < pieces) {
			NEED(cudaMemcpyAsync(staging + slot * piece, device + k * piece,
					     std::min(piece, bytes - k * piece), cudaMemcpyDeviceToHost,
					     stream));
			NEED(cudaEventRecord(done[slot], stream));
		}
	}
}

static void staged(const char *how, copy_function *function, int threads, size_t piece,
		   char *staging, char *pageable, char *device, cudaStream_t stream)
{
	std::vector<cudaEvent_t> done(STAGING / piece);
	Crew crew(threads, function);

	for (auto &event : done)
		NEED(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	for (size_t bytes : { 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB }) {
		double down, up;

		if (bytes < piece)
			continue;
		down = time_of(7, [&] {
			staged_to_device(crew, staging, pageable, device, bytes, piece, stream, done.data());
		});
		up = time_of(7, [&] {
			staged_to_host(crew, staging, pageable, device, bytes, piece, stream, done.data());
		});
		printf("staged.%s.%d_threads.pieces_%zuKiB.%zuKiB to_device %.1f to_host %.1f GB/s\n",
		       how, threads, piece / KIB, bytes / KIB, bytes / down / 1e9, bytes / up / 1e9);
	}
	fflush(stdout);
	for (auto &event : done)
		NEED(cudaEventDestroy(event));
}

/* The same to the host with more staging memory, which the threads' caches do not hold */
static void ring(int threads, size_t bytes, char *staging, char *pageable, char *device,
		 cudaStream_t stream)
{
	std::vector<cudaEvent_t> done(bytes / MIB);
	Crew crew(threads);
	double up;

	for (auto &event : done)
		NEED(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	up = time_of(7, [&] {
		staged_to_host(crew, staging, pageable, device, LARGEST, MIB, stream, done.data(), bytes);
	});
	printf("ring.%d_threads.%zuMiB to_host %.1f GB/s\n", threads, bytes / MIB, LARGEST / up / 1e9);
	fflush(stdout);
	for (auto &event : done)
		NEED(cudaEventDestroy(event));
}

static void batch(size_t run, char *pinned, char *device, cudaStream_t stream)
{
	const size_t bytes = 16 * MIB, n = bytes / run;
	std::vector<void *> dsts(n);
	std::vector<const void *> srcs(n);
	std::vector<size_t> sizes(n, run), order(n);
	cudaMemcpyAttributes attributes = {};
	size_t first = 0;
	double single, batched;

	attributes.srcAccessOrder = cudaMemcpySrcAccessOrderStream;
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	std::shuffle(order.begin(), order.end(), std::mt19937(1));
	for (size_t i = 0; i < n; i++) {
		dsts[i] = device + i * run;
		srcs[i] = pinned + order[i] * run;
	}
	single = time_of(3, [&] {
		for (size_t i = 0; i < n; i++)
			NEED(cudaMemcpyAsync(dsts[i], srcs[i], run, cudaMemcpyHostToDevice, stream));
		NEED(cudaStreamSynchronize(stream));
	});
	batched = time_of(3, [&] {
		NEED(cudaMemcpyBatchAsync((const void **)dsts.data(), srcs.data(), sizes.data(), n,
					  &attributes, &first, 1, stream));
		NEED(cudaStreamSynchronize(stream));
	});
	printf("batch.runs_of_%zuKiB single %.1f GB/s, batch %.1f GB/s, %.2f us a run\n", run / KIB,
	       bytes / single / 1e9, bytes / batched / 1e9, batched / n * 1e6);
	fflush(stdout);
}

static void waits(char *pinned, char *device, size_t bytes)
{
	double up = time_of(501, [&] { NEED(cudaMemcpy(device, pinned, bytes, cudaMemcpyHostToDevice)); });
	double down = time_of(501, [&] { NEED(cudaMemcpy(pinned, device, bytes, cudaMemcpyDeviceToHost)); });
	double up_async = time_of(501, [&] {
		NEED(cudaMemcpyAsync(device, pinned, bytes, cudaMemcpyHostToDevice, 0));
		NEED(cudaStreamSynchronize(0));
	});
	double down_async = time_of(501, [&] {
		NEED(cudaMemcpyAsync(pinned, device, bytes, cudaMemcpyDeviceToHost, 0));
		NEED(cudaStreamSynchronize(0));
	});

	printf("waits.%zuKiB to_device %.2f, asynchronous %.2f us; to_host %.2f, asynchronous %.2f us\n",
	       bytes / KIB, up * 1e6, up_async * 1e6, down * 1e6, down_async * 1e6);
	fflush(stdout);
}

struct parts {
	const char *only;
	char *pageable, *pinned, *device;
	cudaStream_t stream;
};

static void measure_all(const parts &p)
{
	if (wanted(p.only, "register"))
		for (size_t bytes : { 64 * KIB, MIB, 16 * MIB, 64 * MIB }) {
			register_cost("one_run", bytes, bytes);
			if (bytes > 2 * MIB)
				register_cost("runs_of_2MiB", 2 * MIB, bytes);
			register_cost("pages", 4 * KIB, bytes);
		}
	if (wanted(p.only, "waits"))
		for (size_t bytes : { 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB })
			waits(p.pinned, p.device, bytes);
	if (wanted(p.only, "memcpy"))
		for (int threads : { 1, 2, 4, 6, 8 }) {
			memcpy_speed("memcpy", memcpy, threads, p.pageable, LARGEST, p.pinned);
			memcpy_speed("stream", stream_copy, threads, p.pageable, LARGEST, p.pinned);
		}
	if (wanted(p.only, "staged"))
		for (int threads : { 1, 4, 6, 8 })
			for (size_t piece : { 256 * KIB, MIB, 2 * MIB }) {
				staged("memcpy", memcpy, threads, piece, p.pinned, p.pageable, p.device,
				       p.stream);
				staged("stream", stream_copy, threads, piece, p.pinned, p.pageable,
				       p.device, p.stream);
			}
	if (wanted(p.only, "ring"))
		for (int threads : { 4, 6 })
			for (size_t bytes : { 4 * MIB, 8 * MIB, 16 * MIB, 32 * MIB })
				ring(threads, bytes, p.pinned, p.pageable, p.device, p.stream);
	if (wanted(p.only, "batch"))
		for (size_t run : { 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, 2 * MIB })
			batch(run, p.pinned, p.device, p.stream);
}

int main(int argc, char **argv)
{
	parts p = {};

	p.only = argc > 1 ? argv[1] : NULL;
	warm_up(0.5);
	NEED(cudaMalloc((void **)&p.device, LARGEST));
	NEED(cudaMallocHost((void **)&p.pinned, LARGEST));
	NEED(cudaStreamCreate(&p.stream));
	p.pageable = (char *)aligned_alloc(4096, LARGEST);
	memset(p.pageable, 1, LARGEST);
	measure_all(p);
	free(p.pageable);
	NEED(cudaStreamDestroy(p.stream));
	NEED(cudaFreeHost(p.pinned));
	NEED(cudaFree(p.device));
	return 0;
}
