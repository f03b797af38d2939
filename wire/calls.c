/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* calls.c - the rows of calls.def as a table */
#include "wire/call.h"
#include "wire/cuda_api.h"
#include "wire/handle.h"
#include "wire/map.h"

#define P_IN(t, a)         { WORD_IN, 0, sizeof(t) },
#define P_IN_PTR(t, a)     { WORD_IN_PTR, 0, sizeof(t) },
#define P_STR(a)           { WORD_STR, 0, 0 },
#define P_IN_BUF(t, a, n)  { WORD_IN_BUF, 0, 0 },
#define P_OUT(t, a)        { WORD_OUT, 0, sizeof(t) },
#define P_OUT_BUF(t, a, n) { WORD_OUT_BUF, 0, 0 },
#define P_HANDLE(t, a)     { WORD_HANDLE, KIND_##t, 8 },
#define P_HANDLES(t, a, n) { WORD_HANDLES, KIND_##t, 0 },
#define P_NEW(t, a)        { WORD_NEW, KIND_##t, 8 },
#define P_DROP(t, a)       { WORD_DROP, KIND_##t, 8 },
#define P(i, x)            P_##x

#define SPELT_IN(t, a)         { #t, #a },
#define SPELT_IN_PTR(t, a)     { #t, #a },
#define SPELT_STR(a)           { "char", #a },
#define SPELT_IN_BUF(t, a, n)  { #t, #a },
#define SPELT_OUT(t, a)        { #t, #a },
#define SPELT_OUT_BUF(t, a, n) { #t, #a },
#define SPELT_HANDLE(t, a)     { #t, #a },
#define SPELT_HANDLES(t, a, n) { #t, #a },
#define SPELT_NEW(t, a)        { #t, #a },
#define SPELT_DROP(t, a)       { #t, #a },
#define SPELT(i, x)            SPELT_##x

#define ONE(i, x)          + 1

#define W_IN(t, a)         WORD_IN
#define W_IN_PTR(t, a)     WORD_IN_PTR
#define W_STR(a)           WORD_STR
#define W_IN_BUF(t, a, n)  WORD_IN_BUF
#define W_OUT(t, a)        WORD_OUT
#define W_OUT_BUF(t, a, n) WORD_OUT_BUF
#define W_HANDLE(t, a)     WORD_HANDLE
#define W_HANDLES(t, a, n) WORD_HANDLES
#define W_NEW(t, a)        WORD_NEW
#define W_DROP(t, a)       WORD_DROP
#define IS_HANDLE(i, x)    | (W_##x >= WORD_HANDLE) << (i)
#define IS_NEW(i, x)       | (W_##x == WORD_NEW) << (i)
#define IS_DROP(i, x)      | (W_##x == WORD_DROP) << (i)

#define ROW(id, call, when, ...)                                                      \
	[id] = { #call, when, 0 MAP(ONE, __VA_ARGS__), 0 MAP(IS_HANDLE, __VA_ARGS__), \
		 0 MAP(IS_NEW, __VA_ARGS__), 0 MAP(IS_DROP, __VA_ARGS__),             \
		 { MAP(P, __VA_ARGS__) }, { MAP(SPELT, __VA_ARGS__) } },
#define CALL(...) ROW(__VA_ARGS__)
#define HAND(...) ROW(__VA_ARGS__)
#define WRAP(...) ROW(__VA_ARGS__)

static const struct call calls[CALL_ID_END] = {
#include "wire/calls.def"
};

const struct call *call_find(uint32_t id)
{
	return id < CALL_ID_END && calls[id].name ? &calls[id] : NULL;
}

const char *call_name(uint32_t id)
{
	const struct call *call = call_find(id);

	return call ? call->name : "?";
}
