/* SPDX-License-Identifier: MIT */
/*
 * ld and st of every space, type, vector length and register width, with contiguous, uniform,
 * strided, reversed and random addresses in whole and divergent warps; atom and red of every
 * operation against C, in whatever order the lanes had
 */
#include <stddef.h>

#include "tests/opcodes/exact.h"
#include "tests/opcodes/gpu.h"

#define THREADS	160
#define ITEM	16		/* the largest vector */

/* ---- loads and stores ---- */

struct data {
	uint8_t in[THREADS][ITEM];
	uint32_t from[THREADS], to[THREADS], runs[THREADS];
	uint64_t out[THREADS][4];
	uint8_t back[THREADS][ITEM];
};

#define ROUNDS	20		/* each of them a block */

static struct data data[ROUNDS];
static unsigned wrong;

struct kind {
	const char *type, *register_class;
	unsigned bytes, register_bytes;
	bool sign;
};

static const struct kind kinds[] = {
	{ "u8", "b16", 1, 2, false }, { "s8", "b16", 1, 2, true }, { "b8", "b16", 1, 2, false },
	{ "u8", "b32", 1, 4, false }, { "s8", "b32", 1, 4, true },
	{ "u8", "b64", 1, 8, false }, { "s8", "b64", 1, 8, true },
	{ "u16", "b16", 2, 2, false }, { "s16", "b16", 2, 2, true }, { "b16", "b16", 2, 2, false },
	{ "u16", "b32", 2, 4, false }, { "s16", "b32", 2, 4, true },
	{ "u16", "b64", 2, 8, false }, { "s16", "b64", 2, 8, true },
	{ "u32", "b32", 4, 4, false }, { "s32", "b32", 4, 4, true }, { "f32", "f32", 4, 4, false },
	{ "u32", "b64", 4, 8, false }, { "s32", "b64", 4, 8, true },
	{ "u64", "b64", 8, 8, false }, { "f64", "f64", 8, 8, false }, { "b64", "b64", 8, 8, false },
};

static const char *const spaces[] = { "global", "shared", "local", "", "volatile.global", "volatile" };

/* The operand {%x0, %x1}, or %x0 */
static const char *vector(unsigned count)
{
	return count == 1 ? "%x0" : count == 2 ? "{%x0, %x1}" : "{%x0, %x1, %x2, %x3}";
}

/*
 * in[from] is copied to the space by plain bytes, loaded from there, stored to out as a whole
 * register, and stored back to back[to] through the space, which is number @n and names the entry.
 * Return: the end of the text.
 */
