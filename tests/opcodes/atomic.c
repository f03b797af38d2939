/* SPDX-License-Identifier: MIT */
/* atom and red of every operation against C, in whatever order the lanes had */
#include <stddef.h>

#include "tests/opcodes/exact.h"
#include "tests/opcodes/gpu.h"

static unsigned wrong;

/* Global memory flushes subnormal floats, shared memory does not (PTX ISA, atom) */
static bool flushes;

static uint32_t f32_add(uint64_t x, uint64_t y)
{
	uint32_t a = (uint32_t)(flushes ? format_flush(&format_f32, x) : x);
	uint32_t b = (uint32_t)(flushes ? format_flush(&format_f32, y) : y);
	float p, q;

	memcpy(&p, &a, 4);
	memcpy(&q, &b, 4);
	p += q;
	memcpy(&a, &p, 4);
	a = (uint32_t)(flushes ? format_flush(&format_f32, a) : a);
	return p == p ? a : 0x7fffffff;
}

static uint64_t f64_add(uint64_t a, uint64_t b)
{
	double p, q;

	memcpy(&p, &a, 8);
	memcpy(&q, &b, 8);
	p += q;
	memcpy(&a, &p, 8);
	return a;
}

/* One half of a pair, or the only one */
static uint64_t half_add(const struct format *f, uint64_t a, uint64_t b)
{
	bool negative;
	exact sum;

	a &= 0xffff;
	b &= 0xffff;
	if (format_is_nan(f, a) || format_is_nan(f, b) ||
	    (format_is_infinite(f, a) && format_is_infinite(f, b) && a != b))
		return f->nan;
	if (format_is_infinite(f, a) || format_is_infinite(f, b))
		return format_is_infinite(f, a) ? a : b;
	sum = format_value(f, a) + format_value(f, b);
	negative = sum != 0 ? sum < 0 : a >> 15 && b >> 15;
	return format_round(f, sum, negative, 'n');
}

static uint64_t pair_add(const struct format *f, uint64_t a, uint64_t b)
{
	return half_add(f, a, b) | half_add(f, a >> 16, b >> 16) << 16;
}

#define U(x)	((uint32_t)(x))
#define S(x)	((int32_t)(x))
#define L(x)	((int64_t)(x))

/* What memory becomes when it holds o and the operands are b and c */
#define ATOMICS(X)								\
	X("add.u32", 4, o + b) X("add.s32", 4, o + b) X("add.u64", 8, o + b)	\
	X("and.b32", 4, o & b) X("and.b64", 8, o & b) X("or.b32", 4, o | b) X("or.b64", 8, o | b)	\
	X("xor.b32", 4, o ^ b) X("xor.b64", 8, o ^ b)				\
	X("min.u32", 4, U(o) < U(b) ? o : b) X("min.s32", 4, S(o) < S(b) ? o : b)	\
	X("min.u64", 8, o < b ? o : b) X("min.s64", 8, L(o) < L(b) ? o : b)	\
	X("max.u32", 4, U(o) > U(b) ? o : b) X("max.s32", 4, S(o) > S(b) ? o : b)	\
	X("max.u64", 8, o > b ? o : b) X("max.s64", 8, L(o) > L(b) ? o : b)	\
	X("exch.b32", 4, b) X("exch.b64", 8, b)					\
	X("cas.b16", 2, (uint16_t)o == (uint16_t)b ? c : o)			\
	X("cas.b32", 4, U(o) == U(b) ? c : o) X("cas.b64", 8, o == b ? c : o)	\
	X("inc.u32", 4, U(o) >= U(b) ? 0 : o + 1) X("dec.u32", 4, !U(o) || U(o) > U(b) ? b : o - 1)	\
	X("add.f32", 4, f32_add(o, b)) X("add.f64", 8, f64_add(o, b))		\
	X("add.noftz.f16", 2, half_add(&format_f16, o, b)) X("add.noftz.f16x2", 4, pair_add(&format_f16, o, b))	\
	X("add.noftz.bf16", 2, half_add(&format_bf16, o, b))			\
	X("add.noftz.bf16x2", 4, pair_add(&format_bf16, o, b))

enum { FIRST = __COUNTER__ + 1 };

