/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * softgpu.c - how fast softgpu runs kernels
 *
 *     build/release/bench/softgpu [ROUNDS [KERNEL]]
 *
 * Three usual kernels and what they cost: billions of lane-operations a second (PTX instructions
 * times the threads that take part, as launch_totals counts them) on one core, by the processor
 * time of the fastest of ROUNDS runs; how much faster all cores are, by the clock, which means
 * something on an idle machine only; how much of the processor time they share is that of one, which
 * says what sharing costs; and how long decoding takes.  Results are checked.
 */
#include <sched.h>

#include "tests/unit/softgpu_engine.h"

#define HEAD	".version 8.0\n.target sm_75\n.address_size 64\n"

#define ADD_N		(1u << 20)
#define SIZE		256u		/* of a matrix */
#define PICTURE		512u
#define DEPTH		256u

/* c[i] = a[i] + b[i] */
static const char add_text[] = HEAD
	".visible .entry k(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n)\n{\n"
	".reg .pred %p<2>;\n.reg .f32 %f<4>;\n.reg .b32 %r<6>;\n.reg .b64 %rd<11>;\n"
	"ld.param.u64 %rd1, [a];\nld.param.u64 %rd2, [b];\nld.param.u64 %rd3, [c];\n"
	"ld.param.u32 %r2, [n];\nmov.u32 %r3, %ctaid.x;\nmov.u32 %r4, %ntid.x;\nmov.u32 %r5, %tid.x;\n"
	"mad.lo.s32 %r1, %r3, %r4, %r5;\nsetp.ge.s32 %p1, %r1, %r2;\n@%p1 bra DONE;\n"
	"cvta.to.global.u64 %rd4, %rd1;\nmul.wide.s32 %rd5, %r1, 4;\nadd.s64 %rd6, %rd4, %rd5;\n"
	"cvta.to.global.u64 %rd7, %rd2;\nadd.s64 %rd8, %rd7, %rd5;\nld.global.f32 %f1, [%rd8];\n"
	"ld.global.f32 %f2, [%rd6];\nadd.f32 %f3, %f2, %f1;\ncvta.to.global.u64 %rd9, %rd3;\n"
	"add.s64 %rd10, %rd9, %rd5;\nst.global.f32 [%rd10], %f3;\nDONE:\nret;\n}\n";

/* The 32 products of a tile, as a compiler unrolls the loop; the numbers are octal */
#define PRODUCT(k)	"ld.shared.f32 %f3, [%r20+0" #k "*4];\nld.shared.f32 %f4, [%r21+0" #k "*128];\n"	\
			"fma.rn.f32 %f1, %f3, %f4, %f1;\n"