static char *copy_kernel(char *c, const struct kind *kind, unsigned count, unsigned n)
{
	const char *space = spaces[n];
	bool shared = !strcmp(space, "shared"), local = !strcmp(space, "local");
	const char *wide = kind->register_bytes == 2 ? "b16" : kind->register_bytes == 4 ? "b32" : "b64";
	unsigned bytes = kind->bytes * count;
	const char *prefix = *space ? "." : "";

	c += sprintf(c, ".visible .entry k%u(.param .u64 p)\n{\n"
		     ".shared .align 16 .b8 window[%u];\n.shared .align 16 .b8 second[%u];\n.local .align 16 .b8 mine[16];\n"
		     ".local .align 16 .b8 yours[16];\n"
		     ".reg .b64 %%p, %%a, %%b, %%o, %%t, %%l, %%s;\n.reg .b32 %%i, %%from, %%to, %%w<8>, %%m;\n"
		     ".reg .pred %%skip;\n.reg .%s %%x<4>;\n"
		     "ld.param.u64 %%p, [p];\nmov.u32 %%i, %%ctaid.x;\nmad.wide.u32 %%p, %%i, %zu, %%p;\n"
		     "mov.u32 %%i, %%tid.x;\n", n, THREADS * ITEM, THREADS * ITEM, kind->register_class,
		     sizeof(struct data));
	c += sprintf(c, "mad.wide.u32 %%t, %%i, 4, %%p;\nld.global.u32 %%from, [%%t+%zu];\n"
		     "ld.global.u32 %%to, [%%t+%zu];\nld.global.u32 %%m, [%%t+%zu];\n"
		     "setp.eq.u32 %%skip, %%m, 0;\n", offsetof(struct data, from),
		     offsetof(struct data, to), offsetof(struct data, runs));
	c += sprintf(c, "mad.wide.u32 %%o, %%i, 32, %%p;\nadd.u64 %%o, %%o, %zu;\n",
		     offsetof(struct data, out));
	if (shared)
		/* Each thread puts its own item into the window */
		c += sprintf(c, "mad.wide.u32 %%t, %%i, 16, %%p;\n"
			     "ld.global.v4.u32 {%%w0, %%w1, %%w2, %%w3}, [%%t];\n"
			     "mov.u32 %%w5, window;\nmad.lo.u32 %%w4, %%i, 16, %%w5;\n"
			     "st.shared.v4.u32 [%%w4], {%%w0, %%w1, %%w2, %%w3};\nbar.sync 0;\n"
			     "@%%skip bra AFTER;\nmad.lo.u32 %%w4, %%from, %u, %%w5;\n"
			     "ld.shared.%s%s %s, [%%w4];\n", bytes,
			     count == 1 ? "" : count == 2 ? "v2." : "v4.", kind->type, vector(count));
	else if (local)
		c += sprintf(c, "@%%skip bra AFTER;\nmad.wide.u32 %%t, %%from, %u, %%p;\n"
			     "mov.u64 %%l, mine;\n", bytes);
	else
		c += sprintf(c, "@%%skip bra AFTER;\nmad.wide.u32 %%t, %%from, %u, %%p;\n"
			     "ld%s%s.%s%s %s, [%%t];\n", bytes, prefix, space,
			     count == 1 ? "" : count == 2 ? "v2." : "v4.", kind->type, vector(count));
	if (local) {
		for (unsigned i = 0; i < bytes; i++)
			c += sprintf(c, "ld.global.u8 %%w0, [%%t+%u];\nst.local.u8 [mine+%u], %%w0;\n", i, i);
		c += sprintf(c, "ld.local.%s%s %s, [%%l];\n",
			     count == 1 ? "" : count == 2 ? "v2." : "v4.", kind->type, vector(count));
	}
	for (unsigned i = 0; i < count; i++)
		c += sprintf(c, "st.global.%s [%%o+%u], %%x%u;\n", wide, i * 8, i);
	/* Back */
	if (shared)
		c += sprintf(c, "mov.u32 %%w5, second;\nmad.lo.u32 %%w4, %%to, %u, %%w5;\n"
			     "st.shared.%s%s [%%w4], %s;\n", bytes,
			     count == 1 ? "" : count == 2 ? "v2." : "v4.", kind->type, vector(count));
	else if (local)
		c += sprintf(c, "cvta.local.u64 %%s, %%l;\nst.local.%s%s [yours], %s;\n"
			     "mad.wide.u32 %%b, %%to, %u, %%p;\n",
			     count == 1 ? "" : count == 2 ? "v2." : "v4.", kind->type, vector(count), bytes);
	else
		c += sprintf(c, "mad.wide.u32 %%b, %%to, %u, %%p;\nst%s%s.%s%s [%%b+%zu], %s;\n", bytes,
			     prefix, space, count == 1 ? "" : count == 2 ? "v2." : "v4.", kind->type,
			     offsetof(struct data, back), vector(count));
	for (unsigned i = 0; (shared || local) && i < bytes; i++)
		c += sprintf(c, shared ? "ld.shared.u8 %%w0, [%%w4+%u];\nmad.wide.u32 %%b, %%to, %u, %%p;\n"
			     "st.global.u8 [%%b+%zu], %%w0;\n" :
			     "ld.local.u8 %%w0, [yours+%u];\nmad.wide.u32 %%b, %%to, %u, %%p;\n"
			     "st.global.u8 [%%b+%zu], %%w0;\n", i, bytes, offsetof(struct data, back) + i);
	return c + sprintf(c, "AFTER:\nret;\n}\n");
}

static void fill(struct data *d, unsigned pattern, unsigned mask)
{
	for (unsigned i = 0; i < THREADS; i++) {
		uint32_t random = (uint32_t)random_bits();

		for (unsigned k = 0; k < ITEM; k++)
			d->in[i][k] = (uint8_t)random_bits();
		d->from[i] = pattern == 0 ? i : pattern == 1 ? 5 : pattern == 2 ? i / 2 * 2 :
				pattern == 3 ? THREADS - 1 - i : random % THREADS;
		d->to[i] = pattern == 0 ? i : THREADS - 1 - i;
		d->runs[i] = mask == 0 ? 1 : mask == 1 ? i % 3 != 0 : mask == 2 ? i % 32 > 13 : i == 40;
		memset(d->out[i], 0, sizeof(d->out[i]));
		memset(d->back[i], 0x55, sizeof(d->back[i]));
	}
}

