/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * PTX that asks for what no kernel may: each text here is refused when its kernel is prepared, or
 * ends in a fault, and touches nothing outside its own memory.  Worth most under CONFIG=asan.
 */
#include "softgpu_engine.h"

#define HEAD	".version 8.7\n.target sm_90\n.address_size 64\n"
#define ENTRY	".visible .entry k(.param .u64 data)\n{\n.reg .pred %p<4>;\n.reg .b32 %r<4>;\n"	\
		".reg .b64 %rd<4>;\n"

#define LDMATRIX	"ldmatrix.sync.aligned.m8n8."

/* One that is never decoded: an operand of another kind than the instruction wants */
static const char *const refused[] = {
	/* The address of something as a predicate */
	HEAD ENTRY ".local .b32 x;\nmov.pred %p1, x;\nret;\n}\n",
	HEAD ENTRY ".local .b32 x;\nand.pred %p1, %p2, x;\nret;\n}\n",
	HEAD ENTRY ".shared .b32 x;\nmov.pred %p1, x;\nret;\n}\n",
	HEAD ".extern .shared .b8 d[];\n" ENTRY "mov.pred %p1, d;\nret;\n}\n",
	HEAD ".global .b32 g;\n" ENTRY "mov.pred %p1, g;\nret;\n}\n",
	HEAD ENTRY "selp.b32 %r1, 1, 2, data;\nret;\n}\n",
	/* Its address in half a register */
	HEAD ".global .b32 g;\n" ENTRY "mov.u32 %r1, g;\nret;\n}\n",
	/* A kernel called by a kernel */
	HEAD ".entry other()\n{\nret;\n}\n" ENTRY "call other;\nret;\n}\n",
	HEAD ENTRY "call k, (%rd1);\nret;\n}\n",
	/* A list of callees that are none */
	HEAD ENTRY "t: .calltargets 5;\ncall %rd1, t;\nret;\n}\n",
	HEAD ENTRY "t: .calltargets %rd2;\ncall %rd1, t;\nret;\n}\n",
	/* More stack than a thread can have */
	HEAD ENTRY ".local .b8 x[600000];\nret;\n}\n",
	/* Predicates and registers of each other's kind */
	HEAD ENTRY "add.u32 %p1, %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "@%r1 add.u32 %r1, %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "setp.eq.u32 %r1, %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "ld.global.u64 %r1, [%rd1];\nret;\n}\n",
	HEAD ENTRY "ld.global.u32 %r1, [%p1];\nret;\n}\n",
	HEAD ENTRY "ld.global.v2.u32 {%r1, %rd2}, [%rd1];\nret;\n}\n",
	HEAD ENTRY "st.global.v2.u32 [%rd1], {%rd2, %r1};\nret;\n}\n",
	HEAD ENTRY "atom.global.add.u64 %r1, [%rd1], %rd2;\nret;\n}\n",
	HEAD ENTRY "shfl.sync.idx.b32 %rd1, %r1, 0, 31, -1;\nret;\n}\n",
	/* A pair as a source of what takes one value */
	HEAD ENTRY "cvt.u32.f16x2 %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "cvt.rn.f32.bf16x2 %r1, %r2;\nret;\n}\n",
	/* Beyond the parameters, and a store to them */
	HEAD ENTRY "ld.param.u64 %rd1, [data+8];\nret;\n}\n",
	HEAD ENTRY "ld.param.u64 %rd1, [data+-8];\nret;\n}\n",
	HEAD ENTRY "st.param.u64 [data], %rd1;\nret;\n}\n",
	/* Modifiers and types that the instruction does not have */
	HEAD ENTRY "div.rn.sat.f32 %r1, %r2, %r3;\nret;\n}\n",
	HEAD ENTRY "rcp.rz.ftz.sat.f32 %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "sqrt.rn.sat.f32 %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "add.rn.sat.bf16x2 %r1, %r2, %r3;\nret;\n}\n",
	HEAD ENTRY "fma.rn.ftz.relu.bf16x2 %r1, %r2, %r3, %r1;\nret;\n}\n",
	HEAD ENTRY "neg.ftz.bf16x2 %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "ex2.approx.bf16x2 %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "ex2.approx.ftz.f16x2 %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "selp.pred %p1, %p2, %p3, %p1;\nret;\n}\n",
	HEAD ENTRY ".reg .b16 %h;\natom.global.exch.b16 %h, [%rd1], %h;\nret;\n}\n",
	HEAD ENTRY "tanh.approx.ftz.f32 %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "add.cc.b32 %r1, %r2, %r3;\nret;\n}\n",
	HEAD ENTRY "atom.global.add.s64 %rd1, [%rd2], %rd3;\nret;\n}\n",
	HEAD ENTRY "cvt.sat.u32.u16 %r1, %r2;\nret;\n}\n",
	HEAD ENTRY ".reg .b16 %h;\ncvt.rn.bf16.u8 %h, %r2;\nret;\n}\n",
	/* What would compare nothing, or has no row */
	HEAD ENTRY "setp %p1, %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "setp.u32 %p1, %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "set.eq.u32 %r1, %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "lop3.b64 %rd1, %rd1, %rd2, %rd3, 1;\nret;\n}\n",
	HEAD ENTRY "lop3.or.and.b32 %r1, %r1, %r2, %r3, 1, %p1;\nret;\n}\n",
	HEAD ENTRY "lop3.or.b32 %r1, %r1, %r2, %r3, 1, %p1;\nret;\n}\n",
	HEAD ENTRY "bar.warp.arrive 1;\nret;\n}\n",
	/* Matrices: too few registers, too wide ones, a place of another kind, and one that is no vector */
	HEAD ENTRY LDMATRIX "x2.shared.b16 {%r1}, [%r2];\nret;\n}\n",
	HEAD ENTRY LDMATRIX "x1.shared.b16 {%r1, %r2}, [%r2];\nret;\n}\n",
	HEAD ENTRY LDMATRIX "x1.shared.b16 {%rd1}, [%r2];\nret;\n}\n",
	HEAD ENTRY LDMATRIX "x1.shared.b16 {%r1}, [%p1];\nret;\n}\n",
	HEAD ENTRY LDMATRIX "x1.shared.b16 {%r1}, %r2;\nret;\n}\n",
	HEAD ENTRY LDMATRIX "x1.b16 {%r1}, [data];\nret;\n}\n",
	HEAD ENTRY ".local .b8 x[16];\n" LDMATRIX "x1.b16 {%r1}, [x];\nret;\n}\n",
	HEAD ENTRY LDMATRIX "x8.shared.b16 {%r1, %r1, %r1, %r1, %r1, %r1, %r1, %r1}, [%r2];\nret;\n}\n",
	HEAD ENTRY LDMATRIX "x1.shared::cluster.b16 {%r1}, [%r2];\nret;\n}\n",
	HEAD ENTRY "ldmatrix.sync.m8n8.x1.shared.b16 {%r1}, [%r2];\nret;\n}\n",
	HEAD ENTRY "stmatrix.sync.aligned.m8n8.x2.shared.b16 [%r2], %r1;\nret;\n}\n",
	HEAD ENTRY "stmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r2];\nret;\n}\n",
	HEAD ENTRY "movmatrix.sync.aligned.m8n8.b16 %r1, %r2;\nret;\n}\n",
	HEAD ENTRY "movmatrix.sync.aligned.m8n8.trans.b16 %rd1, %r2;\nret;\n}\n",
	/* A register of 128 bits where one of 64 is wanted, and the other way round */
	HEAD ENTRY ".reg .b128 %q;\nadd.u64 %rd1, %rd1, %q;\nret;\n}\n",
	HEAD ENTRY ".reg .b128 %q<2>;\nst.global.u32 [%q1], %r1;\nret;\n}\n",
	HEAD ENTRY ".reg .b128 %q;\nmov.b128 %q, %rd1;\nret;\n}\n",
	HEAD ENTRY ".reg .b128 %q;\nld.global.b64 %q, [%rd1];\nret;\n}\n",
	HEAD ENTRY "ld.global.b128 %rd1, [%rd2];\nret;\n}\n",
	HEAD ENTRY ".reg .b128 %q;\nmov.b128 {%rd1, %rd2, %rd3}, %q;\nret;\n}\n",
	HEAD ENTRY ".reg .b128 %q;\natom.global.add.b128 %q, [%rd1], %q;\nret;\n}\n",
	HEAD ENTRY ".reg .b128 %q;\nred.global.exch.b128 [%rd1], %q;\nret;\n}\n",
	/* An operand too many */
	HEAD ENTRY "ld.global.u32 %r1, [%rd1], %rd2;\nret;\n}\n",
	HEAD ENTRY "st.global.u32 [%rd1], %r1, [%rd2];\nret;\n}\n",
	HEAD ENTRY "red.global.add.u32 [%rd1], %r1, %r2;\nret;\n}\n",
	/* Policies without what they are made of, and one of 32 bits */
	HEAD ENTRY "createpolicy.range.L2::evict_last.b64 %rd1, [%rd2], 64;\nret;\n}\n",
	HEAD ENTRY "createpolicy.cvt.L2.b64 %rd1;\nret;\n}\n",
	HEAD ENTRY "createpolicy.fractional.L2::evict_last.b64 %r1;\nret;\n}\n",
	/* Something to do with c, and no c; the other way round; a part of c; an operation that is none */
	HEAD ENTRY "vadd.u32.u32.u32.add %r1, %r2, %r3;\nret;\n}\n",
	HEAD ENTRY "vadd.u32.u32.u32 %r1, %r2, %r3, %r1;\nret;\n}\n",
	HEAD ENTRY "vadd.u32.u32.u32.add %r1.b0, %r2, %r3, %r1;\nret;\n}\n",
	HEAD ENTRY "vadd.u32.u32.u32.add %r1, %r2, %r3, %r1.h0;\nret;\n}\n",
	HEAD ENTRY "vadd.u32.u32.u32.mul %r1, %r2, %r3, %r1;\nret;\n}\n",
	/* Too much negated, or what cannot be; parts of what has none; two shifts; too few operands */
	HEAD ENTRY "vmad.s32.u32.u32 %r1, -%r2, %r3, -%r1;\nret;\n}\n",
	HEAD ENTRY "vmad.s32.u32.u32.po %r1, %r2, -%r3, %r1;\nret;\n}\n",
	HEAD ENTRY "vmad.s32.u32.u32 -%r1, %r2, %r3, %r1;\nret;\n}\n",
	HEAD ENTRY "add.s32 %r1, %r2, -%r3;\nret;\n}\n",
	HEAD ENTRY "vsub.s32.s32.s32 %r1, -%r2, %r3;\nret;\n}\n",
	HEAD ENTRY "vmad.u32.u32.u32 %r1.b0, %r2, %r3, %r1;\nret;\n}\n",
	HEAD ENTRY "vmad.u32.u32.u32 %r1, %r2, %r3, %r1.h0;\nret;\n}\n",
	HEAD ENTRY "vmad.u32.u32.u32.shr7.shr15 %r1, %r2, %r3, %r1;\nret;\n}\n",
	HEAD ENTRY "vmad.u32.u32.u32.add %r1, %r2, %r3, %r1;\nret;\n}\n",
	HEAD ENTRY "vmad.u32.u32.u32 %r1, %r2, %r3;\nret;\n}\n",
	/* Names that are not there */
	HEAD ENTRY "bra NOWHERE;\n}\n",
	HEAD ENTRY "mov.u32 %r1, %r4;\nret;\n}\n",
	HEAD ENTRY "call nobody;\nret;\n}\n",
};

