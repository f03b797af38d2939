/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * ld and st of every space, type, vector length and register width, with contiguous, uniform,
 * strided, reversed and random addresses in whole and divergent warps; atom and red of every
 * operation against C, lane after lane
 */
#include <stddef.h>

#include "softgpu_engine.h"

#define HEAD	".version 8.7\n.target sm_90\n.address_size 64\n"
#define THREADS	160
#define ITEM	16		/* the largest vector */

/* ---- loads and stores ---- */

struct data {
	uint8_t in[THREADS][ITEM];
	uint32_t from[THREADS], to[THREADS], runs[THREADS];
	uint64_t out[THREADS][4];
	uint8_t back[THREADS][ITEM];
};

static struct data *data;

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

static const char *const spaces[] = { "global", "shared", "local", "" };

/* The operand {%x0, %x1}, or %x0 */
static const char *vector(unsigned count)
{
	return count == 1 ? "%x0" : count == 2 ? "{%x0, %x1}" : "{%x0, %x1, %x2, %x3}";
}

/*
 * in[from] is copied to the space by plain bytes, loaded from there, stored to out as a whole
 * register, and stored back to back[to] through the space.
 */
static struct program *copy_kernel(const struct kind *kind, unsigned count, const char *space)
{
	bool shared = !strcmp(space, "shared"), local = !strcmp(space, "local");
	const char *wide = kind->register_bytes == 2 ? "b16" : kind->register_bytes == 4 ? "b32" : "b64";
	unsigned bytes = kind->bytes * count;
	char text[8192], *c = text;
	const char *prefix = *space ? "." : "";

	c += sprintf(c, HEAD ".shared .align 16 .b8 window[%u];\n.shared .align 16 .b8 second[%u];\n"
		     ".visible .entry k(.param .u64 p)\n{\n.local .align 16 .b8 mine[16];\n"
		     ".local .align 16 .b8 yours[16];\n"
		     ".reg .b64 %%p, %%a, %%b, %%o, %%t, %%l, %%s;\n.reg .b32 %%i, %%from, %%to, %%w<8>, %%m;\n"
		     ".reg .pred %%skip;\n.reg .%s %%x<4>;\n"
		     "ld.param.u64 %%p, [p];\nmov.u32 %%i, %%tid.x;\n", THREADS * ITEM, THREADS * ITEM,
		     kind->register_class);
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
	sprintf(c, "AFTER:\nret;\n}\n");
	return program_from(text);
}

