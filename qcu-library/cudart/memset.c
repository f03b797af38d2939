/* SPDX-License-Identifier: MIT */
/* Filling memory with a byte, in one, two and three dimensions. */
#include "cudart.h"

cudaError_t cudaMemset(void *devPtr, int value, size_t count)
{
	cudaError_t error = context_enter();

	if (!error && count)
		error = error_from(driver.cuMemsetD8(device_ptr(devPtr), (unsigned char)value,
						     count));
	return error_set(error);
}

cudaError_t cudaMemsetAsync(void *devPtr, int value, size_t count, cudaStream_t stream)
{
	cudaError_t error = context_enter();

	if (!error && count)
		error = error_from(driver.cuMemsetD8Async(device_ptr(devPtr), (unsigned char)value,
							  count, stream));
	return error_set(error);
}

cudaError_t cudaMemset2D(void *devPtr, size_t pitch, int value, size_t width, size_t height)
{
	cudaError_t error = context_enter();

	if (!error && width && height)
		error = error_from(driver.cuMemsetD2D8(device_ptr(devPtr), pitch,
						       (unsigned char)value, width, height));
	return error_set(error);
}

cudaError_t cudaMemset2DAsync(void *devPtr, size_t pitch, int value, size_t width, size_t height,
			      cudaStream_t stream)
{
	cudaError_t error = context_enter();

	if (!error && width && height)
		error = error_from(driver.cuMemsetD2D8Async(device_ptr(devPtr), pitch,
							    (unsigned char)value, width, height,
							    stream));
	return error_set(error);
}

/* Slices follow one another ysize rows apart: one fill if all of their rows are meant. */
static void slices(struct cudaPitchedPtr ptr, struct cudaExtent *extent)
{
	if (extent->depth && extent->height == ptr.ysize) {
		extent->height *= extent->depth;
		extent->depth = 1;
	}
}

cudaError_t cudaMemset3D(struct cudaPitchedPtr ptr, int value, struct cudaExtent extent)
{
	cudaError_t error = context_enter();
	char *slice = ptr.ptr;

	slices(ptr, &extent);
	for (size_t z = 0; z < extent.depth && !error; z++, slice += ptr.pitch * ptr.ysize)
		error = cudaMemset2D(slice, ptr.pitch, value, extent.width, extent.height);
	return error_set(error);
}

cudaError_t cudaMemset3DAsync(struct cudaPitchedPtr ptr, int value, struct cudaExtent extent,
			      cudaStream_t stream)
{
	cudaError_t error = context_enter();
	char *slice = ptr.ptr;

	slices(ptr, &extent);
	for (size_t z = 0; z < extent.depth && !error; z++, slice += ptr.pitch * ptr.ysize)
		error = cudaMemset2DAsync(slice, ptr.pitch, value, extent.width, extent.height,
					  stream);
	return error_set(error);
}
