/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stddef.h>

#include "qcu-device/common/log.h"
#include "qcu-device/worker/driver.h"

struct driver driver;

struct entry {
	const char *name;
	size_t offset;
};

#define ENTRY(name) { #name, offsetof(struct driver, name) },
#define CALL(id, name, ...) ENTRY(name)
#define WRAP(id, name, ...) ENTRY(name)

static const struct entry entries[] = {
#include "wire/calls.def"
	DRIVER_MORE(ENTRY)
};

/* Those without which nothing can be said to a guest at all. */
static int check_needed(const char *path)
{
	if (driver.cuInit && driver.cuDriverGetVersion && driver.cuDeviceGetCount &&
	    driver.cuCtxSetCurrent && driver.cuDevicePrimaryCtxRetain)
		return 0;
	log_error("%s is no CUDA driver: it lacks cuInit or its like", path);
	return -1;
}

int driver_load(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CUresult rc;

	if (!library) {
		log_error("cannot load the CUDA driver: %s", dlerror());
		return -1;
	}
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		void **slot = (void **)((char *)&driver + entries[i].offset);

		*slot = dlsym(library, entries[i].name);
	}
	if (check_needed(path))
		return -1;
	rc = driver.cuInit(0);
	if (rc != CUDA_SUCCESS) {
		log_error("cuInit of %s failed with CUresult %d", path, rc);
		return -1;
	}
	return 0;
}

bool driver_reaches_process(void)
{
	CUdevice device;
	int n, reaches;

	if (!driver.cuDeviceGet || !driver.cuDeviceGetAttribute ||
	    driver.cuDeviceGetCount(&n) != CUDA_SUCCESS)
		return false;
	for (int i = 0; i < n; i++)
		if (driver.cuDeviceGet(&device, i) == CUDA_SUCCESS &&
		    driver.cuDeviceGetAttribute(&reaches,
						CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS,
						device) == CUDA_SUCCESS &&
		    reaches)
			return true;
	return false;
}
