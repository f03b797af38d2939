/* SPDX-License-Identifier: MIT */
/* needs.c - the compute capability below which there is no such instruction (PTX ISA, "Target ISA Notes") */
#include <fnmatch.h>

#include "tests/opcodes/gpu.h"

/* The first pattern that matches says it; all others are in 7.5 */
static const struct {
	const char *pattern;
	unsigned capability;
} needs[] = {
	{ "m??.f32 %d, %a, %b, %c;", 100 },
	{ "*.[us]16x2", 90 },
	{ "add.*bf16*", 90 }, { "sub.*bf16*", 90 }, { "mul.*bf16*", 90 },
	{ "tanh.*bf16*", 90 }, { "ex2.*bf16*", 90 }, { "*set*.bf16*", 90 },
	{ "cvt.*.bf16*.f32", 80 }, { "cvt.f32.bf16", 80 }, { "cvt.*bf16*", 90 },
	{ "atom.*bf16*", 90 }, { "atom.*.b128", 90 },
	{ "{*cvt.*bf16*", 90 },
	{ "*.bf16*", 80 },
	{ "cvt.*e[45]m[23]x2*", 89 }, { "cvt.*.f16x2.f32", 80 },
	{ "fma.*.relu.*", 80 },
	{ "m??.*xorsign.*", 86 }, { "m??.*f16*", 80 }, { "m??.*NaN.f32", 80 },
	{ "redux.*", 80 }, { "elect.*", 90 }, { "stmatrix", 90 }, { "atom.*.v2.*", 90 },
	{ "mbarrier.try_wait", 90 }, { "mbarrier.*_tx", 90 }, { "mbarrier.*", 80 }, { "cp.async.*", 80 },
	{ "createpolicy.*", 80 },
	{ "barrier.cluster.*", 90 }, { "%*cluster*", 90 },
};

bool gpu_has(const char *instruction)
{
	for (unsigned i = 0; i < ARRAY_SIZE(needs); i++) {
		unsigned capability = needs[i].capability;

		if (fnmatch(needs[i].pattern, instruction, 0))
			continue;
		if (capability <= gpu_capability())
			return true;
		fprintf(stderr, "skipped, needs compute capability %u.%u: ", capability / 10, capability % 10);
		for (const char *c = instruction; *c; c++)
			fputc(*c == '\n' ? ' ' : *c, stderr);
		fputc('\n', stderr);
		return false;
	}
	return true;
}
