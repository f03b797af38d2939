/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * QCUDA_SOFTGPU_CHECK finds races in shared memory and reads of what nobody wrote, and nothing
 * where there is nothing; the counts of QCUDA_SOFTGPU_PROFILE are those that one can count by hand
 */
#include "softgpu_engine.h"

#define THREADS	64
#define HEAD	".version 8.7\n.target sm_90\n.address_size 64\n.shared .align 16 .b8 s[8192];\n"
#define KERNEL									\
	".visible .entry k(.param .u64 data)\n{\n"				\
	".reg .b64 %p, %q;\n.reg .b32 %i, %a, %b, %x, %y;\n.reg .pred %c;\n"	\
	"ld.param.u64 %p, [data];\nmov.u32 %i, %tid.x;\nmad.wide.u32 %q, %i, 4, %p;\n"	\
	"mov.u32 %a, s;\nmad.lo.u32 %a, %i, 4, %a;\nxor.b32 %b, %a, 4;\n"
#define END	"st.global.u32 [%q], %x;\nret;\n}\n"

static char *log_text;
static uint32_t *data;

/* What the log says after a launch; freed by the next */
static const char *log_of(const char *body, struct launch_totals *totals)
{
	char text[4096];
	struct program *program;
	struct launch launch = {
		.engine = &engine, .grid = { 2, 1, 1 }, .block = { THREADS, 1, 1 },
		.params = &data, .params_bytes = 8, .timeout_ms = 20000, .totals = totals,
	};
	struct fault fault;
	FILE *file = tmpfile();
	int saved = dup(2);
	size_t n;

	CHECK(file && saved >= 0);
	snprintf(text, sizeof(text), "%s%s%s%s", HEAD, KERNEL, body, END);
	program = program_from(text);
	launch.kernel = program_kernel(program, "k");
	dup2(fileno(file), 2);
	launch_run(&launch, &fault);
	dup2(saved, 2);
	close(saved);
	CHECK(fault.result == CUDA_SUCCESS);
	program_destroy(program);
	rewind(file);
	free(log_text);
	log_text = calloc(1, 65536);
	CHECK(log_text);
	n = fread(log_text, 1, 65535, file);
	log_text[n] = 0;
	fclose(file);
	return log_text;
}

static void expect_clean(const char *body)
{
	const char *log = log_of(body, NULL);

	if (*log) {
		fprintf(stderr, "%s%s", body, log);
		exit(1);
	}
}

static void expect_finding(const char *body, const char *what)
{
	const char *log = log_of(body, NULL);

	if (!strstr(log, what) || !strstr(log, "kernel k:") || !strstr(log, "thread (")) {
		fprintf(stderr, "%slacks \"%s\": %s", body, what, log);
		exit(1);
	}
}

/* All add one to a count, and wait until it has all of them */
#define ATOMIC_BARRIER(add, load)						\
	"st.shared.u32 [s+4096], 0;\nbar.sync 0;\nst.shared.u32 [%a], %i;\n"	\
	"atom." add ".cta.shared.add.u32 %x, [s+4096], 1;\n"			\
	"WAIT:\nld." load ".cta.shared.u32 %y, [s+4096];\nsetp.lt.u32 %c, %y, 64;\n@%c bra WAIT;\n"	\
	"ld.shared.u32 %x, [%b];\n"

/* Lane %y's row of each warp is the same for both */
#define ROWS	"and.b32 %y, %i, 31;\nmov.u32 %b, s;\nmad.lo.u32 %b, %y, 16, %b;\n"

static void check_races(void)
{
	/* A neighbour's word, without and with a barrier, of the warp and of the block */
	expect_finding("st.shared.u32 [%a], %i;\nld.shared.u32 %x, [%b];\n", "read after write");
	expect_clean("st.shared.u32 [%a], %i;\nbar.sync 0;\nld.shared.u32 %x, [%b];\n");
	expect_clean("st.shared.u32 [%a], %i;\nbar.warp.sync -1;\nld.shared.u32 %x, [%b];\n");
	/* The other warp's word: a warp barrier is not enough */
	expect_finding("xor.b32 %b, %a, 128;\nst.shared.u32 [%a], %i;\nbar.warp.sync -1;\n"
		       "ld.shared.u32 %x, [%b];\n", "read after write");
	expect_finding("st.shared.u32 [%a], %i;\nbar.sync 0;\nld.shared.u32 %x, [%b];\n"
		       "st.shared.u32 [%a], 5;\n", "write after read");
	expect_finding("and.b32 %b, %a, -8;\nst.shared.u32 [%b], %i;\nmov.u32 %x, 0;\n",
		       "write after write");
	/* By way of a generic address, one byte of a word */
	expect_finding("cvt.u64.u32 %p, %b;\ncvta.shared.u64 %p, %p;\nst.shared.u32 [%a], %i;\n"
		       "ld.u8 %x, [%p+3];\n", "read after write");
	/* The instruction behind a guard */
	expect_finding("st.shared.u32 [%a], %i;\nsetp.gt.u32 %c, %i, 40;\nmov.u32 %x, 0;\n"
		       "@%c ld.shared.u32 %x, [%b];\n", "read after write");
	/* Everybody writes the same */
	expect_clean("st.shared.u32 [s+4], 7;\nmov.u32 %x, 0;\n");
	/* Rows of matrices: what another lane wrote, or the other warp reads or writes, and what it writes the same */
	expect_finding("st.shared.u32 [%a], %i;\n" ROWS "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%x}, [%b];\n",
		       "read after write");
	expect_clean("st.shared.u32 [%a], %i;\nbar.sync 0;\n" ROWS
		     "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%x}, [%b];\n");
	expect_finding(ROWS "stmatrix.sync.aligned.m8n8.x1.shared.b16 [%b], {%i};\nmov.u32 %x, 0;\n",
		       "write after write");
	expect_clean(ROWS "and.b32 %i, %i, 31;\nstmatrix.sync.aligned.m8n8.x2.trans.shared.b16 [%b], {%i, %i};\n"
		     "mov.u32 %x, 0;\n");
	/* The other lanes' addresses are no accesses */
	expect_clean("st.shared.u32 [%a+4096], %i;\n" ROWS "setp.gt.u32 %c, %y, 15;\n@%c add.u32 %b, %b, 3840;\n"
		     "stmatrix.sync.aligned.m8n8.x2.shared.b16 [%b], {%y, %y};\nmov.u32 %x, 0;\n");
	/* Atomic, volatile, and under a lock */
	expect_clean("st.shared.u32 [s], 0;\nbar.sync 0;\natom.shared.add.u32 %x, [s], 1;\n");
	expect_clean("st.volatile.shared.u32 [%a], %i;\nld.volatile.shared.u32 %x, [%b];\n");
	expect_clean("st.shared.u32 [s], 0;\nst.shared.u32 [s+64], 0;\nbar.sync 0;\nTRY:\natom.shared.cas.b32 %x, [s], 0, 1;\nsetp.ne.u32 %c, %x, 0;\n@%c bra TRY;\n"
		     "membar.cta;\nld.shared.u32 %x, [s+64];\nadd.u32 %x, %x, 1;\n"
		     "st.shared.u32 [s+64], %x;\nmembar.cta;\natom.shared.exch.b32 %y, [s], 0;\n");
	/* A barrier as libcu++ makes it of an atomic count; it must order what comes before and after */
	expect_clean(ATOMIC_BARRIER("acq_rel", "acquire"));
	expect_finding(ATOMIC_BARRIER("relaxed", "relaxed"), "read after write");
}

