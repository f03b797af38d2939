/* SPDX-License-Identifier: MIT */
/* Processes forked before CUDA was used each have it whole */
#include "check.h"
#include <sys/wait.h>

static int use(int id)
{
	unsigned char *host = rng_bytes(100000), *got = malloc(100000);
	void *dev;

	CHECK(got);
	CUDA(cudaMalloc(&dev, 100000));
	CUDA(cudaMemcpy(dev, host, 100000, cudaMemcpyHostToDevice));
	CUDA(cudaMemset(dev, id, 10));
	memset(host, id, 10);
	CUDA(cudaMemcpy(got, dev, 100000, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, host, 100000);
	CUDA(cudaFree(dev));
	return 0;
}

int main(void)
{
	int id, status;

	for (id = 0; id < 5; id++)
		if (fork() == 0)
			_exit(use(id));
	for (id = 0; id < 5; id++)
		CHECK(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	use(99);
	return finish();
}
