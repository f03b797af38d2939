/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * softgpu_instruction.c - what an instruction costs softgpu
 *
 *     build/release/bench/softgpu_instruction ['PTX INSTRUCTION'...]
 *
 * A warp runs each of the instructions, or of a list, 30 times in a loop of a thousand rounds; printed are
 * processor cycles for its 32 lanes, of the fastest of many runs.  A cycle is what an addition takes
 * that waits for the one before.
 *
 * There are registers %r4 to %r15, %f4 to %f15, %rd4 to %rd15, %p2 to %p5; %s_same, %s_row, %s_pairs,
 * %s_quads: addresses in shared memory, the same for all lanes, or 4, 8 and 16 bytes apart; %g_same,
 * %g_row, %g_pairs, %g_quads, %g_far (100 apart): in global memory.
 */
#include "tests/unit/softgpu_engine.h"

#define COPIES		30
#define ROUNDS		1000
#define RUNS		300
#define ADDITIONS	20000

static const char *const list[] = {
	"mov.b32 %r4,%r5", "add.s32 %r4,%r5,%r6", "mul.lo.s32 %r4,%r5,%r6", "mad.lo.s32 %r4,%r5,%r6,%r7",
	"mul.wide.s32 %rd4,%r5,%r6", "mul.hi.u32 %r4,%r5,%r6", "div.s32 %r4,%r5,%r6", "rem.u32 %r4,%r5,%r6",
	"add.s64 %rd4,%rd5,%rd6", "mul.lo.s64 %rd4,%rd5,%rd6", "div.u64 %rd4,%rd5,7",
	"and.b32 %r4,%r5,%r6", "shl.b32 %r4,%r5,3", "lop3.b32 %r4,%r5,%r6,%r7,0x96",
	"shf.l.wrap.b32 %r4,%r5,%r6,%r7", "bfe.u32 %r4,%r5,3,5", "bfi.b32 %r4,%r5,%r6,3,5",
	"prmt.b32 %r4,%r5,%r6,0x3210", "popc.b32 %r4,%r5", "clz.b32 %r4,%r5", "min.s32 %r4,%r5,%r6",
	"setp.lt.s32 %p2,%r4,%r5", "setp.gt.f32 %p2,%f4,%f5", "selp.b32 %r4,%r5,%r6,%p2",
	"@%p2 add.s32 %r4,%r5,%r6", "cvt.rn.f32.s32 %f4,%r5", "cvt.rzi.s32.f32 %r4,%f5", "cvt.s64.s32 %rd4,%r5",
	"add.f32 %f4,%f5,%f6", "fma.rn.f32 %f4,%f5,%f6,%f7", "min.f32 %f4,%f5,%f6", "div.rn.f32 %f4,%f5,%f6",
	"sqrt.rn.f32 %f4,%f5", "rcp.approx.f32 %f4,%f5", "rsqrt.approx.f32 %f4,%f5", "ex2.approx.f32 %f4,%f5",
	"lg2.approx.f32 %f4,%f5", "sin.approx.f32 %f4,%f5", "tanh.approx.f32 %f4,%f5",
	"fma.rn.f64 %rd4,%rd5,%rd6,%rd7",
	"ld.shared.f32 %f4,[%s_same]", "ld.shared.f32 %f4,[%s_row]", "ld.shared.f32 %f4,[%s_pairs]",
	"ld.shared.v4.f32 {%f4,%f5,%f6,%f7},[%s_same]", "ld.shared.v4.f32 {%f4,%f5,%f6,%f7},[%s_quads]",
	"st.shared.f32 [%s_row],%f4", "st.shared.f32 [%s_pairs],%f4", "ld.global.f32 %f4,[%g_row]",
	"ld.global.f32 %f4,[%g_far]", "st.global.f32 [%g_row],%f4", "red.global.add.u32 [%g_same],%r5",
	"red.global.add.u32 [%g_row],%r5", "atom.shared.add.u32 %r4,[%s_same],%r5",
	"shfl.sync.bfly.b32 %r4,%r5,1,31,-1", "vote.sync.any.pred %p2,%p3,-1",
	"vote.sync.ballot.b32 %r4,%p2,-1", "bar.warp.sync -1",
};