/* What a register holds after a load */
static uint64_t loaded(const struct kind *kind, const uint8_t *from)
{
	uint64_t value = 0;
	unsigned shift = 64 - 8 * kind->bytes, width = 64 - 8 * kind->register_bytes;

	memcpy(&value, from, kind->bytes);
	if (kind->sign)
		value = (uint64_t)((int64_t)(value << shift) >> shift);
	return value << width >> width;
}

static void check_copy(const struct data *d, const struct kind *kind, unsigned count)
{
	unsigned bytes = kind->bytes * count;

	for (unsigned t = 0; t < THREADS; t++) {
		const uint8_t *from = &d->in[0][0] + d->from[t] * bytes;
		const uint8_t *back = &d->back[0][0] + d->to[t] * bytes;

		for (unsigned n = 0; n < count && d->runs[t]; n++)
			CHECK(d->out[t][n] == loaded(kind, from + n * kind->bytes));
		CHECK(!d->runs[t] || !memcmp(back, from, bytes));
		CHECK(d->runs[t] || !d->out[t][0]);
	}
}

/* In every space */
static void check_copies(const struct kind *kind, unsigned count)
{
	static char text[65536];
	struct gpu_program *program;
	char *c = stpcpy(text, gpu_head());

	for (unsigned i = 0; i < ARRAY_SIZE(spaces); i++)
		c = copy_kernel(c, kind, count, i);
	program = gpu_load(text);
	for (unsigned i = 0; i < ARRAY_SIZE(spaces); i++) {
		char entry[16];

		snprintf(entry, sizeof(entry), "k%u", i);
		for (unsigned round = 0; round < ROUNDS; round++)
			fill(&data[round], round % 5, round / 5);
		gpu_run_entry(program, entry, ROUNDS, THREADS, data, sizeof(data));
		for (unsigned round = 0; round < ROUNDS; round++)
			check_copy(&data[round], kind, count);
	}
	gpu_unload(program);
}

/* ---- parameters ---- */

/* Each kind is loaded from a place of its own in the second parameter, and stored as a register */
static void check_params(void)
{
	static char text[16384];
	uint64_t out[ARRAY_SIZE(kinds)] = { 0 };
	uint8_t extra[EXTRA_BYTES];
	struct gpu_program *program;
	char *c = text;

	c += sprintf(c, "%s.visible .entry k(.param .u64 p, .param .align 16 .b8 extra[%u])\n{\n"
		     ".reg .b64 %%p;\nld.param.u64 %%p, [p];\n", gpu_head(), EXTRA_BYTES);
	for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++) {
		const struct kind *kind = &kinds[k];

		c += sprintf(c, "{\n.reg .%s %%x;\nld.param.%s %%x, [extra+%u];\nst.global.b%u [%%p+%u], %%x;\n}\n",
			     kind->register_class, kind->type, k / 3 * 8 % EXTRA_BYTES,
			     kind->register_bytes * 8, k * 8);
	}
	strcpy(c, "ret;\n}\n");
	program = gpu_load(text);
	for (unsigned i = 0; i < EXTRA_BYTES; i++)
		extra[i] = (uint8_t)random_bits();
	gpu_launch(program, &(struct gpu_shape){ .grid = { 1, 1, 1 }, .block = { 1, 1, 1 }, .extra = extra }, out, sizeof(out));
	for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++)
		CHECK(out[k] == loaded(&kinds[k], extra + k / 3 * 8 % EXTRA_BYTES));
	gpu_unload(program);
}

/* ---- atomics ---- */

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

static void check_atomic(struct gpu_program *program, unsigned number, unsigned space, bool red)
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
			check_atomic(program, number, space, red);
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

/* ---- 128 bits ---- */

struct wide {
	uint64_t cell[2], other[2], b[2], c[2], out[5][2];
};

/*
 * Each thread has a struct of its own.  @1 is the space and @2 the address of a copy of its cell there:
 * loaded, stored to other, exchanged, compared.
 */
