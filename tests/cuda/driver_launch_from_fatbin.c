/* SPDX-License-Identifier: MIT */
/* cuModuleLoad of a fat binary's file, cuModuleLoadData and cuModuleLoadFatBinary of its bytes */
#include "ptx.h"
#include <libgen.h>

static void use(CUmodule module)
{
	CUfunction saxpy;

	CU(cuModuleGetFunction(&saxpy, module, "saxpy"));
	ptx_saxpy(saxpy);
	CU(cuModuleUnload(module));
}

int main(void)
{
	char self[4096], path[4200];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	static char image[1 << 20];
	CUmodule module;
	FILE *file;

	CHECK(length > 0);
	self[length] = 0;
	snprintf(path, sizeof(path), "%s/lib/kernels.fatbin", dirname(self));
	ptx_context();
	CU(cuModuleLoad(&module, path));
	use(module);
	file = fopen(path, "r");
	CHECK(file && fread(image, 1, sizeof(image), file) > 100);
	fclose(file);
	CU(cuModuleLoadData(&module, image));
	use(module);
	CU(cuModuleLoadFatBinary(&module, image));
	use(module);
	return finish();
}
