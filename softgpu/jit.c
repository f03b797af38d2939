/* SPDX-License-Identifier: MIT */
#include "softgpu/jit.h"

#include <stdint.h>
#include <string.h>

#include "softgpu/log.h"

/* An option's value is stored in the pointer itself. */
static size_t number(void *value)
{
	return (unsigned int)(uintptr_t)value;
}

CUresult jit_init(struct jit *jit, unsigned int count, const CUjit_option *options, void **values)
{
	memset(jit, 0, sizeof(*jit));
	if (count && (!options || !values))
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < count; i++) {
		switch (options[i]) {
		case CU_JIT_INFO_LOG_BUFFER:
			jit->info = values[i];
			break;
		case CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES:
			jit->info_bytes = number(values[i]);
			jit->info_used = &values[i];
			break;
		case CU_JIT_ERROR_LOG_BUFFER:
			jit->error = values[i];
			break;
		case CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES:
			jit->error_bytes = number(values[i]);
			jit->error_used = &values[i];
			break;
		default:
			if ((unsigned int)options[i] >= CU_JIT_NUM_OPTIONS)
				return CUDA_ERROR_INVALID_VALUE;
		}
	}
	return CUDA_SUCCESS;
}

/* deliver() - as much of @text as fits, NUL-terminated, and how much that was */
static void deliver(char *buffer, size_t bytes, void **used, const char *text)
{
	size_t length = strlen(text);

	if (!buffer || !bytes)
		length = 0;
	else if (length > bytes - 1)
		length = bytes - 1;
	if (buffer && bytes) {
		memcpy(buffer, text, length);
		buffer[length] = 0;
	}
	if (used)
		*used = (void *)(uintptr_t)length;
}

CUresult jit_finish(struct jit *jit, CUresult result)
{
	deliver(jit->error, jit->error_bytes, jit->error_used, result ? jit->log : "");
	deliver(jit->info, jit->info_bytes, jit->info_used, result ? "" : jit->log);
	if (result && *jit->log)
		log_error("%s", jit->log);
	return result;
}