static void fill(unsigned pattern, unsigned mask)
{
	for (unsigned i = 0; i < THREADS; i++) {
		uint32_t random = (uint32_t)random64();

		for (unsigned k = 0; k < ITEM; k++)
			data->in[i][k] = (uint8_t)random64();
		data->from[i] = pattern == 0 ? i : pattern == 1 ? 5 : pattern == 2 ? i / 2 * 2 :
				pattern == 3 ? THREADS - 1 - i : random % THREADS;
		data->to[i] = pattern == 0 ? i : THREADS - 1 - i;
		data->runs[i] = mask == 0 ? 1 : mask == 1 ? i % 3 != 0 : mask == 2 ? i % 32 > 13 : i == 40;
		memset(data->out[i], 0, sizeof(data->out[i]));
		memset(data->back[i], 0x55, sizeof(data->back[i]));
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

static void check_copies(const struct kind *kind, unsigned count, const char *space)
{
	struct program *program = copy_kernel(kind, count, space);
	void *pointers[] = { data };
	unsigned bytes = kind->bytes * count;

	for (unsigned i = 0; i < 20; i++) {
		fill(i % 5, i / 5);
		run_ok(program, 1, THREADS, pointers, 1);
		for (unsigned t = 0; t < THREADS; t++) {
			const uint8_t *from = &data->in[0][0] + data->from[t] * bytes;
			const uint8_t *back = &data->back[0][0] + data->to[t] * bytes;

			for (unsigned n = 0; n < count && data->runs[t]; n++)
				CHECK(data->out[t][n] == loaded(kind, from + n * kind->bytes));
			CHECK(!data->runs[t] || !memcmp(back, from, bytes));
			CHECK(data->runs[t] || !data->out[t][0]);
		}
	}
	program_destroy(program);
}

/* ---- parameters of kernels, of every type ---- */

static void check_params(void)
{
	static const char text[] = HEAD
		".visible .entry k(.param .u64 p, .param .u8 a, .param .s16 b, .param .align 8 .b8 c[16])\n{\n"
		".reg .b64 %p, %q, %s;\n.reg .b32 %a, %b, %c, %d;\n.reg .b16 %h;\n"
		"ld.param.u64 %p, [p];\nld.param.s8 %h, [a];\nst.global.b16 [%p], %h;\nld.param.s8 %a, [a];\n"
		"st.global.b32 [%p+4], %a;\nld.param.s16 %q, [b];\nst.global.b64 [%p+8], %q;\n"
		"ld.param.v2.u32 {%c, %d}, [c+8];\nst.global.v2.b32 [%p+16], {%d, %c};\n"
		"mov.b64 %s, c;\ncvta.param.u64 %s, %s;\nld.u64 %q, [%s];\nst.global.u64 [%p+24], %q;\nret;\n}\n";
	struct program *program = program_from(text);
	struct kernel *kernel = program_kernel(program, "k");
	struct {
		void *p;
		uint8_t a;
		int16_t b;
		uint64_t c[2];
	} params = { data, 0x85, -77, { 0x1122334455667788, 0x99aabbccddeeff00 } };
	struct launch launch = {
		.engine = &engine, .kernel = kernel, .grid = { 1, 1, 1 }, .block = { 1, 1, 1 },
		.params = &params, .params_bytes = sizeof(params),
	};
	struct kernel_info info;
	uint64_t *out = (uint64_t *)data;

	kernel_info(kernel, &info);
	CHECK(info.param_count == 4 && info.param_bytes == 32 && info.params[2].offset == 10);
	CHECK(launch_run(&launch, NULL) == CUDA_SUCCESS);
	CHECK((uint16_t)out[0] == 0xff85 && out[0] >> 32 == 0xffffff85);
	CHECK(out[1] == (uint64_t)-77 && out[2] == 0xddeeff0099aabbcc && out[3] == params.c[0]);
	launch.params_bytes = 31;
	CHECK(launch_run(&launch, NULL) == CUDA_ERROR_INVALID_VALUE);
	program_destroy(program);
}

/* ---- atomics ---- */

static uint32_t f32_add(uint64_t x, uint64_t y)
{
	uint32_t a = (uint32_t)x, b = (uint32_t)y;
	float p, q;

	memcpy(&p, &a, 4);
	memcpy(&q, &b, 4);
	p += q;
	memcpy(&a, &p, 4);
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

#define U(x)	((uint32_t)(x))
#define S(x)	((int32_t)(x))
#define L(x)	((int64_t)(x))

/* What memory becomes when it holds o and the operands are b and c */
#define ATOMICS(X)								\
	X("add.u32", 4, o + b) X("add.s32", 4, o + b) X("add.u64", 8, o + b) X("add.s64", 8, o + b)	\
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
	X("add.f32", 4, f32_add(o, b)) X("add.f64", 8, f64_add(o, b))

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

#define CELLS	4
#define LANES	32

struct cells {
	uint64_t cell[CELLS], b[LANES], c[LANES], which[LANES], old[LANES];
};

static uint64_t cut(uint64_t x, unsigned bytes)
{
	return bytes == 8 ? x : x & ((1ull << 8 * bytes) - 1);
}

/* space: 0 global, 1 shared, 2 generic to global, 3 generic to shared */
static struct program *atom_kernel(unsigned number, unsigned space, bool red)
{
	unsigned bytes = atomics[number].bytes;
	const char *cls = bytes == 8 ? "b64" : bytes == 4 ? "b32" : "b16";
	bool cas = !strncmp(atomics[number].name, "cas", 3), shared = space & 1;
	char text[4096], *c = text;

	c += sprintf(c, HEAD ".shared .align 8 .u64 window[%u];\n.visible .entry k(.param .u64 p)\n{\n"
		     ".reg .b64 %%p, %%q, %%a, %%t, %%v;\n.reg .b32 %%i, %%s;\n.reg .%s %%b, %%c, %%d;\n"
		     ".reg .pred %%z;\n"
		     "ld.param.u64 %%p, [p];\nmov.u32 %%i, %%tid.x;\nmad.wide.u32 %%q, %%i, 8, %%p;\n"
		     "setp.ge.u32 %%z, %%i, %u;\nmov.u32 %%s, window;\ncvt.u64.u32 %%t, %%s;\n"
		     "mad.wide.u32 %%a, %%i, 8, %%t;\n@%%z bra READY;\nld.global.u64 %%v, [%%q];\n"
		     "st.shared.u64 [%%a], %%v;\nREADY:\nbar.sync 0;\n", CELLS, cls, CELLS);
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
	sprintf(c, "ret;\n}\n");
	return program_from(text);
}

static void check_atomic(unsigned number, unsigned space, bool red)
{
	struct program *program = atom_kernel(number, space, red);
	unsigned bytes = atomics[number].bytes;
	struct cells *cells = device_memory(sizeof(*cells)), before;
	void *pointers[] = { cells };

	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = 0; i < LANES; i++) {
			bool small = random64() & 1;

			cells->cell[i % CELLS] = small ? random64() & 3 : random64();
			cells->b[i] = cut(small ? random64() & 3 : random64(), bytes);
			cells->c[i] = cut(random64(), bytes);
			cells->which[i] = round ? random64() % CELLS : 2;
			cells->old[i] = 0;
		}
		before = *cells;
		run_ok(program, 1, LANES, pointers, 1);
		for (unsigned i = 0; i < LANES; i++) {
			uint64_t *cell = &before.cell[before.which[i]], old = cut(*cell, bytes);
			uint64_t new = cut(apply(number, old, before.b[i], before.c[i]), bytes);

			CHECK(red || cells->old[i] == old);
			*cell = (*cell & ~cut(~0ull, bytes)) | new;
		}
		CHECK(!memcmp(before.cell, cells->cell, sizeof(before.cell)));
	}
	program_destroy(program);
	device_release(cells);
}

/* Each element is added apart; destinations are sources of the other element */
static void check_vector_atoms(void)
{
	static const char text[] = ".version 8.7\n.target sm_90\n.address_size 64\n"
		".visible .entry k(.param .u64 data)\n{\n.reg .b64 %p;\n.reg .f32 %f<5>;\n.reg .b32 %r<3>;\n"
		"ld.param.u64 %p, [data];\nmov.f32 %f1, 0f3F800000;\nmov.f32 %f2, 0f40000000;\n"
		"atom.global.add.v2.f32 {%f2, %f1}, [%p], {%f1, %f2};\n"
		"red.global.add.v4.f32 [%p+16], {%f1, %f2, %f1, 0f40400000};\n"
		"mov.b32 %r1, 0x40003C00;\natom.global.add.noftz.v2.f16x2 {%r1, %r2}, [%p+32], {%r1, %r1};\n"
		"st.global.v2.u32 [%p+40], {%r1, %r2};\nst.global.v2.f32 [%p+8], {%f1, %f2};\nret;\n}\n";
	float *floats = device_memory(64);
	uint32_t *words = (uint32_t *)floats;
	struct program *program = program_from(text);
	void *pointers[] = { floats };

	floats[0] = 10;
	floats[1] = 20;
	words[8] = 0x3C003C00;
	run_ok(program, 1, 1, pointers, 1);
	CHECK(floats[0] == 11 && floats[1] == 22 && floats[2] == 20 && floats[3] == 10);
	CHECK(floats[4] == 20 && floats[5] == 10 && floats[6] == 20 && floats[7] == 3);
	/* (1, 1) + (1, 2) and (0, 0) + (1, 2) in halves, low first */
	CHECK(words[8] == 0x42004000 && words[9] == 0x40003C00);
	CHECK(words[10] == 0x3C003C00 && words[11] == 0);
	program_destroy(program);
	device_release(floats);
}

int main(void)
{
	both_instruction_sets();
	engine_begin();
	data = device_memory(sizeof(*data));
	for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (unsigned count = 1; count <= 4 && count * kinds[k].bytes <= 16; count *= 2)
			for (unsigned space = 0; space < 4; space++)
				check_copies(&kinds[k], count, spaces[space]);
	check_params();
	for (unsigned i = 0; i < sizeof(atomics) / sizeof(atomics[0]); i++) {
		for (unsigned space = 0; space < 4; space++) {
			check_atomic(i, space, false);
			if (strncmp(atomics[i].name, "cas", 3) && strncmp(atomics[i].name, "exch", 4))
				check_atomic(i, space, true);
		}
	}
	device_release(data);
	check_vector_atoms();
	engine_fini(&engine);
	return 0;
}
