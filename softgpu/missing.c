/* SPDX-License-Identifier: MIT */
/*
 * missing.c - the functions that are not there
 *
 * Each name of exports.def gets a weak definition here that answers
 * CUDA_ERROR_NOT_SUPPORTED; a source file that defines the function overrides it, and so there
 * is no list of missing functions to keep.  This file does not include cuda.h: it gives
 * all of them one type.
 */
int export_missing(void);

int export_missing(void)
{
	return 801;	/* CUDA_ERROR_NOT_SUPPORTED; entry.c checks */
}

#define GRAPHICS(symbol) \
	int symbol(void) __attribute__((weak, alias("export_missing"), visibility("default")));
#define EXPORT(symbol, name, version, stream) GRAPHICS(symbol)
#include "wire/exports.def"
#include "wire/graphics.def"
