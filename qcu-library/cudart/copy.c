/* SPDX-License-Identifier: MIT */
/*
 * Copies between linear memory, in one and two dimensions.
 *
 * cudaMemcpyKind says which side is whose, and chooses the driver's function;
 * cudaMemcpyDefault leaves it to the driver, which knows from the addresses.
 */
#include "copy.h"

static bool known(enum cudaMemcpyKind kind)
{
	return (unsigned int)kind <= cudaMemcpyDefault;
}

CUmemorytype copy_source(enum cudaMemcpyKind kind)
{
	switch (kind) {
	case cudaMemcpyHostToHost:
	case cudaMemcpyHostToDevice:
		return CU_MEMORYTYPE_HOST;
	case cudaMemcpyDeviceToHost:
	case cudaMemcpyDeviceToDevice:
		return CU_MEMORYTYPE_DEVICE;
	default:
		return CU_MEMORYTYPE_UNIFIED;
	}
}

CUmemorytype copy_destination(enum cudaMemcpyKind kind)
{
	switch (kind) {
	case cudaMemcpyHostToHost:
	case cudaMemcpyDeviceToHost:
		return CU_MEMORYTYPE_HOST;
	case cudaMemcpyHostToDevice:
	case cudaMemcpyDeviceToDevice:
		return CU_MEMORYTYPE_DEVICE;
	default:
		return CU_MEMORYTYPE_UNIFIED;
	}
}

/** copy_enter() - what every copy checks first */
cudaError_t copy_enter(enum cudaMemcpyKind kind)
{
	cudaError_t error = context_enter();

	return error || known(kind) ? error : cudaErrorInvalidMemcpyDirection;
}

static CUresult copy(void *dst, const void *src, size_t count, enum cudaMemcpyKind kind)
{
	switch (kind) {
	case cudaMemcpyHostToDevice:
		return driver.cuMemcpyHtoD(device_ptr(dst), src, count);
	case cudaMemcpyDeviceToHost:
		return driver.cuMemcpyDtoH(dst, device_ptr(src), count);
	case cudaMemcpyDeviceToDevice:
		return driver.cuMemcpyDtoD(device_ptr(dst), device_ptr(src), count);
	default:
		return driver.cuMemcpy(device_ptr(dst), device_ptr(src), count);
	}
}

cudaError_t cudaMemcpy(void *dst, const void *src, size_t count, enum cudaMemcpyKind kind)
{
	cudaError_t error = copy_enter(kind);

	if (!error && count)
		error = error_from(copy(dst, src, count, kind));
	return error_set(error);
}

static CUresult copy_async(void *dst, const void *src, size_t count, enum cudaMemcpyKind kind,
			   cudaStream_t stream)
{
	switch (kind) {
	case cudaMemcpyHostToDevice:
		return driver.cuMemcpyHtoDAsync(device_ptr(dst), src, count, stream);
	case cudaMemcpyDeviceToHost:
		return driver.cuMemcpyDtoHAsync(dst, device_ptr(src), count, stream);
	case cudaMemcpyDeviceToDevice:
		return driver.cuMemcpyDtoDAsync(device_ptr(dst), device_ptr(src), count, stream);
	default:
		return driver.cuMemcpyAsync(device_ptr(dst), device_ptr(src), count, stream);
	}
}

cudaError_t cudaMemcpyAsync(void *dst, const void *src, size_t count, enum cudaMemcpyKind kind,
			    cudaStream_t stream)
{
	cudaError_t error = copy_enter(kind);

	if (!error && count)
		error = error_from(copy_async(dst, src, count, kind, stream));
	return error_set(error);
}

/* A two-dimensional copy of linear memory; a height of one makes pitches irrelevant. */
static cudaError_t describe_2d(CUDA_MEMCPY2D *copy2d, void *dst, size_t dpitch, const void *src,
			       size_t spitch, size_t width, size_t height, enum cudaMemcpyKind kind)
{
	cudaError_t error = copy_enter(kind);

	if (error)
		return error;
	if (height > 1 && (width > dpitch || width > spitch))
		return cudaErrorInvalidPitchValue;
	*copy2d = (CUDA_MEMCPY2D){
		.srcMemoryType = copy_source(kind),
		.srcHost = src,
		.srcDevice = device_ptr(src),
		.srcPitch = spitch,
		.dstMemoryType = copy_destination(kind),
		.dstHost = dst,
		.dstDevice = device_ptr(dst),
		.dstPitch = dpitch,
		.WidthInBytes = width,
		.Height = height,
	};
	return cudaSuccess;
}

cudaError_t cudaMemcpy2D(void *dst, size_t dpitch, const void *src, size_t spitch, size_t width,
			 size_t height, enum cudaMemcpyKind kind)
{
	CUDA_MEMCPY2D copy2d;
	cudaError_t error = describe_2d(&copy2d, dst, dpitch, src, spitch, width, height, kind);

	if (!error && width && height)
		error = error_from(driver.cuMemcpy2DUnaligned(&copy2d));
	return error_set(error);
}

cudaError_t cudaMemcpy2DAsync(void *dst, size_t dpitch, const void *src, size_t spitch,
			      size_t width, size_t height, enum cudaMemcpyKind kind,
			      cudaStream_t stream)
{
	CUDA_MEMCPY2D copy2d;
	cudaError_t error = describe_2d(&copy2d, dst, dpitch, src, spitch, width, height, kind);

	if (!error && width && height)
		error = error_from(driver.cuMemcpy2DAsync(&copy2d, stream));
	return error_set(error);
}

cudaError_t cudaMemcpyPeer(void *dst, int dstDevice, const void *src, int srcDevice, size_t count)
{
	CUcontext to, from;
	cudaError_t error = context_enter();

	if (!error)
		error = context_retain(dstDevice, &to);
	if (!error)
		error = context_retain(srcDevice, &from);
	if (!error && count)
		error = error_from(driver.cuMemcpyPeer(device_ptr(dst), to, device_ptr(src), from,
						       count));
	return error_set(error);
}

cudaError_t cudaMemcpyPeerAsync(void *dst, int dstDevice, const void *src, int srcDevice,
				size_t count, cudaStream_t stream)
{
	CUcontext to, from;
	cudaError_t error = context_enter();

	if (!error)
		error = context_retain(dstDevice, &to);
	if (!error)
		error = context_retain(srcDevice, &from);
	if (!error && count)
		error = error_from(driver.cuMemcpyPeerAsync(device_ptr(dst), to, device_ptr(src),
							    from, count, stream));
	return error_set(error);
}
