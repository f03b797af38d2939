/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * -0 is less than +0 (PTX ISA, min), to atomic vectors, too, of which the ISA does not say it: so it is
 * not among the tests of opcodes, which a GPU runs
 */
#include "softgpu_engine.h"

static void check(const char *how, uint16_t expected)
{
	static const uint16_t zeros[] = { 0x8000, 0, 0, 0x8000 };
	uint16_t *data = device_memory(sizeof(zeros));
	void *pointers[] = { data };
	struct program *program;
	char text[512];

	snprintf(text, sizeof(text),
		 ".version 8.7\n.target sm_90\n.address_size 64\n.visible .entry k(.param .u64 data)\n{\n"
		 ".reg .b64 %%p;\n.reg .b16 %%h<2>;\nld.param.u64 %%p, [data];\n"
		 "ld.global.b16 %%h0, [%%p+4];\nld.global.b16 %%h1, [%%p+6];\n"
		 "red.global.%s [%%p], {%%h0, %%h1};\nret;\n}\n", how);
	memcpy(data, zeros, sizeof(zeros));
	program = program_from(text);
	run_ok(program, 1, 1, pointers, 1);
	program_destroy(program);
	CHECK(data[0] == expected && data[1] == expected);
	device_release(data);
}

int main(void)
{
	engine_begin();
	check("min.noftz.v2.f16", 0x8000);
	check("max.noftz.v2.f16", 0);
	check("min.noftz.v2.bf16", 0x8000);
	check("max.noftz.v2.bf16", 0);
	engine_fini(&engine);
	return 0;
}
