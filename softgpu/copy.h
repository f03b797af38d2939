/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_COPY_H
#define SOFTGPU_COPY_H

#include "softgpu/api.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

/* Which memory a pointer of a copy must be in */
enum copy_side {
	COPY_DEVICE,	/* a block: device, pinned or registered memory */
	COPY_HOST,	/* the program's own, or any of the above */
};

/**
 * struct copy_end - where a copy reads or writes
 * @address:	of the first byte
 * @pitch:	bytes from one row to the next
 * @slice:	bytes from one plane to the next
 */
struct copy_end {
	enum copy_side side;
	uint64_t address;
	size_t pitch, slice;
};

/**
 * struct copy - @depth planes of @height rows of @width bytes, from @from to @to
 * @said:	how the program said it; may be NULL
 */
struct copy {
	struct copy_end to, from;
	size_t width, height, depth;
	const CUDA_MEMCPY3D *said;
};

/**
 * copy_start() - check a copy and do it in a stream
 * @async:	may return before it is done, where CUDA allows that: never when pageable
 *		memory of the program is written, or too much of it read
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_INVALID_VALUE; stream_resolve()'s and stream_run()'s errors.
 */
CUresult copy_start(const struct copy *copy, CUstream stream, bool async);

/**
 * copy_3d_new() - check a copy and make it a task, which may be run any number of times
 *
 * Return: CUDA_SUCCESS and a task that nobody has yet; CUDA_ERROR_INVALID_VALUE, for a copy of
 * nothing too; CUDA_ERROR_INVALID_HANDLE (an array), CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult copy_3d_new(const CUDA_MEMCPY3D *from, struct task **out);

/* copy_new() - the same when it has been found out where it goes */
CUresult copy_new(const struct copy *copy, struct task **out);

/* copy_linear() - copy_start() for @bytes in a row */
CUresult copy_linear(uint64_t to, enum copy_side to_side, uint64_t from, enum copy_side from_side,
		     size_t bytes, CUstream stream, bool async);

/* copy_2d(), copy_3d() - the same from the structures of cuMemcpy2D and cuMemcpy3D */
CUresult copy_2d(const CUDA_MEMCPY2D *from, CUstream stream, bool async);
CUresult copy_3d(const CUDA_MEMCPY3D *from, CUstream stream, bool async);

/**
 * fill_start() - set @height rows of @width elements
 * @element:	bytes of an element, 1, 2 or 4
 * @pitch:	bytes from one row to the next; not looked at for one row
 */
CUresult fill_start(CUdeviceptr to, size_t pitch, unsigned int value, unsigned int element,
		    size_t width, size_t height, CUstream stream, bool async);

/* fill_new() - the same as a task, which may be run any number of times */
CUresult fill_new(const CUDA_MEMSET_NODE_PARAMS_v2 *params, struct task **out);

#endif /* SOFTGPU_COPY_H */
