/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * Divergence, calls, recursion, locks, barriers and the ways to end: what every thread computes is
 * what it would compute alone, and nothing hangs
 */
#include "softgpu_engine.h"

#define THREADS	200

#define HEAD	".version 8.7\n.target sm_90\n.address_size 64\n"
#define KERNEL									\
	".visible .entry k(.param .u64 data)\n{\n"				\
	".reg .b64 %p, %q, %f;\n.reg .b32 %i, %n, %s, %t, %u, %v;\n.reg .pred %c, %e;\n"	\
	"ld.param.u64 %p, [data];\nmov.u32 %i, %tid.x;\nmad.wide.u32 %q, %i, 4, %p;\n"	\
	"ld.global.u32 %n, [%q];\nmov.u32 %s, 0;\n"
#define STORE	"st.global.u32 [%q], %s;\nret;\n}\n"

static uint32_t *data;

static void run(const char *text)
{
	struct program *program = program_from(text);
	void *pointers[] = { data };

	run_ok(program, 1, THREADS, pointers, 1);
	program_destroy(program);
}

static CUresult run_failing(const char *text, unsigned block, struct fault *fault)
{
	struct program *program = program_from(text);
	void *pointers[] = { data };
	CUresult result = run_kernel(program, 1, block, pointers, 1, fault);

	program_destroy(program);
	return result;
}

static void fill(uint32_t below)
{
	for (unsigned i = 0; i < THREADS; i++)
		data[i] = (uint32_t)random64() % below;
}

static void expect(uint32_t (*reference)(uint32_t n, uint32_t i), const char *text, uint32_t below)
{
	uint32_t in[THREADS];

	for (unsigned round = 0; round < 5; round++) {
		fill(below);
		memcpy(in, data, sizeof(in));
		run(text);
		for (unsigned i = 0; i < THREADS; i++)
			CHECK(data[i] == reference(in[i], i));
	}
}

/* ---- loops and branches ---- */

static uint32_t collatz(uint32_t n, uint32_t i)
{
	uint32_t steps = 0;

	for (n++; n != 1; steps++)
		n = n & 1 ? 3 * n + 1 : n / 2;
	return steps;
}

static const char collatz_text[] = HEAD KERNEL
	"add.u32 %n, %n, 1;\n"
	"LOOP:\nsetp.eq.u32 %c, %n, 1;\n@%c bra OUT;\nadd.u32 %s, %s, 1;\nand.b32 %t, %n, 1;\n"
	"setp.ne.u32 %c, %t, 0;\n@%c bra ODD;\nshr.u32 %n, %n, 1;\nbra LOOP;\n"
	"ODD:\nmad.lo.u32 %n, %n, 3, 1;\nbra.uni LOOP;\nOUT:\n" STORE;

/* A switch by table, cases that fall through, a default, inside a loop */
static uint32_t switches(uint32_t n, uint32_t i)
{
	uint32_t s = 0;

	for (; n; n /= 5) {
		switch (n % 5) {
		case 0:
			s += 7;
			break;
		case 1:
			s *= 3;
			/* fall through */
		case 2:
			s ^= i;
			break;
		case 3:
			return s;
		}
		s++;
	}
	return s + 100;
}

static const char switches_text[] = HEAD KERNEL
	"LOOP:\nsetp.eq.u32 %c, %n, 0;\n@%c bra OUT;\nrem.u32 %t, %n, 5;\n"
	"{\nT: .branchtargets A, B, C, D, E;\nbrx.idx %t, T;\n"
	"A:\nadd.u32 %s, %s, 7;\nbra E;\nB:\nmul.lo.u32 %s, %s, 3;\nC:\nxor.b32 %s, %s, %i;\nbra E;\n"
	"D:\nst.global.u32 [%q], %s;\nret;\nE:\nadd.u32 %s, %s, 1;\n}\n"
	"div.u32 %n, %n, 5;\nbra LOOP;\nOUT:\nadd.u32 %s, %s, 100;\n" STORE;

