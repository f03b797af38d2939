/* SPDX-License-Identifier: MIT */
/* cudaDeviceSetLimit and GetLimit: known limits hold at least what was set, unknown are refused */
#include "check.h"

static void raise_limit(const char *name, enum cudaLimit limit, size_t to)
{
	size_t value = 0;

	CUDA(cudaDeviceGetLimit(&value, limit));
	CHECK(value > 0);
	CUDA(cudaDeviceSetLimit(limit, to));
	CUDA(cudaDeviceGetLimit(&value, limit));
	CHECK(value >= to);
	printf("%s was raised\n", name);
}

int main(void)
{
	size_t value;

	raise_limit("stack size", cudaLimitStackSize, 8192);
	raise_limit("printf buffer", cudaLimitPrintfFifoSize, 2 * MIB);
	raise_limit("heap", cudaLimitMallocHeapSize, 16 * MIB);
	EXPECT(cudaErrorInvalidValue, cudaDeviceSetLimit((enum cudaLimit)99, 1));
	EXPECT(cudaErrorInvalidValue, cudaDeviceGetLimit(&value, (enum cudaLimit)99));
	EXPECT(cudaErrorInvalidValue, cudaDeviceGetLimit(NULL, cudaLimitStackSize));
	return finish();
}
