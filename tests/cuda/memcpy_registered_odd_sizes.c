/* SPDX-License-Identifier: MIT */
/* cudaMemcpy from and to registered memory that begins and ends in the middle of a page */
#include "copies.h"

int main(void)
{
	size_t bytes = 3 * MIB + 123;
	char *host = malloc(bytes + 77);

	CHECK(host);
	CUDA(cudaHostRegister(host + 77, bytes, cudaHostRegisterDefault));
	copies_round_trip(host + 77, bytes, 60);
	CUDA(cudaHostUnregister(host + 77));
	free(host);
	return finish();
}
