/* SPDX-License-Identifier: MIT */
/*
 * jit.c - options of the JIT compiler and linker
 *
 * Those with plain values travel as they are.  Log buffers are the program's, so
 * the host is told their sizes and the text comes back with the call.
 */
#include <string.h>

#include "qcu-library/cuda/jit.h"

#define LOG_MAX		(32u << 10)	/* two of them fit a reply */

static uint32_t log_bytes(void *value)
{
	uintptr_t bytes = (unsigned int)(uintptr_t)value;

	return bytes < LOG_MAX ? bytes : LOG_MAX;
}

CUresult jit_init(struct jit *jit, unsigned int n, const CUjit_option *options, void **values)
{
	*jit = (struct jit){ 0 };
	if (n > WIRE_MAX_OPTIONS || (n && (!options || !values)))
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < n; i++) {
		switch (options[i]) {
		case CU_JIT_INFO_LOG_BUFFER:
			jit->info.buffer = values[i];
			break;
		case CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES:
			jit->info.bytes = log_bytes(values[i]);
			jit->info.written = &values[i];
			break;
		case CU_JIT_ERROR_LOG_BUFFER:
			jit->error.buffer = values[i];
			break;
		case CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES:
			jit->error.bytes = log_bytes(values[i]);
			jit->error.written = &values[i];
			break;
		case CU_JIT_WALL_TIME:
			jit->wall_time = &values[i];
			break;
		default:
			if (!jit_option_is_plain(options[i]))
				return CUDA_ERROR_NOT_SUPPORTED;
			jit->options[jit->n++] = (struct wire_option){
				.option = options[i], .value = (uintptr_t)values[i] };
		}
	}
	if (!jit->info.buffer)
		jit->info.bytes = 0;
	if (!jit->error.buffer)
		jit->error.bytes = 0;
	return CUDA_SUCCESS;
}

static void log_done(struct jit_log *log)
{
	size_t n = log->bytes ? strnlen(log->buffer, log->bytes) : 0;

	if (log->bytes && n == log->bytes)
		log->buffer[--n] = '\0';
	if (log->written)
		*log->written = POINTER(n);
}

void jit_done(struct jit *jit)
{
	float none = 0;

	log_done(&jit->info);
	log_done(&jit->error);
	/* CUDA Driver API: the value itself is the float. */
	if (jit->wall_time)
		memcpy(jit->wall_time, &none, sizeof(none));
}
