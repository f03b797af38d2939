/* SPDX-License-Identifier: MIT */
/* Starting and stopping the profiler works without one, in any order */
#include "check.h"
#include <cuda_profiler_api.h>

int main(void)
{
	EXPECT(cudaSuccess, cudaProfilerStart());
	EXPECT(cudaSuccess, cudaProfilerStart());
	EXPECT(cudaSuccess, cudaProfilerStop());
	EXPECT(cudaSuccess, cudaProfilerStop());
	EXPECT(cudaSuccess, cudaProfilerStart());
	return finish();
}
