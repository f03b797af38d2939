/* SPDX-License-Identifier: MIT */
/*
 * ldmatrix, stmatrix and movmatrix of random elements against the PTX ISA's picture of a fragment, with
 * rows anywhere in shared memory, by its own and by generic addresses, in several warps
 */
#include "tests/opcodes/gpu.h"

#define LANES	32
#define WARPS	3
#define THREADS	(WARPS * LANES)
#define ROWS	64	/* of 16 bytes, each warp's shared memory */

/* Per thread: the number of the row that it names, its registers before and after; two rows of its warp's memory */
struct thread {
	uint32_t row, unused[3], before[4], after[4];
	uint16_t rows[2][8];
};

static struct thread threads[THREADS], old[THREADS];

/* Thread i's two rows of memory are its warp's rows 2 * i and 2 * i + 1 */
static const char head[] =
	".shared .align 16 .b8 window[3072];\n.visible .entry k(.param .u64 data)\n{\n"
	".reg .b64 %p, %g;\n.reg .b32 %t, %w, %s, %a, %r<4>, %d<4>, %x<4>;\n.reg .pred %q;\n"
	"ld.param.u64 %p, [data];\nmov.u32 %t, %tid.x;\nmad.wide.u32 %p, %t, 80, %p;\n"
	"mov.u32 %s, window;\nshr.u32 %w, %t, 5;\nmad.lo.u32 %w, %w, 1024, %s;\nmad.lo.u32 %s, %t, 32, %s;\n"
	"ld.global.v4.u32 {%x0, %x1, %x2, %x3}, [%p+48];\nst.shared.v4.u32 [%s], {%x0, %x1, %x2, %x3};\n"
	"ld.global.v4.u32 {%x0, %x1, %x2, %x3}, [%p+64];\nst.shared.v4.u32 [%s+16], {%x0, %x1, %x2, %x3};\n"
	"ld.global.u32 %a, [%p];\nmad.lo.u32 %a, %a, 16, %w;\n"
	"cvt.u64.u32 %g, %a;\ncvta.shared.u64 %g, %g;\n"
	"ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%p+16];\nmov.u32 %d0, 5;\nmov.u32 %d1, 5;\n"
	"mov.u32 %d2, 5;\nmov.u32 %d3, 5;\nsetp.ne.u32 %q, %t, 1000;\nbar.sync 0;\n";
static const char tail[] =
	"\nbar.sync 0;\nst.global.v4.u32 [%p+32], {%d0, %d1, %d2, %d3};\n"
	"ld.shared.v4.u32 {%x0, %x1, %x2, %x3}, [%s];\nst.global.v4.u32 [%p+48], {%x0, %x1, %x2, %x3};\n"
	"ld.shared.v4.u32 {%x0, %x1, %x2, %x3}, [%s+16];\nst.global.v4.u32 [%p+64], {%x0, %x1, %x2, %x3};\nret;\n}\n";

/* In each warp, random rows with random elements; no row is named twice */
static void fill(void)
{
	for (unsigned i = 0; i < THREADS; i++) {
		unsigned char *bytes = (unsigned char *)&threads[i];

		for (unsigned k = 0; k < sizeof(threads[i]); k++)
			bytes[k] = (unsigned char)random_bits();
		threads[i].row = i % LANES * 2 + (random_bits() & 1);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		struct thread *other = &threads[i / LANES * LANES + random_bits() % LANES];
		uint32_t row = other->row;

		other->row = threads[i].row;
		threads[i].row = row;
	}
	memcpy(old, threads, sizeof(old));
}

static void run(const char *instruction)
{
	char text[4096];
	struct gpu_program *program;

	snprintf(text, sizeof(text), "%s%s%s%s", gpu_head(), head, instruction, tail);
	program = gpu_load(text);
	fill();
	gpu_run(program, 1, THREADS, threads, sizeof(threads));
	gpu_unload(program);
}

/* Row @r of matrix @m of warp @w: where lane 8 * m + r says */
static uint16_t *row_of(struct thread *all, unsigned w, unsigned m, unsigned r)
{
	unsigned row = old[w * LANES + 8 * m + r].row;

	return all[w * LANES + row / 2].rows[row % 2];
}

/* The element at @row and @column of warp @w's matrix @m in registers, before; result(): and after */
static uint16_t element(const struct thread *all, unsigned w, unsigned m, unsigned row, unsigned column)
{
	uint32_t pair = all[w * LANES + row * 4 + column / 2].before[m];

	return (uint16_t)(column % 2 ? pair >> 16 : pair);
}

