/* SPDX-License-Identifier: MIT */
/* Special registers in every thread of a grid with three axes; what space an address is in */
#include "tests/opcodes/gpu.h"

static const struct gpu_shape shape = { .grid = { 3, 2, 2 }, .block = { 8, 3, 4 }, .shared = 512 };

#define THREADS		(8 * 3 * 4)
#define BLOCKS		(3 * 2 * 2)
#define STATIC_SHARED	64

/* struct place - of a thread, and what the registers before the one in hand are there */
struct place {
	unsigned tid[4], ctaid[4], thread, lane;
	const uint64_t *row, *first;
};

#define ALL_ONES(from)	((uint64_t)0xffffffff << (from) & 0xffffffff)

/* X(register, does it need .u64, what is true of its value v at place p) */
#define AXES(X, reg, a)								\
	X(reg ".x", false, v == (a)[0]) X(reg ".y", false, v == (a)[1]) X(reg ".z", false, v == (a)[2])
#define REGISTERS(X)								\
	AXES(X, "%tid", p->tid) AXES(X, "%ctaid", p->ctaid) AXES(X, "%ntid", shape.block)	\
	AXES(X, "%nctaid", shape.grid)						\
	X("%tid.w", false, v == 0) X("%ctaid.w", false, v == 0)			\
	X("%ntid.w", false, v <= 1) X("%nctaid.w", false, v <= 1)		\
	X("%laneid", false, v == p->lane)					\
	X("%lanemask_eq", false, v == 1u << p->lane)				\
	X("%lanemask_lt", false, v == (1u << p->lane) - 1)			\
	X("%lanemask_le", false, v == (2ull << p->lane) - 1)			\
	X("%lanemask_ge", false, v == ALL_ONES(p->lane))			\
	X("%lanemask_gt", false, v == ALL_ONES(p->lane + 1))			\
	X("%nwarpid", false, v >= THREADS / 32) X("%warpid", false, v < p->row[-1])	\
	X("%nsmid", false, v > 0) X("%smid", false, v < p->row[-1])		\
	X("%gridid", true, v == *p->first)					\
	X("%dynamic_smem_size", false, v == shape.shared)			\
	X("%total_smem_size", false, v >= STATIC_SHARED + shape.shared && v < 4096)	\
	X("%clock", false, true) X("%clock_hi", false, true) X("%clock64", true, v != 0)	\
	X("%globaltimer", true, v != 0)						\
	X("%globaltimer_lo", false, true) X("%globaltimer_hi", false, v - (p->row[-2] >> 32) <= 1)	\
	X("%clock64", true, v >= p->row[-4]) X("%globaltimer", true, v >= p->row[-4])	\
	X("%envreg1", false, true) X("%envreg2", false, true)
/* In a launch without clusters each block is one */
#define CLUSTER_REGISTERS(X)							\
	AXES(X, "%cluster_ctaid", none) AXES(X, "%cluster_nctaid", one)		\
	AXES(X, "%clusterid", p->ctaid) AXES(X, "%nclusterid", shape.grid)	\
	X("%cluster_ctarank", false, v == 0) X("%cluster_nctarank", false, v == 1)	\
	X("%aggr_smem_size", false, v >= STATIC_SHARED + shape.shared && v < 8192)

static const unsigned none[3], one[3] = { 1, 1, 1 };

enum { FIRST = __COUNTER__ + 1 };

static bool is_true(unsigned number, uint64_t v, const struct place *p)
{
#define TRUTH(reg, wide, e)	case __COUNTER__ - FIRST: return (e);
	switch (number) {
	REGISTERS(TRUTH)
	CLUSTER_REGISTERS(TRUTH)
	}
	return false;
}

#define ROW(reg, wide, e)	{ reg, wide },
static const struct {
	const char *name;
	bool wide;
} registers[] = { REGISTERS(ROW) CLUSTER_REGISTERS(ROW) };

#define COUNT_ONE(reg, wide, e)	+ 1
enum { BASIC = REGISTERS(COUNT_ONE), ALL = ARRAY_SIZE(registers) };

/* Thread t of block b writes its registers to row b * THREADS + t */
static struct gpu_program *make(unsigned count)
{
	static char text[16384];
	char *c = text;

