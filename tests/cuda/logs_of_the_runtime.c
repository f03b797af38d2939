/* SPDX-License-Identifier: MIT */
/* cudaLogs*: what has been logged since a place, to memory and to a file */
#include "check.h"

int main(void)
{
	char text[25600], path[] = "/tmp/logs_of_the_runtime_XXXXXX";
	size_t size = sizeof(text);
	cudaLogIterator start, at;
	int fd = mkstemp(path);
	CUmodule module;

	CUDA(cudaFree(0));
	NEEDS(cudaLogsCurrent(&start, 0));
	CHECK(cuModuleLoadData(&module, ".version 6.4\n.target sm_50\nnonsense") != CUDA_SUCCESS);
	at = start;
	EXPECT(cudaSuccess, cudaLogsDumpToMemory(&at, text, &size, 0));
	CHECK(size < sizeof(text) && strlen(text) == size);
	size = sizeof(text);
	EXPECT(cudaSuccess, cudaLogsDumpToMemory(&at, text, &size, 0));
	CHECK(!size);
	CHECK(fd >= 0);
	EXPECT(cudaSuccess, cudaLogsDumpToFile(&start, path, 0));
	unlink(path);
	EXPECT(cudaErrorInvalidValue, cudaLogsCurrent(NULL, 0));
	cudaGetLastError();
	return finish();
}
