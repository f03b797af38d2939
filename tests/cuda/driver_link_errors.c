/* SPDX-License-Identifier: MIT */
/* The linker's errors and logs: bad code, missing symbols, missing files, wrong arguments */
#include "ptx.h"

#define HEADER ".version 6.4\n.target sm_50\n.address_size 64\n"

static const char bad[] = HEADER ".visible .entry f(\n{\n	ret;\n}\n";
static const char wants_more[] = HEADER
	".extern .func nowhere_defined();\n"
	".visible .entry run()\n"
	"{\n"
	"	call.uni nowhere_defined;\n"
	"	ret;\n"
	"}\n";

static char info[4096], error[4096];

static CUlinkState create(void)
{
	static CUjit_option options[] = {
		CU_JIT_INFO_LOG_BUFFER, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES,
		CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, CU_JIT_LOG_VERBOSE,
	};
	static void *values[ARRAY_SIZE(options)];
	CUlinkState state;

	values[0] = info;
	values[1] = (void *)sizeof(info);
	values[2] = error;
	values[3] = (void *)sizeof(error);
	values[4] = (void *)1;
	memset(error, 0, sizeof(error));
	CU(cuLinkCreate(ARRAY_SIZE(options), options, values, &state));
	return state;
}

static CUresult add(CUlinkState state, const char *ptx)
{
	return cuLinkAddData(state, CU_JIT_INPUT_PTX, (void *)ptx, strlen(ptx) + 1, "piece", 0,
			     NULL, NULL);
}

int main(void)
{
	char path[] = "/tmp/qcuda-link-XXXXXX";
	int fd = mkstemp(path);
	CUlinkState state;
	CUfunction function;
	CUmodule module;
	void *image;
	size_t bytes;

	ptx_context();
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuLinkCreate(0, NULL, NULL, NULL));

	state = create();
	CHECK(add(state, bad) != CUDA_SUCCESS || cuLinkComplete(state, &image, &bytes) != CUDA_SUCCESS);
	CHECK(strlen(error) && strlen(error) < sizeof(error));
	EXPECT_CU(CUDA_SUCCESS, cuLinkDestroy(state));

	state = create();
	CU(add(state, wants_more));
	CHECK(cuLinkComplete(state, &image, &bytes) != CUDA_SUCCESS);
	CHECK(strstr(error, "nowhere_defined"));
	EXPECT_CU(CUDA_SUCCESS, cuLinkDestroy(state));

	state = create();
	EXPECT_CU(CUDA_ERROR_FILE_NOT_FOUND,
		  cuLinkAddFile(state, CU_JIT_INPUT_PTX, "/no/such/file.ptx", 0, NULL, NULL));
	CHECK(fd >= 0 && write(fd, ptx_text, strlen(ptx_text)) == (ssize_t)strlen(ptx_text));
	EXPECT_CU(CUDA_SUCCESS, cuLinkAddFile(state, CU_JIT_INPUT_PTX, path, 0, NULL, NULL));
	unlink(path);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuLinkComplete(state, NULL, &bytes));
	EXPECT_CU(CUDA_SUCCESS, cuLinkComplete(state, &image, NULL));
	EXPECT_CU(CUDA_SUCCESS, cuModuleLoadData(&module, image));
	EXPECT_CU(CUDA_SUCCESS, cuLinkDestroy(state));
	CU(cuModuleGetFunction(&function, module, "saxpy"));
	ptx_saxpy(function);
	CU(cuModuleUnload(module));
	return finish();
}
