/* SPDX-License-Identifier: MIT */
/* A program that leaves with work under way and everything allocated exits with its own status */
#include "check.h"
#include <sys/wait.h>

__global__ void work(unsigned *p)
{
	unsigned i = threadIdx.x;

	for (int round = 0; round < 20000; round++)
		p[i] = p[i] * 5 + round;
}

static void leave(int how)
{
	unsigned *dev, *host;
	cudaStream_t stream;
	cudaEvent_t event;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaEventCreate(&event));
	CUDA(cudaMalloc(&dev, 4096));
	CUDA(cudaMallocHost(&host, 4096));
	for (int i = 0; i < 10; i++)
		work<<<1, 32, 0, stream>>>(dev);
	CUDA(cudaMemcpyAsync(host, dev, 4096, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaEventRecord(event, stream));
	if (how == 0)
		exit(40);
	if (how == 1)
		_exit(41);
	abort();
}

int main()
{
	int status;

	for (int how = 0; how < 3; how++) {
		if (fork() == 0) {
			fclose(stdout);
			leave(how);
		}
		CHECK(wait(&status) > 0);
		if (how < 2)
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 40 + how);
		else
			CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
	return finish();
}
