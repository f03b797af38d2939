/* SPDX-License-Identifier: MIT */
/*
 * exec_mem.c - ld, st and the address conversions (PTX ISA, Data Movement)
 *
 * The decoder picks the handler by space, by the type in memory and by the width of the
 * register: "ld.global.u8.w" zero-extends a byte into a 32-bit register, "ld.shared.s16.q"
 * sign-extends into a 64-bit one.  Vectors use the ".v" twins.
 */

#include "softgpu/exec_mem.h"
#include "softgpu/exec_ops.h"

/* Element @n of @count to register @d.  Where it is contiguous, all lanes may be read. */
#define LOAD_LANES(M, D)							\
	if (pattern == PATTERN_UNIFORM) {					\
		const D value = (D)((const M *)place.p)[n];			\
										\
		STORE_LANES(D, w, d, value);					\
	} else if (pattern == PATTERN_CONTIGUOUS && count == 1) {		\
		STORE_LANES(D, w, d, ((const M *)place.p)[i]);			\
	} else if (pattern == PATTERN_CONTIGUOUS) {				\
		STORE_LANES(D, w, d, ((const M *)place.p)[i * count + n]);	\
	} else if (w->mask == ALL_LANES) {					\
		for (unsigned i = 0; i < LANES; i++)				\
			d[i] = (D)((const M *)place.lane[i])[n];		\
	} else {								\
		EACH_ACTIVE(i, w->mask)						\
			d[i] = (D)((const M *)place.lane[i])[n];		\
	}

