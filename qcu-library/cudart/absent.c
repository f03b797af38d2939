/* SPDX-License-Identifier: MIT */
/*
 * Functions that a program may link to and that answer cudaErrorNotSupported.
 *
 * Their parameters do not matter, so they are defined without them, and this
 * file does not see the header that declares them.
 */
#include "absent.h"

/* driver_types.h's number, part of the ABI. */
#define NOT_SUPPORTED 801

#define ABSENT(name)                                                                               \
	__attribute__((visibility("default"))) int name(void);                                     \
	int name(void)                                                                             \
	{                                                                                          \
		return absent_error(NOT_SUPPORTED);                                                \
	}
#include "absent.def"
