/* SPDX-License-Identifier: MIT */
/* QCUDA_SOFTGPU_TIMEOUT: however short it is it is a limit; what is none is said, and is none */
#include <cuda.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/unit/softgpu_driver.h"

static const struct {
	const char *seconds;
	int limited;
} rows[] = {
	{ "2", 1 }, { "0.001", 1 }, { "0.0001", 1 }, { "1e-300", 1 }, { "1e6", 1 },
	{ "", 0 }, { "0", 0 }, { "0.0", 0 },
	{ "-1", 0 }, { "nan", 0 }, { "1e7", 0 }, { "2s", 0 }, { " ", 0 },
};

/* In a process of its own: the environment is read once. */
static void check_row(void *driver, const char *seconds, int limited)
{
	CUresult (*init)(unsigned int) = (CUresult (*)(unsigned int))dlsym(driver, "cuInit");
	CUresult (*attribute)(int *, CUdevice_attribute, CUdevice) =
		(CUresult (*)(int *, CUdevice_attribute, CUdevice))dlsym(driver, "cuDeviceGetAttribute");
	int value = -1, status;
	pid_t child = fork();

	CHECK(child >= 0);
	if (child) {
		CHECK(waitpid(child, &status, 0) == child && !status);
		return;
	}
	setenv("QCUDA_SOFTGPU_TIMEOUT", seconds, 1);
	CHECK(init(0) == CUDA_SUCCESS);
	CHECK(attribute(&value, CU_DEVICE_ATTRIBUTE_KERNEL_EXEC_TIMEOUT, 0) == CUDA_SUCCESS);
	if (value != limited)
		fprintf(stderr, "\"%s\"\n", seconds);
	CHECK(value == limited);
	_exit(0);
}

int main(void)
{
	void *driver = softgpu_driver();

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(driver, rows[i].seconds, rows[i].limited);
	return 0;
}
