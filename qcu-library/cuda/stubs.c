/* SPDX-License-Identifier: MIT */
/* stubs.c - from C parameters to struct arg, for every row of calls.def */
#include <string.h>

#include "qcu-library/cuda/remote.h"

#define NONE { NULL, ARG_NONE }
#define ARG_IN(t, a)         { &a, sizeof(a) },
#define ARG_IN_PTR(t, a)     a ? (struct arg){ (void *)a, sizeof(t) } : (struct arg)NONE,
#define ARG_STR(a)           a ? (struct arg){ (void *)a, strlen(a) + 1 } : (struct arg)NONE,
#define ARG_IN_BUF(t, a, n)  a ? buffer(a, n, sizeof(t)) : (struct arg)NONE,
#define ARG_OUT(t, a)        a ? (struct arg){ a, sizeof(t) } : (struct arg)NONE,
#define ARG_OUT_BUF(t, a, n) a ? buffer(a, n, sizeof(t)) : (struct arg)NONE,
#define ARG_HANDLE(t, a)     { &a, sizeof(a) },
#define ARG_HANDLES(t, a, n) a ? buffer(a, n, sizeof(t)) : (struct arg)NONE,
#define ARG_NEW(t, a)        { a, sizeof(*a) },
#define ARG_DROP(t, a)       { &a, sizeof(a) },
#define ARG(i, x)            ARG_##x

/* A count that overflows is more than any channel carries: the call fails there. */
static struct arg buffer(const void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes == ARG_NONE)
		bytes = ARG_NONE - 1;
	return (struct arg){ (void *)p, bytes };
}

#define BODY(id, words)                       \
	{                                     \
		struct arg argv_[] = { words NONE }; \
		return remote(id, argv_);     \
	}
#define CALL(id, name, when, ...) \
	CUresult CUDAAPI name(PARAMS(__VA_ARGS__)) BODY(id, MAP(ARG, __VA_ARGS__))
#define WRAP(id, name, when, ...) \
	CUresult send_##name(PARAMS(__VA_ARGS__)) BODY(id, MAP(ARG, __VA_ARGS__))
#define HAND(id, name, when, ...)                                                    \
	WRAP(id, name, when, __VA_ARGS__)                                            \
	CUresult begin_##name(PARAMS_AFTER(struct flight *flight_, __VA_ARGS__))     \
	{                                                                            \
		struct arg argv_[] = { MAP(ARG, __VA_ARGS__) NONE };                 \
		return remote_begin(flight_, id, argv_);                             \
	}
#define LOCAL(name, where)
#define ALIAS(name, target)
#define ABSENT(name, why)
#include "wire/calls.def"