static uint16_t result(unsigned w, unsigned m, unsigned row, unsigned column)
{
	uint32_t pair = threads[w * LANES + row * 4 + column / 2].after[m];

	return (uint16_t)(column % 2 ? pair >> 16 : pair);
}

#define EACH_ELEMENT(w, m, count, row, column)					\
	for (unsigned w = 0; w < WARPS; w++)					\
		for (unsigned m = 0; m < (count); m++)				\
			for (unsigned row = 0; row < 8; row++)			\
				for (unsigned column = 0; column < 8; column++)

static void check_loaded(unsigned count, bool trans)
{
	EACH_ELEMENT(w, m, count, row, column)
		CHECK(result(w, m, row, column) ==
		      (trans ? row_of(old, w, m, column)[row] : row_of(old, w, m, row)[column]));
	for (unsigned i = 0; i < THREADS; i++) {
		CHECK(!memcmp(threads[i].rows, old[i].rows, sizeof(old[i].rows)));
		for (unsigned m = count; m < 4; m++)
			CHECK(threads[i].after[m] == 5);
	}
}

/* Every other row of memory is what it was */
static void check_stored(unsigned count, bool trans)
{
	EACH_ELEMENT(w, m, count, row, column)
		row_of(old, w, m, row)[column] = trans ? element(old, w, m, column, row) :
							 element(old, w, m, row, column);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK(!memcmp(threads[i].rows, old[i].rows, sizeof(old[i].rows)));
}

static const struct {
	const char *num, *loaded, *stored;
	unsigned count;
} shapes[] = {
	{ "x1", "{%d0}", "{%r0}", 1 }, { "x2", "{%d0, %d1}", "{%r0, %r1}", 2 },
	{ "x4", "{%d0, %d1, %d2, %d3}", "{%r0, %r1, %r2, %r3}", 4 },
};

static const struct {
	const char *guard, *space, *address;
} ways[] = {
	{ "", ".shared", "[%a]" }, { "@%q ", ".shared::cta", "[%a]" }, { "", "", "[%g]" },
};

static void check_shape(unsigned n, unsigned way, bool trans)
{
	const char *space = ways[way].space, *address = ways[way].address, *turn = trans ? ".trans" : "";
	char text[200];

	snprintf(text, sizeof(text), "%sldmatrix.sync.aligned.m8n8.%s%s%s.b16 %s, %s;", ways[way].guard,
		 shapes[n].num, turn, space, shapes[n].loaded, address);
	run(text);
	check_loaded(shapes[n].count, trans);
	if (!gpu_has("stmatrix"))
		return;
	snprintf(text, sizeof(text), "%sstmatrix.sync.aligned.m8n8.%s%s%s.b16 %s, %s;", ways[way].guard,
		 shapes[n].num, turn, space, address, shapes[n].stored);
	run(text);
	check_stored(shapes[n].count, trans);
}

/* From 8.0 on the address in a lane that has no row to name says nothing */
static void check_idle_addresses(void)
{
	run("and.b32 %x0, %t, 16;\nshl.b32 %x0, %x0, 20;\nadd.u32 %a, %a, %x0;\n"
	    "ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%d0, %d1}, [%a];");
	check_loaded(2, false);
}

/* Into the registers of the addresses and of the sources; the offset of the address is the row before */
static void check_registers(void)
{
	run("add.u32 %a, %a, 16;\nldmatrix.sync.aligned.m8n8.x1.shared.b16 {%a}, [%a+-16];\nmov.u32 %d0, %a;");
	check_loaded(1, false);
	run("movmatrix.sync.aligned.m8n8.trans.b16 %r0, %r0;\nmov.u32 %d0, %r0;");
	EACH_ELEMENT(w, m, 1, row, column)
		CHECK(result(w, m, row, column) == element(old, w, m, column, row));
}

static void check_movmatrix(void)
{
	run("movmatrix.sync.aligned.m8n8.trans.b16 %d0, %r0;\n@%q movmatrix.sync.aligned.m8n8.trans.b16 %d1, %r1;");
	EACH_ELEMENT(w, m, 2, row, column)
		CHECK(result(w, m, row, column) == element(old, w, m, column, row));
}

unsigned check_matrix(void)
{
	_Static_assert(sizeof(struct thread) == 80, "as the kernel has it");

	for (unsigned n = 0; n < ARRAY_SIZE(shapes); n++)
		for (unsigned way = 0; way < ARRAY_SIZE(ways); way++)
			for (unsigned trans = 0; trans < 2; trans++)
				check_shape(n, way, trans);
	if (gpu_capability() > 75)
		check_idle_addresses();
	check_registers();
	check_movmatrix();
	return 0;
}
