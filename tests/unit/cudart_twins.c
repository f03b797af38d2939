/* SPDX-License-Identifier: MIT */
/* Twins for a default stream per thread: 0 is the thread's stream, others stay, copies wait. */
/* links: qcu-library/cudart/context.c qcu-library/cudart/error.c qcu-library/cudart/copy.c */
/* links: qcu-library/cudart/copy3d.c qcu-library/cudart/copy_array.c qcu-library/cudart/array.c */
/* links: qcu-library/cudart/format.c qcu-library/cudart/memset.c qcu-library/cudart/event.c */
/* links: qcu-library/cudart/stream.c qcu-library/cudart/pool.c qcu-library/cudart/launch.c */
/* links: qcu-library/cudart/fatbin.c qcu-library/cudart/table.c qcu-library/cudart/symbol.c */
/* links: qcu-library/cudart/graph.c qcu-library/cudart/entry.c qcu-library/cudart/twins.c */
#include "fake_driver.h"

extern __typeof__(cudaMemcpy) cudaMemcpy_ptds;
extern __typeof__(cudaMemset) cudaMemset_ptds;
extern __typeof__(cudaMemcpyAsync) cudaMemcpyAsync_ptsz;
extern __typeof__(cudaEventRecord) cudaEventRecord_ptsz;
extern __typeof__(cudaLaunchKernelExC) cudaLaunchKernelExC_ptsz;
extern __typeof__(cudaGetDriverEntryPointByVersion) cudaGetDriverEntryPointByVersion_ptsz;

static CUstream used, waited;
static cuuint64_t flags_used;
static char there;

static CUresult copy(CUdeviceptr dst, const void *src, size_t count, CUstream stream)
{
	used = stream;
	return count == 13 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

static CUresult fill(CUdeviceptr dst, unsigned char value, size_t count, CUstream stream)
{
	used = stream;
	return CUDA_SUCCESS;
}

static CUresult record(CUevent event, CUstream stream)
{
	used = stream;
	return CUDA_SUCCESS;
}

static CUresult synchronize(CUstream stream)
{
	waited = stream;
	return CUDA_SUCCESS;
}

static CUresult address(const char *symbol, void **function, int version, cuuint64_t flags,
			CUdriverProcAddressQueryResult *status)
{
	flags_used = flags;
	*function = strcmp(symbol, "cuThere") ? NULL : &there;
	*status = *function ? CU_GET_PROC_ADDRESS_SUCCESS : CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
	return *function ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}

static void entry_points(void)
{
	enum cudaDriverEntryPointQueryResult status;
	void *function;

	CHECK(!cudaGetDriverEntryPointByVersion_ptsz("cuThere", &function, 12000,
						     cudaEnableDefault, &status));
	CHECK(flags_used == cudaEnablePerThreadDefaultStream && function == &there);
	CHECK(!cudaGetDriverEntryPointByVersion_ptsz("cuThere", &function, 12000,
						     cudaEnableLegacyStream, &status));
	CHECK(flags_used == cudaEnableLegacyStream);
	CHECK(!cudaGetDriverEntryPointByVersion("cuNot", &function, 12000, 0, &status));
	CHECK(!function && status == cudaDriverEntryPointSymbolNotFound);
	CHECK(cudaGetDriverEntryPointByVersion("cuNot", &function, 12000, 0, NULL) ==
	      cudaErrorSymbolNotFound);
}

int main(void)
{
	cudaStream_t own = (cudaStream_t)&there;
	char buffer[16] = "";

	fake_driver();
	driver.cuMemcpyHtoDAsync = copy;
	driver.cuMemsetD8Async = fill;
	driver.cuEventRecord = record;
	driver.cuStreamSynchronize = synchronize;
	driver.cuGetProcAddress = address;

	CHECK(!cudaMemcpyAsync(&there, buffer, 1, cudaMemcpyHostToDevice, NULL) && !used);
	CHECK(!cudaMemcpyAsync_ptsz(&there, buffer, 1, cudaMemcpyHostToDevice, NULL));
	CHECK(used == cudaStreamPerThread && !waited);
	CHECK(!cudaMemcpyAsync_ptsz(&there, buffer, 1, cudaMemcpyHostToDevice, own) && used == own);
	CHECK(!cudaMemcpyAsync_ptsz(&there, buffer, 1, cudaMemcpyHostToDevice, cudaStreamLegacy));
	CHECK(used == cudaStreamLegacy);
	CHECK(!cudaMemcpy_ptds(&there, buffer, 1, cudaMemcpyHostToDevice));
	CHECK(used == cudaStreamPerThread && waited == cudaStreamPerThread);
	waited = NULL;
	CHECK(cudaMemcpy_ptds(&there, buffer, 13, cudaMemcpyHostToDevice) == cudaErrorInvalidValue);
	CHECK(!cudaMemset_ptds(&there, 0, 4) && used == cudaStreamPerThread && !waited);
	CHECK(!cudaEventRecord_ptsz(NULL, own) && used == own);
	CHECK(!cudaEventRecord_ptsz(NULL, NULL) && used == cudaStreamPerThread);
	CHECK(cudaLaunchKernelExC_ptsz(NULL, NULL, NULL) == cudaErrorInvalidValue);
	entry_points();
	return 0;
}