static uint64_t apply(unsigned number, uint64_t o, uint64_t b, uint64_t c)
{
#define APPLY(name, bytes, e)	case __COUNTER__ - FIRST: return (uint64_t)(e);
	switch (number) {
	ATOMICS(APPLY)
	}
	return 0;
}

#define NAME(name, bytes, e)	{ name, bytes },
static const struct {
	const char *name;
	unsigned bytes;
} atomics[] = { ATOMICS(NAME) };

#define CELLS	4		/* when lanes collide */
#define LANES	32

struct cells {
	uint64_t cell[LANES], b[LANES], c[LANES], which[LANES], old[LANES];
};

static uint64_t cut(uint64_t x, unsigned bytes)
{
	return bytes == 8 ? x : x & ((1ull << 8 * bytes) - 1);
}

/*
 * space: 0 global, 1 shared, 2 generic to global, 3 generic to shared.  The entry's name is atom or red
 * and the space.  Return: the end of the text.
 */
static char *atom_kernel(char *c, unsigned number, unsigned space, bool red)
{
	unsigned bytes = atomics[number].bytes;
	const char *cls = bytes == 8 ? "b64" : bytes == 4 ? "b32" : "b16";
	bool cas = !strncmp(atomics[number].name, "cas", 3), shared = space & 1;

	c += sprintf(c, ".visible .entry %s%u(.param .u64 p)\n{\n.shared .align 8 .u64 window[%u];\n"
		     ".reg .b64 %%p, %%q, %%a, %%t, %%v;\n.reg .b32 %%i, %%s;\n.reg .%s %%b, %%c, %%d;\n"
		     ".reg .pred %%z;\n"
		     "ld.param.u64 %%p, [p];\nmov.u32 %%i, %%ctaid.x;\nmad.wide.u32 %%p, %%i, %zu, %%p;\n"
		     "mov.u32 %%i, %%tid.x;\nmad.wide.u32 %%q, %%i, 8, %%p;\n"
		     "setp.ge.u32 %%z, %%i, %u;\nmov.u32 %%s, window;\ncvt.u64.u32 %%t, %%s;\n"
		     "mad.wide.u32 %%a, %%i, 8, %%t;\n@%%z bra READY;\nld.global.u64 %%v, [%%q];\n"
		     "st.shared.u64 [%%a], %%v;\nREADY:\nbar.sync 0;\n", red ? "red" : "atom", space, LANES, cls,
		     sizeof(struct cells), LANES);
	c += sprintf(c, "ld.global.%s %%b, [%%q+%zu];\nld.global.%s %%c, [%%q+%zu];\n"
		     "ld.global.u64 %%v, [%%q+%zu];\nshl.b64 %%v, %%v, 3;\n", cls,
		     offsetof(struct cells, b), cls, offsetof(struct cells, c),
		     offsetof(struct cells, which));
	if (space == 3)
		c += sprintf(c, "cvta.shared.u64 %%t, %%t;\n");
	c += sprintf(c, "add.u64 %%v, %%v, %s;\n", shared ? "%t" : "%p");
	c += sprintf(c, "%s%s.%s %s[%%v], %%b%s;\n", red ? "red" : "atom",
		     space == 0 ? ".global" : space == 1 ? ".shared" : "", atomics[number].name,
		     red ? "" : "%d, ", cas ? ", %c" : "");
	if (!red)
		c += sprintf(c, "st.global.%s [%%q+%zu], %%d;\n", cls, offsetof(struct cells, old));
	if (shared)
		c += sprintf(c, "bar.sync 0;\n@%%z bra OUT;\nld.shared.u64 %%v, [%%a];\n"
			     "st.global.u64 [%%q], %%v;\nOUT:\n");
	return c + sprintf(c, "ret;\n}\n");
}

/* Bits that are as good: NaNs of one sort */
static bool same_value(unsigned number, uint64_t a, uint64_t b)
{
	const char *name = atomics[number].name;

	if (!strcmp(name, "add.f32"))
		return a == b || (format_is_nan(&format_f32, a) && format_is_nan(&format_f32, b));
	if (!strcmp(name, "add.f64") && a << 1 > 0xffe0000000000000 && b << 1 > 0xffe0000000000000)
		return true;
	return a == b;
}

