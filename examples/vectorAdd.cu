/* SPDX-License-Identifier: MIT */
/*
 * vectorAdd - c = a + b on the GPU, checked on the CPU
 *
 *     vectorAdd [ELEMENTS]
 *
 * The smallest whole CUDA program: allocate, copy in, launch, copy out, compare.  Prints the
 * time of each phase and one line of result; the exit status is 0 if every element is right.
 */
#include <cuda_runtime.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#define CUDA(call) cuda_or_die(call, #call)

static void cuda_or_die(cudaError_t error, const char *call)
{
	if (error == cudaSuccess)
		return;
	fprintf(stderr, "vectorAdd: %s: %s (%s)\n", call, cudaGetErrorString(error),
		cudaGetErrorName(error));
	exit(1);
}

/* phase() - print how long it is since the last call */
static void phase(const char *name)
{
	static std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
	std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();

	if (name)
		printf("  %-8s %9.3f ms\n", name,
		       std::chrono::duration<double, std::milli>(now - last).count());
	last = std::chrono::steady_clock::now();
}

__global__ void vector_add(const float *a, const float *b, float *c, size_t n)
{
	size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		c[i] = a[i] + b[i];
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoull(argv[1], NULL, 0) : 1 << 20;
	size_t bytes = n * sizeof(float), wrong = 0;
	std::vector<float> a(n), b(n), c(n);
	std::mt19937 random(std::random_device{}());
	std::uniform_real_distribution<float> value(-1, 1);
	float *dev_a, *dev_b, *dev_c;
	cudaDeviceProp device;

	if (argc > 2 || n == 0 || n > (size_t)1 << 38) {
		fprintf(stderr, "usage: vectorAdd [ELEMENTS]\n");
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		a[i] = value(random);
		b[i] = value(random);
	}

	phase(NULL);
	CUDA(cudaGetDeviceProperties(&device, 0));
	printf("vectorAdd: %zu floats on %s\n", n, device.name);
	phase("start");
	CUDA(cudaMalloc(&dev_a, bytes));
	CUDA(cudaMalloc(&dev_b, bytes));
	CUDA(cudaMalloc(&dev_c, bytes));
	phase("alloc");
	CUDA(cudaMemcpy(dev_a, a.data(), bytes, cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy(dev_b, b.data(), bytes, cudaMemcpyHostToDevice));
	phase("copy in");
	vector_add<<<(unsigned)((n + 255) / 256), 256>>>(dev_a, dev_b, dev_c, n);
	CUDA(cudaGetLastError());
	CUDA(cudaDeviceSynchronize());
	phase("kernel");
	CUDA(cudaMemcpy(c.data(), dev_c, bytes, cudaMemcpyDeviceToHost));
	phase("copy out");
	CUDA(cudaFree(dev_a));
	CUDA(cudaFree(dev_b));
	CUDA(cudaFree(dev_c));

	for (size_t i = 0; i < n; i++)
		wrong += c[i] != a[i] + b[i];
	if (wrong) {
		printf("vectorAdd: FAILED, %zu of %zu sums are wrong\n", wrong, n);
		return 1;
	}
	printf("vectorAdd: passed, all %zu sums are right\n", n);
	return 0;
}
