/* SPDX-License-Identifier: MIT */
/*
 * absent.c - the functions that do not cross
 *
 * Every name that a libcuda exports has a weak definition here that answers
 * CUDA_ERROR_NOT_SUPPORTED, or CUDA_ERROR_NOT_INITIALIZED before cuInit(); a
 * source file that defines the function overrides it.  This file does not include
 * cuda.h: it gives all of them one type, which in the C ABIs of Linux is harmless,
 * for the caller owns the arguments.
 */
int absent(void);
int absent_result(void);	/* entry.c */

int absent(void)
{
	return absent_result();
}

#define GRAPHICS(symbol) \
	int symbol(void) __attribute__((weak, alias("absent"), visibility("default")));
#define EXPORT(symbol, name, version, stream) GRAPHICS(symbol)
#include "wire/exports.def"
#include "wire/graphics.def"
