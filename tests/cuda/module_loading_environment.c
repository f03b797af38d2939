/* SPDX-License-Identifier: MIT */
/* CUDA_MODULE_LOADING chooses when kernels are loaded, and cuModuleGetLoadingMode tells */
#include <sys/wait.h>

#include "ptx.h"

static int mode_with(const char *value)
{
	CUmoduleLoadingMode mode;
	CUfunction function;
	CUmodule module;

	if (value)
		setenv("CUDA_MODULE_LOADING", value, 1);
	else
		unsetenv("CUDA_MODULE_LOADING");
	ptx_context();
	CU(cuModuleGetLoadingMode(&mode));
	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&function, module, "saxpy"));
	ptx_saxpy(function);
	CU(cuModuleUnload(module));
	return mode;
}

/* In a process of its own: the variable is read once */
static int in_child(const char *value)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(mode_with(value));
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

int main(void)
{
	CHECK(in_child("EAGER") == CU_MODULE_EAGER_LOADING);
	CHECK(in_child("LAZY") == CU_MODULE_LAZY_LOADING);
	CHECK(in_child(NULL) == CU_MODULE_LAZY_LOADING);
	return finish();
}