/* ---- calls ---- */

static uint32_t fib(uint32_t n, uint32_t i)
{
	return n < 2 ? n : fib(n - 1, 0) + fib(n - 2, 0);
}

#define CALL(result, name, value)						\
	"{\n.param .b32 a;\n.param .b32 r;\nst.param.b32 [a], " value ";\n"	\
	"call (r), " name ", (a);\nld.param.b32 " result ", [r];\n}\n"

static const char fib_text[] = HEAD
	".func (.param .b32 r) fib(.param .b32 x)\n{\n.reg .b32 %n, %a, %b, %m;\n.reg .pred %c;\n"
	"ld.param.b32 %n, [x];\nsetp.lt.u32 %c, %n, 2;\n@%c bra SMALL;\nsub.u32 %m, %n, 1;\n"
	CALL("%a", "fib", "%m") "sub.u32 %m, %n, 2;\n" CALL("%b", "fib", "%m")
	"add.u32 %n, %a, %b;\nSMALL:\nst.param.b32 [r], %n;\nret;\n}\n"
	KERNEL CALL("%s", "fib", "%n") STORE;

/* Function pointers from a table, divergent; one callee exchanges with its lanes */
static uint32_t pointers(uint32_t n, uint32_t i)
{
	return n == 0 ? n * 10 + 1 : n == 1 ? n + i : fib(n + 3, 0);
}

static const char pointers_text[] = HEAD
	".func (.param .b32 r) first(.param .b32 x)\n{\n.reg .b32 %a;\nld.param.b32 %a, [x];\n"
	"mad.lo.u32 %a, %a, 10, 1;\nst.param.b32 [r], %a;\nret;\n}\n"
	".func (.param .b32 r) second(.param .b32 x)\n{\n.reg .b32 %a, %b;\nld.param.b32 %a, [x];\n"
	"mov.u32 %b, %tid.x;\nadd.u32 %a, %a, %b;\nst.param.b32 [r], %a;\nret;\n}\n"
	".func (.param .b32 r) fib(.param .b32 x)\n{\n.reg .b32 %n, %a, %b, %m;\n.reg .pred %c;\n"
	"ld.param.b32 %n, [x];\nsetp.lt.u32 %c, %n, 2;\n@%c bra SMALL;\nsub.u32 %m, %n, 1;\n"
	CALL("%a", "fib", "%m") "sub.u32 %m, %n, 2;\n" CALL("%b", "fib", "%m")
	"add.u32 %n, %a, %b;\nSMALL:\nst.param.b32 [r], %n;\nret;\n}\n"
	".func (.param .b32 r) third(.param .b32 x)\n{\n.reg .b32 %n;\nld.param.b32 %n, [x];\n"
	"add.u32 %n, %n, 3;\n" CALL("%n", "fib", "%n") "st.param.b32 [r], %n;\nret;\n}\n"
	".global .u64 table[3] = {first, second, third};\n"
	KERNEL "mov.u64 %f, table;\nmad.wide.u32 %f, %n, 8, %f;\nld.global.u64 %f, [%f];\n"
	"{\n.param .b32 a;\n.param .b32 r;\nst.param.b32 [a], %n;\n"
	"P: .callprototype (.param .b32 _) _ (.param .b32 _);\ncall (r), %f, (a), P;\n"
	"ld.param.b32 %s, [r];\n}\n" STORE;

