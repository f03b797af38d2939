/* SPDX-License-Identifier: MIT */
/*
 * Copies to, from and between two-dimensional arrays; offsets and widths in bytes.
 *
 * The old one-dimensional ones fill an array's rows one after another: what
 * begins or ends inside a row is a rectangle of its own, so three at most.
 */
#include "copy.h"

struct rectangle {
	CUDA_MEMCPY2D copy;
	cudaStream_t stream;
	bool async;
};

static cudaError_t run(const struct rectangle *rectangle)
{
	const CUDA_MEMCPY2D *copy = &rectangle->copy;

	if (!copy->WidthInBytes || !copy->Height)
		return cudaSuccess;
	return error_from(rectangle->async ?
				  driver.cuMemcpy2DAsync(copy, rectangle->stream) :
				  driver.cuMemcpy2DUnaligned(copy));
}

static void set_source_array(CUDA_MEMCPY2D *copy, cudaArray_const_t array, size_t x, size_t y)
{
	copy->srcMemoryType = CU_MEMORYTYPE_ARRAY;
	copy->srcArray = (CUarray)array;
	copy->srcXInBytes = x;
	copy->srcY = y;
}

static void set_source(CUDA_MEMCPY2D *copy, const void *src, size_t pitch,
		       enum cudaMemcpyKind kind)
{
	copy->srcMemoryType = copy_source(kind);
	copy->srcHost = src;
	copy->srcDevice = device_ptr(src);
	copy->srcPitch = pitch;
}

static void set_destination_array(CUDA_MEMCPY2D *copy, cudaArray_t array, size_t x, size_t y)
{
	copy->dstMemoryType = CU_MEMORYTYPE_ARRAY;
	copy->dstArray = (CUarray)array;
	copy->dstXInBytes = x;
	copy->dstY = y;
}

static void set_destination(CUDA_MEMCPY2D *copy, void *dst, size_t pitch, enum cudaMemcpyKind kind)
{
	copy->dstMemoryType = copy_destination(kind);
	copy->dstHost = dst;
	copy->dstDevice = device_ptr(dst);
	copy->dstPitch = pitch;
}

static cudaError_t to_array(struct rectangle r, cudaArray_t dst, size_t x, size_t y,
			    const void *src, size_t pitch, enum cudaMemcpyKind kind)
{
	cudaError_t error = copy_enter(kind);

	if (!error && !dst)
		error = cudaErrorInvalidResourceHandle;
	if (!error && r.copy.Height > 1 && r.copy.WidthInBytes > pitch)
		error = cudaErrorInvalidPitchValue;
	if (error)
		return error;
	set_source(&r.copy, src, pitch, kind);
	set_destination_array(&r.copy, dst, x, y);
	return run(&r);
}

static cudaError_t from_array(struct rectangle r, void *dst, size_t pitch, cudaArray_const_t src,
			      size_t x, size_t y, enum cudaMemcpyKind kind)
{
	cudaError_t error = copy_enter(kind);

	if (!error && !src)
		error = cudaErrorInvalidResourceHandle;
	if (!error && r.copy.Height > 1 && r.copy.WidthInBytes > pitch)
		error = cudaErrorInvalidPitchValue;
	if (error)
		return error;
	set_source_array(&r.copy, src, x, y);
	set_destination(&r.copy, dst, pitch, kind);
	return run(&r);
}

#define NOW(width, height) (struct rectangle){ .copy = { .WidthInBytes = width, .Height = height } }
#define IN_STREAM(width, height, where)                                                            \
	(struct rectangle){ .copy = { .WidthInBytes = width, .Height = height },                   \
			    .stream = where, .async = true }

cudaError_t cudaMemcpy2DToArray(cudaArray_t dst, size_t wOffset, size_t hOffset, const void *src,
				size_t spitch, size_t width, size_t height,
				enum cudaMemcpyKind kind)
{
	return error_set(to_array(NOW(width, height), dst, wOffset, hOffset, src, spitch, kind));
}

cudaError_t cudaMemcpy2DToArrayAsync(cudaArray_t dst, size_t wOffset, size_t hOffset,
				     const void *src, size_t spitch, size_t width, size_t height,
				     enum cudaMemcpyKind kind, cudaStream_t stream)
{
	return error_set(to_array(IN_STREAM(width, height, stream), dst, wOffset, hOffset, src,
				  spitch, kind));
}

