/* SPDX-License-Identifier: MIT */
/*
 * guest_printf.h - printf() of a kernel
 */
#ifndef SOFTGPU_GUEST_PRINTF_H
#define SOFTGPU_GUEST_PRINTF_H

#include "softgpu/engine.h"

/* struct guest_reader - how to read the kernel's memory; false and NULL: it may not either */
struct guest_reader {
	void *context;
	bool (*bytes)(void *context, uint64_t address, void *out, size_t bytes);
	const char *(*string)(void *context, uint64_t address);
};

/**
 * guest_printf() - format and print
 * @format:	NUL-terminated
 * @arguments:	where the arguments lie: each at the next multiple of its size, 4 or 8 bytes
 *
 * Return: how many arguments were used, as CUDA's printf() in kernels; -2: something was not
 * readable or too long.
 */
int guest_printf(struct engine *engine, const struct guest_reader *reader, const char *format,
		 uint64_t arguments);

/* guest_print() - one piece of finished text to the engine's sink */
void guest_print(struct engine *engine, const char *text, size_t bytes);

#endif /* SOFTGPU_GUEST_PRINTF_H */
