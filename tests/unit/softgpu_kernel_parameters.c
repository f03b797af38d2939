/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/* Parameters of kernels, of every type; a block of parameters that is too short */
#include "softgpu_engine.h"

int main(void)
{
	static const char text[] = ".version 8.7\n.target sm_90\n.address_size 64\n"
		".visible .entry k(.param .u64 p, .param .u8 a, .param .s16 b, .param .align 8 .b8 c[16])\n{\n"
		".reg .b64 %p, %q, %s;\n.reg .b32 %a, %b, %c, %d;\n.reg .b16 %h;\n"
		"ld.param.u64 %p, [p];\nld.param.s8 %h, [a];\nst.global.b16 [%p], %h;\nld.param.s8 %a, [a];\n"
		"st.global.b32 [%p+4], %a;\nld.param.s16 %q, [b];\nst.global.b64 [%p+8], %q;\n"
		"ld.param.v2.u32 {%c, %d}, [c+8];\nst.global.v2.b32 [%p+16], {%d, %c};\n"
		"mov.b64 %s, c;\ncvta.param.u64 %s, %s;\nld.u64 %q, [%s];\nst.global.u64 [%p+24], %q;\nret;\n}\n";
	struct program *program;
	struct kernel_info info;
	uint64_t *out;

	both_instruction_sets();
	engine_begin();
	out = device_memory(32);
	program = program_from(text);
	{
		struct {
			void *p;
			uint8_t a;
			int16_t b;
			uint64_t c[2];
		} params = { out, 0x85, -77, { 0x1122334455667788, 0x99aabbccddeeff00 } };
		struct launch launch = {
			.engine = &engine, .kernel = program_kernel(program, "k"), .grid = { 1, 1, 1 },
			.block = { 1, 1, 1 }, .params = &params, .params_bytes = sizeof(params),
		};

		kernel_info(launch.kernel, &info);
		CHECK(info.param_count == 4 && info.param_bytes == 32 && info.params[2].offset == 10);
		CHECK(launch_run(&launch, NULL) == CUDA_SUCCESS);
		CHECK((uint16_t)out[0] == 0xff85 && out[0] >> 32 == 0xffffff85);
		CHECK(out[1] == (uint64_t)-77 && out[2] == 0xddeeff0099aabbcc && out[3] == params.c[0]);
		launch.params_bytes = 31;
		CHECK(launch_run(&launch, NULL) == CUDA_ERROR_INVALID_VALUE);
	}
	program_destroy(program);
	device_release(out);
	engine_fini(&engine);
	return 0;
}