/* What softgpu has not, and what it says of it; all say which kernel and which line */
static const struct {
	const char *text, *says;
} missing[] = {
	{ HEAD ENTRY "mma.sync.aligned.m8n8k16.row.col.s32.u8.s8.s32 {%r1, %r2}, {%r1}, {%r2}, {%r1, %r2};\nret;\n}\n",
	  "instruction not supported: mma.sync.aligned.m8n8k16.row.col.s32.u8.s8.s32 {%r1, %r2}, {%r1}, {%r2}, {%r1, %r2}" },
	{ HEAD ENTRY "ldmatrix.sync.aligned.m16n16.x1.trans.shared.b8 {%r1, %r2}, [%r3];\nret;\n}\n",
	  "instruction not supported: ldmatrix.sync.aligned.m16n16.x1.trans.shared.b8 {%r1, %r2}, [%r3]" },
	{ HEAD ENTRY "stmatrix.sync.aligned.m16n8.x1.trans.shared.b8 [%r3], {%r1};\nret;\n}\n",
	  "instruction not supported: stmatrix.sync.aligned.m16n8.x1.trans.shared.b8 [%r3], {%r1}" },
	{ HEAD ENTRY ".reg .f32 %f<8>;\ntex.2d.v4.f32.f32 {%f1, %f2, %f3, %f4}, [%rd1, {%f5, %f6}], %f7;\nret;\n}\n",
	  "instruction not supported: tex.2d.v4.f32.f32" },
	{ HEAD ".extern .func (.param .b64 r) __cudaCDP2GetParameterBufferV2(.param .b64 a);\n" ENTRY
	  "{\n.param .b64 a;\n.param .b64 r;\nst.param.b64 [a], %rd1;\ncall.uni (r),\n__cudaCDP2GetParameterBufferV2,\n(\na\n);\n}\nret;\n}\n",
	  "dynamic parallelism is not supported: call.uni (r), __cudaCDP2GetParameterBufferV2, ( a )" },
};

