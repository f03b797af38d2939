/* SPDX-License-Identifier: MIT */
/* Device variables: __device__, __constant__ and __managed__, named by their host shadows. */
#include "fatbin.h"

/* Where a variable lies in the current context, and its size in bytes. */
static cudaError_t locate(const void *symbol, CUdeviceptr *address, size_t *size)
{
	cudaError_t error = context_enter();
	struct variable *variable;
	CUlibrary library;
	CUresult result;

	if (error)
		return error;
	variable = fatbin_variable(symbol);
	if (!variable)
		return cudaErrorInvalidSymbol;
	error = fatbin_load(variable->module, &library);
	if (error)
		return error;
	if (variable->managed)
		result = driver.cuLibraryGetManaged(address, size, library, variable->name);
	else
		result = driver.cuLibraryGetGlobal(address, size, library, variable->name);
	return result == CUDA_ERROR_NOT_FOUND ? cudaErrorInvalidSymbol : error_from(result);
}

/** symbol_part() - the device address of count bytes at an offset into a variable */
cudaError_t symbol_part(const void *symbol, size_t count, size_t offset, void **address)
{
	CUdeviceptr start = 0;
	size_t size = 0, end;
	cudaError_t error = locate(symbol, &start, &size);

	if (error)
		return error;
	if (__builtin_add_overflow(offset, count, &end) || end > size)
		return cudaErrorInvalidValue;
	*address = (void *)(start + offset);
	return cudaSuccess;
}

cudaError_t cudaGetSymbolAddress(void **devPtr, const void *symbol)
{
	CUdeviceptr address = 0;
	size_t size;
	cudaError_t error = require(driver_enter(), devPtr);

	if (!error)
		error = locate(symbol, &address, &size);
	if (!error)
		*devPtr = (void *)address;
	return error_set(error);
}

cudaError_t cudaGetSymbolSize(size_t *size, const void *symbol)
{
	CUdeviceptr address;
	cudaError_t error = require(driver_enter(), size);

	return error_set(error ? error : locate(symbol, &address, size));
}

static bool to_device(enum cudaMemcpyKind kind)
{
	return kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice ||
	       kind == cudaMemcpyDefault;
}

static bool from_device(enum cudaMemcpyKind kind)
{
	return kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice ||
	       kind == cudaMemcpyDefault;
}

cudaError_t cudaMemcpyToSymbol(const void *symbol, const void *src, size_t count, size_t offset,
			       enum cudaMemcpyKind kind)
{
	cudaError_t error = to_device(kind) ? cudaSuccess : cudaErrorInvalidMemcpyDirection;
	void *dst = NULL;

	if (!error)
		error = symbol_part(symbol, count, offset, &dst);
	return error ? error_set(error) : cudaMemcpy(dst, src, count, kind);
}

cudaError_t cudaMemcpyToSymbolAsync(const void *symbol, const void *src, size_t count,
				    size_t offset, enum cudaMemcpyKind kind, cudaStream_t stream)
{
	cudaError_t error = to_device(kind) ? cudaSuccess : cudaErrorInvalidMemcpyDirection;
	void *dst = NULL;

	if (!error)
		error = symbol_part(symbol, count, offset, &dst);
	return error ? error_set(error) : cudaMemcpyAsync(dst, src, count, kind, stream);
}

cudaError_t cudaMemcpyFromSymbol(void *dst, const void *symbol, size_t count, size_t offset,
				 enum cudaMemcpyKind kind)
{
	cudaError_t error = from_device(kind) ? cudaSuccess : cudaErrorInvalidMemcpyDirection;
	void *src = NULL;

	if (!error)
		error = symbol_part(symbol, count, offset, &src);
	return error ? error_set(error) : cudaMemcpy(dst, src, count, kind);
}

cudaError_t cudaMemcpyFromSymbolAsync(void *dst, const void *symbol, size_t count, size_t offset,
				      enum cudaMemcpyKind kind, cudaStream_t stream)
{
	cudaError_t error = from_device(kind) ? cudaSuccess : cudaErrorInvalidMemcpyDirection;
	void *src = NULL;

	if (!error)
		error = symbol_part(symbol, count, offset, &src);
	return error ? error_set(error) : cudaMemcpyAsync(dst, src, count, kind, stream);
}
