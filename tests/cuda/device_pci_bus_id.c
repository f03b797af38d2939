/* SPDX-License-Identifier: MIT */
/* A device's PCI bus id finds the device again */
#include "check.h"

int main(void)
{
	char id[32];
	int device = -1;

	CUDA(cudaDeviceGetPCIBusId(id, sizeof(id), 0));
	CHECK(strlen(id) >= 12 && id[4] == ':' && id[7] == ':' && id[10] == '.');
	CUDA(cudaDeviceGetByPCIBusId(&device, id));
	CHECK(device == 0);
	EXPECT(cudaErrorInvalidValue, cudaDeviceGetByPCIBusId(&device, "not a bus id"));
	EXPECT(cudaErrorInvalidValue, cudaDeviceGetPCIBusId(NULL, 32, 0));
	EXPECT(cudaErrorInvalidDevice, cudaDeviceGetPCIBusId(id, sizeof(id), 1000));
	return finish();
}