cudaError_t cudaMemcpy2DFromArray(void *dst, size_t dpitch, cudaArray_const_t src, size_t wOffset,
				  size_t hOffset, size_t width, size_t height,
				  enum cudaMemcpyKind kind)
{
	return error_set(from_array(NOW(width, height), dst, dpitch, src, wOffset, hOffset, kind));
}

cudaError_t cudaMemcpy2DFromArrayAsync(void *dst, size_t dpitch, cudaArray_const_t src,
				       size_t wOffset, size_t hOffset, size_t width, size_t height,
				       enum cudaMemcpyKind kind, cudaStream_t stream)
{
	return error_set(from_array(IN_STREAM(width, height, stream), dst, dpitch, src, wOffset,
				    hOffset, kind));
}

/* Both sides are on the device whatever the kind says. */
static cudaError_t between_arrays(struct rectangle r, cudaArray_t dst, size_t dst_x, size_t dst_y,
				  cudaArray_const_t src, size_t src_x, size_t src_y,
				  enum cudaMemcpyKind kind)
{
	cudaError_t error = copy_enter(kind);

	if (!error && kind != cudaMemcpyDeviceToDevice && kind != cudaMemcpyDefault)
		error = cudaErrorInvalidMemcpyDirection;
	if (!error && (!dst || !src))
		error = cudaErrorInvalidResourceHandle;
	if (error)
		return error;
	set_source_array(&r.copy, src, src_x, src_y);
	set_destination_array(&r.copy, dst, dst_x, dst_y);
	return run(&r);
}

cudaError_t cudaMemcpy2DArrayToArray(cudaArray_t dst, size_t wOffsetDst, size_t hOffsetDst,
				     cudaArray_const_t src, size_t wOffsetSrc, size_t hOffsetSrc,
				     size_t width, size_t height, enum cudaMemcpyKind kind)
{
	return error_set(between_arrays(NOW(width, height), dst, wOffsetDst, hOffsetDst, src,
					wOffsetSrc, hOffsetSrc, kind));
}

/* The bytes of a row of an array. */
static cudaError_t row_size(cudaArray_const_t array, size_t *size)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	size_t element;
	cudaError_t error = context_enter();

	if (!error)
		error = array_describe(array, &descriptor, &element);
	if (!error)
		*size = descriptor.Width * element;
	return error || *size ? error : cudaErrorInvalidValue;
}

/* The next rectangle of count bytes that begin at (x, y) of an array. */
static struct rectangle next(struct rectangle r, size_t x, size_t count, size_t row)
{
	if (!x && count >= row) {
		r.copy.WidthInBytes = row;
		r.copy.Height = count / row;
	} else {
		r.copy.WidthInBytes = count < row - x ? count : row - x;
		r.copy.Height = 1;
	}
	return r;
}

static cudaError_t rows_to_array(struct rectangle r, cudaArray_t dst, size_t x, size_t y,
				 const char *src, size_t count, enum cudaMemcpyKind kind)
{
	size_t row, done;
	cudaError_t error = row_size(dst, &row);

	if (!error && x >= row)
		error = cudaErrorInvalidValue;
	for (; !error && count; count -= done, src += done, x = 0, y += r.copy.Height) {
		r = next(r, x, count, row);
		done = r.copy.WidthInBytes * r.copy.Height;
		error = to_array(r, dst, x, y, src, row, kind);
	}
	return error;
}

static cudaError_t rows_from_array(struct rectangle r, char *dst, cudaArray_const_t src, size_t x,
				   size_t y, size_t count, enum cudaMemcpyKind kind)
{
	size_t row, done;
	cudaError_t error = row_size(src, &row);

	if (!error && x >= row)
		error = cudaErrorInvalidValue;
	for (; !error && count; count -= done, dst += done, x = 0, y += r.copy.Height) {
		r = next(r, x, count, row);
		done = r.copy.WidthInBytes * r.copy.Height;
		error = from_array(r, dst, row, src, x, y, kind);
	}
	return error;
}

