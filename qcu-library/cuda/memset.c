/* SPDX-License-Identifier: MIT */
/*
 * memset.c - filling device memory
 *
 * What fills memory that is known to be the device's is posted and nobody waits: also
 * what has no stream, which is asynchronous, too (CUDA Driver API, "API synchronization
 * behavior").
 */
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/post.h"
#include "qcu-library/cuda/ranges.h"

/*
 * Can nothing be wrong with filling @n elements of @width bytes?  Where there are several contexts
 * the memory may be another device's, and then the current one needs access to it.
 */
static bool is_sure(CUdeviceptr dst, size_t n, size_t width)
{
	size_t bytes;

	return !contexts_are_several() && !__builtin_mul_overflow(n, width, &bytes) && bytes &&
	       dst % width == 0 && ranges_on_device(dst, bytes);
}

#define MEMSET(bits, type)                                                               \
	CUresult CUDAAPI cuMemsetD##bits##_v2(CUdeviceptr dst, type value, size_t n)     \
	{                                                                                \
		return context_current() && is_sure(dst, n, sizeof(type)) ?              \
			       post_cuMemsetD##bits##_v2(dst, value, n) :                \
			       send_cuMemsetD##bits##_v2(dst, value, n);                 \
	}                                                                                \
	CUresult CUDAAPI cuMemsetD##bits##Async(CUdeviceptr dst, type value, size_t n,   \
						CUstream stream)                         \
	{                                                                                \
		return context_current() && is_sure(dst, n, sizeof(type)) ?              \
			       post_cuMemsetD##bits##Async(dst, value, n, stream) :      \
			       send_cuMemsetD##bits##Async(dst, value, n, stream);       \
	}
MEMSET(8, unsigned char)
MEMSET(16, unsigned short)
MEMSET(32, unsigned int)