/* Lanes come to one shuffle from different callers */
static const char meeting_text[] = HEAD
	".func (.param .b32 r) exchange(.param .b32 x)\n{\n.reg .b32 %a, %b, %big<9>;\n"
	"ld.param.b32 %a, [x];\nshfl.sync.bfly.b32 %b, %a, 1, 31, -1;\nst.param.b32 [r], %b;\nret;\n}\n"
	".func (.param .b32 r) odd(.param .b32 x)\n{\n.reg .b32 %a, %b, %c, %d;\n"
	"ld.param.b32 %a, [x];\nmul.lo.u32 %b, %a, 3;\nmul.lo.u32 %c, %a, 5;\n"
	CALL("%d", "exchange", "%a") "add.u32 %d, %d, %b;\nadd.u32 %d, %d, %c;\n"
	"st.param.b32 [r], %d;\nret;\n}\n"
	".func (.param .b32 r) even(.param .b32 x)\n{\n.reg .b32 %a, %d;\nld.param.b32 %a, [x];\n"
	CALL("%d", "exchange", "%a") "st.param.b32 [r], %d;\nret;\n}\n"
	KERNEL "and.b32 %t, %i, 1;\nsetp.ne.u32 %c, %t, 0;\n@%c bra ODD;\n"
	CALL("%s", "even", "%n") "bra DONE;\nODD:\n" CALL("%s", "odd", "%n") "DONE:\n" STORE;

static void check_meeting(void)
{
	uint32_t in[THREADS];

	fill(1000);
	memcpy(in, data, sizeof(in));
	run(meeting_text);
	for (unsigned i = 0; i < THREADS / 32 * 32; i++)
		CHECK(data[i] == in[i ^ 1] + (i & 1 ? 8 * in[i] : 0));
}

/* ---- locks ---- */

/* Every thread of every warp takes one lock: lanes of a warp must not starve each other */
static const char lock_text[] = HEAD ".global .u32 lock;\n.global .u32 count;\n"
	KERNEL "SPIN:\natom.global.cas.b32 %t, [lock], 0, 1;\nsetp.ne.u32 %c, %t, 0;\n@%c bra SPIN;\n"
	"ld.volatile.global.u32 %u, [count];\nadd.u32 %u, %u, 1;\nst.volatile.global.u32 [count], %u;\n"
	"membar.gl;\natom.global.exch.b32 %t, [lock], 0;\nbar.sync 0;\n"
	"ld.volatile.global.u32 %s, [count];\n" STORE;

/* A warp waits for a flag that another sets */
static const char flag_text[] = HEAD ".shared .u32 flag;\n"
	KERNEL "setp.eq.u32 %c, %i, 0;\n@%c st.shared.u32 [flag], 0;\nbar.sync 0;\n"
	"setp.ge.u32 %c, %i, 160;\n@%c bra SET;\n"
	"WAIT:\nld.volatile.shared.u32 %t, [flag];\nsetp.eq.u32 %e, %t, 0;\n@%e bra WAIT;\nbra DONE;\n"
	"SET:\nst.volatile.shared.u32 [flag], 9;\nDONE:\nmov.u32 %s, 5;\n" STORE;

static uint32_t five(uint32_t n, uint32_t i)
{
	return 5;
}

static uint32_t everyone(uint32_t n, uint32_t i)
{
	return THREADS;
}

/* ---- barriers that threads reach apart, or never ---- */

static const char barrier_text[] = HEAD ".shared .u32 sum;\n"
	KERNEL "setp.eq.u32 %c, %i, 0;\n@%c st.shared.u32 [sum], 0;\nbar.sync 0;\n"
	"and.b32 %t, %i, 3;\nsetp.eq.u32 %c, %t, 3;\n@%c exit;\n"
	"setp.eq.u32 %c, %t, 1;\n@%c bra OTHER;\nred.shared.add.u32 [sum], 1;\nbar.sync 0;\nbra DONE;\n"
	"OTHER:\nred.shared.add.u32 [sum], 1;\nbar.sync 0;\nDONE:\nld.shared.u32 %s, [sum];\n" STORE;

static uint32_t three_quarters(uint32_t n, uint32_t i)
{
	return (i & 3) == 3 ? n : 150;
}

/* A cluster is one block: its barrier is the block's, and apart from the sixteen of bar */
static const char cluster_text[] = HEAD ".shared .u32 sum;\n"
	KERNEL "setp.eq.u32 %c, %i, 0;\n@%c st.shared.u32 [sum], 0;\nbarrier.cluster.arrive.aligned;\n"
	"mov.u32 %t, 5;\nbarrier.cluster.wait.aligned;\nred.shared.add.u32 [sum], %t;\n"
	"barrier.cluster.arrive.release;\nbarrier.cluster.wait.acquire;\nld.shared.u32 %s, [sum];\n" STORE;

