/* SPDX-License-Identifier: MIT */
/*
 * softgpu_opcode.h - one instruction with random operands against C
 *
 * A case is an instruction, the registers of its operands, and its result as a C expression
 * of a, b and c, all of them 64 bits that hold the registers' bits.  Letters are as in
 * softgpu/decode_alu.c: h w q integers of 16, 32, 64 bits, f d floats, p a predicate.  An
 * instruction that names %d is a whole text, with operands %a, %b and %c.
 */
#ifndef SOFTGPU_OPCODE_TEST_H
#define SOFTGPU_OPCODE_TEST_H

#include "softgpu_engine.h"

#define THREADS		992	/* not a multiple of the block */
#define BLOCK_THREADS	96

struct opcode_case {
	const char *instruction, *signature;
};

/* A random operand: often one of the values where instructions go wrong */
static uint64_t random_operand(char letter)
{
	static const uint64_t corners[] = {
		0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256,
		0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
	};
	static const uint32_t floats[] = {
		0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000,
		0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0x3f000000, 0x4b000000, 0x4f000000,
		0x5f000000, 0x3effffff, 0x3f7fffff, 0x42fe0000, 0xc2fe0000, 0x40490fdb,
	};
	static const uint64_t doubles[] = {
		0x0000000000000000, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000,
		0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0x0000000000000001,
		0x000fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x41dfffffffc00000,
		0x41e0000000000000, 0x43e0000000000000, 0x43f0000000000000, 0x3fe0000000000000,
	};
	static const uint32_t halves[] = {
		0x0000, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00, 0x0001, 0x83ff, 0x0400,
		0x7bff, 0x3800, 0x3555, 0x7f80, 0x3f80, 0x0080, 0x7f7f,
	};
	uint64_t r = random64(), pick = random64();

	switch (letter) {
	case 'f':
		if (pick % 4 == 0)
			return floats[r % (sizeof(floats) / sizeof(floats[0]))];
		if (pick % 4 == 1)	/* near 1, so that sums do something */
			return (r & 0x80ffffff) | 0x3f000000;
		return (uint32_t)r;
	case 'd':
		if (pick % 4 == 0)
			return doubles[r % (sizeof(doubles) / sizeof(doubles[0]))];
		if (pick % 4 == 1)
			return (r & 0x801fffffffffffff) | 0x3fe0000000000000;
		return r;
	case 'h':
		r = pick % 4 ? r : halves[r % (sizeof(halves) / sizeof(halves[0]))];
		return pick % 4 == 1 ? (uint16_t)corners[r % 29] : (uint16_t)r;
	case 'w':
		return (uint32_t)(pick % 3 ? r : corners[r % 29]);
	case 'p':
		return r & 1;
	default:
		return pick % 3 ? r : corners[r % 29];
	}
}

static const char *class_of(char letter)
{
	return letter == 'h' ? "b16" : letter == 'w' ? "b32" : letter == 'f' ? "f32" :
	       letter == 'd' ? "f64" : letter == 'p' ? "pred" : "b64";
}

/* Register @name of class @letter from element @index of this thread */
static void add_load(char *text, size_t size, char letter, char name, unsigned index)
{
	char line[200];

	if (letter == 'p')
		snprintf(line, sizeof(line), "ld.global.u64 %%t, [%%p+%u];\n"
			 "setp.ne.u64 %%%c, %%t, 0;\n", index * 8, name);
	else
		snprintf(line, sizeof(line), "ld.global.%s %%%c, [%%p+%u];\n", class_of(letter), name,
			 index * 8);
	strncat(text, line, size - strlen(text) - 1);
}

