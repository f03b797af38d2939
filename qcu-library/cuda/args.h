/* SPDX-License-Identifier: MIT */
/* args.h - from the C parameters of a row to struct arg */
#ifndef QCU_LIBRARY_ARGS_H
#define QCU_LIBRARY_ARGS_H

#include <string.h>

#include "wire/call.h"
#include "wire/map.h"

#define NO_ARG               { NULL, ARG_NONE }
#define ARG_IN(t, a)         { &a, sizeof(a) },
#define ARG_IN_PTR(t, a)     a ? (struct arg){ (void *)a, sizeof(t) } : (struct arg)NO_ARG,
#define ARG_STR(a)           a ? (struct arg){ (void *)a, strlen(a) + 1 } : (struct arg)NO_ARG,
#define ARG_IN_BUF(t, a, n)  a ? arg_buffer(a, n, sizeof(t)) : (struct arg)NO_ARG,
#define ARG_OUT(t, a)        a ? (struct arg){ a, sizeof(t) } : (struct arg)NO_ARG,
#define ARG_OUT_BUF(t, a, n) a ? arg_buffer(a, n, sizeof(t)) : (struct arg)NO_ARG,
#define ARG_HANDLE(t, a)     { &a, sizeof(a) },
#define ARG_HANDLES(t, a, n) a ? arg_buffer(a, n, sizeof(t)) : (struct arg)NO_ARG,
#define ARG_NEW(t, a)        { a, sizeof(*a) },
#define ARG_DROP(t, a)       { &a, sizeof(a) },
#define ARG(i, x)            ARG_##x

/* A count that overflows is more than any channel carries: the call fails there. */
static inline struct arg arg_buffer(const void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes == ARG_NONE)
		bytes = ARG_NONE - 1;
	return (struct arg){ (void *)p, bytes };
}

/* ARGS(words...) - what an array of struct arg begins with; one more ends it, for rows without any */
#define ARGS(...)            { MAP(ARG, __VA_ARGS__) NO_ARG }

#endif