static uint32_t five_each(uint32_t n, uint32_t i)
{
	return 5 * THREADS;
}

/* Which space an address is in */
static const char spaces_text[] = HEAD ".shared .u32 s;\n.const .u32 c[4];\n.global .u32 g;\n"
	KERNEL ".local .u32 l;\nmov.u32 %u, 4;\nand.b32 %t, %i, 3;\ncvta.local.u64 %f, l;\n"
	"setp.eq.u32 %c, %t, 0;\n@%c bra GO;\nmov.u64 %f, c;\ncvta.const.u64 %f, %f;\nadd.u64 %f, %f, 12;\n"
	"setp.eq.u32 %c, %t, 1;\n@%c bra GO;\ncvta.shared.u64 %f, s;\nsetp.eq.u32 %c, %t, 2;\n@%c bra GO;\n"
	"mov.u64 %f, g;\nGO:\nisspacep.local %c, %f;\n@%c add.u32 %s, %s, 1;\nisspacep.const %c, %f;\n"
	"@%c add.u32 %s, %s, 16;\nisspacep.shared %c, %f;\n@%c add.u32 %s, %s, 64;\n"
	"and.b32 %s, %s, 0xff;\n" STORE;

static uint32_t space_bits(uint32_t n, uint32_t i)
{
	static const uint32_t bits[] = { 1, 16, 64, 0 };

	return bits[i & 3];
}

/* ---- ends ---- */

