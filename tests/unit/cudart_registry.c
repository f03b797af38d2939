/* SPDX-License-Identifier: MIT */
/*
 * The registry of fat binaries: nothing is loaded before it is used, once for all
 * threads, errors name what is wrong, and dlclose() takes everything back.
 */
/* links: qcu-library/cudart/fatbin.c qcu-library/cudart/table.c */
/* links: qcu-library/cudart/context.c qcu-library/cudart/error.c */
/* links: qcu-library/cudart/launch.c qcu-library/cudart/symbol.c */
/* links: qcu-library/cudart/compat.c qcu-library/cudart/device.c */
/* links: qcu-library/cudart/properties.c qcu-library/cudart/copy.c */
#include "fake_driver.h"
#include "qcu-library/cudart/compat.h"
#include "qcu-library/cudart/fatbin.h"
#include "qcu-library/cudart/launch.h"

#define THREADS 8

static atomic_int loads, unloads, lookups, launches;
static char image[4], library, kernel, stub, unknown_stub, missing_stub, variable, global[64];
static void *managed;
static CUresult load_result;
static unsigned char seen[32];
static size_t seen_size;

static CUresult load(CUlibrary *lib, const void *code, CUjit_option *jit, void **jit_values,
		     unsigned int jits, CUlibraryOption *options, void **values, unsigned int count)
{
	loads++;
	CHECK(code == image && count == 1 && options[0] == CU_LIBRARY_BINARY_IS_PRESERVED);
	*lib = (CUlibrary)&library;
	return load_result;
}

static CUresult unload(CUlibrary lib)
{
	unloads++;
	return CUDA_SUCCESS;
}

static CUresult get_kernel(CUkernel *handle, CUlibrary lib, const char *name)
{
	lookups++;
	*handle = (CUkernel)&kernel;
	return strcmp(name, "there") ? CUDA_ERROR_NOT_FOUND : CUDA_SUCCESS;
}

static CUresult get_global(CUdeviceptr *address, size_t *size, CUlibrary lib, const char *name)
{
	*address = device_ptr(global);
	*size = sizeof(global);
	return strcmp(name, "var") ? CUDA_ERROR_NOT_FOUND : CUDA_SUCCESS;
}

static CUresult get_managed(CUdeviceptr *address, size_t *size, CUlibrary lib, const char *name)
{
	*address = device_ptr(&global[8]);
	*size = 4;
	return strcmp(name, "managed") ? CUDA_ERROR_NOT_FOUND : CUDA_SUCCESS;
}

static CUresult launch(CUfunction f, unsigned int gx, unsigned int gy, unsigned int gz,
		       unsigned int bx, unsigned int by, unsigned int bz, unsigned int shared,
		       CUstream stream, void **params, void **extra)
{
	CHECK(f == (CUfunction)&kernel);
	if (!gx || !bx || bx > 1024 || shared > 49152)
		return CUDA_ERROR_INVALID_VALUE;
	if (extra) {
		seen_size = *(size_t *)extra[3];
		memcpy(seen, extra[1], seen_size);
	}
	launches++;
	return CUDA_SUCCESS;
}

static CUresult attribute(int *value, CUdevice_attribute which, CUdevice device)
{
	*value = 1024;
	return CUDA_SUCCESS;
}

static const cudaError_t bad_shape =
	CUDART_VERSION < 13000 ? cudaErrorInvalidConfiguration : cudaErrorInvalidValue;
static const dim3 one = { 1, 1, 1 }, none = { 0, 1, 1 }, many = { 2048, 1, 1 };

static void *launcher(void *arg)
{
	CHECK(!cudaLaunchKernel(&stub, one, one, NULL, 0, NULL));
	return NULL;
}

