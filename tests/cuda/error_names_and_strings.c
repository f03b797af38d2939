/* SPDX-License-Identifier: MIT */
/* Every error code has a name and a sentence; a number that is none has neither */
#include "check.h"

int main(void)
{
	const char *name, *text;
	int code;

	for (code = 0; code < 1010; code++) {
		name = cudaGetErrorName((cudaError_t)code);
		text = cudaGetErrorString((cudaError_t)code);
		CHECK(name && text);
		if (strcmp(text, "unrecognized error code"))
			printf("%d %s: %s\n", code, name, text);
	}
	CHECK(!strcmp(cudaGetErrorName(cudaSuccess), "cudaSuccess"));
	CHECK(!strcmp(cudaGetErrorName(cudaErrorInvalidValue), "cudaErrorInvalidValue"));
	CHECK(!strcmp(cudaGetErrorName(cudaErrorMemoryAllocation), "cudaErrorMemoryAllocation"));
	CHECK(!strcmp(cudaGetErrorName(cudaErrorUnknown), "cudaErrorUnknown"));
	CHECK(!strcmp(cudaGetErrorString(cudaSuccess), "no error"));
	CHECK(!strcmp(cudaGetErrorString((cudaError_t)100000), "unrecognized error code"));
	CHECK(!strcmp(cudaGetErrorName((cudaError_t)100000), "unrecognized error code"));
	EXPECT(cudaSuccess, cudaGetLastError());
	return finish();
}
