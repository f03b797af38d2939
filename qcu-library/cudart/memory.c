/* SPDX-License-Identifier: MIT */
/* Device, pinned and managed memory: allocation, registration, what a pointer is. */
#include "cudart.h"

/* cudaMalloc() and its like answer NULL to a request for nothing; the driver refuses it. */
static cudaError_t alloc_device(void **ptr, size_t size)
{
	cudaError_t error = context_enter();
	CUdeviceptr address;

	if (error)
		return error;
	if (!ptr)
		return cudaErrorInvalidValue;
	*ptr = NULL;
	if (!size)
		return cudaSuccess;
	error = error_from(driver.cuMemAlloc(&address, size));
	if (!error)
		*ptr = (void *)address;
	return error;
}

cudaError_t cudaMalloc(void **devPtr, size_t size)
{
	return error_set(alloc_device(devPtr, size));
}

FORWARD(cudaFree, (void *devPtr), cuMemFree(device_ptr(devPtr)))

static cudaError_t alloc_pitch(void **ptr, size_t *pitch, size_t width, size_t height)
{
	cudaError_t error = context_enter();
	CUdeviceptr address;

	if (error)
		return error;
	if (!ptr || !pitch)
		return cudaErrorInvalidValue;
	*ptr = NULL;
	*pitch = 0;
	if (!width || !height)
		return cudaSuccess;
	/* The widest element, so that the rows suit every type. */
	error = error_from(driver.cuMemAllocPitch(&address, pitch, width, height, 16));
	if (!error)
		*ptr = (void *)address;
	return error;
}

cudaError_t cudaMallocPitch(void **devPtr, size_t *pitch, size_t width, size_t height)
{
	return error_set(alloc_pitch(devPtr, pitch, width, height));
}

cudaError_t cudaMalloc3D(struct cudaPitchedPtr *pitchedDevPtr, struct cudaExtent extent)
{
	cudaError_t error;
	size_t rows = 0;
	bool valid = pitchedDevPtr && !__builtin_mul_overflow(extent.height, extent.depth, &rows);

	error = require(context_enter(), valid);
	if (error)
		return error_set(error);
	error = alloc_pitch(&pitchedDevPtr->ptr, &pitchedDevPtr->pitch, extent.width, rows);
	if (!error) {
		pitchedDevPtr->xsize = extent.width;
		pitchedDevPtr->ysize = extent.height;
	}
	return error_set(error);
}

cudaError_t cudaMallocManaged(void **devPtr, size_t size, unsigned int flags)
{
	cudaError_t error = context_enter();

	if (!error && !devPtr)
		error = cudaErrorInvalidValue;
	if (!error && !size)
		*devPtr = NULL;	/* as cudaMalloc() */
	else if (!error)
		error = error_from(driver.cuMemAllocManaged((CUdeviceptr *)devPtr, size, flags));
	return error_set(error);
}

static cudaError_t alloc_host(void **ptr, size_t size, unsigned int flags)
{
	cudaError_t error = context_enter();

	if (error)
		return error;
	if (!ptr)
		return cudaErrorInvalidValue;
	*ptr = NULL;
	return size ? error_from(driver.cuMemHostAlloc(ptr, size, flags)) : cudaSuccess;
}

cudaError_t cudaMallocHost(void **ptr, size_t size)
{
	return error_set(alloc_host(ptr, size, 0));
}

static_assert(cudaHostAllocPortable == CU_MEMHOSTALLOC_PORTABLE &&
	      cudaHostAllocMapped == CU_MEMHOSTALLOC_DEVICEMAP &&
	      cudaHostAllocWriteCombined == CU_MEMHOSTALLOC_WRITECOMBINED,
	      "flags of pinned memory are the driver's");

cudaError_t cudaHostAlloc(void **pHost, size_t size, unsigned int flags)
{
	return error_set(alloc_host(pHost, size, flags));
}

cudaError_t cudaFreeHost(void *ptr)
{
	cudaError_t error = context_enter();

	if (!error && ptr)
		error = error_from(driver.cuMemFreeHost(ptr));
	return error_set(error);
}

static_assert(cudaHostRegisterPortable == CU_MEMHOSTREGISTER_PORTABLE &&
	      cudaHostRegisterMapped == CU_MEMHOSTREGISTER_DEVICEMAP &&
	      cudaHostRegisterIoMemory == CU_MEMHOSTREGISTER_IOMEMORY &&
	      cudaHostRegisterReadOnly == CU_MEMHOSTREGISTER_READ_ONLY,
	      "flags of registered memory are the driver's");

FORWARD(cudaHostRegister, (void *ptr, size_t size, unsigned int flags),
	cuMemHostRegister(ptr, size, flags))
FORWARD(cudaHostUnregister, (void *ptr), cuMemHostUnregister(ptr))
FORWARD_OUT(cudaHostGetDevicePointer, (void **pDevice, void *pHost, unsigned int flags), pDevice,
	    cuMemHostGetDevicePointer((CUdeviceptr *)pDevice, pHost, flags))
FORWARD_OUT(cudaHostGetFlags, (unsigned int *pFlags, void *pHost), pFlags,
	    cuMemHostGetFlags(pFlags, pHost))
FORWARD(cudaMemGetInfo, (size_t *free, size_t *total), cuMemGetInfo(free, total))

static_assert((int)cudaMemoryTypeHost == (int)CU_MEMORYTYPE_HOST &&
	      (int)cudaMemoryTypeDevice == (int)CU_MEMORYTYPE_DEVICE,
	      "memory types are the driver's");

static cudaError_t describe(struct cudaPointerAttributes *attributes, const void *ptr)
{
	unsigned int type = cudaMemoryTypeUnregistered, managed = 0;
	int device = cudaInvalidDeviceId;
	void *on_device = NULL, *on_host = NULL;
	CUpointer_attribute wanted[] = {
		CU_POINTER_ATTRIBUTE_MEMORY_TYPE, CU_POINTER_ATTRIBUTE_IS_MANAGED,
		CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, CU_POINTER_ATTRIBUTE_DEVICE_POINTER,
		CU_POINTER_ATTRIBUTE_HOST_POINTER,
	};
	void *values[] = { &type, &managed, &device, &on_device, &on_host };
	cudaError_t error = require(context_enter(), attributes);

	if (!error)
		error = error_from(driver.cuPointerGetAttributes(ARRAY_SIZE(wanted), wanted,
								 values, device_ptr(ptr)));
	if (error)
		return error;
	*attributes = (struct cudaPointerAttributes){
		.type = managed ? cudaMemoryTypeManaged : (enum cudaMemoryType)type,
		.device = device,
		.devicePointer = on_device,
		.hostPointer = on_host,
	};
	return cudaSuccess;
}

/** cudaPointerGetAttributes() - memory that CUDA does not know is cudaMemoryTypeUnregistered */
cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *attributes, const void *ptr)
{
	return error_set(describe(attributes, ptr));
}
