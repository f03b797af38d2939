/* SPDX-License-Identifier: MIT */
/*
 * An address that is copied from and to again and again may come to mean other memory: unmapped
 * and mapped, mapped over, moved, dropped, made read-only, and copied on write after a fork.
 */
#include <sys/wait.h>

#include "pageable.h"

#define BYTES (MIB + 5 * 4096)

static void *dev;

static void both_ways(unsigned char *p)
{
	host_is_seen(dev, p, BYTES, 3);
	device_is_seen(dev, p, BYTES, 3);
}

static void mapped_anew(void)
{
	unsigned char *p = map_at(NULL, BYTES);

	for (int i = 0; i < 3; i++) {
		rng_fill(p, BYTES);
		both_ways(p);
		CHECK(!munmap(p, BYTES));
		p = map_at(p, BYTES);
		/* Fresh memory is zero, for the device as well. */
		host_is_seen(dev, p, BYTES, 2);
		p = map_at(p, BYTES);
		device_is_seen(dev, p, BYTES, 2);
	}
	CHECK(!munmap(p, BYTES));
}

static void part_of_it_is_mapped_anew(void)
{
	unsigned char *p = map_at(NULL, BYTES);

	rng_fill(p, BYTES);
	both_ways(p);
	map_at(p + 4096 * 17, 4096);
	both_ways(p);
	CHECK(!madvise(p + 4096 * 100, 4096 * 20, MADV_DONTNEED));
	CHECK(p[4096 * 100] == 0 && p[4096 * 120 - 1] == 0);
	both_ways(p);
	CHECK(!munmap(p, BYTES));
}

static void moved(void)
{
	unsigned char *p = map_at(NULL, BYTES), *elsewhere = map_at(NULL, BYTES), *old = p;

	rng_fill(p, BYTES);
	both_ways(p);
	p = (unsigned char *)mremap(p, BYTES, BYTES, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere);
	CHECK(p == elsewhere);
	both_ways(p);
	CHECK(map_at(old, BYTES) == old);
	both_ways(old);
	both_ways(p);
	CHECK(!munmap(p, BYTES) && !munmap(old, BYTES));
}

static void read_only(void)
{
	unsigned char *p = map_at(NULL, BYTES), *back = (unsigned char *)malloc(BYTES);

	rng_fill(p, BYTES);
	both_ways(p);
	CHECK(back && !mprotect(p, BYTES, PROT_READ));
	for (int i = 0; i < 3; i++) {
		CUDA(cudaMemset(dev, i, BYTES));
		CUDA(cudaMemcpy(dev, p, BYTES, cudaMemcpyHostToDevice));
		CUDA(cudaMemcpy(back, dev, BYTES, cudaMemcpyDeviceToHost));
		CHECK_SAME(back, p, BYTES);
	}
	CHECK(!mprotect(p, BYTES, PROT_READ | PROT_WRITE));
	both_ways(p);
	free(back);
	CHECK(!munmap(p, BYTES));
}

/* The child has its own copy from the fork on, whatever the parent's device writes. */
static void forked(void)
{
	unsigned char *p = map_at(NULL, BYTES), *was = (unsigned char *)malloc(BYTES);
	int go[2], status;
	pid_t child;
	char byte;

	rng_fill(p, BYTES);
	both_ways(p);
	memcpy(was, p, BYTES);
	fflush(stdout);
	CHECK(!pipe(go));
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		close(go[1]);
		_exit(read(go[0], &byte, 1) != 1 || memcmp(p, was, BYTES));
	}
	both_ways(p);
	rng_fill(p, BYTES);
	both_ways(p);
	CHECK(write(go[1], "", 1) == 1 && waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	both_ways(p);
	free(was);
	CHECK(!munmap(p, BYTES));
}

int main(void)
{
	CUDA(cudaMalloc(&dev, BYTES));
	mapped_anew();
	part_of_it_is_mapped_anew();
	moved();
	read_only();
	forked();
	CUDA(cudaFree(dev));
	return finish();
}
