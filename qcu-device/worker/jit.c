/* SPDX-License-Identifier: MIT */
#include "qcu-device/worker/jit.h"

static void jit_add(struct jit *jit, CUjit_option option, void *value)
{
	jit->options[jit->n] = option;
	jit->values[jit->n++] = value;
}

static void jit_add_log(struct jit *jit, CUjit_option buffer, CUjit_option size, char *log,
			uint32_t bytes)
{
	if (!log || !bytes)
		return;
	jit_add(jit, buffer, log);
	jit_add(jit, size, (void *)(uintptr_t)bytes);
}

bool jit_init(struct jit *jit, const struct wire_option *options, uint32_t n, char *info_log,
	      uint32_t info_bytes, char *error_log, uint32_t error_bytes)
{
	jit->n = 0;
	if (n > WIRE_MAX_OPTIONS || (n && !options))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (!jit_option_is_plain(options[i].option))
			return false;
		jit_add(jit, options[i].option, (void *)(uintptr_t)options[i].value);
	}
	jit_add_log(jit, CU_JIT_INFO_LOG_BUFFER, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES, info_log,
		    info_bytes);
	jit_add_log(jit, CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, error_log,
		    error_bytes);
	return true;
}
