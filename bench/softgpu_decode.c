/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * softgpu_decode.c - how long softgpu takes from PTX to kernels that run
 *
 *     build/release/bench/softgpu_decode FILE.ptx [ROUNDS [LEAST]]
 *
 * For each kernel of LEAST instructions or more, those of all that it calls included: its share of
 * the text's parsing, its decoding, and both.  Processor time of the fastest of ROUNDS.
 *
 *     make bench && build/release/bench/softgpu_decode build/release/bench/thrust_algorithms.ptx 20 2000
 */
#include "softgpu/program_link.h"
#include "tests/unit/softgpu_engine.h"

#define KERNELS	256

/* struct cost - of decoding a kernel; seconds */
static struct cost {
	unsigned instructions;
	double decode;
} costs[KERNELS];

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

/* Of all functions, or of those that were decoded for @kernel */
static unsigned instructions_of(const struct program *program, const struct kernel *kernel)
{
	unsigned count = 0;

	for (unsigned i = 0; i < program->function_count; i++)
		if (!kernel || kernel->functions[i])
			count += instructions(program->functions[i]->function);
	return count;
}

/* Kernels in the order of the text: that of program_kernel_at() is another each time */
static const struct ptx_function *next_kernel(const struct ptx_function *f)
{
	while (f && !(f->entry && f->has_body))
		f = f->next;
	return f;
}

#define EACH_KERNEL(f, program)								\
	for (const struct ptx_function *f = next_kernel((program)->modules[0]->functions); f;	\
	     f = next_kernel(f->next))

/* Decode @kernel; keep what it took if that is the least so far */
static void measure(struct kernel *kernel, struct cost *cost)
{
	double begin = seconds(), took;
	char log[512];

	if (kernel_prepare(kernel, log, sizeof(log)) != CUDA_SUCCESS) {
		fprintf(stderr, "%s\n", log);
		exit(1);
	}
	took = seconds() - begin;
	cost->instructions = instructions_of(kernel->program, kernel);
	cost->decode = cost->decode ? fmin(cost->decode, took) : took;
}

/* Return: seconds to parse @text; its kernels' costs go into @costs */
static double measure_all(const char *text, struct program **out)
{
	double begin = seconds(), parse;
	struct cost *cost = costs;

	*out = program_from(text);
	parse = seconds() - begin;
	EACH_KERNEL(f, *out) {
		CHECK(cost < costs + KERNELS);
		measure(program_kernel(*out, f->name), cost++);
	}
	return parse;
}

static void print(const char *name, unsigned count, double parse, double decode)
{
	printf("%12u %8.3f %9.3f %8.3f  %s\n", count, parse * 1e3, decode * 1e3, (parse + decode) * 1e3, name);
}

static void print_all(const struct program *program, double parse, unsigned least)
{
	double per_instruction = parse / instructions_of(program, NULL), decode = 0;
	const struct cost *cost = costs;

	printf("%12s %8s %9s %8s\n", "instructions", "parse ms", "decode ms", "both ms");
	EACH_KERNEL(f, program) {
		if (cost->instructions >= least)
			print(f->name, cost->instructions, cost->instructions * per_instruction, cost->decode);
		decode += cost++->decode;
	}
	print("the whole text", instructions_of(program, NULL), parse, decode);
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 20, least = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
	struct program *program;
	double parse = INFINITY;
	char *text;

	if (argc < 2 || !rounds) {
		fprintf(stderr, "usage: %s FILE.ptx [ROUNDS [LEAST]]\n", argv[0]);
		return 1;
	}
	text = read_file(argv[1]);
	engine_begin();
	while (rounds--) {
		parse = fmin(parse, measure_all(text, &program));
		if (!rounds)
			print_all(program, parse, least);
		program_destroy(program);
	}
	free(text);
	return 0;
}
