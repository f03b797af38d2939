/* SPDX-License-Identifier: MIT */
/*
 * Divergence, calls, recursion, function pointers, locks and barriers: what every thread computes is
 * what it would compute alone
 */
#include "tests/opcodes/gpu.h"

#define THREADS	200

#define KERNEL									\
	".visible .entry k(.param .u64 data)\n{\n"				\
	".reg .b64 %p, %q, %f, %g;\n.reg .b32 %i, %n, %s, %t, %u, %v;\n.reg .pred %c, %e;\n"	\
	"ld.param.u64 %p, [data];\nmov.u32 %i, %tid.x;\nmad.wide.u32 %q, %i, 4, %p;\n"	\
	"ld.global.u32 %n, [%q];\nmov.u32 %s, 0;\n"
#define STORE	"st.global.u32 [%q], %s;\nret;\n}\n"

static uint32_t data[THREADS];

static void run(const char *text)
{
	char whole[8192];
	struct gpu_program *program;

	snprintf(whole, sizeof(whole), "%s%s", gpu_head(), text);
	program = gpu_load(whole);
	gpu_run(program, 1, THREADS, data, sizeof(data));
	gpu_unload(program);
}

static void fill(uint32_t below)
{
	for (unsigned i = 0; i < THREADS; i++)
		data[i] = (uint32_t)random_bits() % below;
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

static const char collatz_text[] = KERNEL
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

static const char switches_text[] = KERNEL
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

/* The names are not those of the functions' own parameters: ptxas does not let them be hidden */
#define CALL(result, name, value)						\
	"{\n.param .b32 given;\n.param .b32 got;\nst.param.b32 [given], " value ";\n"	\
	"call (got), " name ", (given);\nld.param.b32 " result ", [got];\n}\n"

static const char fib_text[] =
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

static const char pointers_text[] =
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
static const char meeting_text[] =
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
static const char lock_text[] = ".global .u32 lock;\n.global .u32 count;\n"
	KERNEL "SPIN:\natom.global.cas.b32 %t, [lock], 0, 1;\nsetp.ne.u32 %c, %t, 0;\n@%c bra SPIN;\n"
	"ld.volatile.global.u32 %u, [count];\nadd.u32 %u, %u, 1;\nst.volatile.global.u32 [count], %u;\n"
	"membar.gl;\natom.global.exch.b32 %t, [lock], 0;\nbar.sync 0;\n"
	"ld.volatile.global.u32 %s, [count];\n" STORE;

/* A warp waits for a flag that another sets */
static const char flag_text[] = ".shared .u32 flag;\n"
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

static const char barrier_text[] = ".shared .u32 sum;\n"
	KERNEL "setp.eq.u32 %c, %i, 0;\n@%c st.shared.u32 [sum], 0;\nbarrier.sync 0;\n"
	"and.b32 %t, %i, 3;\nsetp.eq.u32 %c, %t, 3;\n@%c exit;\n"
	"setp.eq.u32 %c, %t, 1;\n@%c bra OTHER;\nred.shared.add.u32 [sum], 1;\nbarrier.sync 0;\nbra DONE;\n"
	"OTHER:\nred.shared.add.u32 [sum], 1;\nbarrier.sync 0;\nDONE:\nld.shared.u32 %s, [sum];\n" STORE;

static uint32_t three_quarters(uint32_t n, uint32_t i)
{
	return (i & 3) == 3 ? n : 150;
}

/* Here a cluster is one block: its barrier is the block's, and apart from the sixteen of bar */
static const char cluster_text[] = ".shared .u32 sum;\n"
	KERNEL "setp.eq.u32 %c, %i, 0;\n@%c st.shared.u32 [sum], 0;\nbarrier.cluster.arrive.aligned;\n"
	"mov.u32 %t, 5;\nbarrier.cluster.wait.aligned;\nred.shared.add.u32 [sum], %t;\n"
	"barrier.cluster.arrive.release;\nbarrier.cluster.wait.acquire;\nld.shared.u32 %s, [sum];\n" STORE;

static uint32_t five_each(uint32_t n, uint32_t i)
{
	return 5 * THREADS;
}

/* ---- memory of the stack, as much as the thread wants ---- */

static const char stack_text[] = KERNEL
	"stacksave.u64 %g;\nadd.u32 %n, %n, 1;\nmov.u32 %v, 3;\n"
	"AGAIN:\nmul.lo.u32 %t, %n, 4;\ncvt.u64.u32 %f, %t;\nalloca.u64 %f, %f, 16;\nmov.u32 %u, 0;\n"
	"FILL:\ncvt.u64.u32 %p, %u;\nshl.b64 %p, %p, 2;\nadd.u64 %p, %f, %p;\nadd.u32 %t, %u, %i;\n"
	"st.local.u32 [%p], %t;\nadd.u32 %u, %u, 1;\nsetp.lt.u32 %c, %u, %n;\n@%c bra FILL;\n"
	"SUM:\nsub.u32 %u, %u, 1;\ncvt.u64.u32 %p, %u;\nshl.b64 %p, %p, 2;\nadd.u64 %p, %f, %p;\n"
	"ld.local.u32 %t, [%p];\nadd.u32 %s, %s, %t;\nsetp.ne.u32 %c, %u, 0;\n@%c bra SUM;\n"
	"stackrestore.u64 %g;\nsub.u32 %v, %v, 1;\nsetp.ne.u32 %c, %v, 0;\n@%c bra AGAIN;\n" STORE;

static uint32_t thrice(uint32_t n, uint32_t i)
{
	uint32_t sum = 0;

	for (uint32_t k = 0; k <= n; k++)
		sum += k + i;
	return 3 * sum;
}

/* What has nothing to say of its own when it works: fences, strong accesses, a pause */
static const char order_text[] = ".global .u32 turn;\n"
	KERNEL "nanosleep.u32 50;\nmembar.cta;\nfence.acq_rel.gpu;\nfence.sc.sys;\nmembar.sys;\n"
	"setp.ne.u32 %c, %i, 0;\n@%c bra WAIT;\nst.release.gpu.global.u32 [turn], 7;\n"
	"WAIT:\nld.acquire.gpu.global.u32 %s, [turn];\nsetp.ne.u32 %c, %s, 7;\n@%c bra WAIT;\n"
	"ld.relaxed.sys.global.u32 %t, [turn];\nst.relaxed.cta.global.u32 [turn], %t;\n"
	"mul.lo.u32 %s, %s, %n;\n" STORE;

static uint32_t sevenfold(uint32_t n, uint32_t i)
{
	return 7 * n;
}

unsigned check_control(void)
{
	expect(collatz, collatz_text, 100000);
	expect(switches, switches_text, 100000);
	expect(fib, fib_text, 13);
	expect(pointers, pointers_text, 3);
	check_meeting();
	expect(everyone, lock_text, 2);
	expect(five, flag_text, 2);
	expect(three_quarters, barrier_text, 1000);
	if (gpu_has("barrier.cluster.arrive"))
		expect(five_each, cluster_text, 1000);
	expect(thrice, stack_text, 20);
	expect(sevenfold, order_text, 1000);
	return 0;
}
