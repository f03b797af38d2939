/* SPDX-License-Identifier: MIT */
/* stubs.c - from C parameters to struct arg, for every row of calls.def */
#include "qcu-library/cuda/args.h"
#include "qcu-library/cuda/remote.h"

#define BODY(id, ...)                               \
	{                                           \
		struct arg argv_[] = ARGS(__VA_ARGS__); \
		return remote(id, argv_);           \
	}
#define CALL(id, name, when, ...) \
	CUresult CUDAAPI name(PARAMS(__VA_ARGS__)) BODY(id, __VA_ARGS__)
#define WRAP(id, name, when, ...) \
	CUresult send_##name(PARAMS(__VA_ARGS__)) BODY(id, __VA_ARGS__)
#define HAND(id, name, when, ...)                                                    \
	WRAP(id, name, when, __VA_ARGS__)                                            \
	CUresult begin_##name(PARAMS_AFTER(struct flight *flight_, __VA_ARGS__))     \
	{                                                                            \
		struct arg argv_[] = ARGS(__VA_ARGS__);                              \
		return remote_begin(flight_, id, argv_);                             \
	}
#include "wire/calls.def"
