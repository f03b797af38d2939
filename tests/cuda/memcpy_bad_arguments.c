/* SPDX-License-Identifier: MIT */
/* cudaMemcpy refuses directions that are none, pointers of the wrong kind, and lengths too long */
#include "check.h"

int main(void)
{
	char *dev, local[64];

	CUDA(cudaMalloc((void **)&dev, 4 * MIB));
	EXPECT(cudaErrorInvalidMemcpyDirection, cudaMemcpy(dev, local, 64, (enum cudaMemcpyKind)5));
	EXPECT(cudaErrorInvalidMemcpyDirection, cudaMemcpy(dev, local, 64, (enum cudaMemcpyKind)-1));
	EXPECT(cudaErrorInvalidValue, cudaMemcpy(NULL, local, 64, cudaMemcpyHostToDevice));
	EXPECT(cudaErrorInvalidValue, cudaMemcpy(dev, NULL, 64, cudaMemcpyHostToDevice));
	EXPECT(cudaErrorInvalidValue, cudaMemcpy(local, NULL, 64, cudaMemcpyDeviceToHost));
	EXPECT(cudaErrorInvalidValue, cudaMemcpy(NULL, dev, 64, cudaMemcpyDeviceToHost));
	EXPECT(cudaErrorInvalidValue, cudaMemcpy(local, (void *)0x100, 64, cudaMemcpyDeviceToHost));
	EXPECT(cudaErrorInvalidValue, cudaMemcpy(dev, dev, 1024 * GIB, cudaMemcpyDeviceToDevice));
	EXPECT(cudaErrorInvalidValue, cudaGetLastError());
	EXPECT(cudaSuccess, cudaMemcpy(dev, local, 64, cudaMemcpyHostToDevice));
	CUDA(cudaFree(dev));
	return finish();
}
