/* SPDX-License-Identifier: MIT */
/* What nvcc makes of <<<>>>: the configuration pushed is the one popped, per thread, as a stack */
#include "check.h"
#include <pthread.h>

extern "C" unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared,
						cudaStream_t stream);
extern "C" cudaError_t __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared,
						  void *stream);

static void push(unsigned n)
{
	CHECK(__cudaPushCallConfiguration(dim3(n, n + 1, n + 2), dim3(n + 3, n + 4, n + 5), n + 6,
					  (cudaStream_t)(uintptr_t)(n + 7)) == 0);
}

static void pop(unsigned n)
{
	cudaStream_t stream;
	dim3 grid, block;
	size_t shared;

	CUDA(__cudaPopCallConfiguration(&grid, &block, &shared, &stream));
	CHECK(grid.x == n && grid.y == n + 1 && grid.z == n + 2);
	CHECK(block.x == n + 3 && block.y == n + 4 && block.z == n + 5);
	CHECK(shared == n + 6 && (uintptr_t)stream == n + 7);
}

static void *thread(void *unused)
{
	push(50);
	pop(50);
	return NULL;
}

int main()
{
	pthread_t other;

	push(1);
	pop(1);
	push(10);
	push(20);
	CHECK(!pthread_create(&other, NULL, thread, NULL));
	pthread_join(other, NULL);
	pop(20);
	pop(10);
	return finish();
}
