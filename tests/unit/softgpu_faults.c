/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * The ways in which a kernel ends other than well: each fault says where it was, and nothing hangs
 */
#include "softgpu_engine.h"

#define THREADS	200

#define HEAD	".version 8.7\n.target sm_90\n.address_size 64\n"
#define KERNEL									\
	".visible .entry k(.param .u64 data)\n{\n"				\
	".reg .b64 %p, %q, %f;\n.reg .b32 %i, %n, %s, %t, %u, %v;\n.reg .pred %c, %e;\n"	\
	"ld.param.u64 %p, [data];\nmov.u32 %i, %tid.x;\nmad.wide.u32 %q, %i, 4, %p;\n"	\
	"ld.global.u32 %n, [%q];\nmov.u32 %s, 0;\n"
/* Each lane has a row; lane 13 is to do wrong */
#define MATRIX	".shared .align 16 .b8 x[512];\n"
#define ROWS	"mov.u32 %t, x;\nmad.lo.u32 %t, %i, 16, %t;\nsetp.eq.u32 %c, %i, 13;\n"
#define STORE	"st.global.u32 [%q], %s;\nret;\n}\n"

static uint32_t *data;

static CUresult run_failing(const char *text, unsigned block, struct fault *fault)
{
	struct program *program = program_from(text);
	void *pointers[] = { data };
	CUresult result = run_kernel(program, 1, block, pointers, 1, fault);

	program_destroy(program);
	return result;
}

static void check_faults(void)
{
	struct fault fault;

	CHECK(run_failing(HEAD KERNEL "setp.eq.u32 %c, %i, 77;\n@%c trap;\n" STORE, THREADS,
			  &fault) == CUDA_ERROR_LAUNCH_FAILED);
	CHECK(fault.thread[0] == 77 && strstr(fault.text, "trap"));
	CHECK(run_failing(HEAD KERNEL "setp.eq.u32 %c, %i, 78;\n@%c brkpt;\n" STORE, THREADS,
			  &fault) == CUDA_ERROR_LAUNCH_FAILED);
	CHECK(fault.thread[0] == 78);
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
	/* A row of a matrix: half of one, and behind the memory, where the other lanes' addresses do not matter */
	CHECK(run_failing(HEAD MATRIX KERNEL ROWS "@%c add.u32 %t, %t, 8;\n"
			  "ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%s, %u}, [%t];\n" STORE, 32, &fault) ==
	      CUDA_ERROR_MISALIGNED_ADDRESS);
	CHECK(fault.thread[0] == 13);
	CHECK(run_failing(HEAD MATRIX KERNEL ROWS "@%c mov.u32 %t, x+512;\n"
			  "stmatrix.sync.aligned.m8n8.x2.shared.b16 [%t], {%s, %n};\n" STORE, 32, &fault) ==
	      CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(fault.thread[0] == 13);
	CHECK(run_failing(HEAD MATRIX KERNEL ROWS "@%c mov.u32 %t, 8;\n"
			  "ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%s}, [%t];\n" STORE, 32, &fault) ==
	      CUDA_SUCCESS);
	CHECK(run_failing(HEAD KERNEL "mov.u64 %f, 0;\nldmatrix.sync.aligned.m8n8.x1.b16 {%s}, [%f];\n" STORE, 32,
			  &fault) == CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(run_failing(HEAD KERNEL ".local .b8 x[16];\nst.local.u32 [x+4096], %n;\n" STORE, 32,
			  &fault) == CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(run_failing(HEAD KERNEL "mov.u64 %f, 0;\nst.u32 [%f], %n;\n" STORE, 32, &fault) ==
	      CUDA_ERROR_ILLEGAL_ADDRESS);
	/* Recursion without an end; the instruction is told on one line */
	CHECK(run_failing(HEAD ".func f()\n{\ncall f,\n();\nret;\n}\n" KERNEL "call f, ();\n" STORE, 32,
			  &fault) == CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(strstr(fault.text, "stack overflow") && strstr(fault.text, "call f, ()"));
	/* A call of what is no function */
	CHECK(run_failing(HEAD KERNEL "P: .callprototype _ ();\ncall %p, (), P;\n" STORE, 32, &fault) ==
	      CUDA_ERROR_ILLEGAL_INSTRUCTION);
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
