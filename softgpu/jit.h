/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_JIT_H
#define SOFTGPU_JIT_H

#include "softgpu/api.h"

#include <stddef.h>

/**
 * struct jit - the options of cuModuleLoadDataEx, cuLinkCreate and cuLibraryLoadData that mean
 * anything without a compiler: where messages go
 * @error, @error_bytes: the program's buffer; @error_used: where to say how much was written
 * @info, @info_bytes, @info_used: the same for what is no error
 * @log:	filled by the PTX engine
 */
struct jit {
	char *error, *info;
	size_t error_bytes, info_bytes;
	void **error_used, **info_used;
	char log[1024];
};

/* jit_init() - CUDA_ERROR_INVALID_VALUE if options are said to be there and are not */
CUresult jit_init(struct jit *jit, unsigned int count, const CUjit_option *options, void **values);

/* jit_finish() - hand @log to the program, and to the log if @result is an error */
CUresult jit_finish(struct jit *jit, CUresult result);

#endif /* SOFTGPU_JIT_H */
