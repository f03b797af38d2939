/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* The driver's log: an iterator moves over what was logged, to memory and to a file */
#include "ptx.h"

int main(void)
{
	char text[25600], path[] = "/tmp/qcuda-logs-XXXXXX";
	size_t size = sizeof(text), in_file;
	CUlogIterator start, at;
	int fd = mkstemp(path);
	CUmodule module;

	ptx_context();
	NEEDS_CU(cuLogsCurrent(&start, 0));
	CHECK(cuModuleLoadData(&module, ".version 6.4\n.target sm_50\nnonsense") != CUDA_SUCCESS);
	at = start;
	EXPECT_CU(CUDA_SUCCESS, cuLogsDumpToMemory(&at, text, &size, 0));
	CHECK(size < sizeof(text) && strlen(text) == size);
	/* The iterator has moved: there is nothing more */
	size = sizeof(text);
	EXPECT_CU(CUDA_SUCCESS, cuLogsDumpToMemory(&at, text, &size, 0));
	CHECK(size == 0);
	CHECK(fd >= 0);
	EXPECT_CU(CUDA_SUCCESS, cuLogsDumpToFile(NULL, path, 0));
	size = sizeof(text);
	EXPECT_CU(CUDA_SUCCESS, cuLogsDumpToMemory(NULL, text, &size, 0));
	in_file = lseek(fd, 0, SEEK_END);
	CHECK(in_file == size || !size);
	unlink(path);
	return finish();
}
