/* SPDX-License-Identifier: MIT */
/* cuGetErrorName and cuGetErrorString know every code, before cuInit as well */
#include "check.h"

int main(void)
{
	const char *name, *text;
	int code;

	for (code = 0; code < 1010; code++)
		if (cuGetErrorName((CUresult)code, &name) == CUDA_SUCCESS) {
			CHECK(cuGetErrorString((CUresult)code, &text) == CUDA_SUCCESS);
			printf("%d %s: %s\n", code, name, text);
		}
	CU(cuGetErrorName(CUDA_ERROR_OUT_OF_MEMORY, &name));
	CHECK(!strcmp(name, "CUDA_ERROR_OUT_OF_MEMORY"));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGetErrorName((CUresult)100000, &name));
	CHECK(name == NULL);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGetErrorString((CUresult)100000, &text));
	CHECK(text == NULL);
	return finish();
}
