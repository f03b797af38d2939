/* SPDX-License-Identifier: MIT */
/* softgpu_driver.h - softgpu's libcuda.so.1 as programs load it, for unit tests */
#ifndef TESTS_UNIT_SOFTGPU_DRIVER_H
#define TESTS_UNIT_SOFTGPU_DRIVER_H

#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/check.h"

/* Ours is built two directories above the test: BUILD/softgpu, BUILD/tests/unit.  Skips where it is not. */
static inline void *softgpu_driver(void)
{
	char self[PATH_MAX] = "", path[PATH_MAX + 64];
	void *driver;

	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(path, sizeof(path), "%s/../../softgpu/libcuda.so.1", dirname(self));
	driver = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!driver) {
		printf("skipped: %s is not built\n", path);
		exit(77);
	}
	return driver;
}

#endif
