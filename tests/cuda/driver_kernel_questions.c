/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* Kernels of libraries and functions of modules: attributes, parameters, occupancy, whose they are */
#include "ptx.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static size_t CUDA_CB shared_of(int block)
{
	return (size_t)block * 4;
}

static void kernels(CUlibrary library)
{
	int threads = 0, shared = -1;
	size_t offset, bytes;
	CUlibrary said;
	CUkernel kernel;

	CU(cuLibraryGetKernel(&kernel, library, "saxpy"));
	CU(cuKernelGetLibrary(&said, kernel));
	CHECK(said == library);
	CU(cuKernelGetParamInfo(kernel, 2, &offset, &bytes));
	CHECK(offset == 16 && bytes == 4);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuKernelGetParamInfo(kernel, 4, &offset, &bytes));
	CU(cuKernelGetAttribute(&threads, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, kernel, 0));
	CHECK(threads > 0 && threads <= 1024);
	CU(cuKernelSetAttribute(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 4096, kernel, 0));
	CU(cuKernelGetAttribute(&shared, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, kernel,
				0));
	CHECK(shared == 4096);
	EXPECT_CU(CUDA_SUCCESS, cuKernelSetCacheConfig(kernel, CU_FUNC_CACHE_PREFER_L1, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE,
		  cuKernelGetAttribute(&shared, CU_FUNC_ATTRIBUTE_NUM_REGS, kernel, 99));
}

static void occupancy(CUfunction function)
{
	int blocks, with_flags, grid, block, clusters = -1;
	CUlaunchConfig config = { .gridDimX = 8, .gridDimY = 1, .gridDimZ = 1, .blockDimX = 128,
				  .blockDimY = 1, .blockDimZ = 1 };
	size_t shared;

	CU(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, 128, 0));
	CU(cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(&with_flags, function, 128, 0, 0));
	CHECK(blocks > 0 && blocks == with_flags);
	CU(cuOccupancyMaxPotentialBlockSize(&grid, &block, function, shared_of, 0, 0));
	CHECK(grid > 0 && block > 0 && block % 32 == 0);
	CU(cuOccupancyMaxPotentialBlockSizeWithFlags(&grid, &block, function, NULL, 0, 256, 0));
	CHECK(grid > 0 && block > 0 && block <= 256);
	CU(cuOccupancyAvailableDynamicSMemPerBlock(&shared, function, 1, 128));
	CHECK(shared > 0);
	/* Clusters are of some devices only */
	if (cuOccupancyMaxPotentialClusterSize(&clusters, function, &config) == CUDA_SUCCESS)
		CHECK(clusters >= 1);
	if (cuOccupancyMaxActiveClusters(&clusters, function, &config) == CUDA_SUCCESS)
		CHECK(clusters >= 0);
}

static void streams(void)
{
	CUgreenCtx green = (CUgreenCtx)1;
	CUcontext current, said;
	int priority = 77, least, greatest;
	CUdevice device = 77;
	CUstream stream;

	CU(cuCtxGetCurrent(&current));
	CU(cuCtxGetStreamPriorityRange(&least, &greatest));
	CU(cuStreamCreateWithPriority(&stream, CU_STREAM_NON_BLOCKING, greatest));
	CU(cuStreamGetPriority(stream, &priority));
	CHECK(priority == greatest);
	CU(cuStreamGetDevice(stream, &device));
	CHECK(device == 0);
	CU(cuStreamGetCtx_v2(stream, &said, &green));
	CHECK(said == current && !green);
	green = (CUgreenCtx)1;
	if (cuStreamGetGreenCtx(stream, &green) == CUDA_SUCCESS)
		CHECK(!green);
	CU(cuStreamDestroy(stream));
}

int main(void)
{
	char file[] = "/tmp/driver_kernel_questions_XXXXXX";
	int fd = mkstemp(file);
	CUfunctionLoadingState state = CU_FUNCTION_LOADING_STATE_MAX;
	CUlibrary library, from_file;
	CUfunction function;
	CUmodule module;
	CUdeviceptr p;
	size_t bytes;

	ptx_context();
	CU(cuLibraryLoadData(&library, ptx_text, NULL, NULL, 0, NULL, NULL, 0));
	kernels(library);
	CHECK(fd >= 0 && write(fd, ptx_text, sizeof(ptx_text)) == sizeof(ptx_text));
	close(fd);
	CU(cuLibraryLoadFromFile(&from_file, file, NULL, NULL, 0, NULL, NULL, 0));
	unlink(file);
	kernels(from_file);
	EXPECT_CU(CUDA_ERROR_FILE_NOT_FOUND,
		  cuLibraryLoadFromFile(&from_file, "/nonexistent", NULL, NULL, 0, NULL, NULL, 0));
	EXPECT_CU(CUDA_ERROR_NOT_FOUND, cuLibraryGetManaged(&p, &bytes, library, "variable"));
	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&function, module, "saxpy"));
	CU(cuFuncLoad(function));
	CU(cuFuncIsLoaded(&state, function));
	CHECK(state == CU_FUNCTION_LOADING_STATE_LOADED);
	EXPECT_CU(CUDA_SUCCESS,
		  cuFuncSetSharedMemConfig(function, CU_SHARED_MEM_CONFIG_DEFAULT_BANK_SIZE));
	occupancy(function);
	streams();
	CU(cuModuleUnload(module));
	CU(cuLibraryUnload(from_file));
	CU(cuLibraryUnload(library));
	return finish();
}
