/* SPDX-License-Identifier: MIT */
/*
 * exec_mov.c - mov, packing and unpacking, and the special registers (PTX ISA, Special
 * Registers)
 *
 * A special register is a row of the table under its own name; the decoder reads it into
 * an ordinary register first.
 */

#include <time.h>

#include "softgpu/exec_ops.h"

UNARY(mov_32, uint32_t, uint32_t, a[i])
UNARY(mov_64, uint64_t, uint64_t, a[i])

HANDLER(mov_pred)
{
	pred_write(w, in->o[0], *pred(w, in->o[1]));
	return in + 1;
}

/* mov.b32 d, {a, b} and the like: low element first */
BINARY(pack_8x2, uint32_t, uint32_t, (a[i] & 0xff) | (b[i] & 0xff) << 8)
BINARY(pack_16x2, uint32_t, uint32_t, (a[i] & 0xffff) | b[i] << 16)
BINARY(pack_32x2, uint64_t, uint32_t, a[i] | (uint64_t)b[i] << 32)

HANDLER(pack_8x4)
{
	uint32_t *d = r32(w, in->o[0]);
	const uint32_t *a = r32(w, in->o[1]), *b = r32(w, in->o[2]);
	const uint32_t *c = r32(w, in->o[3]), *e = r32(w, in->o[4]);

	STORE_LANES(uint32_t, w, d,
		    (a[i] & 0xff) | (b[i] & 0xff) << 8 | (c[i] & 0xff) << 16 | e[i] << 24);
	return in + 1;
}

HANDLER(pack_16x4)
{
	uint64_t *d = r64(w, in->o[0]);
	const uint32_t *a = r32(w, in->o[1]), *b = r32(w, in->o[2]);
	const uint32_t *c = r32(w, in->o[3]), *e = r32(w, in->o[4]);

	STORE_LANES(uint64_t, w, d,
		    (a[i] & 0xffff) | (uint64_t)(b[i] & 0xffff) << 16
		    | (uint64_t)(c[i] & 0xffff) << 32 | (uint64_t)(e[i] & 0xffff) << 48);
	return in + 1;
}

/* One element of mov.b32 {a, b}, d: aux is the shift */
UNARY(part_8, uint32_t, uint32_t, a[i] >> in->aux & 0xff)
UNARY(part_16, uint32_t, uint32_t, a[i] >> in->aux & 0xffff)
UNARY(part_16_64, uint32_t, uint64_t, a[i] >> in->aux & 0xffff)
UNARY(part_32, uint32_t, uint64_t, a[i] >> in->aux)

/* ---- special registers ---- */

#define SPECIAL(name, D, e)							\
	HANDLER(name)								\
	{									\
		D *d = operand(w, in->o[0]);					\
		const struct cta *cta = w->cta;					\
		const struct job *job = cta->job;				\
										\
		(void)job;							\
		STORE_LANES(D, w, d, e);					\
		return in + 1;							\
	}

