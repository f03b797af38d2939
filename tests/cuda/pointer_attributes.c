/* SPDX-License-Identifier: MIT */
/* cudaPointerGetAttributes tells device, pinned, registered and unknown memory apart */
#include "check.h"

static void show(const char *what, const void *p)
{
	struct cudaPointerAttributes a;
	static const char *const type[] = { "unregistered", "host", "device", "managed" };

	CUDA(cudaPointerGetAttributes(&a, p));
	CHECK(a.type >= 0 && a.type < 4);
	printf("%s: %s, device %d, device pointer %s, host pointer %s\n", what, type[a.type],
	       a.type == cudaMemoryTypeUnregistered ? 0 : a.device,
	       a.devicePointer ? a.devicePointer == p ? "the same" : "another" : "none",
	       a.hostPointer ? a.hostPointer == p ? "the same" : "another" : "none");
}

int main(void)
{
	char *dev, *pinned, *plain = malloc(100000), local;
	struct cudaPointerAttributes a;

	CUDA(cudaMalloc((void **)&dev, 100000));
	CUDA(cudaMallocHost((void **)&pinned, 100000));
	show("device", dev);
	show("inside device", dev + 99999);
	show("pinned", pinned);
	show("inside pinned", pinned + 99999);
	CUDA(cudaHostRegister(plain, 100000, cudaHostRegisterDefault));
	show("registered", plain);
	show("inside registered", plain + 50000);
	CUDA(cudaHostUnregister(plain));
	CUDA(cudaPointerGetAttributes(&a, plain));
	CHECK(a.type == cudaMemoryTypeUnregistered);
	CUDA(cudaPointerGetAttributes(&a, &local));
	CHECK(a.type == cudaMemoryTypeUnregistered);
	EXPECT(cudaErrorInvalidValue, cudaPointerGetAttributes(NULL, dev));
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost(pinned));
	free(plain);
	return finish();
}