#define PRODUCTS(k)	PRODUCT(k##0) PRODUCT(k##1) PRODUCT(k##2) PRODUCT(k##3) PRODUCT(k##4)	\
			PRODUCT(k##5) PRODUCT(k##6) PRODUCT(k##7)

/* c = a * b by 32x32 tiles in shared memory; n a multiple of 32 */
static const char multiply_text[] = HEAD
	".visible .entry k(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n)\n{\n"
	".shared .align 4 .b8 ta[4096];\n.shared .align 4 .b8 tb[4096];\n"
	".reg .pred %p<2>;\n.reg .f32 %f<8>;\n.reg .b32 %r<32>;\n.reg .b64 %rd<16>;\n"
	"ld.param.u64 %rd1, [a];\nld.param.u64 %rd2, [b];\nld.param.u64 %rd3, [c];\nld.param.u32 %r1, [n];\n"
	"cvta.to.global.u64 %rd1, %rd1;\ncvta.to.global.u64 %rd2, %rd2;\ncvta.to.global.u64 %rd3, %rd3;\n"
	"mov.u32 %r2, %tid.x;\nmov.u32 %r3, %tid.y;\nmov.u32 %r4, %ctaid.x;\nmov.u32 %r5, %ctaid.y;\n"
	"shl.b32 %r6, %r5, 5;\nadd.s32 %r6, %r6, %r3;\nmad.lo.s32 %r7, %r6, %r1, %r2;\n"
	"shl.b32 %r8, %r4, 5;\nadd.s32 %r8, %r8, %r2;\nmad.lo.s32 %r9, %r3, %r1, %r8;\n"
	"mul.wide.s32 %rd4, %r7, 4;\nadd.s64 %rd4, %rd1, %rd4;\n"
	"mul.wide.s32 %rd5, %r9, 4;\nadd.s64 %rd5, %rd2, %rd5;\n"
	"shl.b32 %r10, %r1, 7;\ncvt.s64.s32 %rd6, %r10;\n"
	"mov.u32 %r11, ta;\nshl.b32 %r12, %r3, 7;\nadd.s32 %r20, %r11, %r12;\n"
	"shl.b32 %r13, %r2, 2;\nadd.s32 %r14, %r20, %r13;\n"
	"mov.u32 %r15, tb;\nadd.s32 %r21, %r15, %r13;\nadd.s32 %r16, %r21, %r12;\n"
	"mov.f32 %f1, 0f00000000;\nmov.u32 %r17, 0;\n"
	"TILE:\nld.global.f32 %f5, [%rd4];\nst.shared.f32 [%r14], %f5;\n"
	"ld.global.f32 %f6, [%rd5];\nst.shared.f32 [%r16], %f6;\nbar.sync 0;\n"
	PRODUCTS(0) PRODUCTS(1) PRODUCTS(2) PRODUCTS(3)
	"bar.sync 0;\nadd.s64 %rd4, %rd4, 128;\nadd.s64 %rd5, %rd5, %rd6;\nadd.s32 %r17, %r17, 32;\n"
	"setp.lt.s32 %p1, %r17, %r1;\n@%p1 bra TILE;\n"
	"mad.lo.s32 %r18, %r6, %r1, %r8;\nmul.wide.s32 %rd7, %r18, 4;\nadd.s64 %rd8, %rd3, %rd7;\n"
	"st.global.f32 [%rd8], %f1;\nret;\n}\n";

/* Rounds until a point leaves the circle: neighbours leave the loop at different times */
static const char picture_text[] = HEAD
	".visible .entry k(.param .u64 out, .param .u32 n, .param .u32 most, .param .f32 step)\n{\n"
	".reg .pred %p<4>;\n.reg .f32 %f<24>;\n.reg .b32 %r<16>;\n.reg .b64 %rd<8>;\n"
	"ld.param.u64 %rd1, [out];\nld.param.u32 %r1, [n];\nld.param.u32 %r2, [most];\nld.param.f32 %f1, [step];\n"
	"mov.u32 %r3, %ctaid.x;\nmov.u32 %r4, %ntid.x;\nmov.u32 %r5, %tid.x;\nmad.lo.s32 %r6, %r3, %r4, %r5;\n"
	"mov.u32 %r7, %ctaid.y;\ncvt.rn.f32.s32 %f2, %r6;\ncvt.rn.f32.s32 %f3, %r7;\n"
	"fma.rn.f32 %f4, %f2, %f1, 0fC0000000;\nfma.rn.f32 %f5, %f3, %f1, 0fBFC00000;\n"
	"mov.f32 %f6, 0f00000000;\nmov.f32 %f7, 0f00000000;\nmov.u32 %r8, 0;\n"
	"ROUND:\nmul.f32 %f8, %f6, %f6;\nmul.f32 %f9, %f7, %f7;\nadd.f32 %f10, %f8, %f9;\n"
	"setp.gt.f32 %p1, %f10, 0f40800000;\n@%p1 bra OUT;\n"
	"sub.f32 %f11, %f8, %f9;\nadd.f32 %f12, %f11, %f4;\nadd.f32 %f13, %f6, %f6;\n"
	"fma.rn.f32 %f7, %f13, %f7, %f5;\nmov.f32 %f6, %f12;\nadd.s32 %r8, %r8, 1;\n"
	"setp.lt.s32 %p2, %r8, %r2;\n@%p2 bra ROUND;\n"
	"OUT:\nmad.lo.s32 %r9, %r7, %r1, %r6;\nmul.wide.s32 %rd2, %r9, 4;\ncvta.to.global.u64 %rd3, %rd1;\n"
	"add.s64 %rd4, %rd3, %rd2;\nst.global.u32 [%rd4], %r8;\nret;\n}\n";

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* struct test - a kernel, its grid and how its results are checked */
struct test {
	const char *name, *text;
	unsigned grid[3], block[3];
	unsigned char params[32];
	bool (*right)(void);
};

static float *matrix[3];
static uint32_t *picture;

static bool sums_are_right(void)
{
	for (unsigned i = 0; i < ADD_N; i++)
		if (matrix[2][i] != matrix[0][i] + matrix[1][i])
			return false;
	return true;
}

static bool products_are_right(void)
{
	for (unsigned n = 0; n < 1000; n++) {
		unsigned row = (unsigned)random64() % SIZE, column = (unsigned)random64() % SIZE;
		float sum = 0;

		for (unsigned k = 0; k < SIZE; k++)
			sum = fmaf(matrix[0][row * SIZE + k], matrix[1][k * SIZE + column], sum);
		if (sum != matrix[2][row * SIZE + column])
			return false;
	}
	return true;
}

static bool picture_is_right(void)
{
	for (unsigned n = 0; n < 1000; n++) {
		unsigned x = (unsigned)random64() % PICTURE, y = (unsigned)random64() % PICTURE, k = 0;
		float cx = fmaf((float)x, 3.0f / PICTURE, -2), cy = fmaf((float)y, 3.0f / PICTURE, -1.5f);
		float zx = 0, zy = 0;

		for (; k < DEPTH && !(zx * zx + zy * zy > 4); k++) {
			float next = zx * zx - zy * zy + cx;

			zy = fmaf(zx + zx, zy, cy);
			zx = next;
		}
		if (picture[y * PICTURE + x] != k)
			return false;
	}
	return true;
}

static void run(const struct test *test, struct program *program, struct launch_totals *totals)
{
	struct launch launch = {
		.engine = &engine, .kernel = program_kernel(program, "k"), .params = test->params,
		.params_bytes = sizeof(test->params), .totals = totals,
	};
	struct fault fault;

	memcpy(launch.grid, test->grid, sizeof(launch.grid));
	memcpy(launch.block, test->block, sizeof(launch.block));
	if (launch_run(&launch, &fault) != CUDA_SUCCESS) {
		fprintf(stderr, "%s\n", fault.text);
		exit(1);
	}
}

/* Parsing and decoding, in milliseconds of processor time */
static double decode(const struct test *test, struct program **program)
{
	double begin = seconds(CLOCK_THREAD_CPUTIME_ID);
	char log[512];

	*program = program_from(test->text);
	CHECK(kernel_prepare(program_kernel(*program, "k"), log, sizeof(log)) == CUDA_SUCCESS);
	return (seconds(CLOCK_THREAD_CPUTIME_ID) - begin) * 1e3;
}

/*
 * struct figures - what a child process found out
 * @clock, @processor: seconds of the fastest round, by either clock
 * @mean:	of all rounds, by processor time: of a thread that goes on running it is known in ticks only
 */
struct figures {
	double clock, processor, mean;
	struct launch_totals totals;
	bool right;
};

static void fastest(const struct test *test, struct program *program, unsigned rounds, struct figures *f)
{
	double begin;

	/* The first has the pages of this process to make */
	run(test, program, NULL);
	begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
	f->clock = f->processor = INFINITY;
	for (unsigned i = 0; i < rounds; i++) {
		double clock = seconds(CLOCK_MONOTONIC), processor = seconds(CLOCK_PROCESS_CPUTIME_ID);

		run(test, program, NULL);
		f->clock = fmin(f->clock, seconds(CLOCK_MONOTONIC) - clock);
		f->processor = fmin(f->processor, seconds(CLOCK_PROCESS_CPUTIME_ID) - processor);
	}
	f->mean = (seconds(CLOCK_PROCESS_CPUTIME_ID) - begin) / rounds;
}

/* On one core all of the engine's threads share it, and their time is what the process used */
static void bind_to_one(void)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : cpu, &one);
	CHECK(!sched_setaffinity(0, sizeof(one), &one));
}

