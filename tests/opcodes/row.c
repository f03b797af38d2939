/* SPDX-License-Identifier: MIT */
/*
 * row.c - rows are checked by the dozen: one kernel, each row a block of it with registers of its own
 *
 * A module is refused as a whole.  If one is, its halves are tried, until the row is found.
 */
#include "tests/opcodes/row.h"

#define THREADS		992	/* not a multiple of the block */
#define BLOCK_THREADS	96
#define BATCH		16
#define TEXT_BYTES	(BATCH * 2048)

/* Operands, then the result */
typedef uint64_t case_data[4];

static struct row batch[BATCH];
static unsigned batched;
static unsigned checked, wrong, skipped;

static const char *sources(const struct row *row)
{
	return strchr(row->signature, '=') + 1;
}

/* ---- operands ---- */

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
	uint64_t r = random_bits(), pick = random_bits();

	switch (letter) {
	case 'f':
		if (pick % 4 == 0)
			return floats[r % ARRAY_SIZE(floats)];
		if (pick % 4 == 1)	/* near 1, so that sums do something */
			return (r & 0x80ffffff) | 0x3f000000;
		return (uint32_t)r;
	case 'd':
		if (pick % 4 == 0)
			return doubles[r % ARRAY_SIZE(doubles)];
		if (pick % 4 == 1)
			return (r & 0x801fffffffffffff) | 0x3fe0000000000000;
		return r;
	case 'h':
		r = pick % 4 ? r : halves[r % ARRAY_SIZE(halves)];
		return pick % 4 == 1 ? (uint16_t)corners[r % ARRAY_SIZE(corners)] : (uint16_t)r;
	case 'w':
		return (uint32_t)(pick % 3 ? r : corners[r % ARRAY_SIZE(corners)]);
	case 'p':
		return r & 1;
	default:
		return pick % 3 ? r : corners[r % ARRAY_SIZE(corners)];
	}
}

static void fill_operands(case_data *data, const struct row *row)
{
	for (unsigned i = 0; i < THREADS; i++)
		for (unsigned n = 0; sources(row)[n]; n++)
			data[i][n] = random_operand(sources(row)[n]);
}

/* ---- the kernel ---- */

static const char *class_of(char letter)
{
	return letter == 'h' ? "b16" : letter == 'w' ? "b32" : letter == 'f' ? "f32" :
	       letter == 'd' ? "f64" : letter == 'p' ? "pred" : "b64";
}

/* One row: its operands lie at @offset behind the thread's first */
static void print_row(FILE *out, const struct row *row, size_t offset)
{
	char result = row->signature[0];
	const char *from = sources(row);

	fprintf(out, "{\n.reg .b64 %%t;\n.reg .%s %%d;\n", class_of(result));
	for (unsigned i = 0; from[i]; i++) {
		fprintf(out, ".reg .%s %%%c;\n", class_of(from[i]), 'a' + (int)i);
		if (from[i] == 'p')
			fprintf(out, "ld.global.u64 %%t, [%%base+%zu];\nsetp.ne.u64 %%%c, %%t, 0;\n",
				offset + i * 8, 'a' + (int)i);
		else
			fprintf(out, "ld.global.%s %%%c, [%%base+%zu];\n", class_of(from[i]),
				'a' + (int)i, offset + i * 8);
	}
	fputs(row->instruction, out);
	if (!strstr(row->instruction, "%d")) {
		fprintf(out, " %%d");
		for (unsigned i = 0; from[i]; i++)
			fprintf(out, ", %%%c", 'a' + (int)i);
		fputc(';', out);
	}
	if (result == 'p')
		fprintf(out, "\nselp.u64 %%t, 1, 0, %%d;\nst.global.u64 [%%base+%zu], %%t;\n}\n", offset + 24);
	else
		fprintf(out, "\nst.global.%s [%%base+%zu], %%d;\n}\n", class_of(result), offset + 24);
}