/*
 * Do the values that the @left lanes saw and the one that memory has at the end come from doing
 * them in some order?  @value is what memory has now.
 */
static bool some_order(unsigned number, const struct cells *cells, uint32_t left, uint64_t value,
		       uint64_t end)
{
	unsigned bytes = atomics[number].bytes, tried = 0;
	uint64_t nexts[LANES];

	if (!left)
		return same_value(number, value, cut(end, bytes));
	for (unsigned i = 0; i < LANES; i++) {
		uint64_t next;
		bool again = false;

		if (!(left >> i & 1) || !same_value(number, cells->old[i], value))
			continue;
		next = cut(apply(number, value, cells->b[i], cells->c[i]), bytes);
		for (unsigned k = 0; k < tried; k++)
			again |= nexts[k] == next;
		if (again)
			continue;
		nexts[tried++] = next;
		if (some_order(number, cells, left & ~(1u << i), next, end))
			return true;
		/* One that changes nothing can as well go first */
		if (same_value(number, next, value))
			return false;
	}
	return false;
}

/* red tells nothing of its order: the results of these depend on it */
static bool needs_order(unsigned number)
{
	const char *name = atomics[number].name;

	return strstr(name, "f") || !strncmp(name, "inc", 3) || !strncmp(name, "dec", 3);
}

/* What memory has when @left lanes have been at @value, in any order that red may have */
static uint64_t after_all(unsigned number, const struct cells *cells, uint32_t left, uint64_t value)
{
	for (unsigned i = 0; i < LANES; i++)
		if (left >> i & 1)
			value = cut(apply(number, value, cells->b[i], cells->c[i]), atomics[number].bytes);
	return value;
}

static void fill_cells(struct cells *cells, unsigned number, bool collide)
{
	unsigned bytes = atomics[number].bytes, one = (unsigned)random_bits() % CELLS;

	for (unsigned i = 0; i < LANES; i++) {
		bool small = random_bits() & 1;

		cells->cell[i] = small ? random_bits() & 3 : random_bits();
		cells->b[i] = cut(small ? random_bits() & 3 : random_bits(), bytes);
		cells->c[i] = cut(random_bits(), bytes);
		cells->which[i] = !collide ? LANES - 1 - i : random_bits() & 1 ? random_bits() % CELLS : one;
		cells->old[i] = 0;
	}
}

/* One place of memory: what was there, what is, and the lanes that have been at it */
static bool check_cell(unsigned number, bool red, const struct cells *before, const struct cells *cells,
		       unsigned n)
{
	uint64_t low = cut(~0ull, atomics[number].bytes);
	uint64_t old = before->cell[n] & low, end = cells->cell[n];
	uint32_t lanes = 0;

	for (unsigned i = 0; i < LANES; i++)
		lanes |= (uint32_t)(before->which[i] == n) << i;
	CHECK((end & ~low) == (before->cell[n] & ~low));
	if (red ? same_value(number, after_all(number, cells, lanes, old), end & low) :
	    some_order(number, cells, lanes, old, end))
		return true;
	fprintf(stderr, "%s.%s: 0x%llx became 0x%llx\n", red ? "red" : "atom", atomics[number].name,
		(unsigned long long)old, (unsigned long long)end);
	for (unsigned i = 0; i < LANES; i++)
		if (lanes >> i & 1)
			fprintf(stderr, "  lane %u: 0x%llx, 0x%llx, saw 0x%llx\n", i,
				(unsigned long long)cells->b[i], (unsigned long long)cells->c[i],
				(unsigned long long)cells->old[i]);
	return false;
}

#define ATOM_ROUNDS	4	/* each of them a block */

