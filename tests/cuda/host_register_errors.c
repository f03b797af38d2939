/* SPDX-License-Identifier: MIT */
/* cudaHostRegister: twice, nothing, nowhere, unknown flags; cudaHostUnregister of a stranger */
#include "check.h"

int main(void)
{
	char *host = aligned_alloc(4096, 65536);

	CHECK(host);
	memset(host, 1, 65536);
	EXPECT(cudaErrorInvalidValue, cudaHostRegister(NULL, 4096, cudaHostRegisterDefault));
	EXPECT(cudaErrorInvalidValue, cudaHostRegister(host, 0, cudaHostRegisterDefault));
	EXPECT(cudaErrorInvalidValue, cudaHostRegister(host, 4096, 0x1000));
	EXPECT(cudaErrorHostMemoryNotRegistered, cudaHostUnregister(host));
	EXPECT(cudaSuccess, cudaHostRegister(host, 65536, cudaHostRegisterDefault));
	EXPECT(cudaErrorHostMemoryAlreadyRegistered,
	       cudaHostRegister(host, 65536, cudaHostRegisterDefault));
	EXPECT(cudaErrorHostMemoryAlreadyRegistered,
	       cudaHostRegister(host + 4096, 4096, cudaHostRegisterDefault));
	EXPECT(cudaSuccess, cudaHostUnregister(host));
	EXPECT(cudaErrorHostMemoryNotRegistered, cudaHostUnregister(host));
	EXPECT(cudaErrorInvalidValue, cudaHostUnregister(NULL));
	EXPECT(cudaSuccess, cudaHostRegister(host, 65536, cudaHostRegisterDefault));
	EXPECT(cudaSuccess, cudaHostUnregister(host));
	free(host);
	return finish();
}