static void **registered(void)
{
	void **handle = __cudaRegisterFatBinary(image);

	__cudaRegisterFunction(handle, &stub, &stub, "there", -1, NULL, NULL, NULL, NULL, NULL);
	__cudaRegisterFunction(handle, &missing_stub, &stub, "gone", -1, NULL, NULL, NULL, NULL,
			       NULL);
	__cudaRegisterVar(handle, &variable, &variable, "var", 0, sizeof(global), 0, 0);
	__cudaRegisterManagedVar(handle, &managed, NULL, "managed", 0, 4, 0, 0);
	__cudaRegisterFatBinaryEnd(handle);
	return handle;
}

static void launching(void)
{
	pthread_t threads[THREADS];
	cudaKernel_t handle;

	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, launcher, NULL));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(loads == 1 && lookups == 1 && launches == THREADS && fake_retained == 1);

	CHECK(!__cudaGetKernel(&handle, &stub));
	CHECK(!__cudaLaunchKernel(handle, one, one, NULL, 0, NULL));
	CHECK(cudaLaunchKernel(&unknown_stub, one, one, NULL, 0, NULL) ==
	      cudaErrorInvalidResourceHandle);
	CHECK(cudaLaunchKernel(NULL, one, one, NULL, 0, NULL) == cudaErrorInvalidDeviceFunction);
	CHECK(cudaLaunchKernel(&missing_stub, one, one, NULL, 0, NULL) ==
	      cudaErrorInvalidDeviceFunction);
	CHECK(cudaLaunchKernel(&stub, none, one, NULL, 0, NULL) == bad_shape);
	CHECK(cudaLaunchKernel(&stub, one, many, NULL, 0, NULL) == bad_shape);
	CHECK(cudaLaunchKernel(&stub, one, one, NULL, 1 << 20, NULL) == cudaErrorInvalidValue);
	CHECK(cudaGetLastError() == cudaErrorInvalidValue);
}

/* A handle that the program was given is good for the kernel, whose name stays its stub. */
static void handles(void)
{
	CUkernel handle = NULL;

	CHECK(kernel_get(NULL, &handle) == cudaErrorInvalidDeviceFunction);
	CHECK(kernel_get(&unknown_stub, &handle) == cudaErrorInvalidDeviceFunction);
	CHECK(cudaLaunchKernel(&kernel, one, one, NULL, 0, NULL) ==
	      cudaErrorInvalidResourceHandle);
	CHECK(fatbin_host((CUkernel)&kernel, NULL) == &stub);
	for (int i = 0; i < 2; i++)
		CHECK(!kernel_get(&stub, &handle) && handle == (CUkernel)&kernel);
	CHECK(!kernel_get(handle, &handle) && handle == (CUkernel)&kernel);
	CHECK(!cudaLaunchKernel(&kernel, one, one, NULL, 0, NULL));
	CHECK(fatbin_host((CUkernel)&kernel, NULL) == &stub);
}

static void configurations(void)
{
	dim3 grid, block;
	size_t shared;
	cudaStream_t stream;
	int a = 7;
	double b = 2.5;

	CHECK(__cudaPopCallConfiguration(&grid, &block, &shared, &stream) ==
	      cudaErrorMissingConfiguration);
	CHECK(!__cudaPushCallConfiguration(one, many, 5, cudaStreamPerThread));
	CHECK(!__cudaPushCallConfiguration(many, one, 6, NULL));
	CHECK(!__cudaPopCallConfiguration(&grid, &block, &shared, &stream));
	CHECK(grid.x == 2048 && block.x == 1 && shared == 6 && !stream);
	CHECK(!__cudaPopCallConfiguration(&grid, &block, &shared, &stream));
	CHECK(grid.x == 1 && block.x == 2048 && shared == 5 && stream == cudaStreamPerThread);

	CHECK(!cudaConfigureCall(one, one, 0, NULL));
	CHECK(!cudaSetupArgument(&a, sizeof(a), 0) && !cudaSetupArgument(&b, sizeof(b), 8));
	CHECK(cudaSetupArgument(&a, sizeof(a), 4096) == cudaErrorInvalidValue);
	CHECK(!cudaLaunch(&stub));
	CHECK(seen_size == 16 && !memcmp(seen, &a, 4) && !memcmp(seen + 8, &b, 8));
	CHECK(cudaLaunch(&stub) == cudaErrorMissingConfiguration);
}