static void check_kernel(struct gpu_program *program, unsigned number, unsigned space, bool red)
{
	struct cells cells[ATOM_ROUNDS], before[ATOM_ROUNDS];
	char entry[16];
	bool right = true;

	flushes = !(space & 1);
	for (unsigned round = 0; round < ATOM_ROUNDS; round++)
		fill_cells(&cells[round], number, round && !(red && needs_order(number)));
	memcpy(before, cells, sizeof(cells));
	snprintf(entry, sizeof(entry), "%s%u", red ? "red" : "atom", space);
	gpu_run_entry(program, entry, ATOM_ROUNDS, LANES, cells, sizeof(cells));
	for (unsigned i = 0; right && i < ATOM_ROUNDS * LANES; i++)
		right = check_cell(number, red, &before[i / LANES], &cells[i / LANES], i % LANES);
	if (!right)
		fprintf(stderr, "in %s\n", entry);
	wrong += !right;
}

static bool has_red(unsigned number)
{
	return strncmp(atomics[number].name, "cas", 3) && strncmp(atomics[number].name, "exch", 4);
}

/* In every space, with and without a result */
static void check_operation(unsigned number)
{
	static char text[32768];
	struct gpu_program *program;
	char *c = stpcpy(text, gpu_head()), log[1024] = "";

	for (unsigned space = 0; space < 4; space++)
		for (unsigned red = 0; red <= has_red(number); red++)
			c = atom_kernel(c, number, space, red);
	program = gpu_try(text, log, sizeof(log));
	if (!program) {
		fprintf(stderr, "%s is refused: %s\n", atomics[number].name, log);
		wrong++;
		return;
	}
	for (unsigned space = 0; space < 4; space++)
		for (unsigned red = 0; red <= has_red(number); red++)
			check_kernel(program, number, space, red);
	gpu_unload(program);
}

/* Each element is added apart; destinations are sources of the other element */
static void check_vector_atoms(void)
{
	static const char text[] =
		".visible .entry k(.param .u64 data)\n{\n.reg .b64 %p;\n.reg .f32 %f<5>;\n.reg .b32 %r<3>;\n"
		"ld.param.u64 %p, [data];\nmov.f32 %f1, 0f3F800000;\nmov.f32 %f2, 0f40000000;\n"
		"atom.global.add.v2.f32 {%f2, %f1}, [%p], {%f1, %f2};\n"
		"red.global.add.v4.f32 [%p+16], {%f1, %f2, %f1, 0f40400000};\n"
		"mov.b32 %r1, 0x40003C00;\natom.global.add.noftz.v2.f16x2 {%r1, %r2}, [%p+32], {%r1, %r1};\n"
		"st.global.v2.u32 [%p+40], {%r1, %r2};\nst.global.v2.f32 [%p+8], {%f1, %f2};\nret;\n}\n";
	char whole[2048];
	float floats[16] = { 10, 20 };
	uint32_t words[16];
	struct gpu_program *program;

	if (!gpu_has("atom.global.add.v2.f32"))
		return;
	snprintf(whole, sizeof(whole), "%s%s", gpu_head(), text);
	program = gpu_load(whole);
	words[0] = 0x3C003C00;
	memcpy(&floats[8], words, 4);
	gpu_run(program, 1, 1, floats, sizeof(floats));
	memcpy(words, floats, sizeof(words));
	CHECK(floats[0] == 11 && floats[1] == 22 && floats[2] == 20 && floats[3] == 10);
	CHECK(floats[4] == 20 && floats[5] == 10 && floats[6] == 20 && floats[7] == 3);
	/* (1, 1) + (1, 2) and (0, 0) + (1, 2) in halves, low first */
	CHECK(words[8] == 0x42004000 && words[9] == 0x40003C00);
	CHECK(words[10] == 0x3C003C00 && words[11] == 0);
	gpu_unload(program);
}

/* The smaller or larger of two numbers of 16 bits, neither of them zero or a NaN */
static uint16_t half_extreme(uint16_t a, uint16_t b, bool most)
{
	bool a_is_less = (a ^ b) >> 15 ? a >> 15 : a >> 15 ? a > b : a < b;

	return a_is_less != most ? a : b;
}

#define HALVES		8
#define HALF_THREADS	64

/* struct extremes - of one kernel: what memory holds, and each thread's operands and results */
struct extremes {
	uint16_t memory[HALVES], in[HALF_THREADS][HALVES], out[HALF_THREADS][HALVES];
};

/*
 * @how: "min.noftz.v8.f16", say, on %h1 ... or pairs of them; all threads on one vector.  Whatever their
 * order, memory is the least or most of all in the end, and each saw something on the way there.
 * @exponent:	the bits of it, of which the lowest is left out, lest there be a NaN
 */