static const char head[] =
	".version 8.0\n.target sm_75\n.address_size 64\n"
	".visible .entry k(.param .u64 out)\n{\n.shared .align 128 .b8 memory[4096];\n"
	".reg .pred %p<6>;\n.reg .f32 %f<16>;\n.reg .b32 %r<20>;\n.reg .b64 %rd<20>;\n"
	".reg .b32 %s_same, %s_row, %s_pairs, %s_quads;\n"
	".reg .b64 %g_same, %g_row, %g_pairs, %g_quads, %g_far;\n"
	"ld.param.u64 %g_same, [out];\nmov.u32 %s_same, memory;\nmov.u32 %r1, %tid.x;\ncvt.u64.u32 %rd1, %r1;\n"
	"mad.lo.u32 %s_row, %r1, 4, %s_same;\nmad.lo.u32 %s_pairs, %r1, 8, %s_same;\n"
	"mad.lo.u32 %s_quads, %r1, 16, %s_same;\nmad.lo.u64 %g_row, %rd1, 4, %g_same;\n"
	"mad.lo.u64 %g_pairs, %rd1, 8, %g_same;\nmad.lo.u64 %g_quads, %rd1, 16, %g_same;\n"
	"mad.lo.u64 %g_far, %rd1, 100, %g_same;\nmov.u32 %r2, 0;\n";

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* How long a cycle is */
static double cycle(void)
{
	double begin = seconds();
	unsigned long sum = 0;

	for (unsigned i = 0; i < ADDITIONS; i++) {
		sum++;
		__asm__ volatile("" : "+r" (sum));
	}
	return (seconds() - begin) / ADDITIONS;
}

static struct program *loop_of(const char *instruction)
{
	static char text[65536];
	char *p = text + sprintf(text, "%s", head);

	for (unsigned i = 4; i < 16; i++)
		p += sprintf(p, "mov.u32 %%r%u, %u;\nmov.f32 %%f%u, 0f3fc00000;\nmov.u64 %%rd%u, %u;\n", i, i, i,
			     i, i);
	for (unsigned i = 2; i < 6; i++)
		p += sprintf(p, "setp.ne.u32 %%p%u, %%r1, %u;\n", i, i);
	p += sprintf(p, "LOOP:\n");
	for (unsigned i = 0; i < COPIES; i++)
		p += sprintf(p, "%.1000s;\n", instruction);
	p += sprintf(p, "add.u32 %%r2, %%r2, 1;\nsetp.lt.u32 %%p1, %%r2, %u;\n@%%p1 bra LOOP;\n", ROUNDS);
	sprintf(p, "st.global.u32 [%%g_same], %%r4;\nst.global.f32 [%%g_same], %%f4;\nret;\n}\n");
	return program_from(text);
}

static void measure(const char *instruction, void *memory)
{
	struct program *program = loop_of(instruction);
	double best = INFINITY, one = INFINITY;

	for (unsigned i = 0; i < RUNS; i++) {
		double begin = seconds();

		run_ok(program, 1, 32, &memory, 1);
		best = fmin(best, seconds() - begin);
		one = fmin(one, cycle());
	}
	program_destroy(program);
	printf("%-48s %8.1f\n", instruction, best / one / COPIES / ROUNDS);
}

int main(int argc, char **argv)
{
	void *memory;

	engine_begin();
	memory = device_memory(4096);
	for (int i = 1; i < argc; i++)
		measure(argv[i], memory);
	for (unsigned i = 0; argc < 2 && i < sizeof(list) / sizeof(list[0]); i++)
		measure(list[i], memory);
	device_release(memory);
	return 0;
}
