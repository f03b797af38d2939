/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * softgpu_decode.c - how long softgpu takes from PTX to kernels that run
 *
 *     build/release/bench/softgpu_decode FILE.ptx [ROUNDS [LEAST]]
 *
 * For each kernel of LEAST instructions or more, those of all that it calls included: parsing a text that
 * has no other kernel, decoding, and both; the fastest of ROUNDS by the clock.  The file is one that
 * nvcc made: variables stand before kernels.
 *
 *     make bench && build/release/bench/softgpu_decode build/release/bench/thrust_algorithms.ptx 20 2000
 */
#include "softgpu/program_link.h"
#include "tests/unit/softgpu_engine.h"

/* struct cost - milliseconds */
struct cost {
	double parse, decode;
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file || getdelim(&text, &size, 0, file) < 0) {
		perror(path);
		exit(1);
	}
	fclose(file);
	return text;
}

static unsigned instructions(const struct ptx_function *f)
{
	unsigned count = 0;

	for (const struct ptx_statement *s = f->body; s; s = s->next)
		count += s->kind == STATEMENT_INSTR;
	return count;
}

/* All functions that were decoded for @kernel */
static unsigned instructions_of(const struct kernel *kernel)
{
	const struct program *program = kernel->program;
	unsigned count = 0;

	for (unsigned i = 0; i < program->function_count; i++)
		if (kernel->functions[i])
			count += instructions(program->functions[i]->function);
	return count;
}

/* @text without all kernels but @name, each from its first line to the next function; to be freed */
static char *text_with(const char *text, const char *name)
{
	char *out = malloc(strlen(text) + 1), *at = out;
	size_t length = strlen(name);
	bool skip = false;

	CHECK(out);
	while (*text) {
		size_t bytes = strcspn(text, "\n") + 1;
		const char *entry = memmem(text, bytes, ".entry ", 7);

		if (entry)
			skip = strncmp(entry + 7, name, length) || entry[7 + length] != '(';
		else if (memmem(text, bytes, ".func ", 6))
			skip = false;
		if (!skip)
			at = mempcpy(at, text, bytes);
		text += bytes;
	}
	*at = 0;
	return out;
}

static unsigned measure_once(const char *text, const char *name, struct cost *cost)
{
	double begin = seconds(), parsed, decoded;
	struct program *program = program_from(text);
	struct kernel *kernel;
	unsigned count;
	char log[512];

	parsed = seconds();
	kernel = program_kernel(program, name);
	if (kernel_prepare(kernel, log, sizeof(log)) != CUDA_SUCCESS) {
		fprintf(stderr, "%s\n", log);
		exit(1);
	}
	decoded = seconds();
	if (decoded - begin < (cost->parse + cost->decode) / 1e3) {
		cost->parse = (parsed - begin) * 1e3;
		cost->decode = (decoded - parsed) * 1e3;
	}
	count = instructions_of(kernel);
	program_destroy(program);
	return count;
}

static void measure(const char *text, const char *name, unsigned rounds, unsigned least)
{
	struct cost cost = { INFINITY, 0 };
	char *own = text_with(text, name);
	unsigned count = measure_once(own, name, &cost);

	for (unsigned i = 1; i < rounds && count >= least; i++)
		measure_once(own, name, &cost);
	if (count >= least)
		printf("%12u %8.3f %9.3f %8.3f  %s\n", count, cost.parse, cost.decode, cost.parse + cost.decode,
		       name);
	free(own);
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 20, least = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
	struct program *program;
	char *text;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE.ptx [ROUNDS [LEAST]]\n", argv[0]);
		return 1;
	}
	text = read_file(argv[1]);
	engine_begin();
	program = program_from(text);
	printf("%12s %8s %9s %8s\n", "instructions", "parse ms", "decode ms", "both ms");
	for (const struct ptx_function *f = program->modules[0]->functions; f; f = f->next)
		if (f->entry && f->has_body)
			measure(text, f->name, rounds, least);
	program_destroy(program);
	free(text);
	return 0;
}
