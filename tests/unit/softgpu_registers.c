/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * Registers hold what was written to them, whatever they are called, wherever they are declared, and
 * however short their lives are.
 */
#include "softgpu_engine.h"

#define HEAD	".version 8.7\n.target sm_75\n.address_size 64\n"	\
		".visible .entry k(.param .u64 data)\n{\n"	\
		".reg .b32 %r<8>;\n.reg .b64 %rd<4>;\nld.param.u64 %rd1, [data];\n"

/* Each kernel finds 10, 11, 12, 13 in memory, and is to leave 42 in the last word */
static const char *const texts[] = {
	/* Names that begin as those of special registers do */
	HEAD ".reg .b32 %pm<2>, %envreg_sum;\nmov.u32 %pm1, 40;\nadd.s32 %envreg_sum, %pm1, 2;\n"
	"st.global.u32 [%rd1+12], %envreg_sum;\nret;\n}\n",
	/* One of a family, hidden by another family, by a single one, and to be seen again */
	HEAD "mov.u32 %r1, 40;\n{\n.reg .b32 %r<2>;\nmov.u32 %r1, 1;\n}\n{\n.reg .b32 %r1;\nmov.u32 %r1, 1;\n}\n"
	"add.s32 %r1, %r1, 2;\nst.global.u32 [%rd1+12], %r1;\nret;\n}\n",
	/* A single one, hidden by a family */
	HEAD ".reg .b32 %n1;\nmov.u32 %n1, 42;\n{\n.reg .b32 %n<2>;\nmov.u32 %n1, 1;\n}\n"
	"st.global.u32 [%rd1+12], %n1;\nret;\n}\n",
	/* Two results, of which nobody reads the one that had been used before */
	HEAD "ld.global.u32 %r1, [%rd1+4];\nmov.u32 %r3, 42;\nst.global.v2.u32 [%rd1], {%r3, %r1};\n"
	"ld.global.v2.u32 {%r2, %r1}, [%rd1];\nst.global.u32 [%rd1+12], %r2;\nret;\n}\n",
};

int main(void)
{
	uint32_t *data;

	both_instruction_sets();
	engine_begin();
	data = device_memory(4 * sizeof(*data));
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct program *program = program_from(texts[i]);

		for (unsigned k = 0; k < 4; k++)
			data[k] = 10 + k;
		run_ok(program, 1, 1, (void *const *)&data, 1);
		if (data[3] != 42)
			fprintf(stderr, "%s\nleaves %u\n", texts[i], data[3]);
		CHECK(data[3] == 42);
		program_destroy(program);
	}
	return 0;
}