static void symbols(void **handle)
{
	void *address;
	size_t size;

	CHECK(!cudaGetSymbolAddress(&address, &variable) && address == global);
	CHECK(!cudaGetSymbolSize(&size, &variable) && size == sizeof(global));
	CHECK(cudaGetSymbolSize(&size, &stub) == cudaErrorInvalidSymbol);
	CHECK(cudaMemcpyToSymbol(&variable, image, 8, 60, cudaMemcpyHostToDevice) ==
	      cudaErrorInvalidValue);
	CHECK(cudaMemcpyToSymbol(&variable, image, 1, SIZE_MAX, cudaMemcpyHostToDevice) ==
	      cudaErrorInvalidValue);
	CHECK(cudaMemcpyToSymbol(&variable, image, 4, 0, cudaMemcpyDeviceToHost) ==
	      cudaErrorInvalidMemcpyDirection);
	CHECK(managed == &global[8]);
	CHECK(!cudaGetSymbolSize(&size, managed) && size == 4);
	managed = NULL;
	CHECK(__cudaInitModule(handle) && managed == &global[8]);
}

static void *keeper(void *arg)
{
	pthread_barrier_t *barrier = arg;

	CHECK(!cudaSetDevice(0));
	pthread_barrier_wait(barrier);
	pthread_barrier_wait(barrier);
	fake_current = (CUcontext)&fake_contexts[0];
	CHECK(!context_enter() && fake_retained == 1);
	return NULL;
}

/* A reset is noticed by the other threads, which retain the context anew. */
static void resetting(void)
{
	pthread_barrier_t barrier;
	pthread_t thread;
	int device;

	pthread_barrier_init(&barrier, NULL, 2);
	CHECK(!pthread_create(&thread, NULL, keeper, &barrier));
	pthread_barrier_wait(&barrier);
	managed = NULL;
	CHECK(!cudaSetDevice(0) && !cudaDeviceReset() && !fake_current && fake_retained == 0);
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	CHECK(managed == &global[8]);
	CHECK(!cudaLaunchKernel(&stub, one, one, NULL, 0, NULL) && loads == 1);
	CHECK(cudaSetDevice(2) == cudaErrorInvalidDevice);
	CHECK(cudaSetDevice(-1) == cudaErrorInvalidDevice);
	CHECK(!cudaSetDevice(1) && !cudaGetDevice(&device) && device == 1 && fake_retained == 2);
	pthread_barrier_destroy(&barrier);
}

int main(void)
{
	void **handle = registered();

	fake_driver();
	driver.cuLibraryLoadData = load;
	driver.cuLibraryUnload = unload;
	driver.cuLibraryGetKernel = get_kernel;
	driver.cuLibraryGetGlobal = get_global;
	driver.cuLibraryGetManaged = get_managed;
	driver.cuLaunchKernel = launch;
	driver.cuDeviceGetAttribute = attribute;
	CHECK(loads == 0 && fake_retained == 0);

	launching();
	handles();
	configurations();
	symbols(handle);
	resetting();
	__cudaUnregisterFatBinary(handle);
	CHECK(unloads == 1);
	CHECK(cudaLaunchKernel(&stub, one, one, NULL, 0, NULL) == cudaErrorInvalidResourceHandle);
	CHECK(cudaLaunchKernel(&kernel, one, one, NULL, 0, NULL) == cudaErrorInvalidResourceHandle);

	handle = registered();
	load_result = CUDA_ERROR_NO_BINARY_FOR_GPU;
	CHECK(cudaLaunchKernel(&stub, one, one, NULL, 0, NULL) == cudaErrorNoKernelImageForDevice);
	__cudaUnregisterFatBinary(handle);
	CHECK(unloads == 1);
	return 0;
}