static void check_faults(void)
{
	struct fault fault;

	CHECK(run_failing(HEAD KERNEL "setp.eq.u32 %c, %i, 77;\n@%c trap;\n" STORE, THREADS,
			  &fault) == CUDA_ERROR_LAUNCH_FAILED);
	CHECK(fault.thread[0] == 77 && strstr(fault.text, "trap"));
	CHECK(run_failing(HEAD KERNEL "setp.eq.u32 %c, %i, 3;\n@%c ld.global.u32 %s, [%p+1600];\n" STORE,
			  THREADS, &fault) == CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(fault.thread[0] == 3 && fault.address == (uintptr_t)data + 1600);
	CHECK(run_failing(HEAD KERNEL "ld.global.u32 %s, [%q+2];\n" STORE, THREADS, &fault) ==
	      CUDA_ERROR_MISALIGNED_ADDRESS);
	/* The last 32 lanes' range ends behind the memory */
	CHECK(run_failing(HEAD KERNEL "st.global.u32 [%q+4], %n;\nret;\n}\n", THREADS, &fault) ==
	      CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(fault.thread[0] == THREADS - 1);
	CHECK(run_failing(HEAD ".shared .u32 x[4];\n" KERNEL "st.shared.u32 [x+16], %n;\n" STORE, 32,
			  &fault) == CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(run_failing(HEAD KERNEL ".local .b8 x[16];\nst.local.u32 [x+4096], %n;\n" STORE, 32,
			  &fault) == CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(run_failing(HEAD KERNEL "mov.u64 %f, 0;\nst.u32 [%f], %n;\n" STORE, 32, &fault) ==
	      CUDA_ERROR_ILLEGAL_ADDRESS);
	/* Recursion without an end */
	CHECK(run_failing(HEAD ".func f()\n{\ncall f, ();\nret;\n}\n" KERNEL "call f, ();\n" STORE, 32,
			  &fault) == CUDA_ERROR_LAUNCH_FAILED);
	CHECK(strstr(fault.text, "stack overflow"));
	/* A call of what is no function */
	CHECK(run_failing(HEAD KERNEL "P: .callprototype _ ();\ncall %p, (), P;\n" STORE, 32, &fault) ==
	      CUDA_ERROR_LAUNCH_FAILED);
	/* The cluster's barrier by its number */
	CHECK(run_failing(HEAD KERNEL "bar.sync 16;\n" STORE, 32, &fault) == CUDA_ERROR_LAUNCH_FAILED);
	/* Half of the threads wait for the other half, who wait for them elsewhere */
	CHECK(run_failing(HEAD KERNEL "setp.lt.u32 %c, %i, 32;\n@%c bar.sync 1, 64;\n@!%c bar.sync 2, 64;\n"
			  STORE, 64, &fault) == CUDA_ERROR_LAUNCH_TIMEOUT);
}

/* 2^50 calls, no branch back */
static const char branching_text[] = ".func f(.param .b32 n)\n{\n.reg .b32 %x;\n.reg .pred %c;\n"
	"ld.param.b32 %x, [n];\nsetp.eq.u32 %c, %x, 0;\n@%c ret;\nsub.u32 %x, %x, 1;\n"
	"call f, (%x);\ncall f, (%x);\nret;\n}\n";

/* A loop ends at the limit, or when told to, whatever it does on its way round */
static void check_endless(const char *functions, const char *body)
{
	static volatile bool stop = true;
	char text[1024];
	struct program *program;
	struct launch launch = {
		.engine = &engine, .grid = { 5, 1, 1 }, .block = { 64, 1, 1 },
		.params = &data, .params_bytes = 8, .timeout_ms = 50,
	};
	struct fault fault;

	snprintf(text, sizeof(text), "%s%s%sLOOP:\n%sbra LOOP;\n}\n", HEAD, functions, KERNEL, body);
	program = program_from(text);
	launch.kernel = program_kernel(program, "k");
	CHECK(launch_run(&launch, &fault) == CUDA_ERROR_LAUNCH_TIMEOUT);
	launch.timeout_ms = 0;
	launch.stop = &stop;
	CHECK(launch_run(&launch, &fault) == CUDA_ERROR_LAUNCH_TIMEOUT);
	program_destroy(program);
}

/* All blocks of a cooperative grid meet, however few threads run them */
static void check_grid_barrier(void)
{
	static const char text[] = HEAD ".global .u32 arrived;\n" KERNEL
		"mov.u32 %t, %ctaid.x;\natom.global.add.u32 %u, [arrived], 1;\n"
		"WAIT:\nld.acquire.gpu.global.u32 %v, [arrived];\nsetp.ne.u32 %c, %v, 3200;\n@%c bra WAIT;\n"
		"mad.wide.u32 %q, %t, 4, %p;\nst.global.u32 [%q], %v;\nret;\n}\n";
	struct program *program = program_from(text);
	struct launch launch = {
		.engine = &engine, .kernel = program_kernel(program, "k"), .grid = { 100, 1, 1 },
		.block = { 32, 1, 1 }, .params = &data, .params_bytes = 8, .timeout_ms = 20000,
		.cooperative = true,
	};
	struct fault fault;

	CHECK(launch_run(&launch, &fault) == CUDA_SUCCESS);
	for (unsigned i = 0; i < 100; i++)
		CHECK(data[i] == 3200);
	program_destroy(program);
}

int main(void)
{
	both_instruction_sets();
	engine_begin();
	engine.stack_bytes = 4096;
	data = device_memory(THREADS * sizeof(*data));
	expect(collatz, collatz_text, 100000);
	expect(switches, switches_text, 100000);
	expect(fib, fib_text, 13);
	expect(pointers, pointers_text, 3);
	check_meeting();
	expect(everyone, lock_text, 2);
	expect(five, flag_text, 2);
	expect(three_quarters, barrier_text, 1000);
	expect(five_each, cluster_text, 1000);
	expect(space_bits, spaces_text, 1000);
	check_faults();
	check_endless("", "");
	check_endless("", "bar.sync 0;\n");
	check_endless("", "bar.warp.sync -1;\n");
	check_endless("", "nanosleep.u32 100;\n");
	check_endless(branching_text, "call f, (50);\n");
	check_grid_barrier();
	device_release(data);
	engine_fini(&engine);
	return 0;
}