cudaError_t cudaMemcpyToArray(cudaArray_t dst, size_t wOffset, size_t hOffset, const void *src,
			      size_t count, enum cudaMemcpyKind kind)
{
	return error_set(rows_to_array(NOW(0, 0), dst, wOffset, hOffset, src, count, kind));
}

cudaError_t cudaMemcpyToArrayAsync(cudaArray_t dst, size_t wOffset, size_t hOffset,
				   const void *src, size_t count, enum cudaMemcpyKind kind,
				   cudaStream_t stream)
{
	return error_set(rows_to_array(IN_STREAM(0, 0, stream), dst, wOffset, hOffset, src, count,
				       kind));
}

cudaError_t cudaMemcpyFromArray(void *dst, cudaArray_const_t src, size_t wOffset, size_t hOffset,
				size_t count, enum cudaMemcpyKind kind)
{
	return error_set(rows_from_array(NOW(0, 0), dst, src, wOffset, hOffset, count, kind));
}

cudaError_t cudaMemcpyFromArrayAsync(void *dst, cudaArray_const_t src, size_t wOffset,
				     size_t hOffset, size_t count, enum cudaMemcpyKind kind,
				     cudaStream_t stream)
{
	return error_set(rows_from_array(IN_STREAM(0, 0, stream), dst, src, wOffset, hOffset, count,
					 kind));
}

static cudaError_t rows_between(struct rectangle r, cudaArray_t dst, size_t dst_x, size_t dst_y,
				cudaArray_const_t src, size_t src_x, size_t src_y, size_t count,
				enum cudaMemcpyKind kind)
{
	size_t dst_row = 0, src_row = 0, width;
	cudaError_t error = row_size(dst, &dst_row);

	if (!error)
		error = row_size(src, &src_row);
	if (!error && (dst_x >= dst_row || src_x >= src_row))
		error = cudaErrorInvalidValue;
	while (!error && count) {
		width = dst_row - dst_x < src_row - src_x ? dst_row - dst_x : src_row - src_x;
		width = count < width ? count : width;
		r.copy.WidthInBytes = width;
		r.copy.Height = 1;
		error = between_arrays(r, dst, dst_x, dst_y, src, src_x, src_y, kind);
		count -= width;
		dst_y += (dst_x + width) / dst_row;
		dst_x = (dst_x + width) % dst_row;
		src_y += (src_x + width) / src_row;
		src_x = (src_x + width) % src_row;
	}
	return error;
}

cudaError_t cudaMemcpyArrayToArray(cudaArray_t dst, size_t wOffsetDst, size_t hOffsetDst,
				   cudaArray_const_t src, size_t wOffsetSrc, size_t hOffsetSrc,
				   size_t count, enum cudaMemcpyKind kind)
{
	return error_set(rows_between(NOW(0, 0), dst, wOffsetDst, hOffsetDst, src, wOffsetSrc,
				      hOffsetSrc, count, kind));
}

/* The twins that have no asynchronous sibling to be made of: twins.c says what they are. */
__attribute__((visibility("default"))) extern __typeof__(cudaMemcpy2DArrayToArray)
	cudaMemcpy2DArrayToArray_ptds;
__attribute__((visibility("default"))) extern __typeof__(cudaMemcpyArrayToArray)
	cudaMemcpyArrayToArray_ptds;

cudaError_t cudaMemcpy2DArrayToArray_ptds(cudaArray_t dst, size_t wOffsetDst, size_t hOffsetDst,
					  cudaArray_const_t src, size_t wOffsetSrc,
					  size_t hOffsetSrc, size_t width, size_t height,
					  enum cudaMemcpyKind kind)
{
	return error_set(between_arrays(IN_STREAM(width, height, cudaStreamPerThread), dst,
					wOffsetDst, hOffsetDst, src, wOffsetSrc, hOffsetSrc, kind));
}

cudaError_t cudaMemcpyArrayToArray_ptds(cudaArray_t dst, size_t wOffsetDst, size_t hOffsetDst,
					cudaArray_const_t src, size_t wOffsetSrc, size_t hOffsetSrc,
					size_t count, enum cudaMemcpyKind kind)
{
	return error_set(rows_between(IN_STREAM(0, 0, cudaStreamPerThread), dst, wOffsetDst,
				      hOffsetDst, src, wOffsetSrc, hOffsetSrc, count, kind));
}
