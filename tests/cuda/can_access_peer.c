/* SPDX-License-Identifier: MIT */
/* cudaDeviceCanAccessPeer: a device is not its own peer; a device that is not there is an error */
#include "check.h"

int main(void)
{
	int can = -1, count;

	CUDA(cudaGetDeviceCount(&count));
	EXPECT(cudaSuccess, cudaDeviceCanAccessPeer(&can, 0, 0));
	printf("itself: %d\n", can);
	EXPECT(cudaErrorInvalidDevice, cudaDeviceCanAccessPeer(&can, 0, count));
	EXPECT(cudaErrorInvalidDevice, cudaDeviceCanAccessPeer(&can, -1, 0));
	EXPECT(cudaErrorInvalidValue, cudaDeviceCanAccessPeer(NULL, 0, 0));
	return finish();
}
