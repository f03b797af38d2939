/* SPDX-License-Identifier: MIT */
/* Each way in which a kernel can go wrong has its error, and the context keeps it */
#include <sys/wait.h>

#include "ptx.h"

#define ANY	CUDA_SUCCESS	/* only shown */

#define KERNEL									\
	".version 7.0\n.target sm_70\n.address_size 64\n"			\
	".func endless(.param .b32 n)\n{\n.reg .b32 %r<2>;\n.reg .pred %p;\nld.param.b32 %r0, [n];\n"	\
	"{\n.param .b32 m;\nadd.u32 %r1, %r0, 1;\nst.param.b32 [m], %r1;\ncall endless, (m);\n}\n"	\
	"setp.eq.u32 %p, %r0, 12345678;\n@%p trap;\nret;\n}\n"			\
	".visible .entry k(.param .u64 data, .param .u64 zero)\n{\n"		\
	".reg .b64 %data, %zero, %a;\n.reg .b32 %x, %s, %i;\n.shared .align 8 .b32 s[4];\n"	\
	".local .align 8 .b32 l[4];\nld.param.u64 %data, [data];\nld.param.u64 %zero, [zero];\n"	\
	"cvt.u32.u64 %i, %zero;\nmov.u32 %x, 1;\n"
#define END	"st.global.u32 [%data], %x;\nret;\n}\n"

static const struct {
	const char *what, *text;
	CUresult error;
} faults[] = {
	{ "store to address 16", KERNEL "st.global.u32 [%zero+16], %x;\n" END, CUDA_ERROR_ILLEGAL_ADDRESS },
	{ "load from address 16, generic", KERNEL "ld.u32 %x, [%zero+16];\n" END, CUDA_ERROR_ILLEGAL_ADDRESS },
	{ "misaligned load", KERNEL "ld.global.u32 %x, [%data+2];\n" END, CUDA_ERROR_MISALIGNED_ADDRESS },
	{ "misaligned atomic", KERNEL "atom.global.add.u32 %x, [%data+2], 1;\n" END,
	  CUDA_ERROR_MISALIGNED_ADDRESS },
	{ "misaligned load from shared memory", KERNEL "mov.u32 %s, s;\nadd.u32 %s, %s, %i;\n"
	  "ld.volatile.shared.u32 %x, [%s+2];\n" END, CUDA_ERROR_MISALIGNED_ADDRESS },
	{ "shared memory out of range", KERNEL "mov.u32 %s, s;\nadd.u32 %s, %s, %i;\n"
	  "ld.volatile.shared.u32 %x, [%s+4194304];\n" END, CUDA_ERROR_ILLEGAL_ADDRESS },
	{ "local memory out of range", KERNEL "mov.u64 %a, l;\nadd.u64 %a, %a, %zero;\n"
	  "st.local.u32 [%a], %x;\nld.local.u32 %x, [%a+67108864];\n" END, CUDA_ERROR_ILLEGAL_ADDRESS },
	{ "atomic in local memory", KERNEL "mov.u64 %a, l;\ncvta.local.u64 %a, %a;\nadd.u64 %a, %a, %zero;\n"
	  "st.local.u32 [l], %x;\natom.add.u32 %x, [%a], 1;\n" END, ANY },
	{ "call of what is no function", KERNEL "P: .callprototype _ ();\nadd.u64 %a, %zero, 4096;\n"
	  "call %a, (), P;\n" END, CUDA_ERROR_ILLEGAL_INSTRUCTION },
	{ "recursion without an end", KERNEL "{\n.param .b32 n;\nst.param.b32 [n], %i;\ncall endless, (n);\n}\n" END,
	  CUDA_ERROR_ILLEGAL_ADDRESS },
	{ "trap", KERNEL "trap;\n" END, CUDA_ERROR_LAUNCH_FAILED },
	{ "breakpoint without a debugger", KERNEL "brkpt;\n" END, ANY },
};

/* In a process of its own: what the kernel does cannot be undone */
static CUresult result_of(unsigned n)
{
	CUdeviceptr data, zero = 0;
	CUmodule module;
	CUfunction kernel;
	CUresult result;

	ptx_context();
	CU(cuModuleLoadData(&module, faults[n].text));
	CU(cuModuleGetFunction(&kernel, module, "k"));
	CU(cuMemAlloc(&data, 64));
	CU(cuLaunchKernel(kernel, 1, 1, 1, 32, 1, 1, 0, NULL, (void *[]){ &data, &zero }, NULL));
	result = cuCtxSynchronize();
	CHECK(result == cuMemsetD8(data, 0, 64));
	return result;
}

int main(void)
{
	pid_t children[ARRAY_SIZE(faults)];
	int results[ARRAY_SIZE(faults)][2];

	for (unsigned i = 0; i < ARRAY_SIZE(faults); i++) {
		CUresult result;

		CHECK(!pipe(results[i]));
		children[i] = fork();
		if (children[i])
			continue;
		result = result_of(i);
		CHECK(write(results[i][1], &result, sizeof(result)) == sizeof(result));
		_exit(0);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(faults); i++) {
		CUresult result = CUDA_ERROR_UNKNOWN;
		int status;

		close(results[i][1]);
		CHECK(waitpid(children[i], &status, 0) == children[i] && status == 0);
		CHECK(read(results[i][0], &result, sizeof(result)) == sizeof(result));
		printf("%s: %s\n", faults[i].what, cu_name(result));
		if (faults[i].error != ANY && result != faults[i].error)
			check_note(__FILE__, __LINE__, "another error is expected\n");
	}
	return finish();
}
