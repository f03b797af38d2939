/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* Sixteen bytes are loaded, stored, exchanged and compared at once, whoever else does so */
#include "check.h"

typedef __int128 wide;

#define BLOCKS	16
#define THREADS	64
#define ROUNDS	20

/* Both halves of a number that nobody has torn are equal */
__device__ bool is_whole(wide x)
{
	return (unsigned long long)x == (unsigned long long)(x >> 64);
}

__device__ wide twice(unsigned long long half)
{
	return (wide)half << 64 | half;
}

/* Each thread adds one to both halves, @rounds times; torn[] counts what must not be */
__global__ void count(wide *counter, unsigned *torn)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		wide old, next;

		__nv_atomic_load(counter, &old, __NV_ATOMIC_RELAXED, __NV_THREAD_SCOPE_DEVICE);
		do {
			if (!is_whole(old))
				atomicAdd(torn, 1);
			next = twice((unsigned long long)old + 1);
		} while (!__nv_atomic_compare_exchange(counter, &old, &next, false, __NV_ATOMIC_ACQ_REL,
						       __NV_ATOMIC_ACQUIRE, __NV_THREAD_SCOPE_DEVICE));
	}
}

/* All write and read one place: nothing is lost by exchanging, nothing is torn */
__global__ void pass_around(wide *place, unsigned long long *sum, unsigned *torn)
{
	wide mine = twice(blockIdx.x * THREADS + threadIdx.x + 1), seen;

	for (unsigned i = 0; i < ROUNDS; i++) {
		__nv_atomic_exchange(place, &mine, &seen, __NV_ATOMIC_RELAXED, __NV_THREAD_SCOPE_SYSTEM);
		if (!is_whole(seen))
			atomicAdd(torn, 1);
		mine = seen;
	}
	atomicAdd(sum, (unsigned long long)mine);
}

__global__ void overwrite(wide *place, unsigned *torn)
{
	wide mine = twice(blockIdx.x * 0x100000001ull + threadIdx.x), seen;

	for (unsigned i = 0; i < ROUNDS; i++) {
		__nv_atomic_store(place, &mine, __NV_ATOMIC_RELEASE, __NV_THREAD_SCOPE_DEVICE);
		__nv_atomic_load(place, &seen, __NV_ATOMIC_ACQUIRE, __NV_THREAD_SCOPE_DEVICE);
		if (!is_whole(seen))
			atomicAdd(torn, 1);
	}
}

/* The same in shared memory */
__global__ void count_shared(wide *out)
{
	__shared__ wide counter;
	wide old, next;

	if (!threadIdx.x)
		counter = 0;
	__syncthreads();
	__nv_atomic_load(&counter, &old, __NV_ATOMIC_RELAXED, __NV_THREAD_SCOPE_BLOCK);
	do
		next = twice((unsigned long long)old + 3);
	while (!__nv_atomic_compare_exchange(&counter, &old, &next, false, __NV_ATOMIC_RELAXED,
					     __NV_ATOMIC_RELAXED, __NV_THREAD_SCOPE_BLOCK));
	__syncthreads();
	if (!threadIdx.x)
		*out = counter;
}

struct results {
	wide counter, place, shared;
	unsigned long long sum;
	unsigned torn;
};

int main()
{
	unsigned long long threads = BLOCKS * THREADS;
	results *device, host;
	int major;

	/* Where softgpu is in this process */
	setenv("QCUDA_SOFTGPU_CC", "9.0", 0);
	CUDA(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0));
	if (major < 9)
		skip("the device has no atomics of 128 bits");
	CUDA(cudaMalloc(&device, sizeof(*device)));
	CUDA(cudaMemset(device, 0, sizeof(*device)));
	count<<<BLOCKS, THREADS>>>(&device->counter, &device->torn);
	pass_around<<<BLOCKS, THREADS>>>(&device->place, &device->sum, &device->torn);
	count_shared<<<1, 96>>>(&device->shared);
	CUDA(cudaMemcpy(&host, device, sizeof(host), cudaMemcpyDefault));
	CHECK(host.torn == 0);
	CHECK((unsigned long long)host.counter == threads * ROUNDS);
	CHECK((unsigned long long)(host.counter >> 64) == threads * ROUNDS);
	CHECK(host.sum + (unsigned long long)host.place == threads * (threads + 1) / 2);
	CHECK((unsigned long long)host.shared == 288 && (unsigned long long)(host.shared >> 64) == 288);
	overwrite<<<BLOCKS, THREADS>>>(&device->place, &device->torn);
	CUDA(cudaMemcpy(&host, device, sizeof(host), cudaMemcpyDefault));
	CHECK(host.torn == 0);
	CUDA(cudaFree(device));
	return finish();
}