static const char wide_text[] =
	".shared .align 16 .b8 copy[1024];\n.visible .entry k(.param .u64 data)\n{\n"
	".reg .b64 %p, %a, %x, %y;\n.reg .b32 %t, %s;\n.reg .b128 %q<8>;\n.reg .b128 %one;\n"
	"ld.param.u64 %p, [data];\nmov.u32 %t, %tid.x;\nmad.wide.u32 %p, %t, 144, %p;\n"
	"mov.u32 %s, copy;\nmad.lo.u32 %s, %t, 16, %s;\ncvt.u64.u32 %a, %s;\ncvta.shared.u64 %a, %a;\n"
	"ld.global.b128 %q0, [%p];\nst.shared.b128 [%s], %q0;\n"
	"ld.global.v2.b64 {%x, %y}, [%p+32];\nmov.b128 %q1, {%x, %y};\nld.b128 %q2, [%p+48];\n"
	"ld.relaxed.gpu@1.b128 %q3, [@2];\nst.global.b128 [%p+64], %q3;\n"
	"st.release.sys.b128 [%p+16], %q3;\nld.volatile.global.b128 %one, [%p+16];\nmov.b128 {%y, %x}, %one;\n"
	"st.global.v2.u64 [%p+80], {%x, %y};\n@3"
	"ld.acquire.cta@1.b128 %q7, [@2];\nst.weak.global.b128 [%p+128], %q7;\nret;\n}\n";
static const char wide_atoms[] =
	"atom@1.exch.b128 %q4, [@2], %q1;\nst.global.b128 [%p+96], %q4;\n"
	"atom.acq_rel.gpu@1.cas.b128 %q5, [@2], %q1, %q2;\n"
	/* Not what is there any more */
	"atom@1.cas.b128 %q6, [@2], %q1, %q0;\nst.global.b128 [%p+112], %q6;\n";

/* @text with what stands for @1, @2 and @3 in its place */
static void put_together(char *to, const char *text, const char *const parts[3])
{
	for (; *text; text++) {
		if (*text != '@' || text[1] < '1' || text[1] > '3')
			*to++ = *text;
		else if (*++text == '3')
			put_together(to, parts[2], parts), to += strlen(to);
		else
			to = stpcpy(to, parts[*text - '1']);
	}
	*to = 0;
}

static void check_wide_space(const char *space, const char *address)
{
	const char *const parts[] = { space, address, gpu_has("atom.cas.b128") ? wide_atoms : "" };
	struct wide now[LANES], was[LANES];
	struct gpu_program *program;
	char text[8192];

	strcpy(text, gpu_head());
	put_together(text + strlen(text), wide_text, parts);
	program = gpu_load(text);
	for (size_t i = 0; i < sizeof(now) / 8; i++)
		((uint64_t *)now)[i] = random_bits();
	memcpy(was, now, sizeof(now));
	gpu_run(program, 1, LANES, now, sizeof(now));
	for (unsigned i = 0; i < LANES; i++) {
		const struct wide *d = &now[i], *w = &was[i];

		CHECK(!memcmp(d->out[0], w->cell, 16) && !memcmp(d->other, w->cell, 16));
		CHECK(d->out[1][0] == w->cell[1] && d->out[1][1] == w->cell[0]);
		CHECK(!memcmp(d->out[4], *parts[2] ? w->c : w->cell, 16));
		CHECK(!*parts[2] || (!memcmp(d->out[2], w->cell, 16) && !memcmp(d->out[3], w->c, 16)));
	}
	gpu_unload(program);
}

static void check_wide_accesses(void)
{
	check_wide_space(".global", "%p");
	check_wide_space(".shared", "%s");
	check_wide_space("", "%p");
	check_wide_space("", "%a");
}

unsigned check_memory(void)
{
	for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++)
		for (unsigned count = 1; count <= 4 && count * kinds[k].bytes <= 16; count *= 2)
			check_copies(&kinds[k], count);
	for (unsigned i = 0; i < ARRAY_SIZE(atomics); i++) {
		char name[32];

		snprintf(name, sizeof(name), "atom.%s", atomics[i].name);
		if (gpu_has(name))
			check_operation(i);
	}
	check_vector_atoms();
	check_wide_accesses();
	check_params();
	return wrong;
}
