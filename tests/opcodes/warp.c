/* SPDX-License-Identifier: MIT */
/*
 * shfl, vote, match, redux and bar.red with random operands and member masks against the pseudo
 * code of the PTX ISA, in whole and in divergent warps
 */
#include "tests/opcodes/gpu.h"

#define LANES	32
#define WARPS	9
#define THREADS	(WARPS * LANES)

/* Per thread: a, b, c, mask; results: d, p */
struct row {
	uint32_t a, b, c, mask, d, p;
	uint64_t wide;
};

static struct row rows[THREADS];

/* The kernel: lanes of the mask's complement skip the instruction when @divergent */
static struct gpu_program *make(const char *instruction, bool divergent)
{
	static const char head[] =
		".visible .entry k(.param .u64 data)\n{\n"
		".reg .b64 %base, %w;\n.reg .b32 %i, %a, %b, %c, %m, %d, %one, %lane, %n;\n"
		".reg .pred %p, %q, %skip;\n"
		"ld.param.u64 %base, [data];\nmov.u32 %i, %tid.x;\nmad.wide.u32 %base, %i, 32, %base;\n"
		"ld.global.v4.u32 {%a, %b, %c, %m}, [%base];\nld.global.u64 %w, [%base+24];\n"
		"and.b32 %n, %a, 1;\nsetp.ne.u32 %q, %n, 0;\nsetp.ne.u32 %p, 1, 1;\nmov.u32 %d, 0;\n"
		"mov.u32 %lane, %laneid;\nshr.u32 %n, %m, %lane;\nand.b32 %n, %n, 1;\n"
		"setp.eq.u32 %skip, %n, 0;\n";
	static const char tail[] =
		"AFTER:\nselp.u32 %one, 1, 0, %p;\nst.global.v2.u32 [%base+16], {%d, %one};\nret;\n}\n";
	char text[4096];

	snprintf(text, sizeof(text), "%s%s%s%s\n%s", gpu_head(), head, divergent ? "@%skip bra AFTER;\n" : "",
		 instruction, tail);
	return gpu_load(text);
}

enum { UP, DOWN, BFLY, IDX };

static bool source(unsigned mode, uint32_t lane, uint32_t b, uint32_t c, uint32_t *from)
{
	uint32_t segment = c >> 8 & 31, clamp = c & 31, max, min, j;
	bool p;

	b &= 31;
	max = (lane & segment) | (clamp & ~segment);
	min = lane & segment;
	switch (mode) {
	case UP:
		j = lane - b;
		p = (int32_t)j >= (int32_t)max;
		break;
	case DOWN:
		j = lane + b;
		p = j <= max;
		break;
	case BFLY:
		j = lane ^ b;
		p = j <= max;
		break;
	default:
		j = min | (b & ~segment);
		p = j <= max;
	}
	*from = p ? j : lane;
	return p;
}

static void fill(bool whole, bool narrow)
{
	for (unsigned w = 0; w < WARPS; w++) {
		uint32_t mask = whole ? 0xffffffff : (uint32_t)random_bits() | 1u << random_bits() % 32;

		for (unsigned i = 0; i < LANES; i++) {
			struct row *row = &rows[w * LANES + i];

			row->a = (uint32_t)random_bits();
			if (narrow)
				row->a &= 3;
			row->wide = row->a * 0x100000001ull;
			row->b = (uint32_t)random_bits() % 40;
			row->c = (uint32_t)random_bits() & 0x1f1f;
			row->mask = mask;
			row->d = row->p = 0xdead;
		}
	}
}

static void run(struct gpu_program *program)
{
	gpu_run(program, 1, THREADS, rows, sizeof(rows));
	gpu_unload(program);
}

#define EACH_ROW(w, i, row)							\
	for (unsigned w = 0; w < WARPS; w++)					\
		for (unsigned i = 0; i < LANES; i++)				\
			for (struct row *row = &rows[w * LANES + i], *once = row; once; once = NULL)	\
				if (row->mask >> i & 1)

static void check_shuffles(void)
{
	static const char *const names[] = { "up", "down", "bfly", "idx" };
	char text[100];

	for (unsigned round = 0; round < 40; round++) {
		unsigned mode = round % 4;
		bool whole = round % 3 == 0;

		fill(whole, false);
		snprintf(text, sizeof(text), "shfl.sync.%s.b32 %%d|%%p, %%a, %%b, %%c, %%m;", names[mode]);
		run(make(text, !whole));
		EACH_ROW(w, i, row) {
			uint32_t from;
			bool p = source(mode, i, row->b, row->c, &from);

			CHECK(row->p == p);
			/* What a lane outside the mask holds is not said */
			if (row->mask >> from & 1)
				CHECK(row->d == rows[w * LANES + from].a);
		}
	}
}

/* What the lanes of @row's mask hold, put together */
struct summary {
	uint32_t votes, add, and, or, xor, umin, umax;
	int32_t smin, smax;
	bool equal;
};

static struct summary sum_up(unsigned w, uint32_t mask)
{
	struct summary s = { .and = ~0u, .umin = ~0u, .smin = INT32_MAX, .smax = INT32_MIN, .equal = true };
	uint32_t first = rows[w * LANES + (unsigned)__builtin_ctz(mask)].a;

