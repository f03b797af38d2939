/* SPDX-License-Identifier: MIT */
/* The runtime is the header's version, the driver at least as new */
#include "check.h"

int main(void)
{
	int driver = 0, runtime = 0, version = 0;

	CUDA(cudaDriverGetVersion(&driver));
	CUDA(cudaRuntimeGetVersion(&runtime));
	CU(cuDriverGetVersion(&version));
	CHECK(driver == version && driver >= runtime && runtime == CUDART_VERSION);
	EXPECT(cudaErrorInvalidValue, cudaDriverGetVersion(NULL));
	EXPECT(cudaErrorInvalidValue, cudaRuntimeGetVersion(NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDriverGetVersion(NULL));
	return finish();
}