static void check_init(void)
{
	expect_finding("setp.ne.u32 %c, %i, 40;\n@%c st.shared.u32 [%a], %i;\nbar.sync 0;\n"
		       "ld.shared.u32 %x, [%a];\n", "thread (40,0,0)");
	expect_clean("st.shared.u32 [%a], %i;\nld.shared.u32 %x, [%a];\n");
	expect_finding(ROWS "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%x}, [%b];\n", "read of shared memory that nobody wrote");
	expect_finding(".local .b8 l[64];\nst.local.u32 [l], 1;\nld.local.u32 %x, [l+4];\n",
		       "read of local memory that nobody wrote");
	expect_clean(".local .b8 l[64];\nst.local.u32 [l+4], 1;\nld.local.u32 %x, [l+4];\n");
}

static void expect_totals(const char *body, uint64_t instructions, uint64_t lanes, uint64_t sectors,
			  uint64_t wavefronts)
{
	struct launch_totals totals;

	log_of(body, &totals);
	/* 6 instructions of KERNEL and 2 of END, whose store touches 4 sectors, in 4 warps */
	instructions = 4 * (instructions + 8);
	lanes = 4 * (lanes + 8 * 32);
	sectors = 4 * (sectors + 4);
	wavefronts *= 4;
	if (totals.instructions != instructions || totals.lanes != lanes ||
	    totals.sectors != sectors || totals.wavefronts != wavefronts) {
		fprintf(stderr, "%s%llu %llu %llu %llu\n", body, (unsigned long long)totals.instructions,
			(unsigned long long)totals.lanes, (unsigned long long)totals.sectors,
			(unsigned long long)totals.wavefronts);
		exit(1);
	}
}

static void check_totals(void)
{
	expect_totals("mov.u32 %x, 1;\n", 1, 32, 0, 0);
	/* Half of the lanes go each way, and all meet again */
	expect_totals("and.b32 %x, %i, 1;\nsetp.eq.u32 %c, %x, 0;\n@%c bra A;\nadd.u32 %x, %x, 1;\n"
		      "add.u32 %x, %x, 1;\nbra B;\nA:\nadd.u32 %x, %x, 3;\nB:\n", 7, 3 * 32 + 4 * 16, 0, 0);
	/* A loop of ten rounds */
	expect_totals("mov.u32 %x, 0;\nL:\nadd.u32 %x, %x, 1;\nsetp.ne.u32 %c, %x, 10;\n@%c bra L;\n",
		      31, 31 * 32, 0, 0);
	/* Next to each other, all the same, 32 bytes apart, and in one bank */
	expect_totals("ld.global.u32 %x, [%q];\n", 1, 32, 4, 0);
	expect_totals("ld.global.u32 %x, [%p];\n", 1, 32, 1, 0);
	expect_totals("mad.wide.u32 %p, %i, 32, %p;\nld.global.u32 %x, [%p];\n", 2, 64, 32, 0);
	expect_totals("st.shared.u32 [%a], %i;\nmov.u32 %x, 0;\n", 2, 64, 0, 1);
	/* A matrix is as many words as there are banks */
	expect_totals(ROWS "ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%x, %y}, [%b];\n", 4, 4 * 32, 0, 2);
	expect_totals("mov.u32 %a, s;\nand.b32 %b, %i, 31;\nmad.lo.u32 %a, %b, 128, %a;\n"
		      "st.shared.u32 [%a], %i;\nmov.u32 %x, 0;\n", 5, 5 * 32, 0, 32);
}

int main(void)
{
	setenv("QCUDA_SOFTGPU_CHECK", "race,init", 1);
	engine_begin();
	data = device_memory(8192);
	check_races();
	check_init();
	check_totals();
	device_release(data);
	free(log_text);
	engine_fini(&engine);
	return 0;
}