/* The kernel for one case: operands at a, b, c of each thread, result behind them */
static void make_kernel(char *text, size_t size, const struct opcode_case *c)
{
	const char *sources = strchr(c->signature, '=') + 1;
	char result = c->signature[0];
	unsigned count = (unsigned)strlen(sources);
	char line[300], operands[64] = "";

	snprintf(text, size, ".version 8.7\n.target sm_90\n.address_size 64\n"
		 ".visible .entry k(.param .u64 data)\n{\n"
		 ".reg .b64 %%p, %%t, %%r64;\n.reg .b32 %%i, %%n, %%m;\n.reg .pred %%q;\n");
	for (unsigned i = 0; i < count; i++) {
		snprintf(line, sizeof(line), ".reg .%s %%%c;\n", class_of(sources[i]), 'a' + i);
		strncat(text, line, size - strlen(text) - 1);
		snprintf(line, sizeof(line), ", %%%c", 'a' + i);
		strncat(operands, line, sizeof(operands) - strlen(operands) - 1);
	}
	snprintf(line, sizeof(line), ".reg .%s %%d;\n"
		 "mov.u32 %%i, %%ctaid.x;\nmov.u32 %%n, %%ntid.x;\nmov.u32 %%m, %%tid.x;\n"
		 "mad.lo.u32 %%i, %%i, %%n, %%m;\nsetp.ge.u32 %%q, %%i, %u;\n@%%q ret;\n"
		 "ld.param.u64 %%p, [data];\nmul.wide.u32 %%t, %%i, 32;\nadd.u64 %%p, %%p, %%t;\n",
		 class_of(result), THREADS);
	strncat(text, line, size - strlen(text) - 1);
	for (unsigned i = 0; i < count; i++)
		add_load(text, size, sources[i], (char)('a' + i), i);
	strncat(text, c->instruction, size - strlen(text) - 1);
	snprintf(line, sizeof(line), strstr(c->instruction, "%d") ? "\n" : " %%d%s;\n", operands);
	strncat(text, line, size - strlen(text) - 1);
	if (result == 'p')
		snprintf(line, sizeof(line), "selp.u64 %%r64, 1, 0, %%d;\n"
			 "st.global.u64 [%%p+24], %%r64;\nret;\n}\n");
	else
		snprintf(line, sizeof(line), "st.global.%s [%%p+24], %%d;\nret;\n}\n",
			 class_of(result));
	strncat(text, line, size - strlen(text) - 1);
}

static void fill_operands(uint64_t (*data)[4], const char *sources)
{
	for (unsigned i = 0; i < THREADS; i++) {
		memset(data[i], 0, sizeof(data[i]));
		for (unsigned n = 0; sources[n]; n++)
			data[i][n] = random_operand(sources[n]);
	}
}

/* How far may a result be from the reference?  NULL: it must have the same bits */
typedef bool same_fn(const struct opcode_case *c, const uint64_t *operands, uint64_t expected);

static unsigned check_case(const struct opcode_case *c, unsigned number,
			   uint64_t (*reference)(unsigned, uint64_t, uint64_t, uint64_t),
			   same_fn *same)
{
	uint64_t (*data)[4] = device_memory(THREADS * sizeof(*data));
	void *pointers[] = { data };
	char text[4096];
	struct program *program;
	unsigned bad = 0;

	make_kernel(text, sizeof(text), c);
	program = program_from(text);
	fill_operands(data, strchr(c->signature, '=') + 1);
	run_ok(program, (THREADS + BLOCK_THREADS - 1) / BLOCK_THREADS, BLOCK_THREADS, pointers, 1);
	for (unsigned i = 0; i < THREADS; i++) {
		uint64_t expected = reference(number, data[i][0], data[i][1], data[i][2]);

		if (data[i][3] == expected || (same && same(c, data[i], expected)))
			continue;
		if (!bad++)
			fprintf(stderr, "%s(0x%llx, 0x%llx, 0x%llx) = 0x%llx, expected 0x%llx\n",
				c->instruction, (unsigned long long)data[i][0],
				(unsigned long long)data[i][1], (unsigned long long)data[i][2],
				(unsigned long long)data[i][3], (unsigned long long)expected);
	}
	program_destroy(program);
	device_release(data);
	return bad != 0;
}

static inline int check_cases(const struct opcode_case *cases, unsigned count,
			      uint64_t (*reference)(unsigned, uint64_t, uint64_t, uint64_t),
			      same_fn *same)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < count; i++)
		bad += check_case(&cases[i], i, reference, same);
	printf("%u instructions, %u wrong\n", count, bad);
	return bad != 0;
}

#endif /* SOFTGPU_OPCODE_TEST_H */