	c += sprintf(c, "%s.extern .shared .align 16 .b8 dynamic[];\n.visible .entry k(.param .u64 data)\n{\n"
		     ".shared .align 16 .b8 mine[%u];\n.reg .b64 %%p, %%v;\n.reg .b32 %%b, %%t, %%i, %%x, %%y, %%z;\n"
		     "ld.param.u64 %%p, [data];\nmov.u32 %%x, %%tid.x;\nmov.u32 %%y, %%tid.y;\n"
		     "mov.u32 %%z, %%tid.z;\nmad.lo.u32 %%t, %%z, 3, %%y;\nmad.lo.u32 %%t, %%t, 8, %%x;\n"
		     "mov.u32 %%x, %%ctaid.x;\nmov.u32 %%y, %%ctaid.y;\nmov.u32 %%z, %%ctaid.z;\n"
		     "mad.lo.u32 %%b, %%z, 2, %%y;\nmad.lo.u32 %%b, %%b, 3, %%x;\n"
		     "mad.lo.u32 %%i, %%b, %u, %%t;\nmad.wide.u32 %%p, %%i, %u, %%p;\n"
		     /* So that nobody takes the shared memory away */
		     "st.volatile.shared.u32 [mine], %%t;\nst.volatile.shared.u32 [dynamic], %%t;\n",
		     gpu_head(), STATIC_SHARED, THREADS, (unsigned)ALL * 8);
	for (unsigned i = 0; i < count; i++) {
		if (registers[i].wide)
			c += sprintf(c, "mov.u64 %%v, %s;\n", registers[i].name);
		else
			c += sprintf(c, "mov.u32 %%x, %s;\ncvt.u64.u32 %%v, %%x;\n", registers[i].name);
		c += sprintf(c, "st.global.u64 [%%p+%u], %%v;\n", i * 8);
	}
	strcpy(c, "ret;\n}\n");
	return gpu_load(text);
}

static unsigned check_registers(void)
{
	unsigned count = gpu_has("%cluster_ctaid") ? ALL : BASIC, wrong = 0;
	uint64_t (*rows)[ALL] = calloc(BLOCKS * THREADS, sizeof(*rows));
	struct gpu_program *program = make(count);

	CHECK(rows);
	gpu_launch(program, &shape, rows, BLOCKS * THREADS * sizeof(*rows));
	for (unsigned n = 0; n < count; n++) {
		for (unsigned i = 0; i < BLOCKS * THREADS; i++) {
			unsigned t = i % THREADS, b = i / THREADS;
			struct place place = {
				.tid = { t % 8, t / 8 % 3, t / 24 }, .ctaid = { b % 3, b / 3 % 2, b / 6 },
				.thread = t, .lane = t % 32, .row = &rows[i][n], .first = &rows[0][n],
			};

			if (is_true(n, rows[i][n], &place))
				continue;
			fprintf(stderr, "%s is 0x%llx in thread %u of block %u\n", registers[n].name,
				(unsigned long long)rows[i][n], t, b);
			wrong++;
			break;
		}
	}
	gpu_unload(program);
	free(rows);
	return wrong;
}

/* ---- spaces ---- */

/*
 * Per space: a generic address made by cvta, the five answers of isspacep, and whether the way back
 * ends where it began
 */
static const char *const spaces[] = { "global", "shared", "local", "const", "param" };

static unsigned check_spaces(void)
{
	unsigned wrong = 0;
	static char text[8192];
	char *c = text;
	uint32_t out[5][6], extra[EXTRA_BYTES / 4] = { 0 };
	struct gpu_program *program;

	c += sprintf(c, "%s.global .u32 in_global;\n.const .u32 in_const[4] = {1, 2, 3, 4};\n"
		     ".visible .entry k(.param .u64 data, .param .align 16 .b8 in_param[%u])\n{\n"
		     ".shared .u32 in_shared;\n.local .u32 in_local;\n.reg .b64 %%p, %%a, %%b, %%g;\n"
		     ".reg .b32 %%x;\n.reg .pred %%q;\nld.param.u64 %%p, [data];\n", gpu_head(), EXTRA_BYTES);
	for (unsigned i = 0; i < 5; i++) {
		c += sprintf(c, "mov.u64 %%a, in_%s;\ncvta.%s.u64 %%g, %%a;\ncvta.to.%s.u64 %%b, %%g;\n"
			     "setp.eq.u64 %%q, %%a, %%b;\nselp.u32 %%x, 1, 0, %%q;\nst.global.u32 [%%p+%u], %%x;\n",
			     spaces[i], spaces[i], spaces[i], i * 24 + 20);
		for (unsigned k = 0; k < 5; k++)
			c += sprintf(c, "isspacep.%s %%q, %%g;\nselp.u32 %%x, 1, 0, %%q;\n"
				     "st.global.u32 [%%p+%u], %%x;\n", spaces[k], i * 24 + k * 4);
	}
	strcpy(c, "ret;\n}\n");
	program = gpu_load(text);
	gpu_launch(program, &(struct gpu_shape){ .grid = { 1, 1, 1 }, .block = { 1, 1, 1 }, .extra = extra }, out, sizeof(out));
	for (unsigned i = 0; i < 5; i++) {
		if (out[i][5] != 1)
			wrong += !!fprintf(stderr, "cvta.%s and back differ\n", spaces[i]);
		for (unsigned k = 0; k < 5; k++)
			/* A parameter may lie in constant or global memory, too */
			if (out[i][k] != (i == k) && ((i < 4 && k < 4) || i == k))
				wrong += !!fprintf(stderr, "isspacep.%s of what is in .%s: %u\n", spaces[k],
						   spaces[i], out[i][k]);
	}
	gpu_unload(program);
	return wrong;
}

unsigned check_special(void)
{
	return check_spaces() + check_registers();
}