/* Kernel addresses and numbers called as if they were functions */
static const char *const faulting[] = {
	HEAD ".entry other()\n{\nret;\n}\n.global .u64 table[1] = {other};\n" ENTRY
	"p: .callprototype _ ();\nld.global.u64 %rd1, [table];\ncall %rd1, p;\nret;\n}\n",
	HEAD ".entry self()\n{\nret;\n}\n" ENTRY
	"p: .callprototype _ ();\nmov.u64 %rd1, self;\ncall %rd1, p;\nret;\n}\n",
	HEAD ENTRY "p: .callprototype _ ();\nmov.u64 %rd1, 4096;\ncall %rd1, p;\nret;\n}\n",
};

/* The text is refused with a message that has @says in it */
static void expect_refused(const char *text, const char *says)
{
	struct ptx_text ptx = { text, strlen(text), "test" };
	struct program *program;
	char log[1024] = "";
	CUresult result = program_create(&program, &engine, &ptx, 1, log, sizeof(log));

	if (result == CUDA_SUCCESS) {
		result = kernel_prepare(program_kernel(program, "k"), log, sizeof(log));
		program_destroy(program);
	}
	if (result == CUDA_SUCCESS || !*log || !strstr(log, says)) {
		fprintf(stderr, "%s\nwas not refused, or otherwise: %s\n", text, log);
		exit(1);
	}
}

