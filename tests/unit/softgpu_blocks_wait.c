/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * Blocks that wait for each other, without a cooperative launch: 32 for all of them, as many as one
 * thread of the pool keeps alive; thousands each for the one before it
 */
#include "softgpu_engine.h"

#define HEAD	".version 8.0\n.target sm_75\n.address_size 64\n"		\
	".visible .entry k(.param .u64 words)\n{\n.reg .b64 %p, %q;\n"		\
	".reg .b32 %b, %n, %x;\n.reg .pred %c;\n"				\
	"ld.param.u64 %p, [words];\nmov.u32 %b, %ctaid.x;\nmov.u32 %n, %nctaid.x;\n"

/* Everybody arrives, and waits until everybody has */
static const char all_text[] = HEAD
	"atom.global.add.u32 %x, [%p], 1;\n"
	"WAIT:\nld.volatile.global.u32 %x, [%p];\nsetp.lt.u32 %c, %x, %n;\n@%c bra WAIT;\nret;\n}\n";

/* words[b + 1] = words[b] + 1, once that is there */
static const char chain_text[] = HEAD
	"mad.wide.u32 %q, %b, 4, %p;\n"
	"WAIT:\nld.volatile.global.u32 %x, [%q];\nsetp.eq.u32 %c, %x, 0;\n@%c bra WAIT;\n"
	"add.u32 %x, %x, 1;\nst.volatile.global.u32 [%q+4], %x;\nret;\n}\n";

static void run(const char *text, unsigned count, uint32_t *words)
{
	struct program *program = program_from(text);
	struct launch launch = {
		.engine = &engine, .kernel = program_kernel(program, "k"), .grid = { count, 1, 1 },
		.block = { 32, 1, 1 }, .params = &words, .params_bytes = 8, .timeout_ms = 20000,
	};
	struct fault fault;

	if (launch_run(&launch, &fault) != CUDA_SUCCESS) {
		fprintf(stderr, "%u blocks: %s\n", count, fault.text);
		exit(1);
	}
	program_destroy(program);
}

int main(void)
{
	const unsigned most = 5000;
	uint32_t *words;

	engine_begin();
	words = device_memory((most + 1) * sizeof(*words));
	for (unsigned count = 1; count <= 32; count++) {
		words[0] = 0;
		run(all_text, count, words);
		CHECK(words[0] == count * 32);
	}
	for (unsigned count = 1; count <= most; count = count * 3 + (unsigned)random64() % 3) {
		memset(words, 0, (most + 1) * sizeof(*words));
		words[0] = 1;
		run(chain_text, count, words);
		CHECK(words[count] == count + 1);
	}
	device_release(words);
	engine_fini(&engine);
	return 0;
}