/* Loads of @count elements, whatever the addresses.  Operands: destinations, address. */
#define LOAD_ANY(space, name, M, D)						\
	GUEST_ACCESS __attribute__((noinline)) HANDLER(ldv_##space##_##name)	\
	{									\
		const unsigned count = in->count, bytes = count * (unsigned)sizeof(M);	\
		struct place place;						\
		enum pattern pattern = place_##space(w, in, in->o[count], bytes, &place);	\
										\
		if (pattern == PATTERN_FAULT)					\
			return NULL;						\
		for (unsigned n = 0; n < count; n++) {				\
			D *d = RESULT(D, w, in->o[n]);				\
										\
			LOAD_LANES(M, D)					\
		}								\
		return in + 1;							\
	}

/* One element */
#define LOAD(space, name, M, D)							\
	LOAD_ANY(space, name, M, D)						\
	GUEST_ACCESS HANDLER(ld_##space##_##name)				\
	{									\
		unsigned char *p = NULL;					\
		const enum pattern pattern = quick_##space(w, in, in->o[1], sizeof(M), &p);	\
										\
		if (unlikely(pattern == PATTERN_SCATTERED))			\
			return ldv_##space##_##name(w, in);			\
		if (pattern == PATTERN_CONTIGUOUS) {				\
			D *d = RESULT(D, w, in->o[0]);				\
										\
			prefetch_##space(p, LANES * sizeof(M));			\
			EACH_LANE						\
				d[i] = (D)((const M *)p)[i];			\
		} else {							\
			D *d = RESULT(D, w, in->o[0]);				\
			const D value = (D)*(const M *)p;			\
										\
			EACH_LANE						\
				d[i] = value;					\
		}								\
		return in + 1;							\
	}

/* Element @n of @count from register @s.  Where lanes collide, the highest is the last. */
#define STORE_TO_LANES(M)							\
	if (pattern == PATTERN_UNIFORM) {					\
		((M *)place.p)[n] = (M)s[31 - __builtin_clz(w->mask)];		\
	} else if (w->mask == ALL_LANES) {					\
		for (unsigned i = 0; i < LANES; i++)				\
			((M *)place.lane[i])[n] = (M)s[i];			\
	} else {								\
		EACH_ACTIVE(i, w->mask)						\
			((M *)place.lane[i])[n] = (M)s[i];			\
	}

/* Stores.  Operands: address, sources. */
#define STORE(space, name, M, S)						\
	GUEST_ACCESS __attribute__((noinline)) HANDLER(stv_##space##_##name)	\
	{									\
		const unsigned count = in->count, bytes = count * (unsigned)sizeof(M);	\
		struct place place;						\
		enum pattern pattern = place_##space(w, in, in->o[0], bytes, &place);	\
										\
		if (pattern == PATTERN_FAULT)					\
			return NULL;						\
		place_pointers(w, bytes, pattern, &place);			\
		for (unsigned n = 0; n < count; n++) {				\
			const S *s = operand(w, in->o[1 + n]);			\
										\
			STORE_TO_LANES(M)					\
		}								\
		return in + 1;							\
	}									\
	GUEST_ACCESS HANDLER(st_##space##_##name)				\
	{									\
		const S *s = operand(w, in->o[1]);				\
		unsigned char *p;						\
										\
		if (quick_##space(w, in, in->o[0], sizeof(M), &p) != PATTERN_CONTIGUOUS)	\
			return stv_##space##_##name(w, in);			\
		prefetch_##space(p, LANES * sizeof(M));				\
		EACH_LANE							\
			((M *)p)[i] = (M)s[i];					\
		return in + 1;							\
	}

#define SPACE(space)								\
	LOAD(space, u8_w, uint8_t, uint32_t) LOAD(space, s8_w, int8_t, uint32_t)	\
	LOAD(space, u16_w, uint16_t, uint32_t) LOAD(space, s16_w, int16_t, uint32_t)	\
	LOAD(space, b32_w, uint32_t, uint32_t) LOAD(space, b64_q, uint64_t, uint64_t)	\
	LOAD(space, u8_q, uint8_t, uint64_t) LOAD(space, s8_q, int8_t, uint64_t)	\
	LOAD(space, u16_q, uint16_t, uint64_t) LOAD(space, s16_q, int16_t, uint64_t)	\
	LOAD(space, u32_q, uint32_t, uint64_t) LOAD(space, s32_q, int32_t, uint64_t)	\
	STORE(space, b8_w, uint8_t, uint32_t) STORE(space, b16_w, uint16_t, uint32_t)	\
	STORE(space, b32_w, uint32_t, uint32_t) STORE(space, b64_q, uint64_t, uint64_t)	\
	STORE(space, b8_q, uint8_t, uint64_t) STORE(space, b16_q, uint16_t, uint64_t)	\
	STORE(space, b32_q, uint32_t, uint64_t)

SPACE(global)
SPACE(shared)
SPACE(local)

/* A sign-extended byte in a 16-bit register keeps the register's upper half zero */
#define NARROW(space)								\
	HANDLER(ld_##space##_s8_h)						\
	{									\
		uint32_t *d = r32(w, in->o[0]);					\
										\
		if (!ld_##space##_s8_w(w, in))					\
			return NULL;						\
		STORE_LANES(uint32_t, w, d, d[i] & 0xffff);			\
		return in + 1;							\
	}

NARROW(global)
NARROW(shared)
NARROW(local)

/* ---- kernel parameters: the same for all threads, at insn.imm of the block ---- */

#define PARAM(name, M, D)							\
	HANDLER(ld_param_##name)						\
	{									\
		D *d = operand(w, in->o[0]);					\
		M m;								\
										\
		memcpy(&m, w->cta->job->params + in->imm, sizeof(m));		\
		STORE_LANES(D, w, d, m);					\
		return in + 1;							\
	}

PARAM(u8_w, uint8_t, uint32_t)
PARAM(s8_w, int8_t, uint32_t)
PARAM(u16_w, uint16_t, uint32_t)
PARAM(s16_w, int16_t, uint32_t)
PARAM(b32_w, uint32_t, uint32_t)
PARAM(b64_q, uint64_t, uint64_t)
PARAM(u8_q, uint8_t, uint64_t)
PARAM(s8_q, int8_t, uint64_t)
PARAM(u16_q, uint16_t, uint64_t)
PARAM(s16_q, int16_t, uint64_t)
PARAM(u32_q, uint32_t, uint64_t)
PARAM(s32_q, int32_t, uint64_t)

HANDLER(ld_param_s8_h)
{
	uint32_t *d = r32(w, in->o[0]);
	uint32_t value = (uint16_t)(int8_t)w->cta->job->params[in->imm];

	STORE_LANES(uint32_t, w, d, value);
	return in + 1;
}

/* ---- addresses ---- */

/* The generic address of a kernel parameter */
HANDLER(param_address)
{
	uint64_t *d = r64(w, in->o[0]);
	uint64_t value = (uint64_t)(uintptr_t)w->cta->job->params + (uint64_t)in->imm;

	STORE_LANES(uint64_t, w, d, value);
	return in + 1;
}

/* The local address of a variable of the running frame */
HANDLER(local_address32)
{
	uint32_t *d = r32(w, in->o[0]);
	uint32_t value = w->current->frame.local + (uint32_t)in->imm;

	STORE_LANES(uint32_t, w, d, value);
	return in + 1;
}

HANDLER(local_address64)
{
	uint64_t *d = r64(w, in->o[0]);
	uint64_t value = w->current->frame.local + (uint64_t)in->imm;

	STORE_LANES(uint64_t, w, d, value);
	return in + 1;
}

/* cvta: between a window's offsets and generic addresses */
#define CVTA(name, e)								\
	HANDLER(name)								\
	{									\
		uint64_t *d = r64(w, in->o[0]);					\
		const uint64_t *a = r64(w, in->o[1]);				\
		const uint64_t shared = (uint64_t)(uintptr_t)w->cta->shared;	\
		const uint64_t stride = w->cta->local_stride;			\
		const uint64_t local = (uint64_t)(uintptr_t)lane_local(w, 0);	\
										\
		(void)shared;							\
		(void)stride;							\
		(void)local;							\
		STORE_LANES(uint64_t, w, d, e);					\
		return in + 1;							\
	}

CVTA(cvta_shared, a[i] + shared)
CVTA(cvta_to_shared, a[i] - shared)
CVTA(cvta_local, a[i] + local + i * stride)
CVTA(cvta_to_local, a[i] - local - i * stride)
CVTA(cvta_same, a[i])

HANDLER(isspacep_const)
{
	const uint64_t *a = r64(w, in->o[1]);
	uint32_t bits = 0;

	EACH_ACTIVE(i, w->mask)
		bits |= kernel_is_constant(w->cta->job->launch->kernel, a[i]) ? 1u << i : 0;
	pred_write(w, in->o[0], bits);
	return in + 1;
}

/* isspacep: which window a generic address is in; aux: see the rows */
HANDLER(isspacep)
{
	const uint64_t *a = r64(w, in->o[1]);
	const struct cta *cta = w->cta;
	const struct span windows[] = {
		{ (uint64_t)(uintptr_t)cta->shared, cta->shared_bytes },
		{ (uint64_t)(uintptr_t)cta->local, cta->local_size },
		{ (uint64_t)(uintptr_t)cta->job->params, cta->job->params_bytes },
	};
	uint32_t bits = 0;

	EACH_ACTIVE(i, w->mask) {
		unsigned n = 0;

		while (n < 3 && a[i] - windows[n].base >= windows[n].bytes)
			n++;
		/* Constants are found like global variables, and are none */
		if (n == in->aux && (n < 3 || !kernel_is_constant(cta->job->launch->kernel, a[i])))
			bits |= 1u << i;
	}
	pred_write(w, in->o[0], bits);
	return in + 1;
}

/* ---- stack of a thread: grows down from its end, frames grow up from its beginning ---- */

HANDLER(alloca_bytes)
{
	uint64_t *d = r64(w, in->o[0]);
	const uint64_t *size = r64(w, in->o[1]);

	EACH_ACTIVE(i, w->mask) {
		uint64_t align = in->aux, top = w->stack_top[i];
		uint64_t floor = w->current->frame.local + w->current->function->frame.local;

		if (size[i] > top || ((top - size[i]) & ~(align - 1)) < floor)
			return warp_fault(w, in, i, CUDA_ERROR_ILLEGAL_ADDRESS, 0, "stack overflow");
		w->stack_top[i] = (uint32_t)((top - size[i]) & ~(align - 1));
		w->lowered = true;
		d[i] = w->stack_top[i];
	}
	return in + 1;
}

HANDLER(stack_save)
{
	uint64_t *d = r64(w, in->o[0]);

	STORE_LANES(uint64_t, w, d, w->stack_top[i]);
	return in + 1;
}

HANDLER(stack_restore)
{
	const uint64_t *a = r64(w, in->o[0]);

	w->lowered = true;
	EACH_ACTIVE(i, w->mask)
		if (a[i] <= w->cta->local_bytes)
			w->stack_top[i] = (uint32_t)a[i];
	return in + 1;
}

#define LOAD_ROWS(space)							\
	{ "ld." #space ".u8.w", "", ld_##space##_u8_w },			\
	{ "ld." #space ".s8.w", "", ld_##space##_s8_w },			\
	{ "ld." #space ".s8.h", "", ld_##space##_s8_h },			\
	{ "ld." #space ".u16.w", "", ld_##space##_u16_w },			\
	{ "ld." #space ".s16.w", "", ld_##space##_s16_w },			\
	{ "ld." #space ".u32.w", "", ld_##space##_b32_w },			\
	{ "ld." #space ".u64.q", "", ld_##space##_b64_q },			\
	{ "ld." #space ".u8.q", "", ld_##space##_u8_q },			\
	{ "ld." #space ".s8.q", "", ld_##space##_s8_q },			\
	{ "ld." #space ".u16.q", "", ld_##space##_u16_q },			\
	{ "ld." #space ".s16.q", "", ld_##space##_s16_q },			\
	{ "ld." #space ".u32.q", "", ld_##space##_u32_q },			\
	{ "ld." #space ".s32.q", "", ld_##space##_s32_q }
#define VECTOR_ROWS(space)							\
	{ "ldv." #space ".u8.w", "", ldv_##space##_u8_w },			\
	{ "ldv." #space ".s8.w", "", ldv_##space##_s8_w },			\
	{ "ldv." #space ".u16.w", "", ldv_##space##_u16_w },			\
	{ "ldv." #space ".s16.w", "", ldv_##space##_s16_w },			\
	{ "ldv." #space ".u32.w", "", ldv_##space##_b32_w },			\
	{ "ldv." #space ".u64.q", "", ldv_##space##_b64_q },			\
	{ "ldv." #space ".u8.q", "", ldv_##space##_u8_q },			\
	{ "ldv." #space ".s8.q", "", ldv_##space##_s8_q },			\
	{ "ldv." #space ".u16.q", "", ldv_##space##_u16_q },			\
	{ "ldv." #space ".s16.q", "", ldv_##space##_s16_q },			\
	{ "ldv." #space ".u32.q", "", ldv_##space##_u32_q },			\
	{ "ldv." #space ".s32.q", "", ldv_##space##_s32_q }
#define STORE_ROWS(space)							\
	{ "st." #space ".8.w", "", st_##space##_b8_w },				\
	{ "st." #space ".16.w", "", st_##space##_b16_w },			\
	{ "st." #space ".32.w", "", st_##space##_b32_w },			\
	{ "st." #space ".8.q", "", st_##space##_b8_q },				\
	{ "st." #space ".16.q", "", st_##space##_b16_q },			\
	{ "st." #space ".32.q", "", st_##space##_b32_q },			\
	{ "st." #space ".64.q", "", st_##space##_b64_q },			\
	{ "stv." #space ".8.w", "", stv_##space##_b8_w },			\
	{ "stv." #space ".16.w", "", stv_##space##_b16_w },			\
	{ "stv." #space ".32.w", "", stv_##space##_b32_w },			\
	{ "stv." #space ".8.q", "", stv_##space##_b8_q },			\
	{ "stv." #space ".16.q", "", stv_##space##_b16_q },			\
	{ "stv." #space ".32.q", "", stv_##space##_b32_q },			\
	{ "stv." #space ".64.q", "", stv_##space##_b64_q }

static const struct exec_op table[] = {
	LOAD_ROWS(global), LOAD_ROWS(shared), LOAD_ROWS(local),
	VECTOR_ROWS(global), VECTOR_ROWS(shared), VECTOR_ROWS(local),
	STORE_ROWS(global), STORE_ROWS(shared), STORE_ROWS(local),
	LOAD_ROWS(param),
	{ "param.address", "", param_address },
	{ "local.address.w", "", local_address32 }, { "local.address.q", "", local_address64 },
	{ "cvta.shared.u64", "q=q", cvta_shared }, { "cvta.to.shared.u64", "q=q", cvta_to_shared },
	{ "cvta.local.u64", "q=q", cvta_local }, { "cvta.to.local.u64", "q=q", cvta_to_local },
	{ "cvta.global.u64", "q=q", cvta_same }, { "cvta.to.global.u64", "q=q", cvta_same },
	{ "cvta.const.u64", "q=q", cvta_same }, { "cvta.to.const.u64", "q=q", cvta_same },
	{ "cvta.param.u64", "q=q", cvta_same }, { "cvta.to.param.u64", "q=q", cvta_same },
	{ "isspacep.shared", "p=q#0", isspacep }, { "isspacep.local", "p=q#1", isspacep },
	{ "isspacep.const", "p=q", isspacep_const }, { "isspacep.param", "p=q#2", isspacep }, { "isspacep.global", "p=q#3", isspacep },
	{ "alloca", "", alloca_bytes },
	{ "stacksave.u64", "q=", stack_save }, { "stackrestore.u64", "=q", stack_restore },
};

EXEC_FAMILY(exec_mem, table);
