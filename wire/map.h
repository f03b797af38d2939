/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * map.h - apply a macro to every argument of a list (up to 16), with its index
 *
 * MAP(m, A, B) expands to m(0, A) m(0 + 1, B); the empty list to nothing.  This is
 * the only clever file: a row of calls.def is read by defining what its words
 * mean (IN, OUT, ...) and mapping over them.
 */
#ifndef QCUDA_WIRE_MAP_H
#define QCUDA_WIRE_MAP_H

#define CAT_(a, b) a##b
#define CAT(a, b)  CAT_(a, b)

#define NARG_(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, n, ...) n
#define NARG(...) NARG_(__VA_ARGS__, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)

#define MAP(m, ...) __VA_OPT__(CAT(MAP_, NARG(__VA_ARGS__))(m, 0, __VA_ARGS__))
#define MAP_1(m, i, x)       m(i, x)
#define MAP_2(m, i, x, ...)  m(i, x) MAP_1(m, i + 1, __VA_ARGS__)
#define MAP_3(m, i, x, ...)  m(i, x) MAP_2(m, i + 1, __VA_ARGS__)
#define MAP_4(m, i, x, ...)  m(i, x) MAP_3(m, i + 1, __VA_ARGS__)
#define MAP_5(m, i, x, ...)  m(i, x) MAP_4(m, i + 1, __VA_ARGS__)
#define MAP_6(m, i, x, ...)  m(i, x) MAP_5(m, i + 1, __VA_ARGS__)
#define MAP_7(m, i, x, ...)  m(i, x) MAP_6(m, i + 1, __VA_ARGS__)
#define MAP_8(m, i, x, ...)  m(i, x) MAP_7(m, i + 1, __VA_ARGS__)
#define MAP_9(m, i, x, ...)  m(i, x) MAP_8(m, i + 1, __VA_ARGS__)
#define MAP_10(m, i, x, ...) m(i, x) MAP_9(m, i + 1, __VA_ARGS__)
#define MAP_11(m, i, x, ...) m(i, x) MAP_10(m, i + 1, __VA_ARGS__)
#define MAP_12(m, i, x, ...) m(i, x) MAP_11(m, i + 1, __VA_ARGS__)
#define MAP_13(m, i, x, ...) m(i, x) MAP_12(m, i + 1, __VA_ARGS__)
#define MAP_14(m, i, x, ...) m(i, x) MAP_13(m, i + 1, __VA_ARGS__)
#define MAP_15(m, i, x, ...) m(i, x) MAP_14(m, i + 1, __VA_ARGS__)
#define MAP_16(m, i, x, ...) m(i, x) MAP_15(m, i + 1, __VA_ARGS__)

/* Drop the leading comma that each mapped item carries. */
#define TAIL_(first, ...) __VA_ARGS__
#define TAIL(...) TAIL_(__VA_ARGS__)

/*
 * The row's words as C parameters: PARAMS(IN(size_t, n), OUT(int, x)) is
 * "size_t n, int *x", and for no words "void".  What a word looks like in the C
 * prototype is a fact of the grammar, so it stands here for all readers.
 */
#define PARAM_IN(t, a)         , t a
#define PARAM_IN_PTR(t, a)     , const t *a
#define PARAM_STR(a)           , const char *a
#define PARAM_IN_BUF(t, a, n)  , const t *a
#define PARAM_OUT(t, a)        , t *a
#define PARAM_OUT_BUF(t, a, n) , t *a
#define PARAM_HANDLE(t, a)     , t a
#define PARAM_HANDLES(t, a, n) , const t *a
#define PARAM_NEW(t, a)        , t *a
#define PARAM_DROP(t, a)       , t a
#define PARAM(i, x)            PARAM_##x

#define PARAMS(...)   CAT(PARAMS_, __VA_OPT__(N))(__VA_ARGS__)
#define PARAMS_()     void
#define PARAMS_N(...) TAIL(MAP(PARAM, __VA_ARGS__))

/* The same with a first parameter: PARAMS_AFTER(struct x *x, words...) */
#define PARAMS_AFTER(first, ...) first MAP(PARAM, ##__VA_ARGS__)

#endif