static void check_extreme(const char *how, uint16_t exponent, unsigned count, bool pairs, bool red)
{
	static const char head[] =
		".visible .entry k(.param .u64 data)\n{\n.reg .b64 %p, %q;\n.reg .b32 %i;\n"
		".reg .b16 %a<9>, %b<9>;\n.reg .b32 %x<5>, %y<5>;\n"
		"ld.param.u64 %p, [data];\nmov.u32 %i, %tid.x;\nmad.wide.u32 %q, %i, 16, %p;\n";
	struct extremes was, now;
	const bool most = how[1] == 'a';
	const unsigned each = pairs ? 2 : 1;
	char text[4096], *c = text, lists[2][64] = { "", "" };
	struct gpu_program *program;
	uint16_t *words = (uint16_t *)&was;

	for (unsigned i = 1; i <= count; i++)
		for (unsigned k = 0; k < 2; k++)
			sprintf(lists[k] + strlen(lists[k]), "%s%%%c%u", i > 1 ? ", " : "",
				pairs ? k ? 'y' : 'x' : k ? 'b' : 'a', i);
	c += sprintf(c, "%s%s", gpu_head(), head);
	for (unsigned i = 1; i <= count; i++)
		c += sprintf(c, "ld.global.b%u %%%c%u, [%%q+%u];\nmov.b%u %%%c%u, 0;\n", 16 * each,
			     pairs ? 'x' : 'a', i, 16 + (i - 1) * 2 * each, 16 * each, pairs ? 'y' : 'b', i);
	c += red ? sprintf(c, "red.global.%s [%%p], {%s};\n", how, lists[0]) :
		   sprintf(c, "atom.global.%s {%s}, [%%p], {%s};\n", how, lists[1], lists[0]);
	for (unsigned i = 1; i <= count; i++)
		c += sprintf(c, "st.global.b%u [%%q+%zu], %%%c%u;\n", 16 * each,
			     offsetof(struct extremes, out) + (i - 1) * 2 * each, pairs ? 'y' : 'b', i);
	sprintf(c, "ret;\n}\n");
	for (unsigned i = 0; i < sizeof(was) / sizeof(*words); i++)
		words[i] = (uint16_t)((random_bits() & ~(uint64_t)(exponent & -exponent)) | 1);
	now = was;
	program = gpu_load(text);
	gpu_run(program, 1, HALF_THREADS, &now, sizeof(now));
	gpu_unload(program);
	for (unsigned i = 0; i < count * each; i++) {
		uint16_t all = was.memory[i];

		for (unsigned t = 0; t < HALF_THREADS; t++)
			all = half_extreme(all, was.in[t][i], most);
		for (unsigned t = 0; t < HALF_THREADS && !red; t++)
			wrong += half_extreme(now.out[t][i], all, most) != all;
		if (now.memory[i] != all)
			wrong += !!fprintf(stderr, "%s.%s: element %u is %04x, not %04x\n",
					   red ? "red" : "atom", how, i, now.memory[i], all);
	}
}

static void check_extremes(void)
{
	static const char *const ops[] = { "min", "max" };
	char how[32];

	if (!gpu_has("atom.global.add.v2.f32"))
		return;
	for (unsigned i = 0; i < 2 * 2 * 2 * 3 * 2; i++) {
		const unsigned op = i & 1, brain = i >> 1 & 1, red = i >> 2 & 1, pairs = i >> 3 & 1;
		const unsigned count = 2u << i / 16;

		if (pairs && count == 8)
			continue;
		snprintf(how, sizeof(how), "%s.noftz.v%u.%sf16%s", ops[op], count, brain ? "b" : "",
			 pairs ? "x2" : "");
		check_extreme(how, brain ? 0x7f80 : 0x7c00, count, pairs, red);
	}
}

unsigned check_atomic(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(atomics); i++) {
		char name[32];

		snprintf(name, sizeof(name), "atom.%s", atomics[i].name);
		if (gpu_has(name))
			check_operation(i);
	}
	check_vector_atoms();
	check_extremes();
	return wrong;
}