static void print_kernel(char *text, size_t size, const struct row *rows, unsigned count)
{
	FILE *out = fmemopen(text, size, "w");

	CHECK(out);
	fprintf(out, "%s.visible .entry k(.param .u64 data)\n{\n"
		".reg .b64 %%base;\n.reg .b32 %%thread, %%block, %%size;\n.reg .pred %%none;\n"
		"mov.u32 %%block, %%ctaid.x;\nmov.u32 %%size, %%ntid.x;\nmov.u32 %%thread, %%tid.x;\n"
		"mad.lo.u32 %%thread, %%block, %%size, %%thread;\n"
		"setp.ge.u32 %%none, %%thread, %u;\n@%%none ret;\n"
		"ld.param.u64 %%base, [data];\nmad.wide.u32 %%base, %%thread, 32, %%base;\n",
		gpu_head(), THREADS);
	for (unsigned i = 0; i < count; i++)
		print_row(out, &rows[i], i * THREADS * sizeof(case_data));
	fputs("ret;\n}\n", out);
	CHECK(!ferror(out) && ftell(out) < (long)size - 1);
	fclose(out);
}

/* ---- checking ---- */

static void compare(const struct row *row, case_data *data)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		uint64_t expected = row->reference(row, data[i][0], data[i][1], data[i][2]);
		uint64_t got = data[i][3];

		if (got == expected || (row->same && row->same(row, data[i], got, expected)))
			continue;
		if (bad++ < 3)
			fprintf(stderr, "%s(0x%llx, 0x%llx, 0x%llx) = 0x%llx, expected 0x%llx\n",
				row->instruction, (unsigned long long)data[i][0],
				(unsigned long long)data[i][1], (unsigned long long)data[i][2],
				(unsigned long long)got, (unsigned long long)expected);
	}
	if (bad)
		fprintf(stderr, "%s: %u of %u results are wrong\n", row->instruction, bad, THREADS);
	wrong += bad != 0;
}

static void run_rows(struct gpu_program *program, const struct row *rows, unsigned count)
{
	size_t bytes = count * THREADS * sizeof(case_data);
	case_data *data = calloc(1, bytes);

	CHECK(data);
	for (unsigned i = 0; i < count; i++)
		fill_operands(data + i * THREADS, &rows[i]);
	gpu_run(program, (THREADS + BLOCK_THREADS - 1) / BLOCK_THREADS, BLOCK_THREADS, data, bytes);
	for (unsigned i = 0; i < count; i++)
		compare(&rows[i], data + i * THREADS);
	free(data);
}

static void check_rows(const struct row *rows, unsigned count)
{
	static char text[TEXT_BYTES];
	struct gpu_program *program;
	char log[2048] = "";

	print_kernel(text, sizeof(text), rows, count);
	program = gpu_try(text, log, sizeof(log));
	if (program) {
		run_rows(program, rows, count);
		gpu_unload(program);
	} else if (count == 1) {
		fprintf(stderr, "%s is refused: %s\n", rows->instruction, log);
		wrong++;
	} else {
		check_rows(rows, count / 2);
		check_rows(rows + count / 2, count - count / 2);
	}
}

static void check_batch(void)
{
	if (batched)
		check_rows(batch, batched);
	for (unsigned i = 0; i < batched; i++) {
		free((void *)batch[i].instruction);
		free((void *)batch[i].signature);
		free((void *)batch[i].how);
	}
	batched = 0;
}

void row_check(const struct row *row)
{
	struct row *copy = &batch[batched];
	void *how = NULL;

	checked++;
	if (!gpu_has(row->instruction)) {
		skipped++;
		return;
	}
	*copy = *row;
	copy->instruction = strdup(row->instruction);
	copy->signature = strdup(row->signature);
	if (row->how_bytes) {
		how = malloc(row->how_bytes);
		CHECK(how);
		memcpy(how, row->how, row->how_bytes);
	}
	copy->how = how;
	CHECK(copy->instruction && copy->signature);
	if (++batched == BATCH)
		check_batch();
}

unsigned rows_end(const char *what)
{
	unsigned bad;

	check_batch();
	/* How many the GPU is too old for differs between GPUs: not on stdout */
	fprintf(stderr, "%s: %u instructions skipped\n", what, skipped);
	printf("%s: %u instructions, %u wrong\n", what, checked, wrong);
	bad = wrong;
	checked = wrong = skipped = 0;
	return bad;
}