#define AXES(name, e)								\
	SPECIAL(name##_x, uint32_t, e[0])					\
	SPECIAL(name##_y, uint32_t, e[1])					\
	SPECIAL(name##_z, uint32_t, e[2])

SPECIAL(tid_x, uint32_t, cta->tid[w->index][0][i])
SPECIAL(tid_y, uint32_t, cta->tid[w->index][1][i])
SPECIAL(tid_z, uint32_t, cta->tid[w->index][2][i])
AXES(ntid, job->block)
AXES(ctaid, cta->ctaid)
AXES(nctaid, job->grid)
SPECIAL(zero, uint32_t, 0)
SPECIAL(laneid, uint32_t, i)
SPECIAL(warpid, uint32_t, w->index)
SPECIAL(nwarpid, uint32_t, LANES)
SPECIAL(smid, uint32_t, cta->linear % job->launch->engine->multiprocessors)
SPECIAL(nsmid, uint32_t, job->launch->engine->multiprocessors)
SPECIAL(gridid, uint64_t, job->id)
SPECIAL(lanemask_eq, uint32_t, 1u << i)
SPECIAL(lanemask_lt, uint32_t, (1u << i) - 1)
SPECIAL(lanemask_le, uint32_t, (2u << i) - 1)
SPECIAL(lanemask_gt, uint32_t, ~((2u << i) - 1))
SPECIAL(lanemask_ge, uint32_t, ~((1u << i) - 1))
SPECIAL(dynamic_smem, uint32_t, job->launch->dynamic_shared)
SPECIAL(total_smem, uint32_t, job->shared_bytes)
/* Where the barrier of a cooperative launch is; 0 tells cooperative groups that it is none */
#define WORKSPACE(job)	((job)->launch->cooperative ? (uint64_t)(uintptr_t)(job)->workspace : 0)

SPECIAL(workspace_high, uint32_t, WORKSPACE(job) >> 32)
SPECIAL(workspace_low, uint32_t, WORKSPACE(job))

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#define CLOCK(name, D, clock, shift)						\
	HANDLER(name)								\
	{									\
		D *d = operand(w, in->o[0]);					\
		const uint64_t now = clock_ns(clock) >> (shift);		\
										\
		w->spinning = true;						\
		STORE_LANES(D, w, d, now);					\
		return in + 1;							\
	}

CLOCK(clock32, uint32_t, CLOCK_MONOTONIC, 0)
CLOCK(clock_hi, uint32_t, CLOCK_MONOTONIC, 32)
CLOCK(clock64, uint64_t, CLOCK_MONOTONIC, 0)
CLOCK(timer64, uint64_t, CLOCK_REALTIME, 0)
CLOCK(timer_lo, uint32_t, CLOCK_REALTIME, 0)
CLOCK(timer_hi, uint32_t, CLOCK_REALTIME, 32)

#define AXES_ROWS(reg, name)							\
	{ reg ".x", "w=", name##_x }, { reg ".y", "w=", name##_y }, { reg ".z", "w=", name##_z }

static const struct exec_op table[] = {
	{ "mov.b16", "h=h", mov_32 }, { "mov.u16", "h=h", mov_32 }, { "mov.s16", "h=h", mov_32 },
	{ "mov.b32", "w=w", mov_32 }, { "mov.u32", "w=w", mov_32 }, { "mov.s32", "w=w", mov_32 },
	{ "mov.f32", "f=f", mov_32 },
	{ "mov.b64", "q=q", mov_64 }, { "mov.u64", "q=q", mov_64 }, { "mov.s64", "q=q", mov_64 },
	{ "mov.f64", "d=d", mov_64 }, { "mov.pred", "p=p", mov_pred },
	{ "pack.8x2", "h=bb", pack_8x2 }, { "pack.8x4", "w=bbbb", pack_8x4 },
	{ "pack.16x2", "w=hh", pack_16x2 }, { "pack.16x4", "q=hhhh", pack_16x4 },
	{ "pack.32x2", "q=ww", pack_32x2 },
	{ "part.8", "b=w", part_8 }, { "part.16", "h=w", part_16 },
	{ "part.16.q", "h=q", part_16_64 }, { "part.32", "w=q", part_32 },
	AXES_ROWS("%tid", tid), AXES_ROWS("%ntid", ntid), AXES_ROWS("%ctaid", ctaid),
	AXES_ROWS("%nctaid", nctaid),
	{ "%tid.w", "w=", zero }, { "%ntid.w", "w=", zero }, { "%ctaid.w", "w=", zero },
	{ "%nctaid.w", "w=", zero },
	{ "%laneid", "w=", laneid }, { "%warpid", "w=", warpid }, { "%nwarpid", "w=", nwarpid },
	{ "%smid", "w=", smid }, { "%nsmid", "w=", nsmid }, { "%gridid", "q=", gridid },
	{ "%lanemask_eq", "w=", lanemask_eq }, { "%lanemask_lt", "w=", lanemask_lt },
	{ "%lanemask_le", "w=", lanemask_le }, { "%lanemask_gt", "w=", lanemask_gt },
	{ "%lanemask_ge", "w=", lanemask_ge },
	{ "%dynamic_smem_size", "w=", dynamic_smem }, { "%total_smem_size", "w=", total_smem },
	{ "%aggr_smem_size", "w=", total_smem },
	{ "%envreg1", "w=", workspace_high }, { "%envreg2", "w=", workspace_low },
	{ "%clock", "w=", clock32 }, { "%clock_hi", "w=", clock_hi }, { "%clock64", "q=", clock64 },
	{ "%globaltimer", "q=", timer64 }, { "%globaltimer_lo", "w=", timer_lo },
	{ "%globaltimer_hi", "w=", timer_hi },
};

EXEC_FAMILY(exec_mov, table);
