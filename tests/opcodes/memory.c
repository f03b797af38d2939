/* SPDX-License-Identifier: MIT */
/*
 * ld and st of every space, type, vector length and register width, with contiguous, uniform,
 * strided, reversed and random addresses in whole and divergent warps; 128 bits at once; cache policies
 */
#include <stddef.h>

#include "tests/opcodes/gpu.h"

#define THREADS	160
#define ITEM	16		/* the largest vector */
#define LANES	32

/* ---- loads and stores ---- */

struct data {
	uint8_t in[THREADS][ITEM];
	uint32_t from[THREADS], to[THREADS], runs[THREADS];
	uint64_t out[THREADS][4];
	uint8_t back[THREADS][ITEM];
};

#define ROUNDS	20		/* each of them a block */

static struct data data[ROUNDS];

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

/* ---- cache policies ---- */

struct hinted {
	uint32_t in[4], out[4], red, old, atom, size, copied[4], part[4];
};

/* Ways to a policy %z for the thread's own struct at %p: what is stored and loaded is the same with all */
static const char *const policies[] = {
	"createpolicy.fractional.L2::evict_last.b64 %z;\n",
	"createpolicy.fractional.L2::evict_normal.b64 %z, 1.0;\n",
	"createpolicy.fractional.L2::evict_first.L2::evict_unchanged.b64 %z, 0.25;\n",
	"mov.f32 %f, 0f3F000000;\ncreatepolicy.fractional.L2::evict_unchanged.L2::evict_first.b64 %z, %f;\n",
	"createpolicy.range.L2::evict_last.b64 %z, [%p], 64, 128;\n",
	"createpolicy.range.global.L2::evict_first.L2::evict_unchanged.b64 %z, [%p+16], %n, %m;\n",
	/* cuda::access_property: normal, streaming */
	"createpolicy.cvt.L2.b64 %z, 0x10F0000000000000;\n",
	"mov.b64 %z, 0x12F0000000000000;\ncreatepolicy.cvt.L2.b64 %z, %z;\n",
};

static const char hinted_head[] =
	".shared .align 16 .b8 window%u[1024];\n.visible .entry k%u(.param .u64 data)\n{\n"
	".reg .b64 %%p, %%z;\n.reg .b32 %%s, %%n, %%m, %%w<4>;\n.reg .f32 %%f;\n"
	"ld.param.u64 %%p, [data];\nmov.u32 %%n, %%tid.x;\nmad.wide.u32 %%p, %%n, 80, %%p;\n"
	"mov.u32 %%s, window%u;\nmad.lo.u32 %%s, %%n, 32, %%s;\nmov.u32 %%n, 4096;\nmov.u32 %%m, 8192;\n";
static const char hinted_rest[] =
	"ld.global.L2::cache_hint.v4.u32 {%w0, %w1, %w2, %w3}, [%p], %z;\n"
	"st.global.L2::cache_hint.v2.u32 [%p+16], {%w3, %w2}, %z;\n"
	"ld.global.L1::evict_last.L2::cache_hint.L2::128B.u32 %w1, [%p+4], %z;\n"
	"st.global.L1::no_allocate.L2::cache_hint.u32 [%p+24], %w1, %z;\n"
	"st.global.L2::cache_hint.u32 [%p+28], 7, %z;\n"
	"red.global.add.L2::cache_hint.u32 [%p+32], %w0, %z;\n"
	"atom.global.add.L2::cache_hint.u32 %w1, [%p+40], %w0, %z;\nst.global.u32 [%p+36], %w1;\n"
	"ld.global.u32 %n, [%p+44];\ncp.async.cg.shared.global.L2::cache_hint [%s], [%p], 16, %z;\n"
	"cp.async.ca.shared.global.L2::cache_hint [%s+16], [%p], 16, %n, %z;\ncp.async.wait_all;\n"
	"ld.shared.v4.u32 {%w0, %w1, %w2, %w3}, [%s];\nst.global.v4.u32 [%p+48], {%w0, %w1, %w2, %w3};\n"
	"ld.shared.v4.u32 {%w0, %w1, %w2, %w3}, [%s+16];\nst.global.v4.u32 [%p+64], {%w0, %w1, %w2, %w3};\n"
	"ret;\n}\n";

static void check_hinted(const struct hinted *now, const struct hinted *was)
{
	uint32_t part[4] = { 0 };

	memcpy(part, was->in, was->size);
	CHECK(now->out[0] == was->in[3] && now->out[1] == was->in[2]);
	CHECK(now->out[2] == was->in[1] && now->out[3] == 7);
	CHECK(now->red == was->red + was->in[0]);
	CHECK(now->old == was->atom && now->atom == was->atom + was->in[0]);
	CHECK(!memcmp(now->copied, was->in, sizeof(now->copied)));
	CHECK(!memcmp(now->part, part, sizeof(part)));
}

static void check_policies(void)
{
	struct hinted now[LANES], was[LANES];
	struct gpu_program *program;
	char text[32768], *c = stpcpy(text, gpu_head());

	for (unsigned i = 0; i < ARRAY_SIZE(policies); i++) {
		c += sprintf(c, hinted_head, i, i, i);
		c = stpcpy(stpcpy(c, policies[i]), hinted_rest);
	}
	program = gpu_load(text);
	for (unsigned i = 0; i < ARRAY_SIZE(policies); i++) {
		char entry[16];

		snprintf(entry, sizeof(entry), "k%u", i);
		for (size_t n = 0; n < sizeof(was) / 4; n++)
			((uint32_t *)was)[n] = (uint32_t)random_bits();
		for (unsigned n = 0; n < LANES; n++)
			was[n].size %= 17;
		memcpy(now, was, sizeof(now));
		gpu_run_entry(program, entry, 1, LANES, now, sizeof(now));
		for (unsigned n = 0; n < LANES; n++)
			check_hinted(&now[n], &was[n]);
	}
	gpu_unload(program);
}

unsigned check_memory(void)
{
	for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++)
		for (unsigned count = 1; count <= 4 && count * kinds[k].bytes <= 16; count *= 2)
			check_copies(&kinds[k], count);
	check_wide_accesses();
	check_params();
	if (gpu_has("createpolicy.*"))
		check_policies();
	return 0;
}
