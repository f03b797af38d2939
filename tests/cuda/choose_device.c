/* SPDX-License-Identifier: MIT */
/* cudaChooseDevice finds a device for wishes that some device meets */
#include "check.h"

int main(void)
{
	struct cudaDeviceProp wish;
	int device = -1, count;

	memset(&wish, 0, sizeof(wish));
	wish.major = 5;
	CUDA(cudaGetDeviceCount(&count));
	CUDA(cudaChooseDevice(&device, &wish));
	CHECK(device >= 0 && device < count);
	EXPECT(cudaErrorInvalidValue, cudaChooseDevice(NULL, &wish));
	EXPECT(cudaErrorInvalidValue, cudaChooseDevice(&device, NULL));
	return finish();
}
