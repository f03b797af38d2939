/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * softgpu_decode.c - how long softgpu takes from PTX to kernels that run
 *
 *     build/release/bench/softgpu_decode FILE.ptx [ROUNDS [LEAST]]
 *
 * For each kernel of LEAST instructions or more, those of all that it calls included: parsing a text that
 * has no other kernel, decoding, and both; the fastest of ROUNDS by the clock, each in a process of its own:
 * no program decodes a kernel twice, and what comes first pays for new memory.  The file is one that nvcc
 * made: variables stand before kernels.
 *
 *     make bench && build/release/bench/softgpu_decode build/release/bench/thrust_algorithms.ptx 20 2000
 */
#include "softgpu/program_link.h"
#include "tests/unit/softgpu_engine.h"

/* struct cost - milliseconds, and of how many instructions */
struct cost {
	double parse, decode;
	unsigned instructions;
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

/* What the child says: see measure_once() */
static void measure_here(const char *text, const char *name)
{
	char *own = text_with(text, name), log[512];
	double begin = seconds(), parsed, decoded;
	struct program *program = program_from(own);
	struct kernel *kernel;

	parsed = seconds();
	kernel = program_kernel(program, name);
	if (kernel_prepare(kernel, log, sizeof(log)) != CUDA_SUCCESS) {
		fprintf(stderr, "%s\n", log);
		exit(1);
	}
	decoded = seconds();
	printf("%u %f %f\n", instructions_of(kernel), (parsed - begin) * 1e3, (decoded - parsed) * 1e3);
	program_destroy(program);
	free(own);
}

/* In a new process */
static struct cost measure_once(const char *file, const char *name)
{
	struct cost cost;
	char command[8192];
	FILE *child;

	snprintf(command, sizeof(command), "exec /proc/%d/exe '%s' -k '%s'", getpid(), file, name);
	child = popen(command, "r");
	if (!child || fscanf(child, "%u %lf %lf", &cost.instructions, &cost.parse, &cost.decode) != 3) {
		fprintf(stderr, "%s: no measurement\n", name);
		exit(1);
	}
	pclose(child);
	return cost;
}

static void measure(const char *file, const char *name, unsigned rounds, unsigned least)
{
	struct cost best = measure_once(file, name);

	for (unsigned i = 1; i < rounds && best.instructions >= least; i++) {
		struct cost cost = measure_once(file, name);

		if (cost.parse + cost.decode < best.parse + best.decode)
			best = cost;
	}
	if (best.instructions >= least)
		printf("%12u %8.3f %9.3f %8.3f  %s\n", best.instructions, best.parse, best.decode,
		       best.parse + best.decode, name);
}

static void measure_all(const char *file, const char *text, unsigned rounds, unsigned least)
{
	struct program *program = program_from(text);

	printf("%12s %8s %9s %8s\n", "instructions", "parse ms", "decode ms", "both ms");
	for (const struct ptx_function *f = program->modules[0]->functions; f; f = f->next) {
		fflush(stdout);
		if (f->entry && f->has_body)
			measure(file, f->name, rounds, least);
	}
	program_destroy(program);
}

int main(int argc, char **argv)
{
	bool one = argc == 4 && !strcmp(argv[2], "-k");
	char *text;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE.ptx [ROUNDS [LEAST]]\n", argv[0]);
		return 1;
	}
	text = read_file(argv[1]);
	engine_begin();
	if (one)
		measure_here(text, argv[3]);
	else
		measure_all(argv[1], text, argc > 2 ? (unsigned)atoi(argv[2]) : 20,
			    argc > 3 ? (unsigned)atoi(argv[3]) : 0);
	free(text);
	return 0;
}