enum way { ONE_CORE, ALL_CORES, COUNTED };

static void measure_way(const struct test *test, unsigned rounds, enum way way, struct figures *f)
{
	struct program *program;

	if (way == ONE_CORE)
		bind_to_one();
	decode(test, &program);
	if (way == COUNTED)
		run(test, program, &f->totals);
	else
		fastest(test, program, rounds, f);
	f->right = test->right();
}

/* A process for each way: the engine's threads inherit the mask of the first launch, which a fork does not copy */
static struct figures in_child(const struct test *test, unsigned rounds, enum way way)
{
	struct figures figures = { 0 };
	int pipes[2];
	pid_t child;

	CHECK(!pipe(pipes));
	child = fork();
	if (!child) {
		measure_way(test, rounds, way, &figures);
		_exit(write(pipes[1], &figures, sizeof(figures)) != sizeof(figures));
	}
	CHECK(waitpid(child, NULL, 0) == child);
	close(pipes[1]);
	if (read(pipes[0], &figures, sizeof(figures)) != sizeof(figures))
		figures.right = false;
	close(pipes[0]);
	return figures;
}

static double fastest_decode(const struct test *test)
{
	double best = INFINITY;

	for (unsigned i = 0; i < 20; i++) {
		struct program *program;
		double took = decode(test, &program);

		best = took < best ? took : best;
		program_destroy(program);
	}
	return best;
}

