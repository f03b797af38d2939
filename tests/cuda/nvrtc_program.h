/* SPDX-License-Identifier: MIT */
/*
 * nvrtc_program.h - compile CUDA C++ in the program, with the toolkit's own compiler
 *
 * Where the toolkit lacks the library the build says so (NO_NVRTC), and the test is skipped.
 */
#ifndef TESTS_CUDA_NVRTC_PROGRAM_H
#define TESTS_CUDA_NVRTC_PROGRAM_H

#include "check.h"

#ifdef NO_NVRTC
#define NVRTC_MAIN int main(void) { skip("the toolkit has no libnvrtc or libnvJitLink"); }
#else
#define NVRTC_MAIN int main(void) { return run(); }

#include <nvrtc.h>

#define NVRTC(call)                                                                                \
	check_result(__FILE__, __LINE__, #call,                                                    \
		     (call) == NVRTC_SUCCESS ? "CUDA_SUCCESS" : "an error of NVRTC", NULL)

/* nvrtc_arch() - "--gpu-architecture=compute_NN" for device 0, with another prefix if given */
static inline const char *nvrtc_arch(const char *prefix)
{
	static char option[2][64];
	static int which;
	int major, minor;

	which = !which;
	CU(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0));
	CU(cuDeviceGetAttribute(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0));
	snprintf(option[which], sizeof(option[which]), "%s%d%d", prefix, major, minor);
	return option[which];
}

/* nvrtc_compile() - @option may be NULL; its log goes to stderr if it fails */
static inline nvrtcProgram nvrtc_compile(const char *source, const char *expression,
					 const char *option)
{
	const char *options[] = { nvrtc_arch("--gpu-architecture=compute_"), option };
	nvrtcProgram program;
	nvrtcResult result;

	NVRTC(nvrtcCreateProgram(&program, source, "test.cu", 0, NULL, NULL));
	if (expression)
		NVRTC(nvrtcAddNameExpression(program, expression));
	result = nvrtcCompileProgram(program, option ? 2 : 1, options);
	if (result != NVRTC_SUCCESS) {
		char log[8192] = "";
		size_t bytes;

		if (nvrtcGetProgramLogSize(program, &bytes) == NVRTC_SUCCESS && bytes <= sizeof(log))
			nvrtcGetProgramLog(program, log);
		fprintf(stderr, "%s: %s\n", nvrtcGetErrorString(result), log);
		exit(1);
	}
	return program;
}

/* nvrtc_ptx() - malloc()ed text; destroys @program */
static inline char *nvrtc_ptx(nvrtcProgram program)
{
	size_t bytes;
	char *ptx;

	NVRTC(nvrtcGetPTXSize(program, &bytes));
	ptx = (char *)malloc(bytes);
	CHECK(ptx);
	NVRTC(nvrtcGetPTX(program, ptx));
	NVRTC(nvrtcDestroyProgram(&program));
	return ptx;
}

#endif /* NO_NVRTC */
#endif /* TESTS_CUDA_NVRTC_PROGRAM_H */