static void expect_fault(const char *text)
{
	struct program *program = program_from(text);
	void *pointers[1] = { NULL };
	struct fault fault;

	CHECK(run_kernel(program, 2, 40, pointers, 1, &fault) == CUDA_ERROR_ILLEGAL_INSTRUCTION);
	CHECK(strstr(fault.text, "kernel k") && strstr(fault.text, "call"));
	program_destroy(program);
}

/*
 * @count functions that call one another in a row, each with @bytes of local memory: refused, or
 * known to need more than a hundred of them
 */
static void expect_too_deep(unsigned count, unsigned bytes, bool last_first)
{
	size_t size = 100u * (count + 4), used;
	char *text = malloc(size), log[1024];
	struct program *program;
	struct kernel_info info;

	CHECK(text);
	used = (size_t)sprintf(text, "%s", HEAD);
	for (unsigned i = 0; i < count; i++) {
		unsigned n = last_first ? count - 1 - i : i;

		used += (size_t)sprintf(text + used, ".func f%u()\n{\n.local .b8 x[%u];\n", n, bytes);
		used += n ? (size_t)sprintf(text + used, "call f%u;\nret;\n}\n", n - 1) :
			    (size_t)sprintf(text + used, "ret;\n}\n");
	}
	sprintf(text + used, "%scall f%u;\nret;\n}\n", ENTRY, count - 1);
	program = program_from(text);
	if (kernel_prepare(program_kernel(program, "k"), log, sizeof(log)) == CUDA_SUCCESS) {
		kernel_info(program_kernel(program, "k"), &info);
		CHECK(info.local > 100 * bytes);
	}
	program_destroy(program);
	free(text);
}

int main(void)
{
	engine_begin();
	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		expect_refused(refused[i], "");
	for (unsigned i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		expect_refused(missing[i].text, missing[i].says);
	for (unsigned i = 0; i < sizeof(faulting) / sizeof(faulting[0]); i++)
		expect_fault(faulting[i]);
	/* 8192 times 512 KiB are 4 GiB, and 0 in 32 bits */
	expect_too_deep(8192, 512 << 10, false);
	expect_too_deep(8192, 512 << 10, true);
	engine_fini(&engine);
	return 0;
}