static bool measure(const struct test *test, unsigned rounds)
{
	double decoding = fastest_decode(test);
	struct figures one = in_child(test, rounds, ONE_CORE);
	struct figures all = in_child(test, rounds, ALL_CORES);
	struct figures counted = in_child(test, rounds, COUNTED);
	bool right = one.right && all.right && counted.right;

	printf("%-10s %8.1f %8.2f %8.2f %8.2f %8.2f %10.2f%s\n", test->name,
	       (double)counted.totals.lanes / 1e6, one.processor * 1e3,
	       (double)counted.totals.lanes / one.processor / 1e9, one.processor / all.clock,
	       one.mean / all.mean, decoding, right ? "" : "  WRONG");
	return right;
}

static void put(struct test *test, unsigned at, const void *value, size_t bytes)
{
	memcpy(test->params + at, value, bytes);
}

int main(int argc, char **argv)
{
	struct test tests[] = {
		{ "add", add_text, { ADD_N / 256, 1, 1 }, { 256, 1, 1 }, { 0 }, sums_are_right },
		{ "multiply", multiply_text, { SIZE / 32, SIZE / 32, 1 }, { 32, 32, 1 }, { 0 }, products_are_right },
		{ "mandelbrot", picture_text, { PICTURE / 128, PICTURE, 1 }, { 128, 1, 1 }, { 0 }, picture_is_right },
	};
	const uint32_t sizes[3] = { ADD_N, SIZE, PICTURE }, most = DEPTH;
	const float step = 3.0f / PICTURE;
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 20;
	bool right = true;

	engine_begin();
	for (unsigned i = 0; i < 3; i++) {
		matrix[i] = device_memory(ADD_N * sizeof(float));
		for (unsigned n = 0; n < ADD_N; n++)
			matrix[i][n] = (float)(int)(random64() % 2001 - 1000) / 8;
	}
	picture = device_memory(PICTURE * PICTURE * sizeof(*picture));
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned k = 0; k < 3; k++)
			put(&tests[i], 8 * k, &matrix[k], 8);
		put(&tests[i], 24, &sizes[i], 4);
	}
	put(&tests[2], 0, &picture, 8);
	put(&tests[2], 8, &sizes[2], 4);
	put(&tests[2], 12, &most, 4);
	put(&tests[2], 16, &step, 4);
	printf("%-10s %8s %8s %8s %8s %8s %10s\n", "kernel", "M ops", "ms", "G ops/s", "all/one", "kept",
	       "decode ms");
	for (unsigned i = 0; i < 3; i++)
		if (argc < 3 || !strcmp(argv[2], tests[i].name))
			right &= measure(&tests[i], rounds);
	return !right;
}
