/* SPDX-License-Identifier: MIT */
/*
 * A single copy of more than 4 GiB, there and back: the part above 4 GiB is right as well.
 *
 * The host need not have the memory: the source is one random file mapped again and again, with
 * a period that no power of two is a multiple of, and the middle of the destination is another.
 */
#include "check.h"
#include <sys/mman.h>

#define BYTES (4 * GIB + 3 * MIB + 5)
#define PERIOD (16 * MIB + 12288)
#define END (4 * GIB - 16 * MIB) /* of what is shared in the destination */

/* map_repeated() - the same PERIOD bytes at @at, @at + PERIOD ... up to @end */
static void map_repeated(char *at, char *end, int fd)
{
	size_t size;

	for (; at < end; at += size) {
		size = (size_t)(end - at) < PERIOD ? (size_t)(end - at) : PERIOD;
		CHECK(mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == at);
	}
}

static char *reserve(void)
{
	char *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static int file(void)
{
	int fd = memfd_create("memory", 0);

	CHECK(fd >= 0 && !ftruncate(fd, PERIOD));
	return fd;
}

int main(void)
{
	char *from = reserve(), *to = reserve(), *piece = malloc(PERIOD), *dev;
	size_t available, total, at, size;

	CUDA(cudaMemGetInfo(&available, &total));
	if (available < BYTES + 256 * MIB)
		skip("the device has less than 4.3 GiB free");
	CHECK(piece);
	map_repeated(from, from + BYTES, file());
	rng_fill(from, PERIOD);
	CUDA(cudaMalloc((void **)&dev, BYTES));
	CUDA(cudaMemcpy(dev, from, BYTES, cudaMemcpyHostToDevice));
	for (at = 0; at < BYTES; at += size) {
		size = BYTES - at < PERIOD ? BYTES - at : PERIOD;
		CUDA(cudaMemcpy(piece, dev + at, size, cudaMemcpyDeviceToHost));
		CHECK_SAME(piece, from, size);
	}
	map_repeated(to + PERIOD, to + END, file());
	CUDA(cudaMemcpy(to, dev, BYTES, cudaMemcpyDeviceToHost));
	CHECK_SAME(to, from, PERIOD);
	CHECK_SAME(to + END, from + END, BYTES - END);
	CUDA(cudaFree(dev));
	return finish();
}