	for (unsigned i = 0; i < LANES; i++) {
		uint32_t a = rows[w * LANES + i].a;

		if (!(mask >> i & 1))
			continue;
		s.votes |= (a & 1) << i;
		s.add += a;
		s.and &= a;
		s.or |= a;
		s.xor ^= a;
		s.umin = a < s.umin ? a : s.umin;
		s.umax = a > s.umax ? a : s.umax;
		s.smin = (int32_t)a < s.smin ? (int32_t)a : s.smin;
		s.smax = (int32_t)a > s.smax ? (int32_t)a : s.smax;
		s.equal &= a == first;
	}
	return s;
}

static uint32_t same_lanes(unsigned w, uint32_t mask, uint32_t a)
{
	uint32_t out = 0;

	for (unsigned i = 0; i < LANES; i++)
		if (mask >> i & 1 && rows[w * LANES + i].a == a)
			out |= 1u << i;
	return out;
}

#define WARP_CASES(X)								\
	X("vote.sync.all.pred %p, %q, %m;", row->p == (s.votes == row->mask))	\
	X("vote.sync.any.pred %p, %q, %m;", row->p == (s.votes != 0))		\
	X("vote.sync.uni.pred %p, %q, %m;", row->p == (!s.votes || s.votes == row->mask))	\
	X("vote.sync.any.pred %p, !%q, %m;", row->p == (s.votes != row->mask))	\
	X("vote.sync.ballot.b32 %d, %q, %m;", row->d == s.votes)		\
	X("redux.sync.add.u32 %d, %a, %m;", row->d == s.add)			\
	X("redux.sync.add.s32 %d, %a, %m;", row->d == s.add)			\
	X("redux.sync.and.b32 %d, %a, %m;", row->d == s.and)			\
	X("redux.sync.or.b32 %d, %a, %m;", row->d == s.or)			\
	X("redux.sync.xor.b32 %d, %a, %m;", row->d == s.xor)			\
	X("redux.sync.min.u32 %d, %a, %m;", row->d == s.umin)			\
	X("redux.sync.max.u32 %d, %a, %m;", row->d == s.umax)			\
	X("redux.sync.min.s32 %d, %a, %m;", (int32_t)row->d == s.smin)		\
	X("redux.sync.max.s32 %d, %a, %m;", (int32_t)row->d == s.smax)		\
	X("match.any.sync.b32 %d, %a, %m;", row->d == same_lanes(w, row->mask, row->a))	\
	X("match.any.sync.b64 %d, %w, %m;", row->d == same_lanes(w, row->mask, row->a))	\
	X("match.all.sync.b32 %d|%p, %a, %m;", row->p == s.equal && row->d == (s.equal ? row->mask : 0))	\
	X("match.all.sync.b64 %d|%p, %w, %m;", row->p == s.equal && row->d == (s.equal ? row->mask : 0))	\
	/* Whom it elects is not said, nor that bar.warp keeps threads together */	\
	X("elect.sync %d|%p, %m;", row->d == rows[w * LANES + (unsigned)__builtin_ctz(row->mask)].d &&	\
				   row->mask >> row->d & 1 && row->p == (row->d == i))	\
	X("bar.warp.sync %m; activemask.b32 %d;", !(row->d & ~row->mask) && row->d >> i & 1)

static void check_others(bool whole)
{
#define CHECK_CASE(text, truth)							\
	for (unsigned round = 0; round < 4 && gpu_has(text); round++) {		\
		fill(whole, round & 1);						\
		run(make(text, !whole));					\
		EACH_ROW(w, i, row) {						\
			struct summary s = sum_up(w, row->mask);		\
										\
			(void)s;						\
			CHECK(truth);						\
		}								\
	}
	WARP_CASES(CHECK_CASE)
}

/* Two tiles with masks of their own run one instruction together */
static void check_tiles(void)
{
	fill(true, false);
	for (unsigned i = 0; i < THREADS; i++)
		rows[i].mask = 0xffu << (i & 24);
	if (!gpu_has("redux.sync.add.u32 %d, %a, %m;"))
		return;
	run(make("redux.sync.add.u32 %d, %a, %m;", false));
	for (unsigned i = 0; i < THREADS; i++)
		CHECK(rows[i].d == sum_up(i / LANES, rows[i].mask).add);
}

/* The whole block: 288 threads in 9 warps */
static void check_block(void)
{
	unsigned count = 0, all = 1, any = 0;

	for (unsigned round = 0; round < 3; round++) {
		count = 0;
		all = 1;
		any = 0;
		fill(true, false);
		for (unsigned i = 0; i < THREADS; i++) {
			rows[i].a = round == 0 ? rows[i].a : round == 1 ? 1 : i == 77;
			count += rows[i].a & 1;
			all &= rows[i].a & 1;
			any |= rows[i].a & 1;
		}
		run(make("bar.red.popc.u32 %d, 0, %q; bar.red.and.pred %p, 1, %q;", false));
		for (unsigned i = 0; i < THREADS; i++)
			CHECK(rows[i].d == count && rows[i].p == all);
		run(make("barrier.red.or.pred %p, 15, 288, !%q; barrier.sync 3;", false));
		for (unsigned i = 0; i < THREADS; i++)
			CHECK(rows[i].p == (count != THREADS));
		run(make("bar.red.or.pred %p, 2, %q;", false));
		for (unsigned i = 0; i < THREADS; i++)
			CHECK(rows[i].p == any);
	}
}

unsigned check_warp(void)
{
	_Static_assert(sizeof(struct row) == 32, "as the kernel has it");

	check_shuffles();
	check_others(true);
	check_others(false);
	check_tiles();
	check_block();
	return 0;
}
