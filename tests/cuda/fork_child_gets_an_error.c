/* SPDX-License-Identifier: MIT */
/* After fork the child cannot use the parent's CUDA, and is told so; the parent goes on */
#include "check.h"
#include <sys/wait.h>

int main(void)
{
	int status, value = 7;
	void *dev;

	CUDA(cudaMalloc(&dev, 4));
	CUDA(cudaMemcpy(dev, &value, 4, cudaMemcpyHostToDevice));
	fflush(stdout);
	if (fork() == 0) {
		EXPECT(cudaErrorInitializationError, cudaMalloc(&dev, 4));
		EXPECT(cudaErrorInitializationError, cudaDeviceSynchronize());
		fflush(stdout);
		_exit(check_failures);
	}
	CHECK(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	value = 0;
	CUDA(cudaMemcpy(&value, dev, 4, cudaMemcpyDeviceToHost));
	CHECK(value == 7);
	CUDA(cudaFree(dev));
	return finish();
}
