/* SPDX-License-Identifier: MIT */
/* cudaMalloc of nothing succeeds and gives NULL, which cudaFree takes */
#include "check.h"

int main(void)
{
	void *dev = &dev;

	EXPECT(cudaSuccess, cudaMalloc(&dev, 0));
	CHECK(dev == NULL);
	EXPECT(cudaSuccess, cudaFree(dev));
	return finish();
}
